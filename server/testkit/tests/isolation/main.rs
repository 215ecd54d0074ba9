//! The isolation matrix: every table of a tenant × read, change, delete, insert × own tenant, other tenant, no tenant,
//! other subscriber, sibling reseller, parent reseller. As the application's own role, through the platform's `Op`.
//!
//! The one rule: the list of tables is the catalogue's. A table that cannot be seeded fails by its name.

mod seed;

use model::Audience;
use model::identity::perm::SessionOwn;
use platform::ctx::Scope;
use seed::{Owner, Seed, Table};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use testkit::TestApp;
use uuid::Uuid;

/// A table with a row of each owner, or one of the whole tenant.
struct Seeded {
    table: Table,
    rows: Vec<(Owner, Option<Seed>)>,
}

impl Seeded {
    /// The row of an owner, or the tenant's one.
    fn row_of(&self, whose: usize) -> (&Owner, &Map<String, Value>, &Value) {
        let (owner, own) = &self.rows[whose];
        let (row, stored) = own.as_ref().or(self.rows[PARENT].1.as_ref()).expect("the first row of a tenant is there");
        (owner, row, stored)
    }
}

/// What a context tried with a table and what came of it.
struct Matrix {
    cells: usize,
    faults: Vec<String>,
}

/// Rows of `PARENT`, `CHILD`, `SIBLING` and `FREE` (an account without a reseller) are of the first tenant.
const PARENT: usize = 0;
const CHILD: usize = 1;
const SIBLING: usize = 2;
const FREE: usize = 3;
const OTHER_TENANT: usize = 4;

async fn seeded(app: &TestApp) -> (Vec<Owner>, Vec<Seeded>) {
    let mut connection = app.superuser().await;
    seed::without_triggers(&mut connection).await;
    let (first, second) = (app.first.uuid(), app.second.uuid());
    let [parent, child, sibling] = [(); 3].map(|()| Uuid::now_v7());
    let owners = vec![
        Owner::new("parent reseller", first, Some(parent)),
        Owner::new("child reseller", first, Some(child)),
        Owner::new("sibling reseller", first, Some(sibling)),
        Owner::new("no reseller", first, None),
        Owner::new("other tenant", second, Some(Uuid::now_v7())),
    ];
    let mut all = Vec::new();
    let mut faults = Vec::new();
    for table in seed::tables(&mut connection).await {
        // The tree is what the other policies ask; its own rows are checked apart.
        if table.name == "reseller_closure" {
            continue;
        }
        let mut rows = Vec::new();
        for owner in &owners {
            match table.seed(&mut connection, owner).await {
                Ok(None) if !table.narrowed_by.is_empty() => {
                    faults.push(format!("{}: one row, yet narrowed", table.name))
                }
                Ok(seed) => rows.push((owner.clone(), seed)),
                Err(fault) => faults.push(fault),
            }
        }
        all.push(Seeded { table, rows });
    }
    seed::closure(&mut connection, first, parent, &[child, sibling]).await;
    faults.dedup();
    assert!(faults.is_empty(), "tables without coverage:\n{}", faults.join("\n"));
    (owners, all)
}

impl Matrix {
    fn expect(&mut self, holds: bool, says: impl FnOnce() -> String) {
        self.cells += 1;
        if !holds {
            self.faults.push(says());
        }
    }

    fn end(self) {
        assert!(
            self.faults.is_empty(),
            "{} of {} cells leak:\n{}",
            self.faults.len(),
            self.cells,
            self.faults.join("\n")
        );
        assert!(self.cells > 500, "only {} cells: the catalogue was not read", self.cells);
    }

    /// Reads the table: just these rows may be there.
    async fn sees(&mut self, conn: &mut PgConnection, who: &str, seeded: &Seeded, may_see: &[usize]) {
        let table = &seeded.table;
        let seen = tried(conn, &format!("SELECT to_jsonb(t) FROM {} t", table.name), None).await;
        let wanted: Vec<&Value> =
            may_see.iter().filter_map(|i| seeded.rows[*i].1.as_ref()).map(|(_, stored)| stored).collect();
        let same = match &seen {
            Ok(rows) => rows.len() == wanted.len() && wanted.iter().all(|row| rows.contains(row)),
            Err(code) => code == "42501" && !table.may.select,
        };
        self.expect(same, || format!("{who} reads {}: {} rows expected, found {seen:?}", table.name, wanted.len()));
    }

    /// Tries to change, delete and add a row of somebody else: nothing may happen.
    async fn cannot_touch(&mut self, conn: &mut PgConnection, who: &str, seeded: &Seeded, whose: usize) {
        let table = &seeded.table;
        let (owner, row, stored) = seeded.row_of(whose);
        let changed = match &table.may.update {
            Some(column) => {
                format!("UPDATE {} t SET {column} = {column} WHERE to_jsonb(t) = $1 RETURNING to_jsonb(t)", table.name)
            }
            None => format!(
                "UPDATE {} t SET tenant_id = tenant_id WHERE to_jsonb(t) = $1 RETURNING to_jsonb(t)",
                table.name
            ),
        };
        let deleted = format!("DELETE FROM {} t WHERE to_jsonb(t) = $1 RETURNING to_jsonb(t)", table.name);
        for (verb, statement) in [("changes", changed), ("deletes", deleted)] {
            let done = tried(conn, &statement, Some(stored)).await;
            let harmless = match &done {
                Ok(rows) => rows.is_empty(),
                Err(code) => code == "42501",
            };
            self.expect(harmless, || format!("{who} {verb} {} of {}: {done:?}", table.name, owner.name));
        }
        let added =
            tried(conn, &format!("{} RETURNING '{{}}'::jsonb", table.insert(row)), Some(&Value::Object(row.clone())))
                .await;
        self.expect(added == Err("42501".into()), || {
            format!("{who} inserts into {} for {}: {added:?}", table.name, owner.name)
        });
    }

    /// Tries to give an own row away to the other tenant.
    async fn cannot_give_away(&mut self, conn: &mut PgConnection, seeded: &Seeded, to: Uuid) {
        let (_, _, stored) = seeded.row_of(FREE);
        let table = &seeded.table.name;
        let moved =
            tried(conn, &format!("UPDATE {table} t SET tenant_id = '{to}' WHERE to_jsonb(t) = $1"), Some(stored)).await;
        self.expect(moved.is_err(), || format!("a row of {table} was given to the other tenant: {moved:?}"));
    }
}

/// Runs a statement inside a savepoint that is always undone; an error gives its code.
async fn tried(conn: &mut PgConnection, statement: &str, argument: Option<&Value>) -> Result<Vec<Value>, String> {
    let mut savepoint = conn.begin().await.expect("a savepoint");
    let query = sqlx::query_scalar(AssertSqlSafe(statement.to_owned()));
    let query = match argument {
        Some(argument) => query.bind(argument),
        None => query,
    };
    let done = query.fetch_all(&mut *savepoint).await;
    savepoint.rollback().await.expect("the savepoint is undone");
    done.map_err(|error| match error.as_database_error().and_then(|e| e.code()) {
        Some(code) => code.into_owned(),
        None => error.to_string(),
    })
}

#[tokio::test]
async fn no_tenant_reaches_a_row_of_another() {
    let app = TestApp::start(vec![]).await;
    let (_, all) = seeded(&app).await;
    let matrix = by_tenant(&app, &all).await;
    app.discard().await;
    matrix.end();
}

async fn by_tenant(app: &TestApp, all: &[Seeded]) -> Matrix {
    let mut matrix = Matrix { cells: 0, faults: vec![] };
    let mut own = app.op(app.first).await;
    let mut other = app.op(app.second).await;
    let mut nobody = app.without_tenant().await;
    let mut nobody = nobody.begin().await.expect("a transaction begins");
    for seeded in all {
        matrix.sees(own.conn(), "the own tenant", seeded, &[PARENT, CHILD, SIBLING, FREE]).await;
        matrix.cannot_touch(own.conn(), "the first tenant", seeded, OTHER_TENANT).await;
        matrix.cannot_give_away(own.conn(), seeded, app.second.uuid()).await;
        matrix.sees(other.conn(), "the other tenant", seeded, &[OTHER_TENANT]).await;
        matrix.cannot_touch(other.conn(), "the other tenant", seeded, FREE).await;
        matrix.sees(&mut nobody, "nobody", seeded, &[]).await;
        matrix.cannot_touch(&mut nobody, "nobody", seeded, FREE).await;
    }
    own.rollback().await.expect("undone");
    other.rollback().await.expect("undone");
    matrix
}

#[tokio::test]
async fn a_subscriber_reaches_only_rows_of_the_own_accounts() {
    let app = TestApp::start(vec![]).await;
    let (owners, all) = seeded(&app).await;
    let matrix = by_account(&app, &owners, &all).await;
    app.discard().await;
    matrix.end();
}

async fn by_account(app: &TestApp, owners: &[Owner], all: &[Seeded]) -> Matrix {
    let mut matrix = Matrix { cells: 0, faults: vec![] };
    let scope = |ids: Vec<Uuid>| app.ctx_with(Audience::My, app.first, Scope::Accounts(ids), &["identity.session.own"]);
    let child = scope(vec![owners[CHILD].account]).begin::<SessionOwn>().await;
    let mut child = child.expect("a transaction begins");
    let mut none = scope(vec![]).begin::<SessionOwn>().await.expect("a transaction begins");
    let mut both =
        scope(vec![owners[CHILD].account, owners[FREE].account]).begin::<SessionOwn>().await.expect("begins");
    for seeded in all.iter().filter(|s| s.table.is_narrowed_by("own_accounts")) {
        matrix.sees(child.conn(), "a subscriber", seeded, &[CHILD]).await;
        matrix.sees(both.conn(), "a subscriber with two accounts", seeded, &[CHILD, FREE]).await;
        matrix.sees(none.conn(), "a subscriber without accounts", seeded, &[]).await;
        for whose in [PARENT, SIBLING, FREE, OTHER_TENANT] {
            matrix.cannot_touch(child.conn(), "a subscriber", seeded, whose).await;
        }
        matrix.cannot_touch(none.conn(), "a subscriber without accounts", seeded, CHILD).await;
    }
    matrix
}

#[tokio::test]
async fn a_reseller_reaches_only_the_own_subtree() {
    let app = TestApp::start(vec![]).await;
    let (owners, all) = seeded(&app).await;
    let matrix = by_reseller(&app, &owners, &all).await;
    app.discard().await;
    matrix.end();
}

async fn by_reseller(app: &TestApp, owners: &[Owner], all: &[Seeded]) -> Matrix {
    let mut matrix = Matrix { cells: 0, faults: vec![] };
    let scope = |id: Uuid| app.ctx_with(Audience::Partner, app.first, Scope::Reseller(id), &["identity.session.own"]);
    let id = |owner: usize| owners[owner].reseller.unwrap_or_default();
    let mut child = scope(id(CHILD)).begin::<SessionOwn>().await.expect("a transaction begins");
    let mut parent = scope(id(PARENT)).begin::<SessionOwn>().await.expect("a transaction begins");
    let mut none = scope(Uuid::nil()).begin::<SessionOwn>().await.expect("a transaction begins");
    // The party has one policy for both narrow contexts.
    let narrowed = |table: &Table| {
        table.is_narrowed_by("own_subtree") || matches!(table.name.as_str(), "subscriber" | "subscriber_token")
    };
    for seeded in all.iter().filter(|s| narrowed(&s.table)) {
        matrix.sees(child.conn(), "a reseller", seeded, &[CHILD]).await;
        matrix.sees(parent.conn(), "the parent reseller", seeded, &[PARENT, CHILD, SIBLING]).await;
        matrix.sees(none.conn(), "a partner without a reseller", seeded, &[]).await;
        for whose in [PARENT, SIBLING, FREE, OTHER_TENANT] {
            matrix.cannot_touch(child.conn(), "a reseller", seeded, whose).await;
        }
        for whose in [FREE, OTHER_TENANT] {
            matrix.cannot_touch(parent.conn(), "the parent reseller", seeded, whose).await;
        }
    }
    let tree = |conn| tried(conn, "SELECT to_jsonb(descendant_id) FROM reseller_closure", None);
    assert_eq!(tree(child.conn()).await.map(|rows| rows.len()), Ok(1), "a reseller sees the tree above itself");
    assert_eq!(tree(parent.conn()).await.map(|rows| rows.len()), Ok(3), "a parent does not see its subtree");
    matrix
}

/// Policies as a hurried migration would leave them.
const LEAKS: &str = "
    DROP POLICY tenant ON plan; CREATE POLICY tenant ON plan USING (true) WITH CHECK (true);
    DROP POLICY tenant ON site; CREATE POLICY tenant ON site USING (tenant_id = (SELECT app.current_tenant())) WITH CHECK (true);
    DROP POLICY own_accounts ON invoice;
    DROP POLICY own_subtree ON payment;
    ALTER TABLE ticket DISABLE ROW LEVEL SECURITY;";

#[tokio::test]
async fn the_matrix_sees_policies_that_leak() {
    let app = TestApp::start(vec![]).await;
    let (owners, all) = seeded(&app).await;
    app.superuser().await.execute(LEAKS).await.expect("the policies are spoilt");
    let mut faults = by_tenant(&app, &all).await.faults;
    faults.extend(by_account(&app, &owners, &all).await.faults);
    faults.extend(by_reseller(&app, &owners, &all).await.faults);
    app.discard().await;
    for leak in [
        "the other tenant reads plan:",
        "the other tenant changes plan ",
        "the other tenant deletes plan ",
        "the first tenant inserts into plan ",
        "a row of plan was given to the other tenant",
        "the first tenant inserts into site ",
        "nobody reads ticket:",
        "a subscriber reads invoice:",
        "a subscriber changes invoice ",
        "a reseller reads payment:",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(leak)), "not seen: {leak}");
    }
}

#[tokio::test]
async fn a_restrictive_policy_is_one_that_this_matrix_knows() {
    let app = TestApp::start(vec![]).await;
    let mut connection = app.superuser().await;
    let unknown: Vec<String> = sqlx::query_scalar(
        "SELECT polrelid::regclass || ': ' || polname FROM pg_policy
         WHERE NOT polpermissive AND polname NOT IN ('own_accounts', 'own_subtree', 'not_internal')",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the catalogue is read");
    drop(connection);
    app.discard().await;
    assert!(unknown.is_empty(), "no column of the matrix tests these policies: {unknown:?}");
}

#[tokio::test]
async fn a_tenant_sees_its_own_head_and_views_show_no_other_tenant() {
    let app = TestApp::start(vec![]).await;
    seeded(&app).await;
    let mut connection = app.superuser().await;
    let views: Vec<(String, bool)> = sqlx::query_as(
        "SELECT c.oid::regclass::text, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'v' AND n.nspname IN ('public', 'radius', 'app') AND has_table_privilege('mtandao_app', c.oid, 'SELECT')",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the catalogue is read");
    let mut own = app.op(app.first).await;
    let mut nobody = app.without_tenant().await;
    let mut nobody = nobody.begin().await.expect("a transaction begins");
    let ids = tried(own.conn(), "SELECT to_jsonb(id) FROM tenant", None).await;
    assert_eq!(ids, Ok(vec![serde_json::json!(app.first)]));
    let renamed = format!("UPDATE tenant SET name = name WHERE id = '{}' RETURNING to_jsonb(id)", app.second);
    assert_eq!(tried(own.conn(), &renamed, None).await, Ok(vec![]));
    assert_eq!(tried(&mut nobody, "SELECT to_jsonb(id) FROM tenant", None).await, Ok(vec![]));
    for (view, has_tenant) in views {
        assert_eq!(tried(&mut nobody, &format!("SELECT to_jsonb(t) FROM {view} t"), None).await, Ok(vec![]), "{view}");
        if has_tenant {
            let others = format!("SELECT to_jsonb(t) FROM {view} t WHERE tenant_id <> '{}'", app.first);
            assert_eq!(tried(own.conn(), &others, None).await, Ok(vec![]), "{view}");
        }
    }
    drop((own, nobody, connection));
    app.discard().await;
}
