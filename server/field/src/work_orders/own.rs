//! The technician's doors. The one rule: somebody else's work order is not found, whatever id is sent.

use super::{Contact, Locked, detail_in_op, note_step, refused, sql};
use crate::evidence;
use chrono::{Days, NaiveTime, TimeZone};
use model::AppError;
use model::crm::subscribers::AccessKind;
use model::field::work_orders::{
    CompleteForm, EvidenceKind, ProgressForm, RouterLogin, WorkOrderDetail, WorkOrderKind, WorkOrderRow,
    WorkOrderStatus,
};
use model::field::{EvidenceId, WorkOrderId, perm};
use model::network::activation::ActivationState;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;
use uuid::Uuid;

/// A technician's day.
#[derive(Debug, Clone)]
pub struct Today {
    /// What is planned until midnight and what was left over, by slot, and what was completed today.
    pub rows: Vec<WorkOrderRow>,
    /// How many are planned for later days.
    pub later: u64,
}

/// The own work of today in the order of the slots.
pub async fn today(tx: &mut Tx<perm::OwnWorkRead>) -> Result<Today, AppError> {
    let me = me(tx)?;
    let midnight = |day: chrono::NaiveDate| tx.zone().from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
    let (today, tomorrow) = (tx.today(), tx.today() + Days::new(1));
    let (Some(begin), Some(end)) = (midnight(today), midnight(tomorrow)) else {
        return Err(platform::internal("a day without midnight"));
    };
    let (begin, end) = (begin.to_utc(), end.to_utc());
    let wanted = sql::Wanted { technician: Some(me), due: Some((end, begin)), limit: 100, ..sql::Wanted::default() };
    let rows = sql::rows(tx.conn(), &wanted, Contact::Shown).await?;
    let later = sql::count_from(tx.conn(), me, end).await.map_err(from_sql)?;
    Ok(Today { rows, later })
}

/// One own work order.
pub async fn get(tx: &mut Tx<perm::OwnWorkRead>, id: WorkOrderId) -> Result<WorkOrderDetail, AppError> {
    let me = me(tx)?;
    detail_in_op(tx, id, Some(me), Contact::Shown).await
}

/// Sets out, arrives, or waits for parts or the customer. Refuses a step that the order's state does not allow.
/// Idempotent: a step that was taken already changes nothing.
pub async fn progress(tx: &mut Tx<perm::OwnWorkWrite>, form: ProgressForm) -> Result<(), AppError> {
    let step = form.parse().map_err(AppError::Invalid)?;
    let order = lock_own(tx, step.id).await?;
    if order.status == step.to {
        return Ok(());
    }
    if !order.status.can_become(step.to) {
        return Err(refused(&order, step.to));
    }
    sql::set_status(tx.conn(), step.id, step.to).await.map_err(from_sql)?;
    if step.to == WorkOrderStatus::OnSite {
        super::begin_installing_in_op(tx, &order).await?;
    }
    let note = step.note.as_ref().map(|note| note.as_str());
    note_step(tx, &order.head(), step.to, note).await?;
    tx.audit(
        Change::new("field.own_work.progress", "work_order", step.id)
            .before(json!({ "status": order.status }))
            .after(json!({ "status": step.to })),
    );
    Ok(())
}

/// Stores a photo or a drawn signature. Refuses what is neither PNG nor JPEG, more than 1.5 MB, and work that is over.
/// Idempotent: the same picture twice is one piece of evidence.
pub async fn add_picture(
    tx: &mut Tx<perm::OwnWorkWrite>,
    id: WorkOrderId,
    kind: EvidenceKind,
    bytes: &[u8],
) -> Result<EvidenceId, AppError> {
    let order = lock_own(tx, id).await?;
    if !order.status.is_open() {
        return Err(refused(&order, order.status));
    }
    let evidence = evidence::store_in_op(tx, id, order.account_id, kind, bytes).await?;
    tx.wake("field.work_order_changed", &id.to_string()).await?;
    Ok(evidence)
}

/// Completes the work when every gate of its kind is open. Reserved pieces become installed (a removal brings the piece
/// back), and an installation starts the activation of its service. Refuses missing evidence field by field, a serial
/// that is not this job's, and a technician who is not on site. Idempotent: completed work stays as it was completed.
pub async fn complete(tx: &mut Tx<perm::OwnWorkWrite>, form: CompleteForm) -> Result<(), AppError> {
    let done = form.parse().map_err(AppError::Invalid)?;
    let order = lock_own(tx, done.id).await?;
    if order.status == WorkOrderStatus::Completed {
        return Ok(());
    }
    if !order.status.can_become(WorkOrderStatus::Completed) {
        return Err(refused(&order, WorkOrderStatus::Completed));
    }
    let files = evidence::of_work_order_in_op(tx, done.id).await?;
    done.check(order.kind, evidence::photos(&files), evidence::is_signed(&files)).map_err(AppError::Invalid)?;
    if let Some(serial) = &done.serial {
        match order.kind {
            WorkOrderKind::Removal => crate::stock::take_back_in_op(tx, order.service_id, serial).await?,
            _ => crate::stock::install_in_op(tx, done.id, order.service_id, order.account_id, serial).await?,
        }
    }
    let completion = sql::Completion {
        serial: done.serial.as_ref().map(|serial| serial.as_str()),
        signal_tenths_dbm: done.signal_tenths_dbm,
        no_photo_reason: done.no_photo_reason.as_ref().map(|reason| reason.as_str()),
        signed_name: done.signed_name.as_ref().map(|name| name.as_str()),
        at: tx.now(),
    };
    sql::complete(tx.conn(), done.id, &completion).await.map_err(from_sql)?;
    let note = done.note.as_ref().map(|note| note.as_str());
    note_step(tx, &order.head(), WorkOrderStatus::Completed, note).await?;
    tx.audit(Change::new("field.own_work.complete", "work_order", done.id).after(json!({
        "serial": done.serial, "signal_tenths_dbm": done.signal_tenths_dbm, "photos": files.len(),
    })));
    if order.kind == WorkOrderKind::Installation {
        start_activation(tx, &order).await?;
    }
    Ok(())
}

/// The login that the subscriber's router dials with, for the technician who types it in. Each look stands in the audit
/// log. Shown until the service is online: afterwards nobody in the field needs it.
///
/// # Errors
/// `NotFound` for somebody else's work; `Conflict` when this is no installation under way, or its service has no login.
pub async fn router_login(tx: &mut Tx<perm::OwnWorkWrite>, id: WorkOrderId) -> Result<RouterLogin, AppError> {
    let order = lock_own(tx, id).await?;
    if !needs_login(tx, &order).await? {
        return Err(AppError::Conflict(
            "The login is shown while the installation is under way. Ask the office.".into(),
        ));
    }
    let accesses = crm::services::access_of_in_op(tx, order.service_id).await?;
    let Some(dialled) = accesses.into_iter().find(|access| access.kind == AccessKind::Pppoe) else {
        return Err(AppError::Conflict("This service has no PPPoE login. Ask the office to add one.".into()));
    };
    let facts = json!({ "username": dialled.username });
    tx.audit(Change::new("field.own_work.see_login", "work_order", id).after(facts));
    Ok(RouterLogin { username: dialled.username, password: dialled.secret })
}

async fn needs_login(op: &mut Op, order: &Locked) -> Result<bool, AppError> {
    if order.kind != WorkOrderKind::Installation || order.status == WorkOrderStatus::Cancelled {
        return Ok(false);
    }
    let activation = network::activation::of_service_in_op(op, order.service_id).await?;
    Ok(match activation {
        Some(activation) => activation.state != ActivationState::Online,
        None => order.status.is_open(),
    })
}

/// An installed service goes on line by itself: the network takes over in this same transaction.
async fn start_activation(op: &mut Op, order: &Locked) -> Result<(), AppError> {
    super::begin_installing_in_op(op, order).await?;
    network::activation::start_in_op(op, order.service_id).await.map(drop)
}

/// The person who asks. A program has no own work.
fn me(op: &Op) -> Result<Uuid, AppError> {
    op.actor().id.ok_or(AppError::NotFound)
}

async fn lock_own(op: &mut Op, id: WorkOrderId) -> Result<Locked, AppError> {
    let me = me(op)?;
    sql::lock(op.conn(), id, Some(me)).await?.ok_or(AppError::NotFound)
}
