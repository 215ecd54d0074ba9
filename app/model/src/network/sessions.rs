//! Sessions: who is connected now. The one rule: a session is never certain; its age is shown with it.

use super::NasId;
use crate::crm::{ServiceId, SubscriberId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// After this many missed interim reports a session counts as gone.
pub const INTERIMS_MISSED_MAX: i64 = 3;

/// One row of the list of live sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The unique id of accounting.
    pub id: String,
    pub username: String,
    pub service_id: Option<ServiceId>,
    pub subscriber_id: Option<SubscriberId>,
    pub subscriber: Option<String>,
    pub nas_id: Option<NasId>,
    pub nas: String,
    pub address: Option<IpAddr>,
    /// The MAC address or port that calls.
    pub caller: Option<String>,
    pub is_walled: bool,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    /// Bytes from the subscriber.
    pub bytes_up: i64,
    /// Bytes to the subscriber.
    pub bytes_down: i64,
}

impl SessionRow {
    /// Whether it should have reported by now and has not.
    pub fn is_ghost(&self, now: Timestamp, interim_seconds: i64) -> bool {
        is_ghost(self.updated_at, now, interim_seconds)
    }
}

/// Whether a session that last reported at `updated_at` has missed three reports.
pub fn is_ghost(updated_at: Timestamp, now: Timestamp, interim_seconds: i64) -> bool {
    (now - updated_at).num_seconds() > interim_seconds.saturating_mul(INTERIMS_MISSED_MAX)
}

/// Ends a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisconnectSessionForm {
    pub id: String,
}

/// What one day brought and took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageDay {
    pub day: crate::time::Date,
    pub bytes_up: i64,
    pub bytes_down: i64,
}

/// Bytes as people read them, in decimal units as plans are sold: `112 GB`, `1.5 MB`.
pub fn shown_bytes(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let bytes = bytes.max(0);
    let mut unit = 0;
    let mut size = 1i64;
    while unit + 1 < UNITS.len() && bytes / size >= 1000 {
        size *= 1000;
        unit += 1;
    }
    // One decimal below ten, so that small use is seen to grow.
    let (whole, tenth) = (bytes / size, bytes % size * 10 / size);
    if whole < 10 && tenth > 0 {
        format!("{whole}.{tenth} {}", UNITS[unit])
    } else {
        format!("{whole} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_missed_reports_make_a_ghost() {
        let updated: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let after = |seconds| updated + chrono::TimeDelta::seconds(seconds);
        assert!(!is_ghost(updated, after(900), 300));
        assert!(is_ghost(updated, after(901), 300));
    }

    #[test]
    fn bytes_are_shown_in_decimal_units() {
        let shown = [0, 999, 1_000, 1_550_000, 112_400_000_000, 2_000_000_000_000_000, -5].map(shown_bytes);
        assert_eq!(shown, ["0 B", "999 B", "1 kB", "1.5 MB", "112 GB", "2000 TB", "0 B"]);
    }
}
