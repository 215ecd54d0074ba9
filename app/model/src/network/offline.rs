//! "Why is this subscriber offline?" The one rule: evidence first, then the cause; the first rule that its evidence proves
//! is the answer.

use crate::billing::locks::LockReason;
use crate::crm::subscribers::ServiceState;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Why somebody is offline, in the order in which the rules are asked.
    OfflineCause {
        NoService => "no_service",
        NotActive => "not_active",
        Locked => "locked",
        /// Not offline at all.
        Online => "online",
        NoAccount => "no_account",
        Incident => "incident",
        NasSilent => "nas_silent",
        PowerOff => "power_off",
        LossOfSignal => "loss_of_signal",
        WrongPassword => "wrong_password",
        WrongDevice => "wrong_device",
        AlreadyConnected => "already_connected",
        LowSignal => "low_signal",
        NeverDialled => "never_dialled",
        SwitchedOff => "switched_off",
        Unknown => "unknown",
    }
}

crate::codes! {
    /// Why RADIUS refused.
    RejectReason {
        WrongPassword => "wrong_password",
        UnknownUser => "unknown_user",
        WrongMac => "wrong_mac",
        TooManySessions => "too_many_sessions",
        Other => "other",
    }
}

crate::codes! {
    /// What the optical network says of an ONU.
    OpticalState { Working => "working", LossOfSignal => "loss_of_signal", DyingGasp => "dying_gasp", Unknown => "unknown" }
}

/// Below this an ONU loses its light in the next rain, in tenths of a dBm. The budget of GPON class B+ ends at −27 dBm
/// (ITU-T G.984.2); two decibels above it one begins to worry.
pub const LOW_SIGNAL_TENTHS_DBM: i16 = -250;

/// What a service is asked about: everything that is known, with the time at which it was known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfflineFacts {
    pub state: Option<ServiceState>,
    pub locks: Vec<LockReason>,
    /// Whether RADIUS knows the user name.
    pub has_account: bool,
    /// Since when the present session runs.
    pub online_since: Option<Timestamp>,
    /// Number and beginning of an open incident on the path.
    pub incident: Option<(String, Timestamp)>,
    /// When the NAS was last heard, and whether that is too long ago.
    pub nas_last_seen: Option<Timestamp>,
    pub nas_is_silent: bool,
    pub optical: Option<(OpticalState, Timestamp)>,
    /// Receiving level in tenths of a dBm: −214 is −21.4 dBm.
    pub signal_tenths_dbm: Option<(i16, Timestamp)>,
    /// The last refusal since the last session.
    pub reject: Option<(RejectReason, Timestamp)>,
    /// The end of the last session and its Acct-Terminate-Cause.
    pub last_session: Option<(Timestamp, String)>,
}

/// Whether a piece of evidence is good or bad news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Good,
    Bad,
    Unknown,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which question it answers: the key of its text.
    pub about: EvidenceKind,
    pub verdict: Verdict,
    /// The value as it was found: a lock, a number, a level.
    pub value: Option<String>,
    pub at: Option<Timestamp>,
}

crate::codes! {
    /// The questions, in the order of the page.
    EvidenceKind {
        Service => "service",
        Locks => "locks",
        Account => "account",
        Session => "session",
        Incident => "incident",
        Nas => "nas",
        Optical => "optical",
        Signal => "signal",
        Reject => "reject",
        LastSession => "last_session",
    }
}

/// The answer, with all that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub cause: OfflineCause,
    pub evidence: Vec<Evidence>,
}

/// Asks all questions and gives the first cause that is proved.
pub fn diagnose(facts: &OfflineFacts) -> Diagnosis {
    Diagnosis { cause: cause_of(facts), evidence: evidence_of(facts) }
}

fn cause_of(facts: &OfflineFacts) -> OfflineCause {
    use OfflineCause::*;
    let optical = facts.optical.map(|(state, _)| state);
    let reject = facts.reject.map(|(reason, _)| reason);
    match facts.state {
        None => return NoService,
        Some(state) if state != ServiceState::Active => return NotActive,
        Some(_) => {}
    }
    // A locked service may hold a session: it is in the walled garden, and people call that offline.
    if !facts.locks.is_empty() {
        return Locked;
    }
    if facts.online_since.is_some() {
        return Online;
    }
    if !facts.has_account {
        return NoAccount;
    }
    // What fails above explains what fails below, so the network comes before the house.
    if facts.incident.is_some() {
        return Incident;
    }
    if facts.nas_is_silent {
        return NasSilent;
    }
    match optical {
        Some(OpticalState::DyingGasp) => return PowerOff,
        Some(OpticalState::LossOfSignal) => return LossOfSignal,
        _ => {}
    }
    match reject {
        Some(RejectReason::WrongPassword | RejectReason::UnknownUser) => return WrongPassword,
        Some(RejectReason::WrongMac) => return WrongDevice,
        Some(RejectReason::TooManySessions) => return AlreadyConnected,
        Some(RejectReason::Other) | None => {}
    }
    if facts.signal_tenths_dbm.is_some_and(|(level, _)| level < LOW_SIGNAL_TENTHS_DBM) {
        return LowSignal;
    }
    match &facts.last_session {
        None if reject.is_none() => NeverDialled,
        Some((_, ended)) if ended == "User-Request" => SwitchedOff,
        _ => Unknown,
    }
}

fn evidence_of(facts: &OfflineFacts) -> Vec<Evidence> {
    let verdict = |good: bool| if good { Verdict::Good } else { Verdict::Bad };
    let piece = |about, verdict, value: Option<String>, at| Evidence { about, verdict, value, at };
    let locks: Vec<&str> = facts.locks.iter().map(|lock| lock.code()).collect();
    let optical_verdict = |state| match state {
        OpticalState::Working => Verdict::Good,
        OpticalState::Unknown => Verdict::Unknown,
        OpticalState::LossOfSignal | OpticalState::DyingGasp => Verdict::Bad,
    };
    let nas_verdict = match facts.nas_last_seen {
        None if !facts.nas_is_silent => Verdict::Unknown,
        _ => verdict(!facts.nas_is_silent),
    };
    vec![
        piece(
            EvidenceKind::Service,
            verdict(facts.state == Some(ServiceState::Active)),
            facts.state.map(|state| state.code().to_owned()),
            None,
        ),
        piece(EvidenceKind::Locks, verdict(locks.is_empty()), Some(locks.join(", ")).filter(|l| !l.is_empty()), None),
        piece(EvidenceKind::Account, verdict(facts.has_account), None, None),
        piece(EvidenceKind::Session, verdict(facts.online_since.is_some()), None, facts.online_since),
        piece(
            EvidenceKind::Incident,
            verdict(facts.incident.is_none()),
            facts.incident.as_ref().map(|(number, _)| number.clone()),
            facts.incident.as_ref().map(|(_, since)| *since),
        ),
        piece(EvidenceKind::Nas, nas_verdict, None, facts.nas_last_seen),
        piece(
            EvidenceKind::Optical,
            facts.optical.map_or(Verdict::Unknown, |(state, _)| optical_verdict(state)),
            facts.optical.map(|(state, _)| state.code().to_owned()),
            facts.optical.map(|(_, at)| at),
        ),
        piece(
            EvidenceKind::Signal,
            facts.signal_tenths_dbm.map_or(Verdict::Unknown, |(level, _)| verdict(level >= LOW_SIGNAL_TENTHS_DBM)),
            facts.signal_tenths_dbm.map(|(level, _)| shown_dbm(level)),
            facts.signal_tenths_dbm.map(|(_, at)| at),
        ),
        piece(
            EvidenceKind::Reject,
            verdict(facts.reject.is_none()),
            facts.reject.map(|(reason, _)| reason.code().to_owned()),
            facts.reject.map(|(_, at)| at),
        ),
        piece(
            EvidenceKind::LastSession,
            if facts.last_session.is_some() { Verdict::Good } else { Verdict::Unknown },
            facts.last_session.as_ref().map(|(_, cause)| cause.clone()),
            facts.last_session.as_ref().map(|(at, _)| *at),
        ),
    ]
}

/// `−21.4 dBm`, with a true minus.
pub fn shown_dbm(tenths: i16) -> String {
    let minus = if tenths < 0 { "\u{2212}" } else { "" };
    format!("{minus}{}.{} dBm", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

#[cfg(test)]
mod tests;
