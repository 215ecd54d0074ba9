//! The addresses of this context's pages, for the staff program.

use crate::plans;
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::path;

/// The pages of the catalogue.
#[component(transparent)]
pub fn CatalogRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/admin/plans") view=plans::PlansPage/>
        <Route path=path!("/admin/plans/:id") view=plans::PlanPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
