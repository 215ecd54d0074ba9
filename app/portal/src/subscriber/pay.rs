//! Taking a payment: a prompt on the payer's phone followed live, or money over the counter. A dialog on the subscriber
//! page, and a page of its own for browsers without scripts.

use super::{Acts, id_here};
use crate::api::{StartPrompt, TakeCounterPayment, prompt_state, read_subscriber};
use crate::stages::PaymentStages;
use crate::{clock, t};
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use model::Money;
use model::billing::stk::amount_to_ask;
use model::billing::{PaymentAttemptId, PaymentId};
use model::crm::{AccountId, SubscriberId};
use model::msisdn::Msisdn;
use std::time::Duration;

/// How often the dialog looks at a prompt.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What both forms start with.
#[derive(Clone)]
struct Start {
    /// The payment that the counter form will be.
    payment_id: PaymentId,
    account_id: AccountId,
    phone: Option<Msisdn>,
    due: Option<Money>,
    /// Where to go on to without scripts; empty in the dialog.
    go: String,
}

/// The dialog. `p` opens it wherever nothing is being typed.
#[component]
pub(super) fn PayDialog(
    id: SubscriberId,
    payment_id: PaymentId,
    account_id: AccountId,
    name: String,
    phone: Option<Msisdn>,
    due: Option<Money>,
    acts: Acts,
) -> impl IntoView {
    let prompt = ServerAction::<StartPrompt>::new();
    let counter = ServerAction::<TakeCounterPayment>::new();
    let key = window_event_listener(leptos::ev::keydown, move |event| {
        let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        if plain && event.key() == "p" && !is_typing(&event) {
            event.prevent_default();
            acts.paying.set(true);
        }
    });
    on_cleanup(move || key.remove());
    // A dialog that is opened again starts anew, and what was taken shows on the page below.
    Effect::new(move |_| {
        if !acts.paying.get() {
            let was_used =
                prompt.value().with_untracked(Option::is_some) || counter.value().with_untracked(Option::is_some);
            prompt.value().set(None);
            counter.value().set(None);
            if was_used {
                acts.taken.update(|n| *n += 1);
            }
        }
    });
    let toasts = use_toasts();
    Effect::new(move |_| {
        if counter.value().with(|v| matches!(v, Some(Ok(_)))) {
            toasts.done(t::pay_taken());
            acts.paying.set(false);
        }
    });
    // A refusal leaves the form as it was typed.
    let asked = Memo::new(move |_| prompt.value().with(|v| v.as_ref().and_then(|sent| sent.as_ref().ok().copied())));
    let start = Start { payment_id, account_id, phone, due, go: String::new() };
    let page = format!("/subscribers/{id}/pay");
    view! {
        <Dialog open=acts.paying title=t::pay_title() about=name>
            {
                let (start, page) = (start.clone(), page.clone());
                move || match asked.get() {
                    Some(attempt) => view! { <Live attempt again=page.clone() dialog=Some(acts.paying)/> }.into_any(),
                    None => view! { <Forms start=start.clone() prompt counter/> }.into_any(),
                }
            }
        </Dialog>
    }
}

/// Whether a key belongs to a field.
fn is_typing(event: &leptos::ev::KeyboardEvent) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok());
    target.is_some_and(|element| {
        element.closest("input, textarea, select, dialog, [contenteditable]").ok().flatten().is_some()
    })
}

#[component]
fn Forms(start: Start, prompt: ServerAction<StartPrompt>, counter: ServerAction<TakeCounterPayment>) -> impl IntoView {
    let asked = start.due.and_then(amount_to_ask).map(|amount| amount.short_figures()).unwrap_or_default();
    let due = start
        .due
        .map(|due| due.short_figures())
        .filter(|_| start.due.is_some_and(|due| due.minor > 0))
        .unwrap_or_default();
    let hint = start.due.map(t::pay_due_hint);
    let phone = start.phone.map(|phone| phone.to_string()).unwrap_or_default();
    let (account, payment) = (start.account_id.to_string(), start.payment_id.to_string());
    let (account_too, go, go_too) = (account.clone(), start.go.clone(), start.go);
    let currency = start.due.map(|due| due.currency).unwrap_or_default();
    let methods = vec![Choice::new("cash", t::money_method_cash()), Choice::new("bank", t::money_method_bank())];
    view! {
        <Form action=prompt>
            <input type="hidden" name="form[account_id]" value=account/>
            <input type="hidden" name="go" value=go/>
            <div class="pay-amount">
                <Field name="form[phone]" label=t::pay_phone() kind=Kind::Phone value=phone autocomplete="off" autofocus=true/>
                <PayAmount value=asked hint currency/>
            </div>
            <Submit>{t::pay_send()}<Kbd key="Enter" on=true/></Submit>
        </Form>
        <details class="fold">
            <summary class="small">{t::pay_by_hand()}</summary>
            <Form action=counter>
                <input type="hidden" name="form[id]" value=payment/>
                <input type="hidden" name="form[account_id]" value=account_too/>
                <input type="hidden" name="go" value=go_too/>
                <div class="pay-amount">
                    <Radios name="form[method]" label=t::pay_method() choices=methods value="cash"/>
                    <PayAmount value=due hint=None currency/>
                </div>
                <Field name="form[reference]" label=t::pay_reference() hint=t::pay_reference_hint() kind=Kind::Code optional=true/>
                <Submit look=Look::Plain>{t::pay_take()}</Submit>
            </Form>
        </details>
    }
}

#[component]
fn PayAmount(value: String, hint: Option<String>, currency: model::Currency) -> impl IntoView {
    match hint {
        Some(hint) => {
            view! { <Field name="form[amount]" label=t::pay_amount() kind=Kind::Money(currency) value hint/> }
                .into_any()
        }
        None => {
            view! { <Field name="form[amount]" label=t::pay_amount() kind=Kind::Money(currency) value/> }.into_any()
        }
    }
}

/// The four stages of a prompt, looked at every second while something is under way. A payment leads on to its receipt and
/// closes the dialog that it is in; a prompt that failed can be sent again.
#[component]
fn Live(attempt: PaymentAttemptId, again: String, dialog: Option<RwSignal<bool>>) -> impl IntoView {
    let (looks, set_looks) = signal(0u32);
    let state = Resource::new(move || looks.get(), move |_| prompt_state(attempt));
    // Told by what was drawn last. A look that did not reach the server says nothing of the payment.
    let goes_on = StoredValue::new(true);
    Effect::new(move |_| {
        let timer = set_interval_with_handle(
            move || {
                if goes_on.try_get_value().unwrap_or_default() {
                    set_looks.update(|n| *n += 1);
                }
            },
            LOOK_EVERY,
        );
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
    view! {
        <Transition>
            {move || {
                let again = again.clone();
                Suspend::new(async move {
                    match state.await {
                        Ok(waiting) => {
                            let head = waiting.clone();
                            let paybill = waiting.paybill.clone();
                            let account = waiting.account_number;
                            let is_over = !waiting.is_going_on();
                            goes_on.set_value(!is_over);
                            let next = match waiting.payment_id {
                                Some(payment) => view! {
                                    <a class="btn" href=format!("/billing/payments/{payment}")>{t::pay_receipt()}</a>
                                    {dialog.map(|open| view! { <Button look=Look::Primary on:click=move |_| open.set(false)>{t::pay_back()}</Button> })}
                                }
                                .into_any(),
                                None => view! { <a class="link" href=again>{t::pay_again()}</a> }.into_any(),
                            };
                            view! {
                                <div class="pay-summary">
                                    <span class="pay-total">{head.attempt.amount.to_string()}</span>
                                    <span class="muted">{t::pay_from(head.attempt.phone)}</span>
                                </div>
                                <PaymentStages waiting/>
                                <div class="row row--between small muted">
                                    <span>{paybill.map(|number| t::pay_paybill(number, account))}</span>
                                    {is_over.then_some(next)}
                                </div>
                            }
                            .into_any()
                        }
                        Err(error) => {
                            goes_on.set_value(matches!(error, model::AppError::Transport(_)));
                            view! { <ErrorState error/> }.into_any()
                        }
                    }
                })
            }}
        </Transition>
    }
}

/// `/subscribers/{id}/pay`: the same without a dialog. `?attempt=` follows a prompt.
#[component]
pub fn PayPage() -> impl IntoView {
    let id = id_here();
    let prompt = ServerAction::<StartPrompt>::new();
    let counter = ServerAction::<TakeCounterPayment>::new();
    let page = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Ok(id) => read_subscriber(id).await,
                Err(error) => Err(error),
            }
        },
    );
    let query = use_query_state();
    let body = move || {
        Suspend::new(async move {
            let page = match page.await {
                Ok(page) if page.can.can_take_payment => page,
                Ok(_) => return view! { <ErrorState error=model::AppError::Forbidden/> }.into_any(),
                Err(model::AppError::NotFound) => return view! { <NotFound home="/subscribers"/> }.into_any(),
                Err(error) => return view! { <ErrorState error/> }.into_any(),
            };
            let head = page.head;
            let back = format!("/subscribers/{}", head.id);
            let again = format!("{back}/pay");
            let crumbs = vec![
                Crumb::to(t::subscriber_crumb(), "/subscribers"),
                Crumb::to(head.name.clone(), back.clone()),
                Crumb::here(t::pay_title()),
            ];
            let start = Start {
                payment_id: page.payment_id,
                account_id: head.account_id,
                phone: head.contact.map(|contact| contact.phone),
                due: page.money.map(|money| money.due),
                go: again.clone(),
            };
            let attempt = Memo::new(move |_| query.get("attempt").and_then(|id| id.parse().ok()));
            let inside = move || match attempt.get() {
                Some(attempt) => view! {
                    <kit::page::RefreshWithoutScripts/>
                    <Live attempt again=again.clone() dialog=None/>
                }
                .into_any(),
                None => view! { <Forms start=start.clone() prompt counter/> }.into_any(),
            };
            view! {
                <Provider value=clock::business(page.clock)>
                    <PageHeader title=t::pay_title() crumbs/>
                    <PageBody>
                        <Card title=head.name>
                            <div class="stack">{inside}</div>
                        </Card>
                        <p><a class="link" href=back>{t::pay_back()}</a></p>
                    </PageBody>
                </Provider>
            }
            .into_any()
        })
    };
    view! { <PageFrame><Transition>{body}</Transition></PageFrame> }
}
