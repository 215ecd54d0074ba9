//! Reads the catalogue of a migrated database and refuses what the rules of tenancy, money and time forbid.
//!
//! The one rule: nothing is listed by hand but exceptions, each with its reason, and an exception that no longer exists
//! is refused too. So a new table is covered on the day it is made.

mod clocks;
mod rules;

use rules::Rule;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use testkit::TestApp;

/// What breaks the rule in this database.
async fn found(connection: &mut PgConnection, rule: &Rule) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(rule.sql.clone()))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{} {error}", rule.says))
}

async fn audit(rules: Vec<Rule>) {
    let app = TestApp::start(vec![]).await;
    let mut connection = app.superuser().await;
    let mut faults = Vec::new();
    for rule in &rules {
        let found = found(&mut connection, rule).await;
        let excepted = |what: &str| rule.exceptions.iter().any(|(name, _)| *name == what);
        faults.extend(found.iter().filter(|what| !excepted(what)).map(|what| format!("{} {what}", rule.says)));
        let stale = rule.exceptions.iter().filter(|(name, _)| !found.iter().any(|what| what == name));
        faults.extend(
            stale.map(|(name, _)| format!("{} the exception {name} is not needed any more: remove it", rule.says)),
        );
    }
    drop(connection);
    app.discard().await;
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn every_table_with_a_tenant_is_behind_forced_row_level_security() {
    audit(rules::tenancy()).await;
}

#[tokio::test]
async fn tables_with_an_account_are_narrowed_for_subscribers_and_resellers() {
    audit(rules::narrowing()).await;
}

#[tokio::test]
async fn indexes_and_foreign_keys_begin_with_the_tenant() {
    audit(rules::keys()).await;
}

#[tokio::test]
async fn views_ask_with_the_rights_of_the_reader() {
    audit(rules::views()).await;
}

#[tokio::test]
async fn the_application_has_no_right_that_goes_round_the_policies() {
    audit(rules::rights()).await;
}

#[tokio::test]
async fn a_function_with_its_owners_rights_is_known_and_fixes_its_search_path() {
    audit(rules::functions()).await;
}

#[tokio::test]
async fn statuses_are_words_and_money_is_whole_minor_units() {
    audit(rules::columns()).await;
}

/// A schema that breaks each rule that can be broken inside one database (roles belong to the whole cluster).
const BROKEN: &str = "
    CREATE TYPE broken_kind AS ENUM ('a', 'b');
    CREATE TABLE broken (tenant_id uuid, id uuid UNIQUE, account_id uuid, state text, price numeric, amount bigint,
      fee_minor integer, at timestamp, kind broken_kind);
    CREATE TABLE broken_child (tenant_id uuid PRIMARY KEY, broken_id uuid REFERENCES broken (id));
    ALTER TABLE broken_child ENABLE ROW LEVEL SECURITY;
    ALTER TABLE broken_child FORCE ROW LEVEL SECURITY;
    CREATE POLICY all_of_them ON broken_child USING (true) WITH CHECK (true);
    CREATE TABLE broken_global (id uuid PRIMARY KEY);
    GRANT SELECT ON broken_global TO mtandao_app, PUBLIC;
    GRANT TRUNCATE ON broken TO mtandao_app;
    GRANT SELECT ON broken TO mtandao_radius, mtandao_radius_owner;
    CREATE TABLE broken_parts (tenant_id uuid, at date) PARTITION BY RANGE (at);
    CREATE TABLE broken_part PARTITION OF broken_parts DEFAULT;
    GRANT SELECT ON broken_part TO mtandao_app;
    CREATE VIEW broken_view AS SELECT * FROM broken;
    CREATE MATERIALIZED VIEW broken_heap AS SELECT * FROM broken;
    GRANT SELECT ON broken_heap TO mtandao_app;
    CREATE FUNCTION broken_function() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY;
    GRANT USAGE ON SCHEMA platform TO mtandao_app;
    GRANT CREATE ON SCHEMA public TO mtandao_app;
    ALTER TABLE broken_global OWNER TO mtandao_app;";

/// Rules about roles, which this test must not change: other tests use the same cluster.
const OF_THE_CLUSTER: &str = "a role may more than its work needs:";

#[tokio::test]
async fn each_rule_sees_a_schema_that_breaks_it() {
    let app = TestApp::start(vec![]).await;
    let mut connection = app.superuser().await;
    let all = [
        rules::tenancy(),
        rules::narrowing(),
        rules::keys(),
        rules::views(),
        rules::rights(),
        rules::functions(),
        rules::columns(),
    ];
    let all: Vec<Rule> = all.into_iter().flatten().filter(|rule| rule.says != OF_THE_CLUSTER).collect();
    let mut before = Vec::new();
    for rule in &all {
        before.push(found(&mut connection, rule).await.len());
    }
    connection.execute(BROKEN).await.expect("the broken schema is made");
    let mut blind = Vec::new();
    for (rule, before) in all.iter().zip(before) {
        if found(&mut connection, rule).await.len() <= before {
            blind.push(rule.says.clone());
        }
    }
    drop(connection);
    app.discard().await;
    assert!(blind.is_empty(), "these rules saw nothing: {blind:#?}");
}
