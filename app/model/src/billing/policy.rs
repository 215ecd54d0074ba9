//! How an ISP bills and reminds, as a form. The one rule: everyone is reminded before the lock comes.

use super::dunning::DunningPolicy;
use super::locks::ReconnectPolicy;
use crate::FieldErrors;
use crate::form::whole_number;
use serde::{Deserialize, Serialize};

/// The settings of billing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillingPolicy {
    /// Days from the issue of an invoice to its due day. More than the first reminder's, so that everyone is reminded.
    pub due_days: u16,
    pub dunning: DunningPolicy,
    pub reconnect: ReconnectPolicy,
}

impl Default for BillingPolicy {
    fn default() -> Self {
        Self { due_days: 7, dunning: DunningPolicy::default(), reconnect: ReconnectPolicy::Full }
    }
}

/// The settings, and whether the reader may change them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingPolicySheet {
    pub policy: BillingPolicy,
    pub can_write: bool,
}

/// The form of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillingPolicyForm {
    pub due_days: String,
    /// Hours before the due moment, with commas: `72, 48, 24`.
    pub reminders: String,
    pub grace_hours: String,
    pub reconnect: String,
}

/// The most reminders before one due day.
const REMINDERS_MAX: usize = 6;

impl BillingPolicyForm {
    /// Reads the form: a reminder longer before the due moment than the invoice lives is refused.
    pub fn parse(self) -> Result<BillingPolicy, FieldErrors> {
        let mut errors = FieldErrors::default();
        let due_days = errors.take("due_days", whole_number(&self.due_days, 1, 60)).unwrap_or(60);
        let grace = errors.take("grace_hours", whole_number(&self.grace_hours, 0, 720)).unwrap_or(0);
        let reconnect = errors.take("reconnect", self.reconnect.parse()).unwrap_or(ReconnectPolicy::Full);
        let mut hours = Vec::new();
        for word in self.reminders.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            if let Some(number) = errors.take("reminders", whole_number(word, 1, 24 * 60)) {
                hours.push(number);
            }
        }
        hours.sort_unstable_by(|a, b| b.cmp(a));
        hours.dedup();
        if hours.len() > REMINDERS_MAX {
            errors.add("reminders", format!("Plan at most {REMINDERS_MAX} reminders."));
        }
        if hours.first().is_some_and(|first| *first > due_days * 24) {
            errors.add(
                "reminders",
                "A reminder cannot come before the invoice: plan it later, or give more days to pay.",
            );
        }
        errors.is_empty().then_some(()).ok_or(errors)?;
        let short = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
        Ok(BillingPolicy {
            due_days: short(due_days),
            dunning: DunningPolicy {
                reminders_hours: hours.into_iter().map(short).collect(),
                grace_hours: short(grace),
            },
            reconnect,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(due_days: &str, reminders: &str) -> BillingPolicyForm {
        BillingPolicyForm {
            due_days: due_days.into(),
            reminders: reminders.into(),
            grace_hours: "12".into(),
            reconnect: "half".into(),
        }
    }

    #[test]
    fn reminders_are_kept_in_order_and_once() {
        let policy = form("7", "24, 72,48, 24").parse().unwrap();
        assert_eq!(policy.dunning.reminders_hours, [72, 48, 24]);
        assert_eq!((policy.due_days, policy.dunning.grace_hours, policy.reconnect), (7, 12, ReconnectPolicy::Half));
        assert!(form("7", "").parse().unwrap().dunning.reminders_hours.is_empty());
    }

    #[test]
    fn a_reminder_before_the_invoice_is_refused() {
        for (days, reminders) in [("2", "72"), ("7", "soon"), ("7", "1,2,3,4,5,6,7"), ("0", "24"), ("x", "24")] {
            assert!(form(days, reminders).parse().is_err(), "{days} {reminders}");
        }
    }
}
