//! A path that leads nowhere.

use kit::blank::NotFound;
use leptos::prelude::*;

/// The page of an unknown path, with the status that programs need.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    platform::web::set_page_status(404);
    view! { <NotFound/> }
}
