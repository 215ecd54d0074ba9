//! What happens in sales and to subscribers, for the contexts to the right.

use model::crm::{AccountId, LeadId, ServiceId, SubscriberId};
use platform::events::Event;
use serde::{Deserialize, Serialize};

/// A lead came in or was entered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeadCreated {
    pub lead_id: LeadId,
}
impl Event for LeadCreated {
    const NAME: &'static str = "crm.lead_created";
    fn subject(&self) -> String {
        self.lead_id.to_string()
    }
}

/// A lead moved on the board, or its facts changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeadChanged {
    pub lead_id: LeadId,
}
impl Event for LeadChanged {
    const NAME: &'static str = "crm.lead_changed";
    fn subject(&self) -> String {
        self.lead_id.to_string()
    }
}

/// A lead became a subscriber whose service waits for approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeadConverted {
    pub lead_id: LeadId,
    pub subscriber_id: SubscriberId,
    pub account_id: AccountId,
    pub service_id: ServiceId,
}
impl Event for LeadConverted {
    const NAME: &'static str = "crm.lead_converted";
    fn subject(&self) -> String {
        self.lead_id.to_string()
    }
}

/// The NOC approved an installation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceApproved {
    pub service_id: ServiceId,
    pub account_id: AccountId,
}
impl Event for ServiceApproved {
    const NAME: &'static str = "crm.service_approved";
    fn subject(&self) -> String {
        self.service_id.to_string()
    }
}

/// A service changed its state of life.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceChanged {
    pub service_id: ServiceId,
    pub account_id: AccountId,
    /// The state it is in now: pending, approved, installing, active, disconnected.
    pub state: String,
}
impl Event for ServiceChanged {
    const NAME: &'static str = "crm.service_changed";
    fn subject(&self) -> String {
        self.service_id.to_string()
    }
}
