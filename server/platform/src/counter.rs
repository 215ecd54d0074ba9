//! Business numbers without gaps: a locked counter row per tenant and series, in the transaction that uses the number.

use crate::{Conn, TenantId};

/// Takes the next number of `series`. The row stays locked until the transaction ends, so a rollback leaves no gap.
pub async fn next(conn: &mut Conn, tenant: TenantId, series: &str) -> Result<i64, sqlx::Error> {
    take(conn, tenant, series, 1).await
}

/// Takes `count` numbers at once and gives the last of them.
pub async fn take(conn: &mut Conn, tenant: TenantId, series: &str, count: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO counter AS c (tenant_id, series, last) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, series) DO UPDATE SET last = c.last + excluded.last RETURNING last",
    )
    .bind(tenant.uuid())
    .bind(series)
    .bind(count)
    .fetch_one(conn)
    .await
}
