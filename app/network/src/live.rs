//! Pages that follow the network. The one rule: a note is a hint to ask again; what is shown comes from the server.

use leptos::prelude::*;

/// Counts up when something of these kinds changed, at most twice a second: put it into a resource's source.
pub(crate) fn changes(kinds: &'static [&'static str]) -> RwSignal<u32> {
    let count = RwSignal::new(0);
    #[cfg(feature = "hydrate")]
    browser::listen(kinds, count);
    #[cfg(not(feature = "hydrate"))]
    let _ = kinds;
    count
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::leptos_dom::helpers::set_timeout;
    use leptos::prelude::*;
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::Closure;
    use web_sys::{EventSource, MessageEvent};

    /// Forty alarms at once are one question.
    const CALM: Duration = Duration::from_millis(400);

    pub(super) fn listen(kinds: &'static [&'static str], count: RwSignal<u32>) {
        Effect::new(move |_| {
            // A browser that refuses streams shows what it got with the page.
            let Ok(source) = EventSource::new("/events/staff") else { return };
            let asked = Rc::new(Cell::new(false));
            let greeted = Cell::new(false);
            let on_change = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let data = event.data().as_string().unwrap_or_default();
                // A second greeting is a stream that broke off: what came in between, nobody told.
                let is_back = event.type_() == "hello" && greeted.replace(true);
                let is_ours = is_back || data.starts_with("all:") || kinds.iter().any(|kind| data.starts_with(kind));
                if is_ours && !asked.replace(true) {
                    let asked = asked.clone();
                    set_timeout(
                        move || {
                            asked.set(false);
                            // The page may be gone meanwhile.
                            let _ = count.try_update(|n| *n += 1);
                        },
                        CALM,
                    );
                }
            });
            for kind in ["hello", "changed"] {
                let _ = source.add_event_listener_with_callback(kind, on_change.as_ref().unchecked_ref());
            }
            let held = StoredValue::new_local((source, on_change));
            on_cleanup(move || {
                held.with_value(|(source, _)| source.close());
                held.dispose();
            });
        });
    }
}
