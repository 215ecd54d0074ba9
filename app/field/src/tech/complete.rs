//! The last form: what was measured, and "complete".

use crate::api::CompleteJob;
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::field::work_orders::{Gate, WorkOrderDetail, WorkOrderKind};

/// Serial, signal, the reasons for what is missing, and the button. Only what the kind of work asks for is asked.
#[component]
pub(super) fn CompleteCard(
    order: WorkOrderDetail,
    /// Which fields are filled in.
    typed: RwSignal<Vec<Gate>>,
    action: ServerAction<CompleteJob>,
) -> impl IntoView {
    let kind = order.row.kind;
    let asks = move |gate: Gate| kind.gates().contains(&gate);
    let serial_hint = match order.reserved.is_empty() || kind == WorkOrderKind::Removal {
        true => t::job_serial_hint().to_owned(),
        false => {
            let serials: Vec<_> = order.reserved.iter().map(|item| item.serial.as_str()).collect();
            format!("{} {}", t::job_serial_hint(), serials.join(", "))
        }
    };
    let note = move |gate: Gate| {
        Callback::new(move |text: String| {
            typed.update(|typed| {
                typed.retain(|known| *known != gate);
                if !text.trim().is_empty() {
                    typed.push(gate);
                }
            });
        })
    };
    let missing = order.missing;
    let left = move || missing.iter().filter(|gate| !typed.with(|typed| typed.contains(gate))).count();
    let id = order.row.id.to_string();
    let (needs_reason, needs_name) = (order.evidence.photos == 0, !order.evidence.has_signature);
    view! {
        <section class="job-card job-card__body" id="complete">
            <h2>{t::job_complete()}</h2>
            <Form action>
                <input type="hidden" name="form[id]" value=id/>
                {asks(Gate::Serial)
                    .then(|| {
                        view! {
                            <Field
                                name="form[serial]"
                                label=t::job_serial()
                                kind=Kind::Code
                                hint=serial_hint
                                on_input=note(Gate::Serial)
                            />
                        }
                    })}
                {asks(Gate::Signal)
                    .then(|| {
                        view! {
                            <Field
                                name="form[signal]"
                                label=t::job_signal()
                                hint=t::job_signal_hint()
                                on_input=note(Gate::Signal)
                            />
                        }
                    })}
                {(asks(Gate::PhotoOrReason) && needs_reason)
                    .then(|| {
                        view! {
                            <Field
                                name="form[no_photo_reason]"
                                label=t::job_no_photo()
                                hint=t::job_no_photo_hint()
                                on_input=note(Gate::PhotoOrReason)
                            />
                        }
                    })}
                {(asks(Gate::Signature) && needs_name)
                    .then(|| {
                        view! {
                            <Field
                                name="form[signed_name]"
                                label=t::job_sign_name()
                                hint=t::job_sign_name_hint()
                                on_input=note(Gate::Signature)
                            />
                        }
                    })}
                <TextArea name="form[note]" label=t::job_note() rows=2 optional=true/>
                {move || {
                    let left = left();
                    (left > 0).then(|| view! { <p class="t14 muted">{t::job_complete_left(left as i64)}</p> })
                }}
                <Submit size=Size::Large>{t::job_complete()}</Submit>
            </Form>
        </section>
    }
}
