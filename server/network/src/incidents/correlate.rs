//! Alarms become incidents by the topology. The one rule: the topmost device that is down explains all that are down
//! below it, in whichever order the alarms come.

use super::sql;
use super::work::move_in_op;
use crate::devices::{self, topology_in_op};
use crate::events::{DeviceChanged, IncidentChanged, IncidentGrew, IncidentOpened};
use model::AppError;
use model::network::devices::{DeviceState, Topology};
use model::network::incidents::IncidentState;
use model::network::{DeviceId, IncidentId};
use model::time::Timestamp;
use platform::Op;
use platform::error::from_sql;
use serde_json::json;
use std::collections::BTreeSet;

/// Makes reports about the present tenant's network wait for one another. It comes before any other lock of a report.
pub(crate) async fn take_turns_in_op(op: &mut Op) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    sql::lock_reports(op.conn(), tenant).await.map_err(from_sql)
}

/// A device is down: it joins the incident that explains it, takes over those that it explains, or opens one.
pub(crate) async fn down_in_op(op: &mut Op, device: DeviceId, at: Timestamp, source: &str) -> Result<(), AppError> {
    let open = sql::lock_open(op.conn()).await.map_err(from_sql)?;
    let topology = topology_in_op(op).await?;
    let mut down: BTreeSet<DeviceId> = down_in(op).await?;
    down.insert(device);
    let root = topology.cause_of(device, &down).unwrap_or(device);
    let state = if root == device { DeviceState::Down } else { DeviceState::Unreachable };
    devices::sql::set_state(op.conn(), device, state, at, source).await.map_err(from_sql)?;
    op.publish(DeviceChanged { device_id: device }).await?;

    // What hangs below was reported first: it is explained now.
    let below = topology.below(device);
    for child in below.intersection(&down) {
        devices::sql::set_state(op.conn(), *child, DeviceState::Unreachable, at, source).await.map_err(from_sql)?;
    }
    let explains = |head: &&sql::Head| {
        let there = DeviceId::from_uuid(head.device_id);
        there == root || topology.below(root).contains(&there)
    };
    let mut mine = open.iter().filter(explains);
    let id = match mine.next() {
        Some(oldest) => {
            let id = IncidentId::from_uuid(oldest.id);
            for other in mine {
                sql::merge(op.conn(), other.id, id, at).await.map_err(from_sql)?;
                note(op, id, at, "merged", json!({ "incident": other.number })).await?;
                op.publish(IncidentChanged { incident_id: IncidentId::from_uuid(other.id) }).await?;
            }
            sql::set_device(op.conn(), id, root).await.map_err(from_sql)?;
            if oldest.state == IncidentState::Recovered.code() {
                sql::set_state(op.conn(), id, IncidentState::Open, at).await.map_err(from_sql)?;
                note(op, id, at, "reopened", json!({})).await?;
            }
            op.publish(IncidentChanged { incident_id: id }).await?;
            id
        }
        None => open_in_op(op, root, at).await?,
    };
    let tenant = op.tenant().uuid();
    sql::join_device(op.conn(), tenant, id, device, at).await.map_err(from_sql)?;
    let name = device_name(op, device).await?;
    note(op, id, at, "alarm", json!({ "device": name, "source": source })).await?;
    note_growth_in_op(op, id, root).await
}

/// Notes whom an incident takes off, and tells the contexts to the right when these have become more.
async fn note_growth_in_op(op: &mut Op, id: IncidentId, root: DeviceId) -> Result<(), AppError> {
    let before = sql::count_affected(op.conn(), id).await.map_err(from_sql)?;
    let affected = sql::note_affected(op.conn(), id, root).await.map_err(from_sql)?;
    if affected > before {
        op.publish(IncidentGrew { incident_id: id, affected }).await?;
    }
    Ok(())
}

async fn open_in_op(op: &mut Op, root: DeviceId, at: Timestamp) -> Result<IncidentId, AppError> {
    let (tenant, id) = (op.tenant(), IncidentId::new());
    let serial = platform::counter::next(op.conn(), tenant, "incident").await.map_err(from_sql)?;
    let number = format!("INC-{serial:04}");
    let new = sql::NewIncident { tenant: tenant.uuid(), id, number: &number, device: root, at };
    sql::insert(op.conn(), &new).await.map_err(from_sql)?;
    let affected = sql::note_affected(op.conn(), id, root).await.map_err(from_sql)?;
    note(op, id, at, "opened", json!({ "count": affected })).await?;
    op.publish(IncidentOpened { incident_id: id }).await?;
    Ok(id)
}

/// A device is back. Its incident recovers with the last of its devices, and closes when they stay back.
pub(crate) async fn up_in_op(op: &mut Op, device: DeviceId, at: Timestamp, source: &str) -> Result<(), AppError> {
    sql::lock_open(op.conn()).await.map_err(from_sql)?;
    devices::sql::set_state(op.conn(), device, DeviceState::Up, at, source).await.map_err(from_sql)?;
    op.publish(DeviceChanged { device_id: device }).await?;
    let topology = topology_in_op(op).await?;
    release_below(op, &topology, device, at, source).await?;
    let Some(id) = sql::of_device(op.conn(), device, at).await.map_err(from_sql)?.map(IncidentId::from_uuid) else {
        return Ok(());
    };
    let left = sql::clear_device(op.conn(), id, device, at).await.map_err(from_sql)?;
    let name = device_name(op, device).await?;
    note(op, id, at, "cleared", json!({ "device": name, "source": source })).await?;
    if left > 0 {
        return op.publish(IncidentChanged { incident_id: id }).await;
    }
    move_in_op(op, id, IncidentState::Recovered, at).await?;
    op.publish(IncidentChanged { incident_id: id }).await
}

/// What was excused by a device that is back stands for itself again.
async fn release_below(
    op: &mut Op,
    topology: &Topology,
    device: DeviceId,
    at: Timestamp,
    source: &str,
) -> Result<(), AppError> {
    let down = down_in(op).await?;
    for child in topology.below(device).intersection(&down) {
        if topology.cause_of(*child, &down) == Some(*child) {
            devices::sql::set_state(op.conn(), *child, DeviceState::Down, at, source).await.map_err(from_sql)?;
        }
    }
    Ok(())
}

async fn down_in(op: &mut Op) -> Result<BTreeSet<DeviceId>, AppError> {
    let ids = devices::sql::down(op.conn()).await.map_err(from_sql)?;
    Ok(ids.into_iter().map(DeviceId::from_uuid).collect())
}

async fn device_name(op: &mut Op, device: DeviceId) -> Result<String, AppError> {
    let standing = devices::sql::lock(op.conn(), device).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    Ok(standing.name)
}

pub(super) async fn note(
    op: &mut Op,
    id: IncidentId,
    at: Timestamp,
    kind: &str,
    facts: serde_json::Value,
) -> Result<(), AppError> {
    let (tenant, actor) = (op.tenant().uuid(), op.actor().shown_name());
    sql::note_event(op.conn(), tenant, id, at, kind, facts, &actor).await.map_err(from_sql)
}
