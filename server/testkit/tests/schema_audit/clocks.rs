//! Two clocks: migrations ask PostgreSQL for the time only where real time is meant.

use crate::rules::Exceptions;
use platform::db::MIGRATOR;
use std::collections::BTreeSet;

/// Where migrations may ask the real clock: `version object.column` of what must never move with the business clock.
const REAL_TIME: Exceptions = &[
    ("20261121100000 app.business_now", "is the business clock"),
    ("20261121100000 tenant.created_at", "when the row was made, on no bill"),
    ("20261121100000 setting.updated_at", "when the row was changed, for the operator"),
    ("20261121100000 job.run_at", "the queue works in real time"),
    ("20261121100000 job.created_at", "the queue works in real time"),
    ("20261121100000 file.created_at", "the sweep of orphans works in real time"),
    ("20261121100000 platform.web_session.created_at", "sessions live in real time"),
    ("20261121100000 platform.web_session.seen_at", "sessions live in real time"),
    ("20261121100010 login.created_at", "when the row was made, on no bill"),
    ("20261121100020 reseller.created_at", "when the row was made, on no bill"),
    ("20261121100030 plan.created_at", "when the row was made; what is sold when is plan_version.valid_from"),
    ("20261121100040 building.created_at", "when the row was made, on no bill"),
    ("20261121100040 referral_partner.created_at", "when the row was made, on no bill"),
    ("20261121100060 journal.recorded_at", "when it was written; the business time is journal.at"),
    ("20261121100080 payment_attempt.created_at", "a person waits at the phone: real time"),
    ("20261121100080 payment.received_at", "payment-to-online is measured in real time"),
    ("20261121100100 radius.post_auth.at", "RADIUS accounting is in real time"),
    ("20261121100100 radius.make_partitions", "RADIUS accounting is in real time"),
    ("20261121100101 radius.simul_count", "RADIUS accounting is in real time"),
    ("20261121100101 radius.acct", "RADIUS accounting is in real time"),
    ("20261121100101 radius.nas_reset", "RADIUS accounting is in real time"),
    ("20261121100101 radius.close_lost", "RADIUS accounting is in real time"),
    ("20261121100165 radius.close_lost_here", "RADIUS accounting is in real time"),
    ("20261127120000 radius.acct", "RADIUS accounting is in real time"),
    ("20261127120000 radius.nas_reset", "RADIUS accounting is in real time"),
    ("20261127140000 platform.operator.created_at", "when the row was made, on no bill"),
];

#[test]
fn migrations_ask_the_real_clock_only_where_real_time_is_meant() {
    let mut found = BTreeSet::new();
    for migration in MIGRATOR.iter() {
        let mut object = String::from("-");
        for line in migration.sql.as_str().lines() {
            let code = line.split("--").next().unwrap_or_default();
            if let Some(name) = object_of(code) {
                object = name;
            }
            if asks_a_clock(code) {
                let first = code.split_whitespace().next().unwrap_or_default();
                let is_column =
                    first.chars().all(|c| c.is_ascii_lowercase() || c == '_') && code.contains("timestamptz");
                let column = if is_column { format!(".{first}") } else { String::new() };
                found.insert(format!("{} {object}{column}", migration.version));
            }
        }
    }
    let unknown: Vec<_> = found.iter().filter(|what| !REAL_TIME.iter().any(|(name, _)| name == what)).collect();
    let stale: Vec<_> = REAL_TIME.iter().filter(|(name, _)| !found.contains(*name)).collect();
    assert!(
        unknown.is_empty(),
        "business time comes as a parameter or from app.business_now(); if real time is meant, name it in REAL_TIME: {unknown:?}"
    );
    assert!(stale.is_empty(), "REAL_TIME names what is gone: {stale:?}");
}

/// The table, function or view that a line begins to make or change.
fn object_of(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == '(').filter(|w| !w.is_empty()).collect();
    let kind = words.iter().position(|w| matches!(*w, "TABLE" | "FUNCTION" | "PROCEDURE" | "VIEW"))?;
    if !words[..kind].iter().all(|w| matches!(*w, "CREATE" | "OR" | "REPLACE" | "ALTER")) || kind == 0 {
        return None;
    }
    words[kind + 1..]
        .iter()
        .find(|w| !matches!(**w, "IF" | "NOT" | "EXISTS" | "ONLY"))
        .map(|w| w.trim_end_matches(';').to_owned())
}

/// Whether a line asks PostgreSQL what time it is. `app.business_now()` is the one name that may be asked for business.
fn asks_a_clock(line: &str) -> bool {
    let line = line.to_lowercase().replace("business_now()", "");
    [
        "now()",
        "current_date",
        "current_time",
        "localtime",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
    ]
    .iter()
    .any(|word| line.contains(word))
        || (line.contains("timeofday()"))
        || (line.contains("'today'") || line.contains("'now'"))
}

#[test]
fn the_scan_of_clocks_sees_defaults_and_passes_the_business_clock() {
    assert!(asks_a_clock("  at timestamptz NOT NULL DEFAULT now(),"));
    assert!(asks_a_clock("WHERE due < CURRENT_DATE"));
    assert!(!asks_a_clock("SELECT app.business_now()"));
    assert_eq!(object_of("CREATE OR REPLACE FUNCTION radius.acct(p text)").as_deref(), Some("radius.acct"));
    assert_eq!(object_of("ALTER TABLE ONLY lead ADD COLUMN x date").as_deref(), Some("lead"));
    assert_eq!(object_of("GRANT EXECUTE ON FUNCTION app.business_now() TO x"), None);
}
