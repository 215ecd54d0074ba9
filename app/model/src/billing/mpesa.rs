//! How an ISP reaches M-Pesa (Daraja). The one rule: a key that was entered never comes back to a browser.

use crate::FieldErrors;
use crate::msisdn::Msisdn;
use crate::provider::Environment;
use crate::secret_text::TypedKey;
use serde::{Deserialize, Serialize};

/// What is set up, without any key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MpesaSheet {
    pub connection: Option<MpesaConnection>,
    /// Whether the provider can reach us: it posts to https only, and not to this machine's own names.
    pub is_reachable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MpesaConnection {
    /// `None`: the simulator of a demo.
    pub environment: Option<Environment>,
    pub short_code: String,
    /// Where the provider posts payments that customers start themselves.
    pub confirmation_url: String,
    pub validation_url: String,
}

/// What the provider's portal gives a merchant, as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MpesaForm {
    pub environment: String,
    pub short_code: String,
    pub consumer_key: TypedKey,
    pub consumer_secret: TypedKey,
    pub passkey: TypedKey,
}

/// A form that was read. A key of `None` keeps the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveMpesa {
    pub environment: Environment,
    pub short_code: String,
    pub consumer_key: Option<String>,
    pub consumer_secret: Option<String>,
    pub passkey: Option<String>,
}

/// Why a short code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter the pay bill number: five to seven digits.")]
pub struct ShortCodeError;

impl MpesaForm {
    /// Reads the form.
    pub fn parse(self) -> Result<SaveMpesa, FieldErrors> {
        let mut errors = FieldErrors::default();
        let code = self.short_code.trim();
        let is_code = (5..=7).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        let environment = errors.take("environment", self.environment.parse());
        let short_code = errors.take("short_code", if is_code { Ok(code.to_owned()) } else { Err(ShortCodeError) });
        let consumer_key = errors.take("consumer_key", self.consumer_key.parse());
        let consumer_secret = errors.take("consumer_secret", self.consumer_secret.parse());
        let passkey = errors.take("passkey", self.passkey.parse());
        match (environment, short_code, consumer_key, consumer_secret, passkey) {
            (Some(environment), Some(short_code), Some(consumer_key), Some(consumer_secret), Some(passkey)) => {
                Ok(SaveMpesa { environment, short_code, consumer_key, consumer_secret, passkey })
            }
            _ => Err(errors),
        }
    }
}

/// Tells the provider our addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisterMpesaForm {
    /// The phone that the provider knows as the merchant's.
    pub nominated_number: String,
}

impl RegisterMpesaForm {
    /// Reads the form: the phone's digits with the country code.
    pub fn parse(&self) -> Result<String, FieldErrors> {
        let mut errors = FieldErrors::default();
        let phone = errors.take("nominated_number", Msisdn::parse(&self.nominated_number));
        phone.map(|phone| phone.canonical().trim_start_matches('+').to_owned()).ok_or(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_names_its_field() {
        let form = MpesaForm { passkey: TypedKey("a b".into()), ..MpesaForm::default() };
        let refused = form.parse().unwrap_err();
        for field in ["environment", "short_code", "passkey"] {
            assert!(refused.of(field).is_some(), "{field}");
        }
        for code in ["1234", "12345678", "17437a", "+174379"] {
            let form = MpesaForm { environment: "live".into(), short_code: code.into(), ..MpesaForm::default() };
            assert!(form.parse().unwrap_err().of("short_code").is_some(), "{code}");
        }
        assert!(RegisterMpesaForm { nominated_number: "12".into() }.parse().is_err());
        assert_eq!(RegisterMpesaForm { nominated_number: "0722 000 001".into() }.parse(), Ok("254722000001".into()));
    }
}
