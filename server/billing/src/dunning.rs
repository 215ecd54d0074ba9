//! Reminders before the due day and the lock after it. The one rule: a late job catches everyone, sends the one reminder
//! that is due now, and never the same one twice; an invoice locks once.

use crate::days;
use crate::events::ReminderDue;
use crate::{locks, policy};
use chrono::{Days, TimeDelta};
use model::AppError;
use model::billing::InvoiceId;
use model::billing::dunning::{DunningPolicy, DunningStep};
use model::billing::locks::LockReason;
use model::crm::{AccountId, ServiceId};
use model::time::{Date, Timestamp};
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
    let policy = policy::get_in_op(op).await?.dunning;
    let grace_hours = policy.grace_hours;
    let policy = by_days(policy);
    let midnight = days::start_of(op, day);
    let open = sqlx::query!(
        "SELECT i.id, i.account_id, i.service_id, i.due_at, s.state AS service_state
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
    let mut late = Vec::new();
    for invoice in &open {
        let due_day = days::start_of(op, days::day_of(op, invoice.due_at));
        let account_id = AccountId::from_uuid(invoice.account_id);
        match (policy.step(due_day, midnight), invoice.service_id) {
            (DunningStep::Remind(hours), _) => {
                remind_in_op(op, InvoiceId::from_uuid(invoice.id), account_id, hours).await?
            }
            (DunningStep::Lock, Some(_)) if invoice.service_state == "active" => late.push(invoice.id),
            _ => {}
        }
    }
    lock_in_op(op, grace_hours, &late).await?;
    Ok(open.last().map(|invoice| invoice.id))
}

/// Cuts off the services of late invoices. A payment that is being booked is waited for, and what it pays is left alone.
async fn lock_in_op(op: &mut Op, grace_hours: u16, late: &[Uuid]) -> Result<(), AppError> {
    if late.is_empty() {
        return Ok(());
    }
    // The balances as every writer of money locks them, in one order; only then is it certain what is unpaid.
    sqlx::query!(
        "SELECT account_id FROM account_balance WHERE account_id IN (SELECT account_id FROM invoice WHERE id = ANY ($1))
         ORDER BY account_id FOR UPDATE",
        late
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    // Somebody who was let on again, by part of the money or by a colleague, stays on until the next invoice is late.
    let unpaid = sqlx::query!(
        r#"SELECT i.number AS "number!", i.service_id AS "service_id!"
           FROM invoice i JOIN account_balance b ON b.tenant_id = i.tenant_id AND b.account_id = i.account_id
           WHERE i.id = ANY ($1) AND i.status = 'issued' AND i.total_minor > i.paid_minor AND b.balance_minor > 0
             AND NOT EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = i.tenant_id AND l.service_id = i.service_id
                             AND l.reason = 'overdue'
                             AND (l.cause = i.number OR l.lifted_at > i.due_at + make_interval(hours => $2)))
           ORDER BY i.id"#,
        late,
        i32::from(grace_hours),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    for invoice in unpaid {
        let service = ServiceId::from_uuid(invoice.service_id);
        locks::set_in_op(op, service, LockReason::Overdue, &invoice.number).await?;
    }
    Ok(())
}

/// The next time that services are cut off: the coming midnight.
#[derive(Debug, Clone, Copy)]
pub struct NextCutOff {
    pub at: Timestamp,
    /// Whose invoice was due before this is cut off then.
    pub due_before: Timestamp,
    pub grace_hours: u16,
}

/// When the next services are cut off, and for which due moments.
pub async fn next_cut_off_in_op(op: &mut Op) -> Result<NextCutOff, AppError> {
    let grace_hours = policy::get_in_op(op).await?.dunning.grace_hours;
    let at = days::start_of(op, op.today() + Days::new(1));
    Ok(NextCutOff { at, due_before: at - TimeDelta::hours(i64::from(grace_hours)), grace_hours })
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
