//! A database per test, cloned from a template that is migrated once per state of the migrations.

use platform::app::Connections;
use platform::db;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::str::FromStr;

/// The cluster's passwords do not matter (`trust`), but roles want one.
const PASSWORD: &str = "0123456789abcdef";

/// Two tests must not make the template at the same time.
const TEMPLATE_LOCK: i64 = 0x4d74_616e_6461_6f01;

/// One test's database.
pub struct Database {
    admin: PgConnectOptions,
    name: String,
}

impl Database {
    pub async fn create() -> Self {
        let admin = admin();
        let mut connection = PgConnection::connect_with(&admin).await.expect("the test cluster answers (script/db)");
        let template = template(&admin, &mut connection).await;
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template} OWNER mtandao_owner")))
            .await
            .expect("the template is cloned");
        let _ = connection.close().await;
        Self { admin, name }
    }

    pub fn connections(&self) -> Connections {
        let role = |role: &str| self.admin.clone().database(&self.name).username(role).password(PASSWORD);
        Connections { app: role("mtandao_app"), platform: role("mtandao_platform") }
    }

    /// The bootstrap login in this database.
    pub fn superuser(&self) -> PgConnectOptions {
        self.admin.clone().database(&self.name)
    }

    pub async fn remove(self) {
        if let Ok(mut connection) = PgConnection::connect_with(&self.admin).await {
            let _ = connection.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await;
            let _ = connection.close().await;
        }
    }
}

/// The superuser of the test cluster: `MTANDAO_TEST_PG`, else `DATABASE_URL`, else the same line of `.env`.
pub fn admin() -> PgConnectOptions {
    let from_env = ["MTANDAO_TEST_PG", "DATABASE_URL"].into_iter().find_map(|name| std::env::var(name).ok());
    let from_file = || {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("DATABASE_URL=").map(str::to_owned))
    };
    let url = from_env.or_else(from_file).expect("no test cluster: run script/test, or script/db and set DATABASE_URL");
    PgConnectOptions::from_str(&url).expect("DATABASE_URL is readable").database("postgres")
}

async fn template(admin: &PgConnectOptions, connection: &mut PgConnection) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in db::MIGRATOR.iter().flat_map(|m| m.checksum.iter()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let name = format!("template_{hash:016x}");
    sqlx::query("SELECT pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut *connection).await.expect("a lock");
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut *connection)
        .await
        .expect("the catalogue is read");
    if !there {
        // Made under another name first: a killed test leaves no half migrated template behind.
        let draft = format!("{name}_draft");
        connection
            .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")))
            .await
            .expect("no draft");
        db::prepare(admin, &draft, PASSWORD).await.expect("the template is migrated");
        connection.execute(AssertSqlSafe(format!("ALTER DATABASE {draft} RENAME TO {name}"))).await.expect("renamed");
    }
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(connection).await.expect("unlocked");
    name
}
