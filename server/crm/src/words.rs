//! Names as they are searched for and compared. The one rule: what is stored as a key and what is asked for pass through
//! the same function.

use model::AppError;

/// The words of a name in small letters, without marks: `Mary Wang'ombe-Otieno` gives `mary`, `wangombe`, `otieno`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '\'' | '\u{2019}' | '`' | '.'))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().map(str::to_owned).collect()
}

/// The words of a name as one text.
pub(crate) fn key(name: &str) -> String {
    words(name).join(" ")
}

/// A unit's label without what people leave out: `B-12`, `b 12` and `B12` are one.
pub(crate) fn unit_key(label: &str) -> String {
    label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The digits of a search text for a phone or an account: `0712 34` gives `71234`, because we keep `25471234…`.
/// `None` when it has letters or fewer than three digits, which would match half of all numbers.
pub(crate) fn digits(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')' | '.' | '/');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix('0').map_or(digits.as_str(), |rest| rest);
    (text.chars().all(allowed) && digits.len() >= 3).then(|| digits.to_owned())
}

/// A stored code as its value. A word that is not on the list is our fault: a migration forgot it.
pub(crate) fn stored<T>(code: &str, from_code: fn(&str) -> Option<T>) -> Result<T, AppError> {
    from_code(code).ok_or_else(|| platform::internal(format!("the stored word {code} is not on its list")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_each_of_its_words() {
        assert_eq!(words("Mary  Wang'ombe-Otieno"), ["mary", "wangombe", "otieno"]);
        assert_eq!(key("JACARANDA Court."), "jacaranda court");
        assert_eq!(unit_key(" b-12 "), "B12");
    }

    #[test]
    fn a_phone_is_searched_by_any_of_its_digits() {
        assert_eq!(digits("0712 34").as_deref(), Some("71234"));
        assert_eq!(digits("+254 712").as_deref(), Some("254712"));
        assert_eq!(digits("12"), None);
        assert_eq!(digits("B12 345"), None);
    }
}
