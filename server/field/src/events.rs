//! What happens in the field, for the contexts to the right.

use model::crm::AccountId;
use model::field::WorkOrderId;
use platform::events::Event;
use serde::{Deserialize, Serialize};

/// A work order was made or moved on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkOrderChanged {
    pub work_order_id: WorkOrderId,
    pub account_id: AccountId,
    /// The status it is in now, as `WorkOrderStatus` writes it.
    pub status: String,
}
impl Event for WorkOrderChanged {
    const NAME: &'static str = "field.work_order_changed";
    fn subject(&self) -> String {
        self.work_order_id.to_string()
    }
}
