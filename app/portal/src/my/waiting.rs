//! `/my/pay/{attempt}`: the prompt is on its way. Without scripts the page loads itself again every three seconds; with them
//! it looks by itself. A finished prompt leads on to its receipt.

use super::home::Paybill;
use super::{Failed, Line};
use crate::api::{HavePaid, my_waiting};
use crate::stages::PaymentBar;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::billing::PaymentAttemptId;
use model::billing::stk::AttemptState;
use model::portal::my::Waiting;
use std::time::Duration;

/// How often the page looks.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// `/my/pay/{attempt}`
#[component]
pub fn WaitingPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|map| map.get("attempt")).and_then(|id| id.parse::<PaymentAttemptId>().ok()));
    let (looks, set_looks) = signal(0u32);
    let check = ServerAction::<HavePaid>::new();
    let state = Resource::new(
        move || (id.get(), looks.get()),
        |(id, _)| async move {
            match id {
                Some(id) => my_waiting(id).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    let going_on = StoredValue::new(true);
    Effect::new(move |_| {
        let timer = set_interval_with_handle(
            move || {
                if going_on.get_value() {
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
        <leptos_meta::Title text=t::wait_title()/>
        <Transition>
            {move || Suspend::new(async move {
                let state = state.await;
                going_on.set_value(state.as_ref().is_ok_and(|s| s.is_going_on()));
                match state {
                    Ok(waiting) => view! { <Shown waiting check/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(waiting: Waiting, check: ServerAction<HavePaid>) -> impl IntoView {
    let attempt = &waiting.attempt;
    let is_posted = attempt.timeline.posted_at.is_some();
    let goes_on = waiting.is_going_on();
    let head = match attempt.state {
        _ if is_posted || attempt.state == AttemptState::Paid => {
            view! { <Head title=t::wait_received_title() lead=t::wait_received_lead()/> }.into_any()
        }
        AttemptState::Created => view! { <Head title=t::wait_sending() lead=t::wait_sending_lead()/> }.into_any(),
        AttemptState::Sent | AttemptState::Unknown => {
            view! { <Head title=t::wait_title() lead=t::wait_lead()/> }.into_any()
        }
        _ => {
            let why = words::attempt_reason(attempt.reason);
            view! {
                <div class="wait" role="status" aria-live="polite">
                    <h1>{t::wait_failed_title()}</h1>
                    <p class="muted">{why}</p>
                    <a class="btn btn--primary btn--large" href="/my/pay">{t::wait_try_again()}</a>
                </div>
            }
            .into_any()
        }
    };
    let (id, amount, phone) = (attempt.id, attempt.amount, attempt.phone.to_string());
    let plan_b = (!is_posted).then(|| {
        let state = attempt.state;
        view! { <PlanB id state paybill=waiting.paybill.clone() account=waiting.account_number.to_string() check/> }
    });
    view! {
        {goes_on.then(|| view! { <kit::page::RefreshWithoutScripts/> })}
        {head}
        <PaymentBar waiting/>
        <section class="my-card my-rows">
            <Line name=t::wait_amount()><b>{format!("{} {}", amount.currency.sign(), amount.short_figures())}</b></Line>
            <Line name=t::wait_phone()>{phone}</Line>
        </section>
        {plan_b}
        {goes_on.then(|| view! { <p class="t14 faint center">{t::wait_by_itself()}</p> })}
    }
}

#[component]
fn Head(title: &'static str, lead: &'static str) -> impl IntoView {
    view! {
        <div class="wait" role="status" aria-live="polite">
            <span class="wait__ring"><Icon icon=icondata_lu::LuSmartphone/></span>
            <h1>{title}</h1>
            <p class="muted">{lead}</p>
        </div>
    }
}

/// What to do when no message comes, and when one has paid by another way. Whoever answered the message has seen it.
#[component]
fn PlanB(
    id: PaymentAttemptId,
    state: AttemptState,
    paybill: Option<String>,
    account: String,
    check: ServerAction<HavePaid>,
) -> impl IntoView {
    let was_seen = matches!(state, AttemptState::Cancelled | AttemptState::Failed | AttemptState::Paid);
    let title = if was_seen { t::my_paybill_title() } else { t::wait_no_message() };
    view! {
        <section class="my-card">
            <h2 class="my-card__title">{title}</h2>
            <ol class="plan-b">
                {(!was_seen).then(|| view! { <li><span>{t::wait_dial()}</span></li> })}
                {paybill
                    .map(|number| {
                        view! { <li><span>{t::wait_yourself()} <Paybill number account/></span></li> }
                    })}
            </ol>
            <details class="fold">
                <summary>{t::wait_have_paid()}</summary>
                <Form action=check>
                    <input type="hidden" name="form[attempt]" value=id.to_string()/>
                    <Field name="form[code]" label=t::wait_code() hint=t::wait_code_hint() kind=Kind::Code/>
                    <Submit look=Look::Plain size=Size::Large>{t::wait_check()}</Submit>
                </Form>
            </details>
        </section>
    }
}
