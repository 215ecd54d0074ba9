//! The subscriber's own pages at `/my`. The one rule: one sentence says how things are, one button does what is needed.

use crate::account_number::AccountNumber;
use crate::billing::invoices::{InvoiceDetail, InvoiceRow};
use crate::billing::locks::LockReason;
use crate::billing::payments::{PaymentOutcome, PaymentRow};
use crate::billing::stk::{AttemptState, AttemptView};
use crate::billing::{PaymentAttemptId, PaymentId};
use crate::crm::subscribers::{Badge, ServiceState};
use crate::identity::SessionRow;
use crate::msisdn::Msisdn;
use crate::network::sessions::UsageDay;
use crate::portal::clock::PageClock;
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

impl MyHelp {
    /// Where a chat begins; `None` when the number is no mobile one: nobody reads WhatsApp on a landline.
    pub fn whatsapp_link(&self) -> Option<String> {
        let number = Msisdn::parse(self.whatsapp.as_deref()?).ok()?;
        Some(format!("https://wa.me/{}", number.canonical()))
    }

    /// What the phone dials: a mobile number with its country, another one as the ISP wrote it, which is local.
    pub fn call_link(&self) -> Option<String> {
        let written = self.phone.as_deref()?;
        if let Ok(number) = Msisdn::parse(written) {
            return Some(format!("tel:{}", number.e164()));
        }
        let dialled: String = written.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        (!dialled.is_empty()).then(|| format!("tel:{dialled}"))
    }
}

/// A bill of one's own with the way to pay it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyBill {
    pub clock: PageClock,
    pub invoice: InvoiceDetail,
    /// What the button asks for, in whole shillings; `None` when nothing of it is due.
    pub to_pay: Option<Money>,
}

/// The first page of `/my`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyHome {
    pub clock: PageClock,
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

/// What the form for a payment starts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyPay {
    pub account_number: AccountNumber,
    pub phone: Option<Msisdn>,
    /// In whole shillings; `None` when nothing is due.
    pub to_pay: Option<Money>,
    pub paybill: Option<String>,
}

/// Seconds until a router that was told must have dialled again: a slow one takes half a minute.
const ROUTER_PATIENCE_S: i64 = 45;
/// Seconds until a session, if there is one, has been told of the lifted lock.
const UNLOCK_PATIENCE_S: i64 = 8;

/// A payment prompt while it is under way. Also what staff see after *Take payment*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    pub attempt: AttemptView,
    /// The payment, once the money is posted: the address of its receipt.
    pub payment_id: Option<PaymentId>,
    pub account_number: AccountNumber,
    pub paybill: Option<String>,
    pub clock: PageClock,
}

impl Waiting {
    /// Whether the page should look again: the payer or the router has not answered yet. A lock that was lifted a
    /// moment ago looks as if there were no session, until the router has been told; and a router that has not
    /// answered for long is not waited for.
    pub fn is_going_on(&self) -> bool {
        let posted_s = self.attempt.timeline.posted_at.map_or(0, |at| (self.clock.real - at).num_seconds());
        match self.attempt.timeline.outcome() {
            PaymentOutcome::Waiting => self.attempt.state.is_waiting() || self.attempt.state == AttemptState::Paid,
            PaymentOutcome::Reconnecting => posted_s < ROUTER_PATIENCE_S,
            PaymentOutcome::Ready => posted_s < UNLOCK_PATIENCE_S,
            PaymentOutcome::Posted | PaymentOutcome::Online => false,
        }
    }
}

/// "I have paid": the receipt code of the provider's message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HavePaidForm {
    pub attempt: PaymentAttemptId,
    #[serde(default)]
    pub code: String,
}

/// Invoices and payments of an account, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyBills {
    pub clock: PageClock,
    /// Negative means owed to us.
    pub balance: Money,
    pub invoices: Vec<InvoiceRow>,
    pub payments: Vec<PaymentRow>,
}

/// Use by day, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyUsagePage {
    pub usage: Option<MyUsage>,
    pub days: Vec<UsageDay>,
}

/// The person who is signed in at `/my`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MyProfile {
    pub clock: PageClock,
    pub name: String,
    pub login_name: String,
    pub accounts: Vec<AccountNumber>,
    pub sessions: Vec<SessionRow>,
}

/// Asks for a code by SMS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskCodeForm {
    pub phone: String,
}

/// Sets a password with the code of the SMS. `request` binds the code to the browser that asked for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetPasswordForm {
    pub request: String,
    pub code: String,
    pub password: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use LockReason::*;

    #[test]
    fn a_page_looks_again_until_the_router_has_answered_or_too_long_not() {
        let at = |second: i64| crate::time::Timestamp::from_timestamp(1_800_000_000 + second, 0);
        let waiting = |state, posted, told, online, now: i64| {
            let timeline = crate::billing::payments::PaymentTimeline {
                received_at: posted,
                posted_at: posted,
                lock_lifted_at: posted,
                router_told_at: told,
                online_at: online,
                ..Default::default()
            };
            let attempt = AttemptView {
                id: PaymentAttemptId::new(),
                phone: Msisdn::parse("0712345678").unwrap(),
                amount: Money::kes(150_000),
                state,
                reason: None,
                created_at: at(0).unwrap(),
                receipt: None,
                timeline,
            };
            let account_number = AccountNumber::parse("MT0000000").unwrap();
            let clock = PageClock { real: at(now).unwrap(), ..PageClock::default() };
            Waiting { attempt, payment_id: None, account_number, paybill: None, clock }.is_going_on()
        };
        assert!(waiting(AttemptState::Sent, None, None, None, 20));
        assert!(!waiting(AttemptState::Cancelled, None, None, None, 20));
        assert!(waiting(AttemptState::Paid, at(10), None, None, 11));
        assert!(!waiting(AttemptState::Paid, at(10), None, None, 30));
        assert!(waiting(AttemptState::Paid, at(10), at(11), None, 30));
        assert!(!waiting(AttemptState::Paid, at(10), at(11), at(12), 12));
        assert!(!waiting(AttemptState::Paid, at(10), at(11), None, 120));
    }

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
    fn help_is_reached_by_numbers_that_a_phone_can_use() {
        let links = |number: &str| {
            let help = MyHelp { whatsapp: Some(number.into()), phone: Some(number.into()), paybill: None };
            (help.whatsapp_link(), help.call_link())
        };
        let mobile = ("https://wa.me/254700000100".to_owned(), "tel:+254700000100".to_owned());
        assert_eq!(links("0700 000 100"), (Some(mobile.0.clone()), Some(mobile.1.clone())));
        assert_eq!(links("+254 700 000 100"), (Some(mobile.0), Some(mobile.1)));
        assert_eq!(links("0800 722 533"), (None, Some("tel:0800722533".to_owned())));
    }

    #[test]
    fn usage_is_whole_per_cent_and_never_more_than_full() {
        let usage = |bytes, limit_bytes| MyUsage { since: "2026-10-24".parse().unwrap(), bytes, limit_bytes }.percent();
        assert_eq!(usage(112_000_000_000, Some(200_000_000_000)), Some(56));
        assert_eq!(usage(i64::MAX, Some(1)), Some(100));
        assert_eq!((usage(1, None), usage(1, Some(0)), usage(-5, Some(10))), (None, None, Some(0)));
    }
}
