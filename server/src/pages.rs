//! Pages: the two browser bundles rendered on the server, and the server functions they call.

use app::document::{Bundle, document};
use app::page_head::PageHead;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Offset;
use kit::prefs::Theme;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use model::AppError;
use model::portal::clock::PageClock;
use platform::web::audience_of;
use platform::{App, RequestCtx};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Which bundle draws a path: the phone portals their small one, everything else the staff's.
fn bundle_of(path: &str) -> Bundle {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "my" | "hotspot" | "tech" => Bundle::My,
        _ => Bundle::Staff,
    }
}

/// All pages and server functions. Pages are rendered whole before the first byte: right status, right redirect.
pub fn routes(options: LeptosOptions) -> Router<App> {
    // Rendering spawns futures; a second initialisation (tests) is refused and harmless.
    let _ = any_spawner::Executor::init_tokio();
    Router::new()
        .route("/rpc/{*rest}", axum::routing::any(server_function))
        .fallback(move |request: Request| page(options.clone(), request))
}

/// The context that both the page renderer and the server functions see.
fn give_context(ctx: Option<RequestCtx>, head: Option<PageHead>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        if let Some(head) = &head {
            provide_context(head.clone());
        }
        if let Some(ctx) = &ctx {
            provide_context(ctx.lang);
            provide_context(ctx.theme.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Theme::System));
            provide_context(ctx.clone());
        }
    }
}

async fn server_function(request: Request) -> Response {
    if !DOORS.contains(request.uri().path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let ctx = request.extensions().get::<RequestCtx>().cloned();
    let response = leptos_axum::handle_server_fns_with_context(give_context(ctx, None), request).await.into_response();
    let response = to_own_pages(response);
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR { with_own_status(response).await } else { response }
}

/// The paths of all server functions; for another the framework would explain how a program is written.
static DOORS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| server_fn_paths().map(|(path, _)| path).collect());

/// Without scripts a form's answer leads back to its `Referer`, which anybody may have written: only our paths are kept.
fn to_own_pages(mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).map(str::to_owned);
    if let Some(location) = location
        && let Ok(path) = HeaderValue::from_str(&platform::web::own_path(&location))
    {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}

/// A refusal is no failure of ours: the framework says 500 for every error, we say what it is.
async fn with_own_status(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, REFUSAL_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(error) = serde_json::from_slice::<AppError>(&bytes) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// A refusal names fields; it is never larger than a form.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// What the frame shows. Without it (the database is away) the page asks again by itself and says what is wrong.
async fn page_head_of(ctx: &RequestCtx) -> Option<PageHead> {
    let shell = identity::shell::shell(ctx).await.ok()?;
    let clock = shell.tenant.as_ref().and_then(|tenant| {
        let zone: chrono_tz::Tz = tenant.time_zone.parse().ok()?;
        let business = ctx.app.clock.now();
        let offset = business.with_timezone(&zone).offset().fix();
        Some(PageClock { business, real: ctx.app.clock.real_now(), offset_minutes: offset.local_minus_utc() / 60 })
    });
    Some(PageHead { shell, clock })
}

async fn page(options: LeptosOptions, request: Request<Body>) -> Response {
    let ctx = request.extensions().get::<RequestCtx>().cloned();
    let head = match &ctx {
        Some(ctx) => page_head_of(ctx).await,
        None => None,
    };
    let bundle = bundle_of(request.uri().path());
    let audience = audience_of(request.uri().path());
    let draw = move || document(bundle, audience, &options);
    leptos_axum::render_app_async_with_context(give_context(ctx, head), draw)(request).await.into_response()
}
