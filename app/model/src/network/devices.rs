//! Devices, sites and how they hang together. The one rule: a device has one parent, so what fails above explains what
//! fails below.

use super::{DeviceId, LinkId, SiteId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

crate::codes! {
    /// What a device is.
    DeviceKind {
        Router => "router",
        Switch => "switch",
        Olt => "olt",
        Splitter => "splitter",
        Onu => "onu",
        AccessPoint => "access_point",
        Cpe => "cpe",
        Ups => "ups",
    }
}

crate::codes! {
    /// How a device is.
    DeviceState {
        Up => "up",
        Degraded => "degraded",
        Down => "down",
        /// It may be well, but something above it is down.
        Unreachable => "unreachable",
        Maintenance => "maintenance",
        Unknown => "unknown",
    }
}

impl DeviceState {
    /// What it is below a device that is down: whatever it said before, nobody reaches it now.
    pub const fn below_one_that_is_down(self) -> Self {
        match self {
            Self::Up | Self::Degraded | Self::Unknown => Self::Unreachable,
            Self::Down | Self::Unreachable | Self::Maintenance => self,
        }
    }
}

crate::codes! {
    /// What a link runs on.
    LinkKind { Fibre => "fibre", Radio => "radio", Copper => "copper" }
}

/// A place on the map, in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub latitude: f64,
    pub longitude: f64,
}

/// One row of the list of devices, and a mark on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub name: String,
    pub kind: DeviceKind,
    pub state: DeviceState,
    pub since: Timestamp,
    pub site_id: Option<SiteId>,
    pub site: Option<String>,
    pub parent_id: Option<DeviceId>,
    pub address: Option<IpAddr>,
    pub position: Option<Position>,
    /// Subscribers that hang below it.
    pub subscribers: i64,
}

/// One link on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkRow {
    pub id: LinkId,
    pub kind: LinkKind,
    pub from: DeviceId,
    pub to: DeviceId,
    pub state: DeviceState,
}

/// The NOC page: cards, marks and links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NocOverview {
    /// Active subscribers with a session and no lock.
    pub online: i64,
    /// Active subscribers with a session inside the walled garden.
    pub walled: i64,
    pub offline: i64,
    /// Offline subscribers by cause.
    pub offline_by_cause: Vec<(super::offline::OfflineCause, i64)>,
    pub waiting_activation: i64,
    pub devices: Vec<DeviceRow>,
    pub links: Vec<LinkRow>,
    pub incidents: Vec<super::incidents::IncidentRow>,
    pub as_of: Timestamp,
}

/// Which device hangs on which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology(BTreeMap<DeviceId, DeviceId>);

impl FromIterator<(DeviceId, DeviceId)> for Topology {
    /// From pairs of child and parent.
    fn from_iter<I: IntoIterator<Item = (DeviceId, DeviceId)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Topology {
    /// The devices above one, the nearest first. Ends at a loop instead of running for ever: the data may hold one.
    pub fn above(&self, device: DeviceId) -> Vec<DeviceId> {
        let mut path = Vec::new();
        let mut at = device;
        while let Some(parent) = self.0.get(&at).copied().filter(|parent| *parent != device && !path.contains(parent)) {
            path.push(parent);
            at = parent;
        }
        path
    }

    /// The devices below one, itself left out.
    pub fn below(&self, device: DeviceId) -> BTreeSet<DeviceId> {
        self.0.keys().copied().filter(|child| *child != device && self.above(*child).contains(&device)).collect()
    }

    /// Whether `child` may hang on `parent` without making a loop.
    pub fn can_attach(&self, child: DeviceId, parent: DeviceId) -> bool {
        child != parent && !self.above(parent).contains(&child)
    }

    /// Of the devices that are down, those that explain the others: no device above them is down. One incident each.
    pub fn roots(&self, down: &BTreeSet<DeviceId>) -> BTreeSet<DeviceId> {
        down.iter().copied().filter(|device| !self.above(*device).iter().any(|above| down.contains(above))).collect()
    }

    /// The topmost device on the way up from `device` that is down, if any: its cause.
    pub fn cause_of(&self, device: DeviceId, down: &BTreeSet<DeviceId>) -> Option<DeviceId> {
        let mut on_path = std::iter::once(device).chain(self.above(device));
        on_path.rfind(|candidate| down.contains(candidate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn five() -> [DeviceId; 5] {
        std::array::from_fn(|_| DeviceId::new())
    }

    #[test]
    fn forty_alarms_below_one_device_are_one_incident() {
        let (core, olt) = (DeviceId::new(), DeviceId::new());
        let onus: Vec<DeviceId> = (0..40).map(|_| DeviceId::new()).collect();
        let topology: Topology = onus.iter().map(|onu| (*onu, olt)).chain([(olt, core)]).collect();
        let mut down: BTreeSet<DeviceId> = onus.iter().copied().collect();
        assert_eq!(topology.roots(&down).len(), 40);
        down.insert(olt);
        assert_eq!(topology.roots(&down), BTreeSet::from([olt]));
        assert_eq!(topology.cause_of(onus[7], &down), Some(olt));
        assert_eq!(topology.cause_of(core, &down), None);
        assert_eq!(topology.below(core).len(), 41);
    }

    #[test]
    fn a_loop_in_the_data_does_not_hang_it() {
        let [a, b, c, d, e] = five();
        let topology: Topology = [(a, b), (b, c), (c, a), (d, a), (e, e)].into_iter().collect();
        assert_eq!(topology.above(a), [b, c]);
        assert_eq!(topology.above(d), [a, b, c]);
        assert_eq!(topology.above(e), []);
        assert!(topology.below(a).contains(&d));
    }

    #[test]
    fn a_device_is_not_hung_below_itself() {
        let [a, b, c, d, _] = five();
        let topology: Topology = [(a, b), (b, c)].into_iter().collect();
        assert!(!topology.can_attach(c, a) && !topology.can_attach(a, a));
        assert!(topology.can_attach(d, a));
    }
}
