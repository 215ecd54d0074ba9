//! Background work as operators see it: what waits, runs, failed, was done. What a job carries is not shown.

use crate::page::Page;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

crate::codes! {
    /// How a piece of work stands.
    JobState {
        Ready => "ready",
        Running => "running",
        /// Failed for good: a person decides.
        Dead => "dead",
        Done => "done",
        /// A person decided not to do it.
        Dropped => "dropped",
    }
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    pub id: Uuid,
    pub kind: String,
    pub state: JobState,
    pub attempts: i32,
    pub attempts_max: i32,
    pub run_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub error: Option<String>,
}

/// One tab of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCounts {
    pub waiting: i64,
    pub running: i64,
    pub failed: i64,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobsPage {
    pub page: Page<JobRow>,
    pub counts: JobCounts,
    /// Real time, for the ages.
    pub now: Timestamp,
    pub can_write: bool,
}
