//! The clocks of a page. The one rule: a page never asks for the time itself, so that server and browser write the same.

use crate::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

/// Both clocks when the page was made, and the tenant's zone. Ages of bills follow business time, ages of sessions and
/// payments follow real time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageClock {
    pub business: Timestamp,
    pub real: Timestamp,
    /// Minutes east of UTC in the tenant's zone.
    pub offset_minutes: i32,
}

impl PageClock {
    /// The business day where the tenant is.
    pub fn today(&self) -> Date {
        (self.business + chrono::TimeDelta::minutes(self.offset_minutes.into())).date_naive()
    }
}

/// The most days that one move of a demo's clock may take; more is a typing mistake.
pub const MOVE_DAYS_MAX: i64 = 400;

/// Moves a demo's business time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveClockForm {
    /// Days, 1 to `MOVE_DAYS_MAX`.
    pub days: i64,
}
