//! The HTTP door: files, health, event stream, language and theme, webhooks, pages.

use crate::{metrics, pages, stream};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use leptos::config::LeptosOptions;
use model::Lang;
use platform::web::{ISP_COOKIE, login_path};
use platform::{App, RequestCtx};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest body that any door takes; a page's form needs far less.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The whole router. `site` is the folder of built browser files.
pub fn router(app: App, site: PathBuf) -> Router {
    let options = LeptosOptions::builder().output_name("staff").site_root(site.to_string_lossy().into_owned()).build();
    let mut routes: Router<App> = pages::routes(options)
        .route("/events/{audience}", get(stream::events))
        .route("/lang/{code}", get(set_lang))
        .route("/theme/{name}", get(set_theme))
        .route("/isp", get(choose_isp));
    for module in &app.modules {
        routes = routes.merge((module.routes)());
    }
    let guarded = platform::web::wrap(app.clone(), routes.with_state(app.clone()));
    // Whoever came by TLS once is not led away from it. A proxy that ends TLS may say more, and is then left alone.
    let by_tls = app.settings.public_url.starts_with("https://").then(|| HeaderValue::from_static("max-age=31536000"));
    let limited = guarded
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(15)));
    Router::new()
        .nest_service("/pkg", files(site.join("pkg")))
        .nest_service("/vendor", files(site.join("vendor")))
        .route_service("/favicon.svg", tower_http::services::ServeFile::new(site.join("favicon.svg")))
        .route("/texts/{file}", get(texts))
        .route("/healthz", get(|| async { "alive" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .with_state(app)
        .fallback_service(limited)
        // Programs are compressed once, at the release build; doing it again for each visit would take seconds.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("application/wasm"))),
        )
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
        .layer(header_layer(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(SetResponseHeaderLayer::if_not_present(header::STRICT_TRANSPORT_SECURITY, by_tls))
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn(metrics::count))
}

fn header_layer(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

fn files(folder: PathBuf) -> ServeDir {
    ServeDir::new(folder).precompressed_br().precompressed_gzip()
}

/// The reader's texts for the browser: `/texts/sw.json`.
async fn texts(Path(file): Path<String>) -> Response {
    let Some(lang) = file.strip_suffix(".json").and_then(|code| code.parse::<Lang>().ok()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    (
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")],
        app::texts::table(lang),
    )
        .into_response()
}

/// Whether this server can do its work: the database answers.
async fn ready(State(app): State<App>) -> StatusCode {
    if app.is_ready().await { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// A year, for choices that are not secrets.
const CHOICE_COOKIE: &str = "Path=/; Max-Age=31536000; SameSite=Lax";

/// Remembers the language and goes back to the page that asked.
async fn set_lang(Path(code): Path<String>, headers: HeaderMap) -> Response {
    match code.parse::<Lang>() {
        Ok(lang) => back_with(&headers, &format!("lang={}; {CHOICE_COOKIE}", lang.code())),
        Err(()) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Remembers the theme and goes back; `system` follows the device again.
async fn set_theme(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match name.as_str() {
        "light" | "dark" => back_with(&headers, &format!("theme={name}; {CHOICE_COOKIE}")),
        "system" => back_with(&headers, "theme=; Path=/; Max-Age=0"),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct Isp {
    #[serde(default)]
    code: String,
}

/// Remembers whose browser this is, by the ISP's code, and goes back to the page that asked. It counts until somebody
/// signs in, and only on a host that belongs to no ISP.
async fn choose_isp(State(app): State<App>, ctx: RequestCtx, Query(asked): Query<Isp>, headers: HeaderMap) -> Response {
    let code = asked.code.trim().to_lowercase();
    match platform::tenants::of_code(&app, &code).await {
        Ok(Some(_)) => back_with(&headers, &format!("{ISP_COOKIE}={code}; {CHOICE_COOKIE}; HttpOnly")),
        Ok(None) => Redirect::to(&format!("{}?isp=unknown", login_path(ctx.audience))).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_string()).into_response()
        }
    }
}

fn back_with(headers: &HeaderMap, cookie: &str) -> Response {
    let back = platform::web::referer_path(headers);
    match HeaderValue::from_str(cookie) {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(&back)).into_response(),
        Err(_) => Redirect::to(&back).into_response(),
    }
}
