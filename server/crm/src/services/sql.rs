//! The statements of services that change something.

use chrono::{DateTime, Utc};
use model::crm::ServiceId;
use model::crm::subscribers::{DisconnectReason, ServiceState};
use platform::Conn;
use uuid::Uuid;

/// What a change of state needs to know, with the row locked.
pub(super) struct Locked {
    pub account_id: Uuid,
    pub state: String,
    pub unit_id: Option<Uuid>,
}

pub(super) async fn lock(conn: &mut Conn, id: ServiceId) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query_as!(Locked, "SELECT account_id, state, unit_id FROM service WHERE id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(conn)
        .await
}

pub(super) async fn set_state(
    conn: &mut Conn,
    id: ServiceId,
    to: ServiceState,
    at: DateTime<Utc>,
    reason: Option<DisconnectReason>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE service SET state = $2, state_at = $3, disconnected_reason = $4,
           activated_at = CASE WHEN $2 = 'active' THEN coalesce(activated_at, $3) ELSE activated_at END
         WHERE id = $1",
        id.uuid(),
        to.code(),
        at,
        reason.map(DisconnectReason::code),
    )
    .execute(conn)
    .await
    .map(drop)
}
