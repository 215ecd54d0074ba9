//! The doors of network.

use super::{Door, needs};

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/network/pools/list", "network.pool.read"),
    needs("/rpc/staff/network/pools/create", "network.pool.write"),
    needs("/rpc/staff/network/pools/detail", "network.pool.read"),
    needs("/rpc/staff/network/nas/list", "network.nas.read"),
    needs("/rpc/staff/network/nas/save", "network.nas.write"),
    needs("/rpc/staff/network/nas/remove", "network.nas.write"),
    needs("/rpc/staff/network/sessions/list", "network.session.read"),
    needs("/rpc/staff/network/sessions/disconnect", "network.session.disconnect"),
    needs("/rpc/staff/network/activations/list", "network.activation.read"),
    needs("/rpc/staff/network/activations/detail", "network.activation.read"),
    needs("/rpc/staff/network/activations/retry", "network.activation.retry"),
    needs("/rpc/staff/network/activations/undo", "network.activation.retry"),
    needs("/rpc/staff/network/devices/list", "network.device.read"),
    needs("/rpc/staff/network/devices/save", "network.device.write"),
    needs("/rpc/staff/network/devices/hang_building", "network.device.write"),
    needs("/rpc/staff/network/devices/hang_service", "network.device.write"),
    needs("/rpc/staff/network/sites/save", "network.device.write"),
    needs("/rpc/staff/network/devices/report", "network.device.write"),
    needs("/rpc/staff/network/noc/overview", "network.device.read"),
    needs("/rpc/staff/network/incidents/list", "network.incident.read"),
    needs("/rpc/staff/network/incidents/detail", "network.incident.read"),
    needs("/rpc/staff/network/incidents/take", "network.incident.write"),
    needs("/rpc/staff/network/incidents/save", "network.incident.write"),
    needs("/rpc/staff/network/monitoring/get", "identity.setting.write"),
    needs("/rpc/staff/network/monitoring/renew", "identity.setting.write"),
];
