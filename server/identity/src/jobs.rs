//! Background work as an operator sees it. The one rule: only what failed for good is touched by a person, and what a job
//! carries is never shown.

use model::identity::jobs::{JobCounts, JobRow, JobState, JobsPage};
use model::identity::perm::{JobRead, JobWrite};
use model::page::PAGE_ROWS;
use model::{AppError, PermissionSet};
use platform::Tx;
use platform::audit::Change;
use platform::error::{from_sql, violated};
use uuid::Uuid;

/// Work in one state, the youngest first; without a state what failed. `after` and `before` are ids of rows.
pub async fn list(
    tx: &mut Tx<JobRead>,
    state: &str,
    after: &str,
    before: &str,
    permissions: &PermissionSet,
) -> Result<JobsPage, AppError> {
    let state = JobState::from_code(state).unwrap_or(JobState::Dead);
    let (after, before): (Option<Uuid>, Option<Uuid>) = (after.parse().ok(), before.parse().ok());
    let found = sqlx::query!(
        "SELECT id, kind, attempts, attempts_max, run_at, finished_at, last_error FROM job
         WHERE state = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR id > $3)
         ORDER BY CASE WHEN $3::uuid IS NULL THEN id END DESC, CASE WHEN $3::uuid IS NOT NULL THEN id END LIMIT $4",
        state.code(),
        after,
        before,
        PAGE_ROWS + 1,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let rows = found.into_iter().map(|row| JobRow {
        id: row.id,
        kind: row.kind,
        state,
        attempts: row.attempts,
        attempts_max: row.attempts_max,
        run_at: row.run_at,
        finished_at: row.finished_at,
        error: row.last_error,
    });
    let page = crate::paging::page(rows.collect(), after.is_some(), before.is_some(), |row| row.id.to_string());
    let counts = sqlx::query_as!(
        JobCounts,
        r#"SELECT count(*) FILTER (WHERE state = 'ready') AS "waiting!", count(*) FILTER (WHERE state = 'running') AS "running!",
             count(*) FILTER (WHERE state = 'dead') AS "failed!" FROM job WHERE state IN ('ready', 'running', 'dead')"#
    )
    .fetch_one(tx.conn())
    .await
    .map_err(from_sql)?;
    let now = tx.real_now();
    Ok(JobsPage { page, counts, now, can_write: permissions.can::<JobWrite>() })
}

/// Has failed work done again, from its first try. Work that waits already is left as it is.
///
/// # Errors
/// `NotFound`; `Conflict` for work that was done or dropped, and when the same work waits already.
pub async fn retry(tx: &mut Tx<JobWrite>, id: Uuid) -> Result<(), AppError> {
    let (kind, state) = lock(tx, id).await?;
    match state {
        JobState::Ready | JobState::Running => return Ok(()),
        JobState::Dead => {}
        JobState::Done | JobState::Dropped => {
            return Err(AppError::Conflict("This work is over. Only what failed can be tried again.".into()));
        }
    }
    let now = tx.real_now();
    sqlx::query!(
        "UPDATE job SET state = 'ready', attempts = 0, run_at = $2, finished_at = NULL WHERE id = $1",
        id,
        now
    )
    .execute(tx.conn())
    .await
    .map_err(|error| match violated(&error) {
        Some("job_live_dedupe") => {
            AppError::Conflict("The same work waits already. Drop this one, the other one does it.".into())
        }
        _ => from_sql(error),
    })?;
    sqlx::query!("SELECT pg_notify('job', '')").fetch_one(tx.conn()).await.map_err(from_sql)?;
    tx.audit(Change::new("identity.job.retry", "job", id).after(serde_json::json!({ "kind": kind })));
    Ok(())
}

/// Decides that failed work is not done. Dropping it twice succeeds.
///
/// # Errors
/// `NotFound`; `Conflict` for work that did not fail.
pub async fn drop_failed(tx: &mut Tx<JobWrite>, id: Uuid) -> Result<(), AppError> {
    let (kind, state) = lock(tx, id).await?;
    match state {
        JobState::Dropped => return Ok(()),
        JobState::Dead => {}
        JobState::Ready | JobState::Running | JobState::Done => {
            return Err(AppError::Conflict("Only work that failed can be dropped.".into()));
        }
    }
    sqlx::query!("UPDATE job SET state = 'dropped' WHERE id = $1", id).execute(tx.conn()).await.map_err(from_sql)?;
    tx.audit(Change::new("identity.job.drop", "job", id).after(serde_json::json!({ "kind": kind })));
    Ok(())
}

async fn lock(tx: &mut Tx<JobWrite>, id: Uuid) -> Result<(String, JobState), AppError> {
    let row = sqlx::query!("SELECT kind, state FROM job WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let state = JobState::from_code(&row.state).ok_or_else(|| platform::internal("unknown state of a job"))?;
    Ok((row.kind, state))
}
