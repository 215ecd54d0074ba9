//! User names that may log in, and what they get.
//! The one rule: one statement per change, inside the caller's transaction; the caller's tenant is given and checked
//! by the policy as well.

use super::{ProjectionKey, RadiusError};
use gateways::Secret;
use gateways::radius::attribute::{self, Attribute};
use ipnet::Ipv6Net;
use sqlx::types::mac_address::MacAddress;
use sqlx::{PgConnection, Row};
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

/// The firewall list of a locked subscriber.
pub const WALLED_LIST: &str = "walled-garden";
/// The firewall list that a living session moves to when its lock is lifted; no rule hangs on it.
pub const ACTIVE_LIST: &str = "active";

/// How long a session without a limit may last after a change, in seconds: 30 days. The walled garden gave it an hour,
/// and a change of authorization cannot take a limit away, only move it.
const UNLIMITED_S: u32 = 30 * 24 * 3600;
/// The longest walled session, in seconds; the same as `radius.auth_reply` gives.
const WALLED_S: u32 = 3600;

/// One user name's row of the projection.
#[derive(Debug, Clone)]
pub struct Account {
    pub username: String,
    pub service_id: Uuid,
    /// The clear password: CHAP and MS-CHAPv2 need it.
    pub secret: Secret,
    /// `false`: every login is refused.
    pub enabled: bool,
    /// `true`: logins are let into the walled garden only.
    pub locked: bool,
    /// The only device that may log in.
    pub mac: Option<MacAddress>,
    pub max_sessions: i32,
    /// As MikroTik writes it, `5M/20M …`: first what the subscriber sends.
    pub rate_limit: String,
    /// The rate inside the walled garden.
    pub walled_rate_limit: String,
    pub framed_ip: Option<Ipv4Addr>,
    pub delegated_prefix: Option<Ipv6Net>,
    /// The router's pool, when there is no address.
    pub framed_pool: Option<String>,
    /// Seconds between two reports of a session, 60 to 3600.
    pub interim_s: i32,
    pub session_timeout_s: Option<i32>,
}

/// Writes a user name's row, new or changed. Idempotent.
///
/// # Errors
/// The database's; a value outside its column's CHECK is one.
pub async fn upsert_in(
    conn: &mut PgConnection,
    tenant: Uuid,
    key: &ProjectionKey,
    account: &Account,
) -> Result<(), RadiusError> {
    sqlx::query(
        "INSERT INTO radius.account (tenant_id, username, service_id, secret, enabled, locked, mac, max_sessions, \
           rate_limit, walled_rate_limit, framed_ip, delegated_prefix, framed_pool, interim_s, session_timeout_s) \
         VALUES ($1, $2, $3, radius.seal($4, 'account:' || $1 || ':' || $2, $5), $6, $7, $8, $9, $10, $11, $12, $13, \
           $14, $15, $16) \
         ON CONFLICT (tenant_id, username) DO UPDATE SET service_id = excluded.service_id, secret = excluded.secret, \
           enabled = excluded.enabled, locked = excluded.locked, mac = excluded.mac, \
           max_sessions = excluded.max_sessions, rate_limit = excluded.rate_limit, \
           walled_rate_limit = excluded.walled_rate_limit, framed_ip = excluded.framed_ip, \
           delegated_prefix = excluded.delegated_prefix, framed_pool = excluded.framed_pool, \
           interim_s = excluded.interim_s, session_timeout_s = excluded.session_timeout_s",
    )
    .bind(tenant)
    .bind(&account.username)
    .bind(account.service_id)
    .bind(key.octets())
    .bind(account.secret.expose())
    .bind(account.enabled)
    .bind(account.locked)
    .bind(account.mac)
    .bind(account.max_sessions)
    .bind(&account.rate_limit)
    .bind(&account.walled_rate_limit)
    .bind(account.framed_ip.map(IpAddr::V4))
    .bind(account.delegated_prefix.map(|net| ipnet::IpNet::V6(net.trunc())))
    .bind(&account.framed_pool)
    .bind(account.interim_s)
    .bind(account.session_timeout_s)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks every user name of a service into the walled garden, or lets them out. Returns the names that changed, so
/// that their living sessions can be told (see [`session_change_in`]). Idempotent: a second call returns none.
///
/// # Errors
/// The database's.
pub async fn set_locked_in(
    conn: &mut PgConnection,
    tenant: Uuid,
    service_id: Uuid,
    locked: bool,
) -> Result<Vec<String>, RadiusError> {
    let changed = sqlx::query_scalar(
        "UPDATE radius.account SET locked = $3 WHERE tenant_id = $1 AND service_id = $2 AND locked <> $3 \
         RETURNING username",
    )
    .bind(tenant)
    .bind(service_id)
    .bind(locked)
    .fetch_all(conn)
    .await?;
    Ok(changed)
}

/// Takes a user name away: its next login is refused as unknown. Returns whether it was there.
///
/// # Errors
/// The database's.
pub async fn remove_in(conn: &mut PgConnection, tenant: Uuid, username: &str) -> Result<bool, RadiusError> {
    let removed = sqlx::query("DELETE FROM radius.account WHERE tenant_id = $1 AND username = $2")
        .bind(tenant)
        .bind(username)
        .execute(conn)
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// What a change of authorization must carry so that a living session of this user name becomes what a new login
/// would get: rate, firewall list and longest duration. `None`: there is no such user name, end the session instead.
///
/// # Errors
/// The database's.
pub async fn session_change_in(
    conn: &mut PgConnection,
    tenant: Uuid,
    username: &str,
) -> Result<Option<Vec<Attribute>>, RadiusError> {
    let row = sqlx::query(
        "SELECT locked, CASE WHEN locked THEN walled_rate_limit ELSE rate_limit END AS rate, session_timeout_s \
         FROM radius.account WHERE tenant_id = $1 AND username = $2 AND enabled",
    )
    .bind(tenant)
    .bind(username)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let locked: bool = row.try_get("locked")?;
    let rate: String = row.try_get("rate")?;
    // The column's CHECK keeps it positive.
    let limit: Option<u32> = row.try_get::<Option<i32>, _>("session_timeout_s")?.map(i32::unsigned_abs);
    let (list, timeout) = match limit {
        limit if locked => (WALLED_LIST, limit.unwrap_or(WALLED_S).min(WALLED_S)),
        limit => (ACTIVE_LIST, limit.unwrap_or(UNLIMITED_S)),
    };
    Ok(Some(vec![
        Attribute::mikrotik_rate_limit(&rate),
        Attribute::mikrotik_address_list(list),
        Attribute::integer(attribute::SESSION_TIMEOUT, timeout),
    ]))
}
