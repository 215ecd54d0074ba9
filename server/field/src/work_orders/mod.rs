//! Work orders. The one rule: each step locks the row, checks that the step is allowed from where the order stands, and
//! leaves an entry in its history.

pub mod jobs;
pub mod own;
pub mod plan;
mod sql;

use crate::events::WorkOrderChanged;
use crate::stored;
use model::AppError;
use model::crm::subscribers::ServiceState;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::field::work_orders::{
    CompletionEvidence, WorkOrderDetail, WorkOrderFilter, WorkOrderKind, WorkOrderList, WorkOrderRow, WorkOrderStatus,
};
use model::field::{WorkOrderId, perm};
use model::page::{PAGE_ROWS, Page};
use model::portal::timeline::TimelineKind;
use model::time::Timestamp;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use serde_json::json;
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
    slot: Option<(Timestamp, Timestamp)>,
}

impl Locked {
    fn head(&self) -> Head<'_> {
        Head { id: self.id, number: &self.number, kind: self.kind, account: self.account_id }
    }
}

/// What the history needs to know of an order.
struct Head<'a> {
    id: WorkOrderId,
    number: &'a str,
    kind: WorkOrderKind,
    account: AccountId,
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

/// One work order as lists show it, for contexts to the right.
///
/// # Errors
/// `NotFound`, also for one of somebody else.
pub async fn row_in_op(op: &mut Op, id: WorkOrderId) -> Result<WorkOrderRow, AppError> {
    let wanted = sql::Wanted { id: Some(id.uuid()), limit: 1, ..sql::Wanted::default() };
    sql::rows(op.conn(), &wanted, Contact::Shown).await?.pop().ok_or(AppError::NotFound)
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
    let number = format!("WO-{number:04}");
    let new = sql::New { id: WorkOrderId::new(), number: &number, kind, service, account, note, now };
    let inserted = sql::insert(op.conn(), tenant, &new).await;
    inserted.map_err(|error| match violated(&error) {
        // Somebody made it between our look and our insert; the retry finds it.
        Some("work_order_one_installation") => AppError::Conflict("This installation was just opened.".into()),
        _ => from_sql(error),
    })?;
    note_step(op, &Head { id: new.id, number: &number, kind, account }, WorkOrderStatus::Pending, None).await?;
    Ok(new.id)
}

/// Writes the history, the subscriber's timeline where the step matters to the customer, and tells listeners.
async fn note_step(op: &mut Op, order: &Head<'_>, status: WorkOrderStatus, note: Option<&str>) -> Result<(), AppError> {
    use WorkOrderStatus::*;
    let (tenant, now, name) = (op.tenant(), op.now(), op.actor().shown_name());
    sql::insert_event(op.conn(), tenant, order, now, status, note, &name).await.map_err(from_sql)?;
    if matches!(status, Pending | Scheduled | Completed | Cancelled) {
        let facts = json!({ "id": order.id, "number": order.number, "kind": order.kind, "status": status });
        let kind = TimelineKind::WorkOrder;
        crm::timeline::note_in_op(op, order.account, kind.code(), facts, kind.class()).await?;
    }
    let status = status.code().into();
    op.publish(WorkOrderChanged { work_order_id: order.id, account_id: order.account, status }).await
}

/// The service of an approved installation is being installed from the moment somebody is there.
async fn begin_installing_in_op(op: &mut Op, order: &Locked) -> Result<(), AppError> {
    move_service_in_op(op, order, ServiceState::Approved, ServiceState::Installing).await
}

/// A called-off installation waits for another one.
async fn stop_installing_in_op(op: &mut Op, order: &Locked) -> Result<(), AppError> {
    move_service_in_op(op, order, ServiceState::Installing, ServiceState::Approved).await
}

async fn move_service_in_op(op: &mut Op, order: &Locked, from: ServiceState, to: ServiceState) -> Result<(), AppError> {
    let is_installation = order.kind == WorkOrderKind::Installation;
    if is_installation && crm::services::get_in_op(op, order.service_id).await?.state == from {
        crm::services::set_state_in_op(op, order.service_id, to, None).await?;
    }
    Ok(())
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
    let service = ServiceId::from_uuid(facts.service_id);
    let activation = match row.kind {
        WorkOrderKind::Installation => network::activation::of_service_in_op(op, service).await?,
        _ => None,
    };
    let kind = row.kind;
    let evidence = CompletionEvidence {
        serial: facts.serial,
        signal_tenths_dbm: facts.signal_tenths_dbm,
        photos: crate::evidence::photos(&files),
        no_photo_reason: facts.no_photo_reason,
        has_signature: crate::evidence::is_signed(&files) || facts.signed_name.is_some(),
    };
    Ok(WorkOrderDetail {
        service_id: Some(service),
        plan: Some(facts.plan),
        note: Some(facts.note).filter(|note| !note.is_empty()),
        position: facts.position,
        reserved,
        username: facts.username,
        missing: evidence.missing(kind),
        evidence,
        files,
        activation,
        events,
        row,
    })
}
