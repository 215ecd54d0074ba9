//! The web layer before every door: cross-site guard, audience by path, session, tenant, person, language.
//!
//! Order, outermost first: `same_site_only`, the session of the audience, `attach_ctx`.

use crate::ctx::Request as CtxRequest;
use crate::sessions::{self, PgSessionStore, SignedIn};
use crate::{App, RequestCtx, TenantId};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use ipnet::IpNet;
use model::{AppError, Audience, Lang};
use std::net::{IpAddr, SocketAddr};
use tower::ServiceExt;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

/// Whose door a path is. What is nobody's own (`/lang`, `/theme`, `/isp`) says so by the page that it came from.
pub fn audience_of(path: &str) -> Audience {
    let mut parts = path.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    match (first, second) {
        ("rpc" | "events", code) => Audience::from_code(code).unwrap_or(Audience::Staff),
        ("my", _) => Audience::My,
        ("partner", _) => Audience::Partner,
        ("platform", _) => Audience::Platform,
        _ => Audience::Staff,
    }
}

/// Paths that everybody may open: sign-in pages, static files, health.
fn is_public(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let sign_in = [
        "/login",
        "/password",
        "/mfa",
        "/setup",
        "/my/login",
        "/my/password",
        "/my/mfa",
        "/partner/login",
        "/partner/mfa",
        "/partner/password",
        "/platform/login",
        "/platform/mfa",
        "/my/view-as",
        "/view-as",
    ];
    let open = [
        "/rpc/",
        "/pkg/",
        "/vendor/",
        "/texts/",
        "/hooks/",
        "/healthz",
        "/readyz",
        "/lang/",
        "/theme/",
        "/events/",
        "/isp",
        "/favicon",
        "/manifest",
        "/p/",
        "/api/",
    ];
    sign_in.iter().any(|p| path == *p || path.starts_with(&format!("{p}/"))) || open.iter().any(|p| path.starts_with(p))
}

/// The sign-in page of an audience.
pub const fn login_path(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => "/login",
        Audience::My => "/my/login",
        Audience::Partner => "/partner/login",
        Audience::Platform => "/platform/login",
    }
}

/// The page of an audience that sets up a second factor.
pub const fn second_factor_path(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => "/second-factor",
        Audience::My => "/my/second-factor",
        Audience::Partner => "/partner/second-factor",
        Audience::Platform => "/platform/second-factor",
    }
}

/// The door by which somebody of the staff stops viewing as a subscriber, and the one by which an operator stops viewing as
/// an admin: the only ones that change anything meanwhile.
pub const LEAVE_VIEW: &str = "/rpc/my/identity/view_as/leave";
pub const LEAVE_ISP: &str = "/rpc/staff/identity/view_as/leave";

/// The cookie in which a browser keeps the code of its ISP, for hosts that belong to none.
pub const ISP_COOKIE: &str = "isp";

/// The cookie that keeps the name of a refused sign-in, never its password, until the form is drawn again.
const TYPED_NAME_COOKIE: &str = "typed_name";

/// Keeps the name of a sign-in that was refused: without scripts the answer leads back to a form that would be empty. It
/// is not put into the address, which ends up in logs and histories.
pub fn keep_typed_name<T>(name: &str, answer: Result<T, AppError>) -> Result<T, AppError> {
    if let (Err(_), Some(response)) = (&answer, leptos::prelude::use_context::<leptos_axum::ResponseOptions>()) {
        let typed = hex::encode(name.chars().take(TYPED_NAME_CHARS_MAX).collect::<String>());
        let cookie = format!("{TYPED_NAME_COOKIE}={typed}; Path=/; Max-Age=60; SameSite=Strict; HttpOnly; Secure");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
    answer
}

/// Longer than any phone number or e-mail address that signs in, and short enough for a cookie.
const TYPED_NAME_CHARS_MAX: usize = 200;

/// The name of the sign-in whose refusal the page that is being rendered shows.
pub fn typed_name() -> Option<String> {
    let request = leptos::prelude::use_context::<Parts>()?;
    let is_refused = request.uri.query().is_some_and(|query| query.contains("__err="));
    let typed = cookie(&request.headers, TYPED_NAME_COOKIE).filter(|_| is_refused)?;
    String::from_utf8(hex::decode(typed).ok()?).ok()
}

/// Wraps the routes in the guard, the four audiences' sessions and the request context.
pub fn wrap(app: App, routes: Router) -> Router {
    let routes = routes.layer(axum::middleware::from_fn_with_state(app.clone(), attach_ctx));
    let by_audience = Audience::ALL.map(|audience| routes.clone().layer(session_layer(&app, audience)));
    Router::new()
        .fallback(move |request: Request| {
            let audience = audience_of_request(request.uri(), request.headers());
            let service = by_audience[Audience::ALL.iter().position(|a| *a == audience).unwrap_or(0)].clone();
            async move { service.oneshot(request).await }
        })
        .layer(axum::middleware::from_fn(same_site_only))
}

fn audience_of_request(uri: &Uri, headers: &HeaderMap) -> Audience {
    let path = uri.path();
    if path.starts_with("/lang/") || path.starts_with("/theme/") || path == "/isp" {
        return audience_of(&referer_path(headers));
    }
    audience_of(path)
}

/// The path of the page that a request came from, `/` when it does not say.
pub fn referer_path(headers: &HeaderMap) -> String {
    own_path(headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or_default())
}

/// What an address means on our own host: its path and query, `/` when it has none that is ours.
pub fn own_path(address: &str) -> String {
    let uri = address.parse::<Uri>().ok();
    let path = uri.as_ref().and_then(|u| u.path_and_query()).map(|p| p.as_str().to_owned());
    model::identity::safe_next(path.as_deref().unwrap_or_default(), "/")
}

fn session_layer(app: &App, audience: Audience) -> SessionManagerLayer<PgSessionStore> {
    let (name, same_site, expiry) = match audience {
        Audience::Staff => ("__Host-staff", SameSite::Strict, Expiry::OnSessionEnd),
        Audience::My => ("__Host-my", SameSite::Lax, Expiry::OnInactivity(Duration::days(30))),
        Audience::Partner => ("__Host-partner", SameSite::Lax, Expiry::OnInactivity(Duration::days(30))),
        Audience::Platform => ("__Host-platform", SameSite::Lax, Expiry::OnSessionEnd),
    };
    SessionManagerLayer::new(PgSessionStore::new(app, audience))
        .with_name(name)
        .with_same_site(same_site)
        .with_secure(true)
        .with_http_only(true)
        .with_path("/")
        .with_expiry(expiry)
}

/// Refuses what another site makes a browser send: server functions have no such check of their own. Webhooks and the
/// REST door authenticate by themselves and use no cookie.
async fn same_site_only(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let own_authentication = path.starts_with("/hooks/") || path.starts_with("/api/");
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if harmless || own_authentication || is_same_site(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    tracing::warn!(path, "a request from another site was refused");
    (StatusCode::FORBIDDEN, "This form was sent from another site.").into_response()
}

/// The host that was asked, with its port. HTTP/2, which browsers speak over TLS, says it in the address and sends no such
/// header (RFC 9113, 8.3.1).
fn asked_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let header = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    header.or(uri.authority().map(axum::http::uri::Authority::as_str))
}

fn is_same_site(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (text(header::ORIGIN), asked_host(uri, headers)) {
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, o)| o.eq_ignore_ascii_case(host)),
            // Neither header: not a browser, so no cookie was added behind anybody's back.
            (None, _) => true,
            (Some(_), None) => false,
        },
    }
}

/// Finds tenant, person and language and puts the request's context in place; sends strangers to the sign-in page.
async fn attach_ctx(State(app): State<App>, request: Request, next: Next) -> Response {
    // Parts and body apart: a body cannot be borrowed across an await.
    let (mut parts, body) = request.into_parts();
    let audience = audience_of_request(&parts.uri, &parts.headers);
    let ctx = match make_ctx(&app, audience, &parts).await {
        Ok(ctx) => ctx,
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, Body::from(error.to_string())).into_response();
        }
    };
    let is_page = parts.method == Method::GET && !is_public(parts.uri.path());
    if is_page && ctx.person.is_none() {
        // Nobody can sign in before there is an ISP.
        if ctx.tenant.is_none() && crate::tenants::all(&app).await.is_ok_and(|all| all.is_empty()) {
            return Redirect::to("/setup").into_response();
        }
        return to_sign_in(audience, &parts.uri, &ctx);
    }
    if is_page && ctx.person.as_ref().is_some_and(|p| p.must_enrol) && !may_open_before_enrolment(parts.uri.path()) {
        return Redirect::to(second_factor_path(audience)).into_response();
    }
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && ctx.person.is_some() && ctx.viewer().is_some() && ![LEAVE_VIEW, LEAVE_ISP].contains(&parts.uri.path())
    {
        return refuse_viewer(&parts.headers);
    }
    let signed_in = ctx.person.is_some();
    parts.extensions.insert(ctx);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if signed_in && !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The pages of a person who has to set up a second factor first: that one, and the way out.
fn may_open_before_enrolment(path: &str) -> bool {
    Audience::ALL.iter().any(|audience| path == second_factor_path(*audience)) || path == "/sign-out"
}

/// Whoever views as somebody else changes nothing. Without scripts the page is simply shown again.
fn refuse_viewer(headers: &HeaderMap) -> Response {
    let accepts_html =
        headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("text/html"));
    if accepts_html {
        return Redirect::to(&referer_path(headers)).into_response();
    }
    let refusal = model::AppError::Conflict(
        "While you view as somebody else, nothing can be changed. Leave the view first.".into(),
    );
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::CONFLICT);
    (status, axum::Json(refusal)).into_response()
}

fn to_sign_in(audience: Audience, uri: &Uri, ctx: &RequestCtx) -> Response {
    let wanted = uri.path_and_query().map_or("/", |p| p.as_str());
    let half_way = ctx.signed_in.as_ref().is_some_and(|s| !s.complete);
    let base = login_path(audience);
    let page = if half_way { base.replace("login", "mfa") } else { base.to_owned() };
    let next: String = wanted.bytes().map(percent).collect();
    Redirect::to(&format!("{page}?next={next}")).into_response()
}

fn percent(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    }
}

async fn make_ctx(app: &App, audience: Audience, request: &Parts) -> Result<RequestCtx, model::AppError> {
    let headers = &request.headers;
    let session = request.extensions.get::<Session>().cloned();
    let signed_in = match &session {
        Some(session) => sessions::signed_in(session).await,
        None => None,
    };
    let host = asked_host(&request.uri, headers).unwrap_or_default();
    let tenant = match (&signed_in, audience) {
        (Some(signed_in), _) => signed_in.tenant,
        // Whatever host they come by, operators are at no ISP.
        (None, Audience::Platform) => None,
        (None, _) => before_login(app, host_name(host), headers).await?,
    };
    let person = match &signed_in {
        Some(SignedIn { complete: false, .. }) | None => None,
        Some(complete) => app.identify.identify(app, audience, complete).await.map_err(crate::error::from_sql)?,
    };
    let is_over = person.is_none() && signed_in.as_ref().is_some_and(|signed_in| signed_in.viewer.is_some());
    if let Some(session) = session.as_ref().filter(|_| is_over) {
        // A view that is over leaves nothing behind: the browser may sign in as itself again.
        sessions::sign_out(session).await?;
    }
    let signed_in = signed_in.filter(|_| !is_over);
    let lang = chosen_lang(headers).or(person.as_ref().and_then(|p| p.lang)).unwrap_or_default();
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    Ok(RequestCtx::new(CtxRequest {
        app: app.clone(),
        audience,
        tenant,
        person,
        signed_in,
        session,
        lang,
        theme: cookie(headers, "theme").filter(|t| matches!(t.as_str(), "light" | "dark")),
        request_id,
        address: address(app, request),
        user_agent: headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned),
    }))
}

/// Before the sign-in: the host's tenant; on a host of nobody, the one whose code the browser keeps.
async fn before_login(app: &App, host: &str, headers: &HeaderMap) -> Result<Option<TenantId>, AppError> {
    if let Some(tenant) = crate::tenants::of_host(app, host).await? {
        return Ok(Some(tenant));
    }
    match cookie(headers, ISP_COOKIE) {
        Some(code) => crate::tenants::of_code(app, &code).await,
        None => Ok(None),
    }
}

fn host_name(host: &str) -> &str {
    // An IPv6 literal keeps its brackets; a port is cut off either way.
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => &host[..colon],
        _ => host,
    }
}

/// The reader's choice by cookie, else what the browser asks for.
fn chosen_lang(headers: &HeaderMap) -> Option<Lang> {
    if let Some(lang) = cookie(headers, "lang") {
        return lang.parse().ok();
    }
    let wanted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    wanted.split(',').find_map(|part| part.trim().parse().ok())
}

/// The value of a plain cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The peer's address, or the right-most forwarded one when the peer is a proxy of ours.
fn address(app: &App, request: &Parts) -> Option<IpAddr> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip())?;
    Some(client(&app.settings.trusted_proxies, peer, &request.headers))
}

fn client(proxies: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    // A listener on [::] writes IPv4 peers as IPv6.
    let peer = peer.to_canonical();
    let is_proxy = |ip: &IpAddr| proxies.iter().any(|net| net.contains(ip));
    if !is_proxy(&peer) {
        return peer;
    }
    // Each proxy adds at the end, some as a line of their own; what stands further left was written by the client.
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let first_beyond = hops.map(|part| part.trim().parse().ok()).find(|ip| !ip.as_ref().is_some_and(is_proxy));
    // Where an unreadable hop stands, nothing further left can be believed.
    first_beyond.flatten().unwrap_or(peer)
}

/// Leads the browser on after a server function, with scripts or without.
pub fn redirect(path: &str) {
    leptos_axum::redirect(path);
}

/// The same at sign-out: the browser also forgets what it stored.
pub fn leave(path: &str) {
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        let forget = HeaderValue::from_static("\"cache\", \"storage\"");
        response.insert_header(header::HeaderName::from_static("clear-site-data"), forget);
    }
    redirect(path);
}

/// A text as a value in a query string.
pub fn in_query(text: &str) -> String {
    text.bytes().map(percent).collect()
}

/// The status of the page that is being rendered.
pub fn set_page_status(status: u16) {
    if let (Some(response), Ok(status)) =
        (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), StatusCode::from_u16(status))
    {
        response.set_status(status);
    }
}

/// The policy of the page that is being rendered: only our own scripts, which carry this render's nonce.
pub fn set_page_policy(nonce: Option<&str>, audience: Audience) {
    let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() else { return };
    let nonce = nonce.unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    // Technicians are staff: they scan serials and show where they are.
    let devices = match audience {
        Audience::Staff => "camera=(self), geolocation=(self), microphone=()",
        _ => "camera=(), geolocation=(), microphone=()",
    };
    response.insert_header(header::HeaderName::from_static("permissions-policy"), HeaderValue::from_static(devices));
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos::prelude::{Owner, provide_context};

    #[test]
    fn a_refused_name_comes_back_with_its_refusal_only() {
        Owner::new().with(|| {
            let response = leptos_axum::ResponseOptions::default();
            provide_context(response.clone());
            assert!(keep_typed_name("0712 345 678", Ok(())).is_ok());
            assert!(response.0.read().unwrap().headers.is_empty(), "a name that was right is kept");
            let refused: Result<(), AppError> = keep_typed_name("0712 345 678", Err(AppError::Forbidden));
            assert!(refused.is_err());
            let set = response.0.read().unwrap().headers[header::SET_COOKIE].clone();
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let page = |address: &str| {
                let request = Request::builder().uri(address).header(header::COOKIE, &pair).body(()).unwrap();
                provide_context(request.into_parts().0);
                typed_name()
            };
            assert_eq!(page("/my/login?__path=x&__err=y").as_deref(), Some("0712 345 678"));
            assert_eq!(page("/my/login"), None, "whoever comes next sees it");
        });
    }

    #[test]
    fn each_path_belongs_to_its_audience() {
        for (path, audience) in [
            ("/billing/invoices", Audience::Staff),
            ("/tech", Audience::Staff),
            ("/my/pay", Audience::My),
            ("/mystery", Audience::Staff),
            ("/rpc/my/billing/pay", Audience::My),
            ("/events/partner", Audience::Partner),
            ("/platform", Audience::Platform),
        ] {
            assert_eq!(audience_of(path), audience, "{path}");
        }
    }

    #[test]
    fn a_form_from_another_site_is_refused() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(k, v)| (header::HeaderName::from_static(k), HeaderValue::from_static(v))).collect()
        };
        let passes = |uri: &'static str, pairs: &[_]| is_same_site(&Uri::from_static(uri), &headers(pairs));
        assert!(passes("/", &[("sec-fetch-site", "same-origin")]));
        assert!(passes("/", &[("origin", "http://a.example:3000"), ("host", "a.example:3000")]));
        assert!(
            passes("https://a.example:3000/", &[("origin", "https://a.example:3000")]),
            "HTTP/2 has no host header"
        );
        assert!(!passes("/", &[("sec-fetch-site", "cross-site")]));
        assert!(!passes("/", &[("sec-fetch-site", "same-site")]));
        assert!(!passes("/", &[("origin", "http://evil.example"), ("host", "a.example")]));
        assert!(!passes("https://a.example/", &[("origin", "https://evil.example")]));
        assert!(!passes("/", &[("origin", "null"), ("host", "a.example")]));
    }

    #[test]
    fn a_forwarded_address_is_believed_from_our_proxies_only_and_right_to_left() {
        let proxies: Vec<IpNet> = vec!["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let seen = |peer: &str, lines: &[&'static str]| {
            let name = header::HeaderName::from_static("x-forwarded-for");
            let headers = lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect();
            client(&proxies, peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(seen("127.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(seen("::ffff:127.0.0.1", &["203.0.113.7, 10.1.2.3"]), "203.0.113.7");
        assert_eq!(seen("127.0.0.1", &["198.51.100.1, 203.0.113.7"]), "203.0.113.7", "the left is the client's word");
        assert_eq!(seen("127.0.0.1", &["198.51.100.1", "203.0.113.7"]), "203.0.113.7", "a proxy may add a line");
        assert_eq!(seen("127.0.0.1", &["198.51.100.1, nonsense"]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "a stranger's header says nothing");
    }

    #[test]
    fn an_address_of_another_host_keeps_only_its_path() {
        assert_eq!(own_path("http://first.test/login?next=/x"), "/login?next=/x");
        assert_eq!(own_path("https://evil.example/login"), "/login");
        assert_eq!(own_path("/mfa?next=/"), "/mfa?next=/");
        for evil in ["https://evil.example//evil.example", "//evil.example//x", "javascript:alert(1)", ""] {
            assert_eq!(own_path(evil), "/", "{evil}");
        }
    }

    #[test]
    fn only_sign_in_pages_and_files_are_open_to_strangers() {
        for open in ["/login", "/my/login", "/pkg/staff.js", "/healthz", "/mfa", "/hooks/daraja/x"] {
            assert!(is_public(open), "{open}");
        }
        for closed in ["/", "/my", "/billing/invoices", "/loginx", "/my/pay", "/tech", "/partner"] {
            assert!(!is_public(closed), "{closed}");
        }
    }
}
