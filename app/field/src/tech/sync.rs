//! The bar that says whether what one sees is saved. There is no queue on the phone: without a connection nothing is
//! kept, and the bar says so.

use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;

/// Green while the phone has a connection, amber while it has none. Without scripts the page itself is the proof: it
/// came from the server at that time.
#[component]
pub(super) fn SyncBar(time: PageTime) -> impl IntoView {
    let offline = RwSignal::new(false);
    watch_connection(offline);
    let at = words::hour(time.now, time);
    view! {
        <div class="sync" class:sync--ok=move || !offline.get() role="status">
            {move || match offline.get() {
                true => view! { <Icon icon=icondata_lu::LuCloudOff/>{t::sync_offline()} }.into_any(),
                false => view! { <Icon icon=icondata_lu::LuCloudCheck/>{t::sync_saved(&at)} }.into_any(),
            }}
        </div>
    }
}

#[cfg(feature = "hydrate")]
fn watch_connection(offline: RwSignal<bool>) {
    Effect::new(move |_| offline.set(!window().navigator().on_line()));
    let gone = window_event_listener(leptos::ev::offline, move |_| offline.set(true));
    let back = window_event_listener(leptos::ev::online, move |_| offline.set(false));
    on_cleanup(move || {
        gone.remove();
        back.remove();
    });
}

#[cfg(not(feature = "hydrate"))]
fn watch_connection(_: RwSignal<bool>) {}
