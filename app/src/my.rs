//! The phone program: the subscriber's portal, captive pages, the technician's day. System fonts, no charts, no map.

use crate::not_found::NotFoundPage;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The root of the phone program.
#[component]
pub fn MyApp() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Mtandao".into() } else { title }/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/my/login") view=identity_ui::login::MyLoginPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
