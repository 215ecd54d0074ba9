//! One line of input: label above, hint below, error beside. What a person typed is never overwritten.

use super::FormState;
use crate::{icon::Icon, t};
use leptos::prelude::*;
use model::Currency;

/// What is typed. It decides the keyboard of a phone, the alignment and the affix, not the check: that is the server's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Text,
    Email,
    Url,
    Number,
    Money(Currency),
    Phone,
    Password,
    Date,
    /// An hour of the day, on 24 hours in the form: `14:05`.
    Time,
    /// Ids, addresses, MACs and serials: mono, no spelling help.
    Code,
}

impl Kind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Url => "url",
            Self::Phone => "tel",
            Self::Password => "password",
            Self::Date => "date",
            Self::Time => "time",
            Self::Text | Self::Number | Self::Money(_) | Self::Code => "text",
        }
    }

    const fn input_mode(self) -> Option<&'static str> {
        match self {
            Self::Number => Some("numeric"),
            Self::Money(_) => Some("decimal"),
            _ => None,
        }
    }

    const fn box_class(self) -> &'static str {
        match self {
            Self::Number | Self::Money(_) => "input input--end",
            Self::Code => "input mono",
            _ => "input",
        }
    }
}

/// One line of input in a form.
#[component]
pub fn Field(
    /// The name in the form, as serde reads it: `phone` or `form[phone]`.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    #[prop(optional)] kind: Kind,
    /// What stands there first.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    #[prop(optional, into)] hint: Option<String>,
    /// The token of the HTML standard, for example `tel` or `current-password`.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    #[prop(optional)] disabled: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] on_input: Option<Callback<String>>,
) -> impl IntoView {
    let state = FormState::here();
    let affix = match kind {
        Kind::Money(currency) => Some(view! { <span class="input__affix" aria-hidden="true">{currency.sign()}</span> }),
        _ => None,
    };
    let id = state.field_id(&name);
    let (error, first) = (error_signal(&state, &name), first_signal(&state, &name));
    let described = described_by(&id, hint.is_some(), error);
    let spelled = matches!(kind, Kind::Text).then_some("true").unwrap_or("false");
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <span class=move || box_class(kind.box_class(), disabled, error)>
                {affix}
                <input
                    id=id
                    name=name
                    type=kind.input_type()
                    inputmode=kind.input_mode()
                    value=move || value.get()
                    autocomplete=autocomplete
                    spellcheck=spelled
                    autocapitalize=matches!(kind, Kind::Text).then_some("sentences").unwrap_or("none")
                    disabled=disabled
                    autofocus=move || autofocus || first.get()
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=described
                    on:input:target=move |ev| {
                        if let Some(on_input) = on_input {
                            on_input.run(ev.target().value());
                        }
                    }
                />
            </span>
        </FieldFrame>
    }
}

/// Several lines of input.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: MaybeProp<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] optional: bool,
    #[prop(default = 3)] rows: u32,
) -> impl IntoView {
    let state = FormState::here();
    let id = state.field_id(&name);
    let error = error_signal(&state, &name);
    let described = described_by(&id, hint.is_some(), error);
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <span class=move || box_class("input input--area", false, error)>
                <textarea
                    id=id
                    name=name
                    rows=rows
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=described
                >
                    {value.get_untracked().unwrap_or_default()}
                </textarea>
            </span>
        </FieldFrame>
    }
}

/// Label, control, hint and error in their places.
#[component]
pub(super) fn FieldFrame(
    id: String,
    label: String,
    hint: Option<String>,
    error: Signal<Option<String>>,
    optional: bool,
    children: Children,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    FormState::here().labels.update_value(|labels| labels.push((id.clone(), label.clone())));
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
                {optional.then(|| view! { <small>{t::form_optional()}</small> })}
            </label>
            {children()}
            <FieldError id=error_id error/>
            {hint.map(|hint| view! { <span class="field__hint" id=hint_id>{hint}</span> })}
        </div>
    }
}

/// The sentence about one refused field.
#[component]
pub(super) fn FieldError(id: String, error: Signal<Option<String>>) -> impl IntoView {
    move || {
        let id = id.clone();
        error.get().map(|sentence| {
            view! {
                <span class="field__error" id=id>
                    <Icon icon=icondata_lu::LuCircleAlert/>
                    {sentence}
                </span>
            }
        })
    }
}

pub(super) fn error_signal(state: &FormState, name: &str) -> Signal<Option<String>> {
    let (state, name) = (state.clone(), name.to_owned());
    Signal::derive(move || state.error_of(&name))
}

pub(super) fn first_signal(state: &FormState, name: &str) -> Signal<bool> {
    let (state, name) = (state.clone(), name.to_owned());
    Signal::derive(move || state.is_first_wrong(&name))
}

/// The ids that describe a control: its error while there is one, and its hint.
pub(super) fn described_by(
    id: &str,
    has_hint: bool,
    error: Signal<Option<String>>,
) -> impl Fn() -> Option<String> + Send + Clone + 'static {
    let (hint, error_id) = (has_hint.then(|| format!("{id}-hint")), format!("{id}-error"));
    move || match (error.with(Option::is_some), &hint) {
        (true, Some(hint)) => Some(format!("{error_id} {hint}")),
        (true, None) => Some(error_id.clone()),
        (false, hint) => hint.clone(),
    }
}

pub(super) fn box_class(base: &str, disabled: bool, error: Signal<Option<String>>) -> String {
    let mut class = base.to_owned();
    if disabled {
        class.push_str(" input--disabled");
    }
    if error.with(Option::is_some) {
        class.push_str(" input--error");
    }
    class
}
