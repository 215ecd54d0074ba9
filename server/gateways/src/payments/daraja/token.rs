//! The access token: one per app, shared by all requests of this process.
//! The one rule: a new token kills the one before it, so only one refresh runs at a time and everyone waits for it.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Mutex;

use crate::http::{Effect, Reply, exchange};
use crate::{GatewayError, Secret};

use super::{DarajaConfig, PROVIDER};

/// A token is renewed this long before its end, so that none dies on its way.
const EARLY: Duration = Duration::from_secs(60);

/// Used when the provider does not say how long the token lives.
const DOCUMENTED_LIFE_SECONDS: u64 = 3600;

#[derive(Debug, Default)]
pub(super) struct TokenCache {
    current: Mutex<Option<Token>>,
}

#[derive(Debug)]
struct Token {
    text: Secret,
    renew_at: Instant,
}

impl TokenCache {
    /// The current token, or a new one. `rejected` is the token that the provider just refused: it is dropped,
    /// unless another request has replaced it already.
    pub async fn get(
        &self,
        http: &reqwest::Client,
        config: &DarajaConfig,
        rejected: Option<&Secret>,
    ) -> Result<Secret, GatewayError> {
        let mut current = self.current.lock().await;
        if let Some(token) = current.as_ref()
            && token.renew_at > Instant::now()
            && rejected != Some(&token.text)
        {
            return Ok(token.text.clone());
        }
        *current = None;
        let token = fetch(http, config).await?;
        Ok(current.insert(token).text.clone())
    }
}

async fn fetch(http: &reqwest::Client, config: &DarajaConfig) -> Result<Token, GatewayError> {
    let request = http
        .get(format!("{}/oauth/v1/generate", config.base_url.trim_end_matches('/')))
        .query(&[("grant_type", "client_credentials")])
        .basic_auth(config.consumer_key.expose(), Some(config.consumer_secret.expose()));
    let asked_at = Instant::now();
    let reply = exchange(PROVIDER, request, Effect::Reads).await?;
    read(&reply, asked_at)
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    #[serde(default)]
    expires_in: serde_json::Value,
}

fn read(reply: &Reply, asked_at: Instant) -> Result<Token, GatewayError> {
    if reply.status >= 500 || reply.status == 429 {
        return Err(GatewayError::transient(PROVIDER, format!("http-{}", reply.status), "no access token was given"));
    }
    let refused = || {
        let message = "no access token was given; check the consumer key and secret of the app";
        GatewayError::permanent(PROVIDER, format!("http-{}", reply.status), message)
    };
    if reply.status != 200 {
        return Err(refused());
    }
    let body: TokenBody = serde_json::from_str(&reply.body).map_err(|_| refused())?;
    // The life is a number on the current page and a string in older samples.
    let seconds = match &body.expires_in {
        serde_json::Value::Number(number) => number.as_u64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let life = Duration::from_secs(seconds.unwrap_or(DOCUMENTED_LIFE_SECONDS).min(DOCUMENTED_LIFE_SECONDS));
    // A very short life is not renewed on every request: half of it is used.
    let renew_at = asked_at + life.saturating_sub(EARLY).max(life / 2);
    Ok(Token { text: Secret::new(body.access_token), renew_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(body: &str) -> Duration {
        let now = Instant::now();
        read(&Reply { status: 200, body: body.into() }, now).unwrap().renew_at - now
    }

    #[test]
    fn the_life_is_read_from_text_or_number_and_ends_a_minute_early() {
        assert_eq!(life(r#"{"access_token":"t","expires_in":"3599"}"#), Duration::from_secs(3539));
        assert_eq!(life(r#"{"access_token":"t","expires_in":3599}"#), Duration::from_secs(3539));
        assert_eq!(life(r#"{"access_token":"t"}"#), Duration::from_secs(3540));
    }

    #[test]
    fn wrong_keys_are_permanent_and_an_outage_is_not() {
        let error = read(&Reply { status: 400, body: String::new() }, Instant::now()).unwrap_err();
        assert!(matches!(error, GatewayError::Permanent { .. }));
        let error = read(&Reply { status: 503, body: String::new() }, Instant::now()).unwrap_err();
        assert!(error.may_retry());
    }
}
