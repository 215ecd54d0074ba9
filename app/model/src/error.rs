//! The one error that crosses the wire. It stays small: without WASM it travels in the address of a redirect.

use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// What went wrong with which field. The key is the field's name in the form, so that a page can put the sentence
/// beside the field and in the summary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(pub Vec<FieldError>);

/// One refused field: its name in the form, and a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl FieldErrors {
    /// One refused field.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a refused field; several messages for one field are kept in order.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Keeps the value of a parse, or notes its refusal under `field`.
    pub fn take<T, E: std::fmt::Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.add(field, refusal.to_string());
                None
            }
        }
    }

    /// The first sentence about `field`, if it was refused.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|e| e.field == field).map(|e| e.message.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing was refused, else `AppError::Invalid`.
    pub fn check(self) -> Result<(), AppError> {
        if self.is_empty() { Ok(()) } else { Err(AppError::Invalid(self)) }
    }
}

/// Every refusal that a person or a program can meet. Words are for a person: what happened, why, what next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// There is no session, or it has ended.
    #[error("Please sign in.")]
    Unauthenticated,
    /// The session is good, the permission is not there.
    #[error("Your role does not allow this.")]
    Forbidden,
    /// It does not exist, or belongs to somebody else: the two look the same on purpose.
    #[error("Not found.")]
    NotFound,
    /// The thing is in a state that forbids the step; the sentence says which and what to do instead.
    #[error("{0}")]
    Conflict(String),
    /// Fields that were refused, each with its sentence.
    #[error("Some fields need a correction.")]
    Invalid(FieldErrors),
    /// Too many tries; the number is the seconds to wait.
    #[error("Too many tries. Wait {0} seconds and try again.")]
    TooMany(u32),
    /// A part that we need does not answer; trying again later helps.
    #[error("{0}")]
    Unavailable(String),
    /// Our own fault. The text is a reference that stands in the log, never the cause itself.
    #[error("Something went wrong on our side. Reference {0}.")]
    Internal(String),
    /// The request did not reach the server, or the answer did not reach us.
    #[error("No connection. Check the network and try again.")]
    Transport(String),
}

impl AppError {
    /// The HTTP status of this refusal. The only place where the two are matched.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict(_) => 409,
            Self::Invalid(_) => 422,
            Self::TooMany(_) => 429,
            Self::Internal(_) => 500,
            Self::Unavailable(_) | Self::Transport(_) => 503,
        }
    }

    /// One refused field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// The refused fields, if that is what this is.
    pub fn fields(&self) -> Option<&FieldErrors> {
        match self {
            Self::Invalid(fields) => Some(fields),
            _ => None,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::Invalid(FieldErrors::one("form", "The form could not be read. Check the values and try again."))
            }
            ServerFnErrorErr::Request(text) => Self::Transport(text),
            _ => Self::Internal("server function".into()),
        }
    }
}
