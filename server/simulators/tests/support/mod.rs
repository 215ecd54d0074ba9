//! What the contract tests share: running simulators, real clients, and a receiver that plays the ISP.
//! The one rule: nothing is called in process; every message crosses a socket.
#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use gateways::payments::{Daraja, DarajaConfig, StkRequest};
use serde_json::{Value, json};
use simulators::{Business, SimulatorConfig, Simulators, start};
use tokio::net::TcpListener;

/// Longer than any wait of a test with delays switched off.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct World {
    pub simulators: Simulators,
    pub isp: Isp,
    pub business: Business,
    http: reqwest::Client,
}

/// Simulators without delays, and an ISP that listens.
pub async fn world() -> World {
    let simulators = start(SimulatorConfig::for_tests()).await.expect("free ports");
    let http = gateways::http::client().expect("an HTTP client");
    World { simulators, isp: Isp::start().await, business: Business::demo(), http }
}

impl World {
    pub fn daraja_config(&self) -> DarajaConfig {
        let business = &self.business;
        let mut config = DarajaConfig::pay_bill(
            self.simulators.daraja_url(),
            business.consumer_key.as_str(),
            business.consumer_secret.as_str(),
            &business.short_code,
            business.passkey.as_str(),
            self.isp.url("/stk"),
        );
        // Tests do not wait for a limit that protects the real provider.
        config.requests_per_second = 1_000;
        config
    }

    pub fn daraja(&self) -> Daraja {
        Daraja::new(self.daraja_config()).expect("a client")
    }

    /// Calls a control address with JSON and returns what it answers.
    pub async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.simulators.url());
        let response = self.http.post(url).json(&body).send().await.expect("the simulators answer");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a text");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub async fn set(&self, settings: Value) {
        let (status, answer) = self.control("/daraja/_control/settings", settings).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("{}{path}", self.simulators.url())).send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a text"))
    }

    pub async fn get_json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).await.1).expect("JSON")
    }

    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let url = format!("{}{path}", self.simulators.url());
        let response = self.http.post(url).form(fields).send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a text"))
    }

    /// Waits until the outbox shows a message of that status.
    pub async fn wait_for_status(&self, to: &str, status: &str) -> Value {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        tokio::time::timeout(PATIENCE, async {
            loop {
                let newest = self.get_json(&format!("/outbox.json?{query}")).await[0].clone();
                if newest["status"] == status {
                    return newest;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("the message gets that status")
    }
}

pub fn request(amount_shillings: i64) -> StkRequest {
    StkRequest {
        phone: "254712000001".into(),
        amount_shillings,
        account_reference: "FBR10021".into(),
        description: "Internet".into(),
    }
}

/// Something that was posted to the ISP.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Default)]
struct Inbox {
    received: VecDeque<Received>,
    /// What the next posts are answered with; 200 and an acknowledgement without any.
    answers: VecDeque<(u16, Value)>,
}

/// A web server that keeps what it gets.
#[derive(Clone)]
pub struct Isp {
    address: String,
    inbox: Arc<Mutex<Inbox>>,
}

pub const VERIFY_TOKEN: &str = "verify-demo";

impl Isp {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let isp = Self { address, inbox: Arc::default() };
        let router = Router::new().fallback(receive).with_state(isp.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        isp
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn answer_next(&self, status: u16, body: Value) {
        self.inbox.lock().unwrap().answers.push_back((status, body));
    }

    /// The next post, in the order of arrival.
    pub async fn next(&self) -> Received {
        tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(received) = self.inbox.lock().unwrap().received.pop_front() {
                    return received;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("something is posted to the ISP")
    }

    /// Whether nothing more arrives for a while.
    pub async fn is_quiet(&self) -> bool {
        tokio::time::sleep(Duration::from_millis(150)).await;
        self.inbox.lock().unwrap().received.is_empty()
    }
}

async fn receive(State(isp): State<Isp>, query: Query<Vec<(String, String)>>, request: Request) -> Response {
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if request.method() == "GET" {
        let ours = gateways::Secret::new(VERIFY_TOKEN);
        let challenge = get("hub.challenge");
        return match gateways::whatsapp::answer_challenge(get("hub.mode"), get("hub.verify_token"), challenge, &ours) {
            Some(challenge) => challenge.to_owned().into_response(),
            None => StatusCode::FORBIDDEN.into_response(),
        };
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1_000_000).await.expect("a small body");
    let mut inbox = isp.inbox.lock().unwrap();
    inbox.received.push_back(Received { path: parts.uri.path().to_owned(), headers: parts.headers, body });
    let (status, answer) =
        inbox.answers.pop_front().unwrap_or_else(|| (200, json!({"ResultCode": 0, "ResultDesc": "Accepted"})));
    (StatusCode::from_u16(status).unwrap(), axum::Json(answer)).into_response()
}
