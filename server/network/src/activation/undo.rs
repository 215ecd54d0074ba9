//! Taking an activation back. The one rule: what was done is undone in the opposite order, in one transaction; only the
//! invoice is voided after it, by a job, because voiding is billing's own verb.

use super::{changed_in_op, sql, steps_in_op};
use crate::{pools, projection};
use billing::invoices;
use chrono::Utc;
use crm::services;
use model::AppError;
use model::billing::InvoiceId;
use model::billing::invoices::VoidInvoiceForm;
use model::crm::ServiceId;
use model::crm::subscribers::{DisconnectReason, ServiceState};
use model::network::activation::{ActivationState, ActivationStep, StepState, to_undo};
use model::network::{ActivationId, perm};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op, Tx};
use serde::{Deserialize, Serialize};

/// Takes an activation back: what was done is undone in the opposite order, in one transaction. A second call changes
/// nothing.
///
/// # Errors
/// `NotFound`; `Conflict` once the service is online: then it is disconnected instead.
pub async fn undo(tx: &mut Tx<perm::ActivationRetry>, id: ActivationId, reason: &str) -> Result<(), AppError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(AppError::invalid("reason", "Say why, in at most 200 characters."));
    }
    undo_in_op(tx, id, reason).await?;
    tx.audit(Change::new("network.activation.undo", "activation", id).reason(reason));
    Ok(())
}

/// The same for other contexts: the work order was cancelled after all.
pub async fn undo_in_op(op: &mut Op, id: ActivationId, reason: &str) -> Result<(), AppError> {
    let head = sql::lock(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    match head.state.parse().map_err(platform::internal)? {
        ActivationState::Undone => return Ok(()),
        ActivationState::Online => {
            return Err(AppError::Conflict("The service is online already. Disconnect the service instead.".into()));
        }
        ActivationState::Running | ActivationState::Failed | ActivationState::Ready => {}
    }
    let service = ServiceId::from_uuid(head.service_id);
    let steps = steps_in_op(op, head.id).await?;
    let done: Vec<_> = steps.iter().filter(|s| s.state == StepState::Done).map(|s| s.step).collect();
    for step in to_undo(&done) {
        let note = match step {
            ActivationStep::FirstInvoice => {
                // What costs money cannot be "not yet installed" again: the service ends, and its invoice is voided.
                services::set_state_in_op(op, service, ServiceState::Disconnected, Some(DisconnectReason::Other))
                    .await?;
                if let Some(invoice_id) = first_invoice_in_op(op, service).await? {
                    op.schedule(&TakeBackInvoice { invoice_id, reason: reason.to_owned() }).await?;
                }
                "invoice voided"
            }
            ActivationStep::RadiusAccount => {
                projection::remove_in_op(op, service).await?;
                "login removed"
            }
            ActivationStep::ReserveAddress => {
                pools::release_in_op(op, service).await?;
                "addresses released"
            }
            ActivationStep::Approve | ActivationStep::WelcomeSms | ActivationStep::Online => continue,
        };
        sql::set_step(op.conn(), id, step, StepState::Undone, Utc::now(), Some(note)).await.map_err(from_sql)?;
    }
    if services::get_in_op(op, service).await?.state == ServiceState::Installing {
        services::set_state_in_op(op, service, ServiceState::Approved, None).await?;
    }
    sql::set_state(op.conn(), id, ActivationState::Undone, Utc::now()).await.map_err(from_sql)?;
    changed_in_op(op, id, service).await
}

/// The service has ended, so an activation that had not brought it online is over; what it had reserved goes with the
/// service. An invoice stays: the service was sold and ended like any other. Idempotent.
pub(crate) async fn give_up_in_op(op: &mut Op, service: ServiceId) -> Result<(), AppError> {
    let Some(head) = sql::of_service(op.conn(), service).await.map_err(from_sql)? else { return Ok(()) };
    if head.state == ActivationState::Online.code() {
        return Ok(());
    }
    let (id, now) = (ActivationId::from_uuid(head.id), Utc::now());
    for step in steps_in_op(op, head.id).await? {
        let note = match (step.step, step.state) {
            (ActivationStep::RadiusAccount, StepState::Done) => "login removed",
            (ActivationStep::ReserveAddress, StepState::Done) => "addresses released",
            _ => continue,
        };
        sql::set_step(op.conn(), id, step.step, StepState::Undone, now, Some(note)).await.map_err(from_sql)?;
    }
    sql::set_state(op.conn(), id, ActivationState::Undone, now).await.map_err(from_sql)?;
    changed_in_op(op, id, service).await
}

/// Voids the first invoice of a service whose activation was taken back. An invoice that was paid meanwhile is left to a
/// person, who credits it. Idempotent: it names its invoice, so a repetition finds no other one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeBackInvoice {
    pub invoice_id: InvoiceId,
    pub reason: String,
}

impl Job for TakeBackInvoice {
    const KIND: &'static str = "network.take_back_invoice";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut tx = ctx.app.begin_as_system_with::<model::billing::perm::InvoiceVoid>(ctx.tenant, Self::KIND).await?;
        match invoices::void(&mut tx, VoidInvoiceForm { id: self.invoice_id, reason: self.reason }).await {
            Ok(()) => Ok(tx.commit().await?),
            Err(AppError::Conflict(why)) => Err(JobError::Fail(why)),
            Err(error) => Err(error.into()),
        }
    }
}

async fn first_invoice_in_op(op: &mut Op, service: ServiceId) -> Result<Option<InvoiceId>, AppError> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM invoice WHERE service_id = $1 AND status <> 'void' ORDER BY period_from LIMIT 1",
        service.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(id.map(InvoiceId::from_uuid))
}
