//! What a Daraja refusal means.
//! The one rule: it is read from status, error code and message together. A 404 can be an expired token and a
//! 500 can be "the payer has not answered yet".

use serde::Deserialize;

use crate::GatewayError;
use crate::http::{Effect, Reply, lost};

use super::PROVIDER;

/// A reply that is not a success.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Take a new token and send once more: the request was stopped at the gate.
    TokenRejected,
    /// The transaction is still being processed.
    Pending,
    Error(GatewayError),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error_code: String,
    #[serde(default)]
    error_message: String,
}

/// Reads a reply as a refusal; `None` when it is a success.
pub(super) fn refusal(reply: &Reply, effect: Effect) -> Option<Refusal> {
    let body: Option<ErrorBody> = serde_json::from_str(&reply.body).ok();
    let success = (200..300).contains(&reply.status);
    match body {
        None if success => None,
        None => Some(without_code(reply.status, effect)),
        Some(body) => Some(with_code(&body.error_code, &body.error_message, effect)),
    }
}

fn with_code(code: &str, message: &str, effect: Effect) -> Refusal {
    let says = |words: &[&str]| words.iter().any(|word| message.to_lowercase().contains(word));
    let permanent = || Refusal::Error(GatewayError::permanent(PROVIDER, code, message));
    let transient = || Refusal::Error(GatewayError::transient(PROVIDER, code, message));
    let not_known = || Refusal::Error(lost(PROVIDER, format!("{message} (code {code})"), effect));
    match code {
        "404.001.03" | "400.003.01" | "401.002.01" | "401.001" | "401.003.01" => Refusal::TokenRejected,
        "500.001.1001" if says(&["being processed", "under processing"]) => Refusal::Pending,
        "500.001.1001" if says(&["lock", "in process", "already in progress"]) => transient(),
        "500.001.1001" if says(&["merchant", "credential", "password"]) => permanent(),
        "500.003.02" | "500.003.03" => transient(),
        "500.002.1001" | "500.003.1001" if says(&["duplicate", "already registered"]) => permanent(),
        _ if code.starts_with("400.") || code.starts_with("401.") => permanent(),
        _ if code.starts_with("404.") || code.starts_with("405") => permanent(),
        _ => not_known(),
    }
}

fn without_code(status: u16, effect: Effect) -> Refusal {
    match status {
        401 => Refusal::TokenRejected,
        429 => Refusal::Error(GatewayError::transient(PROVIDER, "http-429", "too many requests")),
        400..500 => Refusal::Error(GatewayError::permanent(
            PROVIDER,
            format!("http-{status}"),
            "the request was refused without a reason",
        )),
        _ => Refusal::Error(lost(PROVIDER, format!("it answered with HTTP status {status} and no reason"), effect)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, code: &str, message: &str, effect: Effect) -> Option<Refusal> {
        let body = serde_json::json!({"requestId": "demo-1", "errorCode": code, "errorMessage": message}).to_string();
        refusal(&Reply { status, body }, effect)
    }

    #[test]
    fn a_404_can_be_an_expired_token() {
        assert_eq!(read(404, "404.001.03", "Invalid Access Token", Effect::Acts), Some(Refusal::TokenRejected));
    }

    #[test]
    fn a_500_can_be_pending() {
        let pending = read(500, "500.001.1001", "The transaction is being processed", Effect::Reads);
        assert_eq!(pending, Some(Refusal::Pending));
    }

    #[test]
    fn a_wrong_password_is_permanent_and_a_locked_subscriber_is_not() {
        let wrong = read(500, "500.001.1001", "Wrong credentials", Effect::Acts);
        assert!(matches!(wrong, Some(Refusal::Error(GatewayError::Permanent { .. }))));
        let busy =
            read(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process", Effect::Acts);
        assert!(matches!(busy, Some(Refusal::Error(GatewayError::Transient { .. }))));
    }

    #[test]
    fn spike_arrest_may_be_retried() {
        let error = read(500, "500.003.02", "System is busy", Effect::Acts);
        assert!(matches!(error, Some(Refusal::Error(GatewayError::Transient { .. }))));
    }

    #[test]
    fn an_unexplained_server_error_after_a_push_is_not_known() {
        let reply = Reply { status: 502, body: "<html>Bad gateway</html>".into() };
        let error = refusal(&reply, Effect::Acts);
        assert!(matches!(error, Some(Refusal::Error(GatewayError::Unknown { .. }))));
        let error = refusal(&reply, Effect::Reads);
        assert!(matches!(error, Some(Refusal::Error(GatewayError::Transient { .. }))));
    }

    #[test]
    fn a_named_invalid_field_is_permanent() {
        let error = read(400, "400.002.02", "Bad Request - Invalid Amount", Effect::Acts);
        assert!(matches!(error, Some(Refusal::Error(GatewayError::Permanent { .. }))));
    }

    #[test]
    fn a_success_is_no_refusal() {
        assert_eq!(refusal(&Reply { status: 200, body: r#"{"ResponseCode":"0"}"#.into() }, Effect::Acts), None);
    }
}
