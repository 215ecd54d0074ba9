//! A square for a QR code. The server draws it: the browser needs no encoder.

use leptos::prelude::*;

/// The code as SVG that the server made. `label` says what a camera finds in it.
#[component]
pub fn QrCode(svg: String, #[prop(into)] label: String) -> impl IntoView {
    view! { <div class="qr" role="img" aria-label=label inner_html=svg></div> }
}
