//! The page on which an ISP sets up its M-Pesa. The one rule: what was entered is used at once, and shown never.

use super::daraja::{self, DarajaKeys};
use model::AppError;
use model::billing::mpesa::{MpesaConnection, MpesaForm, MpesaSheet, RegisterMpesaForm};
use model::identity::perm::SettingWrite;
use model::provider::Environment;
use model::secret_text::KEY_MISSING;
use platform::{RequestCtx, Tx};

/// Where Daraja takes requests.
const fn url_of(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "https://api.safaricom.co.ke",
        Environment::Sandbox => "https://sandbox.safaricom.co.ke",
    }
}

fn environment_of(base_url: &str) -> Option<Environment> {
    Environment::ALL.iter().copied().find(|environment| url_of(*environment) == base_url)
}

/// What is set up.
pub async fn sheet(tx: &mut Tx<SettingWrite>) -> Result<MpesaSheet, AppError> {
    let is_reachable = is_reachable(&tx.app().settings.public_url);
    let connection = daraja::known_in_op(tx).await?.map(|(keys, urls)| MpesaConnection {
        environment: environment_of(&keys.base_url),
        short_code: keys.short_code,
        confirmation_url: urls.confirmation,
        validation_url: urls.validation,
    });
    Ok(MpesaSheet { connection, is_reachable })
}

/// Daraja posts to public https addresses only.
fn is_reachable(public_url: &str) -> bool {
    let Some(rest) = public_url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host.contains('.') && host.parse::<std::net::IpAddr>().is_err()
}

/// Stores the keys. An empty key keeps the stored one of the same environment. After the commit comes
/// `daraja::open_addresses`.
///
/// # Errors
/// `Invalid` names the fields, also a key that is empty while none is stored.
pub async fn save(tx: &mut Tx<SettingWrite>, form: MpesaForm) -> Result<(), AppError> {
    let new = form.parse().map_err(AppError::Invalid)?;
    let base_url = url_of(new.environment).to_owned();
    // Keys of the trial are worth nothing with real money, and the other way round.
    let stored = daraja::known_in_op(tx).await?.map(|(keys, _)| keys).filter(|keys| keys.base_url == base_url);
    let mut errors = model::FieldErrors::default();
    let mut key = |name: &str, typed: Option<String>, of: fn(&DarajaKeys) -> &String| {
        let key = typed.or_else(|| stored.as_ref().map(|keys| of(keys).clone()));
        key.unwrap_or_else(|| {
            errors.add(name, KEY_MISSING);
            String::new()
        })
    };
    let keys = DarajaKeys {
        base_url,
        consumer_key: key("consumer_key", new.consumer_key, |keys| &keys.consumer_key),
        consumer_secret: key("consumer_secret", new.consumer_secret, |keys| &keys.consumer_secret),
        passkey: key("passkey", new.passkey, |keys| &keys.passkey),
        short_code: new.short_code,
    };
    errors.check()?;
    daraja::save_in_op(tx, keys).await
}

/// Tells the provider where to post what customers pay by themselves, and lets us read its list of payments. Twice is as
/// good as once where the provider allows it; it says so where it does not.
///
/// # Errors
/// `Forbidden`, `Invalid` on `nominated_number`, `Unavailable` with the provider's sentence.
pub async fn register(ctx: &RequestCtx, form: &RegisterMpesaForm) -> Result<(), AppError> {
    // The provider is asked between transactions.
    ctx.begin::<SettingWrite>().await?.commit().await?;
    let nominated_number = form.parse().map_err(AppError::Invalid)?;
    let tenant = ctx.tenant()?;
    daraja::register_c2b(&ctx.app, tenant).await?;
    daraja::register_pull(&ctx.app, tenant, &nominated_number).await
}

#[cfg(test)]
mod tests {
    use super::is_reachable;

    #[test]
    fn the_provider_reaches_public_https_addresses_only() {
        assert!(is_reachable("https://isp.example.co.ke"));
        for url in ["http://isp.example.co.ke", "https://localhost:3000", "https://192.168.1.5:3000", ""] {
            assert!(!is_reachable(url), "{url}");
        }
    }
}
