//! The stray-payment desk. The one rule: candidates are ranked with their reasons, and a person decides.

use super::PaymentId;
use crate::account_number::{AccountNumber, AccountPrefix, normalise_reference};
use crate::crm::AccountId;
use crate::time::Timestamp;
use crate::{Money, msisdn::Msisdn};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Why money that came in belongs to nobody yet.
    StrayReason {
        UnknownRequest => "unknown_request",
        RequestDiffers => "request_differs",
        AmountDiffers => "amount_differs",
        PhoneDiffers => "phone_differs",
        ShortCodeDiffers => "short_code_differs",
        UnknownAccount => "unknown_account",
        NoReference => "no_reference",
        /// Somebody took a match back.
        Unmatched => "unmatched",
    }
}

crate::codes! {
    /// Why somebody may be the payer, the strongest reason first.
    MatchReason {
        ReferenceIsAlias => "reference_is_alias",
        ReferenceIsPhone => "reference_is_phone",
        PhonePaidBefore => "phone_paid_before",
        PayerPhone => "payer_phone",
        ReferenceOneOff => "reference_one_off",
        NameAlike => "name_alike",
        AmountIsDue => "amount_is_due",
    }
}

impl MatchReason {
    /// How much it counts. A due amount alone proves nothing: many pay the same.
    pub const fn weight(self) -> u32 {
        match self {
            Self::ReferenceIsAlias => 60,
            Self::ReferenceIsPhone | Self::PhonePaidBefore => 50,
            Self::PayerPhone => 45,
            Self::ReferenceOneOff => 30,
            Self::NameAlike => 20,
            Self::AmountIsDue => 15,
        }
    }
}

/// The rank of a candidate: the sum of the weights of its reasons, each counted once.
pub fn score(reasons: &[MatchReason]) -> u32 {
    MatchReason::ALL.iter().filter(|reason| reasons.contains(reason)).map(|reason| reason.weight()).sum()
}

/// Whether two names share a word of three letters or more, in any order and case: M-Pesa sends `NJERI KAMAU MAMA`.
pub fn names_are_alike(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
        parts.map(str::to_lowercase).collect()
    };
    let in_b = words(b);
    words(a).iter().any(|word| in_b.contains(word))
}

/// The account numbers that a reference is one slip away from: a wrong digit, two neighbours swapped, or the letters left
/// out. The check digit leaves few of them, so each is worth a look-up.
pub fn one_off(reference: &str, prefix: AccountPrefix) -> Vec<AccountNumber> {
    let typed = normalise_reference(reference);
    let mut spellings = vec![format!("{prefix}{typed}")];
    let digits_from = typed.len().checked_sub(7).filter(|_| typed.is_ascii()).unwrap_or(typed.len());
    for at in digits_from..typed.len() {
        let around = |middle: &str, skip: usize| format!("{}{middle}{}", &typed[..at], &typed[at + skip..]);
        spellings.extend((0..10).map(|digit| around(&digit.to_string(), 1)));
        if at + 1 < typed.len() {
            let pair = &typed.as_bytes()[at..at + 2];
            spellings.push(around(&format!("{}{}", char::from(pair[1]), char::from(pair[0])), 2));
        }
    }
    let mut numbers: Vec<AccountNumber> =
        spellings.iter().filter_map(|text| AccountNumber::parse(text).ok()).filter(|n| n.prefix() == prefix).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

/// One possible payer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrayCandidate {
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub name: String,
    pub phone: Option<Msisdn>,
    pub due: Money,
    pub reasons: Vec<MatchReason>,
    pub score: u32,
}

/// One payment without a payer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrayRow {
    pub id: PaymentId,
    pub provider_reference: String,
    pub amount: Money,
    /// What the payer typed, as it came.
    pub typed_reference: String,
    pub payer_name: Option<String>,
    pub payer_phone: Option<String>,
    /// Business time.
    pub paid_at: Timestamp,
    pub reason: Option<StrayReason>,
    pub candidates: Vec<StrayCandidate>,
}

/// Reports of providers that could not be read: kept word for word, and no money posted from them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Unreadable {
    pub count: i64,
    /// The latest ones, the newest first.
    pub latest: Vec<UnreadableRow>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnreadableRow {
    /// Real time.
    pub received_at: Timestamp,
    /// The field and what is wrong with it; `None` for old ones, of which it was not kept.
    pub problem: Option<String>,
}

/// Gives a stray payment to a payer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MatchStrayForm {
    pub payment_id: PaymentId,
    pub account_id: AccountId,
}

/// Takes a match back, with all that followed from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UnmatchForm {
    pub payment_id: PaymentId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_reason_ranks_higher_and_none_counts_twice() {
        assert!(score(&[MatchReason::PayerPhone]) > score(&[MatchReason::NameAlike, MatchReason::AmountIsDue]));
        assert_eq!(score(&[MatchReason::NameAlike, MatchReason::NameAlike]), MatchReason::NameAlike.weight());
        assert_eq!(score(&[]), 0);
    }

    #[test]
    fn names_are_compared_by_words() {
        assert!(names_are_alike("NJERI KAMAU", "Mama Njeri Kamau"));
        assert!(!names_are_alike("JO OK", "Jo Ok"));
        assert!(!names_are_alike("ASHA", ""));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_account_and_few_others() {
        let prefix = AccountPrefix::parse("MT").unwrap();
        let number = AccountNumber::try_new(prefix, 4217).unwrap();
        let stored = number.stored();
        let wrong_digit = stored.replace("42", "43");
        let spaced = format!("mt - {}", &wrong_digit[2..]);
        let swapped = stored.replace("42", "24");
        for typed in [wrong_digit.as_str(), swapped.as_str(), &stored[2..], spaced.as_str()] {
            let found = one_off(typed, prefix);
            assert!(found.contains(&number) && found.len() < 16, "{typed}: {found:?}");
        }
        assert!(one_off("", prefix).is_empty() && one_off("jirani \u{e9}", prefix).is_empty());
    }
}
