//! The access matrix: every server function × no session, wrong audience, no role, each built-in role.

use crate::access::{Door, Rule, doors};
use crate::arguments::Sources;
use crate::house::{Answer, House};
use axum::http::{Method, StatusCode};
use identity::roles::BUILT_IN;
use leptos::server_fn::axum::server_fn_paths;
use model::{Audience, PermissionSet};
use platform::web::audience_of;
use std::collections::{BTreeMap, BTreeSet};

/// The registry: path → method.
pub fn registered() -> BTreeMap<String, Method> {
    server_fn_paths().map(|(path, method)| (path.to_owned(), method)).collect()
}

/// Doors of the table that exist, with method and arguments: what is unlisted or gone fails in its own test.
pub fn known() -> Vec<(Door, Method, String)> {
    let (registry, sources) = (registered(), Sources::read());
    let with = |door: Door| {
        let method = registry.get(door.path)?.clone();
        let arguments = door.arguments.map_or_else(|| sources.arguments(door.path, "x"), str::to_owned);
        Some((door, method, arguments))
    };
    doors().into_iter().filter_map(with).collect()
}

/// A role that may pass, for tests that need the inside.
pub fn admin_of(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => "isp_admin",
        Audience::Platform => "operator",
        Audience::My => "subscriber_owner",
        Audience::Partner => "reseller_admin",
    }
}

#[test]
fn every_server_function_is_in_the_access_table_and_the_table_has_no_other() {
    let registry = registered();
    let listed: Vec<&str> = doors().iter().map(|door| door.path).collect();
    let unlisted: Vec<&String> = registry.keys().filter(|path| !listed.contains(&path.as_str())).collect();
    let gone: Vec<&&str> = listed.iter().filter(|path| !registry.contains_key(**path)).collect();
    let twice: Vec<&&str> = listed.iter().filter(|path| listed.iter().filter(|p| p == path).count() > 1).collect();
    assert!(unlisted.is_empty(), "doors without a line in server/tests/access/<context>.rs: {unlisted:#?}");
    assert!(gone.is_empty(), "lines of server/tests/access without a door: {gone:#?}");
    assert!(twice.is_empty(), "listed twice: {twice:#?}");
}

#[test]
fn every_server_function_of_the_sources_is_registered() {
    let registry = registered();
    let declared = Sources::read().functions;
    let missing: Vec<&String> = declared.keys().filter(|path| !registry.contains_key(*path)).collect();
    let unknown: Vec<&String> = registry.keys().filter(|path| !declared.contains_key(*path)).collect();
    assert!(missing.is_empty(), "declared, but no page of the program leads there: {missing:#?}");
    assert!(unknown.is_empty(), "registered without prefix and endpoint of ours: {unknown:#?}");
}

#[test]
fn every_path_names_its_audience_and_every_permission_is_declared() {
    let codes: BTreeSet<&str> = server::modules::all().iter().flat_map(|m| m.permissions).map(|p| p.code).collect();
    for path in registered().keys() {
        let audience = path.strip_prefix("/rpc/").and_then(|rest| rest.split('/').next()).and_then(Audience::from_code);
        assert!(audience.is_some(), "{path} names no audience");
    }
    for door in doors() {
        if let Rule::Needs(code) = door.rule {
            assert!(codes.contains(code), "{} needs {code}, which no module declares", door.path);
        }
    }
}

/// One column of the matrix.
struct Column {
    name: String,
    audience: Audience,
    cookie: Option<String>,
    permissions: BTreeSet<&'static str>,
}

async fn columns(house: &House) -> Vec<Column> {
    let all: Vec<&'static str> = server::modules::all().iter().flat_map(|m| m.permissions).map(|p| p.code).collect();
    let mut columns = Vec::new();
    for role in BUILT_IN {
        columns.push(Column {
            name: role.code.to_owned(),
            audience: role.audience,
            cookie: Some(house.cookie(role.audience, &[role.code]).await),
            permissions: role.codes(all.iter().copied()).into_iter().collect(),
        });
    }
    for (name, roles, operator) in [
        ("an operator", &["operator"][..], model::identity::operators::permissions()),
        ("an operator without a second factor", &[], PermissionSet::from_iter(["identity.session.own"])),
    ] {
        columns.push(Column {
            name: name.to_owned(),
            audience: Audience::Platform,
            cookie: Some(house.cookie(Audience::Platform, roles).await),
            permissions: all.iter().copied().filter(|code| operator.has(code)).collect(),
        });
    }
    for audience in [Audience::Staff, Audience::My, Audience::Partner] {
        columns.push(Column {
            name: format!("{} without a role", audience.code()),
            audience,
            cookie: Some(house.cookie(audience, &[]).await),
            permissions: BTreeSet::new(),
        });
    }
    columns
}

/// What is wrong with an answer, if anything.
fn fault(door: &Door, who: &str, permissions: Option<&BTreeSet<&'static str>>, answer: &Answer) -> Option<String> {
    let status = answer.status;
    let says = |wanted: &str| {
        Some(format!("{} for {who}: {wanted} expected, found {status} {}", door.path, short(&answer.body)))
    };
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        return says("no failure of ours");
    }
    match (door.rule, permissions) {
        // Half-way doors refuse by themselves, so 401 may come from them.
        (Rule::Open(why), _) => (status == StatusCode::FORBIDDEN).then(|| says(&format!("an open door ({why})")))?,
        (Rule::Needs(_) | Rule::SignedIn(_), None) => (status != StatusCode::UNAUTHORIZED).then(|| says("401"))?,
        (Rule::SignedIn(why), Some(_)) => {
            let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            refused.then(|| says(&format!("an answer ({why})")))?
        }
        (Rule::Needs(code), Some(has)) if has.contains(code) => {
            let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            refused.then(|| says("an answer"))?
        }
        (Rule::Needs(_), Some(_)) => (status != StatusCode::FORBIDDEN).then(|| says("403"))?,
    }
}

fn short(body: &str) -> String {
    body.chars().take(160).collect()
}

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in_at_every_door() {
    let house = House::open().await;
    let mut faults = Vec::new();
    for (door, method, arguments) in known() {
        let answer = house.call(&method, door.path, &arguments, None).await;
        faults.extend(fault(&door, "nobody", None, &answer));
    }
    house.close().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn each_role_passes_the_doors_of_its_permissions_and_no_other() {
    let house = House::open().await;
    let mut faults = Vec::new();
    let mut cells = 0;
    for column in columns(&house).await {
        for (door, method, arguments) in known().into_iter().filter(|(d, _, _)| audience_of(d.path) == column.audience)
        {
            // These two end the very session that the next line needs.
            if door.path.ends_with("/sign_out") || door.path.ends_with("/sign_in") {
                continue;
            }
            let answer = house.call(&method, door.path, &arguments, column.cookie.as_deref()).await;
            cells += 1;
            faults.extend(fault(&door, &column.name, Some(&column.permissions), &answer));
        }
    }
    house.close().await;
    assert!(cells > 50, "only {cells} cells");
    assert!(faults.is_empty(), "{} of {cells} cells:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn a_session_of_another_audience_opens_nothing() {
    let house = House::open().await;
    let mut faults = Vec::new();
    let mut cookies = BTreeMap::new();
    for audience in Audience::ALL {
        cookies.insert(audience, house.cookie(audience, &[admin_of(audience)]).await);
    }
    for (door, method, arguments) in known() {
        let audience = audience_of(door.path);
        for (other, cookie) in cookies.iter().filter(|(other, _)| **other != audience) {
            // As a browser sends it, and under the name that this door reads.
            let id = cookie.split_once('=').map(|(_, id)| id).unwrap_or_default();
            for sent in [cookie.clone(), format!("__Host-{}={id}", audience.code())] {
                let answer = house.call(&method, door.path, &arguments, Some(&sent)).await;
                faults.extend(fault(&door, &format!("a session of {}", other.code()), None, &answer));
            }
        }
    }
    house.close().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn arguments_of_the_table_are_read_by_their_doors() {
    let house = House::open().await;
    let mut unread = Vec::new();
    for (door, method, arguments) in known() {
        let cookie = house.cookie(audience_of(door.path), &[admin_of(audience_of(door.path))]).await;
        let answer = house.call(&method, door.path, &arguments, Some(&cookie)).await;
        if answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains("\"field\":\"form\"") {
            unread.push(format!("{} with {arguments}", door.path));
        }
    }
    house.close().await;
    assert!(unread.is_empty(), "give these arguments in the access table (`.with(…)`):\n{}", unread.join("\n"));
}
