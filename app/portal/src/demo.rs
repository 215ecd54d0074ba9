//! The demo's clock in the ribbon: a person sees a day, a week or a month of business pass.

use crate::api::{MoveClock, clock_moves};
use crate::t;
use kit::form::error_text;
use kit::values::{PageTime, date_text};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::AppError;
use model::time::Timestamp;
use std::time::Duration;

/// How often the page looks how far the clock is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Three buttons, and what became of the last press. The page loads itself again when the clock has arrived.
#[component]
pub fn ClockMover() -> impl IntoView {
    let action = ServerAction::<MoveClock>::new();
    let here = use_location().pathname;
    let moves = RwSignal::new(false);
    let minutes = use_context::<PageTime>().map_or(0, |time| i64::from(time.offset_minutes));
    let day = move |at: Timestamp| (at + chrono::TimeDelta::minutes(minutes)).date_naive();
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            moves.set(true);
            wait();
        }
    });
    // A press before the page was awake, or in another tab.
    Effect::new(move |_| {
        leptos::task::spawn_local(async move {
            if clock_moves().await == Ok(true) && moves.try_set(true).is_none() {
                wait();
            }
        });
    });
    let busy = move || action.pending().get() || moves.get();
    let button = move |days: i64, label: &'static str| {
        view! {
            <button type="submit" class="ribbon__button" name="form[days]" value=days disabled=busy>
                {label}
            </button>
        }
    };
    let said = move || match (moves.get(), action.value().get()) {
        (true, Some(Ok(until))) => Some(t::clock_moving(date_text(day(until)))),
        (true, _) => Some(t::clock_moves().to_owned()),
        (false, Some(Err(error))) => Some(sentence(&error)),
        _ => None,
    };
    view! {
        <ActionForm action attr:class="ribbon__tools">
            <input type="hidden" name="go" value=move || here.get()/>
            {button(1, t::clock_day())}
            {button(7, t::clock_week())}
            {button(30, t::clock_month())}
            <span role="status">{said}</span>
        </ActionForm>
    }
}

/// A refused number of days names its field; there is one only.
fn sentence(error: &AppError) -> String {
    error.fields().and_then(|fields| fields.0.first()).map_or_else(|| error_text(error), |field| field.message.clone())
}

/// Looks until the days have passed; then everything on the page is older than the clock.
fn wait() {
    set_timeout(
        || {
            leptos::task::spawn_local(async {
                match clock_moves().await {
                    Ok(false) => {
                        let _ = location().reload();
                    }
                    _ => wait(),
                }
            });
        },
        LOOK_EVERY,
    );
}
