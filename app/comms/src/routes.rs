//! The addresses of this context's pages, for the staff program.

use crate::{connections, messages, ticket, tickets};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::path;

/// Messages and tickets.
#[component(transparent)]
pub fn CommsRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/admin/settings/messaging") view=connections::ConnectionsPage/>
        <Route path=path!("/comms/messages") view=messages::MessagesPage/>
        <Route path=path!("/support/tickets") view=tickets::TicketsPage/>
        <Route path=path!("/support/tickets/:id") view=ticket::TicketPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
