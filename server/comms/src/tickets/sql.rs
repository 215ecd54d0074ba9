//! The SQL of tickets.

use super::Locked;
use crate::stored;
use chrono::{DateTime, Utc};
use model::AppError;
use model::comms::TicketId;
use model::comms::tickets::{OpenTicket, TicketEntry, TicketRow, TicketStatus};
use model::crm::{AccountId, SubscriberId};
use model::identity::TenantId;
use model::network::IncidentId;
use platform::Conn;
use platform::error::from_sql;
use sqlx::Result;
use uuid::Uuid;

/// Which tickets are wanted; what is empty does not narrow.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub id: Option<Uuid>,
    /// `unclosed`, `all` or a status; empty means all.
    pub tab: String,
    pub search: String,
    pub subscriber: Option<Uuid>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

pub(super) async fn rows(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<TicketRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT t.id, t.number, t.subject, t.topic, t.status, t.priority, s.id AS subscriber_id, s.full_name,
             l.full_name AS "owner?", t.opened_at, t.updated_at,
             CASE WHEN t.answered_at IS NULL AND t.status IN ('open', 'in_progress') THEN t.answer_due_at END AS answer_due_at
           FROM ticket t
           JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           LEFT JOIN login l ON l.tenant_id = t.tenant_id AND l.id = t.assigned_to
           WHERE ($1::uuid IS NULL OR t.id = $1)
             AND ($2 IN ('', 'all') OR t.status = $2 OR ($2 = 'unclosed' AND t.status NOT IN ('resolved', 'closed')))
             AND ($3 = '' OR lower(t.number) = $3 OR strpos(lower(t.subject), $3) > 0 OR strpos(lower(s.full_name), $3) > 0)
             AND ($4::uuid IS NULL OR s.id = $4)
             AND ($5::uuid IS NULL OR t.id < $5)
           ORDER BY t.id DESC LIMIT $6"#,
        wanted.id,
        wanted.tab,
        wanted.search,
        wanted.subscriber,
        wanted.after,
        wanted.limit,
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            Ok(TicketRow {
                id: TicketId::from_uuid(row.id),
                number: row.number,
                subject: row.subject,
                topic: stored(&row.topic)?,
                status: stored(&row.status)?,
                priority: stored(&row.priority)?,
                subscriber_id: SubscriberId::from_uuid(row.subscriber_id),
                subscriber: row.full_name,
                owner: row.owner,
                opened_at: row.opened_at,
                updated_at: row.updated_at,
                answer_due_at: row.answer_due_at,
            })
        })
        .collect()
}

/// How many are with us, and how many wait for the subscriber.
pub(super) async fn counts(conn: &mut Conn) -> Result<(u64, u64)> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE status <> 'waiting') AS "open!", count(*) FILTER (WHERE status = 'waiting') AS "waiting!"
           FROM ticket WHERE status NOT IN ('resolved', 'closed')"#
    )
    .fetch_one(conn)
    .await?;
    Ok((row.open as u64, row.waiting as u64))
}

pub(super) async fn incident(conn: &mut Conn, id: TicketId) -> Result<Option<IncidentId>> {
    let incident =
        sqlx::query_scalar!("SELECT incident_id FROM ticket WHERE id = $1", id.uuid()).fetch_optional(conn).await?;
    Ok(incident.flatten().map(IncidentId::from_uuid))
}

pub(super) async fn entries(conn: &mut Conn, id: TicketId) -> Result<Vec<TicketEntry>> {
    let rows = sqlx::query!(
        "SELECT at, actor_name, is_ours, is_internal, body FROM ticket_entry WHERE ticket_id = $1 ORDER BY at, id",
        id.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let entries = rows.into_iter().map(|row| TicketEntry {
        at: row.at,
        by: row.actor_name,
        is_ours: row.is_ours,
        is_internal: row.is_internal,
        text: row.body,
    });
    Ok(entries.collect())
}

pub(super) struct New<'a> {
    pub id: TicketId,
    pub number: &'a str,
    pub account: AccountId,
    pub ticket: &'a OpenTicket,
    pub at: DateTime<Utc>,
    pub due: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut Conn, tenant: TenantId, new: &New<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO ticket (tenant_id, id, number, account_id, topic, subject, status, priority, opened_at, updated_at,
           answer_due_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $8, $9)",
        tenant.uuid(),
        new.id.uuid(),
        new.number,
        new.account.uuid(),
        new.ticket.topic.code(),
        new.ticket.subject.as_str(),
        new.ticket.priority.code(),
        new.at,
        new.due,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) struct NewEntry<'a> {
    pub id: Uuid,
    pub ticket: TicketId,
    pub account: AccountId,
    pub at: DateTime<Utc>,
    pub is_ours: bool,
    pub is_internal: bool,
    pub text: &'a str,
    pub actor_name: &'a str,
}

pub(super) async fn insert_entry(conn: &mut Conn, tenant: TenantId, entry: &NewEntry<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO ticket_entry (tenant_id, id, ticket_id, account_id, at, is_ours, is_internal, body, actor_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.uuid(),
        entry.id,
        entry.ticket.uuid(),
        entry.account.uuid(),
        entry.at,
        entry.is_ours,
        entry.is_internal,
        entry.text,
        entry.actor_name,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE ticket SET updated_at = $2 WHERE id = $1", entry.ticket.uuid(), entry.at)
        .execute(conn)
        .await
        .map(drop)
}

pub(super) async fn lock(conn: &mut Conn, id: TicketId) -> Result<Option<Locked>, AppError> {
    let row = sqlx::query!("SELECT number, account_id, status FROM ticket WHERE id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(conn)
        .await
        .map_err(from_sql)?;
    row.map(|row| {
        Ok(Locked {
            id,
            number: row.number,
            account_id: AccountId::from_uuid(row.account_id),
            status: stored(&row.status)?,
        })
    })
    .transpose()
}

/// The tickets that an incident answers: of its beginning those about being offline that came since then and that nobody
/// linked yet, of its end those it answered.
pub(super) async fn lock_of_incident(
    conn: &mut Conn,
    account: AccountId,
    (incident, since): (IncidentId, DateTime<Utc>),
    is_over: bool,
) -> Result<Vec<Locked>, AppError> {
    let rows = sqlx::query!(
        "SELECT id, number, status FROM ticket
         WHERE account_id = $1 AND topic = 'no_internet' AND status NOT IN ('resolved', 'closed')
           AND CASE WHEN $3 THEN incident_id = $2 ELSE incident_id IS NULL AND opened_at >= $4 END
         ORDER BY id FOR UPDATE",
        account.uuid(),
        incident.uuid(),
        is_over,
        since,
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let id = TicketId::from_uuid(row.id);
            Ok(Locked { id, number: row.number, account_id: account, status: stored(&row.status)? })
        })
        .collect()
}

pub(super) async fn set_incident(
    conn: &mut Conn,
    id: TicketId,
    incident: IncidentId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE ticket SET incident_id = $2, answered_at = coalesce(answered_at, $3) WHERE id = $1",
        id.uuid(),
        incident.uuid(),
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn set_answered(conn: &mut Conn, id: TicketId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE ticket SET answered_at = coalesce(answered_at, $2) WHERE id = $1", id.uuid(), now)
        .execute(conn)
        .await
        .map(drop)
}

pub(super) async fn set_status(conn: &mut Conn, id: TicketId, status: TicketStatus, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE ticket SET status = $2, updated_at = $3, closed_at = CASE WHEN $2 = 'closed' THEN $3::timestamptz END WHERE id = $1",
        id.uuid(),
        status.code(),
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}
