//! Living sessions, as the routers report them.
//! The one rule: accounting is written by FreeRADIUS alone; the platform only reads it.

use super::RadiusError;
use chrono::{DateTime, Utc};
use gateways::radius::SessionKey;
use ipnet::IpNet;
use sqlx::PgConnection;
use std::net::{IpAddr, SocketAddr};
use uuid::Uuid;

/// A session that has begun and, as far as was reported, not ended.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OpenSession {
    pub unique_id: String,
    pub session_id: String,
    pub username: String,
    pub service_id: Option<Uuid>,
    pub nas_id: Uuid,
    /// Where the router's packets came from.
    pub nas_addr: IpAddr,
    /// What the router calls itself (`NAS-IP-Address`).
    pub nas_ip: Option<IpAddr>,
    /// `None`: the router was removed since.
    pub coa_port: Option<i32>,
    /// Whether its router understands the attributes that change a living session.
    pub can_change: bool,
    pub started_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub session_s: i64,
    /// What the subscriber sent, in octets.
    pub input_octets: i64,
    /// What the subscriber received, in octets.
    pub output_octets: i64,
    pub calling_station: Option<String>,
    pub framed_ip: Option<IpAddr>,
    pub delegated_prefix: Option<IpNet>,
}

impl OpenSession {
    /// What names this session to its router.
    pub fn key(&self) -> SessionKey {
        SessionKey {
            username: self.username.clone(),
            session_id: Some(self.session_id.clone()),
            nas: self.nas_ip,
            framed_ip: None,
        }
    }

    /// Where commands about this session go. `None`: the router was removed since.
    pub fn coa_addr(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.nas_addr, u16::try_from(self.coa_port?).ok()?))
    }
}

/// The living sessions of a user name, newest first.
///
/// # Errors
/// The database's.
pub async fn open_sessions_in(
    conn: &mut PgConnection,
    tenant: Uuid,
    username: &str,
) -> Result<Vec<OpenSession>, RadiusError> {
    let sessions = sqlx::query_as(
        "SELECT o.unique_id, o.session_id, o.username, o.service_id, o.nas_id, o.nas_addr, o.nas_ip, n.coa_port, \
           coalesce(n.vendor = 'mikrotik', false) AS can_change, o.started_at, o.updated_at, o.session_s, o.input_octets, o.output_octets, o.calling_station, o.framed_ip, \
           o.delegated_prefix \
         FROM radius.acct_open o LEFT JOIN radius.nas n ON n.tenant_id = o.tenant_id AND n.id = o.nas_id \
         WHERE o.tenant_id = $1 AND o.username = $2 ORDER BY o.started_at DESC",
    )
    .bind(tenant)
    .bind(username)
    .fetch_all(conn)
    .await?;
    Ok(sessions)
}
