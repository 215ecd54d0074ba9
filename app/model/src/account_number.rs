//! Account numbers: what a payer types into the paybill form. The one rule: one slip of the finger never names another
//! account, because the last digit checks the others.

use crate::msisdn::Msisdn;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The largest serial of an account: six digits.
pub const SERIAL_MAX: u32 = 999_999;

/// Why a typed account number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountNumberError {
    #[error("Type the account number from the invoice, for example MT-004217-8: letters, six digits, one check digit.")]
    Form,
    #[error("This account number has a typing mistake. Compare each digit with the invoice.")]
    CheckDigit,
    #[error("All 999,999 account numbers with these letters are used. Choose other letters in the settings.")]
    Exhausted,
    #[error("Choose 2 or 3 letters without I and O, which look like 1 and 0.")]
    Prefix,
}

/// The 2 or 3 letters in front of a tenant's account numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountPrefix([u8; 3]);

impl AccountPrefix {
    /// Reads 2 or 3 letters in any case; refuses I and O.
    pub fn parse(text: &str) -> Result<Self, AccountNumberError> {
        let text = text.trim();
        let letter = |b: u8| b.is_ascii_uppercase() && b != b'I' && b != b'O';
        let mut letters = [0u8; 3];
        if !(2..=3).contains(&text.len()) {
            return Err(AccountNumberError::Prefix);
        }
        for (slot, byte) in letters.iter_mut().zip(text.bytes()) {
            *slot = byte.to_ascii_uppercase();
            if !letter(*slot) {
                return Err(AccountNumberError::Prefix);
            }
        }
        Ok(Self(letters))
    }
}

impl fmt::Display for AccountPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take_while(|b| **b != 0).try_for_each(|b| write!(f, "{}", char::from(*b)))
    }
}
impl TryFrom<String> for AccountPrefix {
    type Error = AccountNumberError;
    fn try_from(text: String) -> Result<Self, AccountNumberError> {
        Self::parse(&text)
    }
}
impl From<AccountPrefix> for String {
    fn from(prefix: AccountPrefix) -> String {
        prefix.to_string()
    }
}

/// Letters, six digits and a check digit: at most 10 characters, so it fits the 12 that a payment prompt takes.
///
/// The check digit is Damm's: it finds every wrong digit and every swap of neighbours. The letters are not in the sum;
/// they are the tenant's, and whoever looks an account up compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountNumber {
    prefix: AccountPrefix,
    serial: u32,
}

impl AccountNumber {
    /// The number of the `serial`-th account (from 1). Refused above 999,999.
    pub fn try_new(prefix: AccountPrefix, serial: u32) -> Result<Self, AccountNumberError> {
        if serial > SERIAL_MAX { Err(AccountNumberError::Exhausted) } else { Ok(Self { prefix, serial }) }
    }

    /// Reads what a payer types: any case; blanks, dashes, slashes and dots are dropped; among the digits O is read as
    /// 0 and I or L as 1. Refuses a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, AccountNumberError> {
        let text = normalise_reference(text);
        let split =
            text.len().checked_sub(7).filter(|at| text.is_char_boundary(*at)).ok_or(AccountNumberError::Form)?;
        let (letters, digits) = text.split_at(split);
        let prefix = AccountPrefix::parse(letters).map_err(|_| AccountNumberError::Form)?;
        let digits: String = digits
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AccountNumberError::Form);
        }
        let serial = digits[..6].parse().map_err(|_| AccountNumberError::Form)?;
        if damm(digits.bytes().map(|b| b - b'0')) != 0 {
            return Err(AccountNumberError::CheckDigit);
        }
        Self::try_new(prefix, serial)
    }

    pub const fn prefix(self) -> AccountPrefix {
        self.prefix
    }

    pub const fn serial(self) -> u32 {
        self.serial
    }

    /// `MT0042178`: what is stored, and what goes into a payment prompt.
    pub fn stored(self) -> String {
        format!("{}{:06}{}", self.prefix, self.serial, self.check_digit())
    }

    fn check_digit(self) -> u8 {
        damm(format!("{:06}", self.serial).bytes().map(|b| b - b'0'))
    }
}

impl fmt::Display for AccountNumber {
    /// `MT-004217-8`, as people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:06}-{}", self.prefix, self.serial, self.check_digit())
    }
}
impl FromStr for AccountNumber {
    type Err = AccountNumberError;
    fn from_str(text: &str) -> Result<Self, AccountNumberError> {
        Self::parse(text)
    }
}
impl TryFrom<String> for AccountNumber {
    type Error = AccountNumberError;
    fn try_from(text: String) -> Result<Self, AccountNumberError> {
        Self::parse(&text)
    }
}
impl From<AccountNumber> for String {
    fn from(number: AccountNumber) -> String {
        number.stored()
    }
}

/// What a payer typed as reference, without what does not count: upper case, no blanks, dashes, slashes, dots or
/// control characters. The text as it came is stored beside it.
pub fn normalise_reference(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .filter(|c| !matches!(c, '-' | '/' | '.' | '_' | '\\' | '\u{2010}'..='\u{2015}'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// What a paybill reference may mean. It is looked up exactly; nobody is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaybillReference {
    Account(AccountNumber),
    /// Many payers type their phone number.
    Phone(Msisdn),
    /// Perhaps an old account number: normalised, for the table of aliases.
    Other(String),
    Blank,
}

impl PaybillReference {
    pub fn read(text: &str) -> Self {
        let normal = normalise_reference(text);
        if normal.is_empty() {
            Self::Blank
        } else if let Ok(account) = AccountNumber::parse(&normal) {
            Self::Account(account)
        } else if let Ok(phone) = Msisdn::parse(&normal) {
            Self::Phone(phone)
        } else {
            Self::Other(normal)
        }
    }
}

/// The interim digit after all digits, by the totally antisymmetric quasigroup of H. M. Damm (2004). A sequence that
/// ends in its own check digit gives 0.
fn damm(digits: impl Iterator<Item = u8>) -> u8 {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.fold(0, |interim, digit| TABLE[usize::from(interim)][usize::from(digit % 10)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(serial: u32) -> AccountNumber {
        AccountNumber { prefix: AccountPrefix(*b"MT\0"), serial }
    }

    #[test]
    fn the_check_digit_is_damms() {
        // The worked example of the published method: 572 has the check digit 4.
        assert_eq!(damm([5, 7, 2].into_iter()), 4);
        assert_eq!(damm([5, 7, 2, 4].into_iter()), 0);
    }

    #[test]
    fn a_number_is_stored_plain_and_shown_grouped() {
        let n = number(4217);
        assert_eq!(n.stored().len(), 9);
        assert_eq!(n.to_string().replace('-', ""), n.stored());
        assert!(n.to_string().starts_with("MT-004217-"));
    }

    #[test]
    fn what_payers_type_is_understood() {
        let shown = number(4217).to_string();
        let check = shown.chars().last().unwrap();
        for text in [
            shown.to_lowercase(),
            format!(" mt 004217 {check} "),
            format!("MT/004217/{check}"),
            format!("MTOO42l7{check}"),
            format!("Mt.OO42I7-{check}"),
        ] {
            assert_eq!(AccountNumber::parse(&text), Ok(number(4217)), "{text}");
        }
    }

    #[test]
    fn what_is_no_account_number_is_refused() {
        for text in ["", "MT", "0042178", "MTKX0042178", "1T0042178", "MT004217", "ñññññññññ", "MT-00A217-8"] {
            assert_eq!(AccountNumber::parse(text), Err(AccountNumberError::Form), "{text}");
        }
        for text in ["M", "MTKE", "M1", "KO", "IN", "ñ"] {
            assert_eq!(AccountPrefix::parse(text), Err(AccountNumberError::Prefix), "{text}");
        }
        let mt = AccountPrefix(*b"MT\0");
        assert_eq!(AccountNumber::try_new(mt, 1_000_000), Err(AccountNumberError::Exhausted));
    }

    #[test]
    fn a_reference_is_an_account_a_phone_or_something_else() {
        let account = number(17);
        assert_eq!(PaybillReference::read(&account.to_string()), PaybillReference::Account(account));
        assert!(matches!(PaybillReference::read("0712 345 678"), PaybillReference::Phone(_)));
        assert_eq!(PaybillReference::read(" jane / b-12 "), PaybillReference::Other("JANEB12".into()));
        assert_eq!(PaybillReference::read(" - \u{0}"), PaybillReference::Blank);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(serial in 0..=SERIAL_MAX) {
            let n = number(serial);
            prop_assert_eq!(AccountNumber::parse(&n.to_string()), Ok(n));
            prop_assert_eq!(AccountNumber::parse(&n.stored()), Ok(n));
        }

        #[test]
        fn one_wrong_digit_is_found(serial in 0..=SERIAL_MAX, at in 0usize..7, by in 1u8..10) {
            let mut text = number(serial).stored().into_bytes();
            let digit = &mut text[2 + at];
            *digit = b'0' + (*digit - b'0' + by) % 10;
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(AccountNumber::parse(&text), Err(AccountNumberError::CheckDigit));
        }

        #[test]
        fn swapped_neighbours_are_found(serial in 0..=SERIAL_MAX, at in 0usize..6) {
            let mut text = number(serial).stored().into_bytes();
            let is_same = text[2 + at] == text[3 + at];
            text.swap(2 + at, 3 + at);
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(AccountNumber::parse(&text).is_ok(), is_same);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = PaybillReference::read(&text);
        }
    }
}
