//! The addresses of this context's pages: before the sign-in, in the office, in the portals.

use crate::{audit, jobs, login, operators, profile, roles, second_factor, settings, setup, staff, view_as};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::{SsrMode, path};
use model::Audience;

/// The pages of the staff program without its frame.
#[component(transparent)]
pub fn DoorRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/login") view=|| view! { <login::SignInPage audience=Audience::Staff/> } ssr=SsrMode::Async/>
        <Route path=path!("/mfa") view=|| view! { <login::SecondStepPage audience=Audience::Staff/> } ssr=SsrMode::Async/>
        <Route path=path!("/password") view=|| view! { <login::PasswordPage audience=Audience::Staff/> } ssr=SsrMode::Async/>
        <Route path=path!("/setup") view=setup::SetupPage ssr=SsrMode::Async/>
        <Route path=path!("/partner/login") view=|| view! { <login::SignInPage audience=Audience::Partner/> } ssr=SsrMode::Async/>
        <Route path=path!("/partner/mfa") view=|| view! { <login::SecondStepPage audience=Audience::Partner/> } ssr=SsrMode::Async/>
        <Route path=path!("/partner/password") view=|| view! { <login::PasswordPage audience=Audience::Partner/> } ssr=SsrMode::Async/>
        <Route path=path!("/partner/profile") view=profile::PartnerProfilePage ssr=SsrMode::Async/>
        <Route path=path!("/partner/second-factor") view=second_factor::PartnerFactorPage ssr=SsrMode::Async/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// The operators' pages, at no ISP.
#[component(transparent)]
pub fn PlatformRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/platform/login") view=|| view! { <login::SignInPage audience=Audience::Platform/> } ssr=SsrMode::Async/>
        <Route path=path!("/platform/mfa") view=|| view! { <login::SecondStepPage audience=Audience::Platform/> } ssr=SsrMode::Async/>
        <Route path=path!("/platform/second-factor") view=second_factor::PlatformFactorPage ssr=SsrMode::Async/>
        <Route path=path!("/platform/isps/:id/enter") view=view_as::EnterIspPage ssr=SsrMode::Async/>
        <Route path=path!("/view-as") view=view_as::OpenIspPage ssr=SsrMode::Async/>
        <Route path=path!("/platform") view=operators::PlatformPage ssr=SsrMode::Async/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// One's own profile, and the office: people, roles, log, settings, background work.
#[component(transparent)]
pub fn OfficeRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/profile") view=profile::ProfilePage/>
        <Route path=path!("/sign-out") view=profile::SignOutPage/>
        <Route path=path!("/second-factor") view=second_factor::StaffFactorPage/>
        <Route path=path!("/admin/staff") view=staff::StaffPage/>
        <Route path=path!("/admin/staff/:id") view=staff::PersonPage/>
        <Route path=path!("/admin/roles") view=roles::RolesPage/>
        <Route path=path!("/admin/roles/:id") view=roles::RolePage/>
        <Route path=path!("/admin/audit") view=audit::AuditLogPage/>
        <Route path=path!("/admin/settings") view=settings::SettingsPage/>
        <Route path=path!("/admin/jobs") view=jobs::BackgroundPage/>
        <Route path=path!("/admin/view-as/:account") view=view_as::ViewAsPage/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// The pages of the phone program without a bar at the bottom.
#[component(transparent)]
pub fn PhoneRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/my/second-factor") view=second_factor::MyFactorPage/>
        <Route path=path!("/my/view-as") view=view_as::EnterViewPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
