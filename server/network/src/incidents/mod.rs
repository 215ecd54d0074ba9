//! Incidents: one failure, its subscribers, its end. The one rule: an incident opens, tells and closes once, however many
//! alarms it raises and however often they are repeated.

mod correlate;
mod sql;
mod work;

pub(crate) use correlate::{down_in_op, take_turns_in_op, up_in_op};
pub use work::{CloseIncident, note_told_in_op, save, take};

use model::AppError;
use model::crm::{AccountId, ServiceId};
use model::network::incidents::{AffectedRow, IncidentEventRow, IncidentRow, IncidentView};
use model::network::{DeviceId, IncidentId, perm};
use model::time::Timestamp;
use platform::error::from_sql;
use platform::{Op, Tx};

/// How many incidents, events and subscribers a page shows.
const SHOWN_MAX: i64 = 200;

/// The incidents that are not over, the youngest first; with `over` also the closed ones.
pub async fn list(tx: &mut Tx<perm::IncidentRead>, over: bool) -> Result<Vec<IncidentRow>, AppError> {
    list_in_op(tx, over).await
}

pub(crate) async fn list_in_op(op: &mut Op, over: bool) -> Result<Vec<IncidentRow>, AppError> {
    sql::list(op.conn(), over, SHOWN_MAX).await.map_err(from_sql)?.into_iter().map(shown).collect()
}

fn shown(row: sql::Row) -> Result<IncidentRow, AppError> {
    Ok(IncidentRow {
        id: IncidentId::from_uuid(row.id),
        number: row.number,
        state: row.state.parse().map_err(platform::internal)?,
        device_id: Some(DeviceId::from_uuid(row.device_id)),
        place: row.place,
        cause: row.cause.parse().map_err(platform::internal)?,
        opened_at: row.opened_at,
        recovered_at: row.recovered_at,
        expected_at: row.expected_at,
        affected: row.affected,
        alarms: row.alarms.into(),
        told: row.told.into(),
        owner: row.owner_name,
    })
}

/// One incident with what happened in it and whom it took off.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut Tx<perm::IncidentRead>, id: IncidentId) -> Result<IncidentView, AppError> {
    let row = sql::find(tx.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let events = sql::events(tx.conn(), id, SHOWN_MAX).await.map_err(from_sql)?;
    let affected = sql::affected(tx.conn(), id, SHOWN_MAX).await.map_err(from_sql)?;
    Ok(IncidentView {
        incident: shown(row)?,
        events: events
            .into_iter()
            .filter_map(|event| {
                let text = |key: &str| event.facts.get(key).and_then(|v| v.as_str()).map(str::to_owned);
                let note =
                    text("device").or_else(|| text("note")).or_else(|| text("cause")).or_else(|| text("incident"));
                Some(IncidentEventRow {
                    at: event.at,
                    kind: event.kind.parse().ok()?,
                    note,
                    count: event.facts.get("count").and_then(serde_json::Value::as_i64),
                    actor: event.actor_name,
                })
            })
            .collect(),
        affected: affected
            .into_iter()
            .map(|row| AffectedRow {
                subscriber_id: row.subscriber_id.into(),
                service_id: row.service_id.into(),
                account_id: row.account_id.into(),
                name: row.name,
                account_number: row.number,
                place: row.place,
                is_online: row.is_online,
            })
            .collect(),
    })
}

/// The accounts that an incident took off, for notices.
pub async fn affected_accounts_in_op(op: &mut Op, id: IncidentId) -> Result<Vec<AccountId>, AppError> {
    let ids = sql::accounts(op.conn(), id).await.map_err(from_sql)?;
    Ok(ids.into_iter().map(AccountId::from_uuid).collect())
}

/// Number and beginning of the open incident that took a service off, for "why offline" and for tickets.
pub async fn of_service_in_op(op: &mut Op, service: ServiceId) -> Result<Option<(String, Timestamp)>, AppError> {
    sql::of_service(op.conn(), service.uuid()).await.map_err(from_sql)
}

/// Where an incident is, for people who know no device by its name; `None` when nobody wrote down a site or an area.
pub async fn area_in_op(op: &mut Op, id: IncidentId) -> Result<Option<String>, AppError> {
    sql::area(op.conn(), id).await.map_err(from_sql)
}

/// Number and state of an incident, for notices.
///
/// # Errors
/// `NotFound`.
pub async fn head_in_op(op: &mut Op, id: IncidentId) -> Result<IncidentRow, AppError> {
    shown(sql::find(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?)
}
