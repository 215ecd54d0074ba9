//! Tenants as the platform sees them: by host name, by webhook path, all of them. One of the modules that may look
//! across tenants; everything here gives ids and settings, never a tenant's rows.

use crate::ctx::{Actor, Origin, Scope};
use crate::error::from_sql;
use crate::operators::PlatformTx;
use crate::secrets::{Key, token_hash};
use crate::tx::begin_whole;
use crate::{App, Conn, Op, TenantId};
use chrono::Duration;
use chrono_tz::Tz;
use model::identity::TenantHead;
use model::identity::perm::TenantWrite;
use model::identity::settings::SaveTenantSettings;
use model::{AppError, Currency, Lang};
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};
use std::time::Instant;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    code: String,
    name: String,
    prefix: String,
    currency: String,
    time_zone: String,
    lang: String,
    brand_hue: Option<i16>,
    phone: Option<String>,
    whatsapp: Option<String>,
    is_demo: bool,
    mfa_required: bool,
}

impl From<Row> for TenantHead {
    fn from(row: Row) -> Self {
        Self {
            id: TenantId::from_uuid(row.id),
            code: row.code,
            name: row.name,
            prefix: row.prefix,
            currency: Currency::from_code(&row.currency).unwrap_or_default(),
            time_zone: row.time_zone,
            lang: row.lang.parse().unwrap_or_default(),
            brand_hue: row.brand_hue,
            phone: row.phone,
            whatsapp: row.whatsapp,
            is_demo: row.is_demo,
            mfa_required: row.mfa_required,
        }
    }
}

const COLUMNS: &str = "SELECT id, code, name, prefix, currency, time_zone, lang, brand_hue, phone, whatsapp, is_demo, \
                       mfa_required FROM tenant";

/// All tenants, oldest first.
pub async fn all(app: &App) -> Result<Vec<TenantHead>, AppError> {
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY created_at, id")))
        .fetch_all(&app.platform_pool)
        .await
        .map_err(from_sql)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Name, prefix and settings of one tenant: what every page shows.
pub async fn head(app: &App, tenant: TenantId) -> Result<TenantHead, AppError> {
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
        .bind(tenant.uuid())
        .fetch_optional(&app.platform_pool)
        .await
        .map_err(from_sql)?;
    row.map(Into::into).ok_or(AppError::NotFound)
}

/// A tenant to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub id: TenantId,
    pub code: String,
    pub name: String,
    /// Two or three capital letters before account numbers.
    pub prefix: String,
    pub currency: Currency,
    pub time_zone: Tz,
    pub lang: Lang,
    pub phone: Option<String>,
    pub hosts: Vec<String>,
    pub is_demo: bool,
    pub mfa_required: bool,
}

/// Makes a tenant with its data key and host names. Refuses a code or host that is taken.
pub async fn create(app: &App, new: &NewTenant) -> Result<(), AppError> {
    let mut tx = begin_whole(&app.platform_pool, "BEGIN".into()).await.map_err(from_sql)?;
    insert(&mut tx, app, new).await?;
    for host in &new.hosts {
        sqlx::query("INSERT INTO platform.host (name, tenant_id) VALUES (lower($1), $2)")
            .bind(host)
            .bind(new.id.uuid())
            .execute(&mut *tx)
            .await
            .map_err(taken)?;
    }
    tx.commit().await.map_err(from_sql)
}

/// Taken by whoever makes the first tenant: two at the same moment would make two.
const FIRST_LOCK: i64 = 0x4d74_616e_6461_6f02;

/// Begins the transaction in which an operator makes a further tenant and all that belongs to it.
pub async fn begin_another(by: &PlatformTx<TenantWrite>, new: &NewTenant) -> Result<Op, AppError> {
    let app = by.app();
    let (actor, origin) = (by.actor().clone(), by.origin().clone());
    let mut op = Op::begin_in(app, new.id, actor, &Scope::Tenant, origin, new.time_zone).await?;
    insert(op.conn(), app, new).await?;
    Ok(op)
}

/// Begins the transaction that makes the first tenant and all that belongs to it, so that it comes whole or not at all.
/// `None` when there is one already, also when it was made while we waited. Host names have no part in it.
pub async fn begin_first(app: &App, new: &NewTenant) -> Result<Option<Op>, AppError> {
    let origin = Origin::internal(format!("system-{}", Uuid::now_v7().simple()));
    let actor = Actor::system("setup");
    let mut op = Op::begin_in(app, new.id, actor, &Scope::Tenant, origin, new.time_zone).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(FIRST_LOCK).execute(op.conn()).await.map_err(from_sql)?;
    if !all(app).await?.is_empty() {
        return Ok(None);
    }
    insert(op.conn(), app, new).await?;
    Ok(Some(op))
}

async fn insert(conn: &mut Conn, app: &App, new: &NewTenant) -> Result<(), AppError> {
    let wrapped = app.key.seal(&format!("tenant.data_key:{}", new.id), Key::random().bytes());
    sqlx::query(
        "INSERT INTO tenant (id, code, name, prefix, currency, time_zone, lang, phone, whatsapp, is_demo, mfa_required, data_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11)",
    )
    .bind(new.id.uuid())
    .bind(&new.code)
    .bind(&new.name)
    .bind(&new.prefix)
    .bind(new.currency.code())
    .bind(new.time_zone.name())
    .bind(new.lang.code())
    .bind(&new.phone)
    .bind(new.is_demo)
    .bind(new.mfa_required)
    .bind(wrapped)
    .execute(conn)
    .await
    .map(drop)
    .map_err(taken)
}

fn taken(error: sqlx::Error) -> AppError {
    match crate::error::violated(&error) {
        Some("tenant_code_key") => AppError::invalid("code", "This ISP code is taken. Choose another."),
        Some("host_pkey") => AppError::invalid("host", "This host name belongs to another ISP."),
        _ => from_sql(error),
    }
}

/// The tenant whose host name this is; with a single tenant, that one.
pub async fn of_host(app: &App, host: &str) -> Result<Option<TenantId>, AppError> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT tenant_id FROM platform.host WHERE name = lower($1)
         UNION ALL SELECT id FROM tenant WHERE (SELECT count(*) FROM tenant) = 1 LIMIT 1",
    )
    .bind(host)
    .fetch_optional(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    Ok(id.map(TenantId::from_uuid))
}

/// The address by which this tenant's people reach it, without a final slash, for links in messages: the program's own when
/// its host name is one of the tenant's, else the same under the tenant's first. A tenant without any has the program's.
pub async fn public_url(app: &App, tenant: TenantId) -> Result<String, AppError> {
    let host: Option<String> = sqlx::query_scalar(
        "SELECT name FROM platform.host WHERE tenant_id = $1 ORDER BY name <> lower($2), name LIMIT 1",
    )
    .bind(tenant.uuid())
    .bind(app.settings.public_host())
    .fetch_optional(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    Ok(host.map_or_else(|| app.settings.public_url.clone(), |host| app.settings.public_url_at(&host)))
}

/// Gives a tenant a host name that belongs to nobody yet. Giving it twice changes nothing.
pub async fn add_host(app: &App, tenant: TenantId, host: &str) -> Result<(), AppError> {
    sqlx::query("INSERT INTO platform.host (name, tenant_id) VALUES (lower($1), $2) ON CONFLICT DO NOTHING")
        .bind(host)
        .bind(tenant.uuid())
        .execute(&app.platform_pool)
        .await
        .map(drop)
        .map_err(from_sql)
}

/// The tenant with this code, for the chooser on an unknown host.
pub async fn of_code(app: &App, code: &str) -> Result<Option<TenantId>, AppError> {
    let id: Option<Uuid> = sqlx::query_scalar("SELECT id FROM tenant WHERE code = lower($1)")
        .bind(code)
        .fetch_optional(&app.platform_pool)
        .await
        .map_err(from_sql)?;
    Ok(id.map(TenantId::from_uuid))
}

/// Gives a provider's webhook a fresh secret path for this tenant; an older one stops working.
pub async fn set_webhook_path(app: &App, tenant: TenantId, provider: &str, secret: &str) -> Result<(), AppError> {
    let mut tx = begin_whole(&app.platform_pool, "BEGIN".into()).await.map_err(from_sql)?;
    sqlx::query("DELETE FROM platform.webhook_path WHERE tenant_id = $1 AND provider = $2")
        .bind(tenant.uuid())
        .bind(provider)
        .execute(&mut *tx)
        .await
        .map_err(from_sql)?;
    sqlx::query("INSERT INTO platform.webhook_path (secret_hash, tenant_id, provider) VALUES ($1, $2, $3)")
        .bind(token_hash(secret))
        .bind(tenant.uuid())
        .bind(provider)
        .execute(&mut *tx)
        .await
        .map_err(from_sql)?;
    tx.commit().await.map_err(from_sql)
}

/// The tenant behind a webhook's secret path. Compared by hash, so timing tells nothing about the secret.
pub async fn of_webhook(app: &App, provider: &str, secret: &str) -> Result<Option<TenantId>, AppError> {
    let id: Option<Uuid> =
        sqlx::query_scalar("SELECT tenant_id FROM platform.webhook_path WHERE secret_hash = $1 AND provider = $2")
            .bind(token_hash(secret))
            .bind(provider)
            .fetch_optional(&app.platform_pool)
            .await
            .map_err(from_sql)?;
    Ok(id.map(TenantId::from_uuid))
}

/// The tenant's data key, unwrapped. Never leaves the server, never logged.
pub async fn data_key(app: &App, tenant: TenantId) -> Result<Key, AppError> {
    let wrapped: Vec<u8> = sqlx::query_scalar("SELECT data_key FROM tenant WHERE id = $1")
        .bind(tenant.uuid())
        .fetch_optional(&app.platform_pool)
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let plain = app.key.open(&format!("tenant.data_key:{tenant}"), &wrapped).map_err(crate::internal)?;
    Key::from_bytes(&plain).ok_or_else(|| crate::internal("a data key has the wrong length"))
}

/// Changes what an ISP says about itself. The zone is known to every server within a minute.
pub async fn update_in_op(op: &mut Op, new: &SaveTenantSettings, zone: Tz) -> Result<(), AppError> {
    sqlx::query("UPDATE tenant SET name = $1, time_zone = $2, lang = $3, phone = $4, whatsapp = $5, mfa_required = $6")
        .bind(new.name.as_str())
        .bind(zone.name())
        .bind(new.lang.code())
        .bind(new.phone.as_ref().map(|phone| phone.as_str()))
        .bind(new.whatsapp.as_ref().map(|phone| phone.as_str()))
        .bind(new.mfa_required)
        .execute(op.conn())
        .await
        .map(drop)
        .map_err(from_sql)
}

// A tenant's zone hardly ever changes and is needed by each transaction.
static ZONES: LazyLock<RwLock<HashMap<TenantId, (Tz, Instant)>>> = LazyLock::new(Default::default);

/// How long a known zone is believed.
const ZONE_KNOWN: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) async fn zone(app: &App, tenant: TenantId) -> Result<Tz, AppError> {
    let known = ZONES.read().ok().and_then(|zones| zones.get(&tenant).copied());
    if let Some((zone, _)) = known.filter(|(_, since)| since.elapsed() < ZONE_KNOWN) {
        return Ok(zone);
    }
    let zone: Tz = head(app, tenant).await?.time_zone.parse().map_err(crate::internal)?;
    if let Ok(mut zones) = ZONES.write() {
        zones.insert(tenant, (zone, Instant::now()));
    }
    Ok(zone)
}

/// Reads the offset of business time from the database.
pub async fn reload_clock(app: &App) -> Result<(), sqlx::Error> {
    let offset_ms: i64 =
        sqlx::query_scalar("SELECT offset_ms FROM platform.business_clock").fetch_one(&app.platform_pool).await?;
    app.clock.set_offset(Duration::milliseconds(offset_ms));
    Ok(())
}

/// Moves business time to `offset` ahead of real time and tells every server.
pub async fn move_clock(app: &App, offset: Duration) -> Result<(), AppError> {
    sqlx::query("UPDATE platform.business_clock SET offset_ms = $1")
        .bind(offset.num_milliseconds())
        .execute(&app.platform_pool)
        .await
        .map_err(from_sql)?;
    reload_clock(app).await.map_err(from_sql)?;
    sqlx::query("SELECT pg_notify('clock', '')").execute(&app.platform_pool).await.map_err(from_sql)?;
    Ok(())
}
