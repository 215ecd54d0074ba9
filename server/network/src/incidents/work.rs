//! People's work on an incident, and its end. The one rule: what is closed stays closed; a relapse after that is another
//! incident.

use super::correlate::note;
use super::sql;
use crate::events::{IncidentChanged, IncidentClosed};
use chrono::TimeDelta;
use model::AppError;
use model::network::incidents::{IncidentForm, IncidentState};
use model::network::{IncidentId, perm};
use model::time::Timestamp;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A device that is back must stay back for a minute before its incident closes: power that comes, goes.
const STAY_BACK: TimeDelta = TimeDelta::seconds(60);

/// Makes an incident one's own: it is acknowledged, and its owner stands beside it. A second person takes it over.
///
/// # Errors
/// `NotFound`; `Conflict` when it is over.
pub async fn take(tx: &mut Tx<perm::IncidentWrite>, id: IncidentId) -> Result<(), AppError> {
    let head = sql::lock(tx.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let state: IncidentState = head.state.parse().map_err(platform::internal)?;
    if state.is_over() {
        return Err(AppError::Conflict("This incident is over. There is nothing left to take.".into()));
    }
    let (owner, now) = (tx.actor().shown_name(), tx.now());
    sql::set_owner(tx.conn(), id, &owner).await.map_err(from_sql)?;
    if state == IncidentState::Open {
        sql::set_state(tx.conn(), id, IncidentState::Acknowledged, now).await.map_err(from_sql)?;
    }
    note(tx, id, now, "acknowledged", json!({})).await?;
    tx.audit(Change::new("network.incident.take", "incident", id));
    tx.publish(IncidentChanged { incident_id: id }).await
}

/// Writes state, probable cause or a note. What is left empty stays as it is.
///
/// # Errors
/// `Invalid` names the fields; `NotFound`; `Conflict` for a step that the life of an incident does not have.
pub async fn save(
    tx: &mut Tx<perm::IncidentWrite>,
    form: IncidentForm,
    expected_at: Option<Timestamp>,
) -> Result<(), AppError> {
    let change = form.parse().map_err(AppError::Invalid)?;
    let (id, now) = (change.id, tx.now());
    let head = sql::lock(tx.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let state: IncidentState = head.state.parse().map_err(platform::internal)?;
    if let Some(cause) = change.cause {
        sql::set_cause(tx.conn(), id, cause).await.map_err(from_sql)?;
        note(tx, id, now, "cause", json!({ "cause": cause.code() })).await?;
    }
    if let Some(text) = &change.note {
        note(tx, id, now, "note", json!({ "note": text.as_str() })).await?;
    }
    if expected_at.is_some() {
        sql::set_expected(tx.conn(), id, expected_at).await.map_err(from_sql)?;
    }
    if let Some(to) = change.state.filter(|to| *to != state) {
        if !state.can_become(to) {
            return Err(AppError::Conflict(format!("An incident that is {state} cannot become {to}.")));
        }
        move_in_op(tx, id, to, now).await?;
    }
    let facts = json!({ "state": change.state, "cause": change.cause, "has_note": change.note.is_some() });
    tx.audit(Change::new("network.incident.save", "incident", id).after(facts));
    tx.publish(IncidentChanged { incident_id: id }).await
}

/// Moves an incident and tells of it. One that recovered, by its devices or by a person's word, closes by itself.
pub(super) async fn move_in_op(op: &mut Op, id: IncidentId, to: IncidentState, at: Timestamp) -> Result<(), AppError> {
    let recovered_at = sql::set_state(op.conn(), id, to, at).await.map_err(from_sql)?;
    let kind = match to {
        IncidentState::Open => "reopened",
        IncidentState::Acknowledged => "acknowledged",
        IncidentState::Recovered => "recovered",
        IncidentState::Closed => "closed",
    };
    note(op, id, at, kind, json!({})).await?;
    match (to, recovered_at) {
        (IncidentState::Recovered, Some(recovered_at)) => {
            let due = op.real_now() + STAY_BACK;
            op.schedule_at(&CloseIncident { incident_id: id, recovered_at }, due).await
        }
        (IncidentState::Closed, _) => op.publish(IncidentClosed { incident_id: id }).await,
        _ => Ok(()),
    }
}

/// Adds how many subscribers were told. The context that sends the notices calls it.
pub async fn note_told_in_op(op: &mut Op, id: IncidentId, told: i32) -> Result<(), AppError> {
    let now = op.now();
    sql::add_told(op.conn(), id, told).await.map_err(from_sql)?;
    note(op, id, now, "told", json!({ "count": told })).await?;
    op.publish(IncidentChanged { incident_id: id }).await
}

/// Closes an incident whose devices have stayed back since this recovery. One that failed again meanwhile stays open, and
/// has to stay back anew when it has recovered again. Idempotent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloseIncident {
    pub incident_id: IncidentId,
    pub recovered_at: Timestamp,
}

impl Job for CloseIncident {
    const KIND: &'static str = "network.close_incident";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let Some(head) = sql::lock(op.conn(), self.incident_id).await? else { return Ok(()) };
        if head.state == IncidentState::Recovered.code() && head.recovered_at == Some(self.recovered_at) {
            let now = op.now();
            move_in_op(&mut op, self.incident_id, IncidentState::Closed, now).await?;
            op.publish(IncidentChanged { incident_id: self.incident_id }).await?;
        }
        Ok(op.commit().await?)
    }
}
