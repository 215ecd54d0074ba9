//! Incidents: one failure, its subscribers, its notices. The one rule: an incident opens, tells and closes once.

use super::{DeviceId, IncidentId};
use crate::FieldErrors;
use crate::crm::{AccountId, ServiceId, SubscriberId};
use crate::form::optional;
use crate::text::Prose;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Where an incident stands.
    IncidentState {
        Open => "open",
        Acknowledged => "acknowledged",
        /// The devices are back; it closes when they stay back.
        Recovered => "recovered",
        Closed => "closed",
    }
}

impl IncidentState {
    /// Whether it goes from here to there. What fails again before it is closed is the same incident.
    pub const fn can_become(self, to: Self) -> bool {
        use IncidentState::*;
        matches!(
            (self, to),
            (Open, Acknowledged | Recovered | Closed) | (Acknowledged, Recovered | Closed) | (Recovered, Open | Closed)
        )
    }

    pub const fn is_over(self) -> bool {
        matches!(self, Self::Recovered | Self::Closed)
    }
}

crate::codes! {
    /// What probably caused it.
    IncidentCause {
        Power => "power",
        FibreCut => "fibre_cut",
        Equipment => "equipment",
        Upstream => "upstream",
        Maintenance => "maintenance",
        Unknown => "unknown",
    }
}

/// One row of the outage table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentRow {
    pub id: IncidentId,
    pub number: String,
    pub state: IncidentState,
    pub device_id: Option<DeviceId>,
    pub place: String,
    pub cause: IncidentCause,
    pub opened_at: Timestamp,
    pub recovered_at: Option<Timestamp>,
    pub expected_at: Option<Timestamp>,
    pub affected: i64,
    pub alarms: i64,
    pub told: i64,
    pub owner: Option<String>,
}

crate::codes! {
    /// What happened in an incident.
    IncidentEventKind {
        Opened => "opened",
        Alarm => "alarm",
        Cleared => "cleared",
        Merged => "merged",
        Acknowledged => "acknowledged",
        Cause => "cause",
        Note => "note",
        Told => "told",
        Recovered => "recovered",
        Reopened => "reopened",
        Closed => "closed",
    }
}

/// One thing that happened in an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentEventRow {
    pub at: Timestamp,
    pub kind: IncidentEventKind,
    /// The device, the note or the cause.
    pub note: Option<String>,
    /// How many subscribers.
    pub count: Option<i64>,
    pub actor: String,
}

/// A subscriber whom an incident took off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AffectedRow {
    pub subscriber_id: SubscriberId,
    pub service_id: ServiceId,
    pub account_id: AccountId,
    pub name: String,
    pub account_number: String,
    pub place: String,
    pub is_online: bool,
}

/// An incident as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentView {
    pub incident: IncidentRow,
    /// The newest first.
    pub events: Vec<IncidentEventRow>,
    pub affected: Vec<AffectedRow>,
}

/// Works on an incident: who owns it, what it is, when it will be over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentForm {
    pub id: IncidentId,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub cause: String,
    #[serde(default)]
    pub note: String,
}

/// A change of an incident that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveIncident {
    pub id: IncidentId,
    pub state: Option<IncidentState>,
    pub cause: Option<IncidentCause>,
    pub note: Option<Prose<1000>>,
}

impl IncidentForm {
    /// Reads the form. What is left empty stays as it is.
    pub fn parse(self) -> Result<SaveIncident, FieldErrors> {
        let mut e = FieldErrors::default();
        let state = optional(&mut e, "state", &self.state, str::parse);
        let cause = optional(&mut e, "cause", &self.cause, str::parse);
        let note = optional(&mut e, "note", &self.note, Prose::parse);
        match (state, cause, note) {
            (Some(state), Some(cause), Some(note)) => Ok(SaveIncident { id: self.id, state, cause, note }),
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_incident_stays_closed_and_a_relapse_opens_the_same_one() {
        for to in IncidentState::ALL {
            assert!(!IncidentState::Closed.can_become(*to));
        }
        assert!(IncidentState::Recovered.can_become(IncidentState::Open));
        assert!(IncidentState::Recovered.is_over() && !IncidentState::Acknowledged.is_over());
    }

    #[test]
    fn empty_fields_change_nothing() {
        let form =
            IncidentForm { id: IncidentId::new(), state: String::new(), cause: "power".into(), note: String::new() };
        let change = form.parse().unwrap();
        assert_eq!((change.state, change.cause, change.note), (None, Some(IncidentCause::Power), None));
    }
}
