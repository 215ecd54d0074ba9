//! Small steps that every form's `parse` takes. The one rule: all refusals of a form are collected before it answers.

use crate::{FieldErrors, Id};
use std::fmt::Display;

/// Reads a field that may stay empty: `Some(None)` for blank, `Some(Some(value))` for a good one, `None` when it was
/// refused (and noted under `field`).
pub fn optional<T, E: Display>(
    errors: &mut FieldErrors,
    field: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<Option<T>> {
    if text.trim().is_empty() { Some(None) } else { errors.take(field, parse(text)).map(Some) }
}

/// Why a chosen entry was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the entries in the list.")]
pub struct ChoiceError;

/// Reads the id that a list of choices sends.
pub fn chosen<T>(text: &str) -> Result<Id<T>, ChoiceError> {
    text.trim().parse().map_err(|_| ChoiceError)
}

/// Whether a box is ticked: what browsers send for a checkbox, and what programs send for true.
pub fn ticked(text: &str) -> bool {
    matches!(text.trim(), "on" | "true" | "1" | "yes")
}

/// Why a typed number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter a whole number from {least} to {most}.")]
pub struct NumberError {
    pub least: u64,
    pub most: u64,
}

/// Reads a whole number in a range. Commas and blanks between thousands are allowed.
pub fn whole_number(text: &str, least: u64, most: u64) -> Result<u64, NumberError> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number = if all_digits { digits.parse().ok() } else { None };
    number.filter(|n| (least..=most).contains(n)).ok_or(NumberError { least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_optional_field_is_no_refusal() {
        let mut errors = FieldErrors::default();
        assert_eq!(optional(&mut errors, "n", " ", |t| whole_number(t, 1, 9)), Some(None));
        assert_eq!(optional(&mut errors, "n", "5", |t| whole_number(t, 1, 9)), Some(Some(5)));
        assert!(errors.is_empty());
        assert_eq!(optional(&mut errors, "n", "50", |t| whole_number(t, 1, 9)), None);
        assert_eq!(errors.of("n"), Some("Enter a whole number from 1 to 9."));
    }

    #[test]
    fn a_number_is_digits_in_its_range() {
        assert_eq!(whole_number("20,000", 1, 99_999), Ok(20_000));
        for text in ["", "-1", "+5", "1.5", "0x1", "99999999999999999999", "٣"] {
            assert!(whole_number(text, 0, 99).is_err(), "{text}");
        }
    }
}
