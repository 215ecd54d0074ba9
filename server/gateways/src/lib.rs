//! Clients of the outside world: payments, SMS, WhatsApp and e-mail.
//! The one rule: a gateway knows its provider's protocol and nothing of ours; it has no database, no tenant
//! and no clock of business time. The caller stores what it asked before it asks.

pub mod directory;
pub mod error;
pub mod http;
pub mod mail;
pub mod payments;
pub mod radius;
pub mod secret;
pub mod sms;
pub mod whatsapp;

pub use error::{GatewayError, Malformed};
pub use secret::Secret;
