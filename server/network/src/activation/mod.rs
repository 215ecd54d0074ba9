//! Activation: from an installed service to an online one, in steps that a person can watch. The one rule: a step's work
//! and its mark "done" are one transaction, so a crash at any moment neither loses nor repeats a step.

mod run;
mod sql;
mod undo;

pub use run::RunActivation;
pub(crate) use undo::give_up_in_op;
pub use undo::{TakeBackInvoice, undo, undo_in_op};

use crate::events::{ActivationChanged, ServiceOnline};
use crate::projection;
use chrono::Utc;
use crm::services;
use model::AppError;
use model::crm::subscribers::ServiceState;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::network::activation::{
    ActivationState, ActivationStep, ActivationView, RetryActivationForm, StepState, StepView,
};
use model::network::{ActivationId, perm};
use model::page::{PAGE_ROWS, Page};
use model::time::Timestamp;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Begins to bring an installed service online. Called when the work order is completed; a second call finds the same
/// activation and makes sure that it runs.
///
/// # Errors
/// `NotFound` without such a service; `Conflict` when nobody has approved its installation, or it is disconnected.
pub async fn start_in_op(op: &mut Op, service: ServiceId) -> Result<ActivationId, AppError> {
    projection::lock_service_in_op(op, service).await?;
    let facts = services::get_in_op(op, service).await?;
    if let Some(head) = sql::of_service(op.conn(), service).await.map_err(from_sql)? {
        let id = ActivationId::from_uuid(head.id);
        if head.state == ActivationState::Running.code() {
            op.schedule(&RunActivation { activation_id: id }).await?;
        }
        return Ok(id);
    }
    if !matches!(facts.state, ServiceState::Approved | ServiceState::Installing | ServiceState::Active) {
        return Err(AppError::Conflict(
            "The service is not approved for installation. Approve it first, then complete the work order.".into(),
        ));
    }
    let (tenant, id, now) = (op.tenant().uuid(), ActivationId::new(), Utc::now());
    sql::insert(op.conn(), tenant, id, service, facts.account_id, now).await.map_err(from_sql)?;
    sql::set_step(op.conn(), id, ActivationStep::Approve, StepState::Done, now, None).await.map_err(from_sql)?;
    op.schedule(&RunActivation { activation_id: id }).await?;
    changed_in_op(op, id, service).await?;
    Ok(id)
}

async fn changed_in_op(op: &mut Op, id: ActivationId, service: ServiceId) -> Result<(), AppError> {
    op.publish(ActivationChanged { activation_id: id, service_id: service }).await
}

/// Tries a failed activation again, from the step that failed. One that was taken back begins anew as another one, which is
/// the one returned, while the service is approved still. Harmless while it runs.
///
/// # Errors
/// `NotFound`; `Conflict` when it is online already, or was taken back and its service is not approved any more.
pub async fn retry(tx: &mut Tx<perm::ActivationRetry>, form: RetryActivationForm) -> Result<ActivationId, AppError> {
    let head = sql::lock(tx.conn(), form.id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    match head.state.parse().map_err(platform::internal)? {
        ActivationState::Online => Err(AppError::Conflict("The service is online already.".into())),
        ActivationState::Undone => begin_again(tx, form.id, ServiceId::from_uuid(head.service_id)).await,
        ActivationState::Running | ActivationState::Failed | ActivationState::Ready => {
            let now = Utc::now();
            for step in steps_in_op(tx, head.id).await?.iter().filter(|s| s.state == StepState::Failed) {
                sql::set_step(tx.conn(), form.id, step.step, StepState::Waiting, now, None).await.map_err(from_sql)?;
            }
            if head.state == ActivationState::Failed.code() {
                sql::set_state(tx.conn(), form.id, ActivationState::Running, now).await.map_err(from_sql)?;
            }
            tx.schedule(&RunActivation { activation_id: form.id }).await?;
            tx.audit(Change::new("network.activation.retry", "activation", form.id));
            changed_in_op(tx, form.id, ServiceId::from_uuid(head.service_id)).await?;
            Ok(form.id)
        }
    }
}

async fn begin_again(op: &mut Op, undone: ActivationId, service: ServiceId) -> Result<ActivationId, AppError> {
    let state = services::get_in_op(op, service).await?.state;
    if !matches!(state, ServiceState::Approved | ServiceState::Installing) {
        return Err(AppError::Conflict(
            "The activation was taken back, and its service is not approved any more. Sell and approve it anew.".into(),
        ));
    }
    let id = start_in_op(op, service).await?;
    op.audit(
        Change::new("network.activation.begin_again", "activation", id).after(serde_json::json!({ "after": undone })),
    );
    Ok(id)
}

/// A service's session began: an activation that waited for it is online. Idempotent.
pub async fn session_began_in_op(op: &mut Op, service: ServiceId) -> Result<(), AppError> {
    let Some(head) = sql::of_service(op.conn(), service).await.map_err(from_sql)? else { return Ok(()) };
    if head.state != ActivationState::Ready.code() {
        return Ok(());
    }
    online_in_op(op, &head, Utc::now()).await
}

/// Finds activations whose session began without our hearing of it.
pub(crate) async fn reconcile_in_op(op: &mut Op) -> Result<(), AppError> {
    for service in sql::dialled(op.conn()).await.map_err(from_sql)? {
        session_began_in_op(op, ServiceId::from_uuid(service)).await?;
    }
    Ok(())
}

async fn online_in_op(op: &mut Op, head: &sql::Head, at: Timestamp) -> Result<(), AppError> {
    let (id, service) = (ActivationId::from_uuid(head.id), ServiceId::from_uuid(head.service_id));
    sql::set_step(op.conn(), id, ActivationStep::Online, StepState::Done, at, None).await.map_err(from_sql)?;
    sql::set_state(op.conn(), id, ActivationState::Online, at).await.map_err(from_sql)?;
    op.publish(ServiceOnline {
        activation_id: id,
        service_id: service,
        account_id: AccountId::from_uuid(head.account_id),
    })
    .await?;
    changed_in_op(op, id, service).await
}

async fn steps_in_op(op: &mut Op, id: Uuid) -> Result<Vec<StepView>, AppError> {
    Ok(views_in_op(op, &[id]).await?.remove(&id).unwrap_or_default())
}

async fn views_in_op(op: &mut Op, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<StepView>>, AppError> {
    let mut by_activation: BTreeMap<Uuid, Vec<StepView>> = BTreeMap::new();
    for row in sql::steps(op.conn(), ids).await.map_err(from_sql)? {
        by_activation.entry(row.activation_id).or_default().push(StepView {
            step: row.step.parse().map_err(platform::internal)?,
            state: row.state.parse().map_err(platform::internal)?,
            started_at: row.started_at,
            ended_at: row.ended_at,
            tries: row.tries,
            note: row.note,
        });
    }
    for steps in by_activation.values_mut() {
        steps.sort_by_key(|s| s.step);
    }
    Ok(by_activation)
}

/// A page of activations in these states (all when empty), the youngest first.
///
/// # Errors
/// `Invalid` for a cursor that we never gave.
pub async fn list(
    tx: &mut Tx<perm::ActivationRead>,
    states: &[ActivationState],
    after: Option<&str>,
) -> Result<Page<ActivationView>, AppError> {
    let states = if states.is_empty() { ActivationState::ALL } else { states };
    let codes: Vec<String> = states.iter().map(|s| s.code().to_owned()).collect();
    let before = after.map(read_cursor).transpose()?;
    let mut rows = sql::list(tx.conn(), &codes, before, PAGE_ROWS + 1).await.map_err(from_sql)?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = rows.last().filter(|_| more).map(|r| format!("{}~{}", r.started_at.timestamp_micros(), r.id));
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut steps = views_in_op(tx, &ids).await?;
    let rows = rows
        .into_iter()
        .map(|row| {
            let steps = steps.remove(&row.id).unwrap_or_default();
            shown(row, steps)
        })
        .collect::<Result<_, AppError>>()?;
    Ok(Page { rows, next, previous: None })
}

fn shown(row: sql::Row, steps: Vec<StepView>) -> Result<ActivationView, AppError> {
    Ok(ActivationView {
        id: ActivationId::from_uuid(row.id),
        service_id: ServiceId::from_uuid(row.service_id),
        subscriber_id: SubscriberId::from_uuid(row.subscriber_id),
        subscriber: row.subscriber,
        state: row.state.parse().map_err(platform::internal)?,
        steps,
        started_at: row.started_at,
        online_at: row.online_at,
    })
}

fn read_cursor(text: &str) -> Result<(Timestamp, Uuid), AppError> {
    let wrong = || AppError::invalid("after", "This page of the list does not exist. Start at the first page.");
    let (micros, id) = text.split_once('~').ok_or_else(wrong)?;
    let at = micros.parse().ok().and_then(Timestamp::from_timestamp_micros).ok_or_else(wrong)?;
    Ok((at, id.parse().map_err(|_| wrong())?))
}

/// How many activations stand where.
pub async fn counts(tx: &mut Tx<perm::ActivationRead>) -> Result<BTreeMap<ActivationState, i64>, AppError> {
    let rows = sql::counts(tx.conn()).await.map_err(from_sql)?;
    Ok(rows.into_iter().filter_map(|(state, n)| Some((ActivationState::from_code(&state)?, n))).collect())
}

/// One activation with its steps.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut Tx<perm::ActivationRead>, id: ActivationId) -> Result<ActivationView, AppError> {
    let row = sql::find(tx.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let steps = steps_in_op(tx, row.id).await?;
    shown(row, steps)
}

/// The living activation of a service, for the subscriber's page and the technician's.
pub async fn of_service_in_op(op: &mut Op, service: ServiceId) -> Result<Option<ActivationView>, AppError> {
    let Some(head) = sql::of_service(op.conn(), service).await.map_err(from_sql)? else { return Ok(None) };
    let row = sql::find(op.conn(), ActivationId::from_uuid(head.id)).await.map_err(from_sql)?;
    let steps = steps_in_op(op, head.id).await?;
    row.map(|row| shown(row, steps)).transpose()
}
