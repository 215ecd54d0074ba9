//! Money that came in. The one rule: one payment per provider and receipt; what cannot be attributed goes to suspense,
//! never away and never to a guess.

use super::{commissions, timeline};
use crate::events::{PaymentPosted, PaymentStrayed};
use crate::invoices::{due_in_op, settle_in_op};
use crate::ledger::{self, Entry};
use crate::locks;
use model::billing::ledger::JournalDraft;
use model::billing::payments::PaymentMethod;
use model::billing::strays::StrayReason;
use model::billing::{PaymentAttemptId, PaymentId};
use model::crm::AccountId;
use model::number::Series;
use model::portal::timeline::TimelineKind;
use model::time::Timestamp;
use model::{AppError, Money};
use platform::Op;
use platform::error::from_sql;

/// Money as it came in.
#[derive(Debug, Clone)]
pub struct MoneyIn {
    pub method: PaymentMethod,
    /// The provider's receipt; `None` for cash, which has only ours.
    pub reference: Option<String>,
    pub amount: Money,
    /// As the provider wrote it: digits, masked or hashed.
    pub payer_phone: Option<String>,
    pub payer_name: Option<String>,
    /// What the payer typed as account.
    pub bill_reference: Option<String>,
    /// Business time.
    pub paid_at: Timestamp,
    /// The first byte of the report, real time. `None` for what a person typed.
    pub callback_at: Option<Timestamp>,
    pub attempt: Option<PaymentAttemptId>,
    /// Whose it is, or why nobody knows.
    pub to: Result<AccountId, StrayReason>,
}

/// What became of money that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Posted(PaymentId),
    Strayed(PaymentId),
    /// This receipt is known: nothing was done.
    Known(PaymentId),
}

impl Received {
    pub const fn id(self) -> PaymentId {
        match self {
            Self::Posted(id) | Self::Strayed(id) | Self::Known(id) => id,
        }
    }
}

/// Where a method's money comes from, as stored.
pub(super) const fn gateway_of(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::MpesaStk | PaymentMethod::MpesaC2b => "mpesa",
        PaymentMethod::Cash => "cash",
        PaymentMethod::Bank => "bank",
    }
}

/// Books money that came in: receipt number, journal, allocation oldest first, commission, money locks lifted, timeline,
/// event, all in this transaction. Idempotent by gateway and reference; two transactions with the same receipt wait for
/// each other, so that no receipt number is lost.
pub async fn receive_in_op(op: &mut Op, money: MoneyIn) -> Result<Received, AppError> {
    receive_as_in_op(op, PaymentId::new(), money).await
}

/// The same for money that got its id before it came: from the form in which it is typed.
pub(super) async fn receive_as_in_op(op: &mut Op, id: PaymentId, money: MoneyIn) -> Result<Received, AppError> {
    let (tenant, gateway) = (op.tenant(), gateway_of(money.method));
    if let Some(reference) = &money.reference {
        let key = format!("payment:{tenant}:{gateway}:{reference}");
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
            .execute(op.conn())
            .await
            .map_err(from_sql)?;
        let known = sqlx::query_scalar!(
            "SELECT id FROM payment WHERE gateway = $1 AND gateway_reference = $2",
            gateway,
            reference
        )
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?;
        if let Some(id) = known {
            return Ok(Received::Known(PaymentId::from_uuid(id)));
        }
    }
    let serial = platform::counter::next(op.conn(), tenant, Series::Receipt.code()).await.map_err(from_sql)?;
    let number = Series::Receipt.number(None, serial.unsigned_abs());
    let (account, reason) = (money.to.as_ref().ok(), money.to.as_ref().err());
    let actor = op.actor().shown_name();
    sqlx::query!(
        "INSERT INTO payment (tenant_id, id, number, account_id, gateway, gateway_reference, amount_minor, currency, payer_msisdn,
           payer_name, bill_reference, state, suspense_reason, paid_at, taken_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tenant.uuid(),
        id.uuid(),
        number,
        account.map(|id| id.uuid()),
        gateway,
        money.reference.as_deref().unwrap_or(&number),
        money.amount.minor,
        money.amount.currency.code(),
        money.payer_phone,
        money.payer_name,
        money.bill_reference,
        if account.is_some() { "posted" } else { "suspense" },
        reason.map(|reason| reason.code()),
        money.paid_at,
        actor,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    let Ok(account) = money.to else {
        let draft = JournalDraft::payment_to_suspense(money.method.cash(), money.amount);
        let now = op.now();
        ledger::post_in_op(op, Entry::new(draft, number, now)).await?;
        op.publish(PaymentStrayed { payment_id: id }).await?;
        return Ok(Received::Strayed(id));
    };
    let draft = JournalDraft::payment_received(account, money.method.cash(), money.amount);
    let lifted = credit_in_op(op, id, account, money.amount, draft, &number).await?;
    if let Some(callback_at) = money.callback_at {
        timeline::begin_in_op(op, id, account, money.attempt, callback_at, lifted > 0).await?;
    }
    op.publish(PaymentPosted { payment_id: id, account_id: account }).await?;
    Ok(Received::Posted(id))
}

/// Gives a payment to an account by this journal: pays the oldest invoices, earns the reseller's commission, lifts the
/// money locks that the policy lets it lift. Gives how many locks were lifted.
pub(super) async fn credit_in_op(
    op: &mut Op,
    id: PaymentId,
    account: AccountId,
    amount: Money,
    draft: JournalDraft,
    reference: &str,
) -> Result<usize, AppError> {
    ledger::lock_in_op(op, account).await?;
    let now = op.now();
    let due_before = due_in_op(op, account, now).await?.minor;
    ledger::post_in_op(op, Entry::new(draft, reference, now)).await?;
    settle_in_op(op, account).await?;
    commissions::earn_in_op(op, id, account, amount, reference).await?;
    let facts = serde_json::json!({
        "id": id, "number": reference, "amount_minor": amount.minor, "currency": amount.currency,
    });
    crm::timeline::note_in_op(op, account, TimelineKind::Payment.code(), facts, TimelineKind::Payment.class()).await?;
    locks::lift_money_locks_in_op(op, account, due_before, Some(id)).await
}
