//! Secrets at field level: one key from outside the database wraps a data key per tenant, and each value is sealed with
//! its place as associated data, so that a ciphertext copied to another row does not open.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// A key of 256 bits. It never shows itself in logs.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A value could not be opened: another key, another place, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value could not be opened")]
pub struct CannotOpen;

impl Key {
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Reads a key of 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// A key for one purpose, derived so that two purposes never share one.
    pub fn derive(&self, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(purpose.as_bytes());
        Self(hash.finalize().into())
    }

    /// Seals `plain` for `place` ("table.column:tenant:row"). Format: version, nonce, ciphertext with tag.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce_bytes: [u8; NONCE_BYTES] = rand::random();
        let cipher = Aes256Gcm::new(&self.0.into());
        let sealed = cipher
            .encrypt(&Nonce::from(nonce_bytes), Payload { msg: plain, aad: place.as_bytes() })
            // AES-GCM refuses only texts of 64 GiB and more.
            .unwrap_or_default();
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce_bytes);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what `seal` made for the same place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (&version, rest) = sealed.split_first().ok_or(CannotOpen)?;
        if version != VERSION || rest.len() < NONCE_BYTES {
            return Err(CannotOpen);
        }
        let (nonce, body) = rest.split_at(NONCE_BYTES);
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| CannotOpen)?;
        Aes256Gcm::new(&self.0.into())
            .decrypt(&Nonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
            .map_err(|_| CannotOpen)
    }

    /// The key itself as bytes, to be wrapped by another key.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// SHA-256, for tokens that are looked up and never read back.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A token of 256 random bits, written in hexadecimal.
pub fn random_token() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_own_place_only() {
        let key = Key::random();
        let sealed = key.seal("login.totp_secret:t1:r1", b"seed");
        assert_eq!(key.open("login.totp_secret:t1:r1", &sealed).as_deref(), Ok(&b"seed"[..]));
        assert_eq!(key.open("login.totp_secret:t1:r2", &sealed), Err(CannotOpen));
        assert_eq!(Key::random().open("login.totp_secret:t1:r1", &sealed), Err(CannotOpen));
        assert_eq!(key.open("login.totp_secret:t1:r1", &sealed[..5]), Err(CannotOpen));
    }
}
