//! Whether anything was written: by the numbers of transactions that stand on every row of every table of a tenant.

use crate::house::House;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeMap;

/// The state of all tables: how many rows, and a digest of which transactions made them.
pub struct Effects {
    connection: PgConnection,
    tables: Vec<String>,
}

impl Effects {
    pub async fn watch(house: &House) -> Self {
        let mut connection = house.app.superuser().await;
        let tables = sqlx::query_scalar(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname IN ('public', 'radius') AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the catalogue is read");
        Self { connection, tables }
    }

    /// Table → (rows, digest). The sessions of the platform are left out: their time of use is written by any request.
    pub async fn now(&mut self) -> BTreeMap<String, (i64, i64)> {
        let one = |table: &String| {
            format!(
                "SELECT '{table}', count(*), coalesce(sum(xmin::text::bigint * 31 + cmin::text::bigint), 0)::bigint FROM {table}"
            )
        };
        let all: Vec<String> = self.tables.iter().map(one).collect();
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(AssertSqlSafe(all.join(" UNION ALL ")))
            .fetch_all(&mut self.connection)
            .await
            .expect("the tables are read");
        rows.into_iter().map(|(table, rows, digest)| (table, (rows, digest))).collect()
    }
}
