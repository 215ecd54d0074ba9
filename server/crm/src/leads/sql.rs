//! The statements of leads that change something.

use chrono::{DateTime, Utc};
use model::catalog::PlanId;
use model::crm::leads::{LeadSource, LeadStatus, LostReason};
use model::crm::{BuildingId, LeadId, ReferralPartnerId, SubscriberId, UnitId};
use platform::Conn;
use uuid::Uuid;

/// A lead about to be stored.
pub(super) struct NewRow<'a> {
    pub id: LeadId,
    pub number: &'a str,
    pub name: &'a str,
    pub msisdn: &'a str,
    pub email: Option<&'a str>,
    pub building_id: Option<BuildingId>,
    pub unit_id: Option<UnitId>,
    pub place: &'a str,
    pub plan_id: Option<PlanId>,
    pub source: LeadSource,
    pub partner_id: Option<ReferralPartnerId>,
    pub reseller_id: Option<Uuid>,
    /// A login; a person who has none of this tenant is left out.
    pub assigned_to: Option<Uuid>,
    pub note: &'a str,
    pub message: Option<&'a str>,
    pub position: f64,
    pub at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut Conn, tenant: Uuid, row: NewRow<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO lead (tenant_id, id, number, full_name, msisdn, email, building_id, unit_id, place, plan_id, source,
           partner_id, reseller_id, assigned_to, note, message, position, created_at, updated_at, moved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (SELECT id FROM login WHERE id = $14), $15, $16,
           $17, $18, $18, $18)",
        tenant,
        row.id.uuid(),
        row.number,
        row.name,
        row.msisdn,
        row.email,
        row.building_id.map(Uuid::from),
        row.unit_id.map(Uuid::from),
        row.place,
        row.plan_id.map(Uuid::from),
        row.source.code(),
        row.partner_id.map(Uuid::from),
        row.reseller_id,
        row.assigned_to,
        row.note,
        row.message,
        row.position,
        row.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Two messages about one phone, or two moves on one board, wait for one another until the transaction ends.
pub(super) async fn wait_for_turn(conn: &mut Conn, what: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", what).fetch_one(conn).await.map(drop)
}

/// The open lead with this phone, if there is one: id and number.
pub(super) async fn open_with_phone(conn: &mut Conn, msisdn: &str) -> Result<Option<(LeadId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT id, number FROM lead WHERE msisdn = $1 AND status NOT IN ('converted', 'lost') ORDER BY created_at LIMIT 1",
        msisdn,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.id.into(), row.number)))
}

/// What a step needs to know of a lead, with the row locked.
pub(super) struct Locked {
    pub status: String,
    pub number: String,
    pub full_name: String,
    pub position: f64,
    pub moved_at: DateTime<Utc>,
    pub plan_id: Option<Uuid>,
    pub building_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub subscriber_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn lock(conn: &mut Conn, id: LeadId) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query_as!(
        Locked,
        "SELECT status, number, full_name, position, moved_at, plan_id, building_id, unit_id, reseller_id, subscriber_id,
           created_at
         FROM lead WHERE id = $1 FOR UPDATE",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// The partner who brought a lead.
pub(super) async fn partner_name(conn: &mut Conn, id: LeadId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT p.name FROM lead l JOIN referral_partner p ON p.tenant_id = l.tenant_id AND p.id = l.partner_id WHERE l.id = $1",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// The position of a card if it still stands in this column.
pub(super) async fn position_of(conn: &mut Conn, id: LeadId, column: LeadStatus) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar!("SELECT position FROM lead WHERE id = $1 AND status = $2", id.uuid(), column.code())
        .fetch_optional(conn)
        .await
}

/// The first position of a column below `above` (of the whole column without it), not counting the card itself.
pub(super) async fn first_below(
    conn: &mut Conn,
    column: LeadStatus,
    above: Option<f64>,
    card: LeadId,
) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT position FROM lead
         WHERE status = $1 AND id <> $2 AND ($3::float8 IS NULL OR position > $3) ORDER BY position LIMIT 1",
        column.code(),
        card.uuid(),
        above,
    )
    .fetch_optional(conn)
    .await
}

/// The card that stands right above a position, not counting the card itself.
pub(super) async fn card_above(
    conn: &mut Conn,
    column: &str,
    position: f64,
    card: LeadId,
) -> Result<Option<LeadId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM lead WHERE status = $1 AND id <> $2 AND position < $3 ORDER BY position DESC LIMIT 1",
        column,
        card.uuid(),
        position,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(LeadId::from))
}

/// Gives the cards of a column whole positions again, in their order, when halves have become too small.
pub(super) async fn space_out(conn: &mut Conn, column: LeadStatus, step: f64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE lead SET position = n.place * $2::float8::float8
         FROM (SELECT tenant_id, id, row_number() OVER (ORDER BY position, id) AS place FROM lead WHERE status = $1) n
         WHERE lead.tenant_id = n.tenant_id AND lead.id = n.id",
        column.code(),
        step,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Where a card goes.
pub(super) struct NewPlace {
    pub status: LeadStatus,
    pub position: f64,
    pub lost_reason: Option<LostReason>,
    /// Becomes the owner of a card that nobody owns.
    pub person: Option<Uuid>,
    pub at: DateTime<Utc>,
}

pub(super) async fn place(conn: &mut Conn, id: LeadId, to: &NewPlace) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE lead SET status = $2, position = $3, lost_reason = $4, moved_at = $5, updated_at = $5, version = version + 1,
           assigned_to = coalesce(assigned_to, (SELECT id FROM login WHERE id = $6))
         WHERE id = $1",
        id.uuid(),
        to.status.code(),
        to.position,
        to.lost_reason.map(LostReason::code),
        to.at,
        to.person,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn set_plan(conn: &mut Conn, id: LeadId, plan: PlanId, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE lead SET plan_id = $2, updated_at = $3, version = version + 1 WHERE id = $1",
        id.uuid(),
        plan.uuid(),
        at,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn set_converted(
    conn: &mut Conn,
    id: LeadId,
    subscriber: SubscriberId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE lead SET status = 'converted', subscriber_id = $2, moved_at = $3, updated_at = $3, version = version + 1
         WHERE id = $1",
        id.uuid(),
        subscriber.uuid(),
        at,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Adds a line to a lead's history.
pub(super) async fn insert_activity(
    conn: &mut Conn,
    tenant: Uuid,
    id: LeadId,
    at: DateTime<Utc>,
    (kind, detail, actor): (&str, &str, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO lead_activity (tenant_id, id, lead_id, at, kind, detail, actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        Uuid::now_v7(),
        id.uuid(),
        at,
        kind,
        detail,
        actor,
    )
    .execute(conn)
    .await
    .map(drop)
}
