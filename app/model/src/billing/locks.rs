//! Enforcement locks. The one rule: a service is on only when no lock is active, and paying lifts only money locks.

use super::{InvoiceId, LockId};
use crate::account_number::AccountNumber;
use crate::crm::{ServiceId, SubscriberId};
use crate::text::NonBlank;
use crate::time::{Date, Timestamp};
use crate::{FieldErrors, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Why a service is off.
    LockReason {
        Overdue => "overdue",
        Prepaid => "prepaid",
        Fup => "fup",
        CustomerHold => "customer_hold",
        Admin => "admin",
        Fraud => "fraud",
        System => "system",
    }
}

impl LockReason {
    /// Whether money is the reason: an unpaid bill or a prepaid time that has run out.
    pub const fn is_money_lock(self) -> bool {
        matches!(self, Self::Overdue | Self::Prepaid)
    }

    /// Whether a person may set it. The others come from billing, quota and fraud rules.
    pub const fn is_set_by_hand(self) -> bool {
        matches!(self, Self::CustomerHold | Self::Admin | Self::Fraud)
    }
}

crate::codes! {
    /// What a payment that does not cover everything opens.
    ReconnectPolicy {
        /// Only full payment reconnects.
        Full => "full",
        /// Half of what is due reconnects.
        Half => "half",
        /// Any payment reconnects.
        Any => "any",
    }
}

impl ReconnectPolicy {
    /// Whether a payment opens the service. `due_before` is what was due before it, `left` what is due after it.
    pub const fn reconnects(self, due_before: i64, left: i64) -> bool {
        if left <= 0 {
            return true;
        }
        match self {
            Self::Full => false,
            Self::Half => left <= due_before - left,
            Self::Any => left < due_before,
        }
    }
}

/// The locks that a payment lifts: money locks, when the policy lets the payment reconnect; never any other.
/// `due_before` and `left` are minor units.
pub fn lifted_by_payment(
    active: &[LockReason],
    due_before: i64,
    left: i64,
    policy: ReconnectPolicy,
) -> Vec<LockReason> {
    if !policy.reconnects(due_before, left) {
        return Vec::new();
    }
    active.iter().copied().filter(|reason| reason.is_money_lock()).collect()
}

/// Whether a service is on.
pub const fn is_on(active: &[LockReason]) -> bool {
    active.is_empty()
}

/// One lock, past or present.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LockRow {
    pub id: LockId,
    pub service_id: ServiceId,
    pub reason: LockReason,
    pub note: Option<String>,
    pub set_at: Timestamp,
    /// `None` for the system.
    pub set_by: Option<String>,
    pub lifted_at: Option<Timestamp>,
    pub lifted_by: Option<String>,
    /// What has to be paid to lift it, for those who may see money.
    pub due: Option<Money>,
}

/// Somebody who will be cut off soon, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CutOff {
    pub subscriber_id: SubscriberId,
    pub subscriber: String,
    pub account_number: Option<AccountNumber>,
    pub invoice_id: InvoiceId,
    /// The number of the invoice that is not paid.
    pub invoice: String,
    pub due_on: Date,
    pub cut_off_at: Timestamp,
    /// What is still to be paid on it, for those who may see money.
    pub left: Option<Money>,
}

/// Sets a lock by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetLockForm {
    pub service_id: ServiceId,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub note: String,
}

/// A lock that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetLock {
    pub service_id: ServiceId,
    pub reason: LockReason,
    pub note: NonBlank<200>,
}

impl SetLockForm {
    /// Reads the form. Only hand-set reasons are taken, and the note is needed: the next colleague reads it.
    pub fn parse(self) -> Result<SetLock, FieldErrors> {
        let mut e = FieldErrors::default();
        let reason = e.take("reason", self.reason.parse::<LockReason>()).filter(|reason| reason.is_set_by_hand());
        if reason.is_none() && e.is_empty() {
            e.add("reason", "This lock is set by billing itself. Choose hold, administrative or fraud.");
        }
        let note = e.take("note", NonBlank::parse(&self.note));
        match (reason, note) {
            (Some(reason), Some(note)) => Ok(SetLock { service_id: self.service_id, reason, note }),
            _ => Err(e),
        }
    }
}

/// Lifts one lock by hand.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiftLockForm {
    pub id: LockId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use LockReason::*;
    use proptest::prelude::*;

    #[test]
    fn paying_lifts_only_the_money_lock() {
        let all = LockReason::ALL;
        assert_eq!(lifted_by_payment(all, 150_000, 0, ReconnectPolicy::Full), [Overdue, Prepaid]);
        assert_eq!(lifted_by_payment(&[Fraud, Admin], 150_000, 0, ReconnectPolicy::Any), []);
    }

    #[test]
    fn partial_payment_reconnects_only_by_policy() {
        let lifts = |left, policy| !lifted_by_payment(&[Overdue], 1000, left, policy).is_empty();
        assert!(
            !lifts(1, ReconnectPolicy::Full) && lifts(0, ReconnectPolicy::Full) && lifts(-5, ReconnectPolicy::Full)
        );
        assert!(lifts(500, ReconnectPolicy::Half) && !lifts(501, ReconnectPolicy::Half));
        assert!(lifts(999, ReconnectPolicy::Any) && !lifts(1000, ReconnectPolicy::Any));
    }

    #[test]
    fn a_service_is_on_only_without_locks() {
        assert!(is_on(&[]) && !is_on(&[Fup]));
    }

    #[test]
    fn a_money_lock_is_never_set_by_hand() {
        let service_id = ServiceId::new();
        let form =
            |reason: &str, note: &str| SetLockForm { service_id, reason: reason.into(), note: note.into() }.parse();
        assert!(form("overdue", "x").unwrap_err().of("reason").is_some());
        assert!(form("admin", "").unwrap_err().of("note").is_some());
        assert_eq!(form("admin", "Cable cut").map(|lock| lock.reason), Ok(Admin));
    }

    proptest! {
        #[test]
        fn full_payment_reconnects_under_every_policy(due in 1i64..1_000_000, over in 0i64..1_000) {
            for policy in ReconnectPolicy::ALL {
                prop_assert!(policy.reconnects(due, -over));
            }
        }
    }
}
