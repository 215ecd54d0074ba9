//! Money that no report told us of: the provider does not repeat a report that met a closed door. The one rule: its own
//! list is read like a report, by receipt, once, to the account that the reference names; nobody is guessed.

use super::callbacks::{account_of, paid_in_op};
use super::daraja::client_if_set_up;
use super::receive::{MoneyIn, receive_in_op};
use super::unanswered::give_up_in_op;
use chrono::{DateTime, TimeDelta, Utc};
use gateways::payments::Daraja;
use gateways::payments::daraja::PulledTransaction;
use model::billing::PaymentAttemptId;
use model::billing::payments::PaymentMethod;
use model::crm::AccountId;
use model::{AppError, Currency, Money};
use platform::error::from_sql;
use platform::{App, Job, JobCtx, JobError, Op, settings};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;

/// The provider keeps its list for 48 hours; an hour is left for clocks that differ.
const LOOK_BACK: TimeDelta = TimeDelta::hours(47);
/// Each look begins this much before the last one, because rows reach the list late.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// How far the provider's clock may be from ours.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);
/// How often the list is read.
const EVERY_S: u32 = 15 * 60;
/// How long a report may still be on its way for a row that is on the list already. Booked from the report, a payment's way
/// can be measured.
const REPORT_MAY_COME: Duration = Duration::from_secs(3);
/// A list that does not end is a fault of theirs, and not one that may keep us busy for ever.
const ROWS_MAX: u32 = 20_000;
/// Until when the list has been read.
const READ_UNTIL: &str = "billing.pulled_until";

/// Reads the provider's list of what was paid since the last look. The standing one (`again`) comes back every quarter of
/// an hour; the other looks once: after a start, and when a prompt's own answer was lost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullPayments {
    pub again: bool,
}

impl Job for PullPayments {
    const KIND: &'static str = "billing.pull_payments";
    const PRIORITY: i16 = 40;

    fn dedupe_key(&self) -> Option<String> {
        Some(if self.again { "standing" } else { "once" }.into())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let Some(client) = client_if_set_up(&ctx.app, ctx.tenant).await? else { return Ok(()) };
        let now = Utc::now();
        let mut op = ctx.begin().await?;
        let read_until = read_until_in_op(&mut op).await?;
        op.rollback().await?;
        let from = read_until.map_or(now - LOOK_BACK, |until| (until - OVERLAP).max(now - LOOK_BACK));
        match pull_from(&ctx, &client, from).await {
            Ok(()) => {
                let mut op = ctx.begin().await?;
                note_read_until_in_op(&mut op, now).await?;
                op.commit().await?;
            }
            // Not every short code may use the list, and the next look begins where this one did.
            Err(error) => tracing::warn!(tenant = %ctx.tenant, %error, "M-Pesa's list could not be read"),
        }
        // After the list: what it tells of a prompt comes first.
        let mut op = ctx.begin().await?;
        give_up_in_op(&mut op).await?;
        op.commit().await?;
        if self.again { Err(JobError::Later(EVERY_S)) } else { Ok(()) }
    }
}

/// Has the list read soon for every ISP with M-Pesa: whatever was paid while this program was away is on it.
pub async fn catch_up(app: &App) -> Result<(), AppError> {
    for tenant in platform::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "catch up with M-Pesa").await?;
        if super::daraja::short_code_in_op(&mut op).await?.is_some() {
            op.schedule(&PullPayments { again: true }).await?;
            op.schedule(&PullPayments { again: false }).await?;
        }
        op.commit().await?;
    }
    Ok(())
}

/// Reads what was paid since a prompt was sent of which the provider says that it was paid.
pub(super) async fn pull_since(ctx: &JobCtx, sent_at: DateTime<Utc>) -> Result<(), AppError> {
    let from = sent_at - CLOCKS_DIFFER;
    match client_if_set_up(&ctx.app, ctx.tenant).await? {
        Some(client) => pull_from(ctx, &client, from).await,
        None => Ok(()),
    }
}

async fn pull_from(ctx: &JobCtx, client: &Daraja, from: DateTime<Utc>) -> Result<(), AppError> {
    // The provider's clock may be ahead of ours, and its list counts in whole seconds.
    let to = Utc::now() + CLOCKS_DIFFER;
    let mut offset = 0;
    while offset < ROWS_MAX {
        let page = client.pull(from, to, offset).await.map_err(|error| AppError::Unavailable(error.to_string()))?;
        if page.rows() == 0 {
            return Ok(());
        }
        offset += u32::try_from(page.rows()).unwrap_or(ROWS_MAX);
        // It would be as unreadable the next time, and the other rows are people's money.
        for problem in &page.unreadable {
            tracing::warn!(tenant = %ctx.tenant, %problem, "a row of M-Pesa's list cannot be read and is left out");
        }
        let rows = page.transactions;
        let mut settled = settled_of(ctx, &rows).await?;
        if rows.iter().any(|row| !settled.contains(&row.receipt)) {
            tokio::time::sleep(REPORT_MAY_COME).await;
            settled = settled_of(ctx, &rows).await?;
        }
        for row in rows.into_iter().filter(|row| !settled.contains(&row.receipt)) {
            let mut op = ctx.begin().await?;
            take_in_op(&mut op, row).await?;
            op.commit().await?;
        }
    }
    Ok(())
}

/// The receipts of a page about which nothing is left to do: booked, and no prompt waits for them.
async fn settled_of(ctx: &JobCtx, rows: &[PulledTransaction]) -> Result<HashSet<String>, AppError> {
    let receipts: Vec<String> = rows.iter().map(|row| row.receipt.clone()).collect();
    let mut op = ctx.begin().await?;
    let settled = sqlx::query_scalar!(
        "SELECT p.gateway_reference FROM payment p
         WHERE p.gateway = 'mpesa' AND p.gateway_reference = ANY($1)
           AND (EXISTS (SELECT FROM payment_attempt t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id)
             OR NOT EXISTS (SELECT FROM payment_attempt t WHERE t.tenant_id = p.tenant_id AND t.account_id = p.account_id
                              AND t.payment_id IS NULL AND t.state IN ('sent', 'unknown') AND t.sent_at < p.received_at))",
        &receipts
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    op.rollback().await?;
    Ok(settled.into_iter().collect())
}

async fn take_in_op(op: &mut Op, row: PulledTransaction) -> Result<(), AppError> {
    let to = account_of(op, row.bill_reference.as_deref().unwrap_or_default()).await?;
    let asked = match to {
        Ok(account) => asked_in_op(op, account, &row).await?,
        Err(_) => None,
    };
    let money = MoneyIn {
        method: if asked.is_some() { PaymentMethod::MpesaStk } else { PaymentMethod::MpesaC2b },
        reference: Some(row.receipt),
        amount: Money::new(row.amount_minor, Currency::Kes),
        payer_phone: row.phone,
        payer_name: None,
        bill_reference: row.bill_reference,
        // The list's time zone is doubtful, and the books of the day may be closed: it came in when we found it.
        paid_at: op.now(),
        // Nothing was reported, so there is no first byte to measure from.
        callback_at: None,
        attempt: asked,
        to,
    };
    let received = receive_in_op(op, money).await?;
    match asked {
        Some(attempt) => paid_in_op(op, attempt, received).await,
        None => Ok(()),
    }
}

/// The prompt that a listed payment answers: of this account and amount, sent since the list begins and before we had the
/// money, and either the provider said that it was paid, or its answer with the request id was lost, so that nothing else
/// can tell.
async fn asked_in_op(
    op: &mut Op,
    account: AccountId,
    row: &PulledTransaction,
) -> Result<Option<PaymentAttemptId>, AppError> {
    let id = sqlx::query_scalar!(
        "SELECT t.id FROM payment_attempt t
         WHERE t.account_id = $1 AND t.amount_minor = $2 AND t.payment_id IS NULL AND t.state IN ('sent', 'unknown')
           AND (t.result_code = '0' OR t.checkout_request_id IS NULL) AND t.sent_at > $4
           AND NOT EXISTS (SELECT FROM payment p WHERE p.tenant_id = t.tenant_id AND p.gateway = 'mpesa'
                             AND p.gateway_reference = $3 AND p.received_at <= t.sent_at)
         ORDER BY t.sent_at LIMIT 1 FOR UPDATE OF t",
        account.uuid(),
        row.amount_minor,
        row.receipt,
        Utc::now() - LOOK_BACK,
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(id.map(PaymentAttemptId::from_uuid))
}

async fn read_until_in_op(op: &mut Op) -> Result<Option<DateTime<Utc>>, AppError> {
    let value = settings::read_in_op(op, READ_UNTIL).await?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

async fn note_read_until_in_op(op: &mut Op, until: DateTime<Utc>) -> Result<(), AppError> {
    let value = serde_json::to_value(until).map_err(platform::internal)?;
    settings::write_in_op(op, READ_UNTIL, Some(value)).await
}
