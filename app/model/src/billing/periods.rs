//! Billing periods and prepaid expiry, in days of the tenant's zone. The one rule: a period ends where the next begins, so
//! no day is billed twice or never.

use crate::catalog::plans::BillingMode;
use crate::time::Date;
use chrono::{Datelike, Days, Months, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

/// Days from `from` up to, but not with, `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: Date,
    pub until: Date,
}

impl Period {
    /// How many days it has.
    pub fn days(self) -> u32 {
        self.days_from(self.from)
    }

    /// How many of its days are left from `start` on: all before it, none after it.
    pub fn days_from(self, start: Date) -> u32 {
        u32::try_from((self.until - start.max(self.from)).num_days()).unwrap_or(0)
    }

    /// The last day that belongs to it, as people write it on an invoice.
    pub fn last_day(self) -> Date {
        self.until.pred_opt().unwrap_or(self.until)
    }

    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day < self.until
    }
}

/// Why a typed billing day was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose a billing day from 1 to 28: every month has these.")]
pub struct BillingDayError;

/// The day of the month on which an account is billed: 1 to 28.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct BillingDay(u8);

impl BillingDay {
    pub fn try_new(day: u8) -> Result<Self, BillingDayError> {
        if (1..=28).contains(&day) { Ok(Self(day)) } else { Err(BillingDayError) }
    }

    /// Reads the typed day.
    pub fn parse(text: &str) -> Result<Self, BillingDayError> {
        text.trim().parse().map_err(|_| BillingDayError).and_then(Self::try_new)
    }

    /// The billing day for an account that starts on `date`: the day itself, or 28 for the last days of a month.
    pub fn of(date: Date) -> Self {
        // A day of a month is at most 31.
        Self(date.day().min(28) as u8)
    }

    pub const fn get(self) -> u8 {
        self.0
    }

    /// The monthly period that `date` lies in.
    pub fn period_of(self, date: Date) -> Period {
        let in_month = date.with_day(u32::from(self.0)).unwrap_or(date);
        let from = if in_month <= date { in_month } else { minus_month(in_month) };
        Period { from, until: plus_month(from) }
    }

    /// The period after `period`.
    pub fn period_after(self, period: Period) -> Period {
        self.period_of(period.until)
    }
}

impl TryFrom<u8> for BillingDay {
    type Error = BillingDayError;
    fn try_from(day: u8) -> Result<Self, BillingDayError> {
        Self::try_new(day)
    }
}
impl From<BillingDay> for u8 {
    fn from(day: BillingDay) -> u8 {
        day.0
    }
}

// chrono answers `None` only at the ends of its calendar, 260,000 years away; there time stands still.
fn plus_month(date: Date) -> Date {
    date.checked_add_months(Months::new(1)).unwrap_or(date)
}
fn minus_month(date: Date) -> Date {
    date.checked_sub_months(Months::new(1)).unwrap_or(date)
}

/// The same day `months` later. `anchor_day` is the day of the month that was agreed (1–31): a service that began on
/// the 31st ends on 28 February and on 31 March, not on the 28th for ever.
pub fn add_months(date: Date, months: u32, anchor_day: u32) -> Date {
    let moved = date.with_day(1).and_then(|first| first.checked_add_months(Months::new(months))).unwrap_or(date);
    (0..4).find_map(|short| moved.with_day(anchor_day.clamp(1, 31).saturating_sub(short).max(1))).unwrap_or(moved)
}

/// When a prepaid service that runs from `start` (wall clock of the tenant) ends. Hours run by the hour; days, weeks and
/// months end at the same time of day. Postpaid counts as months.
pub fn prepaid_end(start: NaiveDateTime, mode: BillingMode, count: u16) -> NaiveDateTime {
    let count = u32::from(count);
    let plus_days = |days: u64| start.checked_add_days(Days::new(days)).unwrap_or(start);
    match mode {
        BillingMode::PrepaidHours => start.checked_add_signed(TimeDelta::hours(i64::from(count))).unwrap_or(start),
        BillingMode::PrepaidDays => plus_days(u64::from(count)),
        BillingMode::PrepaidWeeks => plus_days(7 * u64::from(count)),
        BillingMode::PrepaidMonths | BillingMode::PostpaidMonthly => {
            add_months(start.date(), count, start.day()).and_time(start.time())
        }
    }
}

/// From when a renewal counts: from the old end when it is paid early, from the payment when the service had ended.
pub fn renewal_start(old_end: NaiveDateTime, paid_at: NaiveDateTime) -> NaiveDateTime {
    old_end.max(paid_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_runs_from_billing_day_to_billing_day() {
        let on_24 = BillingDay::try_new(24).unwrap();
        let november = Period { from: day("2026-10-24"), until: day("2026-11-24") };
        assert_eq!(on_24.period_of(day("2026-11-23")), november);
        assert_eq!(on_24.period_of(day("2026-10-24")), november);
        assert_eq!(on_24.period_of(day("2026-11-24")).from, day("2026-11-24"));
        assert_eq!((november.days(), november.last_day()), (31, day("2026-11-23")));
        assert_eq!(BillingDay::try_new(28).unwrap().period_of(day("2026-03-01")).days(), 28);
    }

    #[test]
    fn only_days_that_every_month_has_are_billing_days() {
        assert_eq!(BillingDay::parse("0"), Err(BillingDayError));
        assert_eq!(BillingDay::parse("29"), Err(BillingDayError));
        assert_eq!(BillingDay::parse(" 28 ").map(BillingDay::get), Ok(28));
        assert_eq!(BillingDay::of(day("2026-01-31")).get(), 28);
    }

    #[test]
    fn month_ends_do_not_drift() {
        assert_eq!(add_months(day("2026-01-31"), 1, 31), day("2026-02-28"));
        assert_eq!(add_months(day("2026-02-28"), 1, 31), day("2026-03-31"));
        assert_eq!(add_months(day("2028-01-30"), 1, 30), day("2028-02-29"));
        assert_eq!(add_months(day("2026-12-15"), 1, 15), day("2027-01-15"));
    }

    #[test]
    fn prepaid_ends_by_hours_days_weeks_and_months() {
        let start = at("2026-01-31T18:30:00");
        let end = |mode, count| prepaid_end(start, mode, count);
        assert_eq!(end(BillingMode::PrepaidHours, 6), at("2026-02-01T00:30:00"));
        assert_eq!(end(BillingMode::PrepaidDays, 30), at("2026-03-02T18:30:00"));
        assert_eq!(end(BillingMode::PrepaidWeeks, 1), at("2026-02-07T18:30:00"));
        assert_eq!(end(BillingMode::PrepaidMonths, 1), at("2026-02-28T18:30:00"));
    }

    #[test]
    fn paying_early_loses_no_day_and_paying_late_wins_none() {
        let end = at("2026-11-24T00:00:00");
        assert_eq!(renewal_start(end, at("2026-11-20T09:00:00")), end);
        assert_eq!(renewal_start(end, at("2026-11-26T09:00:00")), at("2026-11-26T09:00:00"));
    }

    proptest! {
        #[test]
        fn periods_follow_one_another_without_gap(billing_day in 1u8..=28, offset in 0u64..40_000) {
            let date = day("1990-01-01") + Days::new(offset);
            let billing_day = BillingDay::try_new(billing_day).unwrap();
            let period = billing_day.period_of(date);
            prop_assert!(period.contains(date));
            prop_assert!((28..=31).contains(&period.days()));
            prop_assert_eq!(billing_day.period_after(period).from, period.until);
            prop_assert_eq!(billing_day.period_of(period.last_day()), period);
        }

        #[test]
        fn a_month_later_is_in_the_next_month(offset in 0u64..40_000, months in 0u32..40) {
            let date = day("1990-01-01") + Days::new(offset);
            let later = add_months(date, months, date.day());
            let months_between = (later.year() - date.year()) * 12 + later.month() as i32 - date.month() as i32;
            prop_assert_eq!(months_between, months as i32);
            prop_assert!(later.day() <= date.day());
        }
    }
}
