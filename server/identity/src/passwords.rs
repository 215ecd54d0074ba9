//! Passwords: argon2id, computed off the async threads behind a small gate, so that a storm of logins cannot starve pages.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use model::{AppError, Audience};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Two at a time: each takes tens of MiB and a core.
static GATE: Semaphore = Semaphore::const_new(2);

/// A hash of a password that nobody has: verified when the name is unknown, so that time tells nothing.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now(Audience::Staff, "nobody has this password").unwrap_or_default());

/// Staff see other people's data, so their hashes cost more: 46 MiB and one pass; subscribers 19 MiB and two.
fn hasher(audience: Audience) -> Option<Argon2<'static>> {
    let params = match audience {
        Audience::Staff | Audience::Platform => Params::new(46 * 1024, 1, 1, None),
        Audience::My | Audience::Partner => Params::new(19 * 1024, 2, 1, None),
    };
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params.ok()?))
}

fn hash_now(audience: Audience, password: &str) -> Option<String> {
    Some(hasher(audience)?.hash_password(password.as_bytes()).ok()?.to_string())
}

/// Hashes a password to a PHC string.
pub async fn hash(audience: Audience, password: String) -> Result<String, AppError> {
    let _turn = GATE.acquire().await.map_err(platform::internal)?;
    tokio::task::spawn_blocking(move || hash_now(audience, &password))
        .await
        .map_err(platform::internal)?
        .ok_or_else(|| platform::internal("a password could not be hashed"))
}

/// Whether `password` fits; without a hash it takes the same time and says no.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, AppError> {
    let _turn = GATE.acquire().await.map_err(platform::internal)?;
    let fits = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
    })
    .await
    .map_err(platform::internal)?;
    Ok(fits)
}

/// Refuses passwords that are too short, too long, or among those that everybody tries first.
///
/// # Errors
/// A sentence for the field.
pub fn check_strength(audience: Audience, password: &str, own_words: &[&str]) -> Result<(), String> {
    let least = model::identity::password_min(audience);
    let length = password.chars().count();
    if length < least {
        return Err(format!("Use at least {least} characters. A short sentence is easy to keep in mind."));
    }
    if length > 128 {
        return Err("Use at most 128 characters.".into());
    }
    let lower = password.to_lowercase();
    let is_common = COMMON.iter().any(|common| lower.trim_matches(|c: char| c.is_ascii_digit() || c == '!') == *common);
    let is_own = own_words.iter().any(|word| word.chars().count() >= 4 && lower == word.to_lowercase());
    let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    if is_common || is_own || distinct < 4 {
        return Err("This password is easy to guess. Choose words that only you would put together.".into());
    }
    Ok(())
}

/// What remains of the usual first guesses when digits at the ends are cut off.
const COMMON: &[&str] = &[
    "",
    "password",
    "passw0rd",
    "password one",
    "qwerty",
    "qwertyuiop",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "iloveyou",
    "changeme",
    "secret",
    "safaricom",
    "mpesa",
    "kenya",
    "nairobi",
    "mtandao",
    "internet",
    "abcdefgh",
    "abcdefghijkl",
    "passwordpassword",
    "qwertyqwerty",
    "adminadmin",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_passwords_are_refused_and_a_sentence_is_taken() {
        for easy in ["short", "password123456", "aaaaaaaaaaaaaa", "1234567890123456", "Administrator2026"] {
            assert!(check_strength(Audience::Staff, easy, &[]).is_err(), "{easy}");
        }
        assert!(check_strength(Audience::Staff, "Kilele Fibre", &["Kilele Fibre"]).is_err());
        assert_eq!(check_strength(Audience::Staff, "three cows on a hill", &[]), Ok(()));
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hash = hash(Audience::My, "three cows".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("three cows".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("four cows".into(), Some(hash)).await.unwrap());
        assert!(!verify("nobody has this password".into(), None).await.unwrap());
    }
}
