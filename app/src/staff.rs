//! The staff program: every page for people who work at the ISP, and the portals of resellers and of the platform.

use crate::modules::navigation;
use crate::not_found::{NotFoundOrPhonePage, provide_not_found};
use crate::page_head::{PageHead, page_head};
use identity_ui::api::staff_shell;
use kit::shell::{Person, Shell as Frame};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};
use model::identity::Shell;
use model::portal::clock::PageClock;
use portal_ui::api::staff_clock;
use portal_ui::clock::provide_page_time;

/// The root of the staff program.
#[component]
pub fn StaffApp() -> impl IntoView {
    provide_meta_context();
    provide_not_found();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Mtandao".into() } else { format!("{title} · Mtandao") }/>
        <Router>
            <Routes fallback=NotFoundOrPhonePage>
                <identity_ui::routes::DoorRoutes/>
                <identity_ui::routes::PlatformRoutes/>
                <Route path=path!("/kit") view=kit::gallery::Gallery ssr=SsrMode::Async/>
                <portal_ui::routes::PartnerRoutes/>
                <ParentRoute path=path!("") view=StaffFrame ssr=SsrMode::Async>
                    <portal_ui::routes::PortalRoutes/>
                    <identity_ui::routes::OfficeRoutes/>
                    <crm_ui::routes::CrmRoutes/>
                    <catalog_ui::routes::CatalogRoutes/>
                    <billing_ui::routes::BillingRoutes/>
                    <network_ui::routes::NetworkRoutes/>
                    <field_ui::routes::FieldRoutes/>
                    <comms_ui::routes::CommsRoutes/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The shell around every page behind the sign-in.
#[component]
fn StaffFrame() -> impl IntoView {
    match page_head() {
        Some(PageHead { shell, clock }) => view! { <Framed shell clock/> }.into_any(),
        None => view! { <AskedFrame/> }.into_any(),
    }
}

/// The same when the browser came here by itself, for example after the sign-in.
#[component]
fn AskedFrame() -> impl IntoView {
    let shell = Resource::new(|| (), |()| staff_shell());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match shell.await {
                    Ok(shell) => view! { <Framed shell clock=None/> }.into_any(),
                    Err(error) => view! { <kit::blank::ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Framed(shell: Shell, clock: Option<PageClock>) -> impl IntoView {
    provide_page_time(clock, staff_clock);
    let items = navigation(&shell);
    let brand = shell.tenant.as_ref().map_or_else(|| "Mtandao".to_owned(), |t| t.name.clone());
    let person = shell.person.as_ref().map_or(
        Person {
            name: String::new(),
            role: String::new(),
            profile_href: "/profile".into(),
            sign_out_href: "/sign-out".into(),
        },
        |p| Person {
            name: p.name.clone(),
            role: identity_ui::roles::names(&p.roles),
            profile_href: "/profile".into(),
            sign_out_href: "/sign-out".into(),
        },
    );
    let ribbon_shell = shell.clone();
    let searches = shell.person.as_ref().is_some_and(|p| p.permissions.has("portal.search.use"));
    let search = move || searches.then(|| view! { <portal_ui::search::SearchBox/> });
    let moves_clock = shell.is_demo && shell.person.as_ref().is_some_and(|p| p.permissions.has("identity.demo.use"));
    provide_context(shell);
    let ribbon = move || {
        let mover = move || moves_clock.then(|| view! { <portal_ui::demo::ClockMover/> });
        view! { <identity_ui::ribbon::Ribbon shell=ribbon_shell>{mover()}</identity_ui::ribbon::Ribbon> }
    };
    view! {
        <Frame brand items person search=search ribbon>
            <Outlet/>
        </Frame>
    }
}
