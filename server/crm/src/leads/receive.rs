//! Leads from messages. The one rule: whatever was understood is kept, whatever is missing is named, so that the reply can
//! say both; the same phone twice is one lead.

use super::{ActivityKind, NewLead, history, insert, join, sql, wait_for_phone};
use crate::events::LeadChanged;
use crate::partners::{self, PartnerHead};
use crate::{buildings, words};
use model::AppError;
use model::catalog::PlanId;
use model::crm::lead_message::{LeadPart, ParsedLead, parse_lead_message};
use model::crm::leads::LeadSource;
use model::crm::{LeadId, perm};
use model::msisdn::Msisdn;
use model::time::Timestamp;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// A message as a gateway delivered it.
#[derive(Debug, Clone)]
pub struct InboundLead {
    /// The way it came.
    pub source: LeadSource,
    pub sender: Msisdn,
    pub text: String,
    /// Business time.
    pub received_at: Timestamp,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Created {
        lead_id: LeadId,
        number: String,
    },
    /// An open lead has the phone; the message was added to its history.
    Duplicate {
        lead_id: LeadId,
        number: String,
    },
    /// Nobody who can be called: `Received::missing` says what the reply should ask for, when the keyword was there.
    NotALead,
}

/// What was understood, for the reply.
#[derive(Debug, Clone)]
pub struct Received {
    pub outcome: Outcome,
    pub parsed: ParsedLead,
    pub missing: Vec<LeadPart>,
    /// Whose message it was, when the sender is a referral partner.
    pub partner: Option<PartnerHead>,
    /// The building, unit and plan that were found in our own lists, by our names.
    pub building: Option<String>,
    pub unit: Option<String>,
    pub plan: Option<String>,
}

/// The longest message that is kept, as the table says.
const MESSAGE_CHARS_MAX: usize = 4096;

/// Makes a lead of a message; for doors that authenticate by themselves.
pub async fn receive(tx: &mut Tx<perm::LeadReceive>, message: InboundLead) -> Result<Received, AppError> {
    receive_in_op(tx, message).await
}

/// Makes a lead of a message: attributed to the sender's partner record, matched to building, unit and plan by name.
///
/// A partner's message without a phone is no lead. Anybody else who begins with the keyword and gives no phone speaks for
/// themselves: the sender is the lead. A second message about the phone of an open lead adds to its history and changes
/// nothing else, so a gateway may deliver twice.
pub async fn receive_in_op(op: &mut Op, message: InboundLead) -> Result<Received, AppError> {
    let mut parsed = parse_lead_message(&message.text);
    let partner = partners::by_phone_in_op(op, message.sender).await?.filter(|partner| partner.is_active);
    if parsed.phone.is_none() && parsed.has_keyword && partner.is_none() {
        parsed.phone = Some(message.sender);
    }
    let missing = parsed.missing();
    let Some(phone) = parsed.phone.filter(|_| parsed.is_lead()) else {
        let found =
            Received { outcome: Outcome::NotALead, parsed, missing, partner, building: None, unit: None, plan: None };
        return Ok(found);
    };
    let building =
        buildings::by_name_in_op(op, parsed.building.as_deref(), partner.as_ref().and_then(|p| p.building_id)).await?;
    let unit = match (&building, &parsed.unit) {
        (Some(building), Some(unit)) => buildings::unit_in_op(op, building.id, unit).await?,
        _ => None,
    };
    let plan = match &parsed.plan {
        Some(wish) => plan_by_name(op, wish).await?,
        None => None,
    };
    let text: String = message.text.chars().filter(|c| !c.is_control() || *c == '\n').take(MESSAGE_CHARS_MAX).collect();
    wait_for_phone(op, phone).await?;
    let outcome = match sql::open_with_phone(op.conn(), &phone.canonical()).await.map_err(from_sql)? {
        Some((lead_id, number)) => {
            history(op, lead_id, ActivityKind::Received, &text).await?;
            op.publish(LeadChanged { lead_id }).await?;
            Outcome::Duplicate { lead_id, number }
        }
        None => {
            // What our own lists do not know stays as it was written.
            let building_text = parsed.building.as_deref().filter(|_| building.is_none());
            let unit_text = parsed.unit.as_deref().filter(|_| unit.is_none());
            let place = join(&[building_text, unit_text]);
            let called = phone.to_string();
            let new = NewLead {
                name: parsed.name.as_deref().unwrap_or(&called),
                phone,
                email: None,
                building_id: building.as_ref().map(|building| building.id),
                unit_id: unit,
                place: &place,
                plan_id: plan.as_ref().map(|(id, _)| *id),
                source: message.source,
                partner_id: partner.as_ref().map(|partner| partner.id),
                assigned_to: None,
                note: "",
                message: Some(&text),
                at: message.received_at,
            };
            let (lead_id, number) = insert(op, new).await?;
            history(op, lead_id, ActivityKind::Received, &text).await?;
            op.audit(Change::new("crm.lead.receive", "lead", lead_id).after(serde_json::json!({
                "number": number, "source": message.source, "partner": partner.as_ref().map(|p| p.id),
            })));
            Outcome::Created { lead_id, number }
        }
    };
    Ok(Received {
        outcome,
        missing,
        partner,
        unit: unit.and(parsed.unit.clone()),
        building: building.map(|building| building.name),
        plan: plan.map(|(_, name)| name),
        parsed,
    })
}

/// The plan on sale whose name has all words of the wish; the one with the shortest name when several have.
async fn plan_by_name(op: &mut Op, wish: &str) -> Result<Option<(PlanId, String)>, AppError> {
    let spelled = |text: &str| -> Vec<String> {
        let bare = |word: String| word.trim_end_matches("mbps").trim_end_matches("mb").to_owned();
        words::words(text).into_iter().map(bare).filter(|word| !word.is_empty()).collect()
    };
    let wanted = spelled(wish);
    let choices = catalog::plans::choices_in_op(op).await?;
    let fits = choices.into_iter().filter(|plan| {
        let name = spelled(&plan.name);
        !wanted.is_empty() && wanted.iter().all(|word| name.contains(word))
    });
    Ok(fits.min_by_key(|plan| plan.name.len()).map(|plan| (plan.id, plan.name)))
}
