//! Address pools: one IPv4 address and one IPv6 prefix per service. The one rule: no rows are made in advance; the next
//! free address is found among those that are taken, while the pool's row is locked.

mod sql;

use ipnet::IpNet;
use model::AppError;
use model::crm::{AccountId, ServiceId};
use model::network::pools::{AllocationRow, PoolForm, PoolKind, PoolRow, SavePool};
use model::network::{AllocationId, PoolId, perm};
use model::time::Timestamp;
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// How many holders a page of a pool shows.
pub const HOLDERS_SHOWN: i64 = 200;

/// What a service has been given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Addresses {
    pub v4: Option<Ipv4Addr>,
    pub v6: Option<ipnet::Ipv6Net>,
}

/// Adds a pool.
///
/// # Errors
/// `Invalid` names the fields; a network that shares an address with another pool is refused.
pub async fn create(tx: &mut Tx<perm::PoolWrite>, form: PoolForm) -> Result<PoolId, AppError> {
    let pool = form.parse().map_err(AppError::Invalid)?;
    create_in_op(tx, &pool).await
}

/// The same for other contexts and for seeds.
pub async fn create_in_op(op: &mut Op, pool: &SavePool) -> Result<PoolId, AppError> {
    let (tenant, at, id) = (op.tenant().uuid(), op.now(), PoolId::new());
    sql::lock_tenant(op.conn(), tenant).await.map_err(from_sql)?;
    if let Some(other) = sql::overlapping(op.conn(), pool.range.network()).await.map_err(from_sql)? {
        let text = format!("The pool {other} has addresses of this network already. Choose a network of its own.");
        return Err(AppError::invalid("network", text));
    }
    if let Some(site) = pool.site_id
        && !sql::has_site(op.conn(), site.uuid()).await.map_err(from_sql)?
    {
        return Err(AppError::invalid("site_id", "This site is not there any more. Choose another."));
    }
    sql::insert(op.conn(), tenant, id, pool, at).await.map_err(taken)?;
    let facts = serde_json::json!({ "name": pool.name.as_str(), "network": pool.range.network() });
    op.audit(Change::new("network.pool.create", "pool", id).after(facts));
    Ok(id)
}

fn taken(error: sqlx::Error) -> AppError {
    match violated(&error) {
        Some("pool_name_taken") => AppError::invalid("name", "Another pool has this name. Choose another."),
        _ => from_sql(error),
    }
}

/// All pools with how much of each is used, by kind and name.
pub async fn list(tx: &mut Tx<perm::PoolRead>) -> Result<Vec<PoolRow>, AppError> {
    let rows = sql::list(tx.conn()).await.map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let range = row.range().ok_or_else(|| platform::internal("a pool without a range"))?;
            Ok(PoolRow {
                id: PoolId::from_uuid(row.id),
                kind: range.kind(),
                network: row.network,
                delegated_length: row.delegated_length.and_then(|length| u8::try_from(length).ok()),
                site: row.site,
                used: row.used,
                size: i64::try_from(range.size()).unwrap_or(i64::MAX),
                name: row.name,
            })
        })
        .collect()
}

/// Who has, and who had, addresses of a pool: the present holders first. `within` asks about one address or network.
pub async fn holders(
    tx: &mut Tx<perm::PoolRead>,
    pool: PoolId,
    within: Option<IpNet>,
) -> Result<Vec<AllocationRow>, AppError> {
    let rows = sql::holders(tx.conn(), pool, within, HOLDERS_SHOWN).await.map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .map(|row| AllocationRow {
            id: AllocationId::from_uuid(row.id),
            pool_id: PoolId::from_uuid(row.pool_id),
            network: row.network,
            service_id: ServiceId::from_uuid(row.service_id),
            subscriber: row.subscriber,
            from: row.allocated_at,
            until: row.released_at,
        })
        .collect())
}

/// Gives a service its IPv4 address and IPv6 prefix. What it has already stays, so asking twice gives the same.
/// An ISP without an IPv6 pool gives none; without an IPv4 pool there is nothing to route.
///
/// # Errors
/// `NotFound` without such a service; `Conflict` when every pool is full or there is none.
pub async fn reserve_in_op(op: &mut Op, service: ServiceId) -> Result<Addresses, AppError> {
    let account = crate::projection::lock_service_in_op(op, service).await?;
    let v4 = reserve_kind_in_op(op, PoolKind::V4, service, account).await?;
    let v6 = reserve_kind_in_op(op, PoolKind::V6Delegated, service, account).await?;
    let Some(IpNet::V4(v4)) = v4 else {
        return Err(AppError::Conflict(
            "There is no IPv4 pool for this place. Add one under Addresses, then try again.".into(),
        ));
    };
    let v6 = v6.and_then(|net| if let IpNet::V6(net) = net { Some(net) } else { None });
    Ok(Addresses { v4: Some(v4.addr()), v6 })
}

async fn reserve_kind_in_op(
    op: &mut Op,
    kind: PoolKind,
    service: ServiceId,
    account: AccountId,
) -> Result<Option<IpNet>, AppError> {
    let family = if kind == PoolKind::V4 { 4 } else { 6 };
    if let Some(network) = sql::present(op.conn(), service, family).await.map_err(from_sql)? {
        return Ok(Some(network));
    }
    let pools = sql::lock_candidates(op.conn(), kind, service).await.map_err(from_sql)?;
    let is_any = !pools.is_empty();
    for (pool, range) in pools {
        let Some(range) = range else { continue };
        let taken = sql::taken(op.conn(), pool, service).await.map_err(from_sql)?;
        let taken: BTreeSet<IpNet> = taken.into_iter().collect();
        let Some(network) = range.next_free(&taken) else { continue };
        let new = sql::NewAllocation { tenant: op.tenant().uuid(), pool, service, account, network, at: real_now() };
        sql::insert_allocation(op.conn(), &new).await.map_err(from_sql)?;
        return Ok(Some(network));
    }
    if is_any {
        let what = if kind == PoolKind::V4 { "IPv4 address" } else { "IPv6 prefix" };
        return Err(AppError::Conflict(format!(
            "No {what} is free: every pool of this place is full. Add a pool under Addresses, then try again."
        )));
    }
    Ok(None)
}

/// Real time: who had which address when must agree with accounting, which no demo clock moves.
fn real_now() -> Timestamp {
    chrono::Utc::now()
}

/// What a service has now.
pub async fn addresses_in_op(op: &mut Op, service: ServiceId) -> Result<Addresses, AppError> {
    let v4 = sql::present(op.conn(), service, 4).await.map_err(from_sql)?;
    let v6 = sql::present(op.conn(), service, 6).await.map_err(from_sql)?;
    Ok(Addresses {
        v4: v4.and_then(|net| if let IpAddr::V4(address) = net.addr() { Some(address) } else { None }),
        v6: v6.and_then(|net| if let IpNet::V6(net) = net { Some(net) } else { None }),
    })
}

/// Takes a service's addresses back; others may have them once no session of it lives, and the history stays. Returns what
/// was taken back; a second call returns nothing.
pub async fn release_in_op(op: &mut Op, service: ServiceId) -> Result<Vec<IpNet>, AppError> {
    sql::release(op.conn(), service, real_now()).await.map_err(from_sql)
}
