//! From payment to online. The one rule: all of its times are real time, and the first answer of the network counts.

use model::AppError;
use model::billing::payments::PaymentTimeline;
use model::billing::{PaymentAttemptId, PaymentId};
use model::crm::AccountId;
use model::time::Timestamp;
use platform::Op;
use platform::error::from_sql;

/// What the network did after a lock was lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkAnswer {
    /// The router acknowledged the change of authorisation.
    Coa,
    /// The session was disconnected, and the router dialled again.
    Disconnect,
    /// There was no session: the service is on as soon as the router dials. Counted apart.
    NoSession,
}

/// Begins the timeline of a payment that was posted now.
pub(super) async fn begin_in_op(
    op: &mut Op,
    payment: PaymentId,
    account: AccountId,
    attempt: Option<PaymentAttemptId>,
    callback_at: Timestamp,
    has_lifted: bool,
) -> Result<(), AppError> {
    let (tenant, now) = (op.tenant().uuid(), chrono::Utc::now());
    sqlx::query!(
        "INSERT INTO payment_timeline (tenant_id, payment_id, account_id, asked_at, callback_at, posted_at, unlocked_at, outcome)
         VALUES ($1, $2, $3, (SELECT coalesce(sent_at, created_at) FROM payment_attempt WHERE id = $4), $5, $6, $7, $8)
         ON CONFLICT DO NOTHING",
        tenant,
        payment.uuid(),
        account.uuid(),
        attempt.map(|id| id.uuid()),
        callback_at,
        now,
        has_lifted.then_some(now),
        if has_lifted { None } else { Some("was_on") },
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// Adds when the prompt was sent: its own report came after the other channel's.
pub(super) async fn asked_in_op(op: &mut Op, payment: PaymentId, attempt: PaymentAttemptId) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE payment_timeline SET asked_at = (SELECT coalesce(sent_at, created_at) FROM payment_attempt WHERE id = $2)
         WHERE payment_id = $1 AND asked_at IS NULL",
        payment.uuid(),
        attempt.uuid(),
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// Notes that the router was told, at `at` in real time. The first time counts; a payment without a timeline has none.
pub async fn coa_sent_in_op(op: &mut Op, payment: PaymentId, at: Timestamp) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE payment_timeline SET coa_sent_at = coalesce(coa_sent_at, $2) WHERE payment_id = $1",
        payment.uuid(),
        at,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// Notes the network's answer, at `at` in real time: the CoA-ACK, the Acct-Start after a Disconnect, or that there was no
/// session. Idempotent: the first answer counts. A payment without a timeline (cash, a matched stray) has none to close.
pub async fn online_in_op(
    op: &mut Op,
    payment: PaymentId,
    at: Timestamp,
    answer: NetworkAnswer,
) -> Result<(), AppError> {
    let (outcome, method, online_at) = match answer {
        NetworkAnswer::Coa => ("online", Some("coa"), Some(at)),
        NetworkAnswer::Disconnect => ("online", Some("disconnect"), Some(at)),
        NetworkAnswer::NoSession => ("ready", None, None),
    };
    let noted = sqlx::query!(
        "UPDATE payment_timeline SET outcome = $2, method = $3, online_at = $4 WHERE payment_id = $1 AND outcome IS NULL
         RETURNING account_id, callback_at",
        payment.uuid(),
        outcome,
        method,
        online_at,
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    let Some(noted) = noted else { return Ok(()) };
    if let Some(method) = method {
        let seconds = (at - noted.callback_at).as_seconds_f64();
        metrics::histogram!("payment_to_online_seconds", "method" => method).record(seconds);
    }
    op.wake("billing.payment_online", &noted.account_id.to_string()).await
}

/// The stages of a payment; empty for one without a timeline.
pub async fn timeline_in_op(op: &mut Op, payment: PaymentId) -> Result<PaymentTimeline, AppError> {
    let row = sqlx::query!(
        "SELECT asked_at, callback_at, posted_at, unlocked_at, coa_sent_at, online_at FROM payment_timeline WHERE payment_id = $1",
        payment.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(row.map_or_else(PaymentTimeline::default, |row| PaymentTimeline {
        sent_at: row.asked_at,
        received_at: Some(row.callback_at),
        posted_at: Some(row.posted_at),
        lock_lifted_at: row.unlocked_at,
        router_told_at: row.coa_sent_at,
        online_at: row.online_at,
    }))
}
