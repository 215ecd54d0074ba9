//! Amounts as providers write them, to minor units and back.
//! The one rule: the decimal text is read digit by digit. A floating point number never holds money.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use thiserror::Error;

/// The longest amount text that is looked at; the largest wallet balance has nine characters.
const MAX_CHARS: usize = 32;

/// The largest amount that is money, in cents: 100 million shillings, several hundred times what M-Pesa moves at once. Sums
/// over all payments stay far inside 64 bits.
const MINOR_MAX: i64 = 10_000_000_000;

/// Why a text is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AmountError {
    #[error("is not a decimal number")]
    NotANumber,
    #[error("has a part smaller than a cent")]
    FinerThanCents,
    #[error("is below zero")]
    Negative,
    #[error("is too large")]
    TooLarge,
}

/// Reads `2500`, `2500.00`, `2500.5` or `2.5E3` as cents. Signs other than none, separators and units are refused.
///
/// # Errors
/// [`AmountError`], worded to follow the field's name.
pub fn minor_from_decimal(text: &str) -> Result<i64, AmountError> {
    let text = text.trim();
    if text.len() > MAX_CHARS {
        return Err(AmountError::TooLarge);
    }
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E')) {
        return Err(AmountError::NotANumber);
    }
    let parsed = match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text),
        false => Decimal::from_str_exact(text),
    };
    let amount = parsed.map_err(|_| AmountError::NotANumber)?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(AmountError::Negative);
    }
    let cents = amount.checked_mul(Decimal::ONE_HUNDRED).ok_or(AmountError::TooLarge)?;
    if !cents.fract().is_zero() {
        return Err(AmountError::FinerThanCents);
    }
    cents.to_i64().filter(|minor| *minor <= MINOR_MAX).ok_or(AmountError::TooLarge)
}

/// Whole shillings that cover an amount in cents: M-Pesa takes no cents, so 1,234.01 asks for 1,235 and the rest
/// stays as credit. Nothing due asks for nothing.
pub fn shillings_rounded_up(amount_minor: i64) -> i64 {
    if amount_minor <= 0 { 0 } else { (amount_minor - 1) / 100 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cents_survive() {
        assert_eq!(minor_from_decimal("2500.00"), Ok(250_000));
        assert_eq!(minor_from_decimal("10"), Ok(1_000));
        assert_eq!(minor_from_decimal("5.0"), Ok(500));
        assert_eq!(minor_from_decimal("0.29"), Ok(29));
        assert_eq!(minor_from_decimal("1.15"), Ok(115));
        assert_eq!(minor_from_decimal("2.5E3"), Ok(250_000));
        assert_eq!(minor_from_decimal("1.500"), Ok(150));
    }

    #[test]
    fn what_is_not_money_is_refused() {
        assert_eq!(minor_from_decimal("1.005"), Err(AmountError::FinerThanCents));
        assert_eq!(minor_from_decimal("-5"), Err(AmountError::Negative));
        assert_eq!(minor_from_decimal("2,500"), Err(AmountError::NotANumber));
        assert_eq!(minor_from_decimal(""), Err(AmountError::NotANumber));
        assert_eq!(minor_from_decimal("KES 5"), Err(AmountError::NotANumber));
        assert_eq!(minor_from_decimal("NaN"), Err(AmountError::NotANumber));
        assert_eq!(minor_from_decimal("99999999999999999999"), Err(AmountError::TooLarge));
    }

    #[test]
    fn an_amount_above_a_hundred_million_shillings_is_too_large() {
        assert_eq!(minor_from_decimal("100000000.00"), Ok(MINOR_MAX));
        assert_eq!(minor_from_decimal("100000000.01"), Err(AmountError::TooLarge));
        assert_eq!(minor_from_decimal("92233720368547758.07"), Err(AmountError::TooLarge));
    }

    #[test]
    fn a_due_amount_with_cents_asks_for_the_next_shilling() {
        assert_eq!(shillings_rounded_up(123_401), 1_235);
        assert_eq!(shillings_rounded_up(123_400), 1_234);
        assert_eq!(shillings_rounded_up(1), 1);
        assert_eq!(shillings_rounded_up(0), 0);
        assert_eq!(shillings_rounded_up(-500), 0);
        assert_eq!(shillings_rounded_up(i64::MAX), i64::MAX / 100 + 1);
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_decimal_text(minor in 0i64..=MINOR_MAX) {
            prop_assert_eq!(minor_from_decimal(&format!("{}.{:02}", minor / 100, minor % 100)), Ok(minor));
        }

        #[test]
        fn reading_an_amount_never_panics(text in "\\PC{0,40}") {
            let _ = minor_from_decimal(&text);
        }

        #[test]
        fn reading_number_like_text_never_panics(text in "[-+0-9.eE]{0,40}") {
            let _ = minor_from_decimal(&text);
        }
    }
}
