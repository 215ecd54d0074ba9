//! Commissions of referral partners and resellers. The one rule: a commission is computed from money that came in, never
//! from a bill.

use super::proration::round_half_up;
use crate::money::MoneyError;
use crate::time::Timestamp;
use crate::{Currency, Money};
use serde::{Deserialize, Serialize};

/// One step of a tiered commission: the share from this many paying subscribers on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    pub from_subscribers: u32,
    pub basis_points: u16,
}

/// How a commission is computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CommissionRule {
    /// A share of each payment.
    Share { basis_points: u16 },
    /// A fixed amount, once for each subscriber.
    Flat { amount_minor: i64 },
    /// A share that grows with the number of paying subscribers; it holds for all of them.
    Tiered { tiers: Vec<Tier> },
}

/// What the commission of one payment depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommissionBase {
    /// What came in and counts.
    pub paid: Money,
    /// Whether it is the subscriber's first payment.
    pub is_first_payment: bool,
    /// Paying subscribers of the partner, with this one.
    pub subscribers: u32,
}

/// Why a typed commission was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommissionError {
    #[error("Enter a share from 0.01 to 100 per cent, for example 10 or 7.5.")]
    Share,
    #[error("{0}")]
    Amount(MoneyError),
    #[error("Choose a share of each payment or a flat amount.")]
    Kind,
}

impl CommissionRule {
    /// Reads a share in per cent (`share`, `7.5`) or a flat amount in shillings (`flat`, `500`).
    pub fn parse(kind: &str, value: &str) -> Result<Self, CommissionError> {
        match kind.trim() {
            "share" => {
                // A per cent with two decimals is written like an amount, and its hundredths are basis points.
                let share = Money::parse_positive(value.trim().trim_end_matches('%'), Currency::Kes);
                let points = share.ok().and_then(|share| u16::try_from(share.minor).ok()).filter(|p| *p <= 10_000);
                points.map(|basis_points| Self::Share { basis_points }).ok_or(CommissionError::Share)
            }
            "flat" => Money::parse_positive(value, Currency::Kes)
                .map(|amount| Self::Flat { amount_minor: amount.minor })
                .map_err(CommissionError::Amount),
            _ => Err(CommissionError::Kind),
        }
    }

    /// The commission of one payment, rounded half up. Nothing for refunds and for later payments under a flat rule.
    /// A share is never more than what came in; a flat amount is as agreed.
    pub fn of(&self, base: CommissionBase) -> Money {
        let share = |basis_points: u16| {
            let points = i128::from(basis_points.min(10_000));
            // At most the payment itself, so it fits.
            round_half_up(i128::from(base.paid.minor) * points, 10_000) as i64
        };
        let minor = match self {
            _ if base.paid.minor <= 0 => 0,
            Self::Share { basis_points } => share(*basis_points),
            Self::Flat { amount_minor } if base.is_first_payment => *amount_minor,
            Self::Flat { .. } => 0,
            Self::Tiered { tiers } => {
                let reached = tiers.iter().filter(|tier| tier.from_subscribers <= base.subscribers);
                reached.max_by_key(|tier| tier.from_subscribers).map_or(0, |tier| share(tier.basis_points))
            }
        };
        Money::new(minor, base.paid.currency)
    }
}

crate::codes! {
    /// Where a commission stands.
    CommissionState {
        Earned => "earned",
        Payable => "payable",
        Paid => "paid",
        ClawedBack => "clawed_back",
    }
}

/// One line of a commission statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommissionRow {
    pub id: super::CommissionId,
    pub at: Timestamp,
    /// The subscriber whose payment it is for.
    pub subscriber: String,
    pub paid: Money,
    pub commission: Money,
    pub state: CommissionState,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base(minor: i64, is_first_payment: bool, subscribers: u32) -> CommissionBase {
        CommissionBase { paid: Money::kes(minor), is_first_payment, subscribers }
    }

    #[test]
    fn a_share_is_taken_of_each_payment() {
        let rule = CommissionRule::Share { basis_points: 1000 };
        assert_eq!(rule.of(base(150_000, false, 1)), Money::kes(15_000));
        assert_eq!(rule.of(base(5, false, 1)), Money::kes(1));
        assert_eq!(rule.of(base(-150_000, false, 1)), Money::kes(0));
    }

    #[test]
    fn a_flat_amount_is_earned_once() {
        let rule = CommissionRule::Flat { amount_minor: 50_000 };
        assert_eq!(rule.of(base(150_000, true, 1)), Money::kes(50_000));
        assert_eq!(rule.of(base(150_000, false, 1)), Money::kes(0));
    }

    #[test]
    fn a_tier_is_reached_by_its_number_of_subscribers() {
        let tiers =
            vec![Tier { from_subscribers: 201, basis_points: 1200 }, Tier { from_subscribers: 1, basis_points: 1000 }];
        let rule = CommissionRule::Tiered { tiers };
        assert_eq!(rule.of(base(10_000, false, 200)), Money::kes(1_000));
        assert_eq!(rule.of(base(10_000, false, 201)), Money::kes(1_200));
        assert_eq!(rule.of(base(10_000, false, 0)), Money::kes(0));
    }

    #[test]
    fn a_typed_commission_is_read() {
        assert_eq!(CommissionRule::parse("share", "7.5 %".trim_end()), Ok(CommissionRule::Share { basis_points: 750 }));
        assert_eq!(CommissionRule::parse("flat", "500"), Ok(CommissionRule::Flat { amount_minor: 50_000 }));
        assert_eq!(CommissionRule::parse("share", "101"), Err(CommissionError::Share));
        assert_eq!(CommissionRule::parse("share", "-1"), Err(CommissionError::Share));
        assert_eq!(CommissionRule::parse("flat", ""), Err(CommissionError::Amount(MoneyError::NotANumber)));
        assert_eq!(CommissionRule::parse("", "5"), Err(CommissionError::Kind));
    }

    proptest! {
        #[test]
        fn a_share_is_never_more_than_the_payment(minor: i64, basis_points: u16) {
            let commission = CommissionRule::Share { basis_points }.of(base(minor, true, 1));
            prop_assert!(commission.minor >= 0 && commission.minor <= minor.max(0));
        }
    }
}
