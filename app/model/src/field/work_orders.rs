//! Work orders. The one rule: an installation is completed only with serial, signal, photo (or the reason for none) and
//! signature.

use super::WorkOrderId;
use crate::FieldErrors;
use crate::crm::{ServiceId, SubscriberId};
use crate::form::optional;
use crate::msisdn::Msisdn;
use crate::text::{NonBlank, Prose};
use crate::time::{Date, Timestamp, parse_date};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Where a work order stands.
    WorkOrderStatus {
        Pending => "pending",
        Scheduled => "scheduled",
        EnRoute => "en_route",
        OnSite => "on_site",
        WaitingParts => "waiting_parts",
        WaitingCustomer => "waiting_customer",
        Completed => "completed",
        FollowUp => "follow_up",
        Cancelled => "cancelled",
    }
}

impl WorkOrderStatus {
    /// Whether it goes from here to there. A completed visit may ask for another one; a cancelled one is over.
    pub const fn can_become(self, to: Self) -> bool {
        use WorkOrderStatus::*;
        matches!(
            (self, to),
            (Pending, Scheduled | Cancelled)
                | (Scheduled, EnRoute | OnSite | Pending | WaitingCustomer | Cancelled)
                | (EnRoute, OnSite | Scheduled | WaitingCustomer | Cancelled)
                | (OnSite, WaitingParts | WaitingCustomer | Completed | Cancelled)
                | (WaitingParts | WaitingCustomer, Scheduled | EnRoute | OnSite | Cancelled)
                | (Completed, FollowUp)
                | (FollowUp, Scheduled | Cancelled)
        )
    }

    /// Whether somebody still has to go there.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Completed | Self::Cancelled)
    }

    /// The statuses that a technician sets; planning and cancelling are the dispatcher's.
    pub const fn is_set_by_technician(self) -> bool {
        matches!(self, Self::EnRoute | Self::OnSite | Self::WaitingParts | Self::WaitingCustomer | Self::Completed)
    }
}

crate::codes! {
    /// What is to be done.
    WorkOrderKind {
        Installation => "installation",
        Repair => "repair",
        Relocation => "relocation",
        Removal => "removal",
        Survey => "survey",
    }
}

/// A piece of evidence that a completion needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    Serial,
    Signal,
    PhotoOrReason,
    Signature,
}

impl WorkOrderKind {
    /// What has to be there before it is complete.
    pub const fn gates(self) -> &'static [Gate] {
        match self {
            Self::Installation | Self::Relocation => {
                &[Gate::Serial, Gate::Signal, Gate::PhotoOrReason, Gate::Signature]
            }
            Self::Repair => &[Gate::Signal, Gate::PhotoOrReason, Gate::Signature],
            Self::Removal => &[Gate::Serial, Gate::PhotoOrReason],
            Self::Survey => &[Gate::PhotoOrReason],
        }
    }
}

/// The evidence that is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CompletionEvidence {
    pub serial: Option<String>,
    /// Tenths of a dBm.
    pub signal_tenths_dbm: Option<i16>,
    pub photos: u16,
    pub no_photo_reason: Option<String>,
    pub has_signature: bool,
}

impl CompletionEvidence {
    /// The gates that are still shut.
    pub fn missing(&self, kind: WorkOrderKind) -> Vec<Gate> {
        let is_open = |gate: &Gate| match gate {
            Gate::Serial => self.serial.is_some(),
            Gate::Signal => self.signal_tenths_dbm.is_some(),
            Gate::PhotoOrReason => self.photos > 0 || self.no_photo_reason.is_some(),
            Gate::Signature => self.has_signature,
        };
        kind.gates().iter().copied().filter(|gate| !is_open(gate)).collect()
    }
}

/// One row of the list, one card of the board and of `/tech`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderRow {
    pub id: WorkOrderId,
    pub number: String,
    pub kind: WorkOrderKind,
    pub status: WorkOrderStatus,
    pub subscriber_id: Option<SubscriberId>,
    pub subscriber: String,
    pub address: String,
    pub phone: Option<Msisdn>,
    pub technician: Option<String>,
    pub slot_from: Option<Timestamp>,
    pub slot_until: Option<Timestamp>,
}

/// What a technician types into the subscriber's router. It does not print its password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouterLogin {
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for RouterLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RouterLogin({})", self.username)
    }
}

/// One thing that happened on a work order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderEvent {
    pub at: Timestamp,
    pub by: String,
    pub status: WorkOrderStatus,
    pub note: Option<String>,
}

/// A work order as its own page shows it, to dispatcher and technician.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderDetail {
    pub row: WorkOrderRow,
    pub service_id: Option<ServiceId>,
    pub plan: Option<String>,
    pub note: Option<String>,
    pub position: Option<crate::network::devices::Position>,
    /// What is reserved for it: what to take along.
    pub reserved: Vec<ReservedItem>,
    pub username: Option<String>,
    pub evidence: CompletionEvidence,
    pub missing: Vec<Gate>,
    pub files: Vec<EvidenceFile>,
    /// How far the service is on its way online, once the work is completed.
    pub activation: Option<crate::network::activation::ActivationView>,
    pub events: Vec<WorkOrderEvent>,
}

/// A piece that the technician takes along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReservedItem {
    pub serial: String,
    pub kind: super::stock::StockKind,
    pub product: String,
}

crate::codes! {
    /// What a picture proves.
    EvidenceKind { Photo => "photo", Signature => "signature" }
}

/// A stored picture; its bytes are at `/field/evidence/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceFile {
    pub id: super::EvidenceId,
    pub kind: EvidenceKind,
    pub at: Timestamp,
}

/// Which work orders a list shows. The next page starts below `after`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkOrderFilter {
    /// Empty for open ones, `pending`, `completed` or `all`.
    pub tab: String,
    /// Number or name.
    pub search: String,
    pub after: String,
}

/// A list with the counts of its tabs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderList {
    pub page: crate::page::Page<WorkOrderRow>,
    pub open: u64,
    pub pending: u64,
}

/// Somebody who can be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Technician {
    pub id: crate::identity::LoginId,
    pub name: String,
}

/// Calls a visit off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelWorkForm {
    pub id: WorkOrderId,
    #[serde(default)]
    pub reason: String,
}

impl CancelWorkForm {
    /// Reads the form. The reason is needed: the customer will ask.
    pub fn parse(self) -> Result<(WorkOrderId, NonBlank<200>), FieldErrors> {
        let reason = NonBlank::parse(&self.reason).map_err(|e| FieldErrors::one("reason", e.to_string()))?;
        Ok((self.id, reason))
    }
}

/// Plans a visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleForm {
    pub id: WorkOrderId,
    /// The id of the technician's login, chosen from the list.
    #[serde(default)]
    pub technician_id: String,
    #[serde(default)]
    pub day: String,
    /// The hour at which it begins, `09:00`.
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub hours: String,
}

/// A visit that can be planned, in the tenant's wall clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub id: WorkOrderId,
    pub technician_id: crate::identity::LoginId,
    pub day: Date,
    pub from: chrono::NaiveTime,
    pub hours: u8,
}

impl ScheduleForm {
    /// Reads the form. A slot is one to twelve hours; two when nothing is typed.
    pub fn parse(self) -> Result<Schedule, FieldErrors> {
        let mut e = FieldErrors::default();
        let technician_id = e.take("technician_id", crate::form::chosen(&self.technician_id));
        let day = e.take("day", parse_date(&self.day));
        let from = chrono::NaiveTime::parse_from_str(self.from.trim(), "%H:%M");
        let from = e.take("from", from.map_err(|_| "Enter a time, for example 09:00."));
        let hours = optional(&mut e, "hours", &self.hours, |text| crate::form::whole_number(text, 1, 12));
        match (technician_id, day, from, hours) {
            (Some(technician_id), Some(day), Some(from), Some(hours)) => {
                let hours = hours.and_then(|hours| u8::try_from(hours).ok()).unwrap_or(2);
                Ok(Schedule { id: self.id, technician_id, day, from, hours })
            }
            _ => Err(e),
        }
    }
}

/// A technician's step that is not the completion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressForm {
    pub id: WorkOrderId,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub note: String,
}

/// A step that can be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub id: WorkOrderId,
    pub to: WorkOrderStatus,
    pub note: Option<Prose<1000>>,
}

impl ProgressForm {
    /// Reads the form. Waiting needs a note: the dispatcher has to know for what.
    pub fn parse(self) -> Result<Progress, FieldErrors> {
        use WorkOrderStatus::*;
        let mut e = FieldErrors::default();
        let to = e.take("to", self.to.parse::<WorkOrderStatus>());
        match to {
            Some(Completed) => {
                e.add("to", "Use the form with serial, signal, photo and signature to complete the work.")
            }
            Some(to) if !to.is_set_by_technician() => e.add("to", "Ask the dispatcher to plan or cancel the visit."),
            _ => {}
        }
        let note = optional(&mut e, "note", &self.note, Prose::parse);
        if matches!(to, Some(WaitingParts | WaitingCustomer)) && note == Some(None) {
            e.add("note", "Say what you are waiting for.");
        }
        match (to, note) {
            (Some(to), Some(note)) if e.is_empty() => Ok(Progress { id: self.id, to, note }),
            _ => Err(e),
        }
    }
}

/// Completes the work. Photos and signature are uploaded before, each by its own request, so that a bad link loses none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompleteForm {
    pub id: WorkOrderId,
    #[serde(default)]
    pub serial: String,
    /// In dBm: `-21.4`.
    #[serde(default)]
    pub signal: String,
    #[serde(default)]
    pub no_photo_reason: String,
    /// The customer's name, typed where nothing can be drawn.
    #[serde(default)]
    pub signed_name: String,
    #[serde(default)]
    pub note: String,
}

/// A completion whose typed parts are good; the gates are checked with what was uploaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Complete {
    pub id: WorkOrderId,
    pub serial: Option<super::stock::Serial>,
    pub signal_tenths_dbm: Option<i16>,
    pub no_photo_reason: Option<NonBlank<200>>,
    pub signed_name: Option<NonBlank<120>>,
    pub note: Option<Prose<1000>>,
}

impl CompleteForm {
    /// Reads what was typed.
    pub fn parse(self) -> Result<Complete, FieldErrors> {
        let mut e = FieldErrors::default();
        let serial = optional(&mut e, "serial", &self.serial, super::stock::Serial::parse);
        let signal = optional(&mut e, "signal", &self.signal, parse_dbm);
        let no_photo_reason = optional(&mut e, "no_photo_reason", &self.no_photo_reason, NonBlank::parse);
        let signed_name = optional(&mut e, "signed_name", &self.signed_name, NonBlank::parse);
        let note = optional(&mut e, "note", &self.note, Prose::parse);
        match (serial, signal, no_photo_reason, signed_name, note) {
            (Some(serial), Some(signal_tenths_dbm), Some(no_photo_reason), Some(signed_name), Some(note)) => {
                Ok(Complete { id: self.id, serial, signal_tenths_dbm, no_photo_reason, signed_name, note })
            }
            _ => Err(e),
        }
    }
}

impl Complete {
    /// The evidence of this completion, with what was uploaded before.
    pub fn evidence(&self, photos: u16, has_signature: bool) -> CompletionEvidence {
        CompletionEvidence {
            serial: self.serial.as_ref().map(|serial| serial.to_string()),
            signal_tenths_dbm: self.signal_tenths_dbm,
            photos,
            no_photo_reason: self.no_photo_reason.as_ref().map(|reason| reason.to_string()),
            has_signature: has_signature || self.signed_name.is_some(),
        }
    }

    /// `Ok` when every gate of the kind is open, else the field beside each that is shut.
    pub fn check(&self, kind: WorkOrderKind, photos: u16, has_signature: bool) -> Result<(), FieldErrors> {
        let mut e = FieldErrors::default();
        for gate in self.evidence(photos, has_signature).missing(kind) {
            match gate {
                Gate::Serial => e.add("serial", "Type the serial of the device."),
                Gate::Signal => e.add("signal", "Enter the signal level that the meter shows, for example -21.4."),
                Gate::PhotoOrReason => e.add("no_photo_reason", "Take a photo, or say why there is none."),
                Gate::Signature => e.add("signed_name", "Let the customer sign, or type the customer's name."),
            }
        }
        if e.is_empty() { Ok(()) } else { Err(e) }
    }
}

/// Reads a level in dBm, as tenths: `-21.4` is −214. What meters show lies between −50 and +10.
pub fn parse_dbm(text: &str) -> Result<i16, &'static str> {
    const REFUSAL: &str = "Enter the level in dBm between -50 and 10, for example -21.4.";
    let text = text.trim().trim_end_matches("dBm").trim_end();
    let (is_negative, digits) = match text.strip_prefix(['-', '\u{2212}', '\u{2013}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, tenth) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    // Meters show hundredths; a tenth is all that counts.
    let tenth =
        tenth.get(..1).filter(|_| tenth.len() <= 2 && tenth.bytes().all(|b| b.is_ascii_digit())).ok_or(REFUSAL)?;
    if whole.is_empty() || whole.len() > 2 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(REFUSAL);
    }
    let magnitude: i16 = format!("{whole}{tenth}").parse().map_err(|_| REFUSAL)?;
    let level = if is_negative { -magnitude } else { magnitude };
    if (-500..=100).contains(&level) { Ok(level) } else { Err(REFUSAL) }
}

#[cfg(test)]
mod tests;
