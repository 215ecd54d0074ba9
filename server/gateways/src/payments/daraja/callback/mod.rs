//! What Daraja posts to us: results of prompts, and notices of payments that customers made themselves.
//! The one rule: bodies are not signed, so a parsed body is a claim. It is matched to an attempt of ours, or
//! confirmed with the provider, before it is worth money.

use serde_json::{Value, json};

mod c2b;
mod phone;
mod stk;

pub use c2b::{C2bNotice, C2bRefusal, accept_validation, refuse_validation};
pub use phone::{PhoneHint, compare_phone};
pub use stk::{StkCallback, StkPaid};

/// The answer to any callback that was stored, whatever it says.
pub fn acknowledgement() -> Value {
    json!({"ResultCode": 0, "ResultDesc": "Accepted"})
}

/// Receipts are letters and digits; anything else would be somebody's experiment, not a payment.
fn is_receipt(text: &str) -> bool {
    (6..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}
