//! Tests against a real PostgreSQL: a database per test cloned from a migrated template, two tenants, the application's
//! own role, business time moved by hand. `finish` refuses jobs that are left over, a ledger that does not balance and an
//! audit chain that is broken.

mod database;
mod doors;

use chrono::{Duration, NaiveDate, TimeZone, Utc};
use model::identity::TenantId;
use model::{Audience, Currency, Lang, Permission, PermissionSet};
use platform::app::{Builder, Settings};
use platform::ctx::{Person, Request, RequestCtx, Scope};
use platform::secrets::Key;
use platform::sessions::SignedIn;
use platform::tenants::NewTenant;
use platform::{App, Op, ServerModule, Tx, jobs};
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use uuid::Uuid;

/// Business time at the start of each test, so that due dates are the same on every day: 1 March 2026, 09:00 in Nairobi.
pub fn start_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).unwrap_or_default()
}

/// A program on its own database, with two tenants.
pub struct TestApp {
    pub app: App,
    pub first: TenantId,
    pub second: TenantId,
    database: database::Database,
}

/// Nobody signs in by cookie in these tests: contexts are made by `ctx_with`.
struct Nobody;

#[async_trait::async_trait]
impl platform::module::Identify for Nobody {
    async fn identify(&self, _: &App, _: Audience, _: &SignedIn) -> Result<Option<Person>, sqlx::Error> {
        Ok(None)
    }
}

impl TestApp {
    /// A program with these contexts.
    pub async fn start(modules: Vec<ServerModule>) -> Self {
        Self::start_with(modules, |builder| builder).await
    }

    /// The same with gateways or another `Identify`: `with` fills the builder.
    pub async fn start_with(modules: Vec<ServerModule>, with: impl FnOnce(Builder) -> Builder) -> Self {
        let database = database::Database::create().await;
        let settings = Settings { public_url: "http://localhost:3000".into(), ..Settings::default() };
        let builder = with(Builder::new(Arc::new(Nobody), Key::random(), settings).modules(modules));
        let app = builder.build(database.connections()).await.expect("the test database answers");
        let (first, second) = (TenantId::new(), TenantId::new());
        for (id, code, prefix) in [(first, "first", "MT"), (second, "second", "SC")] {
            let new = NewTenant {
                id,
                code: code.into(),
                name: format!("The {code} ISP"),
                prefix: prefix.into(),
                currency: Currency::Kes,
                time_zone: chrono_tz::Africa::Nairobi,
                lang: Lang::En,
                phone: None,
                hosts: vec![format!("{code}.test")],
                is_demo: false,
                mfa_required: false,
            };
            platform::tenants::create(&app, &new).await.expect("a fresh tenant");
        }
        let start = Utc.from_utc_datetime(&start_day().and_hms_opt(6, 0, 0).unwrap_or_default());
        platform::tenants::move_clock(&app, start - Utc::now()).await.expect("the clock moves");
        Self { app, first, second, database }
    }

    /// A transaction of `tenant` with a verb's permission.
    pub async fn tx<P: Permission>(&self, tenant: TenantId) -> Tx<P> {
        self.app.begin_as_system_with::<P>(tenant, "test").await.expect("a transaction begins")
    }

    /// A transaction of `tenant` without a verb.
    pub async fn op(&self, tenant: TenantId) -> Op {
        self.app.begin_as_system(tenant, "test").await.expect("a transaction begins")
    }

    /// A request of a person with just these permissions.
    pub fn ctx_with(&self, audience: Audience, tenant: TenantId, scope: Scope, permissions: &[&str]) -> RequestCtx {
        RequestCtx::new(Request {
            app: self.app.clone(),
            audience,
            tenant: Some(tenant),
            person: Some(Person {
                id: Uuid::now_v7(),
                name: "Test Person".into(),
                login_name: "test".into(),
                role_names: vec![],
                permissions: PermissionSet::from_iter(permissions.iter().copied()),
                scope,
                lang: None,
                must_enrol: false,
            }),
            signed_in: None,
            session: None,
            lang: Lang::En,
            theme: None,
            request_id: Uuid::now_v7().simple().to_string(),
            address: None,
            user_agent: None,
        })
    }

    /// Runs all jobs that are ready, and those that they make.
    pub async fn drain(&self) {
        jobs::drain(&self.app).await.expect("jobs run");
    }

    /// Moves business time on, day by day, running each day's tasks and jobs as they fall due.
    pub async fn advance(&self, by: Duration) {
        let mut left = by;
        while left > Duration::zero() {
            let step = left.min(Duration::days(1));
            platform::tenants::move_clock(&self.app, self.app.clock.offset() + step).await.expect("the clock moves");
            jobs::tick(&self.app).await.expect("daily tasks are planned");
            self.drain().await;
            left -= step;
        }
    }

    /// A connection that passes every policy: for looking at the catalogue and for rows that no verb would make.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.superuser()).await.expect("the test database answers")
    }

    /// The application's own role before anybody said whose rows it wants.
    pub async fn without_tenant(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.connections().app).await.expect("the test database answers")
    }

    /// Removes the database without the checks of `finish`: for tests whose rows no verb made.
    pub async fn discard(self) {
        self.app.close().await;
        self.database.remove().await;
    }

    /// Checks what must hold at the end of every test, and removes the database.
    pub async fn finish(self) {
        let (waiting, dead) = jobs::pending(&self.app).await.expect("jobs are counted");
        assert_eq!((waiting, dead), (0, 0), "jobs are left over (waiting, dead): {:?}", self.job_errors().await);
        for (code, verified) in platform::audit::verify_all(&self.app).await.expect("the chains are read") {
            assert_eq!(verified.broken_at, None, "the audit chain of {code} is broken");
        }
        for tenant in [self.first, self.second] {
            let mut op = self.op(tenant).await;
            let wrong: Vec<(String, i64)> = sqlx::query_as(
                "SELECT currency, sum(amount_minor)::bigint FROM posting GROUP BY currency HAVING sum(amount_minor) <> 0",
            )
            .fetch_all(op.conn())
            .await
            .expect("the ledger is read");
            assert!(wrong.is_empty(), "the ledger does not balance: {wrong:?}");
            let drifted: Vec<(Uuid, i64, i64)> = sqlx::query_as(
                "SELECT b.account_id, b.balance_minor, coalesce(p.total, 0)::bigint FROM account_balance b LEFT JOIN
                   (SELECT account_id, sum(amount_minor) AS total FROM posting WHERE ledger_code = 'receivable' GROUP BY account_id) p
                   ON p.account_id = b.account_id
                 WHERE b.balance_minor <> coalesce(p.total, 0)",
            )
            .fetch_all(op.conn())
            .await
            .expect("balances are read");
            assert!(drifted.is_empty(), "cached balances differ from the postings: {drifted:?}");
        }
        self.app.close().await;
        self.database.remove().await;
    }

    async fn job_errors(&self) -> Vec<(String, String, Option<String>)> {
        let mut errors = Vec::new();
        for tenant in [self.first, self.second] {
            let mut op = self.op(tenant).await;
            let rows: Vec<(String, String, Option<String>)> =
                sqlx::query_as("SELECT kind, state, last_error FROM job WHERE state <> 'done'")
                    .fetch_all(op.conn())
                    .await
                    .unwrap_or_default();
            errors.extend(rows);
        }
        errors
    }
}
