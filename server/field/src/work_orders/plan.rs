//! What the dispatcher does: plan, reserve, call off. The one rule: a technician is sent once at a time.

use super::{Locked, note_step, refused, sql};
use chrono::{Duration, TimeZone};
use model::AppError;
use model::crm::ServiceId;
use model::crm::subscribers::ServiceState;
use model::field::stock::ReserveForm;
use model::field::work_orders::{
    CancelWorkForm, ScheduleForm, Technician, WorkOrderDetail, WorkOrderKind, WorkOrderStatus,
};
use model::field::{WorkOrderId, perm};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;

/// The people who can be sent, by name.
pub async fn technicians(tx: &mut Tx<perm::WorkOrderRead>) -> Result<Vec<Technician>, AppError> {
    sql::technicians(tx.conn()).await.map_err(from_sql)
}

/// Opens a work order for a service: a repair, a removal, a survey, or an installation whose first visit was called off. An
/// installation under way is found again.
///
/// # Errors
/// `Conflict` for an installation of a service that is not approved, or is installed already; `NotFound`.
pub async fn open(
    tx: &mut Tx<perm::WorkOrderWrite>,
    kind: WorkOrderKind,
    service: ServiceId,
    note: &str,
) -> Result<WorkOrderId, AppError> {
    let facts = crm::services::get_in_op(tx, service).await?;
    if kind == WorkOrderKind::Installation && !may_install(facts.state) {
        return Err(AppError::Conflict(
            "Only an approved service is installed. Look at the service on the subscriber's page.".into(),
        ));
    }
    let id = super::open_in_op(tx, kind, service, facts.account_id, note).await?;
    tx.audit(Change::new("field.work_order.open", "work_order", id).after(json!({ "kind": kind })));
    Ok(id)
}

fn may_install(state: ServiceState) -> bool {
    matches!(state, ServiceState::Approved | ServiceState::Installing)
}

/// Whether the installation that this order was for can be tried anew: the visit is over, its service waits still, and
/// nobody is on the way to it.
pub async fn can_open_again(tx: &mut Tx<perm::WorkOrderRead>, order: &WorkOrderDetail) -> Result<bool, AppError> {
    let Some(service) = order.service_id else { return Ok(false) };
    if order.row.kind != WorkOrderKind::Installation || order.row.status.is_open() || order.activation.is_some() {
        return Ok(false);
    }
    let state = crm::services::get_in_op(tx, service).await?.state;
    let under_way = sql::open_installation(tx.conn(), service).await.map_err(from_sql)?;
    Ok(may_install(state) && under_way.is_none())
}

/// Plans a visit, or plans it anew. Refuses a day that is over, somebody who does not do field work, a slot that overlaps with another visit
/// of the same person, and an order that is over. Idempotent: the same plan twice changes nothing.
pub async fn schedule(tx: &mut Tx<perm::WorkOrderWrite>, form: ScheduleForm) -> Result<(), AppError> {
    let plan = form.parse().map_err(AppError::Invalid)?;
    let order = sql::lock(tx.conn(), plan.id, None).await?.ok_or(AppError::NotFound)?;
    let again = order.status == WorkOrderStatus::Scheduled;
    if !again && !order.status.can_become(WorkOrderStatus::Scheduled) {
        return Err(refused(&order, WorkOrderStatus::Scheduled));
    }
    let technicians = sql::technicians(tx.conn()).await.map_err(from_sql)?;
    let Some(technician) = technicians.into_iter().find(|t| t.id == plan.technician_id) else {
        return Err(AppError::invalid("technician_id", "Choose one of the technicians in the list."));
    };
    // The hour that a change of the clock skips does not exist; the day's first hour after it does.
    let from = tx.zone().from_local_datetime(&plan.day.and_time(plan.from)).earliest();
    let Some(from) = from.map(|local| local.to_utc()) else {
        return Err(AppError::invalid("from", "This hour does not exist on that day. Choose another."));
    };
    let until = from + Duration::hours(i64::from(plan.hours));
    if again && order.assigned_to == Some(technician.id.uuid()) && order.slot == Some((from, until)) {
        return Ok(());
    }
    if plan.day < tx.today() {
        return Err(AppError::invalid("day", "This day is over. Plan the visit for today or later."));
    }
    sql::lock_technician(tx.conn(), technician.id).await.map_err(from_sql)?;
    let other = sql::overlapping(tx.conn(), plan.id, technician.id, from, until).await.map_err(from_sql)?;
    if let Some(number) = other {
        let sentence = format!("{} is at {number} in that time. Choose another slot or technician.", technician.name);
        return Err(AppError::invalid("from", sentence));
    }
    sql::set_slot(tx.conn(), plan.id, technician.id, from, until).await.map_err(from_sql)?;
    crate::stock::hand_over_in_op(tx, plan.id, technician.id).await?;
    note_step(tx, &order.head(), WorkOrderStatus::Scheduled, Some(&technician.name)).await?;
    tx.audit(
        Change::new("field.work_order.schedule", "work_order", plan.id)
            .before(json!({ "status": order.status, "assigned_to": order.assigned_to }))
            .after(json!({ "technician": technician.name, "from": from, "until": until })),
    );
    Ok(())
}

/// Reserves a piece of stock for a work order by its serial. Refuses a piece that is not in stock and an order that is
/// over. Idempotent: a piece that is reserved for this order already stays so.
pub async fn reserve(tx: &mut Tx<perm::WorkOrderWrite>, form: ReserveForm) -> Result<(), AppError> {
    let (id, serial) = form.parse().map_err(AppError::Invalid)?;
    let order = open_order(tx, id).await?;
    crate::stock::reserve_in_op(tx, order.id, order.assigned_to, order.account_id, &serial).await
}

/// Gives a reserved piece back to its store. Idempotent: a piece that is not reserved for this order stays where it is.
pub async fn release(tx: &mut Tx<perm::WorkOrderWrite>, form: ReserveForm) -> Result<(), AppError> {
    let (id, serial) = form.parse().map_err(AppError::Invalid)?;
    let order = open_order(tx, id).await?;
    crate::stock::release_in_op(tx, order.id, Some(&serial)).await
}

/// Calls a visit off and gives reserved pieces back. Refuses a completed one. Idempotent: a cancelled one stays so.
pub async fn cancel(tx: &mut Tx<perm::WorkOrderWrite>, form: CancelWorkForm) -> Result<(), AppError> {
    let (id, reason) = form.parse().map_err(AppError::Invalid)?;
    let order = sql::lock(tx.conn(), id, None).await?.ok_or(AppError::NotFound)?;
    if order.status == WorkOrderStatus::Cancelled {
        return Ok(());
    }
    if !order.status.can_become(WorkOrderStatus::Cancelled) {
        return Err(refused(&order, WorkOrderStatus::Cancelled));
    }
    sql::set_status(tx.conn(), id, WorkOrderStatus::Cancelled).await.map_err(from_sql)?;
    crate::stock::release_in_op(tx, id, None).await?;
    super::stop_installing_in_op(tx, &order).await?;
    note_step(tx, &order.head(), WorkOrderStatus::Cancelled, Some(reason.as_str())).await?;
    tx.audit(
        Change::new("field.work_order.cancel", "work_order", id)
            .before(json!({ "status": order.status }))
            .reason(reason.as_str()),
    );
    Ok(())
}

async fn open_order(op: &mut Op, id: WorkOrderId) -> Result<Locked, AppError> {
    let order = sql::lock(op.conn(), id, None).await?.ok_or(AppError::NotFound)?;
    if order.status.is_open() {
        return Ok(order);
    }
    Err(AppError::Conflict(format!("{} is over; equipment is reserved for open work only.", order.number)))
}
