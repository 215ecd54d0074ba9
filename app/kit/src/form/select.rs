//! One of several values. The native list: it works on every phone and needs no script.

use super::{
    FormState,
    field::{FieldFrame, box_class, described_by, error_signal},
};
use crate::icon::Icon;
use leptos::{html, prelude::*};

/// A value and what a person reads for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A list to choose one value from. What a person has chosen stays while the page is drawn anew around it.
#[component]
pub fn Select(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    /// The value chosen at first.
    #[prop(optional, into)]
    value: String,
    /// A first line without value, for example "Choose a plan".
    #[prop(optional, into)]
    empty: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] optional: bool,
    #[prop(optional)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    let state = FormState::here();
    let id = state.field_id(&name);
    let error = error_signal(&state, &name);
    let described = described_by(&id, hint.is_some(), error);
    let list = NodeRef::<html::Select>::new();
    choose_at_first(list, &value, &choices);
    let options = choices
        .into_iter()
        .map(|choice| {
            let is_first = choice.value == value;
            option(choice, is_first)
        })
        .collect_view();
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <span class=move || box_class("input input--select", false, error)>
                <select
                    id=id
                    name=name
                    node_ref=list
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=described
                    on:change:target=move |ev| {
                        if let Some(on_change) = on_change {
                            on_change.run(ev.target().value());
                        }
                    }
                >
                    {empty.map(|empty| view! { <option value="">{empty}</option> })}
                    {options}
                </select>
                <Icon icon=icondata_lu::LuChevronsUpDown/>
            </span>
        </FieldFrame>
    }
}

#[cfg(feature = "ssr")]
fn option(choice: Choice, is_first: bool) -> impl IntoView {
    view! { <option value=choice.value selected=is_first>{choice.label}</option> }
}

/// In the browser the first choice is set by hand: the attribute would be written again with each drawing, and then the
/// browser forgets what was chosen.
#[cfg(not(feature = "ssr"))]
fn option(choice: Choice, _: bool) -> impl IntoView {
    view! { <option value=choice.value>{choice.label}</option> }
}

/// Sets the first choice, and sets it again only when the list is about something else: another value, other choices, or
/// another thing in the hidden fields of the form. A list from the server has it already, or what somebody chose meanwhile.
#[cfg(feature = "hydrate")]
fn choose_at_first(list: NodeRef<html::Select>, value: &str, choices: &[Choice]) {
    const ABOUT: &str = "data-about";
    let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
    let (about, value) = (format!("{value}|{}", values.join("|")), value.to_owned());
    Effect::new(move |_| {
        let Some(list) = list.get() else { return };
        let about = format!("{about}|{}", hidden_values(&list));
        let known = list.get_attribute(ABOUT);
        if known.as_deref() == Some(about.as_str()) {
            return;
        }
        let is_from_server = known.is_none() && list.query_selector("option[selected]").is_ok_and(|o| o.is_some());
        match value.is_empty() {
            _ if is_from_server => {}
            true if known.is_none() => {}
            true => list.set_selected_index(0),
            false => list.set_value(&value),
        }
        let _ = list.set_attribute(ABOUT, &about);
    });
}

#[cfg(not(feature = "hydrate"))]
fn choose_at_first(_: NodeRef<html::Select>, _: &str, _: &[Choice]) {}

/// What the form is about: its hidden fields.
#[cfg(feature = "hydrate")]
fn hidden_values(list: &leptos::web_sys::HtmlSelectElement) -> String {
    use leptos::wasm_bindgen::JsCast;
    let form = list.closest("form").ok().flatten();
    let Some(hidden) = form.and_then(|form| form.query_selector_all("input[type=hidden]").ok()) else {
        return String::new();
    };
    let value = |i| hidden.item(i).and_then(|field| field.dyn_into::<leptos::web_sys::Element>().ok());
    (0..hidden.length())
        .filter_map(value)
        .filter_map(|field| field.get_attribute("value"))
        .collect::<Vec<_>>()
        .join("|")
}
