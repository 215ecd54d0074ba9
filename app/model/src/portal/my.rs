//! The subscriber's own pages at `/my`. The one rule: one sentence says how things are, one button does what is needed.

use crate::account_number::AccountNumber;
use crate::billing::locks::LockReason;
use crate::crm::subscribers::{Badge, ServiceState};
use crate::msisdn::Msisdn;
use crate::time::Date;
use crate::{Lang, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// What the first line of `/my` says.
    MyState {
        Online => "online",
        /// Paid and ready; the router is not connected.
        Offline => "offline",
        /// Off because money is due: pay.
        OffUnpaid => "off_unpaid",
        /// Off for another reason: call.
        OffOther => "off_other",
        /// Off because the subscriber asked for it.
        OnHold => "on_hold",
        Incident => "incident",
        /// Not installed yet.
        Coming => "coming",
        Ended => "ended",
    }
}

impl MyState {
    /// Derives it. What a payment can change comes before what it cannot; an outage explains being offline, not being
    /// locked.
    pub fn of(state: ServiceState, locks: &[LockReason], is_online: bool, has_incident: bool) -> Self {
        match state {
            ServiceState::Pending | ServiceState::Approved | ServiceState::Installing => Self::Coming,
            ServiceState::Disconnected => Self::Ended,
            ServiceState::Active
                if locks.iter().any(|lock| !lock.is_money_lock() && *lock != LockReason::CustomerHold) =>
            {
                Self::OffOther
            }
            ServiceState::Active if locks.iter().any(|lock| lock.is_money_lock()) => Self::OffUnpaid,
            ServiceState::Active if !locks.is_empty() => Self::OnHold,
            ServiceState::Active if is_online => Self::Online,
            ServiceState::Active if has_incident => Self::Incident,
            ServiceState::Active => Self::Offline,
        }
    }
}

/// Use in the present period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyUsage {
    pub since: Date,
    pub bytes: i64,
    /// `None` for a plan without a limit.
    pub limit_bytes: Option<i64>,
}

impl MyUsage {
    /// The used share in whole per cent, at most 100; `None` without a limit.
    pub fn percent(self) -> Option<u8> {
        let limit = self.limit_bytes.filter(|limit| *limit > 0)?;
        let percent = i128::from(self.bytes.max(0)) * 100 / i128::from(limit);
        Some(u8::try_from(percent.min(100)).unwrap_or(100))
    }
}

/// How to reach a person, and how to pay without the button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyHelp {
    pub whatsapp: Option<String>,
    pub phone: Option<String>,
    pub paybill: Option<String>,
}

/// The first page of `/my`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyHome {
    pub name: String,
    pub account_number: AccountNumber,
    pub state: MyState,
    pub badge: Badge,
    pub plan: Option<String>,
    pub paid_until: Option<Date>,
    /// What is open; zero when nothing is.
    pub due: Money,
    pub due_on: Option<Date>,
    /// Negative means owed to us; positive is credit.
    pub balance: Money,
    /// What the button asks for, in whole shillings; `None` when nothing is due.
    pub to_pay: Option<Money>,
    pub phone: Option<Msisdn>,
    pub usage: Option<MyUsage>,
    /// The number of the incident, if one explains the state.
    pub incident: Option<String>,
    pub open_tickets: i64,
    pub help: MyHelp,
    pub lang: Lang,
}

#[cfg(test)]
mod tests {
    use super::*;
    use LockReason::*;

    fn state(locks: &[LockReason], is_online: bool, has_incident: bool) -> MyState {
        MyState::of(ServiceState::Active, locks, is_online, has_incident)
    }

    #[test]
    fn one_word_says_how_things_are() {
        assert_eq!(state(&[], true, false), MyState::Online);
        assert_eq!(state(&[], true, true), MyState::Online);
        assert_eq!(state(&[], false, true), MyState::Incident);
        assert_eq!(state(&[], false, false), MyState::Offline);
        assert_eq!(state(&[Overdue], true, true), MyState::OffUnpaid);
        assert_eq!(state(&[CustomerHold], false, false), MyState::OnHold);
        assert_eq!(MyState::of(ServiceState::Installing, &[], false, false), MyState::Coming);
        assert_eq!(MyState::of(ServiceState::Disconnected, &[Overdue], false, false), MyState::Ended);
    }

    #[test]
    fn nobody_is_asked_to_pay_for_what_payment_does_not_open() {
        assert_eq!(state(&[Overdue, Fraud], false, false), MyState::OffOther);
        assert_eq!(state(&[Overdue, CustomerHold], false, false), MyState::OffUnpaid);
    }

    #[test]
    fn usage_is_whole_per_cent_and_never_more_than_full() {
        let usage = |bytes, limit_bytes| MyUsage { since: "2026-10-24".parse().unwrap(), bytes, limit_bytes }.percent();
        assert_eq!(usage(112_000_000_000, Some(200_000_000_000)), Some(56));
        assert_eq!(usage(i64::MAX, Some(1)), Some(100));
        assert_eq!((usage(1, None), usage(1, Some(0)), usage(-5, Some(10))), (None, None, Some(0)));
    }
}
