//! What happens on the network, for the contexts to the right.

use model::crm::{AccountId, ServiceId};
use model::network::{ActivationId, DeviceId, IncidentId};
use platform::events::Event;
use serde::{Deserialize, Serialize};

/// A service has address, RADIUS account and first invoice: its subscriber may be welcomed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceActivated {
    pub activation_id: ActivationId,
    pub service_id: ServiceId,
    pub account_id: AccountId,
}
impl Event for ServiceActivated {
    const NAME: &'static str = "network.service_activated";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// A step of an activation was done, failed or was taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActivationChanged {
    pub activation_id: ActivationId,
    pub service_id: ServiceId,
}
impl Event for ActivationChanged {
    const NAME: &'static str = "network.activation_changed";
    fn subject(&self) -> String {
        self.activation_id.to_string()
    }
}

/// The first session of an activated service began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceOnline {
    pub activation_id: ActivationId,
    pub service_id: ServiceId,
    pub account_id: AccountId,
}
impl Event for ServiceOnline {
    const NAME: &'static str = "network.service_online";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// Something failed and took subscribers off, or may have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncidentOpened {
    pub incident_id: IncidentId,
}
impl Event for IncidentOpened {
    const NAME: &'static str = "network.incident_opened";
    fn subject(&self) -> String {
        self.incident_id.to_string()
    }
}

/// An incident takes off more services than before: so many now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncidentGrew {
    pub incident_id: IncidentId,
    pub affected: i64,
}
impl Event for IncidentGrew {
    const NAME: &'static str = "network.incident_grew";
    fn subject(&self) -> String {
        self.incident_id.to_string()
    }
}

/// An incident was hung elsewhere, was taken over, recovered or was written to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncidentChanged {
    pub incident_id: IncidentId,
}
impl Event for IncidentChanged {
    const NAME: &'static str = "network.incident_changed";
    fn subject(&self) -> String {
        self.incident_id.to_string()
    }
}

/// What failed is back and stays back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncidentClosed {
    pub incident_id: IncidentId,
}
impl Event for IncidentClosed {
    const NAME: &'static str = "network.incident_closed";
    fn subject(&self) -> String {
        self.incident_id.to_string()
    }
}

/// A device changed its state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceChanged {
    pub device_id: DeviceId,
}
impl Event for DeviceChanged {
    const NAME: &'static str = "network.device_changed";
    fn subject(&self) -> String {
        self.device_id.to_string()
    }
}
