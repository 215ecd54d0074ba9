//! Rounding, and amounts by days. The one rule: parts of an amount sum to the amount; the last part takes the remainder.

use super::periods::Period;
use crate::Money;
use crate::time::Date;

/// Divides and rounds to the nearest whole; halves go away from zero, so that a credit mirrors its charge. This is the
/// only rounding of money in the program. `denominator` is positive.
pub const fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    let doubled = 2 * numerator.unsigned_abs() as i128 + denominator;
    let magnitude = doubled / (2 * denominator);
    if numerator < 0 { -magnitude } else { magnitude }
}

/// The share of `amount` for `days` of `days_of_period` days, rounded half up. All of it when the days are all or more;
/// nothing for a period without days.
pub fn by_days(amount: Money, days: u32, days_of_period: u32) -> Money {
    if days >= days_of_period {
        return if days_of_period == 0 { Money::zero(amount.currency) } else { amount };
    }
    let minor = round_half_up(i128::from(amount.minor) * i128::from(days), i128::from(days_of_period));
    // Less than the amount itself, so it fits.
    Money::new(minor as i64, amount.currency)
}

/// Splits `amount` over stretches of days. Each part is rounded half up, the last takes the remainder; the parts sum to
/// `amount`. Empty without stretches; all on the last when no stretch has a day.
pub fn split_by_days(amount: Money, stretches: &[u32]) -> Vec<Money> {
    let all: u64 = stretches.iter().map(|days| u64::from(*days)).sum();
    let mut given = 0i64;
    let mut days_so_far = 0u64;
    let part = |(at, days): (usize, &u32)| {
        days_so_far += u64::from(*days);
        // The running sum is rounded, not each part: so no part is off by more than one cent.
        let until_here = match all {
            _ if at + 1 == stretches.len() => amount.minor,
            0 => 0,
            all => round_half_up(i128::from(amount.minor) * i128::from(days_so_far), i128::from(all)) as i64,
        };
        let minor = until_here - given;
        given = until_here;
        Money::new(minor, amount.currency)
    };
    stretches.iter().enumerate().map(part).collect()
}

/// What a service costs from `start` to the end of the period that `start` lies in: the first invoice.
pub fn rest_of_period(price: Money, start: Date, period: Period) -> Money {
    by_days(price, period.days_from(start), period.days())
}

/// A change of plan inside a period, from `on`: what is credited for the old plan and charged for the new one. Both are
/// for the same days.
pub fn change_in_period(old: Money, new: Money, on: Date, period: Period) -> (Money, Money) {
    (rest_of_period(old, on, period), rest_of_period(new, on, period))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn halves_go_away_from_zero() {
        for (n, d, rounded) in [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0), (1, 2, 1), (49, 100, 0)] {
            assert_eq!(round_half_up(n, d), rounded, "{n}/{d}");
        }
    }

    #[test]
    fn the_first_invoice_is_for_the_days_that_are_left() {
        let november = Period { from: day("2026-11-01"), until: day("2026-12-01") };
        assert_eq!(rest_of_period(Money::kes(150_000), day("2026-11-21"), november), Money::kes(50_000));
        assert_eq!(rest_of_period(Money::kes(150_000), day("2026-11-01"), november), Money::kes(150_000));
        assert_eq!(rest_of_period(Money::kes(150_000), day("2026-11-30"), november), Money::kes(5_000));
        assert_eq!(rest_of_period(Money::kes(150_000), day("2026-12-01"), november), Money::kes(0));
    }

    #[test]
    fn a_change_credits_the_old_and_charges_the_new_for_the_same_days() {
        let november = Period { from: day("2026-11-01"), until: day("2026-12-01") };
        let change = change_in_period(Money::kes(150_000), Money::kes(299_900), day("2026-11-16"), november);
        assert_eq!(change, (Money::kes(75_000), Money::kes(149_950)));
    }

    #[test]
    fn the_last_part_takes_the_remainder() {
        assert_eq!(split_by_days(Money::kes(100), &[1, 1, 1]), [Money::kes(33), Money::kes(34), Money::kes(33)]);
        assert_eq!(split_by_days(Money::kes(100), &[0, 0]), [Money::kes(0), Money::kes(100)]);
        assert_eq!(split_by_days(Money::kes(100), &[]), []);
        assert_eq!(by_days(Money::kes(100), 0, 0), Money::kes(0));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(minor in -1_000_000_000_000i64..1_000_000_000_000, days in prop::collection::vec(0u32..400, 1..12)) {
            let parts = split_by_days(Money::kes(minor), &days);
            prop_assert_eq!(parts.iter().map(|part| part.minor).sum::<i64>(), minor);
            prop_assert_eq!(parts.len(), days.len());
        }

        #[test]
        fn no_part_is_off_by_more_than_a_cent(minor in 0i64..1_000_000_000, days in prop::collection::vec(1u32..400, 1..12)) {
            let all: u32 = days.iter().sum();
            for (part, days) in split_by_days(Money::kes(minor), &days).iter().zip(&days) {
                let exact = by_days(Money::kes(minor), *days, all).minor;
                prop_assert!((part.minor - exact).abs() <= 1);
            }
        }

        #[test]
        fn rounding_is_the_nearest_whole(n in -1_000_000_000i128..1_000_000_000, d in 1i128..1_000_000) {
            let rounded = round_half_up(n, d);
            prop_assert!((2 * (rounded * d - n)).abs() <= d);
            prop_assert_eq!(round_half_up(-n, d), -rounded);
        }

        #[test]
        fn more_days_never_cost_less(minor in 0i64..1_000_000_000, days in 0u32..365) {
            let price = Money::kes(minor);
            prop_assert!(by_days(price, days, 365).minor <= by_days(price, days + 1, 365).minor);
        }
    }
}
