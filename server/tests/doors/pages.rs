//! Every page of the program, drawn by the server: strangers are led to the sign-in, nothing runs that the page's own
//! policy does not allow, nothing breaks.

use crate::house::{Answer, House};
use crate::matrix::admin_of;
use axum::http::StatusCode;
use model::Audience;
use platform::web::{audience_of, login_path};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Pages for strangers.
const OPEN: [&str; 14] = [
    "/login",
    "/password",
    "/mfa",
    "/setup",
    "/my/login",
    "/my/mfa",
    "/my/password",
    "/my/view-as",
    "/partner/login",
    "/partner/mfa",
    "/partner/password",
    "/platform/login",
    "/platform/mfa",
    "/view-as",
];

/// The addresses that the sources declare by `path!("/…")`.
fn declared() -> BTreeSet<String> {
    let mut files = Vec::new();
    collect(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../app"), &mut files);
    let mut pages = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source is read");
        for (at, word) in text.match_indices("path!(\"/") {
            let path = &text[at + word.len() - 1..];
            pages.insert(path.split('"').next().unwrap_or_default().to_owned());
        }
    }
    assert!(pages.len() > 10, "only {} pages: the sources were not found", pages.len());
    pages
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// The address with an id that no row has in its parts.
fn filled(page: &str) -> String {
    let part = |part: &str| {
        if part.starts_with(':') { "01890a5d-ac96-774b-bcce-b302099a8057".to_owned() } else { part.to_owned() }
    };
    page.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn a_stranger_is_led_from_every_page_to_the_sign_in_of_its_audience() {
    let house = House::open().await;
    let mut faults = Vec::new();
    for page in declared().iter().filter(|page| !OPEN.contains(&page.as_str())) {
        let answer = house.get(&filled(page), None).await;
        let wanted = format!("{}?next=", login_path(audience_of(page)));
        if !answer.status.is_redirection() || !answer.header("location").starts_with(&wanted) {
            faults.push(format!("{page}: {} {}", answer.status, answer.header("location")));
        }
    }
    house.close().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn every_page_is_drawn_and_runs_only_what_carries_its_nonce() {
    let house = House::open().await;
    let mut cookies = BTreeMap::new();
    for audience in Audience::ALL {
        cookies.insert(audience, house.cookie(audience, &[admin_of(audience)]).await);
    }
    let (mut faults, mut nonces) = (Vec::new(), BTreeSet::new());
    let pages = declared();
    for page in &pages {
        let cookie = cookies.get(&audience_of(page)).map(String::as_str);
        let answer = house.get(&filled(page), cookie).await;
        // A thing that is not there is not found; a list is there even when it is empty.
        let right = answer.status == StatusCode::OK
            || answer.status.is_redirection()
            || page.contains(':') && answer.status == StatusCode::NOT_FOUND;
        if !right {
            faults.push(format!("{page}: {}", answer.status));
        }
        if !answer.status.is_redirection() {
            faults.extend(policy_faults(&answer, &mut nonces).into_iter().map(|fault| format!("{page}: {fault}")));
        }
    }
    house.close().await;
    assert!(nonces.len() > 5, "only {} pages were drawn", nonces.len());
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn a_page_for_somebody_without_its_permission_shows_no_failure_of_ours() {
    let house = House::open().await;
    let mut faults = Vec::new();
    for audience in Audience::ALL {
        let cookie = house.cookie(audience, &[]).await;
        for page in declared().iter().filter(|page| audience_of(page) == audience) {
            let answer = house.get(&filled(page), Some(&cookie)).await;
            if answer.status.is_server_error() {
                faults.push(format!("{page}: {}", answer.status));
            }
        }
    }
    house.close().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What is wrong with the policy of a page, or with the page under its policy.
fn policy_faults(answer: &Answer, nonces: &mut BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "'strict-dynamic'",
        "'wasm-unsafe-eval'",
        "connect-src 'self'",
    ] {
        if !policy.contains(part) {
            faults.push(format!("{part} is missing in the policy {policy}"));
        }
    }
    for forbidden in ["unsafe-inline", "'unsafe-eval'", "http:", "https:", " * ", "blob:"] {
        if policy.contains(forbidden) {
            faults.push(format!("{forbidden} in the policy {policy}"));
        }
    }
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
    if nonce.len() < 16 || !nonces.insert(nonce.to_owned()) {
        faults.push(format!("the nonce {nonce:?} is short or was used before"));
    }
    let carried = format!("nonce=\"{nonce}\"");
    for start in ["<script", "<style"] {
        for tag in answer.body.match_indices(start).map(|(at, _)| tag(&answer.body[at..])) {
            if !tag.contains(&carried) && !tag.contains("type=\"application/json\"") {
                faults.push(format!("without the nonce: {tag}"));
            }
        }
    }
    if !answer.body.contains("<script") {
        faults.push("there is no script: the page never comes alive".into());
    }
    for inline in [" style=\"", " onclick=", " onload=", " onsubmit=", "javascript:"] {
        if answer.body.contains(inline) {
            let at = answer.body.find(inline).unwrap_or_default();
            let around: String = answer.body[at..].chars().take(80).collect();
            faults.push(format!("the policy forbids{around}"));
        }
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        if answer.header(name) != value {
            faults.push(format!("{name}: {:?}", answer.header(name)));
        }
    }
    if !answer.header("permissions-policy").contains("microphone=()") {
        faults.push("no permissions-policy".into());
    }
    faults
}

fn tag(html: &str) -> &str {
    html.split_inclusive('>').next().unwrap_or_default()
}
