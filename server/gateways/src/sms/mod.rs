//! Short messages: sending them, counting their parts, and reading what comes back.
//! The one rule: a message is stored in our outbox before it is sent, and after an unknown outcome it is not resent.

use async_trait::async_trait;

use crate::GatewayError;

mod africas_talking;
mod segments;
mod webhook;

pub use africas_talking::{AfricasTalking, AfricasTalkingConfig};
pub use segments::{Encoding, Segments, segments, transliterate};
pub use webhook::{DeliveryStatus, IncomingSms, SmsDeliveryReport};

/// Sends short messages through one provider.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// Sends one message to one number. Not idempotent: providers have no key for it.
    async fn send(&self, message: &SmsMessage) -> Result<SmsSent, GatewayError>;
}

/// One message to one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// E.164 with plus, such as `+254712000001`.
    pub to: String,
    pub text: String,
    /// Registered sender name (at most 11 characters) or short code; `None` for the provider's default.
    pub sender: Option<String>,
}

/// A message that the provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsSent {
    /// The key of the delivery report.
    pub provider_id: String,
    pub parts: u32,
    /// As the provider writes it, such as `KES 0.8000`: its currency and precision are its own.
    pub cost_text: String,
}
