//! Taking money: what a payment provider can do, as small traits by ability.
//! The one rule: an accepted request is not a payment. Only a callback, a confirmation or a query says "paid".

use async_trait::async_trait;

use crate::GatewayError;

mod amount;
pub mod daraja;

pub use amount::{AmountError, minor_from_decimal, shillings_rounded_up};
pub use daraja::{Daraja, DarajaConfig};

/// Asks the payer's phone for a PIN.
#[async_trait]
pub trait StkPush: Send + Sync {
    /// Sends the prompt. Success means that the provider accepted the request, not that anything was paid.
    /// There is no idempotency key: store the attempt first, and after [`GatewayError::Unknown`] never call again.
    async fn push(&self, request: &StkRequest) -> Result<StkAccepted, GatewayError>;

    /// Asks what became of a prompt. Harmless to repeat, but the provider limits the rate: 10, 20, 40, 80 s.
    async fn query(&self, checkout_request_id: &str) -> Result<StkState, GatewayError>;
}

/// One payment prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StkRequest {
    /// Payer's number, `2547XXXXXXXX` or `2541XXXXXXXX`, no plus.
    pub phone: String,
    /// Whole shillings, 1 to the provider's limit per transaction.
    pub amount_shillings: i64,
    /// What the payer sees as the account, 1 to 12 letters and digits.
    pub account_reference: String,
    /// What the payment is for, at most 13 characters.
    pub description: String,
}

/// The provider's ids of an accepted prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StkAccepted {
    /// The key of everything that follows: callbacks and queries carry it.
    pub checkout_request_id: String,
    pub merchant_request_id: String,
}

/// What became of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StkState {
    /// The payer has not answered, or the provider is still working.
    Pending,
    /// The money moved. A query does not tell the receipt number; a callback or confirmation does.
    Paid,
    /// The money certainly did not move.
    Failed { code: String, description: String },
    /// The code is not one we know: neither paid nor unpaid. Reconcile.
    Unknown { code: String, description: String },
}

impl StkState {
    /// Reads a provider's result code. An unknown code is never "paid" and never "certainly unpaid".
    pub fn from_result(code: &str, description: &str) -> Self {
        match code {
            "0" => Self::Paid,
            // Reported by integrators as "still under processing" in query replies.
            "4999" => Self::Pending,
            _ if StkFailure::from_code(code).is_some() => {
                Self::Failed { code: code.to_owned(), description: description.to_owned() }
            }
            _ => Self::Unknown { code: code.to_owned(), description: description.to_owned() },
        }
    }
}

/// Why a prompt was not paid, as far as the payer or the operator can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StkFailure {
    /// The payer has too little money.
    InsufficientBalance,
    /// The amount is below or above what one transaction or one day allows.
    AmountLimit,
    /// The payer typed a wrong PIN.
    WrongPin,
    /// The payer's PIN is locked; only the provider's shop can help.
    PinLocked,
    /// The payer pressed cancel.
    Cancelled,
    /// The phone was off, out of reach, or nobody answered in time.
    NoAnswer,
    /// The same payer was asked for the same amount less than two minutes ago.
    RepeatedTooSoon,
    /// The payer has another transaction open, or the provider is busy.
    Busy,
    /// The payer's wallet cannot pay in its present state.
    PayerNotAllowed,
    /// Our own set-up is wrong: short code, transaction type or limits of the merchant.
    MerchantSetup,
}

impl StkFailure {
    /// The meaning of a result code that certainly means "not paid"; `None` for 0 and for unknown codes.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "1" => Self::InsufficientBalance,
            "2" | "3" | "4" => Self::AmountLimit,
            "8" | "2028" | "SFC_IC0003" => Self::MerchantSetup,
            "11" => Self::PayerNotAllowed,
            "17" => Self::RepeatedTooSoon,
            "26" | "1001" | "1025" | "9999" => Self::Busy,
            "1019" | "1037" => Self::NoAnswer,
            "1032" => Self::Cancelled,
            "2001" => Self::WrongPin,
            "8006" => Self::PinLocked,
            _ => return None,
        })
    }

    /// How long to wait before a new prompt can succeed, in seconds; `None` when waiting does not help.
    pub fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::InsufficientBalance | Self::WrongPin | Self::Cancelled => Some(0),
            Self::NoAnswer => Some(60),
            Self::RepeatedTooSoon => Some(120),
            Self::Busy => Some(60),
            Self::AmountLimit | Self::PinLocked | Self::PayerNotAllowed | Self::MerchantSetup => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_result_code_is_neither_paid_nor_failed() {
        let state = StkState::from_result("7777", "Something new");
        assert_eq!(state, StkState::Unknown { code: "7777".into(), description: "Something new".into() });
    }

    #[test]
    fn a_non_numeric_result_code_is_understood() {
        assert!(matches!(StkState::from_result("SFC_IC0003", "x"), StkState::Failed { .. }));
    }

    #[test]
    fn still_under_processing_is_pending() {
        assert_eq!(StkState::from_result("4999", "The transaction is still under processing"), StkState::Pending);
    }
}
