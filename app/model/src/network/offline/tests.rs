//! The order of the rules, one by one.

use super::*;

fn at() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// A service that is well but for not being connected, and nobody knows why.
fn healthy() -> OfflineFacts {
    OfflineFacts {
        state: Some(ServiceState::Active),
        has_account: true,
        nas_last_seen: Some(at()),
        last_session: Some((at(), "Lost-Carrier".into())),
        ..OfflineFacts::default()
    }
}

fn cause(change: impl FnOnce(&mut OfflineFacts)) -> OfflineCause {
    let mut facts = healthy();
    change(&mut facts);
    diagnose(&facts).cause
}

#[test]
fn each_rule_is_proved_by_its_evidence() {
    use OfflineCause::*;
    assert_eq!(cause(|_| {}), Unknown);
    assert_eq!(cause(|f| f.state = None), NoService);
    assert_eq!(cause(|f| f.state = Some(ServiceState::Installing)), NotActive);
    assert_eq!(cause(|f| f.locks.push(LockReason::Overdue)), Locked);
    assert_eq!(cause(|f| f.online_since = Some(at())), Online);
    assert_eq!(cause(|f| f.has_account = false), NoAccount);
    assert_eq!(cause(|f| f.incident = Some(("INC-000007".into(), at()))), Incident);
    assert_eq!(cause(|f| f.nas_is_silent = true), NasSilent);
    assert_eq!(cause(|f| f.optical = Some((OpticalState::DyingGasp, at()))), PowerOff);
    assert_eq!(cause(|f| f.optical = Some((OpticalState::LossOfSignal, at()))), LossOfSignal);
    assert_eq!(cause(|f| f.reject = Some((RejectReason::WrongPassword, at()))), WrongPassword);
    assert_eq!(cause(|f| f.reject = Some((RejectReason::WrongMac, at()))), WrongDevice);
    assert_eq!(cause(|f| f.reject = Some((RejectReason::TooManySessions, at()))), AlreadyConnected);
    assert_eq!(cause(|f| f.signal_tenths_dbm = Some((-271, at()))), LowSignal);
    assert_eq!(cause(|f| f.signal_tenths_dbm = Some((-250, at()))), Unknown);
    assert_eq!(cause(|f| f.last_session = None), NeverDialled);
    assert_eq!(cause(|f| f.last_session = Some((at(), "User-Request".into()))), SwitchedOff);
}

#[test]
fn a_lock_explains_more_than_a_session_in_the_walled_garden() {
    assert_eq!(
        cause(|f| {
            f.locks.push(LockReason::Prepaid);
            f.online_since = Some(at());
        }),
        OfflineCause::Locked
    );
}

#[test]
fn an_incident_explains_more_than_a_dark_fibre() {
    assert_eq!(
        cause(|f| {
            f.incident = Some(("INC-000007".into(), at()));
            f.optical = Some((OpticalState::LossOfSignal, at()));
        }),
        OfflineCause::Incident
    );
}

#[test]
fn every_question_is_answered_once_and_the_bad_news_is_marked() {
    let mut facts = healthy();
    facts.locks = vec![LockReason::Overdue, LockReason::Admin];
    facts.signal_tenths_dbm = Some((-214, at()));
    let evidence = diagnose(&facts).evidence;
    let asked: Vec<EvidenceKind> = evidence.iter().map(|e| e.about).collect();
    assert_eq!(asked, EvidenceKind::ALL);
    assert_eq!((evidence[1].verdict, evidence[1].value.as_deref()), (Verdict::Bad, Some("overdue, admin")));
    assert_eq!((evidence[7].verdict, evidence[7].value.as_deref()), (Verdict::Good, Some("\u{2212}21.4 dBm")));
    assert_eq!(evidence[6].verdict, Verdict::Unknown);
}
