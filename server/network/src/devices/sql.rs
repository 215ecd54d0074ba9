//! The statements of sites, devices and links.

use model::network::devices::{DeviceState, LinkKind};
use model::network::sites::{SaveDevice, SaveSite};
use model::network::{DeviceId, LinkId, SiteId};
use model::time::Timestamp;
use platform::Conn;
use sqlx::{query, query_as, query_scalar};
use std::net::IpAddr;
use uuid::Uuid;

pub(super) async fn save_site(
    conn: &mut Conn,
    tenant: Uuid,
    id: SiteId,
    site: &SaveSite,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let (latitude, longitude) = site.position.map_or((None, None), |p| (Some(p.latitude), Some(p.longitude)));
    if site.id.is_some() {
        let done = query!(
            "UPDATE site SET name = $2, county = $3, latitude = $4, longitude = $5 WHERE id = $1",
            id.uuid(),
            site.name.as_str(),
            site.county.as_str(),
            latitude,
            longitude
        )
        .execute(conn)
        .await?;
        return Ok(done.rows_affected() > 0);
    }
    query!(
        "INSERT INTO site (tenant_id, id, name, county, latitude, longitude, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id.uuid(),
        site.name.as_str(),
        site.county.as_str(),
        latitude,
        longitude,
        at
    )
    .execute(conn)
    .await?;
    Ok(true)
}

pub(super) async fn save_device(
    conn: &mut Conn,
    tenant: Uuid,
    id: DeviceId,
    device: &SaveDevice,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let (latitude, longitude) = device.position.map_or((None, None), |p| (Some(p.latitude), Some(p.longitude)));
    let (site, parent) = (device.site_id.map(|s| s.uuid()), device.parent_id.map(|p| p.uuid()));
    if device.id.is_some() {
        let done = query!(
            "UPDATE device SET name = $2, kind = $3, site_id = $4, parent_id = $5, address = $6, latitude = $7, longitude = $8
             WHERE id = $1",
            id.uuid(),
            device.name.as_str(),
            device.kind.code(),
            site,
            parent,
            device.address as _,
            latitude,
            longitude
        )
        .execute(conn)
        .await?;
        return Ok(done.rows_affected() > 0);
    }
    query!(
        "INSERT INTO device (tenant_id, id, name, kind, site_id, parent_id, address, latitude, longitude, state_since, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        tenant,
        id.uuid(),
        device.name.as_str(),
        device.kind.code(),
        site,
        parent,
        device.address as _,
        latitude,
        longitude,
        at
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// All changes of the topology take turns: a loop is made of two changes that do not see each other.
pub(super) async fn lock_topology(conn: &mut Conn, tenant: Uuid) -> Result<(), sqlx::Error> {
    query!("SELECT pg_advisory_xact_lock(hashtextextended('network.topology:' || $1::text, 0))", tenant.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Pairs of child and parent.
pub(super) async fn parents(conn: &mut Conn) -> Result<Vec<(DeviceId, DeviceId)>, sqlx::Error> {
    let rows = query!(r#"SELECT id, parent_id AS "parent_id!" FROM device WHERE parent_id IS NOT NULL"#)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|r| (DeviceId::from_uuid(r.id), DeviceId::from_uuid(r.parent_id))).collect())
}

pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub state_since: Timestamp,
    pub site_id: Option<Uuid>,
    pub site: Option<String>,
    pub parent_id: Option<Uuid>,
    pub address: Option<IpAddr>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// Services that hang on this very device.
    pub own: i64,
}

/// Every device, with the place of its site where it has none of its own.
pub(super) async fn list(conn: &mut Conn) -> Result<Vec<Row>, sqlx::Error> {
    query_as!(
        Row,
        r#"SELECT d.id, d.name, d.kind, d.state, d.state_since, d.site_id, s.name AS "site?", d.parent_id,
             d.address AS "address: IpAddr", coalesce(d.latitude, s.latitude) AS latitude,
             coalesce(d.longitude, s.longitude) AS longitude, coalesce(o.n, 0) AS "own!"
           FROM device d
           LEFT JOIN site s ON s.tenant_id = d.tenant_id AND s.id = d.site_id
           LEFT JOIN (
             SELECT coalesce(sd.device_id, bd.device_id) AS device_id, count(*) AS n
             FROM service v
             LEFT JOIN service_device sd ON sd.tenant_id = v.tenant_id AND sd.service_id = v.id
             LEFT JOIN building_device bd ON bd.tenant_id = v.tenant_id AND bd.building_id = v.building_id
             WHERE v.state = 'active' GROUP BY 1) AS o ON o.device_id = d.id
           ORDER BY d.name"#
    )
    .fetch_all(conn)
    .await
}

pub(super) struct SiteRow {
    pub id: Uuid,
    pub name: String,
    pub county: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

pub(super) async fn sites(conn: &mut Conn) -> Result<Vec<SiteRow>, sqlx::Error> {
    query_as!(SiteRow, "SELECT id, name, county, latitude, longitude FROM site ORDER BY name").fetch_all(conn).await
}

pub(super) async fn links(conn: &mut Conn) -> Result<Vec<(LinkId, String, DeviceId, DeviceId)>, sqlx::Error> {
    let rows = query!("SELECT id, kind, from_id, to_id FROM link ORDER BY id").fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|r| (LinkId::from_uuid(r.id), r.kind, DeviceId::from_uuid(r.from_id), DeviceId::from_uuid(r.to_id)))
        .collect())
}

pub(super) async fn insert_link(
    conn: &mut Conn,
    tenant: Uuid,
    id: LinkId,
    kind: LinkKind,
    ends: (DeviceId, DeviceId),
) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO link (tenant_id, id, kind, from_id, to_id) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, from_id, to_id) DO UPDATE SET kind = excluded.kind",
        tenant,
        id.uuid(),
        kind.code(),
        ends.0.uuid(),
        ends.1.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn service_of_username(conn: &mut Conn, username: &str) -> Result<Option<Uuid>, sqlx::Error> {
    query_scalar!("SELECT service_id FROM access WHERE username = $1", username).fetch_optional(conn).await
}

pub(super) async fn hang_service(conn: &mut Conn, service: Uuid, device: DeviceId) -> Result<bool, sqlx::Error> {
    let done = query!(
        "INSERT INTO service_device (tenant_id, service_id, account_id, device_id)
         SELECT s.tenant_id, s.id, s.account_id, d.id FROM service s, device d WHERE s.id = $1 AND d.id = $2
         ON CONFLICT (tenant_id, service_id) DO UPDATE SET device_id = excluded.device_id",
        service,
        device.uuid()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn hang_building(conn: &mut Conn, building: Uuid, device: DeviceId) -> Result<bool, sqlx::Error> {
    let done = query!(
        "INSERT INTO building_device (tenant_id, building_id, device_id)
         SELECT b.tenant_id, b.id, d.id FROM building b, device d WHERE b.id = $1 AND d.id = $2
         ON CONFLICT (tenant_id, building_id) DO UPDATE SET device_id = excluded.device_id",
        building,
        device.uuid()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) struct Standing {
    pub name: String,
    pub state: String,
}

/// A device's row, locked against a second report at the same moment.
pub(crate) async fn lock(conn: &mut Conn, id: DeviceId) -> Result<Option<Standing>, sqlx::Error> {
    query_as!(Standing, "SELECT name, state FROM device WHERE id = $1 FOR UPDATE", id.uuid()).fetch_optional(conn).await
}

pub(crate) async fn id_of_name(conn: &mut Conn, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    query_scalar!("SELECT id FROM device WHERE name = $1", name).fetch_optional(conn).await
}

pub(crate) async fn set_state(
    conn: &mut Conn,
    id: DeviceId,
    state: DeviceState,
    at: Timestamp,
    source: &str,
) -> Result<(), sqlx::Error> {
    query!(
        "UPDATE device SET state_since = CASE WHEN state = $2 THEN state_since ELSE $3 END, state = $2, state_source = $4
         WHERE id = $1",
        id.uuid(),
        state.code(),
        at,
        source
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Devices that are down by their own report, whether or not something above them is down as well.
pub(crate) async fn down(conn: &mut Conn) -> Result<Vec<Uuid>, sqlx::Error> {
    query_scalar!("SELECT id FROM device WHERE state IN ('down', 'unreachable')").fetch_all(conn).await
}
