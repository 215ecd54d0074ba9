//! Yes or no, and one of a few that are all seen at once.

use super::{
    Choice, FormState,
    field::{FieldError, described_by, error_signal},
};
use leptos::prelude::*;

/// Yes or no. An empty box sends nothing: the form's field needs `#[serde(default)]`.
#[component]
pub fn Checkbox(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] hint: Option<String>,
    /// What a ticked box sends.
    #[prop(default = "true")]
    value: &'static str,
) -> impl IntoView {
    view! { <Tick class="check" role=None name label checked hint value/> }
}

/// On or off, for settings that apply when the form is saved.
#[component]
pub fn Switch(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    view! { <Tick class="switch" role=Some("switch") name label checked hint value="true"/> }
}

#[component]
fn Tick(
    class: &'static str,
    role: Option<&'static str>,
    name: String,
    label: String,
    checked: bool,
    hint: Option<String>,
    value: &'static str,
) -> impl IntoView {
    let state = FormState::here();
    let id = state.field_id(&name);
    let error = error_signal(&state, &name);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = described_by(&id, hint.is_some(), error);
    view! {
        <div class="field">
            <label class="choice">
                <input
                    type="checkbox"
                    class=class
                    role=role
                    id=id
                    name=name
                    value=value
                    checked=checked
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=described
                />
                {label}
            </label>
            <FieldError id=error_id error/>
            {hint.map(|hint| view! { <span class="field__hint" id=hint_id>{hint}</span> })}
        </div>
    }
}

/// One of a few values, all seen at once.
#[component]
pub fn Radios(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let state = FormState::here();
    let id = state.field_id(&name);
    let error = error_signal(&state, &name);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = described_by(&id, hint.is_some(), error);
    let boxes = choices
        .into_iter()
        .enumerate()
        .map(|(i, choice)| {
            // The first box carries the field's id, so that a link from the summary lands on it.
            let box_id = if i == 0 { id.clone() } else { format!("{id}-{i}") };
            let checked = choice.value == value;
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        class="radio"
                        id=box_id
                        name=name.clone()
                        value=choice.value
                        checked=checked
                        aria-invalid=move || error.get().is_some().then_some("true")
                    />
                    {choice.label}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" aria-describedby=described>
            <legend class="field__label">{label}</legend>
            <div class="choices">{boxes}</div>
            <FieldError id=error_id error/>
            {hint.map(|hint| view! { <span class="field__hint" id=hint_id>{hint}</span> })}
        </fieldset>
    }
}
