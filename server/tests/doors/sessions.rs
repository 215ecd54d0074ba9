//! Sessions as a browser meets them: new id at sign-in, the old one dead, gone at sign-out, nothing half-way.

use crate::house::{Answer, House, PASSWORD, ask, call};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use chrono::Utc;
use model::Audience;
use platform::sessions::SignedIn;

const SESSIONS: &str = "/rpc/staff/identity/sessions/list";

fn form(name: &str, password: &str, next: &str) -> String {
    let encode = |text: &str| text.replace('%', "%25").replace('/', "%2F").replace('\\', "%5C").replace(':', "%3A");
    format!("form[name]={}&form[password]={}&form[next]={}", encode(name), encode(password), encode(next))
}

async fn sign_in(house: &House, audience: Audience, arguments: &str, cookie: Option<&str>) -> Answer {
    let path = match audience {
        Audience::My => "/rpc/my/portal/sign_in".to_owned(),
        other => format!("/rpc/{}/identity/sign_in", other.code()),
    };
    house.call(&Method::POST, &path, arguments, cookie).await
}

async fn sessions(house: &House, cookie: &str) -> StatusCode {
    house.call(&Method::GET, SESSIONS, "", Some(cookie)).await.status
}

#[tokio::test]
async fn the_session_id_changes_at_sign_in_and_the_old_cookie_is_dead() {
    let house = House::open().await;
    let (_, name) = house.person(house.app.first, Audience::Staff, &["isp_admin"], Some(PASSWORD)).await;
    let first = sign_in(&house, Audience::Staff, &form(&name, PASSWORD, ""), None).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let first = first.cookie(Audience::Staff).expect("a cookie is set");
    assert_eq!(sessions(&house, &first).await, StatusCode::OK);
    let second = sign_in(&house, Audience::Staff, &form(&name, PASSWORD, ""), Some(&first)).await;
    let second = second.cookie(Audience::Staff).expect("a cookie is set again");
    assert_ne!(first, second);
    assert_eq!(sessions(&house, &second).await, StatusCode::OK);
    assert_eq!(
        sessions(&house, &first).await,
        StatusCode::UNAUTHORIZED,
        "the cookie from before the sign-in still works"
    );
    // An id that somebody planted is not taken over.
    let planted = "__Host-staff=AAAAAAAAAAAAAAAAAAAAAA";
    let after = sign_in(&house, Audience::Staff, &form(&name, PASSWORD, ""), Some(planted)).await;
    assert_ne!(after.cookie(Audience::Staff).as_deref(), Some(planted));
    assert_eq!(sessions(&house, planted).await, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[tokio::test]
async fn a_session_cookie_cannot_be_read_by_scripts_nor_leave_the_host() {
    let house = House::open().await;
    for (audience, role, same_site) in [
        (Audience::Staff, "isp_admin", "SameSite=Strict"),
        (Audience::My, "subscriber_owner", "SameSite=Lax"),
        (Audience::Partner, "reseller_admin", "SameSite=Lax"),
    ] {
        let (_, name) = house.person(house.app.first, audience, &[role], Some(PASSWORD)).await;
        let answer = sign_in(&house, audience, &form(&name, PASSWORD, ""), None).await;
        let set = answer.header("set-cookie");
        assert!(set.starts_with(&format!("__Host-{}=", audience.code())), "{set}");
        for part in ["HttpOnly", "Secure", "Path=/", same_site] {
            assert!(set.split("; ").any(|p| p == part), "{part} is missing in {set}");
        }
        assert!(!set.contains("Domain"), "{set}");
    }
    house.close().await;
}

#[tokio::test]
async fn signing_out_kills_the_session_and_clears_the_browser() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    assert_eq!(sessions(&house, &cookie).await, StatusCode::OK);
    let out = house.call(&Method::POST, "/rpc/staff/identity/sign_out", "", Some(&cookie)).await;
    assert!(out.status.is_success() || out.status.is_redirection(), "{}", out.status);
    assert!(out.header("clear-site-data").contains("storage"));
    assert_eq!(sessions(&house, &cookie).await, StatusCode::UNAUTHORIZED);
    let again = house.call(&Method::POST, "/rpc/staff/identity/sign_out", "", Some(&cookie)).await;
    assert!(!again.status.is_server_error(), "signing out twice: {}", again.status);
    house.close().await;
}

#[tokio::test]
async fn a_blocked_login_is_out_at_once_and_a_half_open_session_opens_nothing() {
    let house = House::open().await;
    let (person, _) = house.person(house.app.first, Audience::Staff, &["isp_admin"], None).await;
    let cookie = house.app.cookie(Audience::Staff, house.app.first, person).await;
    assert_eq!(sessions(&house, &cookie).await, StatusCode::OK);
    let half =
        SignedIn { tenant: Some(house.app.first), person_id: person, complete: false, at: Utc::now(), viewer: None };
    let half = house.app.cookie_of(Audience::Staff, &half).await;
    assert_eq!(sessions(&house, &half).await, StatusCode::UNAUTHORIZED);
    let page = house.get("/profile", Some(&half)).await;
    assert_eq!(page.header("location"), "/mfa?next=/profile");
    let mut op = house.app.op(house.app.first).await;
    sqlx::query("UPDATE login SET state = 'blocked' WHERE id = $1")
        .bind(person)
        .execute(op.conn())
        .await
        .expect("blocked");
    op.commit().await.expect("committed");
    assert_eq!(sessions(&house, &cookie).await, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[tokio::test]
async fn a_session_stays_with_its_tenant_whatever_host_it_is_sent_to() {
    let house = House::open().await;
    let (person, name) = house.person(house.app.first, Audience::Staff, &["isp_admin"], Some(PASSWORD)).await;
    let cookie = house.app.cookie(Audience::Staff, house.app.first, person).await;
    let shell = |host: &'static str, cookie: Option<String>| {
        let mut request = axum::http::Request::builder().uri("/rpc/staff/identity/shell").header("host", host);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        house.send(request.body(Body::empty()).expect("a request"))
    };
    let there = shell("second.test", Some(cookie)).await;
    assert!(there.body.contains("The first ISP") && !there.body.contains("The second ISP"), "{}", there.body);
    assert!(shell("second.test:3000", None).await.body.contains("The second ISP"));
    assert!(shell("unknown.test", None).await.body.contains("\"tenant\":null"), "an unknown host shows some tenant");
    // The same name and password at the other ISP's door is nobody.
    let other = axum::http::Request::builder().method(Method::POST).uri("/rpc/staff/identity/sign_in");
    let other = other.header("host", "second.test").header("content-type", "application/x-www-form-urlencoded");
    let answer = house.send(other.body(Body::from(form(&name, PASSWORD, ""))).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    house.close().await;
}

#[tokio::test]
async fn a_sign_in_leads_only_to_our_own_pages() {
    let house = House::open().await;
    let (_, name) = house.person(house.app.first, Audience::Staff, &["isp_admin"], Some(PASSWORD)).await;
    for (next, leads_to) in [
        ("/profile", "/profile"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        // As the program without scripts sends it: the answer is a redirect.
        let headers = [("accept", "text/html"), ("referer", "http://first.test/login")];
        let request = call(&Method::POST, "/rpc/staff/identity/sign_in", &form(&name, PASSWORD, next), None, &headers);
        let answer = house.send(request).await;
        assert!(answer.status.is_redirection(), "{next}: {} {}", answer.status, answer.body);
        assert_eq!(answer.header("location"), leads_to, "{next}");
    }
    let request =
        ask(Method::GET, "/no/such?next=https://evil.example", None, &[]).body(Body::empty()).expect("a request");
    assert!(house.send(request).await.header("location").starts_with("/login?next=/no/such%3F"));
    house.close().await;
}

#[tokio::test]
async fn a_refused_form_without_scripts_leads_back_to_our_own_page() {
    let house = House::open().await;
    for referer in ["http://first.test/login", "https://evil.example/login"] {
        let headers = [("accept", "text/html"), ("referer", referer)];
        let request =
            call(&Method::POST, "/rpc/staff/identity/sign_in", &form("nobody", "wrong-password-1", ""), None, &headers);
        let answer = house.send(request).await;
        assert!(answer.status.is_redirection(), "{}", answer.status);
        let location = answer.header("location");
        assert!(!location.contains("evil.example"), "{referer} → {location}");
    }
    house.close().await;
}

#[tokio::test]
async fn guessing_a_password_is_slowed_down_with_the_same_words_for_unknown_names() {
    let house = House::open().await;
    let (_, name) = house.person(house.app.first, Audience::Staff, &["isp_admin"], Some(PASSWORD)).await;
    let wrong = sign_in(&house, Audience::Staff, &form(&name, "wrong-password-1", ""), None).await;
    let unknown = sign_in(&house, Audience::Staff, &form("nobody", "wrong-password-1", ""), None).await;
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    let mut last = wrong.status;
    for _ in 0..12 {
        last = sign_in(&house, Audience::Staff, &form(&name, "wrong-password-1", ""), None).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let right = sign_in(&house, Audience::Staff, &form(&name, PASSWORD, ""), None).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "the right password passes while tries are stopped");
    house.close().await;
}
