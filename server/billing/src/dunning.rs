//! Reminders before the due day and the lock after it. The one rule: a late job catches everyone, sends the one reminder
//! that is due now, and never the same one twice.

use crate::days;
use crate::events::ReminderDue;
use crate::{locks, policy};
use chrono::TimeDelta;
use model::AppError;
use model::billing::InvoiceId;
use model::billing::dunning::{DunningPolicy, DunningStep};
use model::billing::locks::LockReason;
use model::crm::{AccountId, ServiceId};
use model::time::Date;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Invoices in one transaction.
const CHUNK: i64 = 200;
/// No reminder is planned earlier than this before the due day.
const HORIZON_DAYS: i64 = 31;

/// Reminds and locks for one business day. Runs on each day; one that is late works for today.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunDunning {
    pub day: Date,
}

impl RunDunning {
    pub fn of_day(day: Date) -> Self {
        Self { day }
    }
}

impl Job for RunDunning {
    const KIND: &'static str = "billing.run_dunning";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut after = Uuid::nil();
        loop {
            let mut op = ctx.begin().await?;
            let day = self.day.max(op.today());
            let last = dun_in_op(&mut op, day, after).await?;
            op.commit().await?;
            match last {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}

/// Takes the steps of `day` for the unpaid invoices after the one with the id `after`. Gives the last one that it looked
/// at, `None` when there was none.
async fn dun_in_op(op: &mut Op, day: Date, after: Uuid) -> Result<Option<Uuid>, AppError> {
    let policy = by_days(policy::get_in_op(op).await?.dunning);
    let midnight = days::start_of(op, day);
    let open = sqlx::query!(
        "SELECT i.id, i.number, i.account_id, i.service_id, i.due_at, s.state AS service_state
         FROM invoice i
         JOIN account_balance b ON b.tenant_id = i.tenant_id AND b.account_id = i.account_id
         JOIN service s ON s.tenant_id = i.tenant_id AND s.id = i.service_id
         WHERE i.status = 'issued' AND i.total_minor > i.paid_minor AND b.balance_minor > 0 AND i.due_at < $1 AND i.id > $2
         ORDER BY i.id LIMIT $3",
        midnight + TimeDelta::days(HORIZON_DAYS),
        after,
        CHUNK,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    for invoice in &open {
        let due_day = days::start_of(op, days::day_of(op, invoice.due_at));
        let account_id = AccountId::from_uuid(invoice.account_id);
        match (policy.step(due_day, midnight), invoice.service_id) {
            (DunningStep::Remind(hours), _) => {
                remind_in_op(op, InvoiceId::from_uuid(invoice.id), account_id, hours).await?
            }
            (DunningStep::Lock, Some(service)) if invoice.service_state == "active" => {
                let cause = invoice.number.as_deref().unwrap_or_default();
                locks::set_in_op(op, ServiceId::from_uuid(service), LockReason::Overdue, cause).await?;
            }
            _ => {}
        }
    }
    Ok(open.last().map(|invoice| invoice.id))
}

/// The policy counted from the first moment of the due day: that day itself is still the payer's, so it belongs to the
/// time of grace, and "24 hours before" is the day before.
fn by_days(policy: DunningPolicy) -> DunningPolicy {
    DunningPolicy { grace_hours: policy.grace_hours.saturating_add(24), ..policy }
}

async fn remind_in_op(op: &mut Op, invoice_id: InvoiceId, account_id: AccountId, hours: u16) -> Result<(), AppError> {
    let (tenant, now) = (op.tenant().uuid(), op.now());
    let hours_before = i16::try_from(hours).map_err(platform::internal)?;
    let fresh = sqlx::query!(
        "INSERT INTO invoice_reminder (tenant_id, invoice_id, account_id, hours_before, sent_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        tenant,
        invoice_id.uuid(),
        account_id.uuid(),
        hours_before,
        now,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    if fresh.rows_affected() == 1 {
        op.publish(ReminderDue { invoice_id, account_id, hours_before }).await?;
    }
    Ok(())
}
