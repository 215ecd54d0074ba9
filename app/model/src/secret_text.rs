//! Keys and passwords of other systems as a person types them. The one rule: they show themselves in no log, and an empty
//! field keeps what is stored.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A provider's key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedKey(pub String);

impl fmt::Debug for TypedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedKey")
    }
}

impl TypedKey {
    /// The key, or `None` for an empty field.
    ///
    /// # Errors
    /// A sentence for what cannot be a key.
    pub fn parse(&self) -> Result<Option<String>, KeyError> {
        let key = self.0.trim();
        match key {
            "" => Ok(None),
            _ if key.len() > 1000 || key.chars().any(|c| c.is_control() || c.is_whitespace()) => Err(KeyError),
            _ => Ok(Some(key.to_owned())),
        }
    }
}

/// Why an empty field was refused: a form keeps only what is stored.
pub const KEY_MISSING: &str = "Paste the key. There is none stored yet.";

/// Why a typed key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Paste the key as the provider shows it, without blanks.")]
pub struct KeyError;

/// A password, which may hold blanks.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedPassword(pub String);

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword")
    }
}

impl TypedPassword {
    /// The password, or `None` for an empty field.
    ///
    /// # Errors
    /// A sentence for one that is too long or holds control characters.
    pub fn parse(&self) -> Result<Option<String>, PasswordError> {
        match self.0.as_str() {
            "" => Ok(None),
            text if text.len() > 200 || text.chars().any(char::is_control) => Err(PasswordError),
            text => Ok(Some(text.to_owned())),
        }
    }
}

/// Why a typed password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter the password of the account, at most 200 characters.")]
pub struct PasswordError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_key_keeps_the_stored_one_and_a_broken_one_is_refused() {
        assert_eq!(TypedKey("  ".into()).parse(), Ok(None));
        assert_eq!(TypedKey(" abc ".into()).parse(), Ok(Some("abc".into())));
        for broken in ["a b", "a\nb", "a\u{0}b", &"x".repeat(1001)] {
            assert_eq!(TypedKey(broken.into()).parse(), Err(KeyError));
        }
        assert_eq!(TypedPassword("maji ni uhai".into()).parse(), Ok(Some("maji ni uhai".into())));
        assert_eq!(TypedPassword("a\u{7}".into()).parse(), Err(PasswordError));
    }

    #[test]
    fn they_show_themselves_in_no_log() {
        let shown = format!("{:?}{:?}", TypedKey("secret".into()), TypedPassword("secret".into()));
        assert!(!shown.contains("secret"));
    }
}
