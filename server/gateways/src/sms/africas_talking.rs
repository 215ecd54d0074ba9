//! Africa's Talking: the form-encoded sending interface.
//! The one rule: success is read from the recipient's row, not from the HTTP status; an empty list is a refusal.

use async_trait::async_trait;
use serde::Deserialize;

use super::{SmsMessage, SmsSender, SmsSent};
use crate::http::{self, Effect, Reply, exchange, lost};
use crate::{GatewayError, Secret};

const PROVIDER: &str = "Africa's Talking";

/// One account at the provider.
#[derive(Debug, Clone)]
pub struct AfricasTalkingConfig {
    /// `https://api.africastalking.com`, the sandbox, or the simulator's `http://…/sms`.
    pub base_url: String,
    pub username: String,
    pub api_key: Secret,
}

/// The client.
#[derive(Debug)]
pub struct AfricasTalking {
    config: AfricasTalkingConfig,
    http: reqwest::Client,
}

impl AfricasTalking {
    /// Builds the client; nothing is sent.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: AfricasTalkingConfig) -> Result<Self, GatewayError> {
        Ok(Self::with_client(config, http::client()?))
    }

    /// As [`AfricasTalking::new`], on a shared HTTP client.
    pub fn with_client(config: AfricasTalkingConfig, http: reqwest::Client) -> Self {
        Self { config, http }
    }
}

#[async_trait]
impl SmsSender for AfricasTalking {
    async fn send(&self, message: &SmsMessage) -> Result<SmsSent, GatewayError> {
        if message.text.is_empty() {
            return Err(GatewayError::permanent(PROVIDER, "request", "the message has no text"));
        }
        let mut form = vec![
            ("username", self.config.username.as_str()),
            ("to", message.to.as_str()),
            ("message", message.text.as_str()),
        ];
        if let Some(sender) = &message.sender {
            form.push(("from", sender));
        }
        let request = self
            .http
            .post(format!("{}/version1/messaging", self.config.base_url.trim_end_matches('/')))
            .header("apiKey", self.config.api_key.expose())
            .header("Accept", "application/json")
            .form(&form);
        read(&exchange(PROVIDER, request, Effect::Acts).await?)
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "SMSMessageData")]
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    #[serde(default)]
    message: String,
    #[serde(default)]
    recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    status_code: u32,
    #[serde(default)]
    status: String,
    #[serde(default)]
    cost: String,
    #[serde(default)]
    message_id: String,
    #[serde(default)]
    message_parts: Option<u32>,
}

fn read(reply: &Reply) -> Result<SmsSent, GatewayError> {
    match reply.status {
        200..300 => {}
        401 | 403 => {
            let message = "the user name or API key is not accepted";
            return Err(GatewayError::permanent(PROVIDER, format!("http-{}", reply.status), message));
        }
        429 => return Err(GatewayError::transient(PROVIDER, "http-429", "too many requests")),
        400..500 => {
            let message = "the request was refused without a reason";
            return Err(GatewayError::permanent(PROVIDER, format!("http-{}", reply.status), message));
        }
        status => return Err(lost(PROVIDER, format!("it answered with HTTP status {status}"), Effect::Acts)),
    }
    let body: Body = serde_json::from_str(&reply.body)
        .map_err(|_| lost(PROVIDER, "the answer does not have the documented shape", Effect::Acts))?;
    // One number was asked for, so there is one row or, with the reason in the message, none.
    let Some(row) = body.data.recipients.into_iter().next() else {
        return Err(GatewayError::permanent(PROVIDER, "no-recipient", body.data.message));
    };
    match row.status_code {
        100..=102 => {
            Ok(SmsSent { provider_id: row.message_id, parts: row.message_parts.unwrap_or(1), cost_text: row.cost })
        }
        // The account has no money left: nothing is wrong with the message, and it goes out after a top-up.
        405 | 500..=502 => Err(GatewayError::transient(PROVIDER, row.status_code.to_string(), row.status)),
        code => Err(GatewayError::permanent(PROVIDER, code.to_string(), row.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Result<SmsSent, GatewayError> {
        read(&Reply { status, body: body.into() })
    }

    #[test]
    fn a_sent_message_has_an_id_parts_and_cost() {
        let sent = reply(
            201,
            r#"{"SMSMessageData":{"Message":"Sent to 1/1 Total Cost: KES 0.8000","Recipients":[{"statusCode":101,
            "number":"+254712000001","status":"Success","cost":"KES 0.8000","messageId":"ATXid_demo0001","messageParts":2}]}}"#,
        );
        let expected = SmsSent { provider_id: "ATXid_demo0001".into(), parts: 2, cost_text: "KES 0.8000".into() };
        assert_eq!(sent, Ok(expected));
    }

    #[test]
    fn no_recipient_is_a_refusal_with_the_reason() {
        let error = reply(201, r#"{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}"#).unwrap_err();
        assert_eq!(error, GatewayError::permanent(PROVIDER, "no-recipient", "InvalidSenderId"));
    }

    #[test]
    fn an_opted_out_number_is_permanent_and_a_gateway_error_is_not() {
        let row = |code: u32| {
            let body =
                format!(r#"{{"SMSMessageData":{{"Message":"","Recipients":[{{"statusCode":{code},"status":"x"}}]}}}}"#);
            reply(201, &body).unwrap_err()
        };
        assert!(!row(406).may_retry());
        assert!(row(501).may_retry());
        assert!(row(405).may_retry());
    }

    #[test]
    fn a_plain_text_401_is_permanent_and_a_502_is_not_known() {
        let error = reply(401, "The supplied authentication is invalid").unwrap_err();
        assert!(matches!(error, GatewayError::Permanent { .. }));
        assert!(matches!(reply(502, "").unwrap_err(), GatewayError::Unknown { .. }));
        assert!(matches!(reply(200, "<xml/>").unwrap_err(), GatewayError::Unknown { .. }));
    }
}
