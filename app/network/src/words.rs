//! The codes of the network in the reader's words, with the tone that says what they mean.

use crate::t;
use kit::timeline::Progress;
use kit::tone::Tone;
use model::network::activation::{ActivationState, ActivationStep, StepState};
use model::network::devices::{DeviceKind, DeviceState, LinkKind};
use model::network::incidents::{IncidentCause, IncidentEventKind, IncidentState};
use model::network::nas::NasVendor;
use model::network::offline::OfflineCause;
use model::network::pools::PoolKind;

pub(crate) fn device_state(state: DeviceState) -> (Tone, &'static str) {
    match state {
        DeviceState::Up => (Tone::Ok, t::state_up()),
        DeviceState::Degraded => (Tone::Warn, t::state_degraded()),
        DeviceState::Down => (Tone::Danger, t::state_down()),
        DeviceState::Unreachable => (Tone::Danger, t::state_unreachable()),
        DeviceState::Maintenance => (Tone::Info, t::state_maintenance()),
        DeviceState::Unknown => (Tone::Off, t::state_unknown()),
    }
}

pub(crate) fn device_kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Router => t::kind_router(),
        DeviceKind::Switch => t::kind_switch(),
        DeviceKind::Olt => t::kind_olt(),
        DeviceKind::Splitter => t::kind_splitter(),
        DeviceKind::Onu => t::kind_onu(),
        DeviceKind::AccessPoint => t::kind_access_point(),
        DeviceKind::Cpe => t::kind_cpe(),
        DeviceKind::Ups => t::kind_ups(),
    }
}

pub(crate) fn link_kind(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Fibre => t::link_fibre(),
        LinkKind::Radio => t::link_radio(),
        LinkKind::Copper => t::link_copper(),
    }
}

pub(crate) fn incident_state(state: IncidentState) -> (Tone, &'static str) {
    match state {
        IncidentState::Open => (Tone::Danger, t::incident_open()),
        IncidentState::Acknowledged => (Tone::Warn, t::incident_acknowledged()),
        IncidentState::Recovered => (Tone::Info, t::incident_recovered()),
        IncidentState::Closed => (Tone::Off, t::incident_closed()),
    }
}

pub(crate) fn cause(cause: IncidentCause) -> &'static str {
    match cause {
        IncidentCause::Power => t::cause_power(),
        IncidentCause::FibreCut => t::cause_fibre_cut(),
        IncidentCause::Equipment => t::cause_equipment(),
        IncidentCause::Upstream => t::cause_upstream(),
        IncidentCause::Maintenance => t::cause_maintenance(),
        IncidentCause::Unknown => t::cause_unknown(),
    }
}

/// A line of an incident's history: what happened, and to what.
pub(crate) fn event(kind: IncidentEventKind, note: Option<&str>, count: Option<i64>) -> String {
    let note = note.unwrap_or_default();
    match kind {
        IncidentEventKind::Opened => t::event_opened(count.unwrap_or_default()),
        IncidentEventKind::Alarm => t::event_alarm(note),
        IncidentEventKind::Cleared => t::event_cleared(note),
        IncidentEventKind::Merged => t::event_merged(note),
        IncidentEventKind::Acknowledged => t::event_acknowledged().into(),
        IncidentEventKind::Cause => {
            t::event_cause(cause(IncidentCause::from_code(note).unwrap_or(IncidentCause::Unknown)))
        }
        IncidentEventKind::Note => note.to_owned(),
        IncidentEventKind::Told => t::event_told(count.unwrap_or_default()),
        IncidentEventKind::Recovered => t::event_recovered().into(),
        IncidentEventKind::Reopened => t::event_reopened().into(),
        IncidentEventKind::Closed => t::event_closed().into(),
    }
}

pub(crate) fn offline(cause: OfflineCause) -> (Tone, &'static str) {
    match cause {
        OfflineCause::Incident => (Tone::Danger, t::offline_incident()),
        OfflineCause::Locked => (Tone::Warn, t::offline_locked()),
        OfflineCause::NeverDialled => (Tone::Info, t::offline_never()),
        _ => (Tone::Off, t::offline_unknown()),
    }
}

pub(crate) fn activation_state(state: ActivationState) -> (Tone, &'static str) {
    match state {
        ActivationState::Running => (Tone::Info, t::activation_running()),
        ActivationState::Failed => (Tone::Danger, t::activation_failed()),
        ActivationState::Undone => (Tone::Off, t::activation_undone()),
        ActivationState::Ready => (Tone::Warn, t::activation_ready()),
        ActivationState::Online => (Tone::Ok, t::activation_online()),
    }
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

pub(crate) const fn progress(state: StepState) -> Progress {
    match state {
        StepState::Done => Progress::Done,
        StepState::Running => Progress::Now,
        StepState::Failed => Progress::Failed,
        StepState::Waiting | StepState::Undone => Progress::Todo,
    }
}

pub(crate) fn pool_kind(kind: PoolKind) -> &'static str {
    match kind {
        PoolKind::V4 => t::pool_v4(),
        PoolKind::V6Delegated => t::pool_v6(),
    }
}

/// Names of makers are the same in every language, but for "any other".
pub(crate) fn vendor(vendor: NasVendor) -> &'static str {
    match vendor {
        NasVendor::MikroTik => "MikroTik",
        NasVendor::Cisco => "Cisco",
        NasVendor::Juniper => "Juniper",
        NasVendor::Huawei => "Huawei",
        NasVendor::Accel => "accel-ppp",
        NasVendor::Generic => t::vendor_generic(),
    }
}

/// `0.8 s`, `41 s`, `4 min 10 s`: how long a step took.
pub(crate) fn took(milliseconds: i64) -> String {
    match milliseconds.max(0) {
        ms @ 0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        ms @ 10_000..60_000 => format!("{} s", ms / 1000),
        ms => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_step_shows_tenths_only_while_they_matter() {
        assert_eq!([840, 41_300, 250_000].map(super::took), ["0.8 s", "41 s", "4 min 10 s"]);
    }
}
