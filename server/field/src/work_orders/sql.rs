//! The SQL of work orders. What is read beside them (name, place, plan) belongs to contexts to the left.

use super::{Contact, Head, Locked, stored};
use chrono::{DateTime, Utc};
use model::AppError;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::field::WorkOrderId;
use model::field::work_orders::{Technician, WorkOrderEvent, WorkOrderKind, WorkOrderRow, WorkOrderStatus};
use model::identity::{LoginId, TenantId};
use model::network::devices::Position;
use platform::Conn;
use platform::error::from_sql;
use sqlx::Result;
use uuid::Uuid;

/// Which rows are wanted; what is `None` or empty does not narrow.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub id: Option<Uuid>,
    /// `open`, `all` or a status; empty means all.
    pub tab: String,
    pub search: String,
    pub subscriber: Option<Uuid>,
    pub technician: Option<Uuid>,
    /// Open ones whose slot begins before this, and those completed since the second.
    pub due: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

pub(super) async fn rows(conn: &mut Conn, wanted: &Wanted, contact: Contact) -> Result<Vec<WorkOrderRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT w.id, w.number, w.kind, w.status, s.id AS subscriber_id, s.full_name, s.msisdn,
             concat_ws(', ', CASE WHEN strpos(v.place, b.name) > 0 THEN NULL ELSE nullif(concat_ws(', ', b.name, u.label), '') END,
               nullif(v.place, ''), CASE WHEN strpos(v.place, v.area) > 0 THEN NULL ELSE nullif(v.area, '') END) AS "address!", v.area,
             l.full_name AS "technician?", w.slot_from, w.slot_until
           FROM work_order w
           JOIN account a ON a.tenant_id = w.tenant_id AND a.id = w.account_id
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           JOIN service v ON v.tenant_id = w.tenant_id AND v.id = w.service_id
           LEFT JOIN building b ON b.tenant_id = v.tenant_id AND b.id = v.building_id
           LEFT JOIN unit u ON u.tenant_id = v.tenant_id AND u.id = v.unit_id
           LEFT JOIN login l ON l.tenant_id = w.tenant_id AND l.id = w.assigned_to
           WHERE ($1::uuid IS NULL OR w.id = $1)
             AND ($2 IN ('', 'all') OR w.status = $2
                  OR ($2 = 'open' AND w.status NOT IN ('completed', 'cancelled')))
             AND ($3 = '' OR lower(w.number) = $3 OR strpos(lower(s.full_name), $3) > 0)
             AND ($4::uuid IS NULL OR s.id = $4)
             AND ($5::uuid IS NULL OR w.assigned_to = $5)
             AND ($6::timestamptz IS NULL OR w.completed_at >= $7
                  OR (w.slot_from < $6 AND w.status NOT IN ('completed', 'cancelled')))
             AND ($8::uuid IS NULL OR w.id < $8)
           ORDER BY CASE WHEN $6::timestamptz IS NOT NULL THEN w.slot_from END, w.id DESC
           LIMIT $9"#,
        wanted.id,
        wanted.tab,
        wanted.search,
        wanted.subscriber,
        wanted.technician,
        wanted.due.map(|due| due.0),
        wanted.due.map(|due| due.1),
        wanted.after,
        wanted.limit,
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    let shown = contact == Contact::Shown;
    rows.into_iter()
        .map(|row| {
            Ok(WorkOrderRow {
                id: WorkOrderId::from_uuid(row.id),
                number: row.number,
                kind: stored(&row.kind)?,
                status: stored(&row.status)?,
                subscriber_id: Some(SubscriberId::from_uuid(row.subscriber_id)),
                subscriber: row.full_name,
                address: if shown { row.address } else { row.area },
                phone: if shown { row.msisdn.parse().ok() } else { None },
                technician: row.technician,
                slot_from: row.slot_from,
                slot_until: row.slot_until,
            })
        })
        .collect()
}

/// How many are open, and how many of them wait to be planned.
pub(super) async fn counts(conn: &mut Conn) -> Result<(u64, u64)> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "open!", count(*) FILTER (WHERE status = 'pending') AS "pending!"
           FROM work_order WHERE status NOT IN ('completed', 'cancelled')"#
    )
    .fetch_one(conn)
    .await?;
    Ok((row.open as u64, row.pending as u64))
}

/// How many open ones a technician has from a moment on.
pub(super) async fn count_from(conn: &mut Conn, technician: Uuid, from: DateTime<Utc>) -> Result<u64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM work_order
           WHERE assigned_to = $1 AND slot_from >= $2 AND status NOT IN ('completed', 'cancelled')"#,
        technician,
        from,
    )
    .fetch_one(conn)
    .await?;
    Ok(count as u64)
}

/// What only the page of one work order needs.
pub(super) struct Facts {
    pub service_id: Uuid,
    pub plan: String,
    pub note: String,
    pub serial: Option<String>,
    pub signal_tenths_dbm: Option<i16>,
    pub no_photo_reason: Option<String>,
    pub signed_name: Option<String>,
    pub position: Option<Position>,
    pub username: Option<String>,
}

pub(super) async fn facts(conn: &mut Conn, id: WorkOrderId) -> Result<Option<Facts>> {
    let row = sqlx::query!(
        r#"SELECT w.service_id, p.name AS plan, w.note, w.serial, w.signal_tenths_dbm, w.no_photo_reason, w.signed_name,
             coalesce(v.latitude, b.latitude) AS latitude, coalesce(v.longitude, b.longitude) AS longitude,
             (SELECT x.username FROM access x WHERE x.tenant_id = w.tenant_id AND x.service_id = w.service_id
              ORDER BY x.created_at, x.id LIMIT 1) AS username
           FROM work_order w
           JOIN service v ON v.tenant_id = w.tenant_id AND v.id = w.service_id
           JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
           JOIN plan p ON p.tenant_id = pv.tenant_id AND p.id = pv.plan_id
           LEFT JOIN building b ON b.tenant_id = v.tenant_id AND b.id = v.building_id
           WHERE w.id = $1"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Facts {
        service_id: row.service_id,
        plan: row.plan,
        note: row.note,
        serial: row.serial,
        signal_tenths_dbm: row.signal_tenths_dbm,
        no_photo_reason: row.no_photo_reason,
        signed_name: row.signed_name,
        position: row.latitude.zip(row.longitude).map(|(latitude, longitude)| Position { latitude, longitude }),
        username: row.username,
    }))
}

pub(super) async fn events(conn: &mut Conn, id: WorkOrderId) -> Result<Vec<WorkOrderEvent>, AppError> {
    let rows = sqlx::query!(
        "SELECT at, actor_name, status, note FROM work_order_event WHERE work_order_id = $1 ORDER BY at, id",
        id.uuid(),
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| Ok(WorkOrderEvent { at: row.at, by: row.actor_name, status: stored(&row.status)?, note: row.note }))
        .collect()
}

pub(super) struct New<'a> {
    pub id: WorkOrderId,
    pub number: &'a str,
    pub kind: WorkOrderKind,
    pub service: ServiceId,
    pub account: AccountId,
    pub note: &'a str,
    pub now: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut Conn, tenant: TenantId, new: &New<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO work_order (tenant_id, id, number, kind, status, account_id, service_id, note, created_at)
         VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8)",
        tenant.uuid(),
        new.id.uuid(),
        new.number,
        new.kind.code(),
        new.account.uuid(),
        new.service.uuid(),
        new.note,
        new.now,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn insert_event(
    conn: &mut Conn,
    tenant: TenantId,
    order: &Head<'_>,
    at: DateTime<Utc>,
    status: WorkOrderStatus,
    note: Option<&str>,
    actor_name: &str,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO work_order_event (tenant_id, id, work_order_id, account_id, at, status, note, actor_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.uuid(),
        Uuid::now_v7(),
        order.id.uuid(),
        order.account.uuid(),
        at,
        status.code(),
        note,
        actor_name,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// The installation of a service that is under way.
pub(super) async fn open_installation(conn: &mut Conn, service: ServiceId) -> Result<Option<WorkOrderId>> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM work_order
         WHERE service_id = $1 AND kind = 'installation' AND status NOT IN ('completed', 'cancelled')",
        service.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(WorkOrderId::from_uuid))
}

/// Locks a work order; with `technician` only when it is that person's.
pub(super) async fn lock(
    conn: &mut Conn,
    id: WorkOrderId,
    technician: Option<Uuid>,
) -> Result<Option<Locked>, AppError> {
    let row = sqlx::query!(
        "SELECT id, number, kind, status, account_id, service_id, assigned_to, slot_from, slot_until FROM work_order
         WHERE id = $1 AND ($2::uuid IS NULL OR assigned_to = $2) FOR UPDATE",
        id.uuid(),
        technician,
    )
    .fetch_optional(conn)
    .await
    .map_err(from_sql)?;
    row.map(|row| {
        Ok(Locked {
            id,
            number: row.number,
            kind: stored(&row.kind)?,
            status: stored(&row.status)?,
            account_id: AccountId::from_uuid(row.account_id),
            service_id: ServiceId::from_uuid(row.service_id),
            assigned_to: row.assigned_to,
            slot: row.slot_from.zip(row.slot_until),
        })
    })
    .transpose()
}

pub(super) async fn set_status(conn: &mut Conn, id: WorkOrderId, status: WorkOrderStatus) -> Result<()> {
    sqlx::query!("UPDATE work_order SET status = $2, version = version + 1 WHERE id = $1", id.uuid(), status.code(),)
        .execute(conn)
        .await
        .map(drop)
}

pub(super) async fn set_slot(
    conn: &mut Conn,
    id: WorkOrderId,
    technician: LoginId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE work_order SET assigned_to = $2, slot_from = $3, slot_until = $4, status = 'scheduled',
           version = version + 1 WHERE id = $1",
        id.uuid(),
        technician.uuid(),
        from,
        until,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// What a completion writes.
pub(super) struct Completion<'a> {
    pub serial: Option<&'a str>,
    pub signal_tenths_dbm: Option<i16>,
    pub no_photo_reason: Option<&'a str>,
    pub signed_name: Option<&'a str>,
    pub at: DateTime<Utc>,
}

pub(super) async fn complete(conn: &mut Conn, id: WorkOrderId, done: &Completion<'_>) -> Result<()> {
    sqlx::query!(
        "UPDATE work_order SET status = 'completed', serial = $2, signal_tenths_dbm = $3, no_photo_reason = $4,
           signed_name = $5, completed_at = $6, version = version + 1 WHERE id = $1",
        id.uuid(),
        done.serial,
        done.signal_tenths_dbm,
        done.no_photo_reason,
        done.signed_name,
        done.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Two plans for one technician take turns: they would not see each other's slot.
pub(super) async fn lock_technician(conn: &mut Conn, technician: LoginId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('field.technician:' || $1::text, 0))",
        technician.to_string()
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Another open visit of the same technician that overlaps: its number.
pub(super) async fn overlapping(
    conn: &mut Conn,
    id: WorkOrderId,
    technician: LoginId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT number FROM work_order
         WHERE assigned_to = $1 AND id <> $2 AND slot_from < $4 AND slot_until > $3
           AND status NOT IN ('completed', 'cancelled', 'pending', 'follow_up') LIMIT 1",
        technician.uuid(),
        id.uuid(),
        from,
        until,
    )
    .fetch_optional(conn)
    .await
}

/// People whose roles let them report on own work.
pub(super) async fn technicians(conn: &mut Conn) -> Result<Vec<Technician>> {
    let rows = sqlx::query!(
        "SELECT l.id, l.full_name FROM login l
         WHERE l.audience = 'staff' AND l.state = 'active' AND EXISTS (
           SELECT FROM login_role lr
           JOIN role_permission rp ON rp.tenant_id = lr.tenant_id AND rp.role_id = lr.role_id
           JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
           WHERE lr.tenant_id = l.tenant_id AND lr.login_id = l.id AND rp.permission = 'field.own_work.write'
             AND r.code <> 'isp_admin')
         ORDER BY l.full_name, l.id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| Technician { id: LoginId::from_uuid(row.id), name: row.full_name }).collect())
}
