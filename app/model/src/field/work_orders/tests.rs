//! The life of a work order and its gates.

use super::*;
use WorkOrderStatus::*;
use proptest::prelude::*;

fn complete(serial: &str, signal: &str, reason: &str) -> CompleteForm {
    CompleteForm {
        id: WorkOrderId::new(),
        serial: serial.into(),
        signal: signal.into(),
        no_photo_reason: reason.into(),
        signed_name: String::new(),
        note: String::new(),
    }
}

#[test]
fn a_visit_goes_its_way_and_a_cancelled_one_is_over() {
    for pair in [Pending, Scheduled, EnRoute, OnSite, Completed, FollowUp, Scheduled].windows(2) {
        assert!(pair[0].can_become(pair[1]), "{} {}", pair[0], pair[1]);
    }
    for to in WorkOrderStatus::ALL {
        assert!(!Cancelled.can_become(*to));
    }
    assert!(!Pending.can_become(Completed) && !EnRoute.can_become(Completed));
}

#[test]
fn an_installation_without_evidence_names_every_shut_gate() {
    let errors = complete("", "", "").parse().unwrap().check(WorkOrderKind::Installation, 0, false).unwrap_err();
    let fields: Vec<_> = errors.0.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["serial", "signal", "no_photo_reason", "signed_name"]);
}

#[test]
fn a_photo_or_its_reason_opens_the_gate() {
    let with_reason = complete("HWTC1A2B3C4D", "-21.4", "The camera is broken").parse().unwrap();
    assert_eq!(with_reason.check(WorkOrderKind::Installation, 0, true), Ok(()));
    let with_photo = complete("HWTC1A2B3C4D", "-21.4", "").parse().unwrap();
    assert_eq!(with_photo.check(WorkOrderKind::Installation, 2, true), Ok(()));
    assert!(with_photo.check(WorkOrderKind::Installation, 0, true).is_err());
    assert_eq!(complete("", "", "").parse().unwrap().check(WorkOrderKind::Survey, 1, false), Ok(()));
}

#[test]
fn a_typed_name_signs_where_nothing_can_be_drawn() {
    let form = CompleteForm { signed_name: "Jane Wanjiru".into(), ..complete("HWTC1A2B3C4D", "-21.4", "Dark") };
    assert_eq!(form.parse().unwrap().check(WorkOrderKind::Installation, 0, false), Ok(()));
}

#[test]
fn a_level_is_read_as_meters_show_it() {
    for (text, tenths) in
        [("-21.4", -214), ("\u{2212}21,4 dBm", -214), ("-8", -80), ("+2.5", 25), ("-21.49", -214), ("0", 0)]
    {
        assert_eq!(parse_dbm(text), Ok(tenths), "{text}");
    }
    for text in ["", "-", "x", "-51", "11", "-214", "-21.", "-21.444", "--2", "-2é", "-21.é"] {
        assert!(parse_dbm(text).is_err(), "{text}");
    }
}

#[test]
fn a_technician_neither_plans_nor_completes_by_a_button() {
    let step = |to: &str, note: &str| {
        ProgressForm { id: WorkOrderId::new(), to: to.into(), note: note.into() }.parse().map(|p| p.to)
    };
    assert_eq!(step("on_site", ""), Ok(OnSite));
    for to in ["completed", "scheduled", "cancelled", "nowhere"] {
        assert!(step(to, "x").unwrap_err().of("to").is_some(), "{to}");
    }
    assert!(step("waiting_parts", "").unwrap_err().of("note").is_some());
    assert_eq!(step("waiting_parts", "ONU"), Ok(WaitingParts));
}

#[test]
fn a_slot_has_a_technician_a_day_and_an_hour() {
    let form = |from: &str, hours: &str| ScheduleForm {
        id: WorkOrderId::new(),
        technician_id: crate::identity::LoginId::new().to_string(),
        day: "2026-11-24".into(),
        from: from.into(),
        hours: hours.into(),
    };
    assert_eq!(form("09:00", "").parse().map(|slot| slot.hours), Ok(2));
    assert!(form("9 am", "").parse().unwrap_err().of("from").is_some());
    assert!(form("09:00", "13").parse().unwrap_err().of("hours").is_some());
}

proptest! {
    #[test]
    fn no_level_makes_it_panic(text in "\\PC{0,12}") {
        let _ = parse_dbm(&text);
    }
}
