//! Living sessions: who is connected, and telling routers what has changed. The one rule: a router is told only what the
//! projection says at that moment, never what a job remembers from before.

mod apply;
mod sql;
mod watch;

pub use apply::{ApplyProfile, EndSession};
pub use watch::{KeepAccounting, reap_in_op, reconcile_in_op, session_changed_in_op, watch};

use model::AppError;
use model::crm::{ServiceId, SubscriberId};
use model::network::sessions::{DisconnectSessionForm, SessionRow};
use model::network::{NasId, perm};
use model::page::{PAGE_ROWS, Page};
use model::time::Timestamp;
use platform::Tx;
use platform::audit::Change;
use platform::error::from_sql;

/// What the list of sessions asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// A user name, a part of the subscriber's name, an IP address, or a MAC address.
    pub text: String,
    /// Only those in the walled garden.
    pub walled_only: bool,
    /// The cursor of the page before.
    pub after: Option<String>,
}

/// A page of living sessions, the youngest first, with the counts of all and of walled ones.
///
/// # Errors
/// `Invalid` for a cursor that we never gave.
pub async fn list(
    tx: &mut Tx<perm::SessionRead>,
    filter: &SessionFilter,
) -> Result<(Page<SessionRow>, i64, i64), AppError> {
    let text = filter.text.trim().to_lowercase();
    let wanted = sql::Wanted {
        address: text.parse().ok(),
        text: &text,
        walled_only: filter.walled_only,
        after: filter.after.as_deref().map(read_cursor).transpose()?,
        most: PAGE_ROWS + 1,
    };
    let mut rows = sql::list(tx.conn(), &wanted).await.map_err(from_sql)?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = rows.last().filter(|_| more).map(|row| write_cursor(row.started_at, &row.unique_id));
    let counts = sql::counts(tx.conn()).await.map_err(from_sql)?;
    let rows = rows.into_iter().map(shown).collect();
    Ok((Page { rows, next, previous: None }, counts.all, counts.walled))
}

fn shown(row: sql::Row) -> SessionRow {
    SessionRow {
        id: row.unique_id,
        username: row.username,
        service_id: row.service_id.map(ServiceId::from_uuid),
        subscriber_id: row.subscriber_id.map(SubscriberId::from_uuid),
        subscriber: row.subscriber,
        nas_id: row.nas_id.map(NasId::from_uuid),
        nas: row.nas,
        address: row.framed_ip,
        caller: row.calling_station,
        is_walled: row.is_walled,
        started_at: row.started_at,
        updated_at: row.updated_at,
        bytes_up: row.input_octets,
        bytes_down: row.output_octets,
    }
}

fn write_cursor(at: Timestamp, id: &str) -> String {
    format!("{}~{id}", at.timestamp_micros())
}

fn read_cursor(text: &str) -> Result<(Timestamp, String), AppError> {
    let wrong = || AppError::invalid("after", "This page of the list does not exist. Start at the first page.");
    let (micros, id) = text.split_once('~').ok_or_else(wrong)?;
    let at = micros.parse().ok().and_then(Timestamp::from_timestamp_micros).ok_or_else(wrong)?;
    Ok((at, id.to_owned()))
}

/// Ends a session: its router is told at once, and the subscriber's device dials again by itself.
/// Asking twice is harmless.
///
/// # Errors
/// `NotFound` when the session has ended already, or is another ISP's.
pub async fn disconnect(tx: &mut Tx<perm::SessionDisconnect>, form: DisconnectSessionForm) -> Result<(), AppError> {
    let username = sql::username_of(tx.conn(), &form.id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    tx.schedule(&EndSession { unique_id: form.id.clone() }).await?;
    tx.audit(
        Change::new("network.session.disconnect", "session", &form.id)
            .after(serde_json::json!({ "username": username })),
    );
    Ok(())
}
