//! The statements of pools and allocations.

use ipnet::IpNet;
use model::crm::{AccountId, ServiceId};
use model::network::pools::{PoolKind, PoolRange, SavePool};
use model::network::{AllocationId, PoolId};
use model::time::Timestamp;
use platform::Conn;
use sqlx::{query, query_as, query_scalar};
use std::net::IpAddr;
use uuid::Uuid;

pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    pub network: IpNet,
    pub gateway: Option<IpAddr>,
    pub delegated_length: Option<i16>,
    pub site: Option<String>,
    pub used: i64,
}

impl Row {
    /// The range that this row stands for. `None` only when the table's own CHECK was broken.
    pub fn range(&self) -> Option<PoolRange> {
        range_of(self.network, self.gateway, self.delegated_length)
    }
}

fn range_of(network: IpNet, gateway: Option<IpAddr>, delegated_length: Option<i16>) -> Option<PoolRange> {
    match (network, gateway) {
        (IpNet::V4(network), None) => Some(PoolRange::V4 { network, gateway: None }),
        (IpNet::V4(network), Some(IpAddr::V4(gateway))) => Some(PoolRange::V4 { network, gateway: Some(gateway) }),
        (IpNet::V6(network), _) => {
            Some(PoolRange::V6 { network, delegated_length: u8::try_from(delegated_length?).ok()? })
        }
        _ => None,
    }
}

/// Two pools of one tenant must not overlap, and a row that is not there yet cannot be locked.
pub(super) async fn lock_tenant(conn: &mut Conn, tenant: Uuid) -> Result<(), sqlx::Error> {
    query!("SELECT pg_advisory_xact_lock(hashtextextended('network.pools:' || $1::text, 0))", tenant.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn overlapping(conn: &mut Conn, network: IpNet) -> Result<Option<String>, sqlx::Error> {
    query_scalar!("SELECT name FROM pool WHERE network && $1 ORDER BY name LIMIT 1", network).fetch_optional(conn).await
}

pub(super) async fn insert(
    conn: &mut Conn,
    tenant: Uuid,
    id: PoolId,
    pool: &SavePool,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let (gateway, length) = match pool.range {
        PoolRange::V4 { gateway, .. } => (gateway.map(IpAddr::V4), None),
        PoolRange::V6 { delegated_length, .. } => (None, Some(i16::from(delegated_length))),
    };
    query!(
        "INSERT INTO pool (tenant_id, id, name, kind, network, gateway, delegated_length, site_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id.uuid(),
        pool.name.as_str(),
        pool.range.kind().code(),
        pool.range.network() as _,
        gateway as _,
        length,
        pool.site_id.map(|s| s.uuid()),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn list(conn: &mut Conn) -> Result<Vec<Row>, sqlx::Error> {
    query_as!(
        Row,
        r#"SELECT p.id, p.name, p.network, p.gateway AS "gateway: IpAddr", p.delegated_length, s.name AS "site?",
             (SELECT count(*) FROM allocation a WHERE a.pool_id = p.id AND a.released_at IS NULL) AS "used!"
           FROM pool p LEFT JOIN site s ON s.id = p.site_id ORDER BY p.kind, p.name"#
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn has_site(conn: &mut Conn, site: Uuid) -> Result<bool, sqlx::Error> {
    query_scalar!(r#"SELECT EXISTS (SELECT FROM site WHERE id = $1) AS "there!""#, site).fetch_one(conn).await
}

/// The pools of a kind that a service may be served from: those of its device's site first, then those of no site.
/// Each row stays locked, so that two services never find the same free address.
pub(super) async fn lock_candidates(
    conn: &mut Conn,
    kind: PoolKind,
    service: ServiceId,
) -> Result<Vec<(PoolId, Option<PoolRange>)>, sqlx::Error> {
    let rows = query!(
        r#"WITH place AS (
             SELECT d.site_id FROM service s
             LEFT JOIN service_device sd ON sd.service_id = s.id
             LEFT JOIN building_device bd ON bd.building_id = s.building_id
             JOIN device d ON d.id = coalesce(sd.device_id, bd.device_id)
             WHERE s.id = $2)
           SELECT p.id, p.network, p.gateway AS "gateway: IpAddr", p.delegated_length
           FROM pool p
           WHERE p.kind = $1 AND (p.site_id IS NULL OR p.site_id IN (SELECT site_id FROM place))
           ORDER BY p.site_id IS NULL, p.name FOR NO KEY UPDATE OF p"#,
        kind.code(),
        service.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (PoolId::from_uuid(r.id), range_of(r.network, r.gateway, r.delegated_length)))
        .collect())
}

/// What of a pool is in use: what is allocated, and what the living sessions of other services have. An address that was
/// released stays with its session until the router has ended it.
pub(super) async fn taken(conn: &mut Conn, pool: PoolId, service: ServiceId) -> Result<Vec<IpNet>, sqlx::Error> {
    query_scalar!(
        r#"SELECT network AS "network!" FROM allocation WHERE pool_id = $1 AND released_at IS NULL
           UNION
           SELECT network(s.has) FROM pool p
           JOIN LATERAL (
             SELECT CASE p.kind WHEN 'v4' THEN o.framed_ip ELSE set_masklen(o.delegated_prefix, p.delegated_length::int) END AS has
             FROM radius.acct_open o WHERE o.tenant_id = p.tenant_id AND o.service_id IS DISTINCT FROM $2) AS s
             ON s.has <<= p.network
           WHERE p.id = $1"#,
        pool.uuid(),
        service.uuid()
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn present(conn: &mut Conn, service: ServiceId, family: i16) -> Result<Option<IpNet>, sqlx::Error> {
    query_scalar!(
        "SELECT network FROM allocation WHERE service_id = $1 AND family = $2 AND released_at IS NULL",
        service.uuid(),
        family
    )
    .fetch_optional(conn)
    .await
}

pub(super) struct NewAllocation {
    pub tenant: Uuid,
    pub pool: PoolId,
    pub service: ServiceId,
    pub account: AccountId,
    pub network: IpNet,
    pub at: Timestamp,
}

pub(super) async fn insert_allocation(conn: &mut Conn, new: &NewAllocation) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO allocation (tenant_id, id, pool_id, service_id, account_id, network, family, allocated_at)
         VALUES ($1, $2, $3, $4, $5, $6::cidr, family($6::cidr), $7)",
        new.tenant,
        AllocationId::new().uuid(),
        new.pool.uuid(),
        new.service.uuid(),
        new.account.uuid(),
        new.network,
        new.at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn release(conn: &mut Conn, service: ServiceId, at: Timestamp) -> Result<Vec<IpNet>, sqlx::Error> {
    query_scalar!(
        "UPDATE allocation SET released_at = GREATEST($2, allocated_at)
         WHERE service_id = $1 AND released_at IS NULL RETURNING network",
        service.uuid(),
        at
    )
    .fetch_all(conn)
    .await
}

pub(super) struct Holder {
    pub id: Uuid,
    pub pool_id: Uuid,
    pub network: IpNet,
    pub service_id: Uuid,
    pub subscriber: String,
    pub allocated_at: Timestamp,
    pub released_at: Option<Timestamp>,
}

/// Holders of a pool's addresses, the present ones first. `at` inside `network` asks for one address only.
pub(super) async fn holders(
    conn: &mut Conn,
    pool: PoolId,
    within: Option<IpNet>,
    most: i64,
) -> Result<Vec<Holder>, sqlx::Error> {
    query_as!(
        Holder,
        r#"SELECT a.id, a.pool_id, a.network, a.service_id, s.full_name AS subscriber, a.allocated_at, a.released_at
           FROM allocation a JOIN account c ON c.id = a.account_id JOIN subscriber s ON s.id = c.subscriber_id
           WHERE a.pool_id = $1 AND ($2::cidr IS NULL OR a.network >>= $2 OR a.network <<= $2)
           ORDER BY a.released_at IS NOT NULL, a.network, a.allocated_at DESC LIMIT $3"#,
        pool.uuid(),
        within as _,
        most
    )
    .fetch_all(conn)
    .await
}
