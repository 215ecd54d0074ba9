//! Locks. The one rule: a service is on only while it has no active lock; each reason has its own, and money lifts only
//! the money locks.

mod views;

pub use views::{CutOff, active_in_op, list_of_account_in_op, soon_cut_off};

use crate::events::{LockLifted, LockSet};
use crate::invoices::due_in_op;
use crate::policy;
use crm::timeline;
use model::AppError;
use model::billing::locks::{LiftLockForm, LockReason, SetLockForm, lifted_by_payment};
use model::billing::{LockId, PaymentId, perm};
use model::crm::{AccountId, ServiceId};
use model::portal::timeline::TimelineKind;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use uuid::Uuid;

/// Sets a lock by hand: hold, administrative or fraud, with a note for the next colleague.
/// Idempotent: a service that has this lock keeps it.
///
/// # Errors
/// `Invalid` for a reason that only billing sets, `NotFound` for a service of somebody else.
pub async fn set(tx: &mut Tx<perm::LockWrite>, form: SetLockForm) -> Result<(), AppError> {
    let lock = form.parse().map_err(AppError::Invalid)?;
    if set_in_op(tx, lock.service_id, lock.reason, lock.note.as_str()).await? {
        tx.audit(
            Change::new("billing.lock.set", "service", lock.service_id)
                .after(serde_json::json!({ "reason": lock.reason }))
                .reason(lock.note.into_string()),
        );
    }
    Ok(())
}

/// Lifts one lock by hand, whatever its reason. Idempotent.
///
/// # Errors
/// `NotFound` for a lock of somebody else.
pub async fn lift(tx: &mut Tx<perm::LockWrite>, form: LiftLockForm) -> Result<(), AppError> {
    let lock = sqlx::query!("SELECT service_id, reason FROM service_lock WHERE id = $1", form.id.uuid())
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let reason = LockReason::from_code(&lock.reason).ok_or_else(|| platform::internal("an unknown lock"))?;
    let service = ServiceId::from_uuid(lock.service_id);
    if lift_in_op(tx, service, reason, None).await? {
        tx.audit(Change::new("billing.lock.lift", "service", service).before(serde_json::json!({ "reason": reason })));
    }
    Ok(())
}

/// Sets a lock: the service is off from the commit on. `cause` is for people: an invoice number, a colleague's note.
/// True when it was set now, false when the service had this lock already.
///
/// # Errors
/// `NotFound` for a service of somebody else.
pub async fn set_in_op(op: &mut Op, service_id: ServiceId, reason: LockReason, cause: &str) -> Result<bool, AppError> {
    let account = sqlx::query_scalar!("SELECT account_id FROM service WHERE id = $1", service_id.uuid())
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let (tenant, now, actor) = (op.tenant().uuid(), op.now(), op.actor().shown_name());
    let set = sqlx::query!(
        "INSERT INTO service_lock (tenant_id, id, service_id, account_id, reason, cause, set_at, set_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tenant_id, service_id, reason) WHERE lifted_at IS NULL DO NOTHING",
        tenant,
        LockId::new().uuid(),
        service_id.uuid(),
        account,
        reason.code(),
        cause,
        now,
        actor,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    if set.rows_affected() == 0 {
        return Ok(false);
    }
    let account_id = AccountId::from_uuid(account);
    let facts = serde_json::json!({ "reason": reason, "cause": cause, "service_id": service_id });
    timeline::note_in_op(op, account_id, TimelineKind::LockSet.code(), facts, TimelineKind::LockSet.class()).await?;
    op.publish(LockSet { service_id, account_id, reason: reason.code().into() }).await?;
    Ok(true)
}

/// Lifts a lock. `payment` is the one that lifted it: its timeline waits for the network's answer. True when it was
/// lifted now, false when there was none.
pub async fn lift_in_op(
    op: &mut Op,
    service_id: ServiceId,
    reason: LockReason,
    payment: Option<PaymentId>,
) -> Result<bool, AppError> {
    let (now, actor) = (op.now(), op.actor().shown_name());
    let lifted = sqlx::query_scalar!(
        "UPDATE service_lock SET lifted_at = $3, lifted_by = $4, lifted_by_payment_id = $5
         WHERE service_id = $1 AND reason = $2 AND lifted_at IS NULL RETURNING account_id",
        service_id.uuid(),
        reason.code(),
        now,
        actor,
        payment.map(|id| id.uuid()),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    let Some(account) = lifted else { return Ok(false) };
    let account_id = AccountId::from_uuid(account);
    let facts = serde_json::json!({ "reason": reason, "service_id": service_id, "payment_id": payment });
    timeline::note_in_op(op, account_id, TimelineKind::LockLifted.code(), facts, TimelineKind::LockLifted.class())
        .await?;
    op.publish(LockLifted { service_id, account_id, reason: reason.code().into(), payment_id: payment }).await?;
    Ok(true)
}

/// Lifts the money locks of an account when the tenant's policy lets what is due now open the services again.
/// `due_before` is what was due before the payment, in minor units. Gives how many locks were lifted.
pub(crate) async fn lift_money_locks_in_op(
    op: &mut Op,
    account: AccountId,
    due_before: i64,
    payment: Option<PaymentId>,
) -> Result<usize, AppError> {
    let active = sqlx::query!(
        "SELECT service_id, reason FROM service_lock WHERE account_id = $1 AND lifted_at IS NULL ORDER BY service_id, reason",
        account.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    if active.is_empty() {
        return Ok(0);
    }
    let policy = policy::get_in_op(op).await?.reconnect;
    let now = op.now();
    let left = due_in_op(op, account, now).await?.minor;
    let mut lifted = 0;
    for lock in &active {
        let Some(reason) = LockReason::from_code(&lock.reason) else { continue };
        let opens = !lifted_by_payment(&[reason], due_before, left, policy).is_empty();
        if opens && lift_in_op(op, ServiceId::from_uuid(lock.service_id), reason, payment).await? {
            lifted += 1;
        }
    }
    Ok(lifted)
}

/// Sets again what a payment lifted of this account, when the money is gone and something is due: a match that is taken
/// back. The same payment may have lifted another account's locks in an earlier match.
pub(crate) async fn set_again_in_op(op: &mut Op, account: AccountId, payment: PaymentId) -> Result<(), AppError> {
    let now = op.now();
    if due_in_op(op, account, now).await?.minor == 0 {
        return Ok(());
    }
    let lifted: Vec<(Uuid, String, String)> = sqlx::query!(
        "SELECT service_id, reason, cause FROM service_lock WHERE account_id = $1 AND lifted_by_payment_id = $2
         ORDER BY service_id, reason",
        account.uuid(),
        payment.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?
    .into_iter()
    .map(|row| (row.service_id, row.reason, row.cause))
    .collect();
    for (service, reason, cause) in lifted {
        if let Some(reason) = LockReason::from_code(&reason) {
            set_in_op(op, ServiceId::from_uuid(service), reason, &cause).await?;
        }
    }
    Ok(())
}
