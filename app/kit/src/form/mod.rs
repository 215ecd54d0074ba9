//! Forms. An error stands beside its field and in the summary on top, the cursor lands on the first wrong field, and
//! everything works before scripts arrive: then the error comes back in the address and `ServerAction` reads it.

mod choice;
mod field;
mod refusal;
mod select;

pub use choice::{Checkbox, Radios, Switch};
pub use field::{Field, Kind, TextArea};
pub use refusal::in_readers_words;
pub use select::{Choice, Select};

use crate::{
    button::{Look, Size, button_class},
    icon::{Icon, IconData},
    t,
};
use leptos::{context::Provider, prelude::*, server_fn};
use model::AppError;
use server_fn::{Http, ServerFn, client::Client, codec::PostUrl, request::ClientReq};

/// What the fields of a form know about it. Found in the context of everything inside `Form`.
#[derive(Clone)]
pub struct FormState {
    /// Begins the ids of the form's fields.
    pub id: String,
    /// The last refusal.
    pub error: Signal<Option<AppError>>,
    /// The form is on its way.
    pub pending: Signal<bool>,
    /// Ids of the fields with their labels, told by the fields as they are made.
    pub labels: StoredValue<Vec<(String, String)>>,
}

impl FormState {
    /// The state of the form around; a field outside of any form has no errors.
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| Self {
            id: "field".into(),
            error: Signal::stored(None),
            pending: Signal::stored(false),
            labels: StoredValue::default(),
        })
    }

    /// The label of the field with this name, with its mark: `Phone: `.
    fn label_of(&self, name: &str) -> Option<String> {
        let id = self.field_id(name);
        self.labels
            .with_value(|labels| labels.iter().find(|(known, _)| *known == id).map(|(_, label)| format!("{label}: ")))
    }

    /// The id of the field with this name.
    pub fn field_id(&self, name: &str) -> String {
        format!("{}-{}", self.id, field_key(name).replace('_', "-"))
    }

    /// The sentence about the field with this name, if it was refused.
    pub fn error_of(&self, name: &str) -> Option<String> {
        let key = field_key(name);
        self.error.with(|error| error.as_ref()?.fields()?.of(key).map(in_readers_words))
    }

    /// Whether this field is the first that was refused: the cursor lands there.
    fn is_first_wrong(&self, name: &str) -> bool {
        let key = field_key(name);
        self.error
            .with(|e| e.as_ref().and_then(|e| e.fields()).is_some_and(|f| f.0.first().is_some_and(|e| e.field == key)))
    }
}

/// `form[phone]` is the field `phone`: arguments that are structs carry their own name around.
fn field_key(name: &str) -> &str {
    name.strip_suffix(']').and_then(|n| n.rsplit('[').next()).unwrap_or(name)
}

/// The refusal of an action, as a signal.
pub fn action_error<F>(action: ServerAction<F>) -> Signal<Option<AppError>>
where
    F: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())))
}

/// A form around a server function whose error is `AppError`.
///
/// The ids of its fields begin with the function's path; give an `id` where one form stands twice on a page. A form that
/// adds one thing after another `empties` its fields when the thing was added.
#[component]
pub fn Form<F, O>(
    action: ServerAction<F>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional)] empties: bool,
    children: Children,
) -> impl IntoView
where
    F: serde::de::DeserializeOwned
        + ServerFn<Error = AppError, Protocol = Http<PostUrl, O>>
        + Clone
        + Send
        + Sync
        + 'static,
    <<F::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<leptos::web_sys::FormData>,
    F::Output: Send + Sync + 'static,
    F::Client: Client<AppError>,
{
    let state = FormState {
        id: id.unwrap_or_else(|| form_id(F::url())),
        error: action_error(action),
        pending: action.pending().into(),
        labels: StoredValue::default(),
    };
    let place = NodeRef::<leptos::html::Form>::new();
    if empties {
        let value = action.value();
        // The answer is looked at once: the form is drawn anew while the next thing is typed.
        let version = StoredValue::new(action.version().get_untracked());
        Effect::new(move |_| {
            let is_done = value.with(|answer| matches!(answer, Some(Ok(_))));
            let now = action.version().get_untracked();
            if is_done && version.get_value() != now {
                version.set_value(now);
                if let Some(form) = place.get_untracked() {
                    form.reset();
                }
            }
        });
    }
    // A provider, not `provide_context`: two forms on one page must not see each other's refusals.
    view! {
        <ActionForm action node_ref=place>
            <Provider value=state>
                <div class="form">
                    <FormSummary/>
                    {children()}
                </div>
            </Provider>
        </ActionForm>
    }
}

/// `/rpc/staff/billing/invoices/void` gives `billing-invoices-void`.
fn form_id(path: &str) -> String {
    let words: Vec<&str> = path.split('/').filter(|w| !w.is_empty()).collect();
    words.get(2..).filter(|w| !w.is_empty()).unwrap_or(&words).join("-")
}

/// All refusals of the form on top, each a link to its field. `Form` brings one; it is silent while nothing is wrong.
#[component]
pub fn FormSummary() -> impl IntoView {
    let state = FormState::here();
    let error = state.error;
    let place = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if error.get().is_some()
            && let Some(summary) = place.get()
        {
            focus_first_wrong(&summary);
        }
    });
    let link = move |field: &model::error::FieldError| {
        let href = format!("#{}", state.field_id(&field.field));
        let label = state.label_of(&field.field);
        view! { <li><a href=href rel="external">{label}{in_readers_words(&field.message)}</a></li> }
    };
    move || {
        error.get().map(|error| {
            let list = error.fields().map(|fields| fields.0.iter().map(&link).collect_view());
            let title = match error.fields() {
                Some(fields) => t::form_summary(fields.0.len() as i64),
                None => error_text(&error),
            };
            view! {
                <div class="form-summary" role="alert" tabindex="-1" node_ref=place>
                    <h3>{title}</h3>
                    {list.map(|list| view! { <ul>{list}</ul> })}
                </div>
            }
        })
    }
}

/// Puts the cursor on the first refused field, else on the summary.
#[cfg(feature = "hydrate")]
fn focus_first_wrong(summary: &leptos::web_sys::HtmlDivElement) {
    use wasm_bindgen::JsCast;
    let field =
        summary.closest("form").ok().flatten().and_then(|form| form.query_selector("[aria-invalid=true]").ok()?);
    let target = field.and_then(|f| f.dyn_into::<leptos::web_sys::HtmlElement>().ok());
    let _ = match target {
        Some(field) => field.focus(),
        None => summary.focus(),
    };
}

#[cfg(not(feature = "hydrate"))]
fn focus_first_wrong(_: &leptos::web_sys::HtmlDivElement) {}

/// The refusal in the reader's language. Sentences of a verb arrive as the server wrote them.
pub fn error_text(error: &AppError) -> String {
    match error {
        AppError::Unauthenticated => t::error_unauthenticated().into(),
        AppError::Forbidden => t::error_forbidden().into(),
        AppError::NotFound => t::error_not_found().into(),
        AppError::Invalid(fields) => t::form_summary(fields.0.len() as i64),
        AppError::TooMany(seconds) => t::error_too_many(i64::from(*seconds)),
        AppError::Internal(reference) => t::error_internal(reference),
        AppError::Transport(_) => t::error_transport().into(),
        AppError::Conflict(sentence) | AppError::Unavailable(sentence) => sentence.clone(),
    }
}

/// The button that sends the form around it. The children are the verb with its object; while the form is on its way
/// the button cannot be pressed again and says so.
#[component]
pub fn Submit(
    #[prop(default = Look::Primary)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<IconData>,
    #[prop(optional, into)] disabled: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let pending = FormState::here().pending;
    let icon = move || {
        if pending.get() {
            Some(view! { <Icon icon=icondata_lu::LuLoaderCircle class="spin"/> })
        } else {
            icon.map(|icon| view! { <Icon icon class=""/> })
        }
    };
    view! {
        <button
            type="submit"
            class=button_class(look, size)
            disabled=move || disabled.get() || pending.get()
            aria-busy=move || pending.get().then_some("true")
        >
            {icon}
            {children()}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_struct_argument_is_known_by_its_own_name() {
        assert_eq!(field_key("form[phone]"), "phone");
        assert_eq!(field_key("form[address][town]"), "town");
        assert_eq!(field_key("phone"), "phone");
    }

    #[test]
    fn ids_of_a_form_come_from_its_server_function() {
        assert_eq!(form_id("/rpc/staff/billing/invoices/void"), "billing-invoices-void");
    }
}
