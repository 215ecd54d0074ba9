//! The statements of activations.

use model::crm::{AccountId, ServiceId};
use model::network::ActivationId;
use model::network::activation::{ActivationState, ActivationStep, StepState};
use model::time::Timestamp;
use platform::Conn;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

pub(super) struct Head {
    pub id: Uuid,
    pub service_id: Uuid,
    pub account_id: Uuid,
    pub state: String,
    pub started_at: Timestamp,
}

pub(super) async fn lock(conn: &mut Conn, id: ActivationId) -> Result<Option<Head>, sqlx::Error> {
    query_as!(
        Head,
        "SELECT id, service_id, account_id, state, started_at FROM activation WHERE id = $1 FOR UPDATE",
        id.uuid()
    )
    .fetch_optional(conn)
    .await
}

/// The living activation of a service.
pub(super) async fn of_service(conn: &mut Conn, service: ServiceId) -> Result<Option<Head>, sqlx::Error> {
    query_as!(
        Head,
        "SELECT id, service_id, account_id, state, started_at FROM activation WHERE service_id = $1 AND state <> 'undone' FOR UPDATE",
        service.uuid()
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn insert(
    conn: &mut Conn,
    tenant: Uuid,
    id: ActivationId,
    service: ServiceId,
    account: AccountId,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO activation (tenant_id, id, service_id, account_id, state, started_at)
         VALUES ($1, $2, $3, $4, 'running', $5)",
        tenant,
        id.uuid(),
        service.uuid(),
        account.uuid(),
        at
    )
    .execute(&mut *conn)
    .await?;
    let steps: Vec<String> = ActivationStep::ALL.iter().map(|s| s.code().to_owned()).collect();
    query!(
        "INSERT INTO activation_step (tenant_id, activation_id, account_id, step) SELECT $1, $2, $3, unnest($4::text[])",
        tenant,
        id.uuid(),
        account.uuid(),
        &steps
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) struct StepRow {
    pub activation_id: Uuid,
    pub step: String,
    pub state: String,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub tries: i32,
    pub note: Option<String>,
}

pub(super) async fn steps(conn: &mut Conn, activations: &[Uuid]) -> Result<Vec<StepRow>, sqlx::Error> {
    query_as!(
        StepRow,
        "SELECT activation_id, step, state, started_at, ended_at, tries, note FROM activation_step
         WHERE activation_id = ANY ($1)",
        activations
    )
    .fetch_all(conn)
    .await
}

/// A step begins its next try.
pub(super) async fn begin_step(
    conn: &mut Conn,
    id: ActivationId,
    step: ActivationStep,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    query!(
        "UPDATE activation_step SET state = 'running', started_at = coalesce(started_at, $3), ended_at = NULL,
           tries = tries + 1, note = NULL WHERE activation_id = $1 AND step = $2",
        id.uuid(),
        step.code(),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_step(
    conn: &mut Conn,
    id: ActivationId,
    step: ActivationStep,
    state: StepState,
    at: Timestamp,
    note: Option<&str>,
) -> Result<(), sqlx::Error> {
    query!(
        "UPDATE activation_step SET state = $3, note = $5, started_at = coalesce(started_at, $4),
           ended_at = CASE WHEN $3 IN ('done', 'failed', 'undone') THEN $4 END
         WHERE activation_id = $1 AND step = $2",
        id.uuid(),
        step.code(),
        state.code(),
        at,
        note
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_state(
    conn: &mut Conn,
    id: ActivationId,
    state: ActivationState,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    query!(
        "UPDATE activation SET state = $2, online_at = CASE WHEN $2 = 'online' THEN coalesce(online_at, $3) END WHERE id = $1",
        id.uuid(),
        state.code(),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the living session of a service began.
pub(super) async fn session_since(conn: &mut Conn, service: ServiceId) -> Result<Option<Timestamp>, sqlx::Error> {
    query_scalar!(
        r#"SELECT o.started_at FROM radius.acct_open o
           JOIN radius.account a ON a.tenant_id = o.tenant_id AND a.username = o.username
           WHERE a.service_id = $1 ORDER BY o.started_at LIMIT 1"#,
        service.uuid()
    )
    .fetch_optional(conn)
    .await
}

/// Services whose activation waits for a session that has begun meanwhile.
pub(super) async fn dialled(conn: &mut Conn) -> Result<Vec<Uuid>, sqlx::Error> {
    query_scalar!(
        "SELECT v.service_id FROM activation v WHERE v.state = 'ready' AND EXISTS (
           SELECT FROM radius.account a JOIN radius.acct_open o ON o.tenant_id = a.tenant_id AND o.username = a.username
           WHERE a.tenant_id = v.tenant_id AND a.service_id = v.service_id)"
    )
    .fetch_all(conn)
    .await
}

pub(super) struct Row {
    pub id: Uuid,
    pub service_id: Uuid,
    pub subscriber_id: Uuid,
    pub subscriber: String,
    pub state: String,
    pub started_at: Timestamp,
    pub online_at: Option<Timestamp>,
}

pub(super) async fn list(
    conn: &mut Conn,
    states: &[String],
    before: Option<(Timestamp, Uuid)>,
    most: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let (at, id) = before.map_or((None, None), |(at, id)| (Some(at), Some(id)));
    query_as!(
        Row,
        "SELECT v.id, v.service_id, s.id AS subscriber_id, s.full_name AS subscriber, v.state, v.started_at, v.online_at
         FROM activation v JOIN account c ON c.id = v.account_id JOIN subscriber s ON s.id = c.subscriber_id
         WHERE v.state = ANY ($1) AND ($2::timestamptz IS NULL OR (v.started_at, v.id) < ($2, $3))
         ORDER BY v.started_at DESC, v.id DESC LIMIT $4",
        states,
        at,
        id,
        most
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn find(conn: &mut Conn, id: ActivationId) -> Result<Option<Row>, sqlx::Error> {
    query_as!(
        Row,
        "SELECT v.id, v.service_id, s.id AS subscriber_id, s.full_name AS subscriber, v.state, v.started_at, v.online_at
         FROM activation v JOIN account c ON c.id = v.account_id JOIN subscriber s ON s.id = c.subscriber_id
         WHERE v.id = $1",
        id.uuid()
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn counts(conn: &mut Conn) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = query!(r#"SELECT state, count(*) AS "n!" FROM activation GROUP BY state"#).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|r| (r.state, r.n)).collect())
}
