//! The statements of incidents.

use model::network::incidents::{IncidentCause, IncidentState};
use model::network::{DeviceId, IncidentId};
use model::time::Timestamp;
use platform::Conn;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

pub(super) struct Head {
    pub id: Uuid,
    pub number: String,
    pub state: String,
    pub device_id: Uuid,
    pub recovered_at: Option<Timestamp>,
}

/// Reports about one network take turns: two alarms that do not see each other would open two incidents of one failure,
/// and a row that is not there yet cannot be locked.
pub(super) async fn lock_reports(conn: &mut Conn, tenant: Uuid) -> Result<(), sqlx::Error> {
    query!("SELECT pg_advisory_xact_lock(hashtextextended('network.incidents:' || $1::text, 0))", tenant.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The incidents that are not over, the oldest first, locked against people's work on them.
pub(super) async fn lock_open(conn: &mut Conn) -> Result<Vec<Head>, sqlx::Error> {
    query_as!(
        Head,
        "SELECT id, number, state, device_id, recovered_at FROM incident WHERE state <> 'closed' ORDER BY opened_at, id FOR UPDATE"
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn lock(conn: &mut Conn, id: IncidentId) -> Result<Option<Head>, sqlx::Error> {
    query_as!(
        Head,
        "SELECT id, number, state, device_id, recovered_at FROM incident WHERE id = $1 FOR UPDATE",
        id.uuid()
    )
    .fetch_optional(conn)
    .await
}

pub(super) struct NewIncident<'a> {
    pub tenant: Uuid,
    pub id: IncidentId,
    pub number: &'a str,
    pub device: DeviceId,
    pub at: Timestamp,
}

pub(super) async fn insert(conn: &mut Conn, new: &NewIncident<'_>) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO incident (tenant_id, id, number, state, device_id, opened_at) VALUES ($1, $2, $3, 'open', $4, $5)",
        new.tenant,
        new.id.uuid(),
        new.number,
        new.device.uuid(),
        new.at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Hangs an incident on the device that explains it.
pub(super) async fn set_device(conn: &mut Conn, id: IncidentId, device: DeviceId) -> Result<(), sqlx::Error> {
    query!("UPDATE incident SET device_id = $2 WHERE id = $1", id.uuid(), device.uuid()).execute(conn).await?;
    Ok(())
}

/// Moves an incident, and returns when it recovered, as it is stored.
pub(super) async fn set_state(
    conn: &mut Conn,
    id: IncidentId,
    state: IncidentState,
    at: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    query_scalar!(
        "UPDATE incident SET state = $2,
           acknowledged_at = CASE WHEN $2 = 'acknowledged' THEN $3 ELSE acknowledged_at END,
           recovered_at = CASE $2 WHEN 'recovered' THEN $3 WHEN 'closed' THEN coalesce(recovered_at, $3) ELSE NULL END,
           closed_at = CASE WHEN $2 = 'closed' THEN $3 END
         WHERE id = $1 RETURNING recovered_at",
        id.uuid(),
        state.code(),
        at
    )
    .fetch_one(conn)
    .await
}

/// One incident went into another: what it found belongs to the other from now on.
pub(super) async fn merge(conn: &mut Conn, from: Uuid, into: IncidentId, at: Timestamp) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO incident_device (tenant_id, incident_id, device_id, down_at, up_at)
         SELECT tenant_id, $2, device_id, down_at, up_at FROM incident_device WHERE incident_id = $1
         ON CONFLICT (tenant_id, incident_id, device_id) DO NOTHING",
        from,
        into.uuid()
    )
    .execute(&mut *conn)
    .await?;
    query!("DELETE FROM incident_device WHERE incident_id = $1", from).execute(&mut *conn).await?;
    query!(
        "UPDATE incident i SET alarms = i.alarms + m.alarms FROM incident m WHERE i.id = $2 AND m.id = $1",
        from,
        into.uuid()
    )
    .execute(&mut *conn)
    .await?;
    query!(
        "UPDATE incident SET state = 'closed', recovered_at = coalesce(recovered_at, $3), closed_at = $3, merged_into_id = $2
         WHERE id = $1",
        from,
        into.uuid(),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A device alarmed as part of an incident. Returns whether this is news.
pub(super) async fn join_device(
    conn: &mut Conn,
    tenant: Uuid,
    id: IncidentId,
    device: DeviceId,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO incident_device (tenant_id, incident_id, device_id, down_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, incident_id, device_id) DO UPDATE SET up_at = NULL",
        tenant,
        id.uuid(),
        device.uuid(),
        at
    )
    .execute(&mut *conn)
    .await?;
    query!("UPDATE incident SET alarms = alarms + 1 WHERE id = $1", id.uuid()).execute(conn).await?;
    Ok(())
}

/// The living incident that a device is down in. It is back in every incident that people closed meanwhile: these stay
/// closed.
pub(super) async fn of_device(conn: &mut Conn, device: DeviceId, at: Timestamp) -> Result<Option<Uuid>, sqlx::Error> {
    query!(
        "UPDATE incident_device d SET up_at = $2 FROM incident i
         WHERE i.tenant_id = d.tenant_id AND i.id = d.incident_id AND i.state = 'closed' AND d.device_id = $1 AND d.up_at IS NULL",
        device.uuid(),
        at
    )
    .execute(&mut *conn)
    .await?;
    query_scalar!("SELECT incident_id FROM incident_device WHERE device_id = $1 AND up_at IS NULL", device.uuid())
        .fetch_optional(conn)
        .await
}

pub(super) async fn clear_device(
    conn: &mut Conn,
    id: IncidentId,
    device: DeviceId,
    at: Timestamp,
) -> Result<i64, sqlx::Error> {
    query!(
        "UPDATE incident_device SET up_at = $3 WHERE incident_id = $1 AND device_id = $2 AND up_at IS NULL",
        id.uuid(),
        device.uuid(),
        at
    )
    .execute(&mut *conn)
    .await?;
    query_scalar!(r#"SELECT count(*) AS "n!" FROM incident_device WHERE incident_id = $1 AND up_at IS NULL"#, id.uuid())
        .fetch_one(conn)
        .await
}

/// Notes the active services on and below a device: on the device itself, in a building that it serves, or in a building
/// that no device is named for, of a site whose topmost device is among them. Returns how many the incident has now.
pub(super) async fn note_affected(conn: &mut Conn, id: IncidentId, device: DeviceId) -> Result<i64, sqlx::Error> {
    query!(
        "WITH RECURSIVE below AS (
           SELECT d.id, d.site_id, d.parent_id FROM device d WHERE d.id = $2
           UNION SELECT d.id, d.site_id, d.parent_id FROM device d JOIN below b ON d.parent_id = b.id),
         dark AS (
           SELECT b.site_id FROM below b LEFT JOIN device p ON p.id = b.parent_id
           WHERE b.site_id IS NOT NULL AND p.site_id IS DISTINCT FROM b.site_id)
         INSERT INTO incident_service (tenant_id, incident_id, service_id, account_id)
         SELECT v.tenant_id, $1, v.id, v.account_id FROM service v
         LEFT JOIN service_device sd ON sd.tenant_id = v.tenant_id AND sd.service_id = v.id
         LEFT JOIN building_device bd ON bd.tenant_id = v.tenant_id AND bd.building_id = v.building_id
         LEFT JOIN building h ON h.tenant_id = v.tenant_id AND h.id = v.building_id
         WHERE v.state = 'active' AND (
           coalesce(sd.device_id, bd.device_id) IN (SELECT b.id FROM below b)
           OR (sd.device_id IS NULL AND bd.device_id IS NULL AND h.site_id IN (SELECT k.site_id FROM dark k)))
         ON CONFLICT DO NOTHING",
        id.uuid(),
        device.uuid()
    )
    .execute(&mut *conn)
    .await?;
    count_affected(conn, id).await
}

pub(super) async fn count_affected(conn: &mut Conn, id: IncidentId) -> Result<i64, sqlx::Error> {
    query_scalar!(r#"SELECT count(*) AS "n!" FROM incident_service WHERE incident_id = $1"#, id.uuid())
        .fetch_one(conn)
        .await
}

pub(super) async fn note_event(
    conn: &mut Conn,
    tenant: Uuid,
    id: IncidentId,
    at: Timestamp,
    kind: &str,
    facts: serde_json::Value,
    actor: &str,
) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO incident_event (tenant_id, id, incident_id, at, kind, facts, actor_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        Uuid::now_v7(),
        id.uuid(),
        at,
        kind,
        facts,
        actor
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_cause(conn: &mut Conn, id: IncidentId, cause: IncidentCause) -> Result<(), sqlx::Error> {
    query!("UPDATE incident SET cause = $2 WHERE id = $1", id.uuid(), cause.code()).execute(conn).await?;
    Ok(())
}

pub(super) async fn set_owner(conn: &mut Conn, id: IncidentId, owner: &str) -> Result<(), sqlx::Error> {
    query!("UPDATE incident SET owner_name = $2 WHERE id = $1", id.uuid(), owner).execute(conn).await?;
    Ok(())
}

pub(super) async fn set_expected(conn: &mut Conn, id: IncidentId, at: Option<Timestamp>) -> Result<(), sqlx::Error> {
    query!("UPDATE incident SET expected_at = $2 WHERE id = $1", id.uuid(), at).execute(conn).await?;
    Ok(())
}

pub(super) async fn add_told(conn: &mut Conn, id: IncidentId, told: i32) -> Result<(), sqlx::Error> {
    query!("UPDATE incident SET told = told + $2 WHERE id = $1", id.uuid(), told).execute(conn).await?;
    Ok(())
}

pub(super) struct Row {
    pub id: Uuid,
    pub number: String,
    pub state: String,
    pub device_id: Uuid,
    pub place: String,
    pub cause: String,
    pub opened_at: Timestamp,
    pub recovered_at: Option<Timestamp>,
    pub expected_at: Option<Timestamp>,
    pub affected: i64,
    pub alarms: i32,
    pub told: i32,
    pub owner_name: Option<String>,
}

/// Incidents, the present ones first. `over` also gives those that are closed, but not those that went into another.
pub(super) async fn list(conn: &mut Conn, over: bool, most: i64) -> Result<Vec<Row>, sqlx::Error> {
    query_as!(
        Row,
        r#"SELECT i.id, i.number, i.state, i.device_id, concat_ws(', ', s.name, d.name) AS "place!", i.cause, i.opened_at,
             i.recovered_at, i.expected_at,
             (SELECT count(*) FROM incident_service x WHERE x.incident_id = i.id) AS "affected!",
             i.alarms, i.told, i.owner_name
           FROM incident i JOIN device d ON d.tenant_id = i.tenant_id AND d.id = i.device_id
           LEFT JOIN site s ON s.tenant_id = d.tenant_id AND s.id = d.site_id
           WHERE ($1 OR i.state <> 'closed') AND i.merged_into_id IS NULL
           ORDER BY i.state = 'closed', i.opened_at DESC, i.id LIMIT $2"#,
        over,
        most
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn find(conn: &mut Conn, id: IncidentId) -> Result<Option<Row>, sqlx::Error> {
    query_as!(
        Row,
        r#"SELECT i.id, i.number, i.state, i.device_id, concat_ws(', ', s.name, d.name) AS "place!", i.cause, i.opened_at,
             i.recovered_at, i.expected_at,
             (SELECT count(*) FROM incident_service x WHERE x.incident_id = i.id) AS "affected!",
             i.alarms, i.told, i.owner_name
           FROM incident i JOIN device d ON d.tenant_id = i.tenant_id AND d.id = i.device_id
           LEFT JOIN site s ON s.tenant_id = d.tenant_id AND s.id = d.site_id WHERE i.id = $1"#,
        id.uuid()
    )
    .fetch_optional(conn)
    .await
}

/// Where an incident is in words of people outside: its site, else the area of somebody whom it takes off.
pub(super) async fn area(conn: &mut Conn, id: IncidentId) -> Result<Option<String>, sqlx::Error> {
    query_scalar!(
        "SELECT coalesce(s.name, (SELECT min(v.area) FROM incident_service x
             JOIN service v ON v.tenant_id = x.tenant_id AND v.id = x.service_id
             WHERE x.tenant_id = i.tenant_id AND x.incident_id = i.id AND v.area <> ''))
         FROM incident i JOIN device d ON d.tenant_id = i.tenant_id AND d.id = i.device_id
         LEFT JOIN site s ON s.tenant_id = d.tenant_id AND s.id = d.site_id WHERE i.id = $1",
        id.uuid()
    )
    .fetch_one(conn)
    .await
}

pub(super) struct EventRow {
    pub at: Timestamp,
    pub kind: String,
    pub facts: serde_json::Value,
    pub actor_name: String,
}

pub(super) async fn events(conn: &mut Conn, id: IncidentId, most: i64) -> Result<Vec<EventRow>, sqlx::Error> {
    query_as!(
        EventRow,
        "SELECT at, kind, facts, actor_name FROM incident_event WHERE incident_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
        id.uuid(),
        most
    )
    .fetch_all(conn)
    .await
}

pub(super) struct AffectedRow {
    pub subscriber_id: Uuid,
    pub service_id: Uuid,
    pub account_id: Uuid,
    pub name: String,
    pub number: String,
    pub place: String,
    pub is_online: bool,
}

pub(super) async fn affected(conn: &mut Conn, id: IncidentId, most: i64) -> Result<Vec<AffectedRow>, sqlx::Error> {
    query_as!(
        AffectedRow,
        r#"SELECT s.id AS subscriber_id, v.id AS service_id, c.id AS account_id, s.full_name AS name, c.number,
             concat_ws(', ', nullif(v.place, ''), nullif(v.area, '')) AS "place!",
             EXISTS (SELECT FROM radius.acct_open o WHERE o.tenant_id = v.tenant_id AND o.service_id = v.id) AS "is_online!"
           FROM incident_service x JOIN service v ON v.tenant_id = x.tenant_id AND v.id = x.service_id
           JOIN account c ON c.tenant_id = x.tenant_id AND c.id = x.account_id
           JOIN subscriber s ON s.tenant_id = c.tenant_id AND s.id = c.subscriber_id
           WHERE x.incident_id = $1 ORDER BY s.full_name, v.id LIMIT $2"#,
        id.uuid(),
        most
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn accounts(conn: &mut Conn, id: IncidentId) -> Result<Vec<Uuid>, sqlx::Error> {
    query_scalar!(
        "SELECT DISTINCT account_id FROM incident_service WHERE incident_id = $1 ORDER BY account_id",
        id.uuid()
    )
    .fetch_all(conn)
    .await
}

/// The open incident that took a service off.
pub(super) async fn of_service(conn: &mut Conn, service: Uuid) -> Result<Option<(String, Timestamp)>, sqlx::Error> {
    let row = query!(
        "SELECT i.number, i.opened_at FROM incident i JOIN incident_service x ON x.tenant_id = i.tenant_id AND x.incident_id = i.id
         WHERE x.service_id = $1 AND i.state IN ('open', 'acknowledged') ORDER BY i.opened_at LIMIT 1",
        service
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.number, r.opened_at)))
}
