//! The manager's and the reseller's cards. The one rule: a figure carries its day, and growth is shown with what it is
//! compared to.

use crate::Money;
use crate::account_number::AccountNumber;
use crate::billing::proration::round_half_up;
use crate::crm::subscribers::Badge;
use crate::portal::clock::PageClock;
use crate::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

/// A figure now and before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    pub now: i64,
    pub before: i64,
}

impl Trend {
    /// Growth in tenths of a per cent, rounded half up; `None` from nothing.
    pub fn growth_tenths(self) -> Option<i64> {
        (self.before > 0)
            .then(|| round_half_up((i128::from(self.now) - i128::from(self.before)) * 1000, i128::from(self.before)))
            .and_then(|tenths| i64::try_from(tenths).ok())
    }
}

/// Unpaid money by age in days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ageing {
    pub not_due: Money,
    pub days_1_30: Money,
    pub days_31_60: Money,
    pub days_61_90: Money,
    pub days_over_90: Money,
}

impl Ageing {
    /// Adds what is left of one invoice to its age. Nothing of another currency is added.
    pub fn add(&mut self, left: Money, due_on: Date, today: Date) {
        let bucket = match (today - due_on).num_days() {
            i64::MIN..=0 => &mut self.not_due,
            1..=30 => &mut self.days_1_30,
            31..=60 => &mut self.days_31_60,
            61..=90 => &mut self.days_61_90,
            _ => &mut self.days_over_90,
        };
        if let Some(sum) = bucket.checked_add(left) {
            *bucket = sum;
        }
    }
}

/// The manager's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManagerCards {
    /// What active services bring in a month.
    pub mrr: Trend,
    pub subscribers_active: Trend,
    pub subscribers_new: Trend,
    pub subscribers_lost: Trend,
    pub collected_today: Money,
    pub collected_week: Money,
    pub collected_month: Money,
    pub due_in_24_h: Money,
    pub stray_payments: i64,
    pub stray_total: Money,
    pub ageing: Ageing,
    /// Income and active subscribers by site.
    pub sites: Vec<SiteMoney>,
    /// Payments that brought somebody online, and their p95 in milliseconds.
    pub online_payments: i64,
    pub payment_to_online_p95_ms: Option<i64>,
    /// Income by month, the oldest first.
    pub income: Vec<(Date, Money)>,
    pub as_of: Timestamp,
}

impl ManagerCards {
    /// Lost subscribers of this month in tenths of a per cent of those active before.
    pub fn churn_tenths(&self) -> Option<i64> {
        let before = self.subscribers_active.before;
        (before > 0)
            .then(|| round_half_up(i128::from(self.subscribers_lost.now) * 1000, i128::from(before)))
            .and_then(|tenths| i64::try_from(tenths).ok())
    }
}

crate::codes! {
    /// What wants somebody's attention, the worst first.
    AttentionKind {
        Incident => "incident",
        StrayPayments => "stray_payments",
        FailedActivation => "failed_activation",
        FailedJobs => "failed_jobs",
        LateTickets => "late_tickets",
        CutOffs => "cut_offs",
        Overdue => "overdue",
        Suspended => "suspended",
        Approvals => "approvals",
        NewLeads => "new_leads",
        UnplannedWork => "unplanned_work",
    }
}

impl AttentionKind {
    /// Whether somebody waits for it now, or only should be looked at today.
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Incident | Self::StrayPayments | Self::FailedActivation | Self::FailedJobs)
    }
}

/// One thing that wants attention. The words are made by the reader's language from kind and facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    pub kind: AttentionKind,
    pub count: i64,
    /// A place or a name, where one stands for all.
    pub about: Option<String>,
    /// For those who may see money.
    pub amount: Option<Money>,
    /// Since when the oldest waits.
    pub since: Option<Timestamp>,
    pub link: String,
}

/// How long payments of today took to bring people online, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineProof {
    /// Payments that brought somebody online.
    pub online: i64,
    /// Unlocked, but no session at the time: counted apart.
    pub ready: i64,
    pub waiting: i64,
    pub median_ms: Option<i64>,
    pub p95_ms: Option<i64>,
    pub slowest_ms: Option<i64>,
}

/// Who is connected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineCount {
    pub active: i64,
    pub online: i64,
    pub suspended: i64,
}

/// The first page after sign-in: what this reader may see of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub clock: PageClock,
    pub attention: Vec<Attention>,
    pub online: Option<OnlineCount>,
    pub proof: Option<OnlineProof>,
    pub manager: Option<ManagerCards>,
}

/// What one site brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteMoney {
    pub site: String,
    pub active: i64,
    pub income: Money,
}

/// The reseller's first page at `/partner`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerHome {
    pub name: String,
    /// For those of the reseller who may see its money.
    pub money: Option<PartnerMoney>,
    pub online: i64,
    pub subscribers: i64,
    pub new_this_month: i64,
    pub ending_in_3_days: i64,
    pub off_unpaid: i64,
    pub leads_waiting: i64,
    pub rows: Vec<PartnerRow>,
    pub clock: PageClock,
}

/// What a reseller earns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerMoney {
    /// Earned and not paid out.
    pub wallet: Money,
    /// The part of it that can be paid out today.
    pub payable: Money,
    /// Commission by month, the oldest first.
    pub commission: Vec<(Date, Money)>,
}

/// A subscriber as the reseller sees one: no phone of a stranger's customer, no ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerRow {
    pub name: String,
    pub account_number: AccountNumber,
    pub area: String,
    pub plan: Option<String>,
    pub badge: Badge,
    pub is_online: bool,
    pub paid_until: Option<Date>,
    /// The reseller of the subtree that the subscriber belongs to.
    pub reseller: String,
    /// What the present month's payments have earned this reseller, for those who may see its money.
    pub earned: Option<Money>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_tenths_of_a_per_cent_and_none_from_nothing() {
        assert_eq!(Trend { now: 1050, before: 1000 }.growth_tenths(), Some(50));
        assert_eq!(Trend { now: 950, before: 1000 }.growth_tenths(), Some(-50));
        assert_eq!(Trend { now: 5, before: 0 }.growth_tenths(), None);
        assert_eq!(Trend { now: i64::MAX, before: 1 }.growth_tenths(), None);
    }

    #[test]
    fn an_invoice_ages_from_the_day_after_it_was_due() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let mut ageing = Ageing::default();
        for today in ["2026-11-24", "2026-11-25", "2026-12-24", "2026-12-25", "2027-01-24", "2027-06-01"] {
            ageing.add(Money::kes(100), day("2026-11-24"), day(today));
        }
        let sums = [ageing.not_due, ageing.days_1_30, ageing.days_31_60, ageing.days_61_90, ageing.days_over_90];
        assert_eq!(sums.map(|sum| sum.minor), [100, 200, 100, 100, 100]);
    }
}
