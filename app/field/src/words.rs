//! The codes of field work in the reader's words, with the tone that says what they mean.

use crate::t;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use kit::tone::Tone;
use kit::values::{PageTime, day_text};
use model::field::stock::{StockKind, StockState};
use model::field::work_orders::{Gate, WorkOrderKind, WorkOrderStatus};
use model::network::activation::ActivationStep;

pub(crate) fn status(status: WorkOrderStatus) -> (Tone, &'static str) {
    match status {
        WorkOrderStatus::Pending => (Tone::Warn, t::status_pending()),
        WorkOrderStatus::Scheduled => (Tone::Info, t::status_scheduled()),
        WorkOrderStatus::EnRoute => (Tone::Info, t::status_en_route()),
        WorkOrderStatus::OnSite => (Tone::Info, t::status_on_site()),
        WorkOrderStatus::WaitingParts => (Tone::Warn, t::status_waiting_parts()),
        WorkOrderStatus::WaitingCustomer => (Tone::Warn, t::status_waiting_customer()),
        WorkOrderStatus::Completed => (Tone::Ok, t::status_completed()),
        WorkOrderStatus::FollowUp => (Tone::Warn, t::status_follow_up()),
        WorkOrderStatus::Cancelled => (Tone::Off, t::status_cancelled()),
    }
}

pub(crate) fn kind(kind: WorkOrderKind) -> &'static str {
    match kind {
        WorkOrderKind::Installation => t::kind_installation(),
        WorkOrderKind::Repair => t::kind_repair(),
        WorkOrderKind::Relocation => t::kind_relocation(),
        WorkOrderKind::Removal => t::kind_removal(),
        WorkOrderKind::Survey => t::kind_survey(),
    }
}

pub(crate) fn stock_state(state: StockState) -> (Tone, &'static str) {
    match state {
        StockState::InStock => (Tone::Ok, t::stock_state_in_stock()),
        StockState::Assigned => (Tone::Info, t::stock_state_assigned()),
        StockState::Installed => (Tone::Info, t::stock_state_installed()),
        StockState::Returned => (Tone::Warn, t::stock_state_returned()),
        StockState::Repair => (Tone::Warn, t::stock_state_repair()),
        StockState::Retired => (Tone::Off, t::stock_state_retired()),
    }
}

pub(crate) fn stock_kind(kind: StockKind) -> &'static str {
    match kind {
        StockKind::Onu => t::stock_kind_onu(),
        StockKind::Router => t::stock_kind_router(),
        StockKind::Radio => t::stock_kind_radio(),
        StockKind::Switch => t::stock_kind_switch(),
        StockKind::SetTopBox => t::stock_kind_set_top_box(),
        StockKind::Other => t::stock_kind_other(),
    }
}

/// What is still missing, as a list in a sentence.
pub(crate) fn gates(gates: &[Gate]) -> String {
    let word = |gate: &Gate| match gate {
        Gate::Serial => t::gate_serial(),
        Gate::Signal => t::gate_signal(),
        Gate::PhotoOrReason => t::gate_photo(),
        Gate::Signature => t::gate_signature(),
    };
    gates.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// `−20.8`, from tenths of a dBm.
pub(crate) fn level(tenths: i16) -> String {
    let sign = if tenths < 0 { "\u{2212}" } else { "" };
    let amount = tenths.unsigned_abs();
    format!("{sign}{}.{}", amount / 10, amount % 10)
}

fn local(at: DateTime<Utc>, time: PageTime) -> NaiveDateTime {
    let zone = FixedOffset::east_opt(time.offset_minutes * 60);
    zone.map_or(at.naive_utc(), |zone| at.with_timezone(&zone).naive_local())
}

/// The day on the tenant's calendar.
pub(crate) fn day(at: DateTime<Utc>, time: PageTime) -> NaiveDate {
    local(at, time).date()
}

/// `14:05`, on the tenant's wall clock.
pub(crate) fn hour(at: DateTime<Utc>, time: PageTime) -> String {
    local(at, time).format("%H:%M").to_string()
}

/// `14:00–16:00`, with the day in front when it is not today: `25 Nov, 14:00–16:00`.
pub(crate) fn slot(from: DateTime<Utc>, until: DateTime<Utc>, time: PageTime) -> String {
    let hours = t::tech_slot(hour(from, time), hour(until, time));
    let day = day(from, time);
    if day == self::day(time.now, time) { hours } else { format!("{}, {hours}", day_text(day)) }
}

pub(crate) fn step(step: ActivationStep) -> &'static str {
    match step {
        ActivationStep::Approve => t::step_approve(),
        ActivationStep::ReserveAddress => t::step_reserve_address(),
        ActivationStep::RadiusAccount => t::step_radius_account(),
        ActivationStep::FirstInvoice => t::step_first_invoice(),
        ActivationStep::WelcomeSms => t::step_welcome_sms(),
        ActivationStep::Online => t::step_online(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_slot_names_its_day_only_when_it_is_another() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let time = PageTime { now: at("2026-11-24T09:00:00Z"), offset_minutes: 180 };
        let (from, until) = (at("2026-11-24T11:00:00Z"), at("2026-11-24T13:00:00Z"));
        assert_eq!(slot(from, until, time), "14:00\u{2013}16:00");
        let day = chrono::Duration::days(1);
        assert_eq!(slot(from + day, until + day, time), "25 Nov, 14:00\u{2013}16:00");
    }

    #[test]
    fn a_level_is_written_as_meters_show_it() {
        assert_eq!(super::level(-208), "\u{2212}20.8");
        assert_eq!(super::level(25), "2.5");
        assert_eq!(super::level(-4), "\u{2212}0.4");
    }
}
