//! The key under which the projection's secrets are sealed.
//! The one rule: the database sees it as a parameter or a connection option, and never stores it.

use std::fmt;
use std::str::FromStr;

/// 256 bits for AES. Made once per installation and kept with its other keys.
#[derive(Clone, PartialEq, Eq)]
pub struct ProjectionKey([u8; 32]);

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The key of the RADIUS projection must be 64 hexadecimal digits.")]
pub struct BadKey;

impl ProjectionKey {
    pub fn new(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }

    /// As the connection option `radius.key` carries it.
    pub(super) fn digits(&self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

impl FromStr for ProjectionKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(BadKey);
        }
        let mut octets = [0; 32];
        for (octet, at) in octets.iter_mut().zip((0..64).step_by(2)) {
            *octet = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| BadKey)?;
        }
        Ok(Self(octets))
    }
}

impl fmt::Debug for ProjectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_digits_and_is_not_printed() {
        let key = ProjectionKey::new(std::array::from_fn(|i| i as u8));
        assert_eq!(key.digits().parse(), Ok(key.clone()));
        assert_eq!(format!("{key:?}"), "[redacted]");
        assert_eq!("abc".parse::<ProjectionKey>(), Err(BadKey));
        assert_eq!("é".repeat(32).parse::<ProjectionKey>(), Err(BadKey));
    }
}
