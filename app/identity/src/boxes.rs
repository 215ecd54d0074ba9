//! Several of many: a group of boxes that sends a list.

use kit::prelude::*;
use leptos::prelude::*;

/// A group of boxes. Each box is value, words, whether it is ticked, and whether the reader may change it.
#[component]
pub(crate) fn Boxes(
    /// The name of the list in the form: `form[roles]`.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    boxes: Vec<(String, String, bool, bool)>,
) -> impl IntoView {
    let state = FormState::here();
    let id = state.field_id(&name);
    state.labels.update_value(|labels| labels.push((id.clone(), label.clone())));
    let asked = name.clone();
    let error = move || state.error_of(&asked);
    let inputs = boxes
        .into_iter()
        .enumerate()
        .map(|(number, (value, words, checked, may))| {
            // The first box carries the field's id, so that a link from the summary lands on it.
            let own = (number == 0).then(|| id.clone());
            // A box that cannot be changed is sent by a hidden field: disabled ones are not.
            let kept = (!may && checked)
                .then(|| view! { <input type="hidden" name=format!("{name}[]") value=value.clone()/> });
            view! {
                <label class="choice">
                    {kept}
                    <input
                        type="checkbox"
                        class="check"
                        id=own
                        name=format!("{name}[]")
                        value=value
                        checked=checked
                        disabled=!may
                    />
                    {words}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend class="field__label">{label}</legend>
            <div class="choices boxes">{inputs}</div>
            {move || {
                error().map(|sentence| {
                    view! { <span class="field__error"><Icon icon=icondata_lu::LuCircleAlert/>{sentence}</span> }
                })
            }}
        </fieldset>
    }
}
