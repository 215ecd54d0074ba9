//! Preparing a database: roles, database, migrations. Done by a bootstrap login at start; the server itself never uses it.

use crate::TenantId;
use crate::app::Connections;
use chrono::{DateTime, Utc};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// All migrations, inside the program: it can always bring a database to its own version.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

const BOOTSTRAP: &str = include_str!("../sql/bootstrap.sql");
const DATABASE: &str = include_str!("../sql/database.sql");

/// The roles whose passwords the installation keeps.
pub const LOGIN_ROLES: [&str; 4] = ["mtandao_owner", "mtandao_app", "mtandao_platform", "mtandao_radius"];

/// What went wrong while a database was prepared, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("The database could not be prepared: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("A migration failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// The SQL that `prepare` runs as the bootstrap login, for operators whose login may not create roles.
pub fn plan(password: &str) -> String {
    let passwords: String =
        LOGIN_ROLES.iter().map(|role| format!("ALTER ROLE {role} PASSWORD '{password}';\n")).collect();
    format!("{BOOTSTRAP}\n{passwords}\n-- then, in the database:\n{DATABASE}")
}

/// Makes roles (with `password`, of hexadecimal digits), the database `name` and its schema. Running it again only
/// migrates what is new. `bootstrap` is a login that may create roles and databases.
///
/// # Errors
/// When the login may not, or a migration fails; nothing half done stays (each step is a transaction of its own).
pub async fn prepare(bootstrap: &PgConnectOptions, name: &str, password: &str) -> Result<Connections, DbError> {
    let mut admin = PgConnection::connect_with(bootstrap).await?;
    admin.execute(AssertSqlSafe(BOOTSTRAP.to_owned())).await?;
    for role in LOGIN_ROLES {
        // Hexadecimal only: the caller made it from random bytes.
        admin.execute(AssertSqlSafe(format!("ALTER ROLE {role} PASSWORD '{password}'"))).await?;
    }
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut admin)
        .await?;
    if !there {
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE \"{name}\" OWNER mtandao_owner"))).await?;
    }
    admin.close().await?;
    let in_database = bootstrap.clone().database(name);
    let mut admin = PgConnection::connect_with(&in_database).await?;
    admin.execute(AssertSqlSafe(DATABASE.to_owned())).await?;
    admin.close().await?;
    let as_role = |role: &str| in_database.clone().username(role).password(password).application_name("mtandao");
    migrate(&as_role("mtandao_owner")).await?;
    Ok(Connections { app: as_role("mtandao_app"), platform: as_role("mtandao_platform") })
}

/// Removes a database and everything in it: for demo data that were left half done, and for tests.
pub async fn remove(bootstrap: &PgConnectOptions, name: &str) -> Result<(), DbError> {
    let mut admin = PgConnection::connect_with(bootstrap).await?;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))).await?;
    admin.close().await?;
    Ok(())
}

/// Runs a statement as the owner of the tables, among the rows of one tenant: for a demo's past, which no verb can make.
/// `statement` gets the tenant as `$1` and `until` as `$2`.
pub async fn run_as_owner(
    owner: &PgConnectOptions,
    statement: &'static str,
    tenant: TenantId,
    until: DateTime<Utc>,
) -> Result<(), DbError> {
    let mut connection = PgConnection::connect_with(owner).await?;
    let mut tx = connection.begin().await?;
    sqlx::query("SELECT set_config('app.tenant_id', $1, true)").bind(tenant.to_string()).execute(&mut *tx).await?;
    sqlx::query(statement).bind(tenant.uuid()).bind(until).execute(&mut *tx).await?;
    tx.commit().await?;
    connection.close().await?;
    Ok(())
}

/// Runs the migrations that the database does not have yet, as the owner.
pub async fn migrate(owner: &PgConnectOptions) -> Result<(), DbError> {
    let mut connection = PgConnection::connect_with(owner).await?;
    MIGRATOR.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
