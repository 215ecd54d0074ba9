//! Short messages after an action, with undo while it is possible. An error stays until it is closed.

use crate::{
    button::{Button, IconButton, Look, Size},
    icon::Icon,
    t,
    tone::Tone,
};
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays: long enough to read it and reach the button.
const SHOWN: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Toast {
    id: u32,
    tone: Tone,
    text: String,
    undo: Option<Callback<()>>,
}

/// The messages of the page. Get it with `use_toasts`.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    last: StoredValue<u32>,
}

/// Makes room for messages; the shells call it.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { list: RwSignal::new(Vec::new()), last: StoredValue::new(0) };
    provide_context(toasts);
    toasts
}

/// The messages of the shell around; outside of one they are kept but not shown.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(provide_toasts)
}

impl Toasts {
    /// Says that something was done.
    pub fn done(self, text: impl Into<String>) {
        self.push(Tone::Ok, text.into(), None);
    }

    /// Says that something was done and offers to take it back.
    pub fn done_with_undo(self, text: impl Into<String>, undo: Callback<()>) {
        self.push(Tone::Ok, text.into(), Some(undo));
    }

    /// Says that something was not done. It stays until it is closed.
    pub fn failed(self, text: impl Into<String>) {
        self.push(Tone::Danger, text.into(), None);
    }

    fn push(self, tone: Tone, text: String, undo: Option<Callback<()>>) {
        let id = self.last.with_value(|last| last.wrapping_add(1));
        self.last.set_value(id);
        self.list.update(|list| list.push(Toast { id, tone, text, undo }));
        if tone != Tone::Danger {
            set_timeout(move || self.close(id), SHOWN);
        }
    }

    fn close(self, id: u32) {
        // The page may be gone when the time is over.
        let _ = self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }
}

/// The corner where messages appear.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|toast| toast.id let:toast>
                <ToastView toast/>
            </For>
        </div>
    }
}

#[component]
fn ToastView(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let Toast { id, tone, text, undo } = toast;
    let (icon, class) = match tone {
        Tone::Danger => (icondata_lu::LuCircleAlert, "danger"),
        _ => (icondata_lu::LuCircleCheck, "ok"),
    };
    view! {
        <div class="toast">
            <span class=class><Icon icon/></span>
            <span class="toast__text">{text}</span>
            {undo
                .map(|undo| {
                    let undo = move |_| {
                        undo.run(());
                        toasts.close(id);
                    };
                    view! { <Button look=Look::Ghost size=Size::Small on:click=undo>{t::undo()}</Button> }
                })}
            <IconButton icon=icondata_lu::LuX name=t::close() small=true on:click=move |_| toasts.close(id)/>
        </div>
    }
}
