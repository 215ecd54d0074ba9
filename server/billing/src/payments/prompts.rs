//! Payment prompts on a phone. The one rule: the attempt is stored before the provider is called, and a call that may have
//! reached a phone is never made again; the provider is asked what became of it.

use super::daraja::gateway_of;
use super::reconcile::{self, PullPayments};
use crate::events::AttemptChanged;
use chrono::{DateTime, TimeDelta, Utc};
use gateways::GatewayError;
use gateways::payments::{StkAccepted, StkRequest, StkState};
use model::billing::stk::{AttemptState, Pay, PayForm, StkOutcome, TakePaymentForm};
use model::billing::{PaymentAttemptId, perm};
use model::crm::AccountId;
use model::{AppError, Money};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op, Tx};
use serde::{Deserialize, Serialize};

/// A second press on *Pay* within this time finds the first attempt. M-Pesa itself refuses the same amount for two minutes.
const SAME_ATTEMPT_S: i64 = 60;
/// Prompts for one account in ten minutes: above it somebody is being pestered.
const PROMPTS_MAX: i64 = 6;
/// When an attempt without result is asked about, in seconds after it was sent: quickly while a person waits (10, 20, 40,
/// 80 s apart), then for the reconciliation (5, 15, 60 min).
const QUERY_AFTER_S: [i64; 7] = [10, 30, 70, 150, 300, 900, 3_600];

/// A prompt stays on a phone for about a minute.
const PROMPT_LIFE_S: i64 = 75;

/// Sends a prompt for an account of the tenant. Idempotent for a minute by account, phone and amount.
///
/// # Errors
/// `Invalid` names the fields, `NotFound` for an account of somebody else, `TooMany` after several prompts.
pub async fn start(tx: &mut Tx<perm::PaymentTake>, form: TakePaymentForm) -> Result<PaymentAttemptId, AppError> {
    let (account, pay) = form.parse().map_err(AppError::Invalid)?;
    let id = start_in_op(tx, account, pay).await?;
    tx.audit(Change::new("billing.payment.prompt", "payment_attempt", id).after(serde_json::json!({
        "account_id": account, "amount_minor": pay.amount.minor,
    })));
    Ok(id)
}

/// The subscriber's own *Pay*: for the first of the accounts that the session may see.
///
/// # Errors
/// As `start`.
pub async fn start_mine(tx: &mut Tx<perm::MyMoney>, form: PayForm) -> Result<PaymentAttemptId, AppError> {
    let pay = form.parse().map_err(AppError::Invalid)?;
    let account = super::views::first_account_in_op(tx).await?;
    start_in_op(tx, account, pay).await
}

/// What the first account of the session owes in all (positive), and what of it must be paid by now.
pub async fn own_balance(tx: &mut Tx<perm::MyMoney>) -> Result<(Money, Money), AppError> {
    let account = super::views::first_account_in_op(tx).await?;
    let now = tx.now();
    let owed = crate::ledger::owed_in_op(tx, account).await?;
    Ok((owed, crate::invoices::due_in_op(tx, account, now).await?))
}

/// Stores the attempt and has it sent after the commit.
pub async fn start_in_op(op: &mut Op, account: AccountId, pay: Pay) -> Result<PaymentAttemptId, AppError> {
    sqlx::query_scalar!("SELECT id FROM account WHERE id = $1", account.uuid())
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    // Two presses at once wait for each other here, and the second finds the first one's attempt.
    crate::ledger::lock_in_op(op, account).await?;
    let now = Utc::now();
    let same = sqlx::query_scalar!(
        "SELECT id FROM payment_attempt WHERE account_id = $1 AND msisdn = $2 AND amount_minor = $3
           AND state IN ('created', 'sent', 'unknown') AND created_at > $4 ORDER BY created_at DESC LIMIT 1",
        account.uuid(),
        pay.phone.canonical(),
        pay.amount.minor,
        now - TimeDelta::seconds(SAME_ATTEMPT_S),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    if let Some(id) = same {
        return Ok(PaymentAttemptId::from_uuid(id));
    }
    let lately = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM payment_attempt WHERE account_id = $1 AND created_at > $2"#,
        account.uuid(),
        now - TimeDelta::minutes(10),
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)?;
    if lately >= PROMPTS_MAX {
        return Err(AppError::TooMany(600));
    }
    let (tenant, actor, id) = (op.tenant().uuid(), op.actor().shown_name(), PaymentAttemptId::new());
    sqlx::query!(
        "INSERT INTO payment_attempt (tenant_id, id, account_id, gateway, msisdn, amount_minor, currency, state, asked_by, created_at)
         VALUES ($1, $2, $3, 'mpesa', $4, $5, $6, 'created', $7, $8)",
        tenant,
        id.uuid(),
        account.uuid(),
        pay.phone.canonical(),
        pay.amount.minor,
        pay.amount.currency.code(),
        actor,
        now,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    op.schedule(&SendPrompt { id }).await?;
    Ok(id)
}

/// An attempt as the jobs need it.
struct Attempt {
    account: AccountId,
    account_number: String,
    msisdn: String,
    amount: Money,
    state: AttemptState,
    checkout_request_id: Option<String>,
    sent_at: Option<DateTime<Utc>>,
}

async fn lock_attempt(op: &mut Op, id: PaymentAttemptId) -> Result<Attempt, AppError> {
    let row = sqlx::query!(
        "SELECT t.account_id, a.number, t.msisdn, t.amount_minor, t.currency, t.state, t.checkout_request_id, t.sent_at
         FROM payment_attempt t JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
         WHERE t.id = $1 FOR UPDATE OF t",
        id.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    Ok(Attempt {
        account: AccountId::from_uuid(row.account_id),
        account_number: row.number,
        msisdn: row.msisdn,
        amount: Money::new(row.amount_minor, crate::ledger::currency_of(&row.currency)),
        state: AttemptState::from_code(&row.state).ok_or_else(|| platform::internal("an unknown attempt state"))?,
        checkout_request_id: row.checkout_request_id,
        sent_at: row.sent_at,
    })
}

/// Moves an attempt on; a step that its state does not allow is left out. `text` is for the log of the attempt.
pub(super) async fn move_on_in_op(
    op: &mut Op,
    id: PaymentAttemptId,
    to: AttemptState,
    code: Option<&str>,
    text: Option<&str>,
) -> Result<bool, AppError> {
    let attempt = lock_attempt(op, id).await?;
    if !attempt.state.can_become(to) {
        return Ok(false);
    }
    let finished = (!to.is_waiting()).then(Utc::now);
    sqlx::query!(
        "UPDATE payment_attempt SET state = $2, result_code = coalesce($3, result_code), result_text = coalesce($4, result_text),
           finished_at = $5 WHERE id = $1",
        id.uuid(),
        to.code(),
        code,
        text,
        finished,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    op.publish(AttemptChanged { attempt_id: id, account_id: attempt.account }).await?;
    Ok(true)
}

/// Calls the provider for an attempt that was just stored. A person waits for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendPrompt {
    pub id: PaymentAttemptId,
}

impl Job for SendPrompt {
    const KIND: &'static str = "billing.send_prompt";
    const PRIORITY: i16 = 90;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let attempt = lock_attempt(&mut op, self.id).await?;
        if attempt.state != AttemptState::Created {
            // An earlier run was killed before it knew the answer. If a phone rang, and its report was lost as well, only
            // the provider's list tells; by then the prompt has been answered or is gone.
            if attempt.state == AttemptState::Unknown && attempt.checkout_request_id.is_none() {
                let later = Utc::now() + TimeDelta::seconds(PROMPT_LIFE_S);
                op.schedule_at(&PullPayments { again: false }, later).await?;
                op.commit().await?;
            }
            return Ok(());
        }
        // From here on nobody knows whether a phone rings: a second run of this job must not call again.
        let now = Utc::now();
        sqlx::query!("UPDATE payment_attempt SET state = 'unknown', sent_at = $2 WHERE id = $1", self.id.uuid(), now)
            .execute(op.conn())
            .await?;
        op.commit().await?;
        let request = StkRequest {
            phone: attempt.msisdn,
            amount_shillings: attempt.amount.whole_units_up(),
            account_reference: attempt.account_number,
            description: "Internet".into(),
        };
        let answer = match gateway_of(&ctx.app, ctx.tenant).await {
            Ok(gateway) => gateway.push(&request).await,
            Err(error) => Err(GatewayError::permanent("M-Pesa", "setup", error.to_string())),
        };
        let mut op = ctx.begin().await?;
        match answer {
            Ok(accepted) => accepted_in_op(&mut op, self.id, &accepted).await?,
            Err(GatewayError::Unknown { message, .. }) => note_in_op(&mut op, self.id, None, &message).await?,
            // Nothing happened there. The payer is told at once and presses again: that is quicker than our patience.
            Err(error) => {
                let code = error.code().map(str::to_owned);
                move_on_in_op(&mut op, self.id, AttemptState::Refused, code.as_deref(), Some(&error.to_string()))
                    .await?;
            }
        }
        op.commit().await?;
        Ok(())
    }
}

async fn accepted_in_op(op: &mut Op, id: PaymentAttemptId, accepted: &StkAccepted) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE payment_attempt SET checkout_request_id = $2, merchant_request_id = nullif($3, '') WHERE id = $1",
        id.uuid(),
        accepted.checkout_request_id,
        accepted.merchant_request_id,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    move_on_in_op(op, id, AttemptState::Sent, None, None).await?;
    op.schedule_at(&QueryPrompt { id }, Utc::now() + TimeDelta::seconds(QUERY_AFTER_S[0])).await
}

/// Asks the provider about an attempt whose result has not come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueryPrompt {
    pub id: PaymentAttemptId,
}

impl Job for QueryPrompt {
    const KIND: &'static str = "billing.query_prompt";
    const PRIORITY: i16 = 50;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let attempt = lock_attempt(&mut op, self.id).await?;
        op.rollback().await?;
        let (Some(checkout), true) = (attempt.checkout_request_id, attempt.state.is_waiting()) else { return Ok(()) };
        let state = match gateway_of(&ctx.app, ctx.tenant).await {
            Ok(gateway) => gateway.query(&checkout).await,
            Err(error) => return Err(error.into()),
        };
        let is_paid = matches!(state, Ok(StkState::Paid));
        let mut op = ctx.begin().await?;
        let is_open = match state {
            Ok(StkState::Failed { code, description }) => {
                let to = ended_state(&code);
                move_on_in_op(&mut op, self.id, to, Some(&code), Some(&description)).await?;
                false
            }
            // The reply has no receipt: the report or the provider's list must tell which money it is.
            Ok(StkState::Paid) => {
                let text = "M-Pesa says paid; its report with the receipt has not come.";
                note_in_op(&mut op, self.id, Some("0"), text).await?;
                true
            }
            Ok(StkState::Unknown { code, description }) => {
                note_in_op(&mut op, self.id, Some(&code), &description).await?;
                true
            }
            Ok(StkState::Pending) | Err(_) => true,
        };
        let age = attempt.sent_at.map_or(0, |at| (Utc::now() - at).num_seconds());
        let next = QUERY_AFTER_S.iter().find(|after| **after > age).filter(|_| is_open);
        if is_open && next.is_none() {
            move_on_in_op(&mut op, self.id, AttemptState::Unknown, None, None).await?;
        }
        op.commit().await?;
        if is_paid {
            let sent_at = attempt.sent_at.unwrap_or_else(Utc::now);
            if let Err(error) = reconcile::pull_since(&ctx, sent_at).await {
                tracing::warn!(attempt.id = %self.id, %error, "a prompt was paid and its receipt cannot be read yet");
            }
        }
        match next {
            Some(after) => Err(JobError::Later(u32::try_from(after - age).unwrap_or(1))),
            None => Ok(()),
        }
    }
}

async fn note_in_op(op: &mut Op, id: PaymentAttemptId, code: Option<&str>, text: &str) -> Result<(), AppError> {
    sqlx::query!("UPDATE payment_attempt SET result_code = $2, result_text = $3 WHERE id = $1", id.uuid(), code, text)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    Ok(())
}

/// The state that a result code ends in. A code that certainly means "not paid" but that we do not sort further is failed.
pub(super) fn ended_state(code: &str) -> AttemptState {
    match StkOutcome::of_result_code(code) {
        StkOutcome::Ended(state, _) => state,
        _ => AttemptState::Failed,
    }
}
