//! MS-CHAPv2 (RFC 2759): what a subscriber's router sends instead of his password, and how it knows that the server
//! has the password too.
//! The one rule: MD4 and DES appear here only, because this protocol is made of them.

use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use md4::Md4;
use sha1::{Digest, Sha1};

/// The two challenges and the user name that both sides hash.
pub(super) struct Exchange<'a> {
    pub username: &'a str,
    /// The router's challenge, sent as `MS-CHAP-Challenge`.
    pub authenticator: [u8; 16],
    /// The subscriber's challenge, sent inside the response.
    pub peer: [u8; 16],
}

impl Exchange<'_> {
    /// The 24 octets that prove the password (RFC 2759, 8.1).
    pub(super) fn nt_response(&self, password: &str) -> [u8; 24] {
        challenge_response(self.challenge(), nt_hash(password))
    }

    /// The value of `MS-CHAP2-Response`: identifier, flags, peer challenge, reserved, response (RFC 2548, 2.3.2).
    pub(super) fn response(&self, ident: u8, password: &str) -> Vec<u8> {
        let mut value = vec![ident, 0];
        value.extend(self.peer);
        value.extend([0; 8]);
        value.extend(self.nt_response(password));
        value
    }

    /// What the server must answer to prove that it has the password: `S=` and 40 hexadecimal digits (8.7).
    pub(super) fn server_proof(&self, password: &str) -> String {
        let hash_of_hash = Md4::digest(nt_hash(password));
        let first = Sha1::new()
            .chain_update(hash_of_hash)
            .chain_update(self.nt_response(password))
            .chain_update(b"Magic server to client signing constant")
            .finalize();
        let second = Sha1::new()
            .chain_update(first)
            .chain_update(self.challenge())
            .chain_update(b"Pad to make it do more than one iteration")
            .finalize();
        format!("S={}", hex::encode_upper(second))
    }

    fn challenge(&self) -> [u8; 8] {
        let hash =
            Sha1::new().chain_update(self.peer).chain_update(self.authenticator).chain_update(self.username).finalize();
        std::array::from_fn(|i| hash[i])
    }
}

fn nt_hash(password: &str) -> [u8; 16] {
    let wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Md4::digest(wide).into()
}

/// The challenge under three DES keys cut from the hash, which is padded to 21 octets.
fn challenge_response(challenge: [u8; 8], hash: [u8; 16]) -> [u8; 24] {
    let mut keys = [0; 21];
    keys[..16].copy_from_slice(&hash);
    let mut out = [0; 24];
    for (key, block) in keys.chunks(7).zip(out.chunks_mut(8)) {
        let mut encrypted = challenge.into();
        Des::new(&spread(key).into()).encrypt_block(&mut encrypted);
        block.copy_from_slice(&encrypted);
    }
    out
}

/// Seven octets as the eight of a DES key, whose lowest bits are parity and are ignored.
fn spread(seven: &[u8]) -> [u8; 8] {
    let bits = seven.iter().fold(0u64, |bits, octet| bits << 8 | u64::from(*octet));
    std::array::from_fn(|i| ((bits >> (49 - 7 * i)) as u8 & 0x7f) << 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2759, 9.2.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let exchange = Exchange {
            username: "User",
            authenticator: hex::decode("5B5D7C7D7B3F2F3E3C2C602132262628").unwrap().try_into().unwrap(),
            peer: hex::decode("21402324255E262A28295F2B3A337C7E").unwrap().try_into().unwrap(),
        };
        assert_eq!(
            hex::encode_upper(exchange.nt_response("clientPass")),
            "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF"
        );
        assert_eq!(exchange.server_proof("clientPass"), "S=407A5589115FD0D6209F510FE9C04566932CDA56");
    }
}
