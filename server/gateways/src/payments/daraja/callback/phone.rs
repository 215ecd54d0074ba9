//! Comparing a payer's number with one of ours, although the provider may hide it.
//! The one rule: the result is a hint for a person; a payment is matched by reference and receipt.

use sha2::{Digest, Sha256};

/// How a number in a notice relates to one that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneHint {
    /// The same number, or the digest of it.
    Same,
    /// The digits that are shown agree; the hidden ones may differ.
    MayBeSame,
    Different,
}

/// Compares the provider's spelling (`254712000001`, `2547 ***** 001` or a SHA-256 digest in hex) with a number of
/// ours in the form `2547XXXXXXXX`.
pub fn compare_phone(reported: &str, ours: &str) -> PhoneHint {
    let reported: String = reported.chars().filter(|c| !c.is_whitespace() && *c != '+').collect();
    let ours = ours.trim_start_matches('+');
    if reported == ours {
        return PhoneHint::Same;
    }
    if reported.len() == 64 && reported.bytes().all(|b| b.is_ascii_hexdigit()) {
        // The digest's input is not documented: the usual spellings are tried.
        let local = ours.strip_prefix("254").map(|rest| format!("0{rest}"));
        let spellings = [Some(ours.to_owned()), Some(format!("+{ours}")), local];
        let same = spellings.into_iter().flatten().any(|text| reported.eq_ignore_ascii_case(&digest(&text)));
        return if same { PhoneHint::Same } else { PhoneHint::Different };
    }
    let Some((head, tail)) = reported.split_once('*') else { return PhoneHint::Different };
    let tail = tail.trim_start_matches('*');
    let agrees = head.len() + tail.len() <= ours.len() && ours.starts_with(head) && ours.ends_with(tail);
    if agrees { PhoneHint::MayBeSame } else { PhoneHint::Different }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_masked_and_hashed_numbers_are_compared() {
        let ours = "254712000001";
        let hash = "8891736ec93ab5d5eb5206d982c8a0172c869acdd4d31670099ed7543370480c";
        assert_eq!(compare_phone("254712000001", ours), PhoneHint::Same);
        assert_eq!(compare_phone("+254 712 000 001", ours), PhoneHint::Same);
        assert_eq!(compare_phone(hash, ours), PhoneHint::Same);
        assert_eq!(compare_phone(hash, "254712000002"), PhoneHint::Different);
        assert_eq!(compare_phone("2547 ***** 001", ours), PhoneHint::MayBeSame);
        assert_eq!(compare_phone("2547 ***** 126", ours), PhoneHint::Different);
        assert_eq!(compare_phone("254712000009", ours), PhoneHint::Different);
        assert_eq!(compare_phone("", ours), PhoneHint::Different);
    }
}
