//! The statements of routers.

use model::network::NasId;
use model::network::nas::SaveNas;
use model::time::Timestamp;
use platform::Conn;
use sqlx::{query, query_as, query_scalar};
use std::net::IpAddr;
use uuid::Uuid;

pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    pub address: IpAddr,
    pub vendor: String,
    pub coa_port: i32,
    pub site: Option<String>,
    pub requires_message_authenticator: bool,
    pub sessions: i64,
    pub last_seen_at: Option<Timestamp>,
}

pub(super) async fn list(conn: &mut Conn) -> Result<Vec<Row>, sqlx::Error> {
    query_as!(
        Row,
        r#"SELECT n.id, n.name, n.address AS "address: IpAddr", n.vendor, n.coa_port, s.name AS "site?",
             n.requires_message_authenticator,
             (SELECT count(*) FROM radius.acct_open o WHERE o.nas_id = n.id) AS "sessions!",
             (SELECT max(o.updated_at) FROM radius.acct_open o WHERE o.nas_id = n.id) AS last_seen_at
           FROM nas n LEFT JOIN site s ON s.id = n.site_id ORDER BY n.name"#
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn insert(
    conn: &mut Conn,
    tenant: Uuid,
    id: NasId,
    nas: &SaveNas,
    secret: &[u8],
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO nas (tenant_id, id, name, address, vendor, secret, coa_port, requires_message_authenticator, site_id,
           created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        id.uuid(),
        nas.name.as_str(),
        nas.address as _,
        nas.vendor.code(),
        secret,
        i32::from(nas.coa_port),
        nas.requires_message_authenticator,
        nas.site_id.map(|s| s.uuid()),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes a router; without `secret` the present one stays.
pub(super) async fn update(
    conn: &mut Conn,
    id: NasId,
    nas: &SaveNas,
    secret: Option<&[u8]>,
) -> Result<bool, sqlx::Error> {
    let changed = query!(
        "UPDATE nas SET name = $2, address = $3, vendor = $4, secret = coalesce($5, secret), coa_port = $6,
           requires_message_authenticator = $7, site_id = $8 WHERE id = $1",
        id.uuid(),
        nas.name.as_str(),
        nas.address as _,
        nas.vendor.code(),
        secret,
        i32::from(nas.coa_port),
        nas.requires_message_authenticator,
        nas.site_id.map(|s| s.uuid())
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() > 0)
}

pub(super) async fn secret(conn: &mut Conn, id: NasId) -> Result<Option<Vec<u8>>, sqlx::Error> {
    query_scalar!("SELECT secret FROM nas WHERE id = $1", id.uuid()).fetch_optional(conn).await
}

pub(super) async fn delete(conn: &mut Conn, id: NasId) -> Result<Option<String>, sqlx::Error> {
    query_scalar!("DELETE FROM nas WHERE id = $1 RETURNING name", id.uuid()).fetch_optional(conn).await
}
