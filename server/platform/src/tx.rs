//! The open transaction. `Tx<P>` proves that permission `P` was checked; `Op` is what verbs of different contexts share.

use crate::app::App;
use crate::audit::{self, Change};
use crate::ctx::{Actor, Origin, RequestCtx, Scope};
use crate::error::{from_sql, is_away};
use crate::events::Event;
use crate::jobs::Job;
use crate::{Conn, TenantId};
use chrono::{DateTime, NaiveDate, Utc};
use model::{AppError, Permission};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A transaction of one tenant: connection, actor, clock, outbox. It comes only from a `Tx` or a job.
pub struct Op {
    transaction: Transaction<'static, Postgres>,
    app: App,
    tenant: TenantId,
    actor: Actor,
    origin: Origin,
    zone: chrono_tz::Tz,
    changes: Vec<Change>,
}

/// A transaction for which permission `P` was checked.
pub struct Tx<P> {
    pub(crate) op: Op,
    pub(crate) permission: PhantomData<P>,
}

impl Op {
    pub(crate) async fn begin(
        app: &App,
        tenant: TenantId,
        actor: Actor,
        scope: &Scope,
        origin: Origin,
    ) -> Result<Self, AppError> {
        let zone = crate::tenants::zone(app, tenant).await?;
        Self::begin_in(app, tenant, actor, scope, origin, zone).await
    }

    /// The same where the zone is known, also of a tenant that is only being made.
    pub(crate) async fn begin_in(
        app: &App,
        tenant: TenantId,
        actor: Actor,
        scope: &Scope,
        origin: Origin,
        zone: chrono_tz::Tz,
    ) -> Result<Self, AppError> {
        // Only typed ids are formatted into this text, never strings; one simple query saves three round trips.
        let (accounts, reseller) = match scope {
            Scope::Tenant => (String::new(), String::new()),
            // A subscriber without accounts must see none: the nil id matches no row, an empty list would mean all.
            Scope::Accounts(ids) if ids.is_empty() => (uuid::Uuid::nil().to_string(), String::new()),
            Scope::Accounts(ids) => (ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(","), String::new()),
            Scope::Reseller(id) => (String::new(), id.to_string()),
        };
        let begin = format!(
            "BEGIN; SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.account_ids = '{accounts}'; \
             SET LOCAL app.reseller_id = '{reseller}'"
        );
        let transaction = begin_with_retry(app, begin).await.map_err(from_sql)?;
        Ok(Self { transaction, app: app.clone(), tenant, actor, origin, zone, changes: Vec::new() })
    }

    /// From here on the database refuses every change: whoever only looks cannot do harm through any door.
    pub(crate) async fn forbid_writes(&mut self) -> Result<(), AppError> {
        sqlx::query("SET TRANSACTION READ ONLY").execute(self.conn()).await.map(drop).map_err(from_sql)
    }

    pub fn conn(&mut self) -> &mut Conn {
        &mut self.transaction
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Who acts, where it became known only now: somebody who has just proven who they are.
    pub fn act_as(&mut self, id: uuid::Uuid, name: String) {
        self.actor = Actor { id: Some(id), name, ..self.actor.clone() };
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The tenant's time zone: bills are made in it, times are stored in UTC.
    pub const fn zone(&self) -> chrono_tz::Tz {
        self.zone
    }

    /// Business time.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Real time, for sessions, prompts and whatever people wait for.
    pub fn real_now(&self) -> DateTime<Utc> {
        self.app.clock.real_now()
    }

    /// The business day where the tenant is.
    pub fn today(&self) -> NaiveDate {
        self.app.clock.today(self.zone)
    }

    /// Notes a change for the audit log; written at commit, so that the chain's head is locked only briefly.
    pub fn audit(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Inserts a job in this transaction: it runs after the commit, or never happened.
    pub async fn schedule<J: Job>(&mut self, job: &J) -> Result<(), AppError> {
        self.schedule_at(job, Utc::now()).await
    }

    /// The same, not before `run_at` (real time).
    pub async fn schedule_at<J: Job>(&mut self, job: &J, run_at: DateTime<Utc>) -> Result<(), AppError> {
        let tenant = self.tenant;
        let payload = serde_json::to_value(job).map_err(crate::internal)?;
        crate::jobs::insert(self.conn(), tenant, J::KIND, payload, job.dedupe_key(), J::PRIORITY, run_at)
            .await
            .map_err(from_sql)
    }

    /// Tells the contexts to the right: each listener's job is inserted in this transaction. Also wakes open pages.
    pub async fn publish<E: Event>(&mut self, event: E) -> Result<(), AppError> {
        let app = self.app.clone();
        let value = serde_json::to_value(&event).map_err(crate::internal)?;
        for listener in app.modules.iter().flat_map(|m| &m.listeners).filter(|l| l.event == E::NAME) {
            let Some(job) = (listener.make)(value.clone()).map_err(crate::internal)? else { continue };
            let tenant = self.tenant;
            crate::jobs::insert(self.conn(), tenant, job.kind, job.payload, job.dedupe_key, job.priority, Utc::now())
                .await
                .map_err(from_sql)?;
        }
        self.wake(E::NAME, &event.subject()).await
    }

    /// Wakes the pages that show `subject` (ids only: the channel is not a tenant's own).
    pub async fn wake(&mut self, topic: &str, subject: &str) -> Result<(), AppError> {
        let note = serde_json::json!({ "t": self.tenant, "k": topic, "id": subject }).to_string();
        sqlx::query("SELECT pg_notify('live', $1)").bind(note).execute(self.conn()).await.map_err(from_sql)?;
        Ok(())
    }

    /// Writes the audit entries and commits. Without it everything is undone.
    pub async fn commit(mut self) -> Result<(), AppError> {
        let changes = std::mem::take(&mut self.changes);
        if !changes.is_empty() {
            let (tenant, actor, origin, now) = (self.tenant, self.actor.clone(), self.origin.clone(), self.now());
            audit::write(self.conn(), tenant, &actor, &origin, now, changes).await.map_err(from_sql)?;
        }
        self.transaction.commit().await.map_err(from_sql)
    }

    /// Undoes everything; dropping does the same, later.
    pub async fn rollback(self) -> Result<(), AppError> {
        self.transaction.rollback().await.map_err(from_sql)
    }
}

/// Opens a transaction in a task of its own. A request that goes away while its BEGIN is under way would give back a
/// connection inside a transaction that sqlx does not know of; so BEGIN comes to its end, and a transaction that nobody
/// waits for is undone.
pub(crate) async fn begin_whole(pool: &PgPool, begin: String) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(begin)).await });
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// A pooled connection may have died with its server; the first statement tells, and one more try is then right,
/// because nothing was done yet.
async fn begin_with_retry(app: &App, begin: String) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut tries = 0;
    loop {
        match begin_whole(&app.pool, begin.clone()).await {
            Err(error) if tries < 8 && is_away(&error) && !matches!(error, sqlx::Error::PoolTimedOut) => tries += 1,
            other => return other,
        }
    }
}

impl<P: Permission> Tx<P> {
    pub async fn commit(self) -> Result<(), AppError> {
        self.op.commit().await
    }
}

impl<P> Deref for Tx<P> {
    type Target = Op;
    fn deref(&self) -> &Op {
        &self.op
    }
}

impl<P> DerefMut for Tx<P> {
    fn deref_mut(&mut self) -> &mut Op {
        &mut self.op
    }
}

impl App {
    /// A transaction of one tenant for the program itself: jobs, webhooks, demo data. `what` stands in the audit log.
    pub async fn begin_as_system(&self, tenant: TenantId, what: &str) -> Result<Op, AppError> {
        let origin = Origin::internal(format!("system-{}", uuid::Uuid::now_v7().simple()));
        Op::begin(self, tenant, Actor::system(what), &Scope::Tenant, origin).await
    }

    /// The same with a verb's permission, for doors that authenticate by themselves: webhooks and the worker.
    pub async fn begin_as_system_with<P: Permission>(&self, tenant: TenantId, what: &str) -> Result<Tx<P>, AppError> {
        Ok(Tx { op: self.begin_as_system(tenant, what).await?, permission: PhantomData })
    }
}

impl RequestCtx {
    /// Begins with a permission if it is there: for pages whose sections depend on what one may see.
    pub async fn begin_if<P: Permission>(&self) -> Result<Option<Tx<P>>, AppError> {
        match self.begin::<P>().await {
            Ok(tx) => Ok(Some(tx)),
            Err(AppError::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
