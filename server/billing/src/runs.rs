//! Billing runs. The one rule: a run is a loop of chunks, each its own transaction, and each service's period is invoiced
//! once; so a run that was killed goes on where it stood.

use crate::invoices::{Draft, Which, billable_in_op, billable_on_in_op, drafts_in_op, issue_many_in_op};
use crate::policy;
use model::billing::{BillingRunId, perm};
use model::time::Date;
use model::{AppError, Money};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op, Tx};
use serde::{Deserialize, Serialize};

pub use model::billing::runs::{RunPreview, RunRow, RunState};

/// Services in one transaction: large enough for set-based statements, small enough that the counter of invoice numbers is
/// not held for long.
const CHUNK: i64 = 500;
/// The most services that a preview prices; above it says "at least".
const PREVIEW_MAX: i64 = 20_000;

/// Invoices every service whose next period has begun by `day`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunBilling {
    pub day: Date,
    /// The run that a person started; the daily one makes its own when there is something to do.
    pub run_id: Option<BillingRunId>,
}

impl RunBilling {
    pub fn of_day(day: Date) -> Self {
        Self { day, run_id: None }
    }
}

impl Job for RunBilling {
    const KIND: &'static str = "billing.run_billing";

    fn dedupe_key(&self) -> Option<String> {
        Some(self.run_id.map_or_else(|| format!("day:{}", self.day), |id| id.to_string()))
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        loop {
            let mut op = ctx.begin().await?;
            let went_on = chunk_in_op(&mut op, &self).await?;
            op.commit().await?;
            if !went_on {
                return Ok(());
            }
        }
    }
}

/// Invoices one chunk; false when nothing was left, and then the run is closed.
async fn chunk_in_op(op: &mut Op, job: &RunBilling) -> Result<bool, AppError> {
    let billable = billable_in_op(op, Which::DueOn { day: job.day, most: CHUNK }).await?;
    let open = open_run_in_op(op, job).await?;
    if billable.is_empty() {
        if let Some(run) = open {
            let now = op.now();
            sqlx::query!("UPDATE billing_run SET state = 'done', finished_at = $2 WHERE id = $1", run.uuid(), now)
                .execute(op.conn())
                .await
                .map_err(from_sql)?;
            op.wake("billing.run_changed", &run.to_string()).await?;
        }
        return Ok(false);
    }
    let run = match open {
        Some(run) => run,
        None => start_in_op(op, job.day).await?,
    };
    let policy = policy::get_in_op(op).await?;
    let drafts = drafts_in_op(op, &billable, &policy, Some(run)).await?;
    let total: i64 = drafts.iter().map(|draft| draft.split().total()).sum();
    let issued = issue_many_in_op(op, drafts).await?.len();
    sqlx::query!(
        "UPDATE billing_run SET invoices = invoices + $2, total_minor = total_minor + $3 WHERE id = $1",
        run.uuid(),
        i32::try_from(issued).map_err(platform::internal)?,
        total,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    op.wake("billing.run_changed", &run.to_string()).await?;
    Ok(true)
}

/// The run that this job works for and that is not closed: a killed run is found again by its day.
async fn open_run_in_op(op: &mut Op, job: &RunBilling) -> Result<Option<BillingRunId>, AppError> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM billing_run WHERE state = 'running' AND for_day = $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY id LIMIT 1",
        job.day,
        job.run_id.map(|id| id.uuid()),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(id.map(BillingRunId::from_uuid))
}

async fn start_in_op(op: &mut Op, day: Date) -> Result<BillingRunId, AppError> {
    let (tenant, now, actor) = (op.tenant().uuid(), op.now(), op.actor().shown_name());
    let id = BillingRunId::new();
    sqlx::query!(
        "INSERT INTO billing_run (tenant_id, id, for_day, state, started_at, started_by) VALUES ($1, $2, $3, 'running', $4, $5)",
        tenant,
        id.uuid(),
        day,
        now,
        actor,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(id)
}

/// What a run for `day` would issue, without doing it.
///
/// # Errors
/// `Invalid` for a day in the future: nobody is invoiced before the period begins.
pub async fn preview(tx: &mut Tx<perm::RunRead>, day: Date) -> Result<RunPreview, AppError> {
    preview_in_op(tx, day).await
}

async fn preview_in_op(op: &mut Op, day: Date) -> Result<RunPreview, AppError> {
    check_day(op, day)?;
    let billable = billable_on_in_op(op, day, PREVIEW_MAX).await?;
    let policy = policy::get_in_op(op).await?;
    let drafts: Vec<Draft> = drafts_in_op(op, &billable, &policy, None).await?;
    let currency = catalog::plans::currency_in_op(op).await?;
    let with_lines = drafts.iter().filter(|draft| !draft.lines.is_empty());
    let total = drafts.iter().map(|draft| draft.split().total()).sum();
    Ok(RunPreview {
        day,
        invoices: i64::try_from(with_lines.count()).unwrap_or(i64::MAX),
        total: Money::new(total, currency),
        is_all: billable.len() < usize::try_from(PREVIEW_MAX).unwrap_or(usize::MAX),
    })
}

/// Starts a run for `day` in the background, as its preview was confirmed: `number` is how many invoices the person typed.
/// A run for the same day that is under way is given back instead; one whose job died goes on.
///
/// # Errors
/// `Invalid` for a day in the future, and on `number` when it is not what the run would issue now.
pub async fn start(tx: &mut Tx<perm::RunStart>, day: Date, number: i64) -> Result<BillingRunId, AppError> {
    check_day(tx, day)?;
    if let Some(run) = open_run_in_op(tx, &RunBilling { day, run_id: None }).await? {
        // Nothing is added while its job is there.
        tx.schedule(&RunBilling { day, run_id: Some(run) }).await?;
        return Ok(run);
    }
    let invoices = preview_in_op(tx, day).await?.invoices;
    if number != invoices {
        let sentence = format!("The run would issue {invoices} invoices. Type this number to confirm it.");
        return Err(AppError::invalid("number", sentence));
    }
    let run = start_in_op(tx, day).await?;
    tx.schedule(&RunBilling { day, run_id: Some(run) }).await?;
    tx.audit(Change::new("billing.run.start", "billing_run", run).after(serde_json::json!({ "for_day": day })));
    Ok(run)
}

fn check_day(op: &Op, day: Date) -> Result<(), AppError> {
    if day > op.today() {
        return Err(AppError::invalid(
            "day",
            "A period is invoiced when it has begun. Choose today or an earlier day.",
        ));
    }
    Ok(())
}

/// The latest runs, the newest first.
pub async fn list(tx: &mut Tx<perm::RunRead>) -> Result<Vec<RunRow>, AppError> {
    let currency = catalog::plans::currency_in_op(tx).await?;
    let rows = sqlx::query!(
        "SELECT id, for_day, state, invoices, total_minor, started_at, finished_at, started_by FROM billing_run
         ORDER BY started_at DESC, id DESC LIMIT 100"
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .map(|row| RunRow {
            id: BillingRunId::from_uuid(row.id),
            for_day: row.for_day,
            state: RunState::from_code(&row.state).unwrap_or(RunState::Failed),
            invoices: i64::from(row.invoices),
            total: Money::new(row.total_minor, currency),
            started_at: row.started_at,
            finished_at: row.finished_at,
            started_by: row.started_by,
        })
        .collect())
}
