//! One row for each owner in each table of a tenant, made from the catalogue: types, words of CHECKs, owners' ids.
//!
//! Triggers and foreign keys are off while seeding; CHECKs are not, so a value that is refused is replaced by the next
//! candidate of the columns that the CHECK names. What this cannot guess stands in `VALUES`.

use chrono::Utc;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

/// Values that no rule finds: table, column, value.
fn known(table: &str, column: &str, owner: &Owner) -> Option<Value> {
    match (table, column) {
        // Partitions exist from this month on, in real time.
        ("radius.acct", "started_at") => Some(json!(Utc::now())),
        // Exactly one earner: who has no reseller has a partner.
        ("commission", "partner_id") if owner.reseller.is_none() => Some(json!(Uuid::now_v7())),
        // Exactly one viewer: of the staff, or an operator.
        ("view_as", "staff_id") => Some(json!(Uuid::now_v7())),
        _ => None,
    }
}

/// Whose row it is.
#[derive(Debug, Clone)]
pub struct Owner {
    pub name: &'static str,
    pub tenant: Uuid,
    pub account: Uuid,
    pub subscriber: Uuid,
    pub lead: Uuid,
    pub reseller: Option<Uuid>,
}

impl Owner {
    pub fn new(name: &'static str, tenant: Uuid, reseller: Option<Uuid>) -> Self {
        let id = Uuid::now_v7;
        Self { name, tenant, account: id(), subscriber: id(), lead: id(), reseller }
    }

    /// The id that a column of this name holds in a row of this owner.
    fn id_in(&self, table: &str, column: &str) -> Option<Uuid> {
        match (table, column) {
            (_, "tenant_id") => Some(self.tenant),
            (_, "account_id") | ("account", "id") => Some(self.account),
            (_, "subscriber_id") | ("subscriber", "id") => Some(self.subscriber),
            (_, "lead_id") | ("lead", "id") => Some(self.lead),
            ("reseller", "parent_id") => None,
            (_, "reseller_id") | ("reseller", "id") => self.reseller,
            _ => None,
        }
    }
}

/// A table of a tenant, as the catalogue knows it.
#[derive(Debug)]
pub struct Table {
    pub name: String,
    columns: Vec<Column>,
    /// Names of restrictive policies.
    pub narrowed_by: Vec<String>,
    pub may: Rights,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: String,
    required: bool,
    words: Vec<String>,
}

/// What mtandao_app may do with a table.
#[derive(Debug)]
pub struct Rights {
    pub select: bool,
    /// A column that it may change.
    pub update: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ColumnRow {
    table_name: String,
    name: String,
    kind: String,
    required: bool,
    checks: Vec<String>,
    narrowed_by: Vec<String>,
    may_select: bool,
    may_update: Option<String>,
}

const COLUMNS: &str = "
    SELECT c.oid::regclass::text AS table_name, a.attname::text AS name, format_type(a.atttypid, NULL) AS kind,
      a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS required,
      ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
            WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]) AS checks,
      ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive) AS narrowed_by,
      has_table_privilege('mtandao_app', c.oid, 'SELECT') AS may_select,
      (SELECT u.attname::text FROM pg_attribute u WHERE u.attrelid = c.oid AND u.attnum > 0 AND NOT u.attisdropped
         AND has_column_privilege('mtandao_app', c.oid, u.attnum, 'UPDATE') ORDER BY u.attname <> 'tenant_id', u.attnum LIMIT 1) AS may_update
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname IN ('public', 'radius', 'app') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped)
    ORDER BY c.oid, a.attnum";

/// All tables of a tenant. Schema platform is not among them: the application has no right there, as the audit shows.
pub async fn tables(connection: &mut PgConnection) -> Vec<Table> {
    let rows: Vec<ColumnRow> = sqlx::query_as(COLUMNS).fetch_all(connection).await.expect("the catalogue is read");
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        if tables.last().is_none_or(|t| t.name != row.table_name) {
            tables.push(Table {
                name: row.table_name,
                columns: vec![],
                narrowed_by: row.narrowed_by,
                may: Rights { select: row.may_select, update: row.may_update },
            });
        }
        let words = row.checks.iter().flat_map(|check| words_of(check)).collect();
        let column = Column { name: row.name, kind: row.kind, required: row.required, words };
        tables.last_mut().expect("just pushed").columns.push(column);
    }
    tables
}

/// The words of `CHECK (state = ANY (ARRAY['a'::text, 'b'::text]))` or `CHECK (gateway = 'mpesa'::text)`.
fn words_of(check: &str) -> Vec<String> {
    if !check.contains("= ANY (ARRAY[") && !check.contains(" = '") {
        return vec![];
    }
    check.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A row as it was asked for, and as it was stored.
pub type Seed = (Map<String, Value>, Value);

/// The columns of the CHECK `$2` of table `$1`.
const IN_CHECK: &str = "
    SELECT a.attname::text FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.conrelid = $1::regclass AND k.conname = $2";

/// The columns of the unique index `$2` of table `$1`.
const IN_INDEX: &str = "
    SELECT a.attname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = $1::regclass AND x.relname = $2";

impl Table {
    pub fn is_narrowed_by(&self, policy: &str) -> bool {
        self.narrowed_by.iter().any(|p| p == policy)
    }

    /// A row of this owner; `tried` says which candidate each column is at.
    fn row(&self, owner: &Owner, tried: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let mut row = Map::new();
        for column in &self.columns {
            let nth = tried.get(&column.name).and_then(Value::as_u64).unwrap_or(0) as usize;
            let value = if let Some(value) = known(&self.name, &column.name, owner) {
                value
            } else if let Some(id) = owner.id_in(&self.name, &column.name).filter(|_| column.kind == "uuid") {
                json!(id)
            } else if column.required {
                column.candidate(nth).ok_or_else(|| {
                    format!("{}.{} ({}): no value fits; add one to seed::known", self.name, column.name, column.kind)
                })?
            } else {
                continue;
            };
            row.insert(column.name.clone(), value);
        }
        Ok(row)
    }

    /// The statement that stores a row given as JSON in `$1`.
    pub fn insert(&self, row: &Map<String, Value>) -> String {
        let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
        let names = names.join(", ");
        format!("INSERT INTO {0} AS t ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{0}, $1)", self.name)
    }

    /// Stores a row of this owner and gives it as asked for and as stored; `None` when the table has one row for the
    /// whole tenant, and that one is there.
    pub async fn seed(&self, connection: &mut PgConnection, owner: &Owner) -> Result<Option<Seed>, String> {
        let mut tried = Map::new();
        loop {
            let row = self.row(owner, &tried)?;
            let statement = format!("{} RETURNING to_jsonb(t)", self.insert(&row));
            let stored: Result<Value, _> = sqlx::query_scalar(AssertSqlSafe(statement))
                .bind(Value::Object(row.clone()))
                .fetch_one(&mut *connection)
                .await;
            let error = match stored {
                Ok(stored) => return Ok(Some((row, stored))),
                Err(error) => error,
            };
            let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
            let constraint = error.as_database_error().and_then(|e| e.constraint()).unwrap_or_default().to_owned();
            let sql = match code.as_str() {
                "23514" => IN_CHECK,
                "23505" => IN_INDEX,
                _ => return Err(format!("{}: cannot be seeded ({error}); help in seed::known", self.name)),
            };
            let named: Vec<String> = sqlx::query_scalar(sql)
                .bind(&self.name)
                .bind(&constraint)
                .fetch_all(&mut *connection)
                .await
                .map_err(|e| e.to_string())?;
            if code == "23505" && named == ["tenant_id"] {
                return Ok(None);
            }
            if !self.try_next(&named, &mut tried) {
                return Err(format!("{}: no value fits {constraint}; add one to seed::known", self.name));
            }
        }
    }

    /// Moves the columns on to their next candidates; false when none has one left.
    fn try_next(&self, named: &[String], tried: &mut Map<String, Value>) -> bool {
        let mut moved = false;
        for column in self.columns.iter().filter(|c| c.required && named.contains(&c.name)) {
            let next = tried.get(&column.name).and_then(Value::as_u64).unwrap_or(0) + 1;
            if column.candidate(next as usize).is_some() {
                tried.insert(column.name.clone(), json!(next));
                moved = true;
            }
        }
        moved
    }
}

impl Column {
    fn candidate(&self, nth: usize) -> Option<Value> {
        let random = random_bytes();
        let one = |value: Value| (nth == 0).then_some(value);
        let [a, b, c, d, ..] = random;
        match self.kind.as_str() {
            "text" if !self.words.is_empty() => self.words.get(nth).map(|word| json!(word)),
            "text" => {
                let unique = format!("x{a:02x}{b:02x}{c:02x}{d:02x}");
                [unique.clone(), unique.to_uppercase(), "KES".into(), "x".into()].get(nth).map(|text| json!(text))
            }
            "smallint" | "integer" | "bigint" | "double precision" => [1, 0, 4, 60].get(nth).map(|n| json!(n)),
            "uuid" => one(json!(Uuid::now_v7())),
            "boolean" => [false, true].get(nth).map(|b| json!(b)),
            "jsonb" => one(json!({})),
            "bytea" => one(json!(format!("\\x{}", Uuid::now_v7().simple().to_string().repeat(2)))),
            "inet" => one(json!(format!("10.{b}.{c}.{d}"))),
            "cidr" => one(json!(format!("10.{b}.{c}.0/24"))),
            "macaddr" => one(json!(format!("02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}"))),
            "date" => ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"].get(nth).map(|day| json!(day)),
            "timestamp with time zone" => one(json!("2026-03-01T06:00:00Z")),
            kind if kind.ends_with("[]") => one(json!([])),
            _ => None,
        }
    }
}

/// The last bytes of a version 7 id are random, which is enough for names and addresses that must differ.
fn random_bytes() -> [u8; 16] {
    let mut bytes = *Uuid::now_v7().as_bytes();
    bytes.reverse();
    bytes
}

/// Stores the tree of resellers: `parent` above its children, each one its own ancestor.
pub async fn closure(connection: &mut PgConnection, tenant: Uuid, parent: Uuid, children: &[Uuid]) {
    let pairs =
        children.iter().flat_map(|child| [(parent, *child, 1), (*child, *child, 0)]).chain([(parent, parent, 0)]);
    for (ancestor, descendant, depth) in pairs {
        sqlx::query(
            "INSERT INTO reseller_closure (tenant_id, ancestor_id, descendant_id, depth) VALUES ($1, $2, $3, $4)",
        )
        .bind(tenant)
        .bind(ancestor)
        .bind(descendant)
        .bind(depth)
        .execute(&mut *connection)
        .await
        .expect("the tree is stored");
    }
}

/// Switches triggers and foreign keys off in this session: rows are seeded one table at a time, in any order.
pub async fn without_triggers(connection: &mut PgConnection) {
    connection.execute("SET session_replication_role = replica").await.expect("a superuser's connection");
}
