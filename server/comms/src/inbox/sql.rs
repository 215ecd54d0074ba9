//! The SQL of the inbox.

use super::Inbound;
use crate::stored;
use chrono::{DateTime, Utc};
use model::AppError;
use model::comms::MessageId;
use model::comms::notices::{Channel, InboundRow, InboundState};
use model::crm::{AccountId, LeadId, SubscriberId};
use model::identity::TenantId;
use platform::Conn;
use platform::error::from_sql;
use sqlx::Result;
use uuid::Uuid;

/// Whether it is new; a repetition is counted.
pub(super) async fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    id: MessageId,
    message: &Inbound,
    state: InboundState,
    at: DateTime<Utc>,
) -> Result<bool> {
    let repeats = sqlx::query_scalar!(
        "INSERT INTO inbound_message AS m (tenant_id, id, provider, provider_id, sender, sender_name, body, state, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, provider, provider_id) DO UPDATE SET repeats = m.repeats + 1 RETURNING repeats",
        tenant.uuid(),
        id.uuid(),
        message.channel.code(),
        message.provider_id,
        message.sender,
        message.sender_name,
        message.text,
        state.code(),
        at,
    )
    .fetch_one(conn)
    .await?;
    Ok(repeats == 0)
}

/// A message as a step finds it, locked.
pub(super) struct Locked {
    pub channel: Channel,
    pub sender: String,
    pub body: String,
    pub state: InboundState,
    pub received_at: DateTime<Utc>,
    pub account_id: Option<AccountId>,
}

pub(super) async fn lock(conn: &mut Conn, id: MessageId) -> Result<Option<Locked>, AppError> {
    let row = sqlx::query!(
        "SELECT provider, sender, body, state, received_at, account_id FROM inbound_message WHERE id = $1 FOR UPDATE",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
    .map_err(from_sql)?;
    row.map(|row| {
        Ok(Locked {
            channel: stored(&row.provider)?,
            sender: row.sender,
            body: row.body,
            state: stored(&row.state)?,
            received_at: row.received_at,
            account_id: row.account_id.map(AccountId::from_uuid),
        })
    })
    .transpose()
}

/// What was made of a message.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub lead: Option<LeadId>,
    pub account: Option<AccountId>,
    pub reply: Option<MessageId>,
}

pub(super) async fn set_made(conn: &mut Conn, id: MessageId, state: InboundState, made: &Made) -> Result<()> {
    sqlx::query!(
        "UPDATE inbound_message SET state = $2, lead_id = $3, account_id = $4, reply_id = $5 WHERE id = $1",
        id.uuid(),
        state.code(),
        made.lead.map(LeadId::uuid),
        made.account.map(AccountId::uuid),
        made.reply.map(MessageId::uuid),
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn set_handled(
    conn: &mut Conn,
    id: MessageId,
    reply: Option<MessageId>,
    at: DateTime<Utc>,
    by: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE inbound_message SET state = CASE WHEN state = 'lead' THEN state ELSE 'handled' END,
           reply_id = coalesce($2, reply_id), handled_at = $3, handled_by = $4 WHERE id = $1",
        id.uuid(),
        reply.map(MessageId::uuid),
        at,
        by,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn waiting(conn: &mut Conn) -> Result<u64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM inbound_message WHERE state IN ('received', 'inbox', 'unreadable')"#
    )
    .fetch_one(conn)
    .await?;
    Ok(count as u64)
}

pub(super) async fn rows(
    conn: &mut Conn,
    state: &str,
    after: Option<Uuid>,
    limit: i64,
    shows_contact: bool,
) -> Result<Vec<InboundRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT m.id, m.received_at, m.provider, m.sender, m.sender_name, left(m.body, 8000) AS "body!", m.state, m.lead_id, m.handled_by,
             s.id AS "subscriber_id?", s.full_name AS "subscriber?"
           FROM inbound_message m
           LEFT JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
           LEFT JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           WHERE ($1 = '' OR m.state = $1) AND ($2::uuid IS NULL OR m.id < $2) ORDER BY m.id DESC LIMIT $3"#,
        state,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            Ok(InboundRow {
                id: MessageId::from_uuid(row.id),
                at: row.received_at,
                channel: stored(&row.provider)?,
                sender: Some(row.sender).filter(|sender| shows_contact && !sender.is_empty()),
                sender_name: row.sender_name,
                subscriber_id: row.subscriber_id.map(SubscriberId::from_uuid),
                subscriber: row.subscriber,
                lead_id: row.lead_id.map(LeadId::from_uuid),
                text: row.body,
                state: stored(&row.state)?,
                handled_by: row.handled_by,
            })
        })
        .collect()
}
