//! Stock by serial. The one rule: a piece is moved only by a step that its state allows, with its row locked.

mod sql;

use model::crm::perm::SubscriberRead;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::field::stock::{ReceiveStockForm, Serial, StockFilter, StockList, StockRow, StockState};
use model::field::work_orders::ReservedItem;
use model::field::{StockItemId, WarehouseId, WorkOrderId, perm};
use model::identity::LoginId;
use model::page::{PAGE_ROWS, Page};
use model::text::NonBlank;
use model::{AppError, PermissionSet};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use serde_json::json;
use uuid::Uuid;

/// A piece as a step finds it, locked.
struct Piece {
    id: StockItemId,
    state: StockState,
    work_order_id: Option<Uuid>,
    service_id: Option<Uuid>,
}

/// The pieces of a tab, newest first, with counts by state and the stores. With whom a piece stands is told to `reader`s of
/// subscribers.
pub async fn list(
    tx: &mut Tx<perm::StockRead>,
    filter: &StockFilter,
    reader: &PermissionSet,
) -> Result<StockList, AppError> {
    let wanted = sql::Wanted {
        state: filter.tab.clone(),
        search: filter.search.trim().to_uppercase(),
        after: filter.after.parse().ok(),
        subscriber: None,
        limit: PAGE_ROWS + 1,
        shows_subscriber: reader.can::<SubscriberRead>(),
    };
    let mut rows = sql::rows(tx.conn(), &wanted).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
    let counts = sql::counts(tx.conn()).await?;
    let warehouses = sql::warehouses(tx.conn()).await.map_err(from_sql)?;
    Ok(StockList { page: Page { rows, next, previous: None }, counts, warehouses })
}

/// What is installed at or on its way to one subscriber, for the subscriber's page.
pub async fn of_subscriber_in_op(op: &mut Op, subscriber: SubscriberId) -> Result<Vec<StockRow>, AppError> {
    let wanted = sql::Wanted {
        subscriber: Some(subscriber.uuid()),
        limit: PAGE_ROWS,
        shows_subscriber: true,
        ..sql::Wanted::default()
    };
    sql::rows(op.conn(), &wanted).await
}

/// Adds a store or a van. Idempotent by name.
pub async fn add_warehouse(tx: &mut Tx<perm::StockWrite>, name: &str) -> Result<WarehouseId, AppError> {
    add_warehouse_in_op(tx, name).await
}

/// The same for other contexts and demo data.
pub async fn add_warehouse_in_op(op: &mut Op, name: &str) -> Result<WarehouseId, AppError> {
    let name: NonBlank<60> = NonBlank::parse(name).map_err(|e| AppError::invalid("name", e.to_string()))?;
    let (tenant, now) = (op.tenant(), op.now());
    sql::upsert_warehouse(op.conn(), tenant, name.as_str(), now).await.map_err(from_sql)
}

/// Takes a piece into stock. Refuses a serial or MAC that is there already, and a store that is not.
pub async fn receive(tx: &mut Tx<perm::StockWrite>, form: ReceiveStockForm) -> Result<StockItemId, AppError> {
    receive_in_op(tx, form).await
}

/// The same for other contexts and demo data.
pub async fn receive_in_op(op: &mut Op, form: ReceiveStockForm) -> Result<StockItemId, AppError> {
    let piece = form.parse().map_err(AppError::Invalid)?;
    let (tenant, now, id) = (op.tenant(), op.now(), StockItemId::new());
    sql::insert(op.conn(), tenant, id, &piece, now).await.map_err(|error| match violated(&error) {
        Some("stock_item_serial_taken") => {
            AppError::invalid("serial", "This serial is in stock already. Check the label, or look for it in the list.")
        }
        Some("stock_item_mac_taken") => {
            AppError::invalid("mac", "Another piece has this MAC address. Check the label.")
        }
        Some("stock_item_tenant_id_warehouse_id_fkey") => {
            AppError::invalid("warehouse_id", "Choose one of the stores in the list.")
        }
        _ => from_sql(error),
    })?;
    op.audit(Change::new("field.stock.receive", "stock_item", id).after(json!({
        "serial": piece.serial, "kind": piece.kind, "product": piece.product,
    })));
    op.wake("field.stock_changed", &id.to_string()).await?;
    Ok(id)
}

/// Moves a piece between store, repair and the scrap heap, or takes a returned one in again. Reserving and installing
/// have their own steps. Idempotent: a piece that is there already stays.
pub async fn set_state(tx: &mut Tx<perm::StockWrite>, id: StockItemId, to: StockState) -> Result<(), AppError> {
    let piece = sql::lock(tx.conn(), id).await?.ok_or(AppError::NotFound)?;
    if piece.state == to {
        return Ok(());
    }
    let by_work_order =
        matches!(to, StockState::Assigned | StockState::Installed) || piece.state == StockState::Assigned;
    if by_work_order || !piece.state.can_become(to) {
        let (from, to) = (piece.state.code().replace('_', " "), to.code().replace('_', " "));
        return Err(AppError::Conflict(format!(
            "This piece is {from}; it cannot become {to} here. Use its work order, or take it back first."
        )));
    }
    let now = tx.now();
    sql::move_to(
        tx.conn(),
        &sql::Move { id, state: to, work_order: None, held_by: None, account: None, service: None, at: now },
    )
    .await
    .map_err(from_sql)?;
    tx.audit(
        Change::new("field.stock.move", "stock_item", id)
            .before(json!({ "state": piece.state }))
            .after(json!({ "state": to })),
    );
    tx.wake("field.stock_changed", &id.to_string()).await
}

/// What is reserved for a work order.
pub(crate) async fn reserved_in_op(op: &mut Op, order: WorkOrderId) -> Result<Vec<ReservedItem>, AppError> {
    sql::reserved(op.conn(), order).await
}

/// Reserves a piece for a work order. Idempotent for the same order.
pub(crate) async fn reserve_in_op(
    op: &mut Op,
    order: WorkOrderId,
    technician: Option<Uuid>,
    account: AccountId,
    serial: &Serial,
) -> Result<(), AppError> {
    let not_there = "No piece with this serial is in stock. Check the label, or take the piece into stock first.";
    let Some(piece) = sql::lock_serial(op.conn(), serial).await? else {
        return Err(AppError::invalid("serial", not_there));
    };
    if piece.state == StockState::Assigned && piece.work_order_id == Some(order.uuid()) {
        return Ok(());
    }
    if !piece.state.can_become(StockState::Assigned) {
        let state = piece.state.code().replace('_', " ");
        return Err(AppError::invalid("serial", format!("This piece is {state}. Choose one that is in stock.")));
    }
    let now = op.now();
    sql::move_to(
        op.conn(),
        &sql::Move {
            id: piece.id,
            state: StockState::Assigned,
            work_order: Some(order.uuid()),
            held_by: technician,
            account: Some(account),
            service: None,
            at: now,
        },
    )
    .await
    .map_err(from_sql)?;
    op.audit(Change::new("field.stock.reserve", "stock_item", piece.id).after(json!({ "work_order": order })));
    op.wake("field.work_order_changed", &order.to_string()).await
}

/// Gives reserved pieces back to their store: one, or all of the order.
pub(crate) async fn release_in_op(op: &mut Op, order: WorkOrderId, serial: Option<&Serial>) -> Result<(), AppError> {
    let now = op.now();
    sql::release(op.conn(), order, serial.map(Serial::as_str), now).await.map_err(from_sql)?;
    op.wake("field.work_order_changed", &order.to_string()).await
}

/// Another technician carries what is reserved for an order.
pub(crate) async fn hand_over_in_op(op: &mut Op, order: WorkOrderId, to: LoginId) -> Result<(), AppError> {
    sql::hand_over(op.conn(), order, to.uuid()).await.map_err(from_sql)
}

/// What is reserved for an order is installed at its service. The serial on the label must be one of the pieces.
pub(crate) async fn install_in_op(
    op: &mut Op,
    order: WorkOrderId,
    service: ServiceId,
    account: AccountId,
    serial: &Serial,
) -> Result<(), AppError> {
    let piece = sql::lock_serial(op.conn(), serial).await?;
    let is_ours = piece.is_some_and(|p| p.state == StockState::Assigned && p.work_order_id == Some(order.uuid()));
    if !is_ours {
        let sentence =
            "This serial is not reserved for this job. Check the label, or ask the dispatcher to reserve it.";
        return Err(AppError::invalid("serial", sentence));
    }
    let now = op.now();
    sql::install(op.conn(), order, service, account, now).await.map_err(from_sql)
}

/// A piece comes back from a home.
pub(crate) async fn take_back_in_op(op: &mut Op, service: ServiceId, serial: &Serial) -> Result<(), AppError> {
    let piece = sql::lock_serial(op.conn(), serial).await?;
    let installed = piece.filter(|p| p.state == StockState::Installed && p.service_id == Some(service.uuid()));
    let Some(piece) = installed else {
        return Err(AppError::invalid("serial", "This serial is not installed at this service. Check the label."));
    };
    let now = op.now();
    sql::move_to(
        op.conn(),
        &sql::Move {
            id: piece.id,
            state: StockState::Returned,
            work_order: None,
            held_by: None,
            account: None,
            service: None,
            at: now,
        },
    )
    .await
    .map_err(from_sql)
}
