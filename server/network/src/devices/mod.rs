//! Sites, devices, links, and what hangs below what. The one rule: a device has one parent and the topology has no loop,
//! so what fails above explains what fails below.

pub(crate) mod sql;

use model::AppError;
use model::crm::{BuildingId, ServiceId};
use model::network::devices::{DeviceRow, DeviceState, LinkKind, LinkRow, Position, Topology};
use model::network::sites::{DeviceForm, HangBuildingForm, HangServiceForm, SaveDevice, SaveSite, SiteForm, SiteRow};
use model::network::{DeviceId, LinkId, SiteId, perm};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// Adds a site, or changes one.
///
/// # Errors
/// `Invalid` names the fields; `NotFound` for a site of somebody else.
pub async fn save_site(tx: &mut Tx<perm::DeviceWrite>, form: SiteForm) -> Result<SiteId, AppError> {
    let site = form.parse().map_err(AppError::Invalid)?;
    save_site_in_op(tx, &site).await
}

/// The same for seeds.
pub async fn save_site_in_op(op: &mut Op, site: &SaveSite) -> Result<SiteId, AppError> {
    let (tenant, at, id) = (op.tenant().uuid(), op.now(), site.id.unwrap_or_else(SiteId::new));
    if !sql::save_site(op.conn(), tenant, id, site, at).await.map_err(taken)? {
        return Err(AppError::NotFound);
    }
    op.audit(Change::new("network.site.save", "site", id).after(serde_json::json!({ "name": site.name.as_str() })));
    Ok(id)
}

/// Adds a device, or changes one. A new one is in state unknown until something reports about it.
///
/// # Errors
/// `Invalid` names the fields; a parent that hangs below the device itself is refused. `NotFound` for one of somebody else.
pub async fn save_device(tx: &mut Tx<perm::DeviceWrite>, form: DeviceForm) -> Result<DeviceId, AppError> {
    let device = form.parse().map_err(AppError::Invalid)?;
    save_device_in_op(tx, &device).await
}

/// The same for seeds.
pub async fn save_device_in_op(op: &mut Op, device: &SaveDevice) -> Result<DeviceId, AppError> {
    let (tenant, at, id) = (op.tenant().uuid(), op.now(), device.id.unwrap_or_else(DeviceId::new));
    sql::lock_topology(op.conn(), tenant).await.map_err(from_sql)?;
    if let Some(parent) = device.parent_id
        && !topology_in_op(op).await?.can_attach(id, parent)
    {
        return Err(AppError::invalid(
            "parent_id",
            "This device hangs below the one you are saving. Choose another parent.",
        ));
    }
    if !sql::save_device(op.conn(), tenant, id, device, at).await.map_err(taken)? {
        return Err(AppError::NotFound);
    }
    let facts = serde_json::json!({ "name": device.name.as_str(), "kind": device.kind, "parent_id": device.parent_id });
    op.audit(Change::new("network.device.save", "device", id).after(facts));
    Ok(id)
}

/// Connects two devices; the same pair again changes the kind.
///
/// # Errors
/// `NotFound` when one of them is not there; `Invalid` for a device and itself.
pub async fn connect(
    tx: &mut Tx<perm::DeviceWrite>,
    kind: LinkKind,
    from: DeviceId,
    to: DeviceId,
) -> Result<LinkId, AppError> {
    connect_in_op(tx, kind, from, to).await
}

/// The same for seeds.
pub async fn connect_in_op(op: &mut Op, kind: LinkKind, from: DeviceId, to: DeviceId) -> Result<LinkId, AppError> {
    let (tenant, id) = (op.tenant().uuid(), LinkId::new());
    sql::insert_link(op.conn(), tenant, id, kind, (from, to)).await.map_err(taken)?;
    op.audit(Change::new("network.link.save", "link", id).after(serde_json::json!({ "from": from, "to": to })));
    Ok(id)
}

fn taken(error: sqlx::Error) -> AppError {
    match violated(&error) {
        Some("site_name_taken") => AppError::invalid("name", "Another site has this name. Choose another."),
        Some("device_name_taken") => AppError::invalid("name", "Another device has this name. Choose another."),
        Some("device_tenant_id_site_id_fkey") => {
            AppError::invalid("site_id", "This site is not there any more. Choose another.")
        }
        Some("device_tenant_id_parent_id_fkey") => {
            AppError::invalid("parent_id", "This device is not there any more. Choose another.")
        }
        Some("link_has_two_ends") => AppError::invalid("to_id", "A link has two ends. Choose another device."),
        Some("link_tenant_id_from_id_fkey" | "link_tenant_id_to_id_fkey") => AppError::NotFound,
        _ => from_sql(error),
    }
}

/// Says which device a service hangs on, by the name that its router dials with. The last word counts.
///
/// # Errors
/// `Invalid` for a user name that nobody has; `NotFound` when the device is not there.
pub async fn hang_service(tx: &mut Tx<perm::DeviceWrite>, form: HangServiceForm) -> Result<(), AppError> {
    let (device, username) = form.parse().map_err(AppError::Invalid)?;
    let found = sql::service_of_username(tx.conn(), username.as_str()).await.map_err(from_sql)?;
    let Some(service) = found.map(ServiceId::from_uuid) else {
        return Err(AppError::invalid(
            "username",
            "No service dials with this name. Look it up on the subscriber's page.",
        ));
    };
    hang_service_in_op(tx, service, device).await?;
    let facts = serde_json::json!({ "service_id": service });
    tx.audit(Change::new("network.device.hang_service", "device", device).after(facts));
    Ok(())
}

/// The same for seeds.
///
/// # Errors
/// `NotFound` when service or device is not there.
pub async fn hang_service_in_op(op: &mut Op, service: ServiceId, device: DeviceId) -> Result<(), AppError> {
    let is_there = sql::hang_service(op.conn(), service.uuid(), device).await.map_err(from_sql)?;
    if is_there { Ok(()) } else { Err(AppError::NotFound) }
}

/// Says which device serves a building: services in it that have no device of their own hang there. The last word counts.
///
/// # Errors
/// `Invalid` when no building was chosen; `NotFound` when building or device is not there.
pub async fn hang_building(tx: &mut Tx<perm::DeviceWrite>, form: HangBuildingForm) -> Result<(), AppError> {
    let (device, building) = form.parse().map_err(AppError::Invalid)?;
    hang_building_in_op(tx, building, device).await?;
    let facts = serde_json::json!({ "building_id": building });
    tx.audit(Change::new("network.device.hang_building", "device", device).after(facts));
    Ok(())
}

/// The same for seeds.
///
/// # Errors
/// `NotFound` when building or device is not there.
pub async fn hang_building_in_op(op: &mut Op, building: BuildingId, device: DeviceId) -> Result<(), AppError> {
    let is_there = sql::hang_building(op.conn(), building.uuid(), device).await.map_err(from_sql)?;
    if is_there { Ok(()) } else { Err(AppError::NotFound) }
}

/// Which device hangs on which.
pub(crate) async fn topology_in_op(op: &mut Op) -> Result<Topology, AppError> {
    Ok(sql::parents(op.conn()).await.map_err(from_sql)?.into_iter().collect())
}

/// Every device by name, each with the active services on it and below it.
pub async fn list(tx: &mut Tx<perm::DeviceRead>) -> Result<Vec<DeviceRow>, AppError> {
    list_in_op(tx).await
}

pub(crate) async fn list_in_op(op: &mut Op) -> Result<Vec<DeviceRow>, AppError> {
    let rows = sql::list(op.conn()).await.map_err(from_sql)?;
    let topology: Topology =
        rows.iter().filter_map(|r| Some((DeviceId::from_uuid(r.id), DeviceId::from_uuid(r.parent_id?)))).collect();
    let mut below: BTreeMap<DeviceId, i64> = BTreeMap::new();
    for row in &rows {
        let id = DeviceId::from_uuid(row.id);
        for holder in std::iter::once(id).chain(topology.above(id)) {
            *below.entry(holder).or_default() += row.own;
        }
    }
    let down: BTreeSet<DeviceId> = rows
        .iter()
        .filter(|row| row.state == DeviceState::Down.code())
        .map(|row| DeviceId::from_uuid(row.id))
        .collect();
    rows.into_iter()
        .map(|row| {
            let id = DeviceId::from_uuid(row.id);
            let state: DeviceState = row.state.parse().map_err(platform::internal)?;
            let is_cut_off = topology.above(id).iter().any(|holder| down.contains(holder));
            Ok(DeviceRow {
                id,
                name: row.name,
                kind: row.kind.parse().map_err(platform::internal)?,
                state: if is_cut_off { state.below_one_that_is_down() } else { state },
                since: row.state_since,
                site_id: row.site_id.map(SiteId::from_uuid),
                site: row.site,
                parent_id: row.parent_id.map(DeviceId::from_uuid),
                address: row.address,
                position: position(row.latitude, row.longitude),
                subscribers: below.get(&id).copied().unwrap_or_default(),
            })
        })
        .collect()
}

fn position(latitude: Option<f64>, longitude: Option<f64>) -> Option<Position> {
    Some(Position { latitude: latitude?, longitude: longitude? })
}

/// Every site by name, with its devices and the subscribers on them.
pub async fn sites(tx: &mut Tx<perm::DeviceRead>) -> Result<Vec<SiteRow>, AppError> {
    let devices = list_in_op(tx).await?;
    let rows = sql::sites(tx.conn()).await.map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let here: Vec<_> = devices.iter().filter(|d| d.site_id == Some(SiteId::from_uuid(row.id))).collect();
            // The topmost devices of the site carry all the others of it.
            let top = here.iter().filter(|d| !here.iter().any(|other| Some(other.id) == d.parent_id));
            SiteRow {
                id: SiteId::from_uuid(row.id),
                name: row.name,
                county: row.county,
                position: position(row.latitude, row.longitude),
                devices: here.len() as i64,
                subscribers: top.map(|d| d.subscribers).sum(),
            }
        })
        .collect())
}

/// Every link; its state is the worse of its two ends'.
pub(crate) async fn links_in_op(op: &mut Op, devices: &[DeviceRow]) -> Result<Vec<LinkRow>, AppError> {
    let states: BTreeMap<DeviceId, DeviceState> = devices.iter().map(|d| (d.id, d.state)).collect();
    let state = |id: &DeviceId| states.get(id).copied().unwrap_or(DeviceState::Unknown);
    sql::links(op.conn())
        .await
        .map_err(from_sql)?
        .into_iter()
        .map(|(id, kind, from, to)| {
            let worse = worse_of(state(&from), state(&to));
            Ok(LinkRow { id, kind: kind.parse().map_err(platform::internal)?, from, to, state: worse })
        })
        .collect()
}

fn worse_of(a: DeviceState, b: DeviceState) -> DeviceState {
    let rank = |state: &DeviceState| match state {
        DeviceState::Down => 0,
        DeviceState::Unreachable => 1,
        DeviceState::Degraded => 2,
        DeviceState::Maintenance => 3,
        DeviceState::Unknown => 4,
        DeviceState::Up => 5,
    };
    std::cmp::min_by_key(a, b, rank)
}

/// Sites to choose from, by name.
pub async fn site_choices_in_op(op: &mut Op) -> Result<Vec<(SiteId, String)>, AppError> {
    let rows = sql::sites(op.conn()).await.map_err(from_sql)?;
    Ok(rows.into_iter().map(|row| (SiteId::from_uuid(row.id), row.name)).collect())
}

/// Buildings to choose from.
pub async fn building_choices_in_op(op: &mut Op) -> Result<Vec<(BuildingId, String)>, AppError> {
    crm::buildings::choices_in_op(op).await
}
