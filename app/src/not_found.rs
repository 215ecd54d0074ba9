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

/// The same in the staff program, which has no pages of the phone program: the browser loads those anew.
#[component]
pub fn NotFoundOrPhonePage() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    {
        let path = leptos_router::hooks::use_location().pathname;
        Effect::new(move |_| {
            let path = path.get();
            if ["/tech", "/my", "/hotspot"].iter().any(|first| path == *first || path.starts_with(&format!("{first}/")))
            {
                let _ = window().location().replace(&path);
            }
        });
    }
    view! { <NotFoundPage/> }
}
