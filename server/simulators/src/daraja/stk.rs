//! STK push and query.
//! The one rule: what is wrong with the request is refused at once; what is wrong with the payment comes later.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Answer, Attempt, Delivery, Refusal, amount, authorised, body, field, payer, required, url};
use crate::business::Business;
use crate::clock;
use crate::state::{Inner, Shared};

/// The same payer cannot pay the same amount again within this time.
const REPEAT_WINDOW: TimeDelta = TimeDelta::minutes(2);

pub async fn push(State(state): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    let (attempt, settings, at_once) = {
        let mut inner = state.lock();
        let business = authorised(&inner, &headers)?;
        let attempt = read(&inner, &business, &request)?;
        let at_once = refused_later(&inner, &business, &request, &attempt)?;
        inner.attempts.push(attempt.clone());
        (attempt, inner.settings.clone(), at_once)
    };
    match at_once {
        Some(refused) => {
            // The prompt never reaches the phone; its end is told by callback like every other.
            let _ = payer::answer(&state, &attempt.checkout_request_id, refused, Delivery::Once);
        }
        None => {
            end_after(&state, &attempt, settings.prompt_timeout_ms, Answer::NoResponse);
            if let Some(delay_ms) = settings.auto_pay_after_ms {
                end_after(&state, &attempt, delay_ms, Answer::Pin(payer::PIN.to_owned()));
            }
        }
    }
    Ok(Json(json!({
        "MerchantRequestID": attempt.merchant_request_id,
        "CheckoutRequestID": attempt.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    })))
}

fn end_after(state: &Shared, attempt: &Attempt, delay_ms: u64, answer: Answer) {
    let (later, id) = (Shared::clone(state), attempt.checkout_request_id.clone());
    state.spawn(async move {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        // A prompt that was answered meanwhile is not there any more.
        let _ = payer::answer(&later, &id, answer, Delivery::Once);
    });
}

fn read(inner: &Inner, business: &Business, request: &Value) -> Result<Attempt, Refusal> {
    let short_code = check_password(inner, business, request)?;
    let kind = required(request, "TransactionType")?;
    if !matches!(kind.as_str(), "CustomerPayBillOnline" | "CustomerBuyGoodsOnline") {
        return Err(Refusal::field("TransactionType"));
    }
    let amount_shillings = amount(request)?;
    for name in ["PartyA", "PhoneNumber"] {
        let number = required(request, name)?;
        if crate::state::msisdn(&number).as_deref() != Some(number.as_str()) {
            return Err(Refusal::field(name));
        }
    }
    required(request, "PartyB")?;
    let callback_url = url(request, "CallBackURL")?;
    let reference = required(request, "AccountReference")?;
    if reference.len() > 12 || !reference.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Refusal::field("AccountReference"));
    }
    let description = field(request, "TransactionDesc").unwrap_or_default();
    if description.chars().count() > 13 {
        return Err(Refusal::field("TransactionDesc"));
    }
    let phone = required(request, "PhoneNumber")?;
    let now = Utc::now();
    Ok(Attempt {
        checkout_request_id: format!("ws_CO_{}{:03}{phone}", clock::stamp(now), rand::random::<u16>() % 1000),
        merchant_request_id: format!(
            "{:04x}-{:04x}-{:08x}",
            rand::random::<u16>(),
            rand::random::<u16>(),
            rand::random::<u32>()
        ),
        short_code,
        business: business.name.clone(),
        phone,
        amount_shillings,
        reference,
        description,
        callback_url,
        asked_at: now,
        result: None,
    })
}

fn check_password(inner: &Inner, business: &Business, request: &Value) -> Result<String, Refusal> {
    let short_code = required(request, "BusinessShortCode")?;
    let password = required(request, "Password")?;
    let timestamp = required(request, "Timestamp")?;
    if timestamp.len() != 14 || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::field("Timestamp"));
    }
    let merchant = inner.businesses.iter().find(|merchant| merchant.short_code == short_code);
    if merchant != Some(business) {
        return Err(Refusal::new(500, "500.001.1001", "Merchant does not exist"));
    }
    if password != BASE64.encode(format!("{short_code}{}{timestamp}", business.passkey)) {
        return Err(Refusal::new(500, "500.001.1001", "Wrong credentials"));
    }
    Ok(short_code)
}

/// Reasons that the provider finds only after it has taken the request, and the one that it finds before.
fn refused_later(
    inner: &Inner,
    business: &Business,
    request: &Value,
    attempt: &Attempt,
) -> Result<Option<Answer>, Refusal> {
    let open = inner.attempts.iter().any(|other| other.phone == attempt.phone && other.result.is_none());
    if inner.settings.one_prompt_per_phone && open {
        let message = "Unable to lock subscriber, a transaction is already in process for the current subscriber";
        return Err(Refusal::new(500, "500.001.1001", message));
    }
    let party_b = field(request, "PartyB");
    let expected = match field(request, "TransactionType").as_deref() {
        Some("CustomerBuyGoodsOnline") => business.till_number.as_ref(),
        _ => Some(&business.short_code),
    };
    if party_b.as_ref() != expected {
        return Ok(Some(Answer::NotPermitted));
    }
    let since = Utc::now() - REPEAT_WINDOW;
    let repeated = inner.payments.iter().take_while(|payment| payment.at > since).any(|payment| {
        payment.phone == attempt.phone
            && payment.amount_shillings == attempt.amount_shillings
            && payment.short_code == attempt.short_code
    });
    Ok((inner.settings.refuse_repeats && repeated).then_some(Answer::Repeated))
}

pub async fn query(State(state): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    let inner = state.lock();
    let business = authorised(&inner, &headers)?;
    let short_code = check_password(&inner, &business, &request)?;
    let id = required(&request, "CheckoutRequestID")?;
    let attempt = inner
        .attempts
        .iter()
        .find(|attempt| attempt.checkout_request_id == id && attempt.short_code == short_code)
        .ok_or_else(|| Refusal::field("CheckoutRequestID"))?;
    let Some(result) = &attempt.result else {
        return Err(Refusal::new(500, "500.001.1001", "The transaction is being processed"));
    };
    // The result code is text here and a number in the callback; receipt, amount and phone are not told.
    Ok(Json(json!({
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successfully",
        "MerchantRequestID": attempt.merchant_request_id,
        "CheckoutRequestID": attempt.checkout_request_id,
        "ResultCode": result.code,
        "ResultDesc": result.description,
    })))
}
