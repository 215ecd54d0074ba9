//! Services: what is sold, and its life. The one rule: a state changes only as the model allows, and whoever changes it
//! tells the contexts to the right by `ServiceChanged`.

mod read;
mod sql;

pub use read::{
    AccessSecret, PendingService, RowClasses, Service, access_of_in_op, get_in_op, of_account_in_op, pending,
    rows_in_op,
};

use crate::events::{ServiceApproved, ServiceChanged};
use crate::{buildings, timeline, words};
use model::AppError;
use model::crm::buildings::UnitStatus;
use model::crm::subscribers::{DisconnectForm, DisconnectReason, ServiceState};
use model::crm::{AccessId, ServiceId, perm};
use model::identity::TenantId;
use model::permission::FieldClass;
use model::portal::timeline::TimelineKind;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// Approves the installation of a pending service: equipment, work order and activation follow from the event.
///
/// Idempotent: approving a service that is approved, or further, changes nothing and succeeds.
///
/// # Errors
/// `Conflict` for a service that was disconnected meanwhile; `NotFound`.
pub async fn approve(tx: &mut Tx<perm::ServiceApprove>, id: ServiceId) -> Result<(), AppError> {
    approve_in_op(tx, id).await
}

/// The same for seeds.
pub async fn approve_in_op(op: &mut Op, id: ServiceId) -> Result<(), AppError> {
    let service = sql::lock(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    match words::stored(&service.state, ServiceState::from_code)? {
        ServiceState::Approved | ServiceState::Installing | ServiceState::Active => return Ok(()),
        ServiceState::Disconnected => {
            return Err(AppError::Conflict(
                "This service was disconnected, so there is nothing to install. Sell it anew instead.".into(),
            ));
        }
        ServiceState::Pending => {}
    }
    set_state_in_op(op, id, ServiceState::Approved, None).await?;
    op.publish(ServiceApproved { service_id: id, account_id: service.account_id.into() }).await
}

/// Ends a service for good, with the reason.
///
/// # Errors
/// `Invalid` on `reason`; `NotFound`.
pub async fn disconnect(tx: &mut Tx<perm::SubscriberWrite>, form: DisconnectForm) -> Result<(), AppError> {
    let (id, reason) = form.parse().map_err(AppError::Invalid)?;
    set_state_in_op(tx, id, ServiceState::Disconnected, Some(reason)).await
}

/// Moves a service to another state of its life, as `ServiceState::can_become` allows, and tells everybody: event, page,
/// timeline, audit, unit. Setting the state that it is in changes nothing and succeeds.
///
/// The first time it becomes active, `activated_at` is now and stays: invoices begin with it.
///
/// # Errors
/// `Conflict` for a step that the life of a service does not have; `NotFound`.
pub async fn set_state_in_op(
    op: &mut Op,
    id: ServiceId,
    to: ServiceState,
    reason: Option<DisconnectReason>,
) -> Result<(), AppError> {
    let service = sql::lock(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let from = words::stored(&service.state, ServiceState::from_code)?;
    if from == to {
        return Ok(());
    }
    if !from.can_become(to) {
        return Err(AppError::Conflict(format!(
            "A service that is {from} cannot become {to}. Look at its state and take the step in between."
        )));
    }
    let now = op.now();
    sql::set_state(op.conn(), id, to, now, reason.filter(|_| to == ServiceState::Disconnected))
        .await
        .map_err(from_sql)?;
    if let Some(unit) = service.unit_id {
        let status = match to {
            ServiceState::Active => Some(UnitStatus::Active),
            ServiceState::Disconnected => Some(UnitStatus::Former),
            _ => None,
        };
        if let Some(status) = status {
            buildings::set_unit_in_op(op, unit.into(), status).await?;
        }
    }
    let kind = match to {
        ServiceState::Approved => Some(TimelineKind::Approved),
        ServiceState::Active => Some(TimelineKind::Activated),
        ServiceState::Disconnected => Some(TimelineKind::Disconnected),
        ServiceState::Pending | ServiceState::Installing => None,
    };
    let account_id = service.account_id.into();
    if let Some(kind) = kind {
        let facts = serde_json::json!({ "service_id": id, "reason": reason });
        timeline::note_in_op(op, account_id, kind.code(), facts, FieldClass::Basic).await?;
    }
    let mut change = Change::new("crm.service.set_state", "service", id)
        .before(serde_json::json!({ "state": from }))
        .after(serde_json::json!({ "state": to }));
    change.reason = reason.map(|reason| reason.to_string());
    op.audit(change);
    op.publish(ServiceChanged { service_id: id, account_id, state: to.to_string() }).await
}

/// Where the secret of an access is sealed for.
pub(crate) fn secret_place(tenant: TenantId, access: AccessId) -> String {
    format!("access.secret:{tenant}:{access}")
}
