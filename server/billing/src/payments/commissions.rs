//! Commissions of resellers. The one rule: a commission is earned by money that came in, and goes when the money goes.

use crate::ledger::{self, Entry};
use model::billing::commissions::{CommissionBase, CommissionRule};
use model::billing::ledger::{Holder, JournalDraft};
use model::billing::{CommissionId, PaymentId};
use model::crm::{AccountId, ResellerId};
use model::{AppError, Money};
use platform::Op;
use platform::error::from_sql;

/// Books the share of the account's reseller, if it has one with a share. Idempotent by reference.
pub(super) async fn earn_in_op(
    op: &mut Op,
    payment: PaymentId,
    account: AccountId,
    paid: Money,
    reference: &str,
) -> Result<(), AppError> {
    let reseller = sqlx::query!(
        "SELECT r.id, r.commission_bps FROM account a JOIN reseller r ON r.tenant_id = a.tenant_id AND r.id = a.reseller_id
         WHERE a.id = $1",
        account.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    let Some(reseller) = reseller else { return Ok(()) };
    let rule =
        CommissionRule::Share { basis_points: u16::try_from(reseller.commission_bps).map_err(platform::internal)? };
    let amount = rule.of(CommissionBase { paid, is_first_payment: false, subscribers: 0 });
    if amount.is_zero() {
        return Ok(());
    }
    let (tenant, now) = (op.tenant().uuid(), op.now());
    let draft = JournalDraft::commission_earned(Holder::Reseller(ResellerId::from_uuid(reseller.id)), amount);
    if !ledger::post_in_op(op, Entry::new(draft, reference, now)).await?.is_fresh {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO commission (tenant_id, id, reseller_id, account_id, payment_id, amount_minor, currency, earned_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        CommissionId::new().uuid(),
        reseller.id,
        account.uuid(),
        payment.uuid(),
        amount.minor,
        amount.currency.code(),
        now,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// Takes back what a payment earned. Idempotent: what was taken back stays so.
pub(super) async fn claw_back_in_op(op: &mut Op, payment: PaymentId, reference: &str) -> Result<(), AppError> {
    let now = op.now();
    let earned = sqlx::query!(
        "UPDATE commission SET clawed_back_at = $2 WHERE payment_id = $1 AND clawed_back_at IS NULL AND reseller_id IS NOT NULL
         RETURNING reseller_id, amount_minor, currency",
        payment.uuid(),
        now,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    for commission in earned {
        let Some(reseller) = commission.reseller_id else { continue };
        let amount = Money::new(commission.amount_minor, ledger::currency_of(&commission.currency));
        let draft = JournalDraft::commission_clawed_back(Holder::Reseller(ResellerId::from_uuid(reseller)), amount);
        ledger::post_in_op(op, Entry::new(draft, reference, now)).await?;
    }
    Ok(())
}
