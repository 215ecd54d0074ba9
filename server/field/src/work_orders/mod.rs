//! Work orders. The one rule: each step locks the row, checks that the step is allowed from where the order stands, and
//! leaves an entry in its history.

pub mod jobs;
pub mod own;
pub mod plan;
mod sql;

use crate::events::WorkOrderChanged;
use crate::stored;
use model::AppError;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::field::work_orders::{
    CompletionEvidence, WorkOrderDetail, WorkOrderFilter, WorkOrderKind, WorkOrderList, WorkOrderRow, WorkOrderStatus,
};
use model::field::{WorkOrderId, perm};
use model::page::{PAGE_ROWS, Page};
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use uuid::Uuid;

/// Who reads: the dispatcher sees phones and full addresses only with the contact class; a technician always needs them
/// for own work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    Shown,
    Hidden,
}

/// A work order as a step finds it, locked.
#[derive(Debug, Clone)]
struct Locked {
    id: WorkOrderId,
    number: String,
    kind: WorkOrderKind,
    status: WorkOrderStatus,
    account_id: AccountId,
    service_id: ServiceId,
    assigned_to: Option<Uuid>,
}

/// The work orders of a tab, newest first, with the counts of the tabs.
pub async fn list(
    tx: &mut Tx<perm::WorkOrderRead>,
    filter: &WorkOrderFilter,
    contact: Contact,
) -> Result<WorkOrderList, AppError> {
    let wanted = sql::Wanted {
        tab: if filter.tab.is_empty() { "open".into() } else { filter.tab.clone() },
        search: filter.search.trim().to_lowercase(),
        after: filter.after.parse().ok(),
        limit: PAGE_ROWS + 1,
        ..sql::Wanted::default()
    };
    let mut rows = sql::rows(tx.conn(), &wanted, contact).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
    let counts = sql::counts(tx.conn()).await.map_err(from_sql)?;
    Ok(WorkOrderList { page: Page { rows, next, previous: None }, open: counts.0, pending: counts.1 })
}

/// One work order with evidence and history. Not found when it is not there or another tenant's.
pub async fn get(
    tx: &mut Tx<perm::WorkOrderRead>,
    id: WorkOrderId,
    contact: Contact,
) -> Result<WorkOrderDetail, AppError> {
    detail_in_op(tx, id, None, contact).await
}

/// The work orders of one subscriber, newest first, for the subscriber's page.
pub async fn of_subscriber_in_op(
    op: &mut Op,
    subscriber: SubscriberId,
    contact: Contact,
) -> Result<Vec<WorkOrderRow>, AppError> {
    let wanted = sql::Wanted { subscriber: Some(subscriber.uuid()), limit: PAGE_ROWS, ..sql::Wanted::default() };
    sql::rows(op.conn(), &wanted, contact).await
}

/// Makes the installation work order of a service, or finds the one that is under way. Idempotent by service.
pub async fn open_installation_in_op(
    op: &mut Op,
    service: ServiceId,
    account: AccountId,
) -> Result<WorkOrderId, AppError> {
    open_in_op(op, WorkOrderKind::Installation, service, account, "").await
}

/// Makes a work order that waits to be planned. A second installation of one service while one is under way is the
/// first one.
pub async fn open_in_op(
    op: &mut Op,
    kind: WorkOrderKind,
    service: ServiceId,
    account: AccountId,
    note: &str,
) -> Result<WorkOrderId, AppError> {
    if kind == WorkOrderKind::Installation
        && let Some(id) = sql::open_installation(op.conn(), service).await.map_err(from_sql)?
    {
        return Ok(id);
    }
    let tenant = op.tenant();
    let now = op.now();
    let number = platform::counter::next(op.conn(), tenant, "work_order").await.map_err(from_sql)?;
    let new = sql::New { id: WorkOrderId::new(), number: format!("WO-{number:04}"), kind, service, account, note, now };
    let inserted = sql::insert(op.conn(), tenant, &new).await;
    inserted.map_err(|error| match violated(&error) {
        // Somebody made it between our look and our insert; the retry finds it.
        Some("work_order_one_installation") => AppError::Conflict("This installation was just opened.".into()),
        _ => from_sql(error),
    })?;
    note_step(op, new.id, account, WorkOrderStatus::Pending, None).await?;
    Ok(new.id)
}

/// Writes the history and tells listeners and open pages.
async fn note_step(
    op: &mut Op,
    id: WorkOrderId,
    account: AccountId,
    status: WorkOrderStatus,
    note: Option<&str>,
) -> Result<(), AppError> {
    let (tenant, now, name) = (op.tenant(), op.now(), op.actor().name.clone());
    sql::insert_event(op.conn(), tenant, id, account, now, status, note, &name).await.map_err(from_sql)?;
    op.publish(WorkOrderChanged { work_order_id: id, account_id: account, status: status.code().into() }).await
}

/// The refusal of a step that the order's state does not allow.
fn refused(order: &Locked, to: WorkOrderStatus) -> AppError {
    use WorkOrderStatus::*;
    let number = &order.number;
    AppError::Conflict(match (order.status, to) {
        (Cancelled, _) => format!("{number} was cancelled. Ask the dispatcher for a new one."),
        (Completed, _) => format!("{number} is completed already."),
        (_, Completed) => format!("Say first that you are on site, then complete {number}."),
        (Pending, _) => format!("{number} has no technician and slot yet. Plan it first."),
        (from, to) => format!("{number} is {}; it cannot become {} from there.", spoken(from), spoken(to)),
    })
}

fn spoken(status: WorkOrderStatus) -> String {
    status.code().replace('_', " ")
}

/// The whole work order; with `technician` only when it is that person's.
async fn detail_in_op(
    op: &mut Op,
    id: WorkOrderId,
    technician: Option<Uuid>,
    contact: Contact,
) -> Result<WorkOrderDetail, AppError> {
    let wanted = sql::Wanted { id: Some(id.uuid()), technician, limit: 1, ..sql::Wanted::default() };
    let row = sql::rows(op.conn(), &wanted, contact).await?.pop().ok_or(AppError::NotFound)?;
    let facts = sql::facts(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let reserved = crate::stock::reserved_in_op(op, id).await?;
    let files = crate::evidence::of_work_order_in_op(op, id).await?;
    let events = sql::events(op.conn(), id).await?;
    let kind = row.kind;
    let evidence = CompletionEvidence {
        serial: facts.serial,
        signal_tenths_dbm: facts.signal_tenths_dbm,
        photos: crate::evidence::photos(&files),
        no_photo_reason: facts.no_photo_reason,
        has_signature: crate::evidence::is_signed(&files) || facts.signed_name.is_some(),
    };
    Ok(WorkOrderDetail {
        service_id: Some(ServiceId::from_uuid(facts.service_id)),
        plan: Some(facts.plan),
        note: Some(facts.note).filter(|note| !note.is_empty()),
        position: facts.position,
        reserved,
        username: facts.username,
        missing: evidence.missing(kind),
        evidence,
        files,
        events,
        row,
    })
}
