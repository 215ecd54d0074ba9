//! Search everywhere. The one rule: what was typed decides where we look, so that the answer comes from an index.

use crate::account_number::{AccountNumber, normalise_reference};
use crate::mac::MacAddress;
use crate::msisdn::Msisdn;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

crate::codes! {
    /// The groups of the answer, in order.
    HitKind {
        Subscriber => "subscriber",
        Lead => "lead",
        Invoice => "invoice",
        Payment => "payment",
        Session => "session",
        Device => "device",
        Stock => "stock",
        Ticket => "ticket",
        WorkOrder => "work_order",
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub kind: HitKind,
    pub title: String,
    /// Account number, state, address: what tells it from its neighbours.
    pub detail: String,
    /// The address of its page.
    pub link: String,
}

/// Longest text that is searched for.
const QUERY_CHARS_MAX: usize = 80;

/// What a typed text may be, each in the form in which it is stored. Several may hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The words, in small letters.
    pub text: String,
    pub account: Option<AccountNumber>,
    pub phone: Option<Msisdn>,
    /// Three or more digits, for a part of a phone or a number.
    pub digits: Option<String>,
    /// Letters and digits in capitals: receipts, serials, document numbers.
    pub code: Option<String>,
    pub address: Option<IpAddr>,
    pub mac: Option<MacAddress>,
}

impl Query {
    /// Reads what was typed; `None` when there is too little to look for.
    pub fn read(text: &str) -> Option<Self> {
        let text: String = text.trim().chars().filter(|c| !c.is_control()).take(QUERY_CHARS_MAX).collect();
        if text.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
            return None;
        }
        let code = normalise_reference(&text);
        let only_phone_signs = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')'));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        Some(Self {
            account: AccountNumber::parse(&text).ok(),
            phone: Msisdn::parse(&text).ok(),
            digits: Some(digits).filter(|digits| only_phone_signs && digits.len() >= 3),
            code: Some(code).filter(|code| code.len() >= 4 && code.bytes().all(|b| b.is_ascii_alphanumeric())),
            address: text.parse().ok(),
            mac: MacAddress::parse(&text).ok(),
            text: text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_typed_is_known_by_its_form() {
        let query = |text: &str| Query::read(text).unwrap();
        assert!(query("0712 345 678").phone.is_some());
        assert_eq!(query("345 678").digits.as_deref(), Some("345678"));
        assert!(query("100.64.3.7").address.is_some());
        assert!(query("48:8f:5a:01:02:03").mac.is_some());
        assert_eq!(query("inv-018842").code.as_deref(), Some("INV018842"));
        assert_eq!(query("uk10p4zx8c").code.as_deref(), Some("UK10P4ZX8C"));
        let name = query("  Mama   Njeri ");
        assert_eq!((name.text.as_str(), name.digits), ("mama njeri", None));
    }

    #[test]
    fn one_letter_is_too_little() {
        assert_eq!(Query::read(" a "), None);
        assert_eq!(Query::read("--"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            if let Some(query) = Query::read(&text) {
                prop_assert!(!query.text.contains(char::is_control));
            }
        }
    }
}
