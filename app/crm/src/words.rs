//! The codes of sales in the reader's words, with the tone that says what they mean.

use crate::t;
use kit::icon::IconData;
use kit::tone::Tone;
use model::crm::buildings::UnitStatus;
use model::crm::leads::{Coverage, LeadSource, LeadStatus, LostReason};
use model::crm::subscribers::Badge;

pub(crate) fn status(status: LeadStatus) -> &'static str {
    match status {
        LeadStatus::New => t::status_new(),
        LeadStatus::Contacted => t::status_contacted(),
        LeadStatus::Qualified => t::status_qualified(),
        LeadStatus::Quoted => t::status_quoted(),
        LeadStatus::Converted => t::status_converted(),
        LeadStatus::Lost => t::status_lost(),
    }
}

pub(crate) const fn status_tone(status: LeadStatus) -> Tone {
    match status {
        LeadStatus::Converted => Tone::Ok,
        LeadStatus::Lost => Tone::Off,
        _ => Tone::Info,
    }
}

pub(crate) fn source(source: LeadSource) -> &'static str {
    match source {
        LeadSource::WhatsApp => t::source_whatsapp(),
        LeadSource::Sms => t::source_sms(),
        LeadSource::Website => t::source_website(),
        LeadSource::WalkIn => t::source_walk_in(),
        LeadSource::Call => t::source_call(),
        LeadSource::Subscriber => t::source_subscriber(),
        LeadSource::Reseller => t::source_reseller(),
        LeadSource::Import => t::source_import(),
    }
}

/// The partner's name, or the source in words: `LeadCard::brought_by` holds either.
pub(crate) fn brought_by(text: &str) -> (IconData, String) {
    match LeadSource::from_code(text) {
        Some(LeadSource::WhatsApp) => (icondata_lu::LuMessageCircle, t::source_whatsapp().into()),
        Some(LeadSource::Sms) => (icondata_lu::LuMessageSquareText, t::source_sms().into()),
        Some(LeadSource::Website) => (icondata_lu::LuGlobe, t::source_website().into()),
        Some(LeadSource::WalkIn) => (icondata_lu::LuDoorOpen, t::source_walk_in().into()),
        Some(LeadSource::Call) => (icondata_lu::LuPhone, t::source_call().into()),
        Some(LeadSource::Subscriber) => (icondata_lu::LuGift, t::source_subscriber().into()),
        Some(other) => (icondata_lu::LuHandshake, source(other).into()),
        None => (icondata_lu::LuMessageCircle, text.to_owned()),
    }
}

pub(crate) fn coverage(coverage: Coverage) -> (Tone, &'static str) {
    match coverage {
        Coverage::Unknown => (Tone::Off, t::coverage_unknown()),
        Coverage::Sell => (Tone::Ok, t::coverage_sell()),
        Coverage::PortsFull => (Tone::Warn, t::coverage_ports_full()),
        Coverage::NoCoverage => (Tone::Danger, t::coverage_no_coverage()),
    }
}

pub(crate) fn lost(reason: LostReason) -> &'static str {
    match reason {
        LostReason::NoCoverage => t::lost_no_coverage(),
        LostReason::Price => t::lost_price(),
        LostReason::Competitor => t::lost_competitor(),
        LostReason::NoAnswer => t::lost_no_answer(),
        LostReason::Duplicate => t::lost_duplicate(),
        LostReason::NotInterested => t::lost_not_interested(),
        LostReason::Other => t::lost_other(),
    }
}

pub(crate) fn unit(status: UnitStatus) -> (Tone, &'static str) {
    match status {
        UnitStatus::Vacant => (Tone::Off, t::unit_vacant()),
        UnitStatus::Lead => (Tone::Info, t::unit_lead()),
        UnitStatus::Active => (Tone::Ok, t::unit_active()),
        UnitStatus::Former => (Tone::Off, t::unit_former()),
        UnitStatus::Competitor => (Tone::Warn, t::unit_competitor()),
        UnitStatus::DoNotSolicit => (Tone::Danger, t::unit_do_not_solicit()),
    }
}

pub(crate) fn badge(badge: Badge) -> (Tone, &'static str) {
    match badge {
        Badge::Pending => (Tone::Info, t::badge_pending()),
        Badge::Approved => (Tone::Info, t::badge_approved()),
        Badge::Installing => (Tone::Info, t::badge_installing()),
        Badge::Active => (Tone::Ok, t::badge_active()),
        Badge::Suspended => (Tone::Warn, t::badge_suspended()),
        Badge::Disconnected => (Tone::Off, t::badge_disconnected()),
    }
}

/// A line of a lead's history. `detail` is the message, the note, the column (`lost:price`), the plan or the account.
#[cfg(feature = "ssr")]
pub(crate) fn activity(kind: &str, detail: &str) -> String {
    match kind {
        "received" if detail.is_empty() => t::activity_received_hidden().into(),
        "received" => t::activity_received(detail),
        "created" => t::activity_created(detail),
        "moved" => {
            let (to, reason) = detail.split_once(':').unwrap_or((detail, ""));
            let column = LeadStatus::from_code(to).map(status).unwrap_or("…");
            match LostReason::from_code(reason) {
                Some(reason) => t::activity_lost(lost(reason)),
                None => t::activity_moved(column),
            }
        }
        "quoted" => t::activity_quoted(detail),
        "converted" => t::activity_converted(detail),
        _ => detail.to_owned(),
    }
}
