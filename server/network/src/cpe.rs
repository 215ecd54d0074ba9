//! The subscriber's own router. The one rule: it is told its login once the account is live, and telling it again is
//! harmless.

use crm::services;
use gateways::Secret;
use model::AppError;
use model::crm::ServiceId;
use platform::error::from_sql;
use platform::{Op, TenantId};
use std::sync::Arc;
use uuid::Uuid;

/// What a subscriber's router needs to dial.
#[derive(Debug, Clone)]
pub struct CpeLogin {
    pub tenant: TenantId,
    /// The serial or another name of the device, as far as it is known.
    pub device: Option<String>,
    pub username: String,
    pub password: Secret,
}

/// A system that configures subscribers' routers from afar. Where there is none, the technician types the login.
#[async_trait::async_trait]
pub trait Cpe: Send + Sync + 'static {
    /// Tells a router its login. Idempotent.
    ///
    /// # Errors
    /// A sentence that says why; it is tried again later.
    async fn configure(&self, login: CpeLogin) -> Result<(), String>;
}

/// How the start-up code puts it in reach: `builder.with(CpeGateway(…))`.
#[derive(Clone)]
pub struct CpeGateway(pub Arc<dyn Cpe>);

/// The logins of every service that may dial: what a system must know that configures routers anew.
///
/// # Errors
/// The database's, and a secret that does not open.
pub async fn logins_in_op(op: &mut Op) -> Result<Vec<CpeLogin>, AppError> {
    let tenant = op.tenant();
    let ids: Vec<Uuid> =
        sqlx::query_scalar!("SELECT DISTINCT service_id FROM radius.account WHERE enabled ORDER BY service_id")
            .fetch_all(op.conn())
            .await
            .map_err(from_sql)?;
    let mut logins = Vec::with_capacity(ids.len());
    for service in ids {
        for access in services::access_of_in_op(op, ServiceId::from_uuid(service)).await? {
            let password = Secret::new(access.secret);
            logins.push(CpeLogin { tenant, device: None, username: access.username, password });
        }
    }
    Ok(logins)
}
