//! The SQL of the outbox.

use super::{Notice, Reader, Report};
use crate::stored;
use chrono::{DateTime, Utc};
use model::AppError;
use model::comms::MessageId;
use model::comms::notices::{Channel, DeliveryState, Direction, MessageRow, NoticeKind};
use model::crm::{AccountId, SubscriberId};
use model::identity::TenantId;
use platform::Conn;
use platform::error::from_sql;
use sqlx::Result;
use uuid::Uuid;

pub(super) struct New<'a> {
    pub id: MessageId,
    pub to: &'a str,
    pub text: &'a str,
    pub parts: Option<i32>,
    pub at: DateTime<Utc>,
    pub notice: &'a Notice,
}

/// Whether it is new: a notice with this key may be there already.
pub(super) async fn insert(conn: &mut Conn, tenant: TenantId, new: &New<'_>) -> Result<bool> {
    let inserted = sqlx::query!(
        "INSERT INTO message (tenant_id, id, channel, kind, account_id, recipient, lang, subject, body, state, dedupe_key,
           parts, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, $11, $12)
         ON CONFLICT (tenant_id, channel, dedupe_key) DO NOTHING",
        tenant.uuid(),
        new.id.uuid(),
        new.notice.channel.code(),
        new.notice.kind.code(),
        new.notice.account_id.map(AccountId::uuid),
        new.to,
        new.notice.lang.code(),
        new.notice.subject,
        new.text,
        new.notice.dedupe,
        new.parts,
        new.at,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn find(conn: &mut Conn, channel: Channel, dedupe: &str) -> Result<Option<MessageId>> {
    let id =
        sqlx::query_scalar!("SELECT id FROM message WHERE channel = $1 AND dedupe_key = $2", channel.code(), dedupe,)
            .fetch_optional(conn)
            .await?;
    Ok(id.map(MessageId::from_uuid))
}

/// A message that waits to be sent, locked.
pub(super) struct Waiting {
    pub channel: Channel,
    pub kind: NoticeKind,
    pub recipient: String,
    pub subject: Option<String>,
    pub body: String,
    /// A try began and did not come back to say how it ended.
    pub was_attempted: bool,
}

pub(super) async fn lock_queued(conn: &mut Conn, id: MessageId) -> Result<Option<Waiting>, AppError> {
    let row = sqlx::query!(
        "SELECT channel, kind, recipient, subject, body, attempted_at FROM message
         WHERE id = $1 AND state = 'queued' FOR UPDATE",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
    .map_err(from_sql)?;
    row.map(|row| {
        Ok(Waiting {
            channel: stored(&row.channel)?,
            kind: stored(&row.kind)?,
            recipient: row.recipient,
            subject: row.subject,
            body: row.body,
            was_attempted: row.attempted_at.is_some(),
        })
    })
    .transpose()
}

/// Marks the beginning of a try, or (with `None`) that nothing was sent by it.
pub(super) async fn set_attempted(
    conn: &mut Conn,
    id: MessageId,
    at: Option<DateTime<Utc>>,
    error: Option<&str>,
) -> Result<()> {
    sqlx::query!("UPDATE message SET attempted_at = $2, error = $3 WHERE id = $1", id.uuid(), at, error)
        .execute(conn)
        .await
        .map(drop)
}

/// What the provider gave for a message that it took.
pub(super) struct Taken<'a> {
    pub provider_id: Option<&'a str>,
    pub parts: Option<i32>,
    pub cost_text: Option<&'a str>,
    pub at: DateTime<Utc>,
}

/// What stands where a text is not to be read.
const HIDDEN: &str = "•••";

/// A report may have been quicker than we: then its state stays. A text that opens a door is forgotten once it is out.
pub(super) async fn set_sent(conn: &mut Conn, id: MessageId, taken: &Taken<'_>) -> Result<()> {
    sqlx::query!(
        "UPDATE message SET state = CASE WHEN state IN ('queued', 'unknown') THEN 'sent' ELSE state END,
           provider_id = $2, parts = coalesce($3, parts), cost_text = $4, sent_at = $5, error = NULL,
           body = CASE WHEN kind = ANY($6) THEN $7 ELSE body END WHERE id = $1",
        id.uuid(),
        taken.provider_id,
        taken.parts,
        taken.cost_text,
        taken.at,
        &kinds(NoticeKind::is_secret),
        HIDDEN,
    )
    .execute(conn)
    .await
    .map(drop)
}

fn kinds(of: impl Fn(NoticeKind) -> bool) -> Vec<String> {
    NoticeKind::ALL.iter().filter(|kind| of(**kind)).map(|kind| kind.code().to_owned()).collect()
}

pub(super) async fn set_state(
    conn: &mut Conn,
    id: MessageId,
    state: DeliveryState,
    provider_id: Option<&str>,
    error: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE message SET state = $2, provider_id = coalesce($3, provider_id), error = $4 WHERE id = $1",
        id.uuid(),
        state.code(),
        provider_id,
        error,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn requeue(conn: &mut Conn, id: MessageId) -> Result<()> {
    sqlx::query!(
        "UPDATE message SET state = 'queued', attempted_at = NULL, provider_id = NULL, error = NULL WHERE id = $1",
        id.uuid(),
    )
    .execute(conn)
    .await
    .map(drop)
}

/// How a message stands, locked, and whether its text is forgotten.
pub(super) async fn lock_state(conn: &mut Conn, id: MessageId) -> Result<Option<(DeliveryState, bool)>, AppError> {
    let row = sqlx::query!(
        r#"SELECT state, sent_at IS NOT NULL AND kind = ANY($2) AS "is_forgotten!" FROM message WHERE id = $1 FOR UPDATE"#,
        id.uuid(),
        &kinds(NoticeKind::is_secret),
    )
    .fetch_optional(conn)
    .await
    .map_err(from_sql)?;
    row.map(|row| Ok((stored(&row.state)?, row.is_forgotten))).transpose()
}

/// The youngest message with this provider's id, or the one that our own id names.
pub(super) async fn lock_by_provider_id(
    conn: &mut Conn,
    report: &Report,
) -> Result<Option<(MessageId, DeliveryState)>, AppError> {
    let row = sqlx::query!(
        "SELECT id, state FROM message
         WHERE channel = $1 AND (provider_id = $2 OR (id = $3 AND provider_id IS NULL))
         ORDER BY id DESC LIMIT 1 FOR UPDATE",
        report.channel.code(),
        report.provider_id,
        report.message_id.map(MessageId::uuid),
    )
    .fetch_optional(conn)
    .await
    .map_err(from_sql)?;
    row.map(|row| Ok((MessageId::from_uuid(row.id), stored(&row.state)?))).transpose()
}

/// Which messages are wanted; what is empty does not narrow.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub state: String,
    pub after: Option<Uuid>,
    pub subscriber: Option<Uuid>,
    pub limit: i64,
}

pub(super) async fn rows(conn: &mut Conn, wanted: &Wanted, reader: Reader) -> Result<Vec<MessageRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT m.id, m.created_at, m.channel, m.kind, m.recipient, m.body, m.state, m.parts, m.error,
             s.id AS "subscriber_id?", s.full_name AS "subscriber?"
           FROM message m
           LEFT JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
           LEFT JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           WHERE ($1 = '' OR m.state = $1) AND ($2::uuid IS NULL OR m.id < $2) AND ($3::uuid IS NULL OR s.id = $3)
             AND m.kind <> ALL($5)
           ORDER BY m.id DESC LIMIT $4"#,
        wanted.state,
        wanted.after,
        wanted.subscriber,
        wanted.limit,
        &kinds(|kind| kind.is_about_money() && !reader.sees_money),
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let kind: Option<NoticeKind> = row.kind.parse().ok();
            let is_secret = kind.is_some_and(NoticeKind::is_secret);
            Ok(MessageRow {
                id: MessageId::from_uuid(row.id),
                at: row.created_at,
                direction: Direction::Out,
                channel: stored(&row.channel)?,
                kind,
                subscriber_id: row.subscriber_id.map(SubscriberId::from_uuid),
                subscriber: row.subscriber,
                contact: Some(row.recipient).filter(|_| reader.sees_contact),
                text: if is_secret { HIDDEN.into() } else { row.body },
                state: stored(&row.state)?,
                parts: row.parts,
                error: row.error,
            })
        })
        .collect()
}
