//! The NOC's overview: who is on, who is off and why, what has failed. The one rule: the figures are counted in one
//! transaction, so that they add up.

use crate::{devices, incidents};
use model::AppError;
use model::network::devices::NocOverview;
use model::network::offline::OfflineCause;
use model::network::perm;
use platform::error::from_sql;
use platform::{Op, Tx};

/// What the page shows; incidents for those who may see them.
pub async fn overview(tx: &mut Tx<perm::DeviceRead>, with_incidents: bool) -> Result<NocOverview, AppError> {
    let as_of = tx.now();
    let devices = devices::list_in_op(tx).await?;
    let links = devices::links_in_op(tx, &devices).await?;
    let incidents = if with_incidents { incidents::list_in_op(tx, false).await? } else { vec![] };
    let counted = count(tx).await?;
    Ok(NocOverview {
        online: counted.online,
        walled: counted.walled,
        offline: counted.incident + counted.locked + counted.never + counted.unknown,
        offline_by_cause: [
            (OfflineCause::Incident, counted.incident),
            (OfflineCause::Locked, counted.locked),
            (OfflineCause::NeverDialled, counted.never),
            (OfflineCause::Unknown, counted.unknown),
        ]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .collect(),
        waiting_activation: counted.waiting,
        devices,
        links,
        incidents,
        as_of,
    })
}

struct Counted {
    online: i64,
    walled: i64,
    incident: i64,
    locked: i64,
    never: i64,
    unknown: i64,
    waiting: i64,
}

/// Each active service falls into one class: the network before the house, as in `model::network::offline`.
async fn count(op: &mut Op) -> Result<Counted, AppError> {
    sqlx::query_as!(
        Counted,
        r#"WITH facts AS (
             SELECT EXISTS (SELECT FROM radius.acct_open o WHERE o.tenant_id = v.tenant_id AND o.service_id = v.id) AS is_on,
               EXISTS (SELECT FROM service_lock l
                       WHERE l.tenant_id = v.tenant_id AND l.service_id = v.id AND l.lifted_at IS NULL) AS is_locked,
               EXISTS (SELECT FROM incident_service x JOIN incident i ON i.tenant_id = x.tenant_id AND i.id = x.incident_id
                       WHERE x.tenant_id = v.tenant_id AND x.service_id = v.id
                         AND i.state IN ('open', 'acknowledged')) AS in_incident,
               EXISTS (SELECT FROM radius.acct c WHERE c.tenant_id = v.tenant_id AND c.service_id = v.id) AS was_on
             FROM service v WHERE v.state = 'active')
           SELECT count(*) FILTER (WHERE is_on AND NOT is_locked) AS "online!",
             count(*) FILTER (WHERE is_on AND is_locked) AS "walled!",
             count(*) FILTER (WHERE NOT is_on AND is_locked) AS "locked!",
             count(*) FILTER (WHERE NOT is_on AND NOT is_locked AND in_incident) AS "incident!",
             count(*) FILTER (WHERE NOT is_on AND NOT is_locked AND NOT in_incident AND NOT was_on) AS "never!",
             count(*) FILTER (WHERE NOT is_on AND NOT is_locked AND NOT in_incident AND was_on) AS "unknown!",
             (SELECT count(*) FROM activation a WHERE a.state IN ('running', 'failed', 'ready')) AS "waiting!"
           FROM facts"#
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)
}
