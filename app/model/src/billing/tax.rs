//! Excise and VAT. The one rule: excise is on the value, VAT is on value and excise, and net + excise + VAT is the total to
//! the cent. Rates are data with a day; none stands here.

use super::proration::round_half_up;
use crate::catalog::plans::TaxTreatment;
use crate::time::Date;
use serde::{Deserialize, Serialize};

/// One whole in basis points: 100.00 %.
pub const BASIS: i64 = 10_000;

crate::codes! {
    /// The taxes on our prices.
    TaxKind { Excise => "excise", Vat => "vat" }
}

/// A rate that holds from a day until the day before the next rate of the same tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    pub kind: TaxKind,
    /// Hundredths of a per cent: 1600 is 16 %. At most 10,000.
    pub basis_points: u16,
    pub valid_from: Date,
}

/// The rates of one day, for one tax treatment, in basis points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatesOn {
    pub excise: u16,
    pub vat: u16,
}

/// The rates that hold on `day` for a treatment. A tax without a rate on that day is 0.
pub fn rates_on(rates: &[TaxRate], day: Date, treatment: TaxTreatment) -> RatesOn {
    let rate = |kind| {
        let known = rates.iter().filter(|rate| rate.kind == kind && rate.valid_from <= day);
        known.max_by_key(|rate| rate.valid_from).map_or(0, |rate| rate.basis_points)
    };
    match treatment {
        TaxTreatment::ExciseAndVat => RatesOn { excise: rate(TaxKind::Excise), vat: rate(TaxKind::Vat) },
        TaxTreatment::VatOnly => RatesOn { excise: 0, vat: rate(TaxKind::Vat) },
        TaxTreatment::Exempt => RatesOn::default(),
    }
}

/// An amount in its parts, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxSplit {
    pub net: i64,
    pub excise: i64,
    pub vat: i64,
}

/// An amount whose taxes leave 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The amount is too large to add taxes to it. Check the price.")]
pub struct AmountTooLarge;

impl TaxSplit {
    /// What the customer pays. The sum of the parts defines it.
    pub const fn total(self) -> i64 {
        self.net + self.excise + self.vat
    }

    /// The parts of two amounts together.
    pub const fn plus(self, other: Self) -> Self {
        Self { net: self.net + other.net, excise: self.excise + other.excise, vat: self.vat + other.vat }
    }
}

/// Puts the taxes on a net amount. Each tax is rounded half up once.
pub fn add_tax(net: i64, rates: RatesOn) -> Result<TaxSplit, AmountTooLarge> {
    let part = |of: i128, rate: u16| round_half_up(of * i128::from(rate), i128::from(BASIS));
    let excise = part(i128::from(net), rates.excise);
    let vat = part(i128::from(net) + excise, rates.vat);
    let fits = |n: i128| i64::try_from(n).map_err(|_| AmountTooLarge);
    fits(i128::from(net) + excise + vat)?;
    Ok(TaxSplit { net, excise: fits(excise)?, vat: fits(vat)? })
}

/// Takes the taxes out of an amount that includes them. VAT and excise are rounded half up, the net takes the rest, so
/// the parts sum to `total` exactly.
pub fn split_inclusive(total: i64, rates: RatesOn) -> TaxSplit {
    let part = |of: i64, rate: u16| {
        let share = round_half_up(i128::from(of) * i128::from(rate), i128::from(BASIS) + i128::from(rate));
        // The share of an amount is never larger than the amount, so it fits.
        share as i64
    };
    let vat = part(total, rates.vat);
    let excise = part(total - vat, rates.excise);
    TaxSplit { net: total - vat - excise, excise, vat }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KENYA: RatesOn = RatesOn { excise: 1500, vat: 1600 };

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_worked_example_of_the_reference_holds_both_ways() {
        let split = TaxSplit { net: 100_000, excise: 15_000, vat: 18_400 };
        assert_eq!(add_tax(100_000, KENYA), Ok(split));
        assert_eq!(split.total(), 133_400);
        assert_eq!(split_inclusive(133_400, KENYA), split);
    }

    #[test]
    fn a_monthly_price_with_tax_inside_is_split_to_the_cent() {
        // 1500.00 × 16/116 = 206.90 VAT; 1293.10 × 15/115 = 168.67 excise; the net takes the rest.
        let split = split_inclusive(150_000, KENYA);
        assert_eq!(split, TaxSplit { net: 112_443, excise: 16_867, vat: 20_690 });
        assert_eq!(split.total(), 150_000);
    }

    #[test]
    fn the_rate_of_the_day_counts() {
        let rates = [
            TaxRate { kind: TaxKind::Excise, basis_points: 2000, valid_from: day("2021-07-01") },
            TaxRate { kind: TaxKind::Excise, basis_points: 1500, valid_from: day("2023-07-01") },
            TaxRate { kind: TaxKind::Vat, basis_points: 1600, valid_from: day("2013-09-02") },
        ];
        let on = |text: &str| rates_on(&rates, day(text), TaxTreatment::ExciseAndVat);
        assert_eq!(on("2023-06-30"), RatesOn { excise: 2000, vat: 1600 });
        assert_eq!(on("2023-07-01"), KENYA);
        assert_eq!(on("2010-01-01"), RatesOn::default());
        assert_eq!(rates_on(&rates, day("2026-01-01"), TaxTreatment::VatOnly), RatesOn { excise: 0, vat: 1600 });
        assert_eq!(rates_on(&rates, day("2026-01-01"), TaxTreatment::Exempt), RatesOn::default());
    }

    #[test]
    fn an_amount_that_leaves_64_bits_is_refused() {
        assert_eq!(add_tax(i64::MAX - 1, KENYA), Err(AmountTooLarge));
        assert_eq!(add_tax(i64::MAX, RatesOn::default()).map(TaxSplit::total), Ok(i64::MAX));
    }

    proptest! {
        #[test]
        fn the_parts_of_an_inclusive_amount_sum_to_it(total: i64, excise in 0u16..=10_000, vat in 0u16..=10_000) {
            let split = split_inclusive(total, RatesOn { excise, vat });
            prop_assert_eq!(i128::from(split.net) + i128::from(split.excise) + i128::from(split.vat), i128::from(total));
            prop_assert!(split.net.signum() * total.signum() >= 0);
        }

        #[test]
        fn splitting_what_was_added_gives_it_back_within_a_cent(
            net in 0i64..1_000_000_000, excise in 0u16..=4000, vat in 0u16..=4000,
        ) {
            let rates = RatesOn { excise, vat };
            let added = add_tax(net, rates).unwrap();
            let split = split_inclusive(added.total(), rates);
            prop_assert!((split.net - net).abs() <= 1, "{:?} {:?}", added, split);
        }

        #[test]
        fn a_credit_mirrors_its_charge(total in 0i64..1_000_000_000) {
            let (charge, credit) = (split_inclusive(total, KENYA), split_inclusive(-total, KENYA));
            prop_assert_eq!(charge, TaxSplit { net: -credit.net, excise: -credit.excise, vat: -credit.vat });
        }
    }
}
