//! What the web layer promises for every door: nothing from another site, a strict policy, limits, clear refusals.

use crate::arguments::Sources;
use crate::effects::Effects;
use crate::house::{House, ask, call};
use crate::matrix::{admin_of, known};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, Version};
use model::Audience;
use platform::web::audience_of;
use std::collections::BTreeMap;

/// A cookie for each audience whose doors there are.
async fn cookies(house: &House) -> BTreeMap<Audience, String> {
    let mut cookies = BTreeMap::new();
    for audience in Audience::ALL {
        cookies.insert(audience, house.cookie(audience, &[admin_of(audience)]).await);
    }
    cookies
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_at_every_door_and_has_no_effect() {
    let house = House::open().await;
    let cookies = cookies(&house).await;
    let mut effects = Effects::watch(&house).await;
    let before = effects.now().await;
    let foreign: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://second.test")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://first.test.evil.example")],
        // A header of the right host does not outweigh what the browser says.
        &[("sec-fetch-site", "cross-site"), ("origin", "http://first.test")],
    ];
    let mut passed = Vec::new();
    for (door, method, arguments) in known().into_iter().filter(|(_, method, _)| *method != Method::GET) {
        let cookie = cookies.get(&audience_of(door.path)).map(String::as_str);
        for headers in foreign {
            let answer = house.send(call(&method, door.path, &arguments, cookie, headers)).await;
            if answer.status != StatusCode::FORBIDDEN {
                passed.push(format!("{} with {headers:?}: {}", door.path, answer.status));
            }
        }
    }
    let after = effects.now().await;
    // The sessions are alive: no foreign form signed anybody out.
    let alive = house
        .call(&Method::GET, "/rpc/staff/identity/sessions/list", "", cookies.get(&Audience::Staff).map(String::as_str))
        .await;
    drop(effects);
    house.close().await;
    assert!(passed.is_empty(), "\n{}", passed.join("\n"));
    assert_eq!(before, after, "a refused form wrote something");
    assert_eq!(alive.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_our_own_site_passes() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    for headers in [
        &[("sec-fetch-site", "same-origin"), ("origin", "http://first.test")][..],
        &[("origin", "http://first.test")],
        &[],
    ] {
        let revoke = call(&Method::POST, "/rpc/staff/identity/sessions/revoke", REVOKE, Some(&cookie), headers);
        assert_eq!(house.send(revoke).await.status, StatusCode::OK, "{headers:?}");
    }
    house.close().await;
}

/// HTTP/2 says the host in the address and sends no `Host` header.
#[tokio::test]
async fn over_http_2_a_host_and_a_form_of_our_own_site_are_known() {
    let house = House::open().await;
    let ask = |method: Method, address: &str, origin: &str, body: &str| {
        let request = Request::builder().version(Version::HTTP_2).method(method).uri(address);
        let request = request.header("origin", origin).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(body.to_owned())).expect("a request")
    };
    let page = house.send(ask(Method::GET, "https://first.test/login", "https://first.test", "")).await;
    assert!(page.body.contains("The first ISP"), "{}", page.status);
    let sign_in = "form[name]=nobody&form[password]=nothing-of-ours";
    let address = "https://first.test/rpc/staff/identity/sign_in";
    let own = house.send(ask(Method::POST, address, "https://first.test", sign_in)).await;
    assert_ne!(own.status, StatusCode::FORBIDDEN, "{}", own.body);
    let foreign = house.send(ask(Method::POST, address, "https://evil.example", sign_in)).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    house.close().await;
}

const REVOKE: &str = "id=01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn reading_doors_write_nothing() {
    let house = House::open().await;
    let cookies = cookies(&house).await;
    let mut effects = Effects::watch(&house).await;
    let mut wrote = Vec::new();
    for (door, method, arguments) in known().into_iter().filter(|(_, method, _)| *method == Method::GET) {
        let before = effects.now().await;
        let cookie = cookies.get(&audience_of(door.path)).map(String::as_str);
        house.call(&method, door.path, &arguments, cookie).await;
        let after = effects.now().await;
        let tables: Vec<&String> = after.keys().filter(|table| before.get(*table) != after.get(*table)).collect();
        if !tables.is_empty() {
            wrote.push(format!("{}: {tables:?}", door.path));
        }
    }
    drop(effects);
    house.close().await;
    assert!(wrote.is_empty(), "GET must be free of effects:\n{}", wrote.join("\n"));
}

#[tokio::test]
async fn what_a_signed_in_person_gets_is_kept_by_no_cache() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    for path in ["/", "/profile", "/rpc/staff/identity/sessions/list"] {
        let answer = house.get(path, Some(&cookie)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused_before_it_is_read() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    let large = "a".repeat(10 * 1024 * 1024);
    for path in [
        "/rpc/staff/identity/sign_in",
        "/rpc/staff/identity/sessions/revoke",
        "/hooks/daraja/x/stk",
        "/hooks/whatsapp/x",
    ] {
        let length = large.len().to_string();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("content-length", length.as_str())];
        let with_length = ask(Method::POST, path, Some(&cookie), &headers);
        let answer = house.send(with_length.body(Body::from(large.clone())).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        // Without a length the limit is met while reading.
        let chunks = futures::stream::iter((0..160).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 64 * 1024])));
        let unknown = ask(Method::POST, path, Some(&cookie), &[("content-type", "application/x-www-form-urlencoded")]);
        let answer = house.send(unknown.body(Body::from_stream(chunks)).expect("a request")).await;
        assert!(answer.status.is_client_error(), "{path} without a length: {}", answer.status);
    }
    house.close().await;
}

#[tokio::test]
async fn a_form_that_cannot_be_read_names_the_form() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    let post = |arguments: &'static [u8], kind: &'static str| {
        ask(Method::POST, "/rpc/staff/identity/sessions/revoke", Some(&cookie), &[("content-type", kind)])
            .body(Body::from(arguments))
            .expect("a request")
    };
    const FORM: &str = "application/x-www-form-urlencoded";
    for (arguments, kind) in [
        (&b""[..], FORM),
        (b"id=not-a-uuid", FORM),
        (b"id=%ff%fe", FORM),
        (b"\xff\xfe\x00", FORM),
        (b"id[a][b][c]=1", FORM),
        (b"{\"id\":1}", "application/json"),
    ] {
        let answer = house.send(post(arguments, kind)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{arguments:?}: {}", answer.body);
        assert!(answer.body.contains("\"field\":\"form\""), "{arguments:?}: {}", answer.body);
    }
    house.close().await;
}

#[tokio::test]
async fn strange_texts_are_refused_or_taken_and_never_our_failure() {
    let house = House::open().await;
    let cookies = cookies(&house).await;
    let sources = Sources::read();
    let mut faults = Vec::new();
    let words = [
        "a\u{0}b",
        "\u{7}\u{1b}[2J\u{202e}x",
        "-1",
        "99999999999999999999999",
        "'; DROP TABLE tenant; --",
        "😀",
        "<script>",
        "",
    ];
    for (door, method, _) in known() {
        // These end the session or spend a throttle that the next words need.
        if door.path.ends_with("/sign_out") {
            continue;
        }
        let cookie = cookies.get(&audience_of(door.path)).map(String::as_str);
        for word in words {
            let answer = house.call(&method, door.path, &sources.arguments(door.path, word), cookie).await;
            if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
                faults.push(format!("{} with {word:?}: {}", door.path, answer.body));
            }
        }
    }
    house.close().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn a_path_that_is_not_there_is_not_found() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    for path in [
        "/no/such/page",
        "/rpc/staff/no/such/door",
        "/pkg/none.js",
        "/texts/xx.json",
        "/lang/xx",
        "/theme/pink",
        "/hooks/none/x",
    ] {
        assert_eq!(house.get(path, Some(&cookie)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/no/such/page", "/", "/profile"] {
        let answer = house.get(path, None).await;
        assert!(answer.status.is_redirection(), "{path} for a stranger: {}", answer.status);
        assert!(answer.header("location").starts_with("/login?next=/"), "{path}: {}", answer.header("location"));
    }
    house.close().await;
}

#[tokio::test]
async fn language_and_theme_are_remembered_and_lead_back_to_our_own_page() {
    let house = House::open().await;
    for (path, cookie) in [("/lang/sw", "lang=sw"), ("/theme/dark", "theme=dark")] {
        let from = |referer: &str| {
            ask(Method::GET, path, None, &[("referer", referer)]).body(Body::empty()).expect("a request")
        };
        let answer = house.send(from("http://first.test/login?next=/x")).await;
        assert!(answer.status.is_redirection(), "{path}: {}", answer.status);
        assert_eq!(answer.header("location"), "/login?next=/x");
        let set = answer.header("set-cookie");
        assert!(set.starts_with(cookie) && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
        for evil in [
            "https://evil.example//evil.example/x",
            "//evil.example",
            "https://evil.example/\\evil",
            "javascript:alert(1)",
        ] {
            let location = house.send(from(evil)).await.header("location").to_owned();
            assert!(
                location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'),
                "{evil} → {location}"
            );
        }
    }
    let page = |cookie: &'static str| house.get("/login", Some(cookie));
    assert!(page("lang=sw").await.body.contains("<html lang=\"sw\""));
    assert!(page("lang=en").await.body.contains("<html lang=\"en\""));
    assert!(page("theme=dark").await.body.contains("data-theme=\"dark\""));
    assert!(!page("theme=\"><script>").await.body.contains("data-theme=\"\"><script>"));
    let wants = ask(Method::GET, "/login", None, &[("accept-language", "sw-KE,sw;q=0.9")])
        .body(Body::empty())
        .expect("a request");
    assert!(house.send(wants).await.body.contains("<html lang=\"sw\""), "Accept-Language is not read");
    house.close().await;
}

#[tokio::test]
async fn a_host_of_nobody_asks_for_the_isp_and_keeps_the_answer_until_the_sign_in() {
    let house = House::open().await;
    let at = |path: &str, cookie: Option<&str>| {
        let mut request = axum::http::Request::builder().uri(path).header("host", "192.168.1.20:3000");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request
            .header("referer", "http://192.168.1.20:3000/my/login?next=/my/pay")
            .body(Body::empty())
            .expect("a request")
    };
    for page in ["/login", "/partner/login", "/my/login", "/password", "/my/password"] {
        let answer = house.send(at(page, None)).await;
        assert!(answer.body.contains("action=\"/isp\""), "{page} does not ask: {}", answer.body);
        assert!(!answer.body.contains("form[password]"), "{page} asks for a password of nobody");
    }
    let unknown = house.send(at("/isp?code=nobody", None)).await;
    assert_eq!(unknown.header("location"), "/my/login?isp=unknown");
    assert!(unknown.header("set-cookie").is_empty());
    assert!(house.send(at("/my/login?isp=unknown", None)).await.body.contains("role=\"alert\""));
    let chosen = house.send(at("/isp?code=%20SECOND", None)).await;
    assert_eq!(chosen.header("location"), "/my/login?next=/my/pay");
    let cookie = chosen.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    assert_eq!(cookie, "isp=second");
    for page in ["/login", "/partner/login", "/my/login"] {
        let answer = house.send(at(page, Some(&cookie))).await;
        assert!(!answer.body.contains("action=\"/isp\""), "{page} asks again");
        assert!(answer.body.contains("form[password]"), "{page} has no sign-in");
    }
    assert!(house.send(at("/login", Some(&cookie))).await.body.contains("The second ISP"));
    // A host of somebody's is theirs, whatever the browser keeps.
    assert!(house.get("/login", Some(&cookie)).await.body.contains("The first ISP"));
    house.close().await;
}

#[tokio::test]
async fn the_demo_is_at_home_at_the_address_that_was_printed() {
    let house = House::open().await;
    let mut connection = house.app.superuser().await;
    sqlx::query("UPDATE tenant SET is_demo = true").execute(&mut connection).await.expect("a demo");
    for _ in 0..2 {
        server::demo::open_at(&house.app.app, "192.168.1.20").await.expect("opened");
    }
    let request = axum::http::Request::builder().uri("/login").header("host", "192.168.1.20:3000");
    let answer = house.send(request.body(Body::empty()).expect("a request")).await;
    assert!(answer.body.contains("The first ISP"), "{}", answer.body);
    house.close().await;
}

#[tokio::test]
async fn a_public_address_with_tls_is_never_left_for_one_without() {
    for (url, wanted) in [("https://isp.example", "max-age=31536000"), ("http://localhost:3000", "")] {
        let app = testkit::TestApp::start_with(vec![], |mut builder| {
            builder.settings.public_url = url.into();
            builder
        })
        .await;
        let router = server::http::router(app.app.clone(), std::env::temp_dir().join("mtandao-no-site"));
        let request = axum::http::Request::builder().uri("/healthz").body(Body::empty()).expect("a request");
        let answer = tower::ServiceExt::oneshot(router, request).await.expect("an answer");
        let said = answer.headers().get("strict-transport-security").map(|v| v.to_str().expect("text"));
        assert_eq!(said.unwrap_or_default(), wanted, "{url}");
        app.discard().await;
    }
}
