//! WhatsApp Cloud API: taking messages, reporting their progress, and passing on what people write, signed.
//! The one rule: free text is refused more than 24 hours after the person's last message.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chrono::{TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::business::Business;
use crate::outbox::{Entry, Medium};
use crate::posts::{self, Parcel};
use crate::state::{Inner, LIST_LIMIT, Shared, msisdn};

const WINDOW: TimeDelta = TimeDelta::hours(24);
const MAX_BODY_CHARS: usize = 4096;

pub fn router() -> Router<Shared> {
    Router::new().route("/{version}/{phone_number_id}/messages", post(send))
}

type Refused = (StatusCode, Json<Value>);

fn refuse(status: StatusCode, code: i64, message: &str) -> Refused {
    let trace = BASE64.encode(rand::random::<[u8; 9]>());
    (
        status,
        Json(json!({"error": {
            "message": format!("(#{code}) {message}"),
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": message},
            "fbtrace_id": trace,
        }})),
    )
}

async fn send(
    State(state): State<Shared>,
    Path((version, number_id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let bad = |code: i64, message: &str| refuse(StatusCode::BAD_REQUEST, code, message);
    let known_version = version.strip_prefix('v').is_some_and(|v| {
        v.split_once('.')
            .is_some_and(|(major, minor)| major.parse::<u32>().is_ok_and(|major| major >= 17) && minor == "0")
    });
    if !known_version {
        return Err(bad(2635, "You are calling a deprecated version of the API."));
    }
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut inner = state.lock();
    let business = inner
        .businesses
        .iter()
        .find(|business| token.strip_prefix("Bearer ") == Some(business.whatsapp_token.as_str()))
        .cloned()
        .ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, 190, "Invalid OAuth access token."))?;
    if business.whatsapp_phone_number_id != number_id {
        return Err(bad(100, "Unsupported post request. Object does not exist or permission is missing."));
    }
    let request: Value = serde_json::from_slice(&bytes).map_err(|_| bad(131_009, "Parameter value is not valid"))?;
    if request["messaging_product"] != "whatsapp" {
        return Err(bad(100, "The parameter messaging_product is required."));
    }
    let to = request["to"].as_str().and_then(msisdn).ok_or_else(|| bad(131_009, "Parameter value is not valid: to"))?;
    let text = match request["type"].as_str().unwrap_or("text") {
        "text" => free_text(&inner, &business, &request, &to)?,
        "template" => template_text(&request).ok_or_else(|| bad(132_000, "Template parameters do not match"))?,
        _ => return Err(bad(131_051, "Message type is not supported")),
    };
    let id = format!("wamid.{}", BASE64.encode(rand::random::<[u8; 24]>()));
    let entry = inner.record(Entry {
        id: 0,
        at: Utc::now(),
        channel: Medium::Whatsapp,
        incoming: false,
        business: business.short_code.clone(),
        to: to.clone(),
        from: business.whatsapp_number.clone(),
        subject: None,
        text,
        html: None,
        parts: None,
        status: "Accepted".into(),
        provider_id: id.clone(),
    });
    report_later(&state, &inner, business, entry, &id, &to, request["biz_opaque_callback_data"].as_str());
    Ok(Json(json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": request["to"], "wa_id": to}],
        "messages": [{"id": id, "message_status": "accepted"}],
    })))
}

fn free_text(inner: &Inner, business: &Business, request: &Value, to: &str) -> Result<String, Refused> {
    let bad = |code: i64, message: &str| refuse(StatusCode::BAD_REQUEST, code, message);
    let text = request["text"]["body"].as_str().unwrap_or_default();
    if text.is_empty() {
        return Err(bad(131_008, "Required parameter is missing: text.body"));
    }
    if text.chars().count() > MAX_BODY_CHARS {
        return Err(bad(131_009, "Parameter value is not valid: text.body is too long"));
    }
    let last = inner.last_whatsapp.get(&(business.whatsapp_phone_number_id.clone(), to.to_owned()));
    let open = last.is_some_and(|at| *at > Utc::now() - WINDOW);
    if inner.settings.whatsapp_window && !open {
        return Err(bad(
            131_047,
            "Re-engagement message: more than 24 hours have passed since the customer last replied",
        ));
    }
    Ok(text.to_owned())
}

/// A template as people read it: its name and what fills it.
fn template_text(request: &Value) -> Option<String> {
    let template = &request["template"];
    let name = template["name"].as_str()?;
    template["language"]["code"].as_str()?;
    let components = template["components"].as_array().map_or(&[][..], Vec::as_slice);
    let words: Vec<&str> = components
        .iter()
        .filter_map(|component| component["parameters"].as_array())
        .flatten()
        .filter_map(|parameter| parameter["text"].as_str())
        .collect();
    Some(format!("[template {name}] {}", words.join(" · ")).trim_end().to_owned())
}

fn report_later(
    state: &Shared,
    inner: &Inner,
    business: Business,
    entry: u64,
    id: &str,
    to: &str,
    correlation: Option<&str>,
) {
    let lost = inner.settings.unreachable.iter().any(|number| msisdn(number).as_deref() == Some(to));
    let delay = Duration::from_millis(inner.settings.delivery_report_delay_ms);
    let (background, id, to) = (Shared::clone(state), id.to_owned(), to.to_owned());
    let correlation = correlation.map(str::to_owned);
    state.spawn(async move {
        let stages: &[(&str, &str)] =
            if lost { &[("failed", "Failed: undeliverable")] } else { &[("sent", "Sent"), ("delivered", "Delivered")] };
        for (stage, shown) in stages {
            tokio::time::sleep(delay).await;
            background.lock().set_status(entry, shown);
            let mut status = json!({
                "id": id, "status": stage, "timestamp": Utc::now().timestamp().to_string(), "recipient_id": to,
            });
            if let Some(correlation) = &correlation {
                status["biz_opaque_callback_data"] = json!(correlation);
            }
            if lost {
                status["errors"] = json!([{"code": 131_026, "title": "Message undeliverable",
                    "message": "Message undeliverable", "error_data": {"details": "Message Undeliverable."}}]);
            }
            let Some(parcel) = webhook(&business, "WhatsApp status", &to, json!({"statuses": [status]})) else {
                continue;
            };
            posts::post(&background, parcel, Duration::from_secs(10)).await;
        }
    });
}

/// The post that tells the ISP of a person's message, if it wants to be told.
pub fn incoming(business: &Business, phone: &str, name: &str, id: &str, text: &str) -> Option<Parcel> {
    let value = json!({
        "contacts": [{"profile": {"name": name}, "wa_id": phone, "user_id": format!("KE.{phone}")}],
        "messages": [{
            "from": phone, "id": id, "timestamp": Utc::now().timestamp().to_string(), "type": "text", "text": {"body": text},
        }],
    });
    webhook(business, "Incoming WhatsApp", phone, value)
}

/// Remembers that a person wrote, which opens the window for free text.
pub fn open_window(inner: &mut Inner, business: &Business, phone: &str) {
    let now = Utc::now();
    if inner.last_whatsapp.len() >= LIST_LIMIT {
        inner.last_whatsapp.retain(|_, at| *at > now - WINDOW);
    }
    inner.last_whatsapp.insert((business.whatsapp_phone_number_id.clone(), phone.to_owned()), now);
}

pub fn new_id() -> String {
    format!("wamid.{}", BASE64.encode(rand::random::<[u8; 24]>()))
}

fn webhook(business: &Business, kind: &'static str, phone: &str, mut value: Value) -> Option<Parcel> {
    let url = business.webhooks.whatsapp.clone()?;
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({
        "display_phone_number": business.whatsapp_number,
        "phone_number_id": business.whatsapp_phone_number_id,
    });
    let envelope = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "100200300", "changes": [{"field": "messages", "value": value}]}],
    });
    let body = escaped(&envelope.to_string());
    let mut parcel = Parcel::json(kind, url, phone, body);
    parcel.headers.push(("X-Hub-Signature-256", signature(&business.whatsapp_app_secret, parcel.body.as_bytes())));
    Some(parcel)
}

/// The provider writes other characters than ASCII, and slashes, as escapes. A receiver that writes the body again
/// before it checks the signature fails here as it would fail there.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '/' => text.push_str("\\/"),
            c if c.is_ascii() => text.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

fn signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of every length, so making one cannot fail.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Verifies an address as the provider does: it must return the challenge exactly.
pub async fn verify(state: &Shared, url: &str, token: &str) -> bool {
    let challenge = (rand::random::<u32>()).to_string();
    let query = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", &challenge)];
    let Ok(response) = state.http.get(url).query(&query).send().await else { return false };
    response.status() == StatusCode::OK.as_u16() && response.text().await.is_ok_and(|text| text == challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_matches_the_documented_vector() {
        let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
        let expected = "sha256=650a7ec4c57b1d45d68231c8825bb556bcfb240069c6cbf98a34a177ce9e909a";
        assert_eq!(signature("demo_app_secret", body), expected);
    }

    #[test]
    fn escapes_keep_the_meaning() {
        let text = json!({"body": "ş 😀 a/b \"q\""}).to_string();
        let escaped = escaped(&text);
        assert!(escaped.is_ascii());
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
    }
}
