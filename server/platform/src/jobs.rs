//! Work for later, in PostgreSQL: inserted with the business change, claimed with a lease, run at least once.
//!
//! The rule: a handler is idempotent, and calls the outside world only between its transactions.

use crate::error::from_sql;
use crate::{App, Conn, Op, TenantId};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use futures::future::BoxFuture;
use model::AppError;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A kind of work. Its `run` calls one verb.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Imperative, for example `billing.send_invoice_mail`.
    const KIND: &'static str;
    /// Larger runs first. Work that a person waits for is above 0.
    const PRIORITY: i16 = 0;

    /// Two live jobs of one kind with the same key are one job.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    fn run(self, ctx: JobCtx) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// What a job may do when it does not succeed: be tried again, or give up and be shown to a person.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("{0}")]
    Retry(String),
    /// Not an error: the time has not come. Tried again after these seconds, without counting as a failure.
    #[error("not yet")]
    Later(u32),
    #[error("{0}")]
    Fail(String),
}

impl From<AppError> for JobError {
    fn from(error: AppError) -> Self {
        match error {
            // A refusal stays a refusal however often one asks; our own faults and absences may pass.
            AppError::NotFound | AppError::Forbidden | AppError::Invalid(_) => Self::Fail(error.to_string()),
            other => Self::Retry(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self::Retry(from_sql(error).to_string())
    }
}

/// What a running job has: the program and its tenant.
#[derive(Clone)]
pub struct JobCtx {
    pub app: App,
    pub tenant: TenantId,
    pub kind: &'static str,
    pub id: Uuid,
    /// 1 for the first try.
    pub attempt: i32,
}

impl JobCtx {
    /// A transaction of the job's tenant.
    pub async fn begin(&self) -> Result<Op, AppError> {
        self.app.begin_as_system(self.tenant, self.kind).await
    }
}

type Run = dyn Fn(JobCtx, Value) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync;

/// A registered kind of job.
pub struct JobKind {
    pub kind: &'static str,
    run: Arc<Run>,
}

impl JobKind {
    pub(crate) fn of<J: Job>() -> Self {
        let run = |ctx: JobCtx, payload: Value| -> BoxFuture<'static, Result<(), JobError>> {
            match serde_json::from_value::<J>(payload) {
                Ok(job) => Box::pin(job.run(ctx)),
                Err(error) => Box::pin(async move { Err(JobError::Fail(format!("unreadable payload: {error}"))) }),
            }
        };
        Self { kind: J::KIND, run: Arc::new(run) }
    }
}

/// A job for each business day of each tenant, also for days that passed unseen.
pub struct Daily {
    pub name: &'static str,
    make: Arc<dyn Fn(NaiveDate) -> Result<crate::events::NewJob, serde_json::Error> + Send + Sync>,
}

impl Daily {
    pub(crate) fn of<J: Job>(name: &'static str, make: fn(NaiveDate) -> J) -> Self {
        let make = move |day| {
            let job = make(day);
            Ok(crate::events::NewJob {
                kind: J::KIND,
                payload: serde_json::to_value(&job)?,
                dedupe_key: Some(format!("{name}:{day}")),
                priority: J::PRIORITY,
            })
        };
        Self { name, make: Arc::new(make) }
    }
}

pub(crate) async fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    kind: &str,
    payload: Value,
    dedupe_key: Option<String>,
    priority: i16,
    run_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO job (tenant_id, id, kind, payload, dedupe_key, priority, run_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id, kind, dedupe_key) WHERE state IN ('ready', 'running') DO NOTHING",
    )
    .bind(tenant.uuid())
    .bind(Uuid::now_v7())
    .bind(kind)
    .bind(payload)
    .bind(dedupe_key)
    .bind(priority)
    .bind(run_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query("SELECT pg_notify('job', '')").execute(conn).await?;
    Ok(())
}

/// A server that was killed holds its jobs for so long, and somebody may wait for one of them without internet.
const LEASE_S: i64 = 15;
/// Jobs that run at the same time on one server.
const SLOTS: usize = 10;
/// How many of the slots are kept for urgent work: a gateway that hangs may fill all others.
const URGENT_SLOTS: usize = 2;
/// From this priority on somebody waits for the work without internet.
const URGENT: i16 = 40;

/// A share of the waiting work, and how much of it one tenant may have running.
struct Share {
    is_urgent: bool,
    per_tenant: i64,
}

const URGENT_WORK: Share = Share { is_urgent: true, per_tenant: 8 };
const OTHER_WORK: Share = Share { is_urgent: false, per_tenant: 6 };

#[derive(sqlx::FromRow)]
struct Claimed {
    tenant_id: Uuid,
    id: Uuid,
    kind: String,
    payload: Value,
    attempts: i32,
    attempts_max: i32,
}

/// Takes the next work of a share, of each tenant at most so much that others are not kept waiting by it.
async fn claim(app: &App, token: Uuid, share: Share, room: usize) -> Result<Vec<Claimed>, sqlx::Error> {
    if room == 0 {
        return Ok(vec![]);
    }
    sqlx::query_as(
        "WITH chosen AS MATERIALIZED (
           SELECT j.tenant_id, j.id FROM tenant t CROSS JOIN LATERAL (
             SELECT tenant_id, id, priority, run_at FROM job
             WHERE tenant_id = t.id AND (priority >= $3) = $4 AND attempts < attempts_max
               AND ((state = 'ready' AND run_at <= now()) OR (state = 'running' AND lease_until < now()))
             ORDER BY priority DESC, run_at, id
             LIMIT greatest(0, $5 - (SELECT count(*) FROM job r WHERE r.tenant_id = t.id AND r.state = 'running'
                                     AND r.lease_until >= now() AND ($4 OR r.priority < $3)))
             FOR UPDATE SKIP LOCKED) j
           ORDER BY j.priority DESC, j.run_at, j.id LIMIT $6)
         UPDATE job SET state = 'running', attempts = attempts + 1, lease_until = now() + make_interval(secs => $1),
           lease_token = $2
         FROM chosen WHERE job.tenant_id = chosen.tenant_id AND job.id = chosen.id
         RETURNING job.tenant_id, job.id, kind, payload, attempts, attempts_max",
    )
    .bind(LEASE_S as f64)
    .bind(token)
    .bind(URGENT)
    .bind(share.is_urgent)
    .bind(share.per_tenant)
    .bind(i64::try_from(room).unwrap_or(0))
    .fetch_all(&app.platform_pool)
    .await
}

/// Ends work during whose last try the server stopped: it may be what stopped it.
async fn end_over_tried(app: &App) -> Result<(), sqlx::Error> {
    let ended: Vec<(String, Uuid)> = sqlx::query_as(
        "UPDATE job SET state = 'dead', finished_at = now(), lease_until = NULL, lease_token = NULL,
           last_error = coalesce(last_error, 'the server stopped while it ran')
         WHERE state = 'running' AND lease_until < now() AND attempts >= attempts_max RETURNING kind, id",
    )
    .fetch_all(&app.platform_pool)
    .await?;
    for (kind, id) in ended {
        tracing::error!(job.kind = kind, job.id = %id, "job failed: the server stopped during its last try");
    }
    Ok(())
}

/// Runs what is ready until nothing is: for tests, and for commands that wait.
pub async fn drain(app: &App) -> Result<usize, AppError> {
    let mut done = 0;
    loop {
        let token = Uuid::now_v7();
        end_over_tried(app).await.map_err(from_sql)?;
        let mut claimed = claim(app, token, URGENT_WORK, SLOTS).await.map_err(from_sql)?;
        if claimed.is_empty() {
            claimed = claim(app, token, OTHER_WORK, SLOTS).await.map_err(from_sql)?;
        }
        if claimed.is_empty() {
            return Ok(done);
        }
        for job in claimed {
            run_one(app.clone(), job, token).await;
            done += 1;
        }
    }
}

/// The slots of one server. Work that is not urgent needs a turn of both.
#[derive(Clone)]
struct Slots {
    all: Arc<Semaphore>,
    other: Arc<Semaphore>,
    /// Told when a slot is free again: there may be more of what was left waiting.
    freed: Arc<Notify>,
}

impl Slots {
    fn new() -> Self {
        let (all, other) = (Semaphore::new(SLOTS), Semaphore::new(SLOTS - URGENT_SLOTS));
        Self { all: Arc::new(all), other: Arc::new(other), freed: Arc::default() }
    }

    /// Claims what there is room for and runs it. Gives how much that was.
    async fn fill(&self, app: &App) -> Result<usize, sqlx::Error> {
        end_over_tried(app).await?;
        let token = Uuid::now_v7();
        let urgent = claim(app, token, URGENT_WORK, self.all.available_permits()).await?;
        let begun = urgent.len();
        for job in urgent {
            self.run(app, job, token, None).await;
        }
        let room = self.all.available_permits().min(self.other.available_permits());
        let other = claim(app, token, OTHER_WORK, room).await?;
        let begun = begun + other.len();
        for job in other {
            self.run(app, job, token, self.other.clone().acquire_owned().await.ok()).await;
        }
        Ok(begun)
    }

    async fn run(&self, app: &App, job: Claimed, token: Uuid, other: Option<OwnedSemaphorePermit>) {
        let turn = (self.all.clone().acquire_owned().await.ok(), other);
        let (app, freed) = (app.clone(), self.freed.clone());
        tokio::spawn(async move {
            run_one(app, job, token).await;
            drop(turn);
            freed.notify_one();
        });
    }
}

/// Claims and runs until told to stop; then finishes what it holds.
pub async fn work(app: App, stop: CancellationToken) {
    let slots = Slots::new();
    let mut wakes = app.live.job_wakes();
    while !stop.is_cancelled() {
        match slots.fill(&app).await {
            Ok(0) => {
                // NOTIFY is a hint; the poll is what makes it sure.
                tokio::select! {
                    _ = stop.cancelled() => break,
                    _ = wakes.changed() => {}
                    () = slots.freed.notified() => {}
                    _ = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot claim jobs");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
    let _ = slots.all.acquire_many(SLOTS as u32).await;
}

async fn run_one(app: App, job: Claimed, token: Uuid) {
    let Some(kind) = app.modules.iter().flat_map(|m| &m.jobs).find(|k| k.kind == job.kind) else {
        finish(&app, &job, token, Err(JobError::Fail("no handler for this kind of job".into()))).await;
        return;
    };
    let ctx = JobCtx {
        app: app.clone(),
        tenant: TenantId::from_uuid(job.tenant_id),
        kind: kind.kind,
        id: job.id,
        attempt: job.attempts,
    };
    let work = tokio::spawn((kind.run)(ctx, job.payload.clone()));
    let abort = work.abort_handle();
    let beat = heartbeat(app.clone(), job.tenant_id, job.id, token);
    let result = tokio::select! {
        result = work => result.unwrap_or_else(|panic| Err(JobError::Retry(format!("panicked: {panic}")))),
        () = beat => { abort.abort(); return }
    };
    finish(&app, &job, token, result).await;
}

/// Keeps the lease while the job runs; ends when the lease was lost, and the job must then stop.
async fn heartbeat(app: App, tenant: Uuid, id: Uuid, token: Uuid) {
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(LEASE_S as u64 / 3)).await;
        let kept = sqlx::query(
            "UPDATE job SET lease_until = now() + make_interval(secs => $1)
             WHERE tenant_id = $2 AND id = $3 AND lease_token = $4 AND state = 'running'",
        )
        .bind(LEASE_S as f64)
        .bind(tenant)
        .bind(id)
        .bind(token)
        .execute(&app.platform_pool)
        .await;
        if matches!(kept, Ok(result) if result.rows_affected() == 0) {
            return;
        }
    }
}

async fn finish(app: &App, job: &Claimed, token: Uuid, result: Result<(), JobError>) {
    let (state, run_at, error, attempts) = match result {
        Ok(()) => ("done", Utc::now(), None, job.attempts),
        Err(JobError::Later(seconds)) => {
            ("ready", Utc::now() + Duration::seconds(i64::from(seconds)), None, job.attempts - 1)
        }
        Err(JobError::Retry(text)) if job.attempts < job.attempts_max => {
            tracing::warn!(job.kind, job.id = %job.id, attempt = job.attempts, error = %text, "job will be tried again");
            ("ready", Utc::now() + backoff(job.attempts), Some(text), job.attempts)
        }
        Err(error) => {
            tracing::error!(job.kind, job.id = %job.id, %error, "job failed");
            ("dead", Utc::now(), Some(error.to_string()), job.attempts)
        }
    };
    // An unwritten end is not a loss: the lease runs out and the idempotent job runs again.
    let written = sqlx::query(
        "UPDATE job SET state = $1, run_at = $2, last_error = $3, attempts = $4, lease_until = NULL, lease_token = NULL,
           finished_at = CASE WHEN $1 IN ('done', 'dead') THEN now() END
         WHERE tenant_id = $5 AND id = $6 AND lease_token = $7",
    )
    .bind(state)
    .bind(run_at)
    .bind(error)
    .bind(attempts)
    .bind(job.tenant_id)
    .bind(job.id)
    .bind(token)
    .execute(&app.platform_pool)
    .await;
    if let Err(error) = written {
        tracing::warn!(%error, job.id = %job.id, "the end of a job could not be written");
    }
}

/// 1, 2, 4 … at most 300 s, with up to a quarter of jitter so that retries do not march in step.
fn backoff(attempts: i32) -> Duration {
    let seconds = 1_i64 << (attempts.clamp(1, 9) - 1);
    let base_ms = seconds.min(300) * 1000;
    Duration::milliseconds(base_ms + rand::random_range(0..=base_ms / 4))
}

/// How many jobs wait or run, and how many have failed for good. Jobs planned for later do not count as waiting.
pub async fn pending(app: &App) -> Result<(i64, i64), AppError> {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE state = 'running' OR (state = 'ready' AND run_at <= now())),
                count(*) FILTER (WHERE state = 'dead') FROM job",
    )
    .fetch_one(&app.platform_pool)
    .await
    .map_err(from_sql)
}

/// Whether a job of this kind waits or runs for the tenant.
pub async fn is_live<J: Job>(op: &mut Op) -> Result<bool, AppError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM job WHERE kind = $1 AND state IN ('ready', 'running'))")
        .bind(J::KIND)
        .fetch_one(op.conn())
        .await
        .map_err(from_sql)
}

/// The oldest day that a task which was away catches up with.
const CATCH_UP_DAYS: i64 = 62;

/// Inserts the jobs of each business day that has begun, once per tenant and day, in order.
pub async fn tick(app: &App) -> Result<(), AppError> {
    for tenant in crate::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "daily tasks").await?;
        let today = op.today();
        for daily in app.modules.iter().flat_map(|m| &m.daily) {
            let last: Option<NaiveDate> = sqlx::query_scalar("SELECT max(tick) FROM cron_tick WHERE name = $1")
                .bind(daily.name)
                .fetch_one(op.conn())
                .await
                .map_err(from_sql)?;
            let first = last.map_or(today, |l| (l + Duration::days(1)).max(today - Duration::days(CATCH_UP_DAYS)));
            for day in first.iter_days().take_while(|d| *d <= today) {
                insert_tick(&mut op, daily, day).await?;
            }
        }
        op.commit().await?;
    }
    Ok(())
}

async fn insert_tick(op: &mut Op, daily: &Daily, day: NaiveDate) -> Result<(), AppError> {
    let tenant = op.tenant();
    let fresh = sqlx::query("INSERT INTO cron_tick (tenant_id, name, tick) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(tenant.uuid())
        .bind(daily.name)
        .bind(day)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    if fresh.rows_affected() == 0 {
        return Ok(());
    }
    let job = (daily.make)(day).map_err(crate::internal)?;
    insert(op.conn(), tenant, job.kind, job.payload, job.dedupe_key, job.priority, Utc::now()).await.map_err(from_sql)
}

/// Watches the business day until told to stop.
pub async fn watch_days(app: App, stop: CancellationToken) {
    let mut clock = app.live.clock_wakes();
    while !stop.is_cancelled() {
        if let Err(error) = tick(&app).await {
            tracing::warn!(%error, "daily tasks could not be planned");
        }
        tokio::select! {
            _ = stop.cancelled() => return,
            _ = clock.changed() => {}
            _ = tokio::time::sleep(std::time::Duration::from_secs(20)) => {}
        }
    }
}
