//! The SQL of stock.

use super::Piece;
use crate::stored;
use chrono::{DateTime, Utc};
use model::AppError;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::field::stock::{ReceiveStock, Serial, StockRow, StockState, WarehouseRow};
use model::field::work_orders::ReservedItem;
use model::field::{StockItemId, WarehouseId, WorkOrderId};
use model::identity::TenantId;
use platform::Conn;
use platform::error::from_sql;
use sqlx::Result;
use uuid::Uuid;

/// Which pieces are wanted; what is empty does not narrow.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub state: String,
    pub search: String,
    pub after: Option<Uuid>,
    pub subscriber: Option<Uuid>,
    pub limit: i64,
    pub shows_subscriber: bool,
}

pub(super) async fn rows(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<StockRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT i.id, i.serial, i.kind, i.product, i.mac, i.state, i.since, w.name AS warehouse,
             o.number AS "work_order?", s.id AS "subscriber_id?", s.full_name AS "subscriber?"
           FROM stock_item i
           JOIN warehouse w ON w.tenant_id = i.tenant_id AND w.id = i.warehouse_id
           LEFT JOIN work_order o ON o.tenant_id = i.tenant_id AND o.id = i.work_order_id
           LEFT JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           LEFT JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id AND $6
           WHERE ($1 = '' OR i.state = $1)
             AND ($2 = '' OR strpos(i.serial, $2) > 0 OR strpos(upper(i.product), $2) > 0)
             AND ($3::uuid IS NULL OR i.id < $3)
             AND ($4::uuid IS NULL OR s.id = $4)
           ORDER BY i.id DESC LIMIT $5"#,
        wanted.state,
        wanted.search,
        wanted.after,
        wanted.subscriber,
        wanted.limit,
        wanted.shows_subscriber,
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            Ok(StockRow {
                id: StockItemId::from_uuid(row.id),
                serial: row.serial,
                kind: stored(&row.kind)?,
                product: row.product,
                mac: row.mac.and_then(|mac| mac.parse().ok()),
                state: stored(&row.state)?,
                warehouse: Some(row.warehouse),
                work_order: row.work_order,
                subscriber_id: row.subscriber_id.map(SubscriberId::from_uuid),
                subscriber: row.subscriber,
                since: row.since,
            })
        })
        .collect()
}

pub(super) async fn counts(conn: &mut Conn) -> Result<Vec<(StockState, u64)>, AppError> {
    let rows = sqlx::query!(r#"SELECT state, count(*) AS "count!" FROM stock_item GROUP BY state"#)
        .fetch_all(conn)
        .await
        .map_err(from_sql)?;
    rows.into_iter().map(|row| Ok((stored(&row.state)?, row.count as u64))).collect()
}

pub(super) async fn warehouses(conn: &mut Conn) -> Result<Vec<WarehouseRow>> {
    let rows = sqlx::query!("SELECT id, name FROM warehouse ORDER BY name, id").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| WarehouseRow { id: WarehouseId::from_uuid(row.id), name: row.name }).collect())
}

pub(super) async fn upsert_warehouse(
    conn: &mut Conn,
    tenant: TenantId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<WarehouseId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO warehouse AS w (tenant_id, id, name, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, name) DO UPDATE SET name = w.name RETURNING id",
        tenant.uuid(),
        WarehouseId::new().uuid(),
        name,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(WarehouseId::from_uuid(id))
}

pub(super) async fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    id: StockItemId,
    piece: &ReceiveStock,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO stock_item (tenant_id, id, serial, kind, product, mac, state, warehouse_id, since)
         VALUES ($1, $2, $3, $4, $5, $6, 'in_stock', $7, $8)",
        tenant.uuid(),
        id.uuid(),
        piece.serial.as_str(),
        piece.kind.code(),
        piece.product.as_str(),
        piece.mac.map(|mac| mac.to_string()),
        piece.warehouse_id.uuid(),
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn lock(conn: &mut Conn, id: StockItemId) -> Result<Option<Piece>, AppError> {
    let row = sqlx::query!(
        "SELECT id, state, work_order_id, service_id FROM stock_item WHERE id = $1 FOR UPDATE",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
    .map_err(from_sql)?;
    row.map(|row| {
        Ok(Piece {
            id: StockItemId::from_uuid(row.id),
            state: stored(&row.state)?,
            work_order_id: row.work_order_id,
            service_id: row.service_id,
        })
    })
    .transpose()
}

pub(super) async fn lock_serial(conn: &mut Conn, serial: &Serial) -> Result<Option<Piece>, AppError> {
    let id = sqlx::query_scalar!("SELECT id FROM stock_item WHERE serial = $1", serial.as_str())
        .fetch_optional(&mut *conn)
        .await
        .map_err(from_sql)?;
    match id {
        Some(id) => lock(conn, StockItemId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// Where a piece goes.
pub(super) struct Move {
    pub id: StockItemId,
    pub state: StockState,
    pub work_order: Option<Uuid>,
    pub held_by: Option<Uuid>,
    pub account: Option<AccountId>,
    pub service: Option<ServiceId>,
    pub at: DateTime<Utc>,
}

pub(super) async fn move_to(conn: &mut Conn, to: &Move) -> Result<()> {
    sqlx::query!(
        "UPDATE stock_item SET state = $2, work_order_id = $3, held_by = $4, account_id = $5, service_id = $6, since = $7,
           version = version + 1 WHERE id = $1",
        to.id.uuid(),
        to.state.code(),
        to.work_order,
        to.held_by,
        to.account.map(AccountId::uuid),
        to.service.map(ServiceId::uuid),
        to.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn reserved(conn: &mut Conn, order: WorkOrderId) -> Result<Vec<ReservedItem>, AppError> {
    let rows = sqlx::query!(
        "SELECT serial, kind, product FROM stock_item WHERE work_order_id = $1 AND state IN ('assigned', 'installed')
         ORDER BY kind, serial",
        order.uuid(),
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| Ok(ReservedItem { serial: row.serial, kind: stored(&row.kind)?, product: row.product }))
        .collect()
}

pub(super) async fn release(
    conn: &mut Conn,
    order: WorkOrderId,
    serial: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE stock_item SET state = 'in_stock', work_order_id = NULL, held_by = NULL, account_id = NULL, since = $3,
           version = version + 1
         WHERE work_order_id = $1 AND state = 'assigned' AND ($2::text IS NULL OR serial = $2)",
        order.uuid(),
        serial,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn hand_over(conn: &mut Conn, order: WorkOrderId, technician: Uuid) -> Result<()> {
    sqlx::query!(
        "UPDATE stock_item SET held_by = $2, version = version + 1 WHERE work_order_id = $1 AND state = 'assigned'",
        order.uuid(),
        technician,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn install(
    conn: &mut Conn,
    order: WorkOrderId,
    service: ServiceId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE stock_item SET state = 'installed', service_id = $2, account_id = $3, held_by = NULL, since = $4,
           version = version + 1
         WHERE work_order_id = $1 AND state = 'assigned'",
        order.uuid(),
        service.uuid(),
        account.uuid(),
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}
