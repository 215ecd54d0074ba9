//! The addresses of this context's pages: the office's in the staff program, the technician's in the phone program.

use crate::{stock, tech, work_order, work_orders};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::{SsrMode, path};

/// The pages of dispatchers and stores.
#[component(transparent)]
pub fn FieldRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/field/work-orders") view=work_orders::WorkOrdersPage/>
        <Route path=path!("/field/work-orders/:id") view=work_order::WorkOrderPage/>
        <Route path=path!("/field/stock") view=stock::StockPage/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// The technician's pages.
#[component(transparent)]
pub fn TechRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/tech") view=tech::TodayPage ssr=SsrMode::Async/>
        <Route path=path!("/tech/:id") view=tech::JobPage ssr=SsrMode::Async/>
    }
    .into_inner()
    .into_any_nested_route()
}
