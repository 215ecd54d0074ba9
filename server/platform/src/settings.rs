//! Settings of a tenant. The one rule: what holds a key is sealed by the tenant's data key, with its own name, so that a
//! copied value opens nowhere else.

use crate::error::from_sql;
use crate::{Op, TenantId, internal, tenants};
use model::AppError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads a setting.
pub async fn read_in_op(op: &mut Op, key: &str) -> Result<Option<Value>, AppError> {
    sqlx::query_scalar("SELECT value FROM setting WHERE key = $1")
        .bind(key)
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)
}

/// Writes a setting, or takes it away with `None`. Says nothing to the audit log: the verb knows what it means.
pub async fn write_in_op(op: &mut Op, key: &str, value: Option<Value>) -> Result<(), AppError> {
    let (tenant, person) = (op.tenant().uuid(), op.actor().id);
    let query = match value {
        Some(value) => sqlx::query(
            "INSERT INTO setting (tenant_id, key, value, updated_by) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, key) DO UPDATE
               SET value = excluded.value, updated_by = excluded.updated_by, updated_at = now()",
        )
        .bind(tenant)
        .bind(key)
        .bind(value)
        .bind(person),
        None => sqlx::query("DELETE FROM setting WHERE tenant_id = $1 AND key = $2").bind(tenant).bind(key),
    };
    query.execute(op.conn()).await.map(drop).map_err(from_sql)
}

fn place(key: &str, tenant: TenantId) -> String {
    format!("setting.{key}:{tenant}")
}

/// Opens a sealed setting; `None` when it was never written.
///
/// # Errors
/// `Internal` when it was damaged, or copied from another place.
pub async fn open_in_op<T: DeserializeOwned>(op: &mut Op, key: &str) -> Result<Option<T>, AppError> {
    let Some(value) = read_in_op(op, key).await? else { return Ok(None) };
    let sealed = value["sealed"].as_str().and_then(|text| hex::decode(text).ok());
    let sealed = sealed.ok_or_else(|| internal(format!("the setting {key} is not sealed")))?;
    let (app, tenant) = (op.app().clone(), op.tenant());
    let plain = tenants::data_key(&app, tenant).await?.open(&place(key, tenant), &sealed).map_err(internal)?;
    serde_json::from_slice(&plain).map(Some).map_err(internal)
}

/// Seals a setting and writes it.
pub async fn seal_in_op<T: Serialize>(op: &mut Op, key: &str, value: &T) -> Result<(), AppError> {
    seal_beside_in_op(op, key, json!({}), value).await
}

/// The same, with fields of `readable` beside what is sealed, for `read_in_op`.
pub async fn seal_beside_in_op<T: Serialize>(
    op: &mut Op,
    key: &str,
    mut readable: Value,
    value: &T,
) -> Result<(), AppError> {
    let (app, tenant) = (op.app().clone(), op.tenant());
    let plain = serde_json::to_vec(value).map_err(internal)?;
    let sealed = tenants::data_key(&app, tenant).await?.seal(&place(key, tenant), &plain);
    readable["sealed"] = hex::encode(sealed).into();
    write_in_op(op, key, Some(readable)).await
}
