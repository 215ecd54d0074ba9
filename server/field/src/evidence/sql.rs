//! The SQL of evidence.

use super::picture::Picture;
use crate::stored;
use chrono::{DateTime, Utc};
use model::AppError;
use model::crm::AccountId;
use model::field::work_orders::{EvidenceFile, EvidenceKind};
use model::field::{EvidenceId, WorkOrderId};
use model::identity::TenantId;
use platform::Conn;
use platform::error::from_sql;
use sqlx::Result;
use uuid::Uuid;

pub(super) async fn find(
    conn: &mut Conn,
    order: WorkOrderId,
    kind: EvidenceKind,
    sha256: &[u8],
) -> Result<Option<EvidenceId>> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM evidence WHERE work_order_id = $1 AND kind = $2 AND sha256 = $3",
        order.uuid(),
        kind.code(),
        sha256,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(EvidenceId::from_uuid))
}

pub(super) struct NewFile<'a> {
    pub id: Uuid,
    pub sha256: &'a [u8],
    pub picture: &'a Picture,
    pub storage_key: &'a str,
    pub at: DateTime<Utc>,
}

pub(super) async fn insert_file(conn: &mut Conn, tenant: TenantId, file: &NewFile<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO file (tenant_id, id, sha256, bytes, media_type, class, storage_key, created_at)
         VALUES ($1, $2, $3, $4, $5, 'private', $6, $7)",
        tenant.uuid(),
        file.id,
        file.sha256,
        file.picture.bytes.len() as i64,
        file.picture.media_type.text(),
        file.storage_key,
        file.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) struct New<'a> {
    pub id: EvidenceId,
    pub order: WorkOrderId,
    pub account: AccountId,
    pub kind: EvidenceKind,
    pub file: Uuid,
    pub sha256: &'a [u8],
    pub at: DateTime<Utc>,
    pub actor_name: &'a str,
}

pub(super) async fn insert(conn: &mut Conn, tenant: TenantId, new: &New<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO evidence (tenant_id, id, work_order_id, account_id, kind, file_id, sha256, at, actor_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.uuid(),
        new.id.uuid(),
        new.order.uuid(),
        new.account.uuid(),
        new.kind.code(),
        new.file,
        new.sha256,
        new.at,
        new.actor_name,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn list(conn: &mut Conn, order: WorkOrderId) -> Result<Vec<EvidenceFile>, AppError> {
    let rows = sqlx::query!("SELECT id, kind, at FROM evidence WHERE work_order_id = $1 ORDER BY at, id", order.uuid())
        .fetch_all(conn)
        .await
        .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| Ok(EvidenceFile { id: EvidenceId::from_uuid(row.id), kind: stored(&row.kind)?, at: row.at }))
        .collect()
}

pub(super) struct StoredFile {
    pub file: Uuid,
    pub media_type: String,
    pub storage_key: String,
}

pub(super) async fn get(conn: &mut Conn, id: EvidenceId, technician: Option<Uuid>) -> Result<Option<StoredFile>> {
    sqlx::query_as!(
        StoredFile,
        "SELECT f.id AS file, f.media_type, f.storage_key
         FROM evidence e
         JOIN file f ON f.tenant_id = e.tenant_id AND f.id = e.file_id
         JOIN work_order w ON w.tenant_id = e.tenant_id AND w.id = e.work_order_id
         WHERE e.id = $1 AND ($2::uuid IS NULL OR w.assigned_to = $2)",
        id.uuid(),
        technician,
    )
    .fetch_optional(conn)
    .await
}
