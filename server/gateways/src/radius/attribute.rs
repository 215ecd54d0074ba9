//! One attribute of a packet: how values are written and read, and the numbers this product uses.
//! The one rule: a value that does not fit its type is not guessed at; reading it gives `None`.

use super::packet::PacketError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub const USER_NAME: u8 = 1;
pub const USER_PASSWORD: u8 = 2;
pub const CHAP_PASSWORD: u8 = 3;
pub const NAS_IP_ADDRESS: u8 = 4;
pub const SERVICE_TYPE: u8 = 6;
pub const FRAMED_PROTOCOL: u8 = 7;
pub const FRAMED_IP_ADDRESS: u8 = 8;
pub const REPLY_MESSAGE: u8 = 18;
pub const CLASS: u8 = 25;
pub const VENDOR_SPECIFIC: u8 = 26;
pub const SESSION_TIMEOUT: u8 = 27;
pub const CALLED_STATION_ID: u8 = 30;
pub const CALLING_STATION_ID: u8 = 31;
pub const NAS_IDENTIFIER: u8 = 32;
pub const ACCT_STATUS_TYPE: u8 = 40;
pub const ACCT_INPUT_OCTETS: u8 = 42;
pub const ACCT_OUTPUT_OCTETS: u8 = 43;
pub const ACCT_SESSION_ID: u8 = 44;
pub const ACCT_SESSION_TIME: u8 = 46;
pub const ACCT_TERMINATE_CAUSE: u8 = 49;
pub const ACCT_INPUT_GIGAWORDS: u8 = 52;
pub const ACCT_OUTPUT_GIGAWORDS: u8 = 53;
pub const EVENT_TIMESTAMP: u8 = 55;
pub const CHAP_CHALLENGE: u8 = 60;
pub const MESSAGE_AUTHENTICATOR: u8 = 80;
pub const ACCT_INTERIM_INTERVAL: u8 = 85;
pub const NAS_PORT_ID: u8 = 87;
pub const FRAMED_POOL: u8 = 88;
pub const NAS_IPV6_ADDRESS: u8 = 95;
pub const ERROR_CAUSE: u8 = 101;
pub const DELEGATED_IPV6_PREFIX: u8 = 123;

/// Microsoft's vendor number (RFC 2548).
pub const MICROSOFT: u32 = 311;
pub const MS_CHAP_ERROR: u8 = 2;
pub const MS_CHAP_CHALLENGE: u8 = 11;
pub const MS_CHAP2_RESPONSE: u8 = 25;
pub const MS_CHAP2_SUCCESS: u8 = 26;

/// MikroTik's vendor number.
pub const MIKROTIK: u32 = 14988;
pub const MIKROTIK_RATE_LIMIT: u8 = 8;
pub const MIKROTIK_ADDRESS_LIST: u8 = 19;

/// An attribute as it travels. `vendor` is 0 for the standard ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub vendor: u32,
    pub kind: u8,
    pub value: Vec<u8>,
}

impl Attribute {
    /// A standard attribute with these octets.
    pub fn octets(kind: u8, value: impl Into<Vec<u8>>) -> Self {
        Self { vendor: 0, kind, value: value.into() }
    }

    pub fn text(kind: u8, value: &str) -> Self {
        Self::octets(kind, value)
    }

    pub fn integer(kind: u8, value: u32) -> Self {
        Self::octets(kind, value.to_be_bytes())
    }

    /// An address, 4 or 16 octets by its family; the caller picks the attribute that takes that family.
    pub fn address(kind: u8, value: IpAddr) -> Self {
        match value {
            IpAddr::V4(v4) => Self::octets(kind, v4.octets()),
            IpAddr::V6(v6) => Self::octets(kind, v6.octets()),
        }
    }

    /// A prefix as RFC 3162 writes it: a reserved octet, the length, the address.
    pub fn ipv6_prefix(kind: u8, prefix: Ipv6Addr, length: u8) -> Self {
        let mut value = vec![0, length];
        value.extend(prefix.octets());
        Self::octets(kind, value)
    }

    /// A vendor's attribute with these octets.
    pub fn vendor(vendor: u32, kind: u8, value: impl Into<Vec<u8>>) -> Self {
        Self { vendor, kind, value: value.into() }
    }

    /// `Mikrotik-Rate-Limit`, for example `5M/20M`: first what the subscriber sends, then what he receives.
    pub fn mikrotik_rate_limit(rate: &str) -> Self {
        Self::vendor(MIKROTIK, MIKROTIK_RATE_LIMIT, rate)
    }

    /// `Mikrotik-Address-List`: the firewall list that the session's address is put on.
    pub fn mikrotik_address_list(list: &str) -> Self {
        Self::vendor(MIKROTIK, MIKROTIK_ADDRESS_LIST, list)
    }

    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.value).ok()
    }

    pub fn as_integer(&self) -> Option<u32> {
        Some(u32::from_be_bytes(self.value.as_slice().try_into().ok()?))
    }

    pub fn as_address(&self) -> Option<IpAddr> {
        match self.value.len() {
            4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(self.value.as_slice()).ok()?).into()),
            16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(self.value.as_slice()).ok()?).into()),
            _ => None,
        }
    }

    /// Prefix and length; the address may be cut after its last octet that matters.
    pub fn as_ipv6_prefix(&self) -> Option<(Ipv6Addr, u8)> {
        let [_, length @ 0..=128, address @ ..] = self.value.as_slice() else { return None };
        let mut octets = [0; 16];
        octets.get_mut(..address.len())?.copy_from_slice(address);
        Some((octets.into(), *length))
    }

    /// Appends the attribute to a packet; a vendor's goes into its own attribute 26.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), PacketError> {
        let head = if self.vendor == 0 { 2 } else { 8 };
        let length = u8::try_from(self.value.len() + head).map_err(|_| PacketError::TooLong(self.vendor, self.kind))?;
        if self.vendor == 0 {
            out.extend([self.kind, length]);
        } else {
            out.extend([VENDOR_SPECIFIC, length]);
            out.extend(self.vendor.to_be_bytes());
            out.extend([self.kind, length - 6]);
        }
        out.extend(&self.value);
        Ok(())
    }

    /// Takes an attribute 26 apart. One that does not follow the recommended inner form stays whole.
    pub(super) fn read_vendor(value: &[u8], out: &mut Vec<Self>) {
        let Some((vendor, mut rest)) = value.split_first_chunk::<4>() else {
            return out.push(Self::octets(VENDOR_SPECIFIC, value));
        };
        let mut inner = Vec::new();
        while let [kind, length @ 2..=255, ..] = rest {
            let Some((this, after)) = rest.split_at_checked(usize::from(*length)) else { break };
            inner.push(Self::vendor(u32::from_be_bytes(*vendor), *kind, &this[2..]));
            rest = after;
        }
        if rest.is_empty() && !inner.is_empty() {
            out.append(&mut inner);
        } else {
            out.push(Self::octets(VENDOR_SPECIFIC, value));
        }
    }
}
