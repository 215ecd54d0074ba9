//! The addresses of this context's pages.

use crate::{dashboard, my, partner, search, subscriber};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::{SsrMode, path};

/// Pages inside the staff frame.
#[component(transparent)]
pub fn PortalRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/") view=dashboard::DashboardPage/>
        <Route path=path!("/search") view=search::SearchPage/>
        <Route path=path!("/subscribers/:id") view=subscriber::SubscriberPageView/>
        <Route path=path!("/subscribers/:id/pay") view=subscriber::PayPage/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// The reseller's portal, which has its own frame.
#[component(transparent)]
pub fn PartnerRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! { <Route path=path!("/partner") view=partner::PartnerPage ssr=SsrMode::Async/> }
        .into_inner()
        .into_any_nested_route()
}

/// The subscriber's pages with the bar at the bottom.
#[component(transparent)]
pub fn MyRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/my") view=my::HomePage/>
        <Route path=path!("/my/pay") view=my::PayPage/>
        <Route path=path!("/my/bills") view=my::BillsPage/>
        <Route path=path!("/my/bills/:invoice") view=my::BillPage/>
        <Route path=path!("/my/help") view=my::HelpPage/>
        <Route path=path!("/my/usage") view=my::UsagePage/>
        <Route path=path!("/my/me") view=my::MePage/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// The subscriber's pages without a bar: sign-in, waiting, receipt.
#[component(transparent)]
pub fn MyPlainRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/my/login") view=my::LoginPage/>
        <Route path=path!("/my/mfa") view=my::MfaPage/>
        <Route path=path!("/my/password") view=my::PasswordPage/>
        <Route path=path!("/my/pay/:attempt") view=my::WaitingPage/>
        <Route path=path!("/my/receipts/:payment") view=my::ReceiptPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
