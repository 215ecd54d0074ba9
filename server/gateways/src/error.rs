//! How a request to a provider can end badly, and how a message from a provider can be wrong.
//! The one rule: "we do not know" is its own outcome. A request that may have been carried out is never sent
//! again by itself; it is reconciled.

use thiserror::Error;

/// The outcome of a request that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GatewayError {
    /// Nothing happened at the provider and the same request may succeed later.
    #[error("{provider} cannot take the request now: {message} (code {code}). It can be tried again later.")]
    Transient { provider: &'static str, code: String, message: String },
    /// Nothing happened at the provider and the same request will fail again until something is changed.
    #[error("{provider} refused the request: {message} (code {code}). Correct the cause before trying again.")]
    Permanent { provider: &'static str, code: String, message: String },
    /// The request was sent and its outcome is not known. Never send it again; ask the provider what became of it.
    #[error(
        "{provider} did not say what became of the request: {message}. It may have been carried out; check before repeating it."
    )]
    Unknown { provider: &'static str, message: String },
}

impl GatewayError {
    pub fn transient(provider: &'static str, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Transient { provider, code: code.into(), message: message.into() }
    }

    pub fn permanent(provider: &'static str, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Permanent { provider, code: code.into(), message: message.into() }
    }

    pub fn unknown(provider: &'static str, message: impl Into<String>) -> Self {
        Self::Unknown { provider, message: message.into() }
    }

    /// Whether a job may send the same request again by itself.
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }

    /// The provider's own code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Transient { code, .. } | Self::Permanent { code, .. } => Some(code),
            Self::Unknown { .. } => None,
        }
    }
}

/// A message from a provider that does not have the documented shape. The caller keeps the raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("The message cannot be read: {field} {problem}.")]
pub struct Malformed {
    /// Path of the field in the provider's own spelling, such as `Body.stkCallback.ResultCode`.
    pub field: String,
    /// What is wrong with it, to follow the field's name in a sentence.
    pub problem: String,
}

impl Malformed {
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    pub fn missing(field: impl Into<String>) -> Self {
        Self::new(field, "is missing")
    }
}
