//! Leads and the pipeline board. The one rule: a lead is converted by its own step only, never by moving a card.

use super::{BuildingId, LeadId, ReferralPartnerId, UnitId};
use crate::catalog::PlanId;
use crate::form::{chosen, optional};
use crate::msisdn::Msisdn;
use crate::text::{EmailAddress, NonBlank, Prose};
use crate::time::Timestamp;
use crate::{FieldErrors, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// How far a lead has come. The order is the order of the columns.
    LeadStatus {
        New => "new",
        Contacted => "contacted",
        Qualified => "qualified",
        Quoted => "quoted",
        Converted => "converted",
        Lost => "lost",
    }
}

impl LeadStatus {
    /// The columns of the pipeline board: the statuses that still need work.
    pub const COLUMNS: [Self; 4] = [Self::New, Self::Contacted, Self::Qualified, Self::Quoted];

    /// Whether the lead still needs work.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Converted | Self::Lost)
    }

    /// Whether a card may be moved there: freely among open statuses, from open to lost, from lost back to open.
    /// A converted lead stays, and converting is its own step.
    pub fn can_move(self, to: Self) -> bool {
        match (self, to) {
            (Self::Converted, _) | (_, Self::Converted) => false,
            (from, to) => from != to,
        }
    }

    /// Whether a subscriber can be made of it.
    pub const fn can_convert(self) -> bool {
        self.is_open()
    }
}

crate::codes! {
    /// Where a lead came from.
    LeadSource {
        WhatsApp => "whatsapp",
        Sms => "sms",
        Website => "website",
        WalkIn => "walk_in",
        Call => "call",
        Subscriber => "subscriber",
        Reseller => "reseller",
        Import => "import",
    }
}

crate::codes! {
    /// Why a lead was lost.
    LostReason {
        NoCoverage => "no_coverage",
        Price => "price",
        Competitor => "competitor",
        NoAnswer => "no_answer",
        Duplicate => "duplicate",
        NotInterested => "not_interested",
        Other => "other",
    }
}

crate::codes! {
    /// What the coverage check says about an address.
    Coverage {
        Unknown => "unknown",
        Sell => "sell",
        PortsFull => "ports_full",
        NoCoverage => "no_coverage",
    }
}

/// One card of the board. Phones are only there for those who may read contacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadCard {
    pub id: LeadId,
    pub name: String,
    pub phone: Option<Msisdn>,
    /// Building, unit and area as one line.
    pub place: String,
    pub coverage: Coverage,
    /// What the quoted or wished plan brings in a month.
    pub monthly: Option<Money>,
    /// The partner or the source, in the words of the screen.
    pub brought_by: String,
    pub owner: Option<String>,
    pub status: LeadStatus,
    pub created_at: Timestamp,
    pub moved_at: Timestamp,
}

/// One column of the board with its sums.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadColumn {
    pub status: LeadStatus,
    /// All leads in the column; `cards` may hold fewer.
    pub count: i64,
    pub monthly: Money,
    pub cards: Vec<LeadCard>,
}

/// The board: columns in the order of `LeadStatus::COLUMNS`, and what was converted this month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadBoard {
    pub columns: Vec<LeadColumn>,
    pub converted_this_month: i64,
    pub created_this_month: i64,
}

/// One row of the list of leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadRow {
    pub id: LeadId,
    pub name: String,
    pub phone: Option<Msisdn>,
    pub place: String,
    pub status: LeadStatus,
    pub source: LeadSource,
    pub partner: Option<String>,
    pub owner: Option<String>,
    pub created_at: Timestamp,
}

/// One thing that happened to a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadActivity {
    pub at: Timestamp,
    pub by: String,
    pub text: String,
}

/// A lead as its own page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadDetail {
    pub id: LeadId,
    pub name: String,
    pub phone: Option<Msisdn>,
    pub email: Option<String>,
    pub building_id: Option<BuildingId>,
    pub unit_id: Option<UnitId>,
    pub place: String,
    pub plan_id: Option<PlanId>,
    pub plan: Option<String>,
    pub monthly: Option<Money>,
    pub status: LeadStatus,
    pub lost_reason: Option<LostReason>,
    pub source: LeadSource,
    pub partner_id: Option<ReferralPartnerId>,
    pub partner: Option<String>,
    pub coverage: Coverage,
    pub owner: Option<String>,
    pub note: Option<String>,
    /// The message that it was made from, as it came.
    pub message: Option<String>,
    pub created_at: Timestamp,
    pub activities: Vec<LeadActivity>,
    /// The subscriber that it became.
    pub subscriber_id: Option<super::SubscriberId>,
}

/// The form for a new or changed lead. Fields hold what was typed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadForm {
    pub name: String,
    pub phone: String,
    pub email: String,
    /// Chosen from the list, or empty.
    pub building_id: String,
    pub unit: String,
    pub place: String,
    /// Chosen from the list, or empty.
    pub plan_id: String,
    pub source: String,
    pub note: String,
}

/// A lead that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveLead {
    pub name: NonBlank<120>,
    pub phone: Msisdn,
    pub email: Option<EmailAddress>,
    pub building_id: Option<BuildingId>,
    pub unit: Option<NonBlank<30>>,
    pub place: Option<NonBlank<200>>,
    pub plan_id: Option<PlanId>,
    pub source: LeadSource,
    pub note: Option<Prose<2000>>,
}

impl LeadForm {
    /// Reads the form. Name and phone are needed; the source is a walk-in when nothing was chosen.
    pub fn parse(self) -> Result<SaveLead, FieldErrors> {
        let mut e = FieldErrors::default();
        let name = e.take("name", NonBlank::parse(&self.name));
        let phone = e.take("phone", Msisdn::parse(&self.phone));
        let email = optional(&mut e, "email", &self.email, EmailAddress::parse);
        let building_id = optional(&mut e, "building_id", &self.building_id, chosen);
        let unit = optional(&mut e, "unit", &self.unit, NonBlank::parse);
        let place = optional(&mut e, "place", &self.place, NonBlank::parse);
        let plan_id = optional(&mut e, "plan_id", &self.plan_id, chosen);
        let source = optional(&mut e, "source", &self.source, str::parse);
        let note = optional(&mut e, "note", &self.note, Prose::parse);
        match (name, phone, email, building_id, unit, place, plan_id, source, note) {
            (
                Some(name),
                Some(phone),
                Some(email),
                Some(building_id),
                Some(unit),
                Some(place),
                Some(plan_id),
                Some(source),
                Some(note),
            ) => Ok(SaveLead {
                name,
                phone,
                email,
                building_id,
                unit,
                place,
                plan_id,
                source: source.unwrap_or(LeadSource::WalkIn),
                note,
            }),
            _ => Err(e),
        }
    }
}

/// Moves a card. `reason` is needed to lose a lead, and only then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveLeadForm {
    pub id: LeadId,
    pub to: String,
    #[serde(default)]
    pub reason: String,
}

/// A move that is complete; whether the lead's status allows it, `LeadStatus::can_move` says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoveLead {
    pub id: LeadId,
    pub to: LeadStatus,
    pub lost_reason: Option<LostReason>,
}

impl MoveLeadForm {
    /// Reads the form. Losing a lead needs a reason.
    pub fn parse(self) -> Result<MoveLead, FieldErrors> {
        let mut e = FieldErrors::default();
        let to = e.take("to", self.to.parse());
        let reason = match to {
            Some(LeadStatus::Lost) if self.reason.trim().is_empty() => {
                e.add("reason", "Choose why the lead was lost.");
                None
            }
            Some(LeadStatus::Lost) => e.take("reason", self.reason.parse()).map(Some),
            _ => Some(None),
        };
        match (to, reason) {
            (Some(to), Some(lost_reason)) => Ok(MoveLead { id: self.id, to, lost_reason }),
            _ => Err(e),
        }
    }
}

/// Turns a lead into a subscriber in state pending, in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvertLeadForm {
    pub id: LeadId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub plan_id: String,
    #[serde(default)]
    pub place: String,
    #[serde(default)]
    pub unit: String,
}

/// A conversion that can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvertLead {
    pub id: LeadId,
    pub name: NonBlank<120>,
    pub phone: Msisdn,
    pub email: Option<EmailAddress>,
    pub kind: super::subscribers::SubscriberKind,
    pub plan_id: PlanId,
    pub place: NonBlank<200>,
    pub unit: Option<NonBlank<30>>,
}

impl ConvertLeadForm {
    /// Reads the form. A plan and an address are needed: without them nothing can be installed.
    pub fn parse(self) -> Result<ConvertLead, FieldErrors> {
        let mut e = FieldErrors::default();
        let name = e.take("name", NonBlank::parse(&self.name));
        let phone = e.take("phone", Msisdn::parse(&self.phone));
        let email = optional(&mut e, "email", &self.email, EmailAddress::parse);
        let kind = optional(&mut e, "kind", &self.kind, str::parse);
        let plan_id = e.take("plan_id", chosen(&self.plan_id));
        let place = e.take("place", NonBlank::parse(&self.place));
        let unit = optional(&mut e, "unit", &self.unit, NonBlank::parse);
        match (name, phone, email, kind, plan_id, place, unit) {
            (Some(name), Some(phone), Some(email), Some(kind), Some(plan_id), Some(place), Some(unit)) => {
                let kind = kind.unwrap_or(super::subscribers::SubscriberKind::Residential);
                Ok(ConvertLead { id: self.id, name, phone, email, kind, plan_id, place, unit })
            }
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_move_freely_among_open_columns() {
        for from in LeadStatus::COLUMNS {
            for to in LeadStatus::COLUMNS {
                assert_eq!(from.can_move(to), from != to);
            }
            assert!(from.can_move(LeadStatus::Lost) && LeadStatus::Lost.can_move(from));
        }
    }

    #[test]
    fn a_card_is_never_moved_into_or_out_of_converted() {
        for other in LeadStatus::ALL {
            assert!(!other.can_move(LeadStatus::Converted));
            assert!(!LeadStatus::Converted.can_move(*other));
        }
        assert!(!LeadStatus::Converted.can_convert() && !LeadStatus::Lost.can_convert());
        assert!(LeadStatus::New.can_convert());
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let form = LeadForm { phone: "12".into(), email: "x".into(), plan_id: "y".into(), ..LeadForm::default() };
        let errors = form.parse().unwrap_err();
        let named: Vec<_> = errors.0.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(named, ["name", "phone", "email", "plan_id"]);
    }

    #[test]
    fn a_name_and_a_phone_make_a_lead() {
        let form = LeadForm { name: "Jane".into(), phone: "0712345678".into(), ..LeadForm::default() };
        let lead = form.parse().unwrap();
        assert_eq!((lead.name.as_str(), lead.source, lead.note), ("Jane", LeadSource::WalkIn, None));
    }

    #[test]
    fn losing_a_lead_needs_a_reason() {
        let id = LeadId::new();
        let form = |to: &str, reason: &str| MoveLeadForm { id, to: to.into(), reason: reason.into() }.parse();
        assert_eq!(form("lost", "").unwrap_err().of("reason"), Some("Choose why the lead was lost."));
        assert_eq!(
            form("lost", "price"),
            Ok(MoveLead { id, to: LeadStatus::Lost, lost_reason: Some(LostReason::Price) })
        );
        assert_eq!(form("quoted", "price"), Ok(MoveLead { id, to: LeadStatus::Quoted, lost_reason: None }));
        assert!(form("sold", "").unwrap_err().of("to").is_some());
    }

    #[test]
    fn a_conversion_needs_a_plan_and_an_address() {
        let form = ConvertLeadForm {
            id: LeadId::new(),
            name: "Jane".into(),
            phone: "0712345678".into(),
            email: String::new(),
            kind: String::new(),
            plan_id: String::new(),
            place: String::new(),
            unit: String::new(),
        };
        let errors = form.clone().parse().unwrap_err();
        assert!(errors.of("plan_id").is_some() && errors.of("place").is_some());
        let plan = PlanId::new();
        let whole = ConvertLeadForm { plan_id: plan.to_string(), place: "Jacaranda Court".into(), ..form };
        assert_eq!(whole.parse().map(|c| c.plan_id), Ok(plan));
    }
}
