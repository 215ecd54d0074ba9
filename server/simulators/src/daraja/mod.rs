//! Safaricom Daraja: OAuth, STK push and query, C2B, transaction status, pull, and the phone of the payer.
//! The one rule: an acknowledgement is not a payment. Results are posted later, and a payment to a registered
//! short code is reported twice.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::business::Business;
use crate::state::{Inner, Shared};

mod c2b;
mod control;
mod oauth;
mod payer;
mod phone_form;
mod phone_page;
mod records;
mod report;
mod stk;

pub use c2b::Registration;
pub use oauth::Token;
pub use payer::{Answer, Delivery, answer};

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/oauth/v1/generate", get(oauth::generate))
        .route("/mpesa/stkpush/v1/processrequest", post(stk::push))
        .route("/mpesa/stkpushquery/v1/query", post(stk::query))
        .route("/mpesa/c2b/{version}/registerurl", post(c2b::register))
        .route("/mpesa/c2b/{version}/simulate", post(c2b::simulate))
        .route("/mpesa/transactionstatus/v1/query", post(records::transaction_status))
        .route("/pulltransactions/v1/register", post(records::pull_register))
        .route("/pulltransactions/v1/query", post(records::pull_query))
        .nest("/_control", control::router())
        .merge(phone_form::router())
        .method_not_allowed_fallback(|| async { Refusal::new(405, "405.001", "Method not allowed") })
}

/// One STK push.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    pub checkout_request_id: String,
    pub merchant_request_id: String,
    pub short_code: String,
    pub business: String,
    pub phone: String,
    pub amount_shillings: i64,
    pub reference: String,
    pub description: String,
    pub callback_url: String,
    pub asked_at: DateTime<Utc>,
    /// Absent while the phone shows the prompt.
    pub result: Option<PromptResult>,
}

/// How a prompt ended.
#[derive(Debug, Clone, Serialize)]
pub struct PromptResult {
    pub code: &'static str,
    pub description: &'static str,
    /// Present when it was paid.
    pub receipt: Option<String>,
    pub at: DateTime<Utc>,
}

/// Money that moved from a phone to a short code.
#[derive(Debug, Clone, Serialize)]
pub struct Payment {
    pub receipt: String,
    pub short_code: String,
    pub business: String,
    pub phone: String,
    pub amount_shillings: i64,
    pub reference: String,
    pub at: DateTime<Utc>,
    pub kind: PaymentKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    PayBill,
    BuyGoods,
}

/// The error body of the gateway.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// The usual refusal of one field.
    pub fn field(name: &str) -> Self {
        Self::new(400, "400.002.02", format!("Bad Request - Invalid {name}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"requestId": request_id(), "errorCode": self.code, "errorMessage": self.message});
        (status, Json(body)).into_response()
    }
}

fn request_id() -> String {
    format!("{:05}-{:08}-1", rand::random::<u16>(), rand::random::<u32>() % 100_000_000)
}

/// The business whose token the request carries.
fn authorised(inner: &Inner, headers: &HeaderMap) -> Result<Business, Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let invalid = || Refusal::new(404, "404.001.03", "Invalid Access Token");
    let text = match header {
        None => return Err(Refusal::new(404, "404.001.04", "Invalid Authentication Header")),
        Some(header) => header.strip_prefix("Bearer ").ok_or_else(invalid)?,
    };
    let now = Utc::now();
    let key = inner
        .tokens
        .iter()
        .find(|(_, token)| token.text == text && token.expires_at > now)
        .map(|(key, _)| key)
        .ok_or_else(invalid)?;
    inner.businesses.iter().find(|business| business.consumer_key == *key).cloned().ok_or_else(invalid)
}

/// Reads a JSON body. Another content type, or anything but an object, reads as an object without fields, so that
/// the first field is refused by name.
fn body(headers: &HeaderMap, bytes: &Bytes) -> Value {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    serde_json::from_slice(bytes).ok().filter(|value: &Value| is_json && value.is_object()).unwrap_or_else(|| json!({}))
}

/// A field that may be written as text or number.
fn field(body: &Value, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn required(body: &Value, name: &str) -> Result<String, Refusal> {
    field(body, name).ok_or_else(|| Refusal::field(name))
}

/// A whole amount within the documented limits.
fn amount(body: &Value) -> Result<i64, Refusal> {
    let amount = required(body, "Amount")?.parse().map_err(|_| Refusal::field("Amount"))?;
    if (1..=250_000).contains(&amount) { Ok(amount) } else { Err(Refusal::field("Amount")) }
}

/// An address that can be posted to. Production wants HTTPS; a simulator on this machine does not.
fn url(body: &Value, name: &str) -> Result<String, Refusal> {
    let text = required(body, name)?;
    let valid = reqwest::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if valid { Ok(text) } else { Err(Refusal::field(name)) }
}
