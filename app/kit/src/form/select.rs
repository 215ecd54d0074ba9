//! One of several values. The native list: it works on every phone and needs no script.

use super::{
    FormState,
    field::{FieldFrame, box_class, described_by, error_signal},
};
use crate::icon::Icon;
use leptos::prelude::*;

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

/// A list to choose one value from.
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
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == value;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <span class=move || box_class("input input--select", false, error)>
                <select
                    id=id
                    name=name
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
