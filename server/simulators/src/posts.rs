//! Posting to the ISP: callbacks, confirmations, reports and incoming messages.
//! The one rule: a post is made once. The documented providers do not promise to repeat it, so neither do we.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::state::Shared;

/// How much of an answer is kept for the page.
const ANSWER_CHARS: usize = 200;

/// A post that was made and what came back.
#[derive(Debug, Clone, Serialize)]
pub struct Post {
    pub at: DateTime<Utc>,
    /// What it tells, for people.
    pub kind: &'static str,
    pub url: String,
    /// The phone that it is about.
    pub phone: String,
    /// HTTP status, or why there is none.
    pub outcome: String,
    pub took_ms: u64,
}

/// The body and headers of a post.
pub struct Parcel {
    pub kind: &'static str,
    pub url: String,
    pub phone: String,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Parcel {
    pub fn json(kind: &'static str, url: String, phone: &str, body: String) -> Self {
        Self { kind, url, phone: phone.to_owned(), content_type: "application/json", headers: Vec::new(), body }
    }

    pub fn form(kind: &'static str, url: String, phone: &str, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let content_type = "application/x-www-form-urlencoded";
        Self { kind, url, phone: phone.to_owned(), content_type, headers: Vec::new(), body }
    }
}

/// What the ISP answered.
pub struct Answer {
    pub status: Option<u16>,
    pub body: String,
    /// For people: `HTTP 200`, or why nothing came.
    pub outcome: String,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Posts once, waits at most `limit`, and remembers the outcome for the pages.
pub async fn post(state: &Shared, parcel: Parcel, limit: Duration) -> Answer {
    let at = Utc::now();
    let started = std::time::Instant::now();
    let mut request = state.http.post(&parcel.url).header("content-type", parcel.content_type).timeout(limit);
    for (name, value) in &parcel.headers {
        request = request.header(*name, value);
    }
    let answer = match request.body(parcel.body).send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let body = response.text().await.unwrap_or_default();
            Answer {
                status: Some(status),
                body: body.chars().take(20_000).collect(),
                outcome: format!("HTTP {status}"),
            }
        }
        Err(error) => {
            let reason = match (error.is_builder(), error.is_connect(), error.is_timeout()) {
                (true, ..) => "the address is not a URL",
                (_, true, _) => "nobody listens there",
                (_, _, true) => "no answer in time",
                _ => "the connection broke",
            };
            Answer { status: None, body: String::new(), outcome: reason.to_owned() }
        }
    };
    let mut outcome = answer.outcome.clone();
    if !answer.is_success() && !answer.body.is_empty() {
        outcome.push_str(": ");
        outcome.extend(answer.body.chars().take(ANSWER_CHARS));
    }
    // A post never takes longer than its limit of seconds, so the cast cannot lose anything.
    let took_ms = started.elapsed().as_millis() as u64;
    tracing::debug!(kind = parcel.kind, outcome, took_ms, "posted to the ISP");
    state.lock().posts.push(Post { at, kind: parcel.kind, url: parcel.url, phone: parcel.phone, outcome, took_ms });
    answer
}
