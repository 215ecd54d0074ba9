//! Registering where the provider posts payments that customers start themselves.
//! The one rule: in production registration happens once; "already registered" is reported, not hidden.

use serde_json::json;

use super::{Daraja, PROVIDER, text_of};
use crate::GatewayError;
use crate::http::Effect;

/// Which registration to use: it decides how the payer's number is written in notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum C2bVersion {
    /// The number arrives as a SHA-256 digest.
    V1,
    /// The number arrives masked, such as `2547 ***** 126`.
    V2,
}

/// What the provider does when our validation does not answer within about 8 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnansweredValidation {
    Completed,
    Cancelled,
}

/// Where notices go. Both addresses carry an unguessable part; neither may contain words such as "mpesa" or "sql".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct C2bUrls {
    pub confirmation_url: String,
    pub validation_url: String,
    pub unanswered: UnansweredValidation,
}

impl Daraja {
    /// Registers the addresses for the configured short code.
    ///
    /// # Errors
    /// Permanent with code `500.003.1001` when addresses are registered already: delete them in the portal first.
    pub async fn register_c2b_urls(&self, urls: &C2bUrls) -> Result<(), GatewayError> {
        let version = match self.config.c2b_version {
            C2bVersion::V1 => "v1",
            C2bVersion::V2 => "v2",
        };
        let body = json!({
            "ShortCode": self.config.short_code,
            "ResponseType": match urls.unanswered {
                UnansweredValidation::Completed => "Completed",
                UnansweredValidation::Cancelled => "Cancelled",
            },
            "ConfirmationURL": urls.confirmation_url,
            "ValidationURL": urls.validation_url,
        });
        let (value, _) = self.post(&format!("/mpesa/c2b/{version}/registerurl"), &body, Effect::Reads).await?.done()?;
        let description = text_of(&value, "ResponseDescription").unwrap_or_default();
        match text_of(&value, "ResponseCode").as_deref() {
            // The documented code is "0"; eight zeros were seen in older deployments.
            Some(code) if !code.is_empty() && code.bytes().all(|b| b == b'0') => Ok(()),
            Some(code) => Err(GatewayError::permanent(PROVIDER, code, description)),
            None => Err(GatewayError::transient(PROVIDER, "no-code", "the registration was not acknowledged")),
        }
    }
}
