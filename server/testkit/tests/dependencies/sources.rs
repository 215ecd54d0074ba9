//! What no compiler refuses, read from the sources: pools stay in the platform, business never asks the real clock.

use crate::root;
use std::collections::BTreeSet;
use std::path::Path;

/// `(file or folder, why it may)`.
type Exceptions = &'static [(&'static str, &'static str)];

/// Lines of the program (no tests, no comments) with their file.
fn lines(folders: &[&str]) -> Vec<(String, usize, String)> {
    let mut files = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20, "only {} files: the sources were not found", files.len());
    let mut lines = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a source is read");
        let name = path.strip_prefix(root()).expect("inside").to_string_lossy().replace('\\', "/");
        let program = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (number, line) in program.lines().enumerate() {
            if !line.trim_start().starts_with("//") {
                lines.push((name.clone(), number + 1, line.to_owned()));
            }
        }
    }
    lines
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "tests" && name != "target" && name != "node_modules" {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

/// Refuses lines that `found` picks outside the exceptions, and exceptions that nothing needs.
fn refuse(folders: &[&str], exceptions: Exceptions, rule: &str, found: impl Fn(&str) -> bool) {
    let mut used = BTreeSet::new();
    let mut faults = Vec::new();
    for (file, number, line) in lines(folders) {
        if !found(&line) {
            continue;
        }
        match exceptions.iter().find(|(path, _)| file.starts_with(path)) {
            Some((path, _)) => {
                used.insert(*path);
            }
            None => faults.push(format!("{file}:{number}: {}", line.trim())),
        }
    }
    faults.extend(
        exceptions
            .iter()
            .filter(|(path, _)| !used.contains(path))
            .map(|(path, why)| format!("{path}: the exception ({why}) is not needed any more; remove it")),
    );
    assert!(faults.is_empty(), "{rule}\n{}", faults.join("\n"));
}

/// Whether `word` stands in `line` with nothing of a name or path before it.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'))
    })
}

#[test]
fn only_the_platform_holds_a_pool() {
    refuse(
        &["server", "app"],
        &[
            ("server/platform/", "hands out the transactions"),
            ("server/testkit/", "makes the databases of tests"),
            ("server/prove/", "counts rows from outside"),
        ],
        "no permission, no connection: take `&mut Tx<P>` or `&mut Op`, never a pool",
        |line| {
            ["PgPool", "PgListener", "PgConnection::connect", "connect_lazy", ".platform_pool"]
                .iter()
                .any(|w| line.contains(w))
                || line.contains(".pool.") && line.contains("begin")
                || line.contains("&app.pool")
        },
    );
}

const WATCHED: &str = "a person watches it happen: real time";
const RADIUS: &str = "RADIUS accounting is in real time";
const QUEUE: &str = "when a job runs is real time";

#[test]
fn business_never_asks_the_real_clock() {
    refuse(
        &["server"],
        &[
            ("server/platform/", "keeps both clocks"),
            ("server/testkit/", "moves the business clock"),
            ("server/gateways/", "what is sent to a provider carries the world's time"),
            ("server/simulators/", "plays the world outside"),
            ("server/src/demo/", "moves the business clock through the past"),
            ("server/identity/src/sign_in.rs", "sessions live in real time"),
            ("server/identity/src/mfa.rs", "sessions live in real time"),
            ("server/network/src/activation/", WATCHED),
            ("server/network/src/sessions/", RADIUS),
            ("server/network/src/offline.rs", RADIUS),
            ("server/network/src/pools/mod.rs", RADIUS),
            ("server/billing/src/payments/prompts.rs", WATCHED),
            ("server/billing/src/payments/figures.rs", "payment-to-online is measured in real time"),
            ("server/billing/src/payments/timeline.rs", "payment-to-online is measured in real time"),
            ("server/billing/src/payments/callbacks.rs", "payment-to-online is measured in real time"),
            ("server/billing/src/payments/unanswered.rs", "a provider answers in real time"),
            ("server/billing/src/payments/reconcile.rs", "the provider's list is in real time"),
            ("server/billing/src/payments/daraja.rs", QUEUE),
            ("server/comms/src/inbox/", "a provider reports in real time"),
            ("server/comms/src/notices/send.rs", "a provider answers in real time"),
            ("server/portal/src/clock.rs", "shows both clocks"),
            ("server/portal/src/my/mod.rs", RADIUS),
            ("server/portal/src/dashboard/mod.rs", RADIUS),
            ("server/portal/src/access.rs", "a link to set a password ends in real time"),
        ],
        "business time is op.now(); name the file here if real time is meant",
        |line| ["Utc::now()", "Local::now()", "SystemTime::now()"].iter().any(|word| line.contains(word)),
    );
}

#[test]
fn sql_never_asks_the_real_clock() {
    refuse(
        &["server"],
        &[
            ("server/platform/", "sessions, throttling and the queue live in real time"),
            ("server/identity/src/mfa.rs", "a recovery code is used in real time"),
            ("server/prove/src/books.rs", "the queue lives in real time"),
        ],
        "SQL gets business time as a parameter",
        |line| {
            has_word(&line.to_lowercase(), "now()")
                || ["current_date", "current_timestamp", "localtimestamp", "clock_timestamp("]
                    .iter()
                    .any(|word| has_word(&line.to_lowercase(), word))
        },
    );
}

#[test]
fn pages_never_ask_a_clock_and_write_no_raw_markup() {
    refuse(&["app", "frontend"], &[], "a view never computes now: the server sends times and texts", |line| {
        ["Utc::now()", "Local::now()", "SystemTime::now()", "Date::now()", "Date::new_0()"]
            .iter()
            .any(|w| line.contains(w))
    });
    refuse(
        &["app", "frontend"],
        &[
            ("app/kit/src/icon.rs", "the paths of our own icons"),
            ("app/kit/src/qr.rs", "an SVG that the server drew from a text"),
            ("app/kit/src/page.rs", "a constant: no value enters it"),
        ],
        "raw markup lets a name become a script",
        |line| line.contains("inner_html") || line.contains("set_inner_html") || line.contains("insert_adjacent_html"),
    );
    refuse(&["app", "frontend"], &[], "style attributes are forbidden by our own policy (CSP)", |line| {
        line.contains(" style=\"") || line.contains(" style=format!") || line.contains(" style=move")
    });
}

#[test]
fn money_is_never_a_float() {
    const SHAPE: Exceptions = &[("app/kit/src/chart.rs", "the lengths of bars; no sum is made of them")];
    refuse(&["server", "app"], SHAPE, "money is i64 minor units; rust_decimal for rates", |line| {
        let float = line.contains("f64") || line.contains("f32");
        let lower = line.to_lowercase();
        float && ["minor", "amount", "price", "balance", "shilling"].iter().any(|word| lower.contains(word))
    });
}

#[test]
fn a_word_is_found_only_where_it_stands_alone() {
    assert!(has_word("set x = now()", "now()"));
    for other in ["app.business_now()", "Utc::now()", "op.now()"] {
        assert!(!has_word(other, "now()"), "{other}");
    }
}
