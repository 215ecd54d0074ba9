//! Africa's Talking: taking messages, reporting their arrival, and passing on what people write.
//! The one rule: a refused number is a row with its own status, while a wrong key is a plain-text 401.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::Utc;
use serde_json::{Value, json};
use std::collections::HashMap;

use crate::business::Business;
use crate::outbox::{Entry, Medium};
use crate::posts::{self, Parcel};
use crate::state::{Inner, Shared, msisdn};

/// The price of one part in cents of a shilling.
const PART_CENTS: u32 = 80;
const MAX_RECIPIENTS: usize = 100;
const MAX_TEXT_CHARS: usize = 5_000;
/// The network that all simulated phones belong to.
pub const NETWORK_CODE: &str = "63902";

pub fn router() -> Router<Shared> {
    Router::new().route("/version1/messaging", post(send))
}

async fn send(State(state): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(&bytes).into_owned().collect();
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let key = headers.get("apikey").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut inner = state.lock();
    let business = inner
        .businesses
        .iter()
        .find(|business| business.sms_username == get("username") && business.sms_api_key == key)
        .cloned();
    let Some(business) = business else {
        return (StatusCode::UNAUTHORIZED, "The supplied authentication is invalid").into_response();
    };
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let text = get("message");
    if !is_form || text.is_empty() || text.chars().count() > MAX_TEXT_CHARS || get("to").is_empty() {
        return (StatusCode::BAD_REQUEST, "Request is missing required form field 'to' or 'message'").into_response();
    }
    let sender = Some(get("from")).filter(|from| !from.is_empty());
    if sender.is_some_and(|from| from.chars().count() > 11) {
        return answer("InvalidSenderId", &[]);
    }
    let parts = parts(text);
    let mut rows = Vec::new();
    for number in get("to").split(',').take(MAX_RECIPIENTS) {
        rows.push(take(&state, &mut inner, &business, number.trim(), sender, text, parts));
    }
    let sent = rows.iter().filter(|row| row["statusCode"] == 101).count();
    let cost = cost(parts.saturating_mul(u32::try_from(sent).unwrap_or(0)));
    answer(&format!("Sent to {sent}/{} Total Cost: {cost}", rows.len()), &rows)
}

fn answer(message: &str, rows: &[Value]) -> Response {
    let body = json!({"SMSMessageData": {"Message": message, "Recipients": rows}});
    (StatusCode::CREATED, axum::Json(body)).into_response()
}

fn cost(parts: u32) -> String {
    let cents = PART_CENTS.saturating_mul(parts);
    format!("KES {}.{:02}00", cents / 100, cents % 100)
}

fn take(
    state: &Shared,
    inner: &mut Inner,
    business: &Business,
    number: &str,
    sender: Option<&str>,
    text: &str,
    parts: u32,
) -> Value {
    let Some(phone) = msisdn(number).filter(|_| number.starts_with('+')) else {
        return json!({"statusCode": 403, "number": number, "status": "InvalidPhoneNumber", "cost": "0", "messageId": "None"});
    };
    let id = format!("ATXid_{}", hex::encode(rand::random::<[u8; 16]>()));
    let entry = inner.record(Entry {
        id: 0,
        at: Utc::now(),
        channel: Medium::Sms,
        incoming: false,
        business: business.short_code.clone(),
        to: phone.clone(),
        from: sender.unwrap_or(&business.sms_short_code).to_owned(),
        subject: None,
        text: text.to_owned(),
        html: None,
        parts: Some(parts),
        status: "Sent".into(),
        provider_id: id.clone(),
    });
    report_later(state, inner, business, entry, &id, &phone);
    json!({
        "statusCode": 101,
        "number": number,
        "status": "Success",
        "cost": cost(parts),
        "messageId": id,
        "messageParts": parts,
    })
}

fn report_later(state: &Shared, inner: &Inner, business: &Business, entry: u64, id: &str, phone: &str) {
    let lost = inner.settings.unreachable.iter().any(|number| msisdn(number).as_deref() == Some(phone));
    let delay = Duration::from_millis(inner.settings.delivery_report_delay_ms);
    let url = business.webhooks.sms_delivery.clone();
    let (background, id, phone) = (Shared::clone(state), id.to_owned(), phone.to_owned());
    state.spawn(async move {
        tokio::time::sleep(delay).await;
        let status = if lost { "Failed" } else { "Success" };
        background.lock().set_status(entry, if lost { "Failed: AbsentSubscriber" } else { "Delivered" });
        let Some(url) = url else { return };
        let number = format!("+{phone}");
        let mut fields = vec![
            ("id", id.as_str()),
            ("status", status),
            ("phoneNumber", &number),
            ("networkCode", NETWORK_CODE),
            ("retryCount", "0"),
        ];
        if lost {
            fields.push(("failureReason", "AbsentSubscriber"));
        }
        let parcel = Parcel::form("SMS delivery report", url, &phone, &fields);
        posts::post(&background, parcel, Duration::from_secs(10)).await;
    });
}

/// The parts that the provider bills (3GPP TS 23.038): 160 and 153 septets, or 70 and 67 UTF-16 units.
fn parts(text: &str) -> u32 {
    const PLAIN: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
    const ESCAPED: &str = "\u{c}^{}\\[~]|€";
    let septets = |c: char| match c {
        c if c.is_ascii_alphanumeric() || PLAIN.contains(c) => Some(1),
        c if ESCAPED.contains(c) => Some(2),
        _ => None,
    };
    let (sizes, single, part): (Vec<usize>, usize, usize) = match text.chars().map(septets).collect() {
        Some(sizes) => (sizes, 160, 153),
        None => (text.chars().map(char::len_utf16).collect(), 70, 67),
    };
    if sizes.iter().sum::<usize>() <= single {
        return 1;
    }
    let (mut parts, mut used) = (1, 0);
    for size in sizes {
        if used + size > part {
            parts += 1;
            used = 0;
        }
        used += size;
    }
    parts
}

/// The post that tells the ISP of a person's message, if it wants to be told.
pub fn incoming(business: &Business, phone: &str, id: &str, text: &str) -> Option<Parcel> {
    let url = business.webhooks.sms_incoming.clone()?;
    let (number, date) = (format!("+{phone}"), crate::clock::spaced(Utc::now()));
    let fields = [
        ("id", id),
        ("from", number.as_str()),
        ("to", business.sms_short_code.as_str()),
        ("text", text),
        ("date", date.as_str()),
        ("linkId", ""),
        ("networkCode", NETWORK_CODE),
    ];
    Some(Parcel::form("Incoming SMS", url, phone, &fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_billed_as_the_standard_counts_them() {
        assert_eq!(parts(&"a".repeat(160)), 1);
        assert_eq!(parts(&"a".repeat(307)), 3);
        assert_eq!(parts(&"ş".repeat(71)), 2);
        assert_eq!(parts(&format!("{}€", "a".repeat(159))), 2);
        assert_eq!(cost(2), "KES 1.6000");
    }
}
