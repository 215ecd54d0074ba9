//! What the program counts about itself, for Prometheus (text format 0.0.4) at `/metrics`. The one rule: labels come from a
//! short list, never from what somebody sent, so that nobody can make the list grow.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use platform::App;
use platform::secrets::token_hash;
use std::sync::OnceLock;
use std::time::Instant;

/// Seconds. A page on a good day, a slow one, and what a person no longer waits for.
const BUCKETS_S: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The recorder of this process, made at the first call. `None` where another one was there before.
fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER
        .get_or_init(|| {
            let builder =
                PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS_S);
            builder.ok()?.install_recorder().ok()
        })
        .as_ref()
}

/// Counts a request and how long its answer took.
pub async fn count(request: Request, next: Next) -> Response {
    recorder();
    let (method, door) = (method(request.method()), door(request.uri().path()));
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    counter!("http_requests_total", "method" => method, "door" => door, "status" => status).increment(1);
    histogram!("http_request_duration_seconds", "door" => door).record(begun.elapsed());
    response
}

const fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// What kind of door a path is.
fn door(path: &str) -> &'static str {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        ("rpc", "my") => "rpc_my",
        ("rpc", "partner") => "rpc_partner",
        ("rpc", "platform") => "rpc_platform",
        ("rpc", _) => "rpc_staff",
        ("hooks", "daraja") => "hook_daraja",
        ("hooks", "sms") => "hook_sms",
        ("hooks", "whatsapp") => "hook_whatsapp",
        ("hooks", "monitoring") => "hook_monitoring",
        ("hooks", _) => "hook_other",
        ("events", _) => "events",
        ("pkg" | "vendor" | "texts" | "favicon.svg", _) => "file",
        ("healthz" | "readyz" | "metrics", _) => "operator",
        ("my", _) => "page_my",
        ("partner", _) => "page_partner",
        ("platform", _) => "page_platform",
        ("tech", _) => "page_tech",
        _ => "page_staff",
    }
}

/// The figures, for whoever knows the operator's token; without one there is no such page.
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(token) = app.settings.metrics_token.as_deref() else { return StatusCode::NOT_FOUND.into_response() };
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Hashes are compared: how long that takes says nothing about the token.
    if sent.strip_prefix("Bearer ").map(token_hash) != Some(token_hash(token)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    let Some(recorder) = recorder() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    observe(&app).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()).into_response()
}

/// What is looked up when somebody asks.
async fn observe(app: &App) {
    gauge!("build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    for (pool, open, idle) in app.connections() {
        gauge!("database_connections", "pool" => pool, "state" => "busy").set(f64::from(open.saturating_sub(idle)));
        gauge!("database_connections", "pool" => pool, "state" => "idle").set(f64::from(idle));
    }
    // A database that is away is said by `database_up`; the rest keeps its last value.
    match platform::jobs::pending(app).await {
        Ok((waiting, dead)) => {
            gauge!("database_up").set(1.0);
            gauge!("jobs", "state" => "waiting").set(waiting as f64);
            gauge!("jobs", "state" => "failed").set(dead as f64);
        }
        Err(_) => gauge!("database_up").set(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_one_of_a_short_list_whatever_was_asked() {
        for (path, kind) in [
            ("/", "page_staff"),
            ("/subscribers/01890a5d-ac96-774b-bcce-b302099a8057", "page_staff"),
            ("/my/pay", "page_my"),
            ("/rpc/my/billing/pay", "rpc_my"),
            ("/rpc/nonsense-1234", "rpc_staff"),
            ("/hooks/daraja/secret/stk", "hook_daraja"),
            ("/hooks/secret-of-somebody", "hook_other"),
            ("/pkg/staff.wasm", "file"),
        ] {
            assert_eq!(door(path), kind, "{path}");
        }
        assert_eq!(method(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
