//! Hardware addresses. The one rule: one spelling inside (`AA:BB:CC:DD:EE:FF`), every vendor's spelling at the door.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a typed MAC address was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    #[error("Enter the MAC address as on the label: twelve digits 0–9 and A–F, for example 48:8F:5A:01:02:03.")]
    Form,
    #[error("This MAC address belongs to no device. Type the one on the label.")]
    NotADevice,
}

/// The 48-bit address of one network card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// Reads twelve hexadecimal digits in pairs or fours, with colons, dashes, dots, blanks or nothing between.
    /// Refuses group addresses and all zeros: no device has them.
    pub fn parse(text: &str) -> Result<Self, MacError> {
        let mut bytes = [0u8; 6];
        let mut digits = 0usize;
        for c in text.trim().chars() {
            match c.to_digit(16) {
                Some(value) if digits < 12 => {
                    bytes[digits / 2] = bytes[digits / 2] << 4 | value as u8;
                    digits += 1;
                }
                None if matches!(c, ':' | '-' | '.' | ' ') && digits.is_multiple_of(2) && digits > 0 => {}
                _ => return Err(MacError::Form),
            }
        }
        if digits != 12 {
            return Err(MacError::Form);
        }
        if bytes == [0; 6] || bytes[0] & 1 == 1 { Err(MacError::NotADevice) } else { Ok(Self(bytes)) }
    }

    pub const fn octets(self) -> [u8; 6] {
        self.0
    }
}

impl From<[u8; 6]> for MacAddress {
    /// For addresses that a device reported; what a person types goes through `parse`.
    fn from(octets: [u8; 6]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl FromStr for MacAddress {
    type Err = MacError;
    fn from_str(text: &str) -> Result<Self, MacError> {
        Self::parse(text)
    }
}
impl TryFrom<String> for MacAddress {
    type Error = MacError;
    fn try_from(text: String) -> Result<Self, MacError> {
        Self::parse(&text)
    }
}
impl From<MacAddress> for String {
    fn from(mac: MacAddress) -> String {
        mac.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_vendors_spelling_is_one_address() {
        for text in ["48:8f:5a:01:02:03", "48-8F-5A-01-02-03", "488f.5a01.0203", "488F5A010203", " 48 8f 5a 01 02 03 "]
        {
            assert_eq!(MacAddress::parse(text).map(|m| m.to_string()), Ok("48:8F:5A:01:02:03".into()), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in
            ["", "48:8f:5a:01:02", "48:8f:5a:01:02:03:04", "4:88:f5:a0:10:20", "GG:8f:5a:01:02:03", ":488f5a010203"]
        {
            assert_eq!(MacAddress::parse(text), Err(MacError::Form), "{text}");
        }
        for text in ["FF:FF:FF:FF:FF:FF", "00:00:00:00:00:00", "01:00:5E:00:00:01"] {
            assert_eq!(MacAddress::parse(text), Err(MacError::NotADevice), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(mut octets: [u8; 6]) {
            octets[0] = octets[0] & 0xfe | 0x02;
            let mac = MacAddress(octets);
            prop_assert_eq!(MacAddress::parse(&mac.to_string()), Ok(mac));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = MacAddress::parse(&text);
        }
    }
}
