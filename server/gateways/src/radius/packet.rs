//! The packet: 20 octets of head, then attributes; signed with MD5 and HMAC-MD5 under the shared secret.
//! The one rule: nothing is read from bytes before their lengths add up.

use super::attribute::{Attribute, MESSAGE_AUTHENTICATOR, VENDOR_SPECIFIC};
use crate::Secret;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};

pub const ACCESS_REQUEST: u8 = 1;
pub const ACCESS_ACCEPT: u8 = 2;
pub const ACCESS_REJECT: u8 = 3;
pub const ACCOUNTING_REQUEST: u8 = 4;
pub const ACCOUNTING_RESPONSE: u8 = 5;
pub const STATUS_SERVER: u8 = 12;
pub const DISCONNECT_REQUEST: u8 = 40;
pub const DISCONNECT_ACK: u8 = 41;
pub const DISCONNECT_NAK: u8 = 42;
pub const COA_REQUEST: u8 = 43;
pub const COA_ACK: u8 = 44;
pub const COA_NAK: u8 = 45;

/// The longest packet that RFC 2865 allows.
pub const MAX_PACKET: usize = 4096;
const HEAD: usize = 20;

/// The 16 octets that sign a packet.
pub type Authenticator = [u8; 16];

/// Why bytes are not a packet, or a packet cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    #[error("The bytes are not a RADIUS packet: their lengths do not add up.")]
    Malformed,
    #[error("Attribute {1} of vendor {0} is longer than RADIUS can carry (253 octets, 247 for a vendor's).")]
    TooLong(u32, u8),
    #[error("The packet is longer than 4096 octets.")]
    Oversize,
    #[error("The packet was not signed with the shared secret.")]
    Forged,
}

/// A packet that was read. Whether it is authentic was decided by the function that returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub code: u8,
    pub id: u8,
    pub authenticator: Authenticator,
    pub attributes: Vec<Attribute>,
}

impl Packet {
    /// Reads bytes without judging who sent them.
    ///
    /// # Errors
    /// [`PacketError::Malformed`]. Octets after the stated length are padding (RFC 2865, 3).
    pub fn parse(bytes: &[u8]) -> Result<Self, PacketError> {
        let bytes = trimmed(bytes)?;
        let mut attributes = Vec::new();
        for (_, kind, value) in walk(bytes)? {
            if kind == VENDOR_SPECIFIC {
                Attribute::read_vendor(value, &mut attributes);
            } else {
                attributes.push(Attribute::octets(kind, value));
            }
        }
        let authenticator = bytes[4..HEAD].try_into().map_err(|_| PacketError::Malformed)?;
        Ok(Self { code: bytes[0], id: bytes[1], authenticator, attributes })
    }

    /// The first standard attribute of this kind.
    pub fn get(&self, kind: u8) -> Option<&Attribute> {
        self.get_vendor(0, kind)
    }

    /// The first attribute of this vendor and kind.
    pub fn get_vendor(&self, vendor: u32, kind: u8) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.vendor == vendor && a.kind == kind)
    }

    /// The text of a standard attribute, when it is there and is text.
    pub fn text(&self, kind: u8) -> Option<&str> {
        self.get(kind)?.as_text()
    }
}

/// An Access-Request or Status-Server: a random authenticator, and a Message-Authenticator in the first place, where
/// no prefix chosen by an attacker can stand before it (CVE-2024-3596).
pub(super) fn access_request(
    code: u8,
    id: u8,
    authenticator: Authenticator,
    attributes: &[Attribute],
    secret: &Secret,
) -> Result<Vec<u8>, PacketError> {
    let mut all = vec![Attribute::octets(MESSAGE_AUTHENTICATOR, [0; 16])];
    all.extend_from_slice(attributes);
    let mut bytes = raw(code, id, authenticator, &all)?;
    sign_message(&mut bytes, secret)?;
    Ok(bytes)
}

/// An Accounting-, CoA- or Disconnect-Request: the authenticator is a digest of the packet. CoA and Disconnect also
/// carry a Message-Authenticator, made while the authenticator is still zero (RFC 5176, 2.3).
pub(super) fn digest_request(
    code: u8,
    id: u8,
    attributes: &[Attribute],
    secret: &Secret,
) -> Result<Vec<u8>, PacketError> {
    let mut all = attributes.to_vec();
    if code != ACCOUNTING_REQUEST {
        all.push(Attribute::octets(MESSAGE_AUTHENTICATOR, [0; 16]));
    }
    let mut bytes = raw(code, id, [0; 16], &all)?;
    sign_message(&mut bytes, secret)?;
    let digest = digest(&bytes, secret);
    bytes[4..HEAD].copy_from_slice(&digest);
    Ok(bytes)
}

/// An answer to the request that had this id and authenticator.
pub(super) fn response(
    code: u8,
    id: u8,
    request: Authenticator,
    attributes: &[Attribute],
    secret: &Secret,
) -> Result<Vec<u8>, PacketError> {
    let mut all = attributes.to_vec();
    all.push(Attribute::octets(MESSAGE_AUTHENTICATOR, [0; 16]));
    let mut bytes = raw(code, id, request, &all)?;
    sign_message(&mut bytes, secret)?;
    let digest = digest(&bytes, secret);
    bytes[4..HEAD].copy_from_slice(&digest);
    Ok(bytes)
}

/// Reads an answer to `request` and checks who made it: same id, response authenticator, Message-Authenticator if any.
pub(super) fn verify_response(bytes: &[u8], request: &[u8], secret: &Secret) -> Result<Packet, PacketError> {
    let packet = Packet::parse(bytes)?;
    let mut copy = trimmed(bytes)?.to_vec();
    copy[4..HEAD].copy_from_slice(&request[4..HEAD]);
    let authentic =
        packet.id == request[1] && digest(&copy, secret) == packet.authenticator && message_ok(&copy, secret)?;
    if authentic { Ok(packet) } else { Err(PacketError::Forged) }
}

/// Reads an Accounting-, CoA- or Disconnect-Request and checks who made it.
pub(super) fn verify_digest_request(bytes: &[u8], secret: &Secret) -> Result<Packet, PacketError> {
    let packet = Packet::parse(bytes)?;
    let mut copy = trimmed(bytes)?.to_vec();
    copy[4..HEAD].fill(0);
    if digest(&copy, secret) == packet.authenticator && message_ok(&copy, secret)? {
        Ok(packet)
    } else {
        Err(PacketError::Forged)
    }
}

/// `User-Password` as RFC 2865, 5.2 hides it: padded to 16 octets, each block mixed with a digest of the one before.
pub(super) fn hide_password(password: &str, authenticator: Authenticator, secret: &Secret) -> Vec<u8> {
    let mut plain = password.as_bytes().to_vec();
    plain.resize(plain.len().max(1).next_multiple_of(16), 0);
    let mut before = authenticator.to_vec();
    let mut hidden = Vec::with_capacity(plain.len());
    for block in plain.chunks(16) {
        let pad = Md5::new().chain_update(secret.expose()).chain_update(&before).finalize();
        before = block.iter().zip(pad).map(|(a, b)| a ^ b).collect();
        hidden.extend_from_slice(&before);
    }
    hidden
}

fn raw(code: u8, id: u8, authenticator: Authenticator, attributes: &[Attribute]) -> Result<Vec<u8>, PacketError> {
    let mut bytes = vec![code, id, 0, 0];
    bytes.extend(authenticator);
    for attribute in attributes {
        attribute.write(&mut bytes)?;
    }
    if bytes.len() > MAX_PACKET {
        return Err(PacketError::Oversize);
    }
    let length = u16::try_from(bytes.len()).map_err(|_| PacketError::Oversize)?;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    Ok(bytes)
}

fn digest(bytes: &[u8], secret: &Secret) -> Authenticator {
    Md5::new().chain_update(bytes).chain_update(secret.expose()).finalize().into()
}

/// Puts the HMAC of the packet as it stands into its Message-Authenticator, if it has one.
fn sign_message(bytes: &mut [u8], secret: &Secret) -> Result<(), PacketError> {
    if let Some(at) = message_place(bytes)? {
        let signature = message_hmac(bytes, secret);
        bytes[at..at + 16].copy_from_slice(&signature);
    }
    Ok(())
}

/// Whether the Message-Authenticator, if there is one, fits the packet as it stands.
fn message_ok(bytes: &[u8], secret: &Secret) -> Result<bool, PacketError> {
    let Some(at) = message_place(bytes)? else { return Ok(true) };
    let mut blank = bytes.to_vec();
    blank[at..at + 16].fill(0);
    Ok(message_hmac(&blank, secret) == bytes[at..at + 16])
}

fn message_hmac(bytes: &[u8], secret: &Secret) -> Authenticator {
    // HMAC takes a key of any length, so making it cannot fail.
    let mac = <Hmac<Md5> as KeyInit>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes any key");
    mac.chain_update(bytes).finalize().into_bytes().into()
}

fn message_place(bytes: &[u8]) -> Result<Option<usize>, PacketError> {
    match walk(bytes)?.into_iter().find(|(_, kind, _)| *kind == MESSAGE_AUTHENTICATOR) {
        Some((at, _, value)) if value.len() == 16 => Ok(Some(at)),
        Some(_) => Err(PacketError::Malformed),
        None => Ok(None),
    }
}

/// The octets that the head's length covers.
fn trimmed(bytes: &[u8]) -> Result<&[u8], PacketError> {
    let head = bytes.get(..HEAD).ok_or(PacketError::Malformed)?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    if !(HEAD..=MAX_PACKET).contains(&length) {
        return Err(PacketError::Malformed);
    }
    bytes.get(..length).ok_or(PacketError::Malformed)
}

/// Where an attribute's value begins, its kind, its value.
type Found<'a> = (usize, u8, &'a [u8]);

/// Every attribute of a packet, in order.
fn walk(bytes: &[u8]) -> Result<Vec<Found<'_>>, PacketError> {
    let (mut at, mut found) = (HEAD, Vec::new());
    while at < bytes.len() {
        let [kind, length @ 2..=255, ..] = &bytes[at..] else { return Err(PacketError::Malformed) };
        let end = at + usize::from(*length);
        found.push((at + 2, *kind, bytes.get(at + 2..end).ok_or(PacketError::Malformed)?));
        at = end;
    }
    Ok(found)
}
