//! Passwords: argon2id, computed off the async threads behind a small gate, so that a storm of logins cannot starve pages.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use model::{AppError, Audience};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Two at a time: each takes tens of MiB and a core. Nobody waits long here with an open transaction: a queue before the
/// gate would hold all of the database's connections.
static GATE: Semaphore = Semaphore::const_new(2);

/// How long somebody stands before the gate, and how long whoever holds a transaction does.
const PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_IN_TRANSACTION: Duration = Duration::from_millis(250);

/// The longest password that is looked at.
pub const CHARS_MAX: usize = 128;

/// Hashes of a password that nobody has: verified when the name is unknown, so that time tells nothing. One as dear as
/// those of staff, one as those of subscribers and resellers.
static NOBODY: LazyLock<[String; 2]> = LazyLock::new(|| [Audience::Staff, Audience::My].map(hash_of_nobody));

fn hash_of_nobody(audience: Audience) -> String {
    hash_now(audience, "nobody has this password").unwrap_or_default()
}

fn nobody(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff | Audience::Platform => &NOBODY[0],
        Audience::My | Audience::Partner => &NOBODY[1],
    }
}

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

async fn turn(patience: Duration) -> Result<SemaphorePermit<'static>, AppError> {
    match tokio::time::timeout(patience, GATE.acquire()).await {
        Ok(turn) => turn.map_err(platform::internal),
        Err(_) => Err(AppError::Unavailable("Many people sign in at this moment. Try again in a minute.".into())),
    }
}

/// Hashes a password to a PHC string.
///
/// # Errors
/// `Unavailable` when many others wait for the same.
pub async fn hash(audience: Audience, password: String) -> Result<String, AppError> {
    let _turn = turn(PATIENCE).await?;
    tokio::task::spawn_blocking(move || hash_now(audience, &password))
        .await
        .map_err(platform::internal)?
        .ok_or_else(|| platform::internal("a password could not be hashed"))
}

/// Whether `password` fits; without a hash it takes the time of this audience's and says no.
///
/// # Errors
/// `Unavailable` when many others wait for the same.
pub async fn verify(audience: Audience, password: String, hash: Option<String>) -> Result<bool, AppError> {
    compare(turn(PATIENCE).await?, audience, password, hash).await
}

/// The same for a caller that holds a transaction, and so must not stand in a queue.
///
/// # Errors
/// `Unavailable` unless it can be done at once.
pub(crate) async fn verify_in_op(audience: Audience, password: String, hash: Option<String>) -> Result<bool, AppError> {
    compare(turn(PATIENCE_IN_TRANSACTION).await?, audience, password, hash).await
}

async fn compare(
    _turn: SemaphorePermit<'static>,
    audience: Audience,
    password: String,
    hash: Option<String>,
) -> Result<bool, AppError> {
    if password.chars().count() > CHARS_MAX {
        return Ok(false);
    }
    let fits = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| nobody(audience).to_owned());
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
    if length > CHARS_MAX {
        return Err(format!("Use at most {CHARS_MAX} characters."));
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
        assert!(verify(Audience::My, "three cows".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify(Audience::My, "four cows".into(), Some(hash)).await.unwrap());
        assert!(!verify(Audience::My, "nobody has this password".into(), None).await.unwrap());
    }

    #[test]
    fn an_unknown_name_costs_as_much_as_a_known_one_of_its_audience() {
        for audience in Audience::ALL {
            let own = hash_now(audience, "three cows").unwrap();
            let parts = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(parts(nobody(audience)), parts(&own), "{audience:?}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_long_before_the_gate() {
        let taken = GATE.acquire_many(2).await.unwrap();
        let refused = turn(Duration::from_millis(10)).await.err();
        assert!(matches!(refused, Some(AppError::Unavailable(_))));
        drop(taken);
    }
}
