//! The section *Network*: sessions, addresses, use, and why somebody is offline. Its times are real time, because routers
//! report in it.

use ipnet::IpNet;
use model::AppError;
use model::catalog::speeds::Speeds;
use model::crm::subscribers::ServiceRow;
use model::crm::{ServiceId, SubscriberId};
use model::network::activation::{ActivationState, ActivationStep, ActivationView, StepState, StepView};
use model::network::offline::{Diagnosis, EvidenceKind, OfflineFacts, RejectReason, diagnose};
use model::network::pools::AllocationRow;
use model::network::sessions::{SessionRow, UsageDay};
use model::portal::subscriber_page::{NetworkSection, PathIncident};
use model::time::{Date, Timestamp};
use platform::error::from_sql;
use platform::{Conn, Op};
use std::net::IpAddr;
use uuid::Uuid;

/// The section of a subscriber.
pub(super) async fn section(
    op: &mut Op,
    id: SubscriberId,
    services: &[ServiceRow],
) -> Result<NetworkSection, AppError> {
    let first = services.first().map(|service| service.id);
    let sessions = open_sessions(op.conn(), id).await.map_err(from_sql)?;
    let addresses = addresses(op.conn(), id).await.map_err(from_sql)?;
    let (zone, today) = (op.zone().name(), op.today());
    let usage = usage(op.conn(), id, zone, today - chrono::Days::new(30)).await.map_err(from_sql)?;
    let incident = match first {
        Some(service) => incident(op.conn(), service).await.map_err(from_sql)?,
        None => None,
    };
    let speeds = match first {
        Some(service) => speeds(op.conn(), service).await.map_err(from_sql)?,
        None => None,
    };
    let diagnosis = match services.first() {
        Some(service) => Some(diagnosis(op.conn(), service, &sessions, incident.as_ref()).await.map_err(from_sql)?),
        None => None,
    };
    let activation = match first {
        Some(service) => activation(op.conn(), id, service).await.map_err(from_sql)?,
        None => None,
    };
    let equipment = field::stock::of_subscriber_in_op(op, id).await?;
    Ok(NetworkSection { speeds, incident, sessions, addresses, usage, diagnosis, activation, equipment })
}

/// When somebody who is offline was last connected.
pub(super) fn last_seen(diagnosis: &Diagnosis) -> Option<Timestamp> {
    diagnosis.evidence.iter().find(|piece| piece.about == EvidenceKind::LastSession).and_then(|piece| piece.at)
}

/// The living sessions of a subscriber, the youngest first.
pub(crate) async fn open_sessions(conn: &mut Conn, id: SubscriberId) -> Result<Vec<SessionRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT o.unique_id, o.username, o.service_id, n.id AS "nas_id?", coalesce(n.name, host(o.nas_addr)) AS "nas!",
             o.framed_ip AS "framed_ip: IpAddr", o.calling_station, coalesce(r.locked, false) AS "is_walled!",
             o.started_at, o.updated_at, o.input_octets, o.output_octets, s.full_name
           FROM service v
           JOIN account a ON a.tenant_id = v.tenant_id AND a.id = v.account_id
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           JOIN radius.acct_open o ON o.tenant_id = v.tenant_id AND o.service_id = v.id
           LEFT JOIN radius.account r ON r.tenant_id = o.tenant_id AND r.username = o.username
           LEFT JOIN nas n ON n.tenant_id = o.tenant_id AND n.id = o.nas_id
           WHERE s.id = $1 ORDER BY o.started_at DESC LIMIT 20"#,
        id.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let shown = rows.into_iter().map(|row| SessionRow {
        id: row.unique_id,
        username: row.username,
        service_id: row.service_id.map(Into::into),
        subscriber_id: Some(id),
        subscriber: Some(row.full_name),
        nas_id: row.nas_id.map(Into::into),
        nas: row.nas,
        address: row.framed_ip,
        caller: row.calling_station,
        is_walled: row.is_walled,
        started_at: row.started_at,
        updated_at: row.updated_at,
        bytes_up: row.input_octets,
        bytes_down: row.output_octets,
    });
    Ok(shown.collect())
}

async fn addresses(conn: &mut Conn, id: SubscriberId) -> Result<Vec<AllocationRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT l.id, l.pool_id, l.network AS "network: IpNet", l.service_id, l.allocated_at, l.released_at, s.full_name
           FROM allocation l
           JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           WHERE s.id = $1 ORDER BY l.released_at IS NULL DESC, l.family, l.allocated_at DESC LIMIT 20"#,
        id.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let shown = rows.into_iter().map(|row| AllocationRow {
        id: row.id.into(),
        pool_id: row.pool_id.into(),
        network: row.network,
        service_id: row.service_id.into(),
        subscriber: row.full_name,
        from: row.allocated_at,
        until: row.released_at,
    });
    Ok(shown.collect())
}

/// Use by the day on which a session began, in the tenant's zone, the oldest day first. Routers report sums of sessions,
/// so a session that runs over midnight belongs to its first day.
pub(crate) async fn usage(
    conn: &mut Conn,
    id: SubscriberId,
    zone: &str,
    since: Date,
) -> Result<Vec<UsageDay>, sqlx::Error> {
    sqlx::query_as!(
        UsageDay,
        r#"SELECT (c.started_at AT TIME ZONE $2)::date AS "day!", sum(c.input_octets)::bigint AS "bytes_up!",
             sum(c.output_octets)::bigint AS "bytes_down!"
           FROM account a
           JOIN service v ON v.tenant_id = a.tenant_id AND v.account_id = a.id
           JOIN LATERAL (
             SELECT started_at, input_octets, output_octets FROM radius.acct_open
             WHERE tenant_id = v.tenant_id AND service_id = v.id
             UNION ALL
             SELECT started_at, input_octets, output_octets FROM radius.acct
             WHERE tenant_id = v.tenant_id AND service_id = v.id AND started_at >= ($3::date)::timestamp AT TIME ZONE $2) c ON true
           WHERE a.subscriber_id = $1 AND c.started_at >= ($3::date)::timestamp AT TIME ZONE $2
           GROUP BY 1 ORDER BY 1"#,
        id.uuid(),
        zone,
        since,
    )
    .fetch_all(conn)
    .await
}

async fn speeds(conn: &mut Conn, service: ServiceId) -> Result<Option<Speeds>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT pv.speed_down_kbps, pv.speed_up_kbps FROM service v
         JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id WHERE v.id = $1",
        service.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    let speed = |kbps: i32| u32::try_from(kbps).unwrap_or(0);
    Ok(row.map(|row| Speeds { down_kbps: speed(row.speed_down_kbps), up_kbps: speed(row.speed_up_kbps) }))
}

async fn incident(conn: &mut Conn, service: ServiceId) -> Result<Option<PathIncident>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT i.id, i.number, d.name, i.opened_at FROM incident_service x
         JOIN incident i ON i.tenant_id = x.tenant_id AND i.id = x.incident_id
         JOIN device d ON d.tenant_id = i.tenant_id AND d.id = i.device_id
         WHERE x.service_id = $1 AND i.state IN ('open', 'acknowledged') ORDER BY i.opened_at LIMIT 1",
        service.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| PathIncident { id: row.id.into(), number: row.number, device: row.name, since: row.opened_at }))
}

/// Asks all that is known of a service and gives the first cause that its evidence proves.
async fn diagnosis(
    conn: &mut Conn,
    service: &ServiceRow,
    sessions: &[SessionRow],
    incident: Option<&PathIncident>,
) -> Result<Diagnosis, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM radius.account r WHERE r.service_id = $1 AND r.enabled) AS "has_account!",
             l.stopped_at AS "stopped_at?", l.terminate_cause AS "terminate_cause?", f.at AS "refused_at?", f.reason AS "reason?",
             h.heard_at AS "heard_at?"
           FROM (SELECT 1) AS one
           LEFT JOIN LATERAL (SELECT stopped_at, terminate_cause, nas_id FROM radius.acct WHERE service_id = $1
                              ORDER BY started_at DESC LIMIT 1) l ON true
           LEFT JOIN LATERAL (SELECT p.at, CASE
                                WHEN r.mac IS NOT NULL AND replace(r.mac::text, ':', '')
                                  <> lower(regexp_replace(coalesce(p.calling_station, ''), '[^0-9a-fA-F]', '', 'g')) THEN 'wrong_mac'
                                WHEN (SELECT count(*) FROM radius.acct_open o WHERE o.tenant_id = r.tenant_id
                                      AND o.username = r.username) >= r.max_sessions THEN 'too_many_sessions'
                                WHEN NOT r.enabled THEN 'other' ELSE 'wrong_password' END AS reason
                              FROM radius.post_auth p JOIN radius.account r
                                ON r.tenant_id = p.tenant_id AND r.username = p.username
                              WHERE r.service_id = $1 AND p.at > coalesce(l.stopped_at, '-infinity')
                              ORDER BY p.at DESC LIMIT 1) f ON true
           LEFT JOIN LATERAL (SELECT max(o.updated_at) AS heard_at FROM radius.acct_open o WHERE o.nas_id = l.nas_id) h ON true"#,
        service.id.uuid(),
    )
    .fetch_one(conn)
    .await?;
    let facts = OfflineFacts {
        state: Some(service.state),
        locks: service.locks.clone(),
        has_account: row.has_account,
        online_since: sessions.iter().find(|s| s.service_id == Some(service.id)).map(|s| s.started_at),
        incident: incident.map(|i| (i.number.clone(), i.since)),
        nas_last_seen: row.heard_at,
        reject: row.reason.as_deref().and_then(RejectReason::from_code).zip(row.refused_at),
        last_session: row.stopped_at.map(|at| (at, row.terminate_cause.unwrap_or_default())),
        ..OfflineFacts::default()
    };
    Ok(diagnose(&facts))
}

/// The latest activation of a service with its steps, in their order.
async fn activation(
    conn: &mut Conn,
    id: SubscriberId,
    service: ServiceId,
) -> Result<Option<ActivationView>, sqlx::Error> {
    let Some(row) = sqlx::query!(
        "SELECT x.id, x.state, x.started_at, x.online_at, s.full_name FROM activation x
         JOIN account a ON a.tenant_id = x.tenant_id AND a.id = x.account_id
         JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
         WHERE x.service_id = $1 ORDER BY x.started_at DESC LIMIT 1",
        service.uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let mut steps = steps(conn, row.id).await?;
    steps.sort_by_key(|step| step.step);
    Ok(ActivationState::from_code(&row.state).map(|state| ActivationView {
        id: row.id.into(),
        service_id: service,
        subscriber_id: id,
        subscriber: row.full_name,
        state,
        steps,
        started_at: row.started_at,
        online_at: row.online_at,
    }))
}

async fn steps(conn: &mut Conn, activation: Uuid) -> Result<Vec<StepView>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT step, state, started_at, ended_at, tries, note FROM activation_step WHERE activation_id = $1",
        activation,
    )
    .fetch_all(conn)
    .await?;
    let shown = rows.into_iter().filter_map(|row| {
        Some(StepView {
            step: ActivationStep::from_code(&row.step)?,
            state: StepState::from_code(&row.state)?,
            started_at: row.started_at,
            ended_at: row.ended_at,
            tries: row.tries,
            note: row.note,
        })
    });
    Ok(shown.collect())
}
