//! A path that leads nowhere.

use kit::blank::NotFound;
use leptos::prelude::*;

/// Gives every page that is not found the status that programs need.
pub fn provide_not_found() {
    #[cfg(feature = "ssr")]
    provide_context(kit::blank::OnNotFound(|| platform::web::set_page_status(404)));
}

/// An unknown path in the staff program, which has no pages of the phone program: the browser loads those anew, and shows nothing
/// until they are there.
#[component]
pub fn NotFoundOrPhonePage() -> impl IntoView {
    let path = leptos_router::hooks::use_location().pathname;
    let leaves = move || path.with(|path| is_of_phone_program(path));
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if leaves() {
            let _ = window().location().replace(&path.get());
        }
    });
    view! { <Show when=move || !leaves()><NotFound/></Show> }
}

fn is_of_phone_program(path: &str) -> bool {
    ["/tech", "/my", "/hotspot"]
        .iter()
        .any(|first| path.strip_prefix(first).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
