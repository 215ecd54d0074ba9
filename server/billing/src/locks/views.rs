//! Reading locks: those of a service, of an account, and the ones that will come tomorrow.

use crate::ledger::currency_of;
use crate::{days, dunning};
use model::billing::locks::{LockReason, LockRow};
use model::billing::{LockId, perm};
use model::crm::{AccountId, ServiceId};
use model::{AppError, Money};
use platform::error::from_sql;
use platform::{Op, Tx};

pub use model::billing::locks::CutOff;

/// The reasons for which a service is off now; empty when it is on.
pub async fn active_in_op(op: &mut Op, service_id: ServiceId) -> Result<Vec<LockReason>, AppError> {
    let codes = sqlx::query_scalar!(
        "SELECT reason FROM service_lock WHERE service_id = $1 AND lifted_at IS NULL ORDER BY set_at, reason",
        service_id.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(codes.iter().filter_map(|code| LockReason::from_code(code)).collect())
}

/// The locks of an account's services, active ones first, then the newest. What is due is not told here: it is money.
pub async fn list_of_account_in_op(op: &mut Op, account: AccountId) -> Result<Vec<LockRow>, AppError> {
    let rows = sqlx::query!(
        "SELECT id, service_id, reason, cause, set_at, set_by, lifted_at, lifted_by FROM service_lock
         WHERE account_id = $1 ORDER BY lifted_at IS NULL DESC, set_at DESC LIMIT 100",
        account.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(LockRow {
                id: LockId::from_uuid(row.id),
                service_id: ServiceId::from_uuid(row.service_id),
                reason: LockReason::from_code(&row.reason)?,
                note: Some(row.cause).filter(|cause| !cause.is_empty()),
                set_at: row.set_at,
                set_by: Some(row.set_by),
                lifted_at: row.lifted_at,
                lifted_by: row.lifted_by,
                due: None,
            })
        })
        .collect())
}

/// Who will be cut off at the coming midnight, and for which invoice: the longest due first. `with_money` says whether the
/// reader may see the amounts.
pub async fn soon_cut_off(tx: &mut Tx<perm::LockRead>, with_money: bool) -> Result<Vec<CutOff>, AppError> {
    let next = dunning::next_cut_off_in_op(tx).await?;
    let rows = sqlx::query!(
        r#"SELECT i.id, i.number AS "number!", i.due_at, i.currency, i.total_minor - i.paid_minor AS "left!", a.number AS account_number,
             u.full_name, u.id AS subscriber_id
           FROM invoice i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
           JOIN service s ON s.tenant_id = i.tenant_id AND s.id = i.service_id
           JOIN account_balance b ON b.tenant_id = i.tenant_id AND b.account_id = i.account_id
           WHERE i.status = 'issued' AND i.due_at < $1 AND b.balance_minor > 0 AND s.state = 'active'
             AND NOT EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = i.tenant_id AND l.service_id = i.service_id
                             AND l.reason = 'overdue' AND (l.lifted_at IS NULL OR l.cause = i.number
                               OR l.lifted_at > i.due_at + make_interval(hours => $2)))
           ORDER BY i.due_at, i.id LIMIT 500"#,
        next.due_before,
        i32::from(next.grace_hours),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .map(|row| CutOff {
            subscriber_id: row.subscriber_id.into(),
            subscriber: row.full_name,
            account_number: row.account_number.parse().ok(),
            invoice_id: row.id.into(),
            invoice: row.number,
            due_on: days::day_of(tx, row.due_at),
            cut_off_at: next.at,
            left: with_money.then(|| Money::new(row.left, currency_of(&row.currency))),
        })
        .collect())
}
