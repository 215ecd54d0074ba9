//! Customers who pay by themselves: registering addresses, validation and the sandbox's own simulate call.
//! The one rule: a refused validation moves no money; a validation that does not answer applies the registered default.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use chrono::Utc;
use serde_json::{Value, json};

use super::{Payment, PaymentKind, Refusal, amount, authorised, body, field, payer, report, required, url};
use crate::posts::{self, Parcel};
use crate::state::{Shared, msisdn};

/// Words that the portal does not accept in registered addresses.
const FORBIDDEN_WORDS: [&str; 6] = ["mpesa", "m-pesa", "safaricom", "exec", "cmd", "sql"];

/// Where a short code's payments are posted.
#[derive(Debug, Clone)]
pub struct Registration {
    pub confirmation_url: String,
    pub validation_url: String,
    /// `Completed`: a payment goes through when validation does not answer.
    pub completes_unanswered: bool,
    /// Version 1 writes numbers as digests.
    pub hashes_numbers: bool,
}

pub async fn register(
    State(state): State<Shared>,
    Path(version): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    let mut inner = state.lock();
    let business = authorised(&inner, &headers)?;
    let hashes_numbers = is_first_version(&version)?;
    let short_code = required(&request, "ShortCode")?;
    if business.short_code != short_code && business.till_number.as_ref() != Some(&short_code) {
        return Err(Refusal::field("ShortCode"));
    }
    let completes_unanswered = match required(&request, "ResponseType")?.as_str() {
        "Completed" => true,
        "Cancelled" => false,
        _ => return Err(Refusal::field("ResponseType")),
    };
    let confirmation_url = public_url(&request, "ConfirmationURL")?;
    let validation_url = public_url(&request, "ValidationURL")?;
    if inner.settings.register_once && inner.registrations.contains_key(&short_code) {
        return Err(Refusal::new(500, "500.003.1001", "URLs are already registered"));
    }
    let registration = Registration { confirmation_url, validation_url, completes_unanswered, hashes_numbers };
    inner.registrations.insert(short_code, registration);
    // The misspelt key is the provider's.
    Ok(Json(json!({
        "OriginatorCoversationID": super::request_id(),
        "ResponseCode": "0",
        "ResponseDescription": "Success",
    })))
}

fn is_first_version(version: &str) -> Result<bool, Refusal> {
    match version {
        "v1" => Ok(true),
        "v2" => Ok(false),
        _ => Err(Refusal::new(404, "404.003.01", "Resource not found")),
    }
}

fn public_url(request: &Value, name: &str) -> Result<String, Refusal> {
    let text = url(request, name)?;
    let lower = text.to_lowercase();
    if FORBIDDEN_WORDS.iter().any(|word| lower.contains(word)) { Err(Refusal::field(name)) } else { Ok(text) }
}

pub async fn simulate(
    State(state): State<Shared>,
    Path(version): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    is_first_version(&version)?;
    let business = authorised(&state.lock(), &headers)?;
    let short_code = required(&request, "ShortCode")?;
    if business.short_code != short_code && business.till_number.as_ref() != Some(&short_code) {
        return Err(Refusal::field("ShortCode"));
    }
    match required(&request, "CommandID")?.as_str() {
        "CustomerPayBillOnline" | "CustomerBuyGoodsOnline" => {}
        _ => return Err(Refusal::field("CommandID")),
    }
    let amount_shillings = amount(&request)?;
    let phone = msisdn(&required(&request, "Msisdn")?).ok_or_else(|| Refusal::field("Msisdn"))?;
    let reference = field(&request, "BillRefNumber").unwrap_or_default();
    let background = Shared::clone(&state);
    state.spawn(async move {
        // What comes of it is told by the posts, as with a real customer.
        let _ = pay(&background, &phone, &short_code, &reference, amount_shillings).await;
    });
    Ok(Json(json!({
        "OriginatorCoversationID": super::request_id(),
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    })))
}

/// Why a customer's own payment did not go through, for the phone's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPaid {
    NoSuchBusiness,
    WrongAmount,
    Insufficient,
    RefusedByBusiness,
}

impl NotPaid {
    pub fn message(self) -> &'static str {
        match self {
            Self::NoSuchBusiness => "There is no business with that number. Check the pay bill or till number.",
            Self::WrongAmount => "The amount is not between 1 and 250,000 whole shillings.",
            Self::Insufficient => "There is not enough money in this wallet. Add some under \"This phone\".",
            Self::RefusedByBusiness => {
                "The business refused the payment, usually because it does not know the account."
            }
        }
    }
}

/// A customer pays a pay bill or till number. Validation is asked first when it is switched on; the confirmation is
/// posted before this returns.
pub async fn pay(
    state: &Shared,
    phone: &str,
    short_code: &str,
    reference: &str,
    amount_shillings: i64,
) -> Result<Payment, NotPaid> {
    if !(1..=250_000).contains(&amount_shillings) {
        return Err(NotPaid::WrongAmount);
    }
    let (validation, gap) = {
        let inner = state.lock();
        let business = inner.business(short_code).ok_or(NotPaid::NoSuchBusiness)?.name.clone();
        if inner.balance(phone) < amount_shillings {
            return Err(NotPaid::Insufficient);
        }
        let asks = inner.settings.external_validation;
        let registration = inner.registrations.get(short_code).filter(|_| asks).cloned();
        let validation = registration.map(|registration| {
            let draft = Payment {
                receipt: payer::new_receipt(&inner),
                short_code: short_code.to_owned(),
                business,
                phone: phone.to_owned(),
                amount_shillings,
                reference: reference.to_owned(),
                at: Utc::now(),
                kind: PaymentKind::PayBill,
            };
            let body = report::notice_body(&inner, &draft, "", false).to_string();
            let parcel = Parcel::json("C2B validation", registration.validation_url, phone, body);
            let limit = Duration::from_millis(inner.settings.validation_timeout_ms);
            (parcel, limit, registration.completes_unanswered, draft.receipt)
        });
        (validation, Duration::from_millis(inner.settings.callback_delay_ms))
    };
    let (mut third_party_id, mut receipt) = (String::new(), None);
    if let Some((parcel, limit, completes_unanswered, promised)) = validation {
        let answer = posts::post(state, parcel, limit).await;
        let reply: Option<Value> = serde_json::from_str(&answer.body).ok().filter(|_| answer.is_success());
        let accepted = match reply.as_ref().and_then(|reply| field(reply, "ResultCode")) {
            Some(code) => code == "0",
            None => completes_unanswered,
        };
        if !accepted {
            return Err(NotPaid::RefusedByBusiness);
        }
        third_party_id = reply.and_then(|reply| field(&reply, "ThirdPartyTransID")).unwrap_or_default();
        receipt = Some(promised);
    }
    let payment = {
        let mut inner = state.lock();
        let mut payment = payer::record(&mut inner, phone, short_code, reference, amount_shillings);
        // Validation and confirmation speak of the same receipt.
        if let Some(promised) = receipt {
            if let Some(stored) = inner.payments.iter_mut().find(|stored| stored.receipt == payment.receipt) {
                stored.receipt.clone_from(&promised);
            }
            payment.receipt = promised;
        }
        payment
    };
    tokio::time::sleep(gap).await;
    report::confirm(state, &payment, &third_party_id).await;
    Ok(payment)
}
