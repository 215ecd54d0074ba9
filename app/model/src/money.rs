//! Amounts of money: whole minor units and a currency, never a float, never two currencies in one sum.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A currency of ISO 4217 that we keep books in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    #[default]
    Kes,
    Ugx,
    Tzs,
    Usd,
}

impl Currency {
    /// The three letters of ISO 4217.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kes => "KES",
            Self::Ugx => "UGX",
            Self::Tzs => "TZS",
            Self::Usd => "USD",
        }
    }

    /// What people write before an amount.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Kes => "KSh",
            Self::Ugx => "USh",
            Self::Tzs => "TSh",
            Self::Usd => "$",
        }
    }

    /// Finds a currency by its three letters.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Kes, Self::Ugx, Self::Tzs, Self::Usd].into_iter().find(|c| c.code() == code)
    }
}

/// An amount in minor units (cents) of one currency. Negative means owed to us on a balance, or money going out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// The largest amount that a form takes, in minor units: 100 million shillings. Above it a typing mistake is certain.
pub const AMOUNT_MINOR_MAX: i64 = 10_000_000_000;

/// Why a typed amount was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("Enter an amount, for example 1500 or 1,500.50.")]
    NotANumber,
    #[error("The amount must be more than zero.")]
    NotPositive,
    #[error("The amount is too large. The most is 100,000,000.")]
    TooLarge,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn kes(minor: i64) -> Self {
        Self::new(minor, Currency::Kes)
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum, or `None` when the currencies differ or the sum leaves 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.minor.checked_add(other.minor))
            .flatten()
            .map(|m| Self::new(m, self.currency))
    }

    /// The amount with the other sign.
    pub const fn negated(self) -> Self {
        Self::new(-self.minor, self.currency)
    }

    /// Whole units, rounded up: what M-Pesa is asked for, since it takes no cents. The rest stays as credit.
    pub const fn whole_units_up(self) -> i64 {
        self.minor.div_euclid(100) + if self.minor.rem_euclid(100) > 0 { 1 } else { 0 }
    }

    /// Reads what a person types: digits, commas or spaces between thousands, at most two decimals, more than zero.
    pub fn parse_positive(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text: String = text.trim().chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}' | '_')).collect();
        let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(cents) || cents.len() > 2 {
            return Err(MoneyError::NotANumber);
        }
        if whole.len() > 15 {
            return Err(MoneyError::TooLarge);
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::NotANumber)?;
        let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| MoneyError::NotANumber)?;
        let minor = whole.checked_mul(100).and_then(|w| w.checked_add(cents)).ok_or(MoneyError::TooLarge)?;
        if negative || minor == 0 {
            return Err(MoneyError::NotPositive);
        }
        if minor > AMOUNT_MINOR_MAX {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self::new(minor, currency))
    }

    /// `1,500.00`, with U+2212 as the minus.
    pub fn figures(self) -> String {
        let (whole, cents) = (self.minor.unsigned_abs() / 100, self.minor.unsigned_abs() % 100);
        let minus = if self.minor < 0 { "\u{2212}" } else { "" };
        format!("{minus}{}.{cents:02}", grouped(whole))
    }

    /// `1,500`, without cents when there are none: for phones and SMS.
    pub fn short_figures(self) -> String {
        let figures = self.figures();
        figures.strip_suffix(".00").map(str::to_owned).unwrap_or(figures)
    }

    /// `1,501`, rounded half up: for large figures side by side, where cents say nothing.
    pub fn whole_figures(self) -> String {
        Self::new((self.minor + 50).div_euclid(100) * 100, self.currency).short_figures()
    }
}

/// Digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.sign(), self.figures())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_figures_are_rounded_alike() {
        let shown: Vec<_> = [11_606_834, 150_000, 149_950, 0].map(|minor| Money::kes(minor).whole_figures()).into();
        assert_eq!(shown, ["116,068", "1,500", "1,500", "0"]);
    }

    #[test]
    fn a_typed_amount_is_read_with_commas_and_cents() {
        assert_eq!(Money::parse_positive("1,500.5", Currency::Kes), Ok(Money::kes(150_050)));
        assert_eq!(Money::parse_positive(" 12 000 ", Currency::Kes), Ok(Money::kes(1_200_000)));
    }

    #[test]
    fn an_amount_that_is_not_one_is_refused_with_its_reason() {
        for text in ["", "abc", "1.234", "1e5", "0x10", "١٢"] {
            assert_eq!(Money::parse_positive(text, Currency::Kes), Err(MoneyError::NotANumber), "{text}");
        }
        assert_eq!(Money::parse_positive("-5", Currency::Kes), Err(MoneyError::NotPositive));
        assert_eq!(Money::parse_positive("0.00", Currency::Kes), Err(MoneyError::NotPositive));
        assert_eq!(Money::parse_positive("99999999999999999999", Currency::Kes), Err(MoneyError::TooLarge));
    }

    #[test]
    fn m_pesa_is_asked_for_whole_shillings_rounded_up() {
        assert_eq!(Money::kes(150_000).whole_units_up(), 1500);
        assert_eq!(Money::kes(150_001).whole_units_up(), 1501);
    }

    #[test]
    fn money_is_written_with_grouping_and_a_true_minus() {
        assert_eq!(Money::kes(-150_000).to_string(), "KSh \u{2212}1,500.00");
        assert_eq!(Money::kes(123_456_789).figures(), "1,234,567.89");
    }

    #[test]
    fn two_currencies_are_never_summed() {
        assert_eq!(Money::kes(1).checked_add(Money::new(1, Currency::Usd)), None);
    }
}
