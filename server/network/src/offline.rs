//! "Why is this subscriber offline?": the evidence, gathered where it is known. The one rule: this file only gathers;
//! what follows from it is decided in `model::network::offline`.

use crate::incidents;
use billing::locks;
use chrono::{TimeDelta, Utc};
use crm::services;
use model::AppError;
use model::crm::ServiceId;
use model::network::offline::{Diagnosis, OfflineFacts, RejectReason, diagnose};
use model::network::perm;
use model::time::Timestamp;
use platform::error::from_sql;
use platform::{Op, Tx};

/// A router with sessions reports each of them every five minutes; after three silent rounds it is silent itself.
const NAS_SILENT: TimeDelta = TimeDelta::minutes(15);

/// Evidence and cause for one service.
///
/// # Errors
/// `NotFound`.
pub async fn why(tx: &mut Tx<perm::SessionRead>, service: ServiceId) -> Result<Diagnosis, AppError> {
    why_in_op(tx, service).await
}

/// The same for pages that join contexts.
pub async fn why_in_op(op: &mut Op, service: ServiceId) -> Result<Diagnosis, AppError> {
    let state = services::get_in_op(op, service).await?.state;
    let locks = locks::active_in_op(op, service).await?;
    let incident = incidents::of_service_in_op(op, service).await?;
    let heard = heard_in_op(op, service).await?;
    let facts = OfflineFacts {
        state: Some(state),
        locks,
        has_account: heard.has_account,
        online_since: heard.online_since,
        incident,
        nas_is_silent: heard.nas_seen_at.is_some_and(|seen| Utc::now() - seen > NAS_SILENT),
        nas_last_seen: heard.nas_seen_at,
        // FreeRADIUS reports that it refused, not why.
        reject: heard.rejected_at.map(|at| (RejectReason::Other, at)),
        last_session: heard.ended_at.map(|at| (at, heard.terminate_cause.unwrap_or_default())),
        ..OfflineFacts::default()
    };
    Ok(diagnose(&facts))
}

struct Heard {
    has_account: bool,
    online_since: Option<Timestamp>,
    nas_seen_at: Option<Timestamp>,
    rejected_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    terminate_cause: Option<String>,
}

/// What RADIUS knows of a service: its login, its session, the last one, and refusals since then.
async fn heard_in_op(op: &mut Op, service: ServiceId) -> Result<Heard, AppError> {
    sqlx::query_as!(
        Heard,
        r#"WITH last AS (
             SELECT c.stopped_at, c.terminate_cause, c.nas_id FROM radius.acct c WHERE c.service_id = $1
             ORDER BY c.started_at DESC LIMIT 1),
           refused AS (
             SELECT p.at FROM radius.post_auth p
             JOIN radius.account a ON a.tenant_id = p.tenant_id AND a.username = p.username
             WHERE a.service_id = $1 AND p.at > coalesce((SELECT stopped_at FROM last), '-infinity')
             ORDER BY p.at DESC LIMIT 1)
           SELECT EXISTS (SELECT FROM radius.account a WHERE a.service_id = $1) AS "has_account!",
             (SELECT min(o.started_at) FROM radius.acct_open o WHERE o.service_id = $1) AS online_since,
             (SELECT max(o.updated_at) FROM radius.acct_open o WHERE o.nas_id = (SELECT nas_id FROM last)) AS nas_seen_at,
             (SELECT at FROM refused) AS rejected_at,
             (SELECT stopped_at FROM last) AS ended_at, (SELECT terminate_cause FROM last) AS terminate_cause"#,
        service.uuid()
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)
}
