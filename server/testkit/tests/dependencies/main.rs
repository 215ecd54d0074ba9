//! Who may know whom (`model ← <ctx> ← <ctx>_ui ← app ← server`), read from cargo itself.
//!
//! The one rule: a new crate or edge that breaks the order of the contexts fails here by its name, before it grows roots.

mod sources;

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// The contexts from left to right: calls go left, events go right.
const CONTEXTS: [&str; 8] = ["identity", "catalog", "crm", "billing", "network", "field", "comms", "portal"];

/// What a context's server crate may use besides contexts to its left.
const BELOW_CONTEXTS: [&str; 5] = ["model", "platform", "gateways", "texts_build", "testkit"];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// A dependency that a Cargo.toml declares on a crate of ours.
#[derive(Debug)]
struct Edge {
    from: String,
    to: String,
    kind: String,
    optional: bool,
}

fn edges() -> (Vec<String>, Vec<Edge>) {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--offline", "--no-deps", "--format-version", "1"])).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ours: Vec<String> = packages.iter().map(|p| text(&p["name"])).collect();
    let mut edges = Vec::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            edges.push(Edge {
                from: text(&package["name"]),
                to: text(&dependency["name"]),
                kind: dependency["kind"].as_str().unwrap_or("normal").to_owned(),
                optional: dependency["optional"].as_bool().unwrap_or_default(),
            });
        }
    }
    (ours, edges)
}

fn place(context: &str) -> Option<usize> {
    CONTEXTS.iter().position(|c| *c == context)
}

/// Why an edge between two crates of ours is wrong, if it is.
fn fault(edge: &Edge) -> Option<String> {
    let Edge { from, to, kind, optional } = edge;
    let because = |why: &str| Some(format!("{from} → {to} ({kind}): {why}"));
    let (from, to) = (from.as_str(), to.as_str());
    // Tests may stand on the world outside.
    if kind == "dev" && matches!(to, "testkit" | "simulators" | "gateways") {
        return None;
    }
    // The tests of pages draw them on the server, over data that contexts to the left make. No browser gets a test.
    if kind == "dev"
        && let (Some(here), Some(there)) = (from.strip_suffix("_ui").and_then(place), place(to))
    {
        return (there > here)
            .then(|| format!("{from} → {to} (dev): tests of pages make data by contexts to the left"));
    }
    if let Some(here) = place(from) {
        return match place(to) {
            Some(there) if there < here => None,
            Some(_) => because("a context calls only contexts to its left; to the right it publishes events"),
            None if BELOW_CONTEXTS.contains(&to) => None,
            None => because("a context's server crate knows no page, no kit and no program"),
        };
    }
    if let Some(context) = from.strip_suffix("_ui") {
        return match to {
            "model" | "kit" | "texts_build" => None,
            _ if !optional => because("what a browser gets knows the server only behind the feature ssr"),
            "platform" => None,
            _ if to == context => None,
            // Its pages join all contexts.
            _ if context == "portal" && place(to).is_some() => None,
            _ => because("pages of one context call only their own server crate, and no other pages"),
        };
    }
    match (from, to) {
        ("model", _) => because("the model stands on nothing of ours"),
        ("kit", "model" | "texts_build") | ("gateways", "model") | ("platform", "model") => None,
        ("simulators", _) => because("a simulator shares no code with the client that it proves"),
        ("testkit", "model" | "platform") => None,
        ("app", _) if to.ends_with("_ui") || matches!(to, "model" | "kit" | "texts_build") => None,
        ("app", "platform") if *optional => None,
        ("frontend", "app" | "kit" | "model") => None,
        ("server", _) if !to.ends_with("_ui") => None,
        _ => because("no rule allows this edge"),
    }
}

#[test]
fn crates_know_only_what_stands_to_their_left() {
    let (ours, edges) = edges();
    for context in CONTEXTS {
        assert!(ours.iter().any(|c| c == context), "context {context} is gone; the list here is old");
    }
    let between: Vec<&Edge> = edges.iter().filter(|edge| ours.contains(&edge.to)).collect();
    let faults: Vec<String> = between.iter().filter_map(|edge| fault(edge)).collect();
    assert!(between.len() > 60, "only {} edges: the metadata was not read", between.len());
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_rule_of_dependency_refuses_edges_that_point_right() {
    let edge =
        |from: &str, to: &str, optional| Edge { from: from.into(), to: to.into(), kind: "normal".into(), optional };
    for (from, to) in [("crm", "billing"), ("billing", "crm_ui"), ("network", "server"), ("model", "kit")] {
        assert!(fault(&edge(from, to, false)).is_some(), "{from} → {to}");
    }
    assert!(fault(&edge("billing_ui", "crm_ui", false)).is_some());
    assert!(fault(&edge("billing_ui", "crm", true)).is_some());
    assert!(fault(&edge("billing_ui", "billing", false)).is_some(), "not behind ssr");
    assert!(fault(&edge("billing_ui", "billing", true)).is_none());
    assert!(fault(&edge("billing", "crm", false)).is_none());
}

#[test]
fn the_model_knows_no_framework_and_no_database() {
    let (_, edges) = edges();
    let wrong: Vec<String> = edges
        .iter()
        .filter(|e| matches!(e.from.as_str(), "model" | "kit") || e.from.ends_with("_ui"))
        .filter(|e| {
            e.kind == "normal" && (e.to == "sqlx" || e.to == "tokio" || e.from == "model" && e.to.starts_with("leptos"))
        })
        .map(|e| format!("{} → {}", e.from, e.to))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_browser_gets_no_database_and_no_runtime() {
    for bundle in ["staff", "my"] {
        let tree = cargo(&[
            "tree",
            "--offline",
            "--package",
            "frontend",
            "--no-default-features",
            "--features",
            bundle,
            "--target",
            "wasm32-unknown-unknown",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ]);
        let crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(crates.contains(&"leptos") && crates.contains(&"model"), "the tree of {bundle} was not read");
        let server: Vec<&&str> = crates
            .iter()
            .filter(|c| {
                matches!(
                    **c,
                    "sqlx" | "sqlx-core" | "tokio" | "axum" | "hyper" | "argon2" | "platform" | "gateways" | "server"
                )
            })
            .chain(crates.iter().filter(|c| place(c).is_some()))
            .collect();
        assert!(server.is_empty(), "the bundle {bundle} contains {server:?}");
    }
}
