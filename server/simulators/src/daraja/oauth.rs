//! Access tokens.
//! The one rule: a new token ends the one before it.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::state::Shared;

#[derive(Debug)]
pub struct Token {
    pub text: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub struct Grant {
    grant_type: Option<String>,
}

pub async fn generate(
    State(state): State<Shared>,
    Query(grant): Query<Grant>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let wrong_keys = || Refusal::new(400, "400.008.01", "Invalid Authentication passed");
    let (key, secret) = basic(&headers).ok_or_else(wrong_keys)?;
    if grant.grant_type.as_deref() != Some("client_credentials") {
        return Err(Refusal::new(400, "400.008.02", "Invalid grant type passed"));
    }
    let mut inner = state.lock();
    let known =
        inner.businesses.iter().any(|business| business.consumer_key == key && business.consumer_secret == secret);
    if !known {
        return Err(wrong_keys());
    }
    let life = inner.settings.token_life_seconds;
    let text = hex::encode(rand::random::<[u8; 14]>());
    let seconds = i64::try_from(life).unwrap_or(3_599);
    inner.tokens.insert(key, Token { text: text.clone(), expires_at: Utc::now() + TimeDelta::seconds(seconds) });
    Ok(Json(json!({"access_token": text, "expires_in": life.to_string()})))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((key.to_owned(), secret.to_owned()))
}
