//! The addresses of this context's pages, for the staff program.

use crate::{approvals, buildings, leads, partners, subscribers};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::path;

/// Every page of sales, the list of subscribers, and the approval queue of the NOC.
#[component(transparent)]
pub fn CrmRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/sales/leads") view=leads::LeadsPage/>
        <Route path=path!("/sales/leads/new") view=leads::NewLeadPage/>
        <Route path=path!("/sales/leads/:id") view=leads::LeadPage/>
        <Route path=path!("/sales/leads/:id/convert") view=leads::ConvertPage/>
        <Route path=path!("/sales/partners") view=partners::PartnersPage/>
        <Route path=path!("/sales/buildings") view=buildings::BuildingsPage/>
        <Route path=path!("/sales/buildings/:id") view=buildings::BuildingPage/>
        <Route path=path!("/subscribers") view=subscribers::SubscribersPage/>
        <Route path=path!("/noc/approvals") view=approvals::ApprovalsPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
