//! What a person does on the phone page.
//! The one rule: every form answers with the page itself or a redirect to it; reloading never pays twice.

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::control::read_answer;
use super::phone_page::{self, Note};
use super::{Delivery, answer, c2b, payer};
use crate::state::{Shared, msisdn};

/// The most that a wallet may hold, in shillings.
const MAX_BALANCE: i64 = 500_000;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/phone", get(choose))
        .route("/phone/{number}", get(show))
        .route("/phone/{number}/answer", post(answer_prompt))
        .route("/phone/{number}/pay", post(pay))
        .route("/phone/{number}/top-up", post(top_up))
}

#[derive(Deserialize)]
struct Choice {
    number: Option<String>,
}

async fn choose(State(state): State<Shared>, Query(choice): Query<Choice>) -> Response {
    match choice.number.as_deref().map(msisdn) {
        Some(Some(phone)) => Redirect::to(&format!("/daraja/phone/{phone}")).into_response(),
        Some(None) => (StatusCode::UNPROCESSABLE_ENTITY, phone_page::chooser(&state.lock(), choice.number.as_deref()))
            .into_response(),
        None => phone_page::chooser(&state.lock(), None).into_response(),
    }
}

async fn show(State(state): State<Shared>, Path(number): Path<String>) -> Response {
    match msisdn(&number) {
        Some(phone) if phone == number => phone_page::phone(&state.lock(), &phone, None).into_response(),
        Some(phone) => Redirect::to(&format!("/daraja/phone/{phone}")).into_response(),
        None => (StatusCode::NOT_FOUND, phone_page::chooser(&state.lock(), Some(&number))).into_response(),
    }
}

fn back(phone: &str) -> Response {
    Redirect::to(&format!("/daraja/phone/{phone}")).into_response()
}

fn with_note(state: &Shared, phone: &str, text: &'static str) -> (StatusCode, Html<String>) {
    (StatusCode::UNPROCESSABLE_ENTITY, phone_page::phone(&state.lock(), phone, Some(Note { text })))
}

#[derive(Deserialize)]
struct AnswerForm {
    checkout_request_id: String,
    /// `pin`, `cancel`, `timeout` or `insufficient`: the pressed button.
    action: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    delivery: Delivery,
}

async fn answer_prompt(
    State(state): State<Shared>,
    Path(number): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Response {
    let Some(phone) = msisdn(&number) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(chosen) = read_answer(&form.action, &form.pin) else { return back(&phone) };
    if form.action == "pin" && form.pin.trim().is_empty() {
        return with_note(&state, &phone, "Enter the PIN first. The demo PIN is 1234.").into_response();
    }
    let shown_here = state
        .lock()
        .attempts
        .iter()
        .any(|attempt| attempt.checkout_request_id == form.checkout_request_id && attempt.phone == phone);
    // A prompt that ended meanwhile is simply not shown any more.
    if shown_here && answer(&state, &form.checkout_request_id, chosen, form.delivery).is_err() {
        return with_note(&state, &phone, "This prompt has ended already. Nothing was paid by this answer.")
            .into_response();
    }
    back(&phone)
}

#[derive(Deserialize)]
struct PayForm {
    short_code: String,
    #[serde(default)]
    reference: String,
    amount: String,
    #[serde(default)]
    pin: String,
}

async fn pay(State(state): State<Shared>, Path(number): Path<String>, Form(form): Form<PayForm>) -> Response {
    let Some(phone) = msisdn(&number) else { return StatusCode::NOT_FOUND.into_response() };
    if form.pin.trim() != payer::PIN {
        return with_note(&state, &phone, "Wrong PIN. Nothing was paid. The demo PIN is 1234.").into_response();
    }
    if form.reference.trim().chars().count() > 20 {
        return with_note(&state, &phone, "The account number is longer than 20 characters. Nothing was paid.")
            .into_response();
    }
    let Ok(amount) = form.amount.trim().replace(',', "").parse() else {
        return with_note(&state, &phone, "The amount is not a whole number of shillings. Nothing was paid.")
            .into_response();
    };
    match c2b::pay(&state, &phone, form.short_code.trim(), form.reference.trim(), amount).await {
        Ok(_) => back(&phone),
        Err(reason) => with_note(&state, &phone, reason.message()).into_response(),
    }
}

#[derive(Deserialize)]
struct TopUpForm {
    shillings: String,
}

async fn top_up(State(state): State<Shared>, Path(number): Path<String>, Form(form): Form<TopUpForm>) -> Response {
    let Some(phone) = msisdn(&number) else { return StatusCode::NOT_FOUND.into_response() };
    match form.shillings.trim().replace(',', "").parse::<i64>() {
        Ok(shillings) if (0..=MAX_BALANCE).contains(&shillings) => {
            state.lock().set_balance(&phone, shillings);
            back(&phone)
        }
        _ => with_note(&state, &phone, "The balance is not between 0 and 500,000 whole shillings.").into_response(),
    }
}
