//! Control of the simulators for tests and for the server that starts them, in JSON.
//! The one rule: a refused request changes nothing and names the field.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::business::Business;
use crate::messages::{self, Channel};
use crate::settings::Settings;
use crate::state::Shared;
use crate::whatsapp;

pub type Refused = (StatusCode, Json<Value>);

/// The refusal of one field.
pub fn refuse(field: &str, problem: &str) -> Refused {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"field": field, "error": format!("{field} {problem}.")})))
}

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/businesses", get(businesses).post(put_business))
        .route("/webhooks", post(set_webhooks))
        .route("/incoming", post(incoming))
        .route("/settings", get(settings).post(change_settings))
        .route("/reset", post(reset))
}

async fn businesses(State(state): State<Shared>) -> Json<Vec<Business>> {
    Json(state.lock().businesses.clone())
}

/// Adds a business, or replaces the one with the same short code.
async fn put_business(State(state): State<Shared>, Json(business): Json<Business>) -> Result<StatusCode, Refused> {
    let mut inner = state.lock();
    let taken =
        |other: &Business| other.short_code != business.short_code && other.consumer_key == business.consumer_key;
    if inner.businesses.iter().any(taken) {
        return Err(refuse("consumer_key", "belongs to another business"));
    }
    match inner.businesses.iter_mut().find(|other| other.short_code == business.short_code) {
        Some(stored) => *stored = business,
        None => inner.businesses.push(business),
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct WebhooksForm {
    /// Which business; the first one unless given.
    short_code: Option<String>,
    whatsapp: Option<String>,
    /// Given: the address is verified first, as the provider does before it uses one.
    whatsapp_verify_token: Option<String>,
    sms_incoming: Option<String>,
    sms_delivery: Option<String>,
}

/// Sets the addresses that are given and keeps the others.
async fn set_webhooks(State(state): State<Shared>, Json(form): Json<WebhooksForm>) -> Result<Json<Business>, Refused> {
    for (name, url) in
        [("whatsapp", &form.whatsapp), ("sms_incoming", &form.sms_incoming), ("sms_delivery", &form.sms_delivery)]
    {
        if url.as_ref().is_some_and(|url| reqwest::Url::parse(url).is_err()) {
            return Err(refuse(name, "is not a URL"));
        }
    }
    if let (Some(url), Some(token)) = (&form.whatsapp, &form.whatsapp_verify_token)
        && !whatsapp::verify(&state, url, token).await
    {
        return Err(refuse("whatsapp", "did not answer the challenge; check the address and the verify token"));
    }
    let mut inner = state.lock();
    let code = form.short_code.or_else(|| inner.businesses.first().map(|business| business.short_code.clone()));
    let business = inner
        .businesses
        .iter_mut()
        .find(|business| Some(&business.short_code) == code.as_ref())
        .ok_or_else(|| refuse("short_code", "is not known"))?;
    let hooks = &mut business.webhooks;
    for (slot, url) in [
        (&mut hooks.whatsapp, form.whatsapp),
        (&mut hooks.sms_incoming, form.sms_incoming),
        (&mut hooks.sms_delivery, form.sms_delivery),
    ] {
        if url.is_some() {
            *slot = url;
        }
    }
    Ok(Json(business.clone()))
}

#[derive(Deserialize)]
struct IncomingForm {
    channel: Channel,
    from: String,
    text: String,
    #[serde(default)]
    name: String,
    /// Which business receives it; the first one unless given.
    short_code: Option<String>,
}

/// A person writes to the ISP. Answers how the ISP took it.
async fn incoming(State(state): State<Shared>, Json(form): Json<IncomingForm>) -> Result<Json<Value>, Refused> {
    let code = form.short_code.as_deref();
    let sent = messages::write(&state, form.channel, code, &form.from, &form.name, &form.text)
        .await
        .map_err(|problem| refuse(problem.field, problem.problem))?;
    Ok(Json(json!({"id": sent.provider_id, "delivered": sent.delivered, "outcome": sent.outcome})))
}

async fn settings(State(state): State<Shared>) -> Json<Settings> {
    Json(state.lock().settings.clone())
}

async fn change_settings(State(state): State<Shared>, Json(change): Json<Value>) -> Result<Json<Settings>, Refused> {
    merge_settings(&state, &change).map(Json)
}

/// Changes the settings that are given and keeps the others.
pub fn merge_settings(state: &Shared, change: &Value) -> Result<Settings, Refused> {
    let change = change.as_object().ok_or_else(|| refuse("settings", "are not an object"))?;
    let mut inner = state.lock();
    let mut merged = json!(inner.settings);
    for (name, value) in change {
        match merged.get_mut(name) {
            Some(slot) => *slot = value.clone(),
            None => return Err(refuse(name, "is not a setting")),
        }
    }
    let settings: Settings = serde_json::from_value(merged).map_err(|error| {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"field": "settings", "error": error.to_string()})))
    })?;
    inner.settings = settings.clone();
    Ok(settings)
}

/// Forgets prompts, payments, messages and registrations; keeps businesses and settings.
async fn reset(State(state): State<Shared>) -> StatusCode {
    let mut inner = state.lock();
    let settings = inner.settings.clone();
    inner.reset(settings);
    StatusCode::NO_CONTENT
}
