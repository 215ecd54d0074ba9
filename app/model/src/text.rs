//! Text that people type: trimmed, bounded, free of control characters. The one rule: what was accepted is safe to show,
//! store and print as it stands.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a typed text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("Fill in this field.")]
    Blank,
    #[error("Shorten this to at most {0} characters.")]
    TooLong(usize),
    #[error("Remove the invisible control characters and try again.")]
    Control,
}

/// Control characters, and the marks that turn the direction of text and so let a name pretend to be another.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// One line of text of 1 to `N` characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NonBlank<const N: usize>(String);

impl<const N: usize> NonBlank<N> {
    /// Trims and checks. Refuses nothing but blanks, control characters and more than `N` characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err(TextError::Blank),
            n if n > N => Err(TextError::TooLong(N)),
            _ if text.chars().any(is_forbidden) => Err(TextError::Control),
            _ => Ok(Self(text.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Several lines of text of 1 to `N` characters: notes, messages, reasons. Line breaks are `\n`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prose<const N: usize>(String);

impl<const N: usize> Prose<N> {
    /// Trims, turns line breaks into `\n` and checks as `NonBlank` does.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim().replace("\r\n", "\n").replace(['\r', '\t'], " ");
        match text.chars().count() {
            0 => Err(TextError::Blank),
            n if n > N => Err(TextError::TooLong(N)),
            _ if text.chars().any(|c| c != '\n' && is_forbidden(c)) => Err(TextError::Control),
            _ => Ok(Self(text)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// The conversions that both kinds of text share.
macro_rules! text_conversions {
    ($name:ident) => {
        impl<const N: usize> TryFrom<String> for $name<N> {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }
        impl<const N: usize> From<$name<N>> for String {
            fn from(text: $name<N>) -> String {
                text.0
            }
        }
        impl<const N: usize> FromStr for $name<N> {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }
        impl<const N: usize> fmt::Display for $name<N> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<const N: usize> AsRef<str> for $name<N> {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}
text_conversions!(NonBlank);
text_conversions!(Prose);

/// Why a typed e-mail address was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter an e-mail address, for example jane@example.co.ke.")]
pub struct EmailError;

/// An e-mail address that has the form of one. Whether it exists only a mail can tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Checks the form: one `@`, a name before it, dotted letters after it, no blanks, at most 254 characters
    /// (RFC 5321). The domain is stored in small letters.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (name, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let name_ok = !name.is_empty()
            && name.len() <= 64
            && !name.starts_with('.')
            && !name.ends_with('.')
            && name.bytes().all(|b| b.is_ascii_graphic() && !b"@<>()[],;:\\\"".contains(&b));
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        if text.len() > 254 || !name_ok || !domain_ok {
            return Err(EmailError);
        }
        Ok(Self(format!("{name}@{}", domain.to_ascii_lowercase())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;
    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}
impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}
impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a typed KRA PIN was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter the KRA PIN as on the certificate: A or P, nine digits, one letter, for example A001234567B.")]
pub struct KraPinError;

/// A Kenyan tax-payer's number: `A` (person) or `P` (company), nine digits, a letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KraPin(String);

impl KraPin {
    /// Reads a PIN in any case, with blanks or dashes inside.
    pub fn parse(text: &str) -> Result<Self, KraPinError> {
        let pin: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect::<String>();
        match pin.trim().as_bytes() {
            [b'A' | b'P', digits @ .., last]
                if digits.len() == 9 && digits.iter().all(u8::is_ascii_digit) && last.is_ascii_uppercase() =>
            {
                Ok(Self(pin.trim().to_owned()))
            }
            _ => Err(KraPinError),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KraPin {
    type Error = KraPinError;
    fn try_from(text: String) -> Result<Self, KraPinError> {
        Self::parse(&text)
    }
}
impl From<KraPin> for String {
    fn from(pin: KraPin) -> String {
        pin.0
    }
}
impl fmt::Display for KraPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_bounded_in_characters_not_bytes() {
        assert_eq!(NonBlank::<5>::parse("  ñandú ").map(NonBlank::into_string), Ok("ñandú".into()));
        assert_eq!(NonBlank::<5>::parse("sixsix"), Err(TextError::TooLong(5)));
        assert_eq!(NonBlank::<5>::parse(" \t\n"), Err(TextError::Blank));
    }

    #[test]
    fn control_characters_and_turned_text_are_refused() {
        for text in ["a\u{0}b", "a\nb", "abc\u{202e}fdp", "a\u{7f}b", "a\u{9b}b"] {
            assert_eq!(NonBlank::<20>::parse(text), Err(TextError::Control), "{text:?}");
        }
        assert_eq!(Prose::<20>::parse("one\r\ntwo").map(Prose::into_string), Ok("one\ntwo".into()));
        assert_eq!(Prose::<20>::parse("a\u{0}b"), Err(TextError::Control));
    }

    #[test]
    fn text_that_arrives_as_json_is_checked_too() {
        assert!(serde_json::from_str::<NonBlank<3>>("\"abcd\"").is_err());
        assert!(serde_json::from_str::<NonBlank<3>>("\" ab \"").is_ok());
    }

    #[test]
    fn an_address_that_cannot_be_one_is_refused() {
        for text in ["", "jane", "jane@", "@a.ke", "a b@c.ke", "a@b", "a@@b.ke", "a@b..ke", "a@-b.ke", "a\n@b.ke"] {
            assert_eq!(EmailAddress::parse(text), Err(EmailError), "{text:?}");
        }
        assert_eq!(
            EmailAddress::parse(" Jane.W+isp@Example.CO.KE ").map(String::from),
            Ok("Jane.W+isp@example.co.ke".into())
        );
    }

    #[test]
    fn a_pin_is_read_in_any_case_and_refused_with_a_wrong_letter() {
        assert_eq!(KraPin::parse("a001 234 567b").map(String::from), Ok("A001234567B".into()));
        for text in ["", "B001234567B", "A00123456B", "A001234567", "A0012345678", "PX01234567B"] {
            assert_eq!(KraPin::parse(text), Err(KraPinError), "{text}");
        }
    }
}
