//! A service's rows in the RADIUS projection. The one rule: they are derived whole from the books each time, in the
//! transaction of the change, under a lock of the service's row.

use crate::radius::{self, Account, RadiusError};
use crate::sessions::ApplyProfile;
use crate::{activation, nas, pools};
use crm::services::{self, AccessSecret};
use gateways::Secret;
use model::AppError;
use model::crm::subscribers::ServiceState;
use model::crm::{AccountId, ServiceId};
use model::network::profile::WALLED_SPEEDS;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};

/// Seconds between two reports of a session: little traffic, and an outage is still seen within minutes.
const INTERIM_S: i32 = 300;

/// Writes what RADIUS answers for a service: user names, speeds, addresses, lock. Logins of a service that is neither
/// being installed nor active are refused. Idempotent. Returns the user names.
///
/// # Errors
/// `NotFound` without such a service; `Conflict` when it has no login to dial with, or its plan has no speeds.
pub async fn project_in_op(op: &mut Op, service: ServiceId) -> Result<Vec<String>, AppError> {
    lock_service_in_op(op, service).await?;
    let facts = services::get_in_op(op, service).await?;
    let logins = services::access_of_in_op(op, service).await?;
    if logins.is_empty() {
        return Err(AppError::Conflict(
            "The service has no user name to dial with. Add an access on the subscriber's page, then try again.".into(),
        ));
    }
    let version = catalog::plans::version_in_op(op, facts.plan_version_id).await?;
    let speeds = version.speeds.ok_or_else(|| {
        AppError::Conflict("The plan has no speeds, so it cannot be dialled. Choose an internet plan.".into())
    })?;
    let locked = is_locked_in_op(op, service).await?;
    let addresses = pools::addresses_in_op(op, service).await?;
    let key = nas::projection_key(op)?;
    let tenant = op.tenant().uuid();
    let is_on = matches!(facts.state, ServiceState::Installing | ServiceState::Active);
    let mut names = Vec::with_capacity(logins.len());
    for AccessSecret { username, secret, .. } in logins {
        let account = Account {
            username: username.clone(),
            service_id: service.uuid(),
            secret: Secret::new(secret),
            enabled: is_on,
            locked,
            mac: None,
            max_sessions: 1,
            rate_limit: speeds.mikrotik_rate_limit(),
            walled_rate_limit: WALLED_SPEEDS.mikrotik_rate_limit(),
            framed_ip: addresses.v4,
            delegated_prefix: addresses.v6,
            framed_pool: None,
            interim_s: INTERIM_S,
            session_timeout_s: None,
        };
        radius::upsert_in(op.conn(), tenant, &key, &account).await.map_err(refused)?;
        names.push(username);
    }
    // A login that was taken away must not be able to dial any more.
    for old in projected_in_op(op, service).await?.into_iter().filter(|old| !names.contains(old)) {
        radius::remove_in(op.conn(), tenant, &old).await.map_err(refused)?;
    }
    Ok(names)
}

/// Takes a service's user names out of the projection; living sessions end by [`ApplyProfile`]. Idempotent.
pub async fn remove_in_op(op: &mut Op, service: ServiceId) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    for name in projected_in_op(op, service).await? {
        radius::remove_in(op.conn(), tenant, &name).await.map_err(refused)?;
    }
    op.schedule(&ApplyProfile { service_id: service, payment_id: None }).await
}

/// The user names of a service that RADIUS knows.
pub async fn projected_in_op(op: &mut Op, service: ServiceId) -> Result<Vec<String>, AppError> {
    sqlx::query_scalar!("SELECT username FROM radius.account WHERE service_id = $1 ORDER BY username", service.uuid())
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)
}

/// The service's row, which everybody who sets a lock, and every other activation of the service, waits for.
pub(crate) async fn lock_service_in_op(op: &mut Op, service: ServiceId) -> Result<AccountId, AppError> {
    sqlx::query_scalar!("SELECT account_id FROM service WHERE id = $1 FOR NO KEY UPDATE", service.uuid())
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?
        .map(AccountId::from_uuid)
        .ok_or(AppError::NotFound)
}

/// Whether any lock is active. The caller holds the service's row, which everybody who sets a lock waits for.
async fn is_locked_in_op(op: &mut Op, service: ServiceId) -> Result<bool, AppError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM service_lock WHERE service_id = $1 AND lifted_at IS NULL) AS "locked!""#,
        service.uuid()
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)
}

fn refused(error: RadiusError) -> AppError {
    match error {
        RadiusError::Database(error) => from_sql(error),
        other => platform::internal(other),
    }
}

/// Follows a service that changed: another plan, moved, disconnected. A service that RADIUS does not know yet is left to
/// its activation, but one that has ended keeps nothing, however far its activation came. Idempotent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FollowService {
    pub service_id: ServiceId,
}

impl Job for FollowService {
    const KIND: &'static str = "network.follow_service";
    const PRIORITY: i16 = 70;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let state = services::get_in_op(&mut op, self.service_id).await?.state;
        if state == ServiceState::Disconnected {
            activation::give_up_in_op(&mut op, self.service_id).await?;
            remove_in_op(&mut op, self.service_id).await?;
            pools::release_in_op(&mut op, self.service_id).await?;
        } else if !projected_in_op(&mut op, self.service_id).await?.is_empty() {
            project_in_op(&mut op, self.service_id).await?;
            op.schedule(&ApplyProfile { service_id: self.service_id, payment_id: None }).await?;
        }
        Ok(op.commit().await?)
    }
}
