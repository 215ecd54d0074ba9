//! Who may post to our WhatsApp webhook.
//! The one rule: the signature is checked on the raw bytes, before anything is parsed, in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Secret;

fn mac(app_secret: &Secret, body: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of every length, so making one cannot fail.
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.expose().as_bytes()).expect("HMAC takes any key length");
    mac.update(body);
    mac
}

/// Checks `X-Hub-Signature-256` (`sha256=<hex>`) against the raw body.
pub fn signature_is_valid(app_secret: &Secret, header: &str, body: &[u8]) -> bool {
    let Some(hex_text) = header.trim().strip_prefix("sha256=") else { return false };
    let Ok(claimed) = hex::decode(hex_text) else { return false };
    mac(app_secret, body).verify_slice(&claimed).is_ok()
}

/// The header value for a body; a test or a relay signs with it.
pub fn sign(app_secret: &Secret, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(mac(app_secret, body).finalize().into_bytes()))
}

/// Answers the verification request of a new webhook: the challenge to return as plain text, or `None` for 403.
pub fn answer_challenge<'a>(mode: &str, token: &str, challenge: &'a str, ours: &Secret) -> Option<&'a str> {
    // Comparing two digests takes the same time whatever the texts have in common.
    let same = mac(ours, token.as_bytes()).verify_slice(&mac(ours, ours.expose().as_bytes()).finalize().into_bytes());
    (mode == "subscribe" && !ours.expose().is_empty() && same.is_ok()).then_some(challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const SIGNATURE: &str = "sha256=650a7ec4c57b1d45d68231c8825bb556bcfb240069c6cbf98a34a177ce9e909a";

    #[test]
    fn the_signature_matches_the_documented_vector() {
        let secret = Secret::new("demo_app_secret");
        assert!(signature_is_valid(&secret, SIGNATURE, BODY));
        assert_eq!(sign(&secret, BODY), SIGNATURE);
    }

    #[test]
    fn a_changed_body_secret_or_header_is_refused() {
        let secret = Secret::new("demo_app_secret");
        assert!(!signature_is_valid(&secret, SIGNATURE, b"{}"));
        assert!(!signature_is_valid(&Secret::new("other"), SIGNATURE, BODY));
        assert!(!signature_is_valid(&secret, &SIGNATURE[..40], BODY));
        assert!(!signature_is_valid(&secret, "sha256=", BODY));
        assert!(!signature_is_valid(&secret, "", BODY));
        assert!(!signature_is_valid(&secret, &SIGNATURE.replace("sha256=", "sha1="), BODY));
    }

    #[test]
    fn a_challenge_is_answered_only_for_our_token() {
        let ours = Secret::new("verify-demo");
        assert_eq!(answer_challenge("subscribe", "verify-demo", "11585", &ours), Some("11585"));
        assert_eq!(answer_challenge("subscribe", "guess", "11585", &ours), None);
        assert_eq!(answer_challenge("unsubscribe", "verify-demo", "11585", &ours), None);
        assert_eq!(answer_challenge("subscribe", "", "11585", &Secret::new("")), None);
    }
}
