//! Wakes the page that the server sent: first the reader's texts, then hydration.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

/// Called by the page once the program has loaded.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    // Without the same words on both sides hydration would find another page; then the server's HTML stays as it is.
    match texts().await {
        Some(json) if kit::texts::fill(&json) => {}
        _ => return leptos::logging::error!("The texts of this page could not be loaded."),
    }
    #[cfg(feature = "staff")]
    leptos::mount::hydrate_body(app::staff::StaffApp);
    #[cfg(feature = "my")]
    leptos::mount::hydrate_body(app::my::MyApp);
}

async fn texts() -> Option<String> {
    let address = format!("/texts/{}.json", kit::texts::lang().code());
    let response = JsFuture::from(leptos::prelude::window().fetch_with_str(&address)).await.ok()?;
    let response: leptos::web_sys::Response = response.dyn_into().ok()?;
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
