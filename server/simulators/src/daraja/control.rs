//! Control of the payment simulator for tests, in JSON.
//! The one rule: everything that a person can do on the phone page, a test can do here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Attempt, Delivery, Payment, answer, c2b, payer};
use crate::control::{Refused, merge_settings, refuse};
use crate::posts::Post;
use crate::settings::Settings;
use crate::state::{Shared, msisdn};

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/prompts", get(prompts))
        .route("/answer", post(answer_prompt))
        .route("/pay", post(pay))
        .route("/payments", get(payments))
        .route("/posts", get(posts))
        .route("/balance", post(set_balance))
        .route("/settings", get(settings).post(change_settings))
}

/// Open prompts, newest first.
async fn prompts(State(state): State<Shared>) -> Json<Vec<Attempt>> {
    Json(state.lock().attempts.iter().filter(|attempt| attempt.result.is_none()).cloned().collect())
}

async fn payments(State(state): State<Shared>) -> Json<Vec<Payment>> {
    Json(state.lock().payments.iter().cloned().collect())
}

async fn posts(State(state): State<Shared>) -> Json<Vec<Post>> {
    Json(state.lock().posts.iter().cloned().collect())
}

#[derive(Deserialize)]
struct AnswerForm {
    checkout_request_id: Option<String>,
    /// Instead of the id: the newest prompt of that phone.
    phone: Option<String>,
    /// `pin`, `cancel`, `timeout` or `insufficient`.
    answer: String,
    /// The right one unless given.
    pin: Option<String>,
    #[serde(default)]
    delivery: Delivery,
}

async fn answer_prompt(State(state): State<Shared>, Json(form): Json<AnswerForm>) -> Result<Json<Value>, Refused> {
    let chosen = read_answer(&form.answer, form.pin.as_deref().unwrap_or(payer::PIN))
        .ok_or_else(|| refuse("answer", "is none of pin, cancel, timeout and insufficient"))?;
    let id = match (form.checkout_request_id, form.phone.as_deref().map(msisdn)) {
        (Some(id), _) => id,
        (None, Some(Some(phone))) => state
            .lock()
            .attempts
            .iter()
            .find(|attempt| attempt.phone == phone && attempt.result.is_none())
            .map(|attempt| attempt.checkout_request_id.clone())
            .ok_or_else(|| refuse("phone", "shows no prompt"))?,
        (None, Some(None)) => return Err(refuse("phone", "is not a Kenyan mobile number")),
        (None, None) => return Err(refuse("checkout_request_id", "is missing, and so is phone")),
    };
    let result =
        answer(&state, &id, chosen, form.delivery).map_err(|_| refuse("checkout_request_id", "is no open prompt"))?;
    Ok(Json(json!(result)))
}

/// The answers that the phone page and tests share.
pub fn read_answer(name: &str, pin: &str) -> Option<Answer> {
    Some(match name {
        "pin" => Answer::Pin(pin.trim().to_owned()),
        "cancel" => Answer::Cancel,
        "timeout" => Answer::NoResponse,
        "insufficient" => Answer::Insufficient,
        _ => return None,
    })
}

#[derive(Deserialize)]
struct PayForm {
    phone: String,
    short_code: String,
    #[serde(default)]
    reference: String,
    amount_shillings: i64,
}

async fn pay(State(state): State<Shared>, Json(form): Json<PayForm>) -> Result<Json<Payment>, Refused> {
    let phone = msisdn(&form.phone).ok_or_else(|| refuse("phone", "is not a Kenyan mobile number"))?;
    c2b::pay(&state, &phone, &form.short_code, &form.reference, form.amount_shillings)
        .await
        .map(Json)
        .map_err(|reason| (StatusCode::CONFLICT, Json(json!({"error": reason.message()}))))
}

#[derive(Deserialize)]
struct BalanceForm {
    phone: String,
    shillings: i64,
}

async fn set_balance(State(state): State<Shared>, Json(form): Json<BalanceForm>) -> Result<StatusCode, Refused> {
    let phone = msisdn(&form.phone).ok_or_else(|| refuse("phone", "is not a Kenyan mobile number"))?;
    state.lock().set_balance(&phone, form.shillings.clamp(0, 500_000));
    Ok(StatusCode::NO_CONTENT)
}

async fn settings(State(state): State<Shared>) -> Json<Settings> {
    Json(state.lock().settings.clone())
}

async fn change_settings(State(state): State<Shared>, Json(change): Json<Value>) -> Result<Json<Settings>, Refused> {
    merge_settings(&state, &change).map(Json)
}
