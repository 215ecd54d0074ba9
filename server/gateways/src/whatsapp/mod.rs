//! WhatsApp Cloud API: sending texts, and reading signed webhooks.
//! The one rule: free text reaches a customer only within 24 hours of their last message; later it is refused.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;

use crate::http::{self, Effect, Reply, exchange, lost};
use crate::{GatewayError, Secret};

mod inbound;
mod signature;

pub use inbound::{InboundContent, InboundMessage, StatusUpdate, Webhook};
pub use signature::{answer_challenge, sign, signature_is_valid};

const PROVIDER: &str = "WhatsApp";

/// The longest text that the provider takes.
const MAX_BODY_CHARS: usize = 4096;

/// Sends WhatsApp messages.
#[async_trait]
pub trait WhatsAppSender: Send + Sync {
    /// Sends a text. Not idempotent; `correlation` comes back with every status of the message.
    async fn send_text(&self, message: &WhatsAppText) -> Result<WhatsAppSent, GatewayError>;
}

/// One text to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatsAppText {
    /// Digits with country code, no plus.
    pub to: String,
    pub body: String,
    /// Our own outbox id, to find the message again when the answer was lost.
    pub correlation: Option<String>,
    /// The message that this one answers.
    pub reply_to: Option<String>,
}

/// A message that the provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatsAppSent {
    pub message_id: String,
}

/// One business number.
#[derive(Debug, Clone)]
pub struct WhatsAppConfig {
    /// `https://graph.facebook.com`, or the simulator's `http://…/whatsapp`.
    pub base_url: String,
    /// Version of the interface with its `v`, such as `v25.0`.
    pub version: String,
    pub phone_number_id: String,
    pub access_token: Secret,
}

/// The client.
#[derive(Debug)]
pub struct WhatsApp {
    config: WhatsAppConfig,
    http: reqwest::Client,
}

impl WhatsApp {
    /// Builds the client; nothing is sent.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: WhatsAppConfig) -> Result<Self, GatewayError> {
        Ok(Self::with_client(config, http::client()?))
    }

    /// As [`WhatsApp::new`], on a shared HTTP client.
    pub fn with_client(config: WhatsAppConfig, http: reqwest::Client) -> Self {
        Self { config, http }
    }
}

#[async_trait]
impl WhatsAppSender for WhatsApp {
    async fn send_text(&self, message: &WhatsAppText) -> Result<WhatsAppSent, GatewayError> {
        let length = message.body.chars().count();
        if length == 0 || length > MAX_BODY_CHARS {
            let reason = format!("the text is not between 1 and {MAX_BODY_CHARS} characters");
            return Err(GatewayError::permanent(PROVIDER, "request", reason));
        }
        let mut body = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to,
            "type": "text",
            "text": {"preview_url": false, "body": message.body},
        });
        if let Some(id) = &message.correlation {
            body["biz_opaque_callback_data"] = json!(id);
        }
        if let Some(id) = &message.reply_to {
            body["context"] = json!({"message_id": id});
        }
        let url = format!(
            "{}/{}/{}/messages",
            self.config.base_url.trim_end_matches('/'),
            self.config.version,
            self.config.phone_number_id
        );
        let request = self.http.post(url).bearer_auth(self.config.access_token.expose()).json(&body);
        read(&exchange(PROVIDER, request, Effect::Acts).await?)
    }
}

#[derive(Deserialize)]
struct Accepted {
    messages: Vec<AcceptedMessage>,
}

#[derive(Deserialize)]
struct AcceptedMessage {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    error: RefusedError,
}

#[derive(Deserialize)]
struct RefusedError {
    code: i64,
    #[serde(default)]
    message: String,
}

fn read(reply: &Reply) -> Result<WhatsAppSent, GatewayError> {
    if let Ok(refused) = serde_json::from_str::<Refused>(&reply.body) {
        let (code, message) = (refused.error.code, refused.error.message);
        return Err(match code {
            // Limits of rate, and outages on the provider's side.
            4 | 80007 | 130429 | 131048 | 131056 | 131064 | 131000 | 131016 | 131057 => {
                GatewayError::transient(PROVIDER, code.to_string(), message)
            }
            _ => GatewayError::permanent(PROVIDER, code.to_string(), message),
        });
    }
    match reply.status {
        200..300 => {
            let accepted: Option<Accepted> = serde_json::from_str(&reply.body).ok();
            match accepted.and_then(|accepted| accepted.messages.into_iter().next()) {
                Some(message) => Ok(WhatsAppSent { message_id: message.id }),
                None => Err(lost(PROVIDER, "the answer has no message id", Effect::Acts)),
            }
        }
        429 => Err(GatewayError::transient(PROVIDER, "http-429", "too many requests")),
        400..500 => {
            let message = "the request was refused without a reason";
            Err(GatewayError::permanent(PROVIDER, format!("http-{}", reply.status), message))
        }
        status => Err(lost(PROVIDER, format!("it answered with HTTP status {status}"), Effect::Acts)),
    }
}

/// Whether an error says that the 24-hour window is closed, so that only a template reaches the customer.
pub fn window_is_closed(error: &GatewayError) -> bool {
    error.code() == Some("131047")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_window_is_recognised() {
        let body =
            r#"{"error":{"message":"Re-engagement message","type":"OAuthException","code":131047,"fbtrace_id":"x"}}"#;
        let error = read(&Reply { status: 400, body: body.into() }).unwrap_err();
        assert!(window_is_closed(&error) && !error.may_retry());
    }

    #[test]
    fn a_rate_limit_may_be_retried() {
        let body = r#"{"error":{"message":"Rate limit hit","code":130429}}"#;
        assert!(read(&Reply { status: 400, body: body.into() }).unwrap_err().may_retry());
    }

    #[test]
    fn an_answer_without_an_id_is_not_known() {
        let error = read(&Reply { status: 200, body: "{}".into() }).unwrap_err();
        assert!(matches!(error, GatewayError::Unknown { .. }));
    }
}
