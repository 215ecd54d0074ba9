//! Which payment pays which invoice. The one rule: the oldest payment pays the oldest invoice; what is left stays as credit
//! and pays the next one.

use crate::ledger;
use model::billing::invoices::allocate_oldest_first;
use model::crm::AccountId;
use model::time::Timestamp;
use model::{AppError, Money};
use platform::Op;
use platform::error::from_sql;
use uuid::Uuid;

/// Gives an account's payments that are not used up to its unpaid invoices. Idempotent. The account's balance is locked.
pub async fn settle_in_op(op: &mut Op, account: AccountId) -> Result<(), AppError> {
    ledger::lock_in_op(op, account).await?;
    let tenant = op.tenant().uuid();
    let payments = sqlx::query!(
        r#"SELECT p.id, (p.amount_minor - coalesce(sum(l.amount_minor), 0))::bigint AS "left!"
           FROM payment p LEFT JOIN payment_allocation l ON l.tenant_id = p.tenant_id AND l.payment_id = p.id
           WHERE p.account_id = $1 AND p.state = 'posted'
           GROUP BY p.tenant_id, p.id, p.amount_minor, p.paid_at
           HAVING p.amount_minor > coalesce(sum(l.amount_minor), 0) ORDER BY p.paid_at, p.id"#,
        account.uuid(),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    for payment in payments {
        let open = sqlx::query!(
            r#"SELECT id, total_minor - paid_minor AS "left!" FROM invoice
               WHERE account_id = $1 AND status = 'issued' AND total_minor > paid_minor ORDER BY due_at, id FOR UPDATE"#,
            account.uuid(),
        )
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)?;
        let wanted: Vec<i64> = open.iter().map(|invoice| invoice.left).collect();
        let (parts, _) = allocate_oldest_first(payment.left, &wanted);
        let given = open.iter().zip(parts).filter(|(_, part)| *part > 0);
        let (invoices, amounts): (Vec<Uuid>, Vec<i64>) = given.map(|(invoice, part)| (invoice.id, part)).unzip();
        if invoices.is_empty() {
            // Nothing is open any more: the later payments are credit as well.
            return Ok(());
        }
        sqlx::query!(
            "WITH given AS (
               INSERT INTO payment_allocation (tenant_id, payment_id, invoice_id, account_id, amount_minor)
               SELECT $1, $2, n.invoice_id, $3, n.amount FROM unnest($4::uuid[], $5::bigint[]) AS n(invoice_id, amount)
               RETURNING invoice_id, amount_minor)
             UPDATE invoice i SET paid_minor = i.paid_minor + given.amount_minor,
               status = CASE WHEN i.paid_minor + given.amount_minor = i.total_minor THEN 'paid' ELSE i.status END
             FROM given WHERE i.id = given.invoice_id",
            tenant,
            payment.id,
            account.uuid(),
            &invoices,
            &amounts,
        )
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    }
    Ok(())
}

/// The same for those of many accounts that have credit: hardly any, so one by one.
pub(super) async fn settle_many_in_op(op: &mut Op, accounts: Vec<AccountId>) -> Result<(), AppError> {
    let accounts: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
    let with_credit = sqlx::query_scalar!(
        r#"SELECT DISTINCT p.account_id AS "account_id!" FROM payment p
           WHERE p.account_id = ANY ($1) AND p.state = 'posted' AND p.amount_minor >
             (SELECT coalesce(sum(l.amount_minor), 0) FROM payment_allocation l
              WHERE l.tenant_id = p.tenant_id AND l.payment_id = p.id)
           ORDER BY 1"#,
        &accounts,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    for account in with_credit {
        settle_in_op(op, AccountId::from_uuid(account)).await?;
    }
    Ok(())
}

/// What an account must pay by now: open invoices past their due moment, less its credit. Zero or positive.
pub async fn due_in_op(op: &mut Op, account: AccountId, at: Timestamp) -> Result<Money, AppError> {
    let owed = ledger::owed_in_op(op, account).await?;
    let overdue = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(total_minor - paid_minor), 0)::bigint AS "sum!" FROM invoice
           WHERE account_id = $1 AND status = 'issued' AND due_at < $2"#,
        account.uuid(),
        at,
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(Money::new(owed.minor.min(overdue).max(0), owed.currency))
}
