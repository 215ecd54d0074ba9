//! The four stages of a payment prompt: sent, PIN, received, online; drawn in full for staff and as a bar for phones.

use crate::{t, words};
use kit::timeline::{Progress, Stage, StageBar, Stages};
use leptos::prelude::*;
use model::billing::payments::PaymentOutcome;
use model::billing::stk::AttemptState;
use model::portal::my::Waiting;
use model::time::Timestamp;

/// How far each of the four stages is.
fn progress(waiting: &Waiting) -> [Progress; 4] {
    use Progress::{Done, Failed, Now, Todo};
    let (state, timeline) = (waiting.attempt.state, &waiting.attempt.timeline);
    let is_posted = timeline.posted_at.is_some();
    let sent = match state {
        AttemptState::Created => Now,
        AttemptState::Refused => Failed,
        _ => Done,
    };
    let pin = match state {
        _ if is_posted || timeline.received_at.is_some() || state == AttemptState::Paid => Done,
        AttemptState::Sent | AttemptState::Unknown => Now,
        AttemptState::Cancelled | AttemptState::TimedOut | AttemptState::Failed => Failed,
        _ => Todo,
    };
    let received = match (is_posted, pin) {
        (true, _) => Done,
        (false, Done) => Now,
        _ => Todo,
    };
    let online = match timeline.outcome() {
        PaymentOutcome::Online | PaymentOutcome::Posted => Done,
        PaymentOutcome::Ready if !waiting.is_going_on() => Done,
        PaymentOutcome::Ready | PaymentOutcome::Reconnecting => Now,
        PaymentOutcome::Waiting => Todo,
    };
    [sent, pin, received, online]
}

/// Seconds from the start of the prompt to a moment.
fn since_start(waiting: &Waiting, at: Option<Timestamp>) -> Option<String> {
    let ms = (at? - waiting.attempt.created_at).num_milliseconds();
    Some(t::money_seconds(words::seconds(ms)))
}

/// The stages with their seconds and what each waits for.
#[component]
pub fn PaymentStages(waiting: Waiting) -> impl IntoView {
    let [sent, pin, received, online] = progress(&waiting);
    let timeline = waiting.attempt.timeline;
    let phone = waiting.attempt.phone.to_string();
    let failed = |progress: Progress| {
        (progress == Progress::Failed).then(|| words::attempt_reason(waiting.attempt.reason).to_owned())
    };
    let sent_note = (sent == Progress::Failed).then(|| t::stage_refused().to_owned());
    let pin_note = failed(pin).or_else(|| (pin == Progress::Now).then(|| t::stage_waits_for_pin(phone)));
    let received_note = waiting.attempt.receipt.clone().map(t::stage_posted);
    let online_note = match timeline.outcome() {
        PaymentOutcome::Posted => Some(t::stage_was_on().to_owned()),
        PaymentOutcome::Ready if online == Progress::Done => Some(t::stage_ready().to_owned()),
        PaymentOutcome::Ready | PaymentOutcome::Reconnecting => Some(t::stage_router_asked().to_owned()),
        PaymentOutcome::Online | PaymentOutcome::Waiting => None,
    };
    let money = timeline.payment_to_online_ms().map(|ms| t::pay_since_money(words::seconds(ms)));
    view! {
        <Stages>
            <Stage number=1 progress=sent title=t::stage_sent() note=sent_note time=since_start(&waiting, timeline.sent_at)/>
            <Stage number=2 progress=pin title=t::stage_pin() note=pin_note time=since_start(&waiting, timeline.received_at)/>
            <Stage number=3 progress=received title=t::stage_received() note=received_note time=since_start(&waiting, timeline.posted_at)/>
            <Stage number=4 progress=online title=t::stage_online() note=online_note time=since_start(&waiting, timeline.online_at)/>
        </Stages>
        {money.map(|text| view! { <p class="small muted num">{text}</p> })}
    }
}

/// The same as a bar of four words.
#[component]
pub fn PaymentBar(waiting: Waiting) -> impl IntoView {
    let words = [t::stage_short_sent(), t::stage_short_pin(), t::stage_short_received(), t::stage_short_online()];
    let stages = words.into_iter().map(str::to_owned).zip(progress(&waiting)).collect();
    view! { <StageBar stages/> }
}
