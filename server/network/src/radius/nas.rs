//! Routers that may ask, as FreeRADIUS knows them.
//! The one rule: a router is known by the address its packets come from, and that address belongs to one tenant.

use super::{ProjectionKey, RadiusError};
use gateways::Secret;
use sqlx::PgConnection;
use std::net::IpAddr;
use uuid::Uuid;

/// Which dialect of attributes a router speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NasVendor {
    Mikrotik,
    /// Standard attributes only.
    Other,
}

impl NasVendor {
    fn as_str(self) -> &'static str {
        match self {
            Self::Mikrotik => "mikrotik",
            Self::Other => "other",
        }
    }
}

/// One router's row of the projection.
#[derive(Debug, Clone)]
pub struct Nas {
    pub id: Uuid,
    /// Where its packets come from; unique over the installation.
    pub addr: IpAddr,
    pub name: String,
    pub secret: Secret,
    /// Refuse its logins when they carry no Message-Authenticator. `false` only for routers that cannot send it.
    pub require_ma: bool,
    pub vendor: NasVendor,
    /// Where it accepts changes of authorization.
    pub coa_port: u16,
}

/// Writes a router's row, new or changed. Idempotent. FreeRADIUS asks again after at most a minute.
///
/// # Errors
/// [`RadiusError::AddressTaken`] when another router, of whichever tenant, sends from that address;
/// [`RadiusError::BadSecret`].
pub async fn upsert_nas_in(
    conn: &mut PgConnection,
    tenant: Uuid,
    key: &ProjectionKey,
    nas: &Nas,
) -> Result<(), RadiusError> {
    let secret = nas.secret.expose();
    if secret.is_empty() || secret.len() > 120 || !secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(RadiusError::BadSecret);
    }
    let written = sqlx::query(
        "INSERT INTO radius.nas (tenant_id, id, addr, name, secret, require_ma, vendor, coa_port) \
         VALUES ($1, $2, $3, $4, radius.seal($5, 'nas:' || $1 || ':' || $2, $6), $7, $8, $9) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET addr = excluded.addr, name = excluded.name, \
           secret = excluded.secret, require_ma = excluded.require_ma, vendor = excluded.vendor, \
           coa_port = excluded.coa_port",
    )
    .bind(tenant)
    .bind(nas.id)
    .bind(nas.addr)
    .bind(&nas.name)
    .bind(key.octets())
    .bind(secret)
    .bind(nas.require_ma)
    .bind(nas.vendor.as_str())
    .bind(i32::from(nas.coa_port))
    .execute(conn)
    .await;
    match written {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("nas_addr_key") => {
            Err(RadiusError::AddressTaken(nas.addr))
        }
        written => {
            written?;
            Ok(())
        }
    }
}

/// Takes a router away: after at most a minute its packets get no answer. Its sessions' history stays.
/// Returns whether it was there.
///
/// # Errors
/// The database's.
pub async fn remove_nas_in(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<bool, RadiusError> {
    let removed = sqlx::query("DELETE FROM radius.nas WHERE tenant_id = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(removed.rows_affected() > 0)
}
