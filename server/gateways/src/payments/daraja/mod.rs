//! Safaricom Daraja: STK push and query, C2B registration, transaction status and pull.
//! The one rule: a request that may have prompted a payer is never sent twice by this client.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::Utc;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{StkAccepted, StkPush, StkRequest, StkState};
use crate::http::{self, Effect, exchange, lost};
use crate::{GatewayError, Secret};

mod c2b;
pub mod callback;
mod classify;
mod pull;
mod reader;
mod result;
pub mod time;
mod token;

pub use c2b::{C2bUrls, C2bVersion, UnansweredValidation};
pub use pull::{PulledPage, PulledTransaction, parse_pull};
pub use result::{AsyncResult, TransactionStatusRequest};

use classify::{Refusal, refusal};

pub(crate) const PROVIDER: &str = "M-Pesa";

/// The documented limit of one transaction; a configuration may lower or raise it.
const MAX_SHILLINGS: i64 = 250_000;

/// The provider publishes no limit; this one stays below every spike arrest that was reported.
const REQUESTS_PER_SECOND: u32 = 5;

/// One short code of one app.
#[derive(Debug, Clone)]
pub struct DarajaConfig {
    /// `https://sandbox.safaricom.co.ke`, `https://api.safaricom.co.ke` or the simulator's `http://…/daraja`.
    pub base_url: String,
    pub consumer_key: Secret,
    pub consumer_secret: Secret,
    /// The pay bill number, or for a till the store number given at go-live.
    pub short_code: String,
    pub passkey: Secret,
    pub collection: Collection,
    /// Where the result of a prompt is posted; carries an unguessable part, since callbacks are not signed.
    pub callback_url: String,
    pub c2b_version: C2bVersion,
    /// Needed for transaction status only.
    pub initiator: Option<Initiator>,
    pub max_shillings: i64,
    pub requests_per_second: u32,
}

/// How customers pay this merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Collection {
    PayBill,
    Till { till_number: String },
}

/// The API operator of the organisation, with the password already encrypted for the provider's certificate.
#[derive(Debug, Clone)]
pub struct Initiator {
    pub name: String,
    pub security_credential: Secret,
}

impl DarajaConfig {
    /// A pay bill with the documented limits and no API operator.
    pub fn pay_bill(
        base_url: impl Into<String>,
        consumer_key: impl Into<Secret>,
        consumer_secret: impl Into<Secret>,
        short_code: impl Into<String>,
        passkey: impl Into<Secret>,
        callback_url: impl Into<String>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            consumer_key: consumer_key.into(),
            consumer_secret: consumer_secret.into(),
            short_code: short_code.into(),
            passkey: passkey.into(),
            collection: Collection::PayBill,
            callback_url: callback_url.into(),
            c2b_version: C2bVersion::V2,
            initiator: None,
            max_shillings: MAX_SHILLINGS,
            requests_per_second: REQUESTS_PER_SECOND,
        }
    }
}

/// The client. Keep one per app and share it: its token and its pace are common to all requests.
#[derive(Debug)]
pub struct Daraja {
    config: DarajaConfig,
    http: reqwest::Client,
    tokens: token::TokenCache,
    next_slot: Mutex<Instant>,
}

impl Daraja {
    /// Builds the client; nothing is sent.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: DarajaConfig) -> Result<Self, GatewayError> {
        Ok(Self::with_client(config, http::client()?))
    }

    /// As [`Daraja::new`], on an HTTP client that the caller shares or gave another time limit.
    pub fn with_client(config: DarajaConfig, http: reqwest::Client) -> Self {
        Self { config, http, tokens: token::TokenCache::default(), next_slot: Mutex::new(Instant::now()) }
    }

    pub fn config(&self) -> &DarajaConfig {
        &self.config
    }

    /// Checks the keys by fetching (or reusing) an access token. A set-up page calls it behind "Test connection".
    ///
    /// # Errors
    /// Permanent when the keys are wrong, transient when the provider cannot be reached.
    pub async fn check_keys(&self) -> Result<(), GatewayError> {
        self.tokens.get(&self.http, &self.config, None).await.map(|_| ())
    }

    /// Sends one request with a token; a refused token is renewed once and the request sent once more.
    async fn post(&self, path: &str, body: &Value, effect: Effect) -> Result<Answer, GatewayError> {
        let url = format!("{}{path}", self.config.base_url.trim_end_matches('/'));
        let mut rejected: Option<Secret> = None;
        loop {
            let token = self.tokens.get(&self.http, &self.config, rejected.as_ref()).await?;
            self.wait_for_slot().await;
            let request = self.http.post(&url).bearer_auth(token.expose()).json(body);
            let reply = exchange(PROVIDER, request, effect).await?;
            match refusal(&reply, effect) {
                None => {
                    return match serde_json::from_str(&reply.body) {
                        Ok(value) => Ok(Answer::Done(value, reply.body)),
                        Err(_) => Err(lost(PROVIDER, "the answer is not JSON", effect)),
                    };
                }
                Some(Refusal::Pending) => return Ok(Answer::Pending),
                Some(Refusal::TokenRejected) if rejected.is_none() => rejected = Some(token),
                Some(Refusal::TokenRejected) => {
                    let message =
                        "a new access token was refused as well; check that the product is enabled on the app";
                    return Err(GatewayError::permanent(PROVIDER, "token", message));
                }
                Some(Refusal::Error(error)) => return Err(error),
            }
        }
    }

    /// Spaces requests evenly. Waiting here is cheaper than a spike arrest, which stops everyone.
    async fn wait_for_slot(&self) {
        let gap = Duration::from_secs(1) / self.config.requests_per_second.max(1);
        let slot = {
            let mut next = self.next_slot.lock().await;
            let slot = (*next).max(Instant::now());
            *next = slot + gap;
            slot
        };
        tokio::time::sleep_until(slot).await;
    }

    fn password(&self, timestamp: &str) -> String {
        BASE64.encode(format!("{}{}{timestamp}", self.config.short_code, self.config.passkey.expose()))
    }

    fn push_body(&self, request: &StkRequest) -> Value {
        let timestamp = time::stamp(Utc::now());
        let (kind, party_b) = match &self.config.collection {
            Collection::PayBill => ("CustomerPayBillOnline", &self.config.short_code),
            Collection::Till { till_number } => ("CustomerBuyGoodsOnline", till_number),
        };
        json!({
            "BusinessShortCode": self.config.short_code,
            "Password": self.password(&timestamp),
            "Timestamp": timestamp,
            "TransactionType": kind,
            "Amount": request.amount_shillings.to_string(),
            "PartyA": request.phone,
            "PartyB": party_b,
            "PhoneNumber": request.phone,
            "CallBackURL": self.config.callback_url,
            "AccountReference": request.account_reference,
            "TransactionDesc": request.description,
        })
    }

    /// Refuses here what the provider would refuse, so that no attempt is spent on it.
    fn check_push(&self, request: &StkRequest) -> Result<(), GatewayError> {
        let refuse = |message: String| Err(GatewayError::permanent(PROVIDER, "request", message));
        let phone = &request.phone;
        if !is_payer_phone(phone) {
            return refuse("the phone number is not written as 2547… or 2541… with 12 digits".into());
        }
        if request.amount_shillings < 1 || request.amount_shillings > self.config.max_shillings {
            return refuse(format!("the amount is not between 1 and {} whole shillings", self.config.max_shillings));
        }
        let reference = &request.account_reference;
        if reference.is_empty() || reference.len() > 12 || !reference.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return refuse("the account reference is not 1 to 12 letters and digits".into());
        }
        if request.description.chars().count() > 13 {
            return refuse("the description is longer than 13 characters".into());
        }
        Ok(())
    }
}

/// Whether a number can be prompted: `2547XXXXXXXX` or `2541XXXXXXXX`.
pub fn is_payer_phone(phone: &str) -> bool {
    phone.len() == 12
        && phone.bytes().all(|b| b.is_ascii_digit())
        && (phone.starts_with("2547") || phone.starts_with("2541"))
}

/// A reply that is not an error.
enum Answer {
    /// The JSON, and its text for readers that need the digits as they were written.
    Done(Value, String),
    Pending,
}

impl Answer {
    fn done(self) -> Result<(Value, String), GatewayError> {
        match self {
            Self::Done(value, body) => Ok((value, body)),
            Self::Pending => {
                Err(GatewayError::transient(PROVIDER, "500.001.1001", "it is still working on the request"))
            }
        }
    }
}

/// A field that is text in one sample and a number in another.
fn text_of(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[async_trait]
impl StkPush for Daraja {
    async fn push(&self, request: &StkRequest) -> Result<StkAccepted, GatewayError> {
        self.check_push(request)?;
        let body = self.push_body(request);
        let value = match self.post("/mpesa/stkpush/v1/processrequest", &body, Effect::Acts).await? {
            Answer::Done(value, _) => value,
            Answer::Pending => return Err(GatewayError::unknown(PROVIDER, "it says that a prompt is being processed")),
        };
        let code = text_of(&value, "ResponseCode");
        let description = text_of(&value, "ResponseDescription").unwrap_or_default();
        match (code.as_deref(), text_of(&value, "CheckoutRequestID")) {
            (Some("0"), Some(checkout_request_id)) => Ok(StkAccepted {
                checkout_request_id,
                merchant_request_id: text_of(&value, "MerchantRequestID").unwrap_or_default(),
            }),
            (Some("0") | None, _) => Err(GatewayError::unknown(PROVIDER, "the acknowledgement has no request id")),
            (Some(code), _) => Err(GatewayError::permanent(PROVIDER, code, description)),
        }
    }

    async fn query(&self, checkout_request_id: &str) -> Result<StkState, GatewayError> {
        let timestamp = time::stamp(Utc::now());
        let body = json!({
            "BusinessShortCode": self.config.short_code,
            "Password": self.password(&timestamp),
            "Timestamp": timestamp,
            "CheckoutRequestID": checkout_request_id,
        });
        let value = match self.post("/mpesa/stkpushquery/v1/query", &body, Effect::Reads).await? {
            Answer::Done(value, _) => value,
            Answer::Pending => return Ok(StkState::Pending),
        };
        let description = text_of(&value, "ResultDesc").unwrap_or_default();
        Ok(match text_of(&value, "ResultCode") {
            Some(code) => StkState::from_result(&code, &description),
            None => StkState::Pending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daraja() -> Daraja {
        Daraja::new(DarajaConfig::pay_bill(
            "http://127.0.0.1:1",
            "key",
            "secret-of-app",
            "600777",
            "demo-passkey-000111222333",
            "https://pay.isp.example.co.ke/cb/stk/9b1f-secret",
        ))
        .unwrap()
    }

    fn request() -> StkRequest {
        StkRequest {
            phone: "254712000001".into(),
            amount_shillings: 2_500,
            account_reference: "FBR10021".into(),
            description: "Internet".into(),
        }
    }

    #[test]
    fn the_password_matches_the_documented_vector() {
        let expected = "NjAwNzc3ZGVtby1wYXNza2V5LTAwMDExMTIyMjMzMzIwMjYwMzE0MDkzMDE1";
        assert_eq!(daraja().password("20260314093015"), expected);
    }

    #[test]
    fn secrets_are_not_printed_with_the_client() {
        let text = format!("{:?}", daraja());
        assert!(!text.contains("secret-of-app") && !text.contains("demo-passkey"), "{text}");
    }

    #[tokio::test]
    async fn a_request_that_breaks_the_rules_is_refused_before_it_is_sent() {
        let client = daraja();
        let refused = [
            StkRequest { amount_shillings: 0, ..request() },
            StkRequest { amount_shillings: 250_001, ..request() },
            StkRequest { phone: "+254712000001".into(), ..request() },
            StkRequest { phone: "255712000001".into(), ..request() },
            StkRequest { account_reference: "THIRTEENCHARS".into(), ..request() },
            StkRequest { account_reference: "MT 1".into(), ..request() },
            StkRequest { description: "Fourteen chars".into(), ..request() },
        ];
        for request in refused {
            let error = client.push(&request).await.unwrap_err();
            assert_eq!(error.code(), Some("request"), "{request:?}");
        }
    }

    #[tokio::test]
    async fn a_provider_that_cannot_be_reached_is_transient() {
        assert!(daraja().push(&request()).await.unwrap_err().may_retry());
    }

    #[test]
    fn a_till_is_paid_to_the_till_number() {
        let mut client = daraja();
        client.config.collection = Collection::Till { till_number: "500100".into() };
        let body = client.push_body(&request());
        assert_eq!(body["TransactionType"], "CustomerBuyGoodsOnline");
        assert_eq!((&body["BusinessShortCode"], &body["PartyB"]), (&json!("600777"), &json!("500100")));
    }
}
