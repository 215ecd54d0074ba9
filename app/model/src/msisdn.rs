//! Kenyan mobile numbers. The one rule: inside there is one spelling, 254 and nine digits; people may type any.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a typed phone number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MsisdnError {
    #[error("Enter a phone number, for example 0712 345 678.")]
    Blank,
    #[error("A phone number has only digits. Type it like 0712 345 678.")]
    NotDigits,
    #[error("This number has too few or too many digits. Type ten digits, like 0712 345 678.")]
    Length,
    #[error("This is not a Kenyan mobile number. Mobile numbers start with 07 or 01, like 0712 345 678.")]
    NotMobile,
}

/// A Kenyan mobile number. The operator cannot be told from it: numbers are ported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Msisdn(u64);

const COUNTRY: u64 = 254_000_000_000;

impl Msisdn {
    /// Reads `+254…`, `254…`, `00254…`, `07…`, `01…`, `7…`, `1…`, with blanks, dashes, dots and brackets between.
    pub fn parse(text: &str) -> Result<Self, MsisdnError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MsisdnError::Blank);
        }
        let plus = text.starts_with('+');
        let mut digits = String::with_capacity(12);
        for c in text.strip_prefix('+').unwrap_or(text).chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2010}'..='\u{2013}' => {}
                _ => return Err(MsisdnError::NotDigits),
            }
        }
        let digits = if plus { &digits } else { digits.strip_prefix("00").unwrap_or(&digits) };
        // People write the zero after the country code as well: +254 0712 345 678.
        let national = match (digits.len(), plus) {
            (12, _) => digits.strip_prefix("254").ok_or(MsisdnError::NotMobile)?,
            (13, _) => digits.strip_prefix("2540").ok_or(MsisdnError::Length)?,
            (10, false) => digits.strip_prefix('0').ok_or(MsisdnError::NotMobile)?,
            (9, false) => digits,
            _ => return Err(MsisdnError::Length),
        };
        if !national.starts_with(['7', '1']) {
            return Err(MsisdnError::NotMobile);
        }
        national.parse::<u64>().map(|n| Self(COUNTRY + n)).map_err(|_| MsisdnError::NotDigits)
    }

    /// `254712345678`: Daraja, WhatsApp and our tables.
    pub fn canonical(self) -> String {
        self.0.to_string()
    }

    /// `+254712345678`: SMS gateways and `tel:` links.
    pub fn e164(self) -> String {
        format!("+{}", self.0)
    }

    /// `712345678`: wallets that want no country code.
    pub fn national(self) -> String {
        (self.0 - COUNTRY).to_string()
    }

    /// `0712 ••• 678`: enough for the owner to know it, too little for a stranger.
    pub fn masked(self) -> String {
        let n = self.0 - COUNTRY;
        format!("0{} ••• {:03}", n / 1_000_000, n % 1000)
    }
}

impl fmt::Display for Msisdn {
    /// `0712 345 678`, as people write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0 - COUNTRY;
        write!(f, "0{} {:03} {:03}", n / 1_000_000, n / 1000 % 1000, n % 1000)
    }
}

impl FromStr for Msisdn {
    type Err = MsisdnError;
    fn from_str(text: &str) -> Result<Self, MsisdnError> {
        Self::parse(text)
    }
}
impl TryFrom<String> for Msisdn {
    type Error = MsisdnError;
    fn try_from(text: String) -> Result<Self, MsisdnError> {
        Self::parse(&text)
    }
}
impl From<Msisdn> for String {
    fn from(number: Msisdn) -> String {
        number.canonical()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_usual_spelling_is_one_number() {
        for text in [
            "0712345678",
            "0712 345 678",
            "712345678",
            "254712345678",
            "+254 712-345-678",
            "+254 (0)712 345 678",
            "00254712345678",
            " 0712.345.678 ",
        ] {
            assert_eq!(Msisdn::parse(text).map(Msisdn::canonical), Ok("254712345678".into()), "{text}");
        }
        assert_eq!(Msisdn::parse("0110 000 001").map(Msisdn::e164), Ok("+254110000001".into()));
    }

    #[test]
    fn a_refusal_says_what_to_type() {
        assert_eq!(Msisdn::parse("  "), Err(MsisdnError::Blank));
        assert_eq!(Msisdn::parse("07I2345678"), Err(MsisdnError::NotDigits));
        assert_eq!(Msisdn::parse("٠٧١٢٣٤٥٦٧٨"), Err(MsisdnError::NotDigits));
        assert_eq!(Msisdn::parse("071234567"), Err(MsisdnError::NotMobile));
        assert_eq!(Msisdn::parse("07123456789"), Err(MsisdnError::Length));
        assert_eq!(Msisdn::parse("0202222222"), Err(MsisdnError::NotMobile));
        assert_eq!(Msisdn::parse("+256712345678"), Err(MsisdnError::NotMobile));
    }

    #[test]
    fn a_number_is_shown_grouped_and_masked() {
        let number = Msisdn::parse("0700000009").map(|n| (n.to_string(), n.masked()));
        assert_eq!(number, Ok(("0700 000 009".into(), "0700 ••• 009".into())));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(n in prop_oneof![100_000_000u64..200_000_000, 700_000_000u64..800_000_000]) {
            let number = Msisdn(COUNTRY + n);
            for text in [number.to_string(), number.canonical(), number.e164(), number.national()] {
                prop_assert_eq!(Msisdn::parse(&text), Ok(number));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = Msisdn::parse(&text);
        }
    }
}
