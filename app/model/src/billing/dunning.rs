//! Reminders before the due moment and the lock after it. The one rule: a late job still catches everyone, and sends one
//! reminder, not all that it missed.

use crate::time::Timestamp;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// When people are reminded and when the lock comes. Data of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DunningPolicy {
    /// Hours before the due moment, in any order.
    pub reminders_hours: Vec<u16>,
    /// Hours after the due moment until the lock.
    pub grace_hours: u16,
}

impl Default for DunningPolicy {
    /// Three reminders, 72, 48 and 24 hours before, and no grace.
    fn default() -> Self {
        Self { reminders_hours: vec![72, 48, 24], grace_hours: 0 }
    }
}

/// What is to be done about one unpaid invoice or prepaid service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DunningStep {
    /// Too early.
    Nothing,
    /// Send the reminder that was planned this many hours before the due moment. Its hours are part of the message's
    /// dedupe key.
    Remind(u16),
    /// Set the money lock.
    Lock,
}

impl DunningPolicy {
    /// When the lock comes.
    pub fn lock_at(&self, due_at: Timestamp) -> Timestamp {
        due_at + TimeDelta::hours(i64::from(self.grace_hours))
    }

    /// When each reminder is planned, the earliest first.
    pub fn reminder_times(&self, due_at: Timestamp) -> Vec<(u16, Timestamp)> {
        let mut hours = self.reminders_hours.clone();
        hours.sort_unstable_by(|a, b| b.cmp(a));
        hours.dedup();
        hours.into_iter().map(|hours| (hours, due_at - TimeDelta::hours(i64::from(hours)))).collect()
    }

    /// The step that is due now: of several reminders that are past, the latest. Between the due moment and the lock
    /// the last reminder stands, so who was missed is still told.
    pub fn step(&self, due_at: Timestamp, now: Timestamp) -> DunningStep {
        if now >= self.lock_at(due_at) {
            return DunningStep::Lock;
        }
        let past = self.reminder_times(due_at).into_iter().rfind(|(_, at)| *at <= now);
        past.map_or(DunningStep::Nothing, |(hours, _)| DunningStep::Remind(hours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due() -> Timestamp {
        "2026-11-24T21:00:00Z".parse().unwrap()
    }

    fn step(hours_to_due: i64) -> DunningStep {
        DunningPolicy { grace_hours: 12, ..DunningPolicy::default() }
            .step(due(), due() - TimeDelta::hours(hours_to_due))
    }

    #[test]
    fn reminders_come_at_72_48_and_24_hours_and_the_lock_after_grace() {
        assert_eq!(step(73), DunningStep::Nothing);
        assert_eq!(step(72), DunningStep::Remind(72));
        assert_eq!(step(49), DunningStep::Remind(72));
        assert_eq!(step(48), DunningStep::Remind(48));
        assert_eq!(step(1), DunningStep::Remind(24));
        assert_eq!(step(-11), DunningStep::Remind(24));
        assert_eq!(step(-12), DunningStep::Lock);
        assert_eq!(step(-10_000), DunningStep::Lock);
    }

    #[test]
    fn without_reminders_there_is_only_the_lock() {
        let policy = DunningPolicy { reminders_hours: vec![], grace_hours: 0 };
        assert_eq!(policy.step(due(), due() - TimeDelta::seconds(1)), DunningStep::Nothing);
        assert_eq!(policy.step(due(), due()), DunningStep::Lock);
    }

    proptest! {
        #[test]
        fn steps_only_move_forward(hours in prop::collection::vec(1u16..200, 0..6), grace_hours in 0u16..100, a in -300i64..300, b in -300i64..300) {
            let policy = DunningPolicy { reminders_hours: hours, grace_hours };
            let rank = |step| match step {
                DunningStep::Nothing => -1000,
                DunningStep::Remind(hours) => -i32::from(hours),
                DunningStep::Lock => 1,
            };
            let at = |hour: i64| rank(policy.step(due(), due() + TimeDelta::hours(hour)));
            prop_assert!(at(a.min(b)) <= at(a.max(b)));
        }
    }
}
