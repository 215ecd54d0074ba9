//! The phone program: the subscriber's portal, captive pages, the technician's day. System fonts, no charts, no map.

use crate::not_found::provide_not_found;
use crate::page_head::{PageHead, page_head};
use identity_ui::api::my_shell;
use identity_ui::isp::IspChooser;
use identity_ui::ribbon::Ribbon;
use kit::blank::NotFound;
use kit::my_shell::MyShell;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Router, Routes};
use leptos_router::{SsrMode, path};
use model::identity::Shell;
use portal_ui::api::my_clock;
use portal_ui::clock::provide_page_time;
use portal_ui::my::places;
use portal_ui::routes::{MyPlainRoutes, MyRoutes};

/// The root of the phone program.
#[component]
pub fn MyApp() -> impl IntoView {
    provide_meta_context();
    provide_not_found();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Mtandao".into() } else { title }/>
        <Router>
            <Routes fallback=|| view! { <NotFound/> }>
                <ParentRoute path=path!("") view=MyFrame ssr=SsrMode::Async>
                    <MyRoutes/>
                </ParentRoute>
                <field_ui::routes::TechRoutes/>
                <ParentRoute path=path!("") view=MyPlainFrame ssr=SsrMode::Async>
                    <MyPlainRoutes/>
                    <identity_ui::routes::PhoneRoutes/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The frame of the subscriber's pages.
#[component]
fn MyFrame() -> impl IntoView {
    provide_page_time(None, my_clock);
    view! { <Framed has_places=true/> }
}

/// The same without the bar at the bottom: sign-in, waiting, receipt.
#[component]
fn MyPlainFrame() -> impl IntoView {
    view! { <Framed has_places=false/> }
}

#[component]
fn Framed(has_places: bool) -> impl IntoView {
    match page_head() {
        Some(PageHead { shell, .. }) => view! { <Inside shell has_places/> }.into_any(),
        None => view! { <AskedFrame has_places/> }.into_any(),
    }
}

/// The same when the browser came here by itself, for example after the sign-in.
#[component]
fn AskedFrame(has_places: bool) -> impl IntoView {
    let shell = Resource::new(|| (), |()| my_shell());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match shell.await {
                    Ok(shell) => view! { <Inside shell has_places/> }.into_any(),
                    Err(error) => view! { <kit::blank::ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Inside(shell: Shell, has_places: bool) -> impl IntoView {
    let brand = shell.tenant.as_ref().map_or_else(|| "Mtandao".to_owned(), |tenant| tenant.name.clone());
    let places = if has_places { places() } else { vec![] };
    let notice = shell.clone();
    let body = match shell.tenant.is_some() {
        true => view! { <Outlet/> }.into_any(),
        false => view! { <section class="my-card"><IspChooser/></section> }.into_any(),
    };
    view! {
        <MyShell brand places notice=move || view! { <Ribbon shell=notice/> }>
            {body}
        </MyShell>
    }
}
