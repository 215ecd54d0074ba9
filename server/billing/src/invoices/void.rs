//! Voiding. The one rule: a paid invoice is never voided, it is credited; a void invoice keeps its number.

use super::draft::revenue_of;
use super::settle::settle_in_op;
use crate::{ledger, locks};
use model::AppError;
use model::billing::invoices::{InvoiceStatus, LineKind, VoidInvoiceForm};
use model::billing::ledger::{JournalDraft, JournalKind, Sale};
use model::billing::perm;
use model::billing::tax::TaxSplit;
use model::crm::AccountId;
use platform::Tx;
use platform::audit::Change;
use platform::error::from_sql;

/// Voids an invoice that is not paid in full and takes its posting back. What was paid on it becomes credit, which pays
/// the next open invoice; a money lock is lifted when nothing is due any more. The period counts as invoiced, until
/// somebody issues it again.
/// Idempotent: voiding a void invoice changes nothing and succeeds.
///
/// # Errors
/// `Conflict` for a paid invoice, `NotFound` for one of somebody else, `Invalid` without a reason.
pub async fn void(tx: &mut Tx<perm::InvoiceVoid>, form: VoidInvoiceForm) -> Result<(), AppError> {
    let (id, reason) = form.parse().map_err(AppError::Invalid)?;
    let account = sqlx::query_scalar!("SELECT account_id FROM invoice WHERE id = $1", id.uuid())
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let account = AccountId::from_uuid(account);
    // The account before the invoice: the order in which a payment locks them.
    ledger::lock_in_op(tx, account).await?;
    let invoice =
        sqlx::query!("SELECT number, status, currency, total_minor FROM invoice WHERE id = $1 FOR UPDATE", id.uuid())
            .fetch_one(tx.conn())
            .await
            .map_err(from_sql)?;
    let status =
        InvoiceStatus::from_code(&invoice.status).ok_or_else(|| platform::internal("an unknown invoice state"))?;
    if status == InvoiceStatus::Void {
        return Ok(());
    }
    if !status.can_void() {
        return Err(AppError::Conflict("A paid invoice cannot be voided. Issue a credit note instead.".into()));
    }
    let sales = sales_of(tx, id.uuid()).await?;
    let now = tx.now();
    sqlx::query!("DELETE FROM payment_allocation WHERE invoice_id = $1", id.uuid())
        .execute(tx.conn())
        .await
        .map_err(from_sql)?;
    sqlx::query!(
        "UPDATE invoice SET status = 'void', paid_minor = 0, void_reason = $2, voided_at = $3 WHERE id = $1",
        id.uuid(),
        reason.as_str(),
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    if let Some(number) = &invoice.number
        && let Some(journal) = ledger::find_in_op(tx, JournalKind::InvoiceIssued, number).await?
    {
        let draft = JournalDraft::invoice_voided(account, ledger::currency_of(&invoice.currency), &sales);
        ledger::reverse_in_op(tx, journal, draft, number).await?;
    }
    settle_in_op(tx, account).await?;
    // Nothing was paid, so no policy for part of the money applies.
    locks::lift_money_locks_in_op(tx, account, 0, None).await?;
    tx.audit(
        Change::new("billing.invoice.void", "invoice", id)
            .before(serde_json::json!({ "status": invoice.status, "number": invoice.number, "total_minor": invoice.total_minor }))
            .after(serde_json::json!({ "status": "void" }))
            .reason(reason.into_string()),
    );
    tx.wake("billing.invoice_voided", &account.to_string()).await
}

async fn sales_of(tx: &mut Tx<perm::InvoiceVoid>, invoice: uuid::Uuid) -> Result<Vec<Sale>, AppError> {
    let lines = sqlx::query!(
        "SELECT kind, net_minor, excise_minor, vat_minor FROM invoice_line WHERE invoice_id = $1 ORDER BY line",
        invoice
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    lines
        .into_iter()
        .map(|line| {
            let kind = LineKind::from_code(&line.kind).ok_or_else(|| platform::internal("an unknown kind of line"))?;
            let split = TaxSplit { net: line.net_minor, excise: line.excise_minor, vat: line.vat_minor };
            Ok(Sale { revenue: revenue_of(kind), split })
        })
        .collect()
}
