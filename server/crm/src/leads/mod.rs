//! Leads: from the first message to the day they become a subscriber or are lost. The one rule: one open lead per phone,
//! and every step leaves a line in its history.

mod convert;
mod moves;
mod read;
mod receive;
mod sql;
mod sql_read;

pub use convert::{Converted, convert, convert_in_op};
pub use moves::{Moved, Spot, move_to, move_to_in_op};
pub use read::{
    Activity, ActivityKind, Choices, ConversionPreview, Detail, Filter, board, choices, counts, detail, list,
    preview_conversion,
};
pub use receive::{InboundLead, Outcome, Received, receive, receive_in_op};

use crate::events::{LeadChanged, LeadCreated};
use crate::{buildings, words};
use model::AppError;
use model::catalog::PlanId;
use model::crm::leads::{LeadForm, LeadSource, LeadStatus, SaveLead};
use model::crm::{BuildingId, LeadId, ReferralPartnerId, UnitId, perm};
use model::msisdn::Msisdn;
use model::text::Prose;
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use uuid::Uuid;

/// Adds a lead that a person typed in. The person owns it.
///
/// # Errors
/// `Invalid` names each refused field; on `phone` also when an open lead has the same phone, with its number.
pub async fn create(tx: &mut Tx<perm::LeadWrite>, form: LeadForm) -> Result<LeadId, AppError> {
    let lead = form.parse().map_err(AppError::Invalid)?;
    create_in_op(tx, lead).await
}

/// The same for contexts to the right and for seeds.
pub async fn create_in_op(op: &mut Op, lead: SaveLead) -> Result<LeadId, AppError> {
    wait_for_phone(op, lead.phone).await?;
    if let Some((_, number)) = sql::open_with_phone(op.conn(), &lead.phone.canonical()).await.map_err(from_sql)? {
        return Err(AppError::invalid(
            "phone",
            format!("Lead {number} has this phone and is open. Open it instead of adding another."),
        ));
    }
    let (unit_id, unit_text) = match (lead.building_id, &lead.unit) {
        (Some(building), Some(unit)) => match buildings::unit_in_op(op, building, unit.as_str()).await? {
            Some(unit) => (Some(unit), None),
            None => (None, Some(unit.as_str())),
        },
        (_, unit) => (None, unit.as_ref().map(|unit| unit.as_str())),
    };
    let place = join(&[unit_text, lead.place.as_ref().map(|place| place.as_str())]);
    let (_, person) = who(op);
    let new = NewLead {
        name: lead.name.as_str(),
        phone: lead.phone,
        email: lead.email.as_ref().map(|email| email.as_str()),
        building_id: lead.building_id,
        unit_id,
        place: &place,
        plan_id: lead.plan_id,
        source: lead.source,
        partner_id: None,
        assigned_to: person,
        note: lead.note.as_ref().map(|note| note.as_str()).unwrap_or_default(),
        message: None,
        at: op.now(),
    };
    let (id, number) = insert(op, new).await?;
    history(op, id, ActivityKind::Created, &number).await?;
    op.audit(
        Change::new("crm.lead.create", "lead", id)
            .after(serde_json::json!({ "number": number, "source": lead.source })),
    );
    Ok(id)
}

/// A lead of any origin, after all checks.
struct NewLead<'a> {
    name: &'a str,
    phone: Msisdn,
    email: Option<&'a str>,
    building_id: Option<BuildingId>,
    unit_id: Option<UnitId>,
    place: &'a str,
    plan_id: Option<PlanId>,
    source: LeadSource,
    partner_id: Option<ReferralPartnerId>,
    assigned_to: Option<Uuid>,
    note: &'a str,
    message: Option<&'a str>,
    at: model::time::Timestamp,
}

/// Stores a lead at the top of the first column and tells everybody. Gives its id and number.
async fn insert(op: &mut Op, new: NewLead<'_>) -> Result<(LeadId, String), AppError> {
    let tenant = op.tenant();
    let counter = platform::counter::next(op.conn(), tenant, "lead").await.map_err(from_sql)?;
    let (id, number) = (LeadId::new(), format!("LD-{counter:06}"));
    moves::wait_for_board(op).await?;
    let position = moves::top_of(op, LeadStatus::New, id).await?;
    let reseller_id = own_reseller(op).await?;
    let row = sql::NewRow {
        id,
        number: &number,
        name: new.name,
        msisdn: &new.phone.canonical(),
        email: new.email,
        building_id: new.building_id,
        unit_id: new.unit_id,
        place: new.place,
        plan_id: new.plan_id,
        source: new.source,
        partner_id: new.partner_id,
        reseller_id,
        assigned_to: new.assigned_to,
        note: new.note,
        message: new.message,
        position,
        at: new.at,
    };
    sql::insert(op.conn(), tenant.uuid(), row).await.map_err(not_in_list)?;
    if let Some(unit) = new.unit_id {
        buildings::note_lead_in_op(op, unit).await?;
    }
    op.publish(LeadCreated { lead_id: id }).await?;
    Ok((id, number))
}

/// A lead that a reseller's people enter belongs to the reseller; the policy of the table refuses any other.
async fn own_reseller(op: &mut Op) -> Result<Option<Uuid>, AppError> {
    sqlx::query_scalar!("SELECT app.reseller_scope()").fetch_one(op.conn()).await.map_err(from_sql)
}

/// Adds a note to a lead's history.
///
/// # Errors
/// `Invalid` on `note` for blank or unprintable text; `NotFound`.
pub async fn note(tx: &mut Tx<perm::LeadWrite>, id: LeadId, note: &str) -> Result<(), AppError> {
    let note = Prose::<2000>::parse(note).map_err(|refusal| AppError::invalid("note", refusal.to_string()))?;
    sql::lock(tx.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    history(tx, id, ActivityKind::Note, note.as_str()).await?;
    tx.publish(LeadChanged { lead_id: id }).await
}

/// Offers a plan: the lead keeps it and goes to the column *Quoted*. Offering the same plan again changes nothing.
///
/// # Errors
/// `Invalid` on `plan_id` for a plan that is not sold today; `Conflict` for a lead that is converted or lost; `NotFound`.
pub async fn quote(tx: &mut Tx<perm::LeadWrite>, id: LeadId, plan_id: PlanId) -> Result<(), AppError> {
    quote_in_op(tx, id, plan_id).await
}

/// The same for seeds.
pub async fn quote_in_op(op: &mut Op, id: LeadId, plan_id: PlanId) -> Result<(), AppError> {
    moves::wait_for_board(op).await?;
    let lead = sql::lock(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let status = words::stored(&lead.status, LeadStatus::from_code)?;
    if !status.is_open() {
        return Err(AppError::Conflict(format!(
            "Lead {} is closed, so it gets no quote. Move it back to an open column first.",
            lead.number
        )));
    }
    if status == LeadStatus::Quoted && lead.plan_id == Some(plan_id.uuid()) {
        return Ok(());
    }
    let today = op.today();
    let plan = catalog::plans::version_on_in_op(op, plan_id, today)
        .await?
        .ok_or_else(|| AppError::invalid("plan_id", "This plan is not sold today. Choose another plan."))?;
    let (now, (_, person)) = (op.now(), who(op));
    sql::set_plan(op.conn(), id, plan_id, now).await.map_err(not_in_list)?;
    if status != LeadStatus::Quoted {
        let position = moves::top_of(op, LeadStatus::Quoted, id).await?;
        let to = sql::NewPlace { status: LeadStatus::Quoted, position, lost_reason: None, person, at: now };
        sql::place(op.conn(), id, &to).await.map_err(from_sql)?;
    }
    history(op, id, ActivityKind::Quoted, &format!("{}, {}", plan.name, plan.price)).await?;
    op.audit(
        Change::new("crm.lead.quote", "lead", id)
            .after(serde_json::json!({ "plan": plan.name, "price_minor": plan.price.minor })),
    );
    op.publish(LeadChanged { lead_id: id }).await
}

/// Waits for everybody who is about to add a lead with the same phone.
async fn wait_for_phone(op: &mut Op, phone: Msisdn) -> Result<(), AppError> {
    let key = format!("lead_phone:{}:{}", op.tenant(), phone.canonical());
    sql::wait_for_turn(op.conn(), &key).await.map_err(from_sql)
}

async fn history(op: &mut Op, id: LeadId, kind: ActivityKind, detail: &str) -> Result<(), AppError> {
    let (tenant, now, name) = (op.tenant().uuid(), op.now(), op.actor().shown_name());
    sql::insert_activity(op.conn(), tenant, id, now, (kind.code(), detail, &name)).await.map_err(from_sql)
}

/// The actor's name, and the login when it is a person of the staff.
fn who(op: &Op) -> (String, Option<Uuid>) {
    let actor = op.actor();
    (actor.name.clone(), actor.id.filter(|_| actor.kind == "staff"))
}

/// A building or plan that is not the tenant's own looks like one that does not exist.
fn not_in_list(error: sqlx::Error) -> AppError {
    const CHOOSE: &str = "Choose one of the entries in the list.";
    match violated(&error) {
        Some(name) if name.contains("building_id") => AppError::invalid("building_id", CHOOSE),
        Some(name) if name.contains("plan_id") => AppError::invalid("plan_id", CHOOSE),
        Some(name) if name.contains("partner_id") => AppError::invalid("partner_id", CHOOSE),
        _ => from_sql(error),
    }
}

/// The parts that are there, separated by commas.
pub(crate) fn join(parts: &[Option<&str>]) -> String {
    parts.iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
