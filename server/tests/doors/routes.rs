//! Routes outside pages and server functions: the sources' list and the table agree, and strangers get nothing.

use crate::access::routes::ROUTES;
use crate::house::{House, ask};
use crate::matrix::admin_of;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use model::Audience;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `.route("/path"` with its methods, in all server crates but the simulators of providers and routers, which are another
/// program, on another port.
fn declared() -> BTreeSet<(String, String)> {
    let server = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&server, &mut files);
    let mut routes = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source is read");
        for (at, _) in text.match_indices(".route(\"") {
            let rest = &text[at + ".route(\"".len()..];
            let path = rest.split('"').next().unwrap_or_default().to_owned();
            // The handlers stand between this path and the next route or the end of the statement.
            let handlers = rest.split(".route(").next().unwrap_or_default().split(";\n").next().unwrap_or_default();
            for (word, method) in
                [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE"), ("any(", "GET")]
            {
                if handlers.contains(word) {
                    routes.insert((method.to_owned(), path.clone()));
                }
            }
        }
    }
    routes
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if !["tests", "simulators", "nas_sim", "target"].iter().any(|other| name == *other) {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_route_outside_pages_is_in_the_table_and_the_table_has_no_other() {
    let declared = declared();
    let listed: BTreeSet<(String, String)> = ROUTES.iter().map(|r| (r.method.to_owned(), r.path.to_owned())).collect();
    let unlisted: Vec<_> = declared.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&declared).collect();
    assert!(unlisted.is_empty(), "routes without a line in server/tests/access/routes.rs: {unlisted:?}");
    assert!(gone.is_empty(), "lines of server/tests/access/routes.rs without a route: {gone:?}");
}

/// The path with ids that nothing has in its parts.
fn filled(path: &str) -> String {
    let parts =
        path.split('/').map(|part| if part.starts_with('{') { "01890a5d-ac96-774b-bcce-b302099a8057" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A body of the kind that a route reads.
fn body_of(path: &str) -> (&'static str, &'static str) {
    if path.ends_with("/photo") {
        (
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n",
        )
    } else {
        ("application/json", "{}")
    }
}

#[tokio::test]
async fn a_stranger_gets_nothing_from_a_route() {
    let house = House::open().await;
    let mut faults = Vec::new();
    for route in ROUTES {
        let method: Method = route.method.parse().expect("a method");
        let (kind, body) = body_of(route.path);
        let request = ask(method, &filled(route.path), None, &[("content-type", kind)]);
        let answer = house.send_for_head(request.body(Body::from(body)).expect("a request")).await;
        if !route.stranger.contains(&answer.status.as_u16()) {
            faults.push(format!("{} {} ({}): {}", route.method, route.path, route.why, answer.status));
        }
    }
    house.close().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn an_event_stream_wants_a_session_of_its_own_audience() {
    let house = House::open().await;
    let events = |audience: Audience, cookie: Option<String>| {
        ask(Method::GET, &format!("/events/{}", audience.code()), cookie.as_deref(), &[])
            .body(Body::empty())
            .expect("a request")
    };
    for audience in [Audience::Staff, Audience::My, Audience::Partner] {
        let own = house.cookie(audience, &[admin_of(audience)]).await;
        let answer = house.send_for_head(events(audience, Some(own))).await;
        assert_eq!(answer.status, StatusCode::OK, "{audience:?}");
        assert!(answer.header("content-type").starts_with("text/event-stream"));
        for other in [Audience::Staff, Audience::My, Audience::Partner].into_iter().filter(|o| *o != audience) {
            let cookie = house.cookie(other, &[admin_of(other)]).await;
            assert_eq!(house.send_for_head(events(audience, Some(cookie))).await.status, StatusCode::UNAUTHORIZED);
        }
    }
    let unknown = ask(Method::GET, "/events/nobody", None, &[]).body(Body::empty()).expect("a request");
    assert_eq!(house.send_for_head(unknown).await.status, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[tokio::test]
async fn the_metrics_are_shown_for_the_operators_token_only_and_count_by_door() {
    let house = House::open_with(|settings| settings.metrics_token = Some("twiga-mrefu-barabarani".into())).await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    assert_eq!(house.get("/subscribers", Some(&cookie)).await.status, StatusCode::OK);
    let ask_with = |authorization: &'static str| {
        let headers: &[_] = if authorization.is_empty() { &[] } else { &[("authorization", authorization)] };
        ask(Method::GET, "/metrics", Some(&cookie), headers).body(Body::empty()).expect("a request")
    };
    for wrong in ["", "Bearer", "Bearer twiga", "Basic twiga-mrefu-barabarani", "Bearer twiga-mrefu-barabarani2"] {
        assert_eq!(house.send(ask_with(wrong)).await.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let shown = house.send(ask_with("Bearer twiga-mrefu-barabarani")).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.header("content-type").starts_with("text/plain; version=0.0.4"), "{}", shown.header("content-type"));
    for line in [
        "http_requests_total{method=\"GET\",door=\"page_staff\",status=\"200\"}",
        "http_request_duration_seconds_bucket{door=\"page_staff\",le=\"0.05\"}",
        "jobs{state=\"failed\"} 0",
        "database_up 1",
        "database_connections{pool=\"app\",state=\"busy\"}",
    ] {
        assert!(shown.body.contains(line), "{line} is missing in\n{}", shown.body);
    }
    assert!(!shown.body.contains("/subscribers"), "a path is a label");
    house.close().await;
}
