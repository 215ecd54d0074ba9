//! Dialogs with the browser's own element: focus stays inside, Escape closes, and focus returns to where it was.

use crate::{
    button::{Button, IconButton, Look},
    t,
};
use leptos::{html, prelude::*};

/// A modal dialog. Its content exists only while `open` is true, so that a form in it starts fresh each time.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    /// Faint words behind the title: about whom.
    #[prop(optional, into)]
    about: Option<String>,
    #[prop(optional)] wide: bool,
    /// Buttons at the bottom. Inside a form put them with the fields instead.
    #[prop(optional, into)]
    foot: Option<ViewFn>,
    children: ChildrenFn,
) -> impl IntoView {
    let place = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = place.get() {
            show(&dialog, open.get());
        }
    });
    let name = title.clone();
    let content = move || {
        open.get().then(|| {
            view! {
                <div class="dialog__head">
                    <h2>{title.clone()}</h2>
                    {about.clone().map(|about| view! { <span class="muted t13">{about}</span> })}
                    <span class="push">
                        <IconButton icon=icondata_lu::LuX name=t::close() on:click=move |_| open.set(false)/>
                    </span>
                </div>
                <div class="dialog__body">{children()}</div>
                {foot.as_ref().map(|foot| view! { <div class="dialog__foot">{foot.run()}</div> })}
            }
        })
    };
    view! {
        <dialog
            class="dialog"
            class:dialog--wide=wide
            node_ref=place
            aria-label=name
            on:close=move |_| open.set(false)
        >
            {content}
        </dialog>
    }
}

#[cfg(feature = "hydrate")]
fn show(dialog: &leptos::web_sys::HtmlDialogElement, open: bool) {
    if open && !dialog.open() {
        // It refuses when the element has left the page meanwhile: then there is nothing to show.
        let _ = dialog.show_modal();
    } else if !open && dialog.open() {
        dialog.close();
    }
}

#[cfg(not(feature = "hydrate"))]
fn show(_: &leptos::web_sys::HtmlDialogElement, _: bool) {}

/// Asks before a dangerous step. The children say what will happen, as a list. Where `number` is given it must be
/// typed first: how many services, how many subscribers. The verb checks it again.
#[component]
pub fn Confirm(
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    /// The verb with its object: "Suspend 41 services".
    #[prop(into)]
    verb: String,
    #[prop(optional)] number: Option<u64>,
    on_confirm: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        if !open.get() {
            typed.set(String::new());
        }
    });
    let locked = Signal::derive(move || number.is_some_and(|n| !is_number(&typed.get(), n)));
    let ask = StoredValue::new(number.map(|n| t::confirm_number(model::money::grouped(n))));
    let (verb, children) = (StoredValue::new(verb), StoredValue::new(children));
    let confirm = move |_| {
        if !locked.get() {
            on_confirm.run(());
            open.set(false);
        }
    };
    let foot = move || {
        view! {
            <Button on:click=move |_| open.set(false)>{t::cancel()}</Button>
            <Button look=Look::DangerFill disabled=locked on:click=confirm>{verb.get_value()}</Button>
        }
    };
    view! {
        <Dialog open title foot=ViewFn::from(foot)>
            {children.with_value(|children| children())}
            {ask
                .get_value()
                .map(|label| {
                    view! { <TypedNumber label typed/> }
                })}
        </Dialog>
    }
}

/// A field for the number that unlocks a dangerous button.
#[component]
pub fn TypedNumber(#[prop(into)] label: String, typed: RwSignal<String>) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__label">{label}</span>
            <span class="input">
                <input
                    type="text"
                    name="typed"
                    inputmode="numeric"
                    autocomplete="off"
                    autofocus=true
                    on:input:target=move |ev| typed.set(ev.target().value())
                />
            </span>
        </label>
    }
}

/// Whether a person typed this number; commas and spaces between thousands do not matter.
pub fn is_number(typed: &str, number: u64) -> bool {
    let digits: String = typed.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}')).collect();
    digits.parse() == Ok(number)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_unlocks_with_or_without_commas() {
        assert!(super::is_number("1,812", 1812));
        assert!(super::is_number(" 1812 ", 1812));
        assert!(!super::is_number("1811", 1812));
        assert!(!super::is_number("", 0));
    }
}
