//! The addresses of this context's pages, for the staff program.

use crate::{activations, devices, monitoring, nas, noc, pools, sessions};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::path;

/// Every page of the network.
#[component(transparent)]
pub fn NetworkRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/noc") view=noc::OverviewPage/>
        <Route path=path!("/noc/incidents") view=noc::IncidentsPage/>
        <Route path=path!("/noc/incidents/:id") view=noc::IncidentPage/>
        <Route path=path!("/network/devices") view=devices::DevicesPage/>
        <Route path=path!("/network/sessions") view=sessions::SessionsPage/>
        <Route path=path!("/network/pools") view=pools::PoolsPage/>
        <Route path=path!("/network/pools/:id") view=pools::PoolPage/>
        <Route path=path!("/network/nas") view=nas::NasPage/>
        <Route path=path!("/network/activations") view=activations::ActivationsPage/>
        <Route path=path!("/network/activations/:id") view=activations::ActivationPage/>
        <Route path=path!("/admin/settings/monitoring") view=monitoring::MonitoringPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
