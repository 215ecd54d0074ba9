//! Billing runs as people see them. The one rule: what a run will do is shown before it does it.

use super::BillingRunId;
use crate::Money;
use crate::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Where a run stands.
    RunState { Running => "running", Done => "done", Undone => "undone", Failed => "failed" }
}

/// What a run for a day would issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPreview {
    pub day: Date,
    pub invoices: i64,
    pub total: Money,
    /// False when there are more services than a preview prices.
    pub is_all: bool,
}

/// One run of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    pub id: BillingRunId,
    pub for_day: Date,
    pub state: RunState,
    pub invoices: i64,
    pub total: Money,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub started_by: String,
}
