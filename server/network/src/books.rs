//! What the network asks and tells the contexts on its left. The one rule: their rows are changed by their own verbs.

use model::AppError;
use gateways::Secret;
use model::billing::PaymentId;
use model::catalog::PlanVersionId;
use model::crm::subscribers::ServiceState;
use model::crm::{AccountId, ServiceId};
use model::time::Timestamp;
use platform::Op;
use platform::error::from_sql;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlineMethod { Coa, Disconnect }
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlineOutcome { Online, Ready }
impl OnlineMethod { pub const fn code(self) -> &'static str { match self { Self::Coa => "coa", Self::Disconnect => "disconnect" } } }
impl OnlineOutcome { pub const fn code(self) -> &'static str { match self { Self::Online => "online", Self::Ready => "ready" } } }

pub async fn payment_told_in_op(op: &mut Op, payment: PaymentId, at: Timestamp, method: OnlineMethod) -> Result<(), AppError> {
    sqlx::query!("UPDATE payment_timeline SET coa_sent_at = coalesce(coa_sent_at, $2), method = $3 WHERE payment_id = $1", payment.uuid(), at, method.code()).execute(op.conn()).await.map_err(from_sql)?;
    Ok(())
}
pub async fn payment_online_in_op(op: &mut Op, payment: PaymentId, at: Timestamp, method: Option<OnlineMethod>, outcome: OnlineOutcome) -> Result<(), AppError> {
    sqlx::query!("UPDATE payment_timeline SET online_at = $2, method = coalesce($3, method), outcome = $4 WHERE payment_id = $1 AND outcome IS NULL", payment.uuid(), at, method.map(|m| m.code()), outcome.code()).execute(op.conn()).await.map_err(from_sql)?;
    Ok(())
}

/// What the network must know of a service.
pub struct ServiceFacts { pub account_id: AccountId, pub plan_version_id: PlanVersionId, pub state: ServiceState }

pub async fn service_in_op(op: &mut Op, service: ServiceId) -> Result<ServiceFacts, AppError> {
    let row = sqlx::query!("SELECT account_id, plan_version_id, state FROM service WHERE id = $1 FOR NO KEY UPDATE", service.uuid()).fetch_optional(op.conn()).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    Ok(ServiceFacts { account_id: AccountId::from_uuid(row.account_id), plan_version_id: PlanVersionId::from_uuid(row.plan_version_id), state: row.state.parse().map_err(platform::internal)? })
}

/// A user name and its password.
pub struct AccessLogin { pub username: String, pub password: Secret }

pub async fn logins_in_op(op: &mut Op, service: ServiceId) -> Result<Vec<AccessLogin>, AppError> {
    let rows = sqlx::query!("SELECT id, username, secret FROM access WHERE service_id = $1 ORDER BY username", service.uuid()).fetch_all(op.conn()).await.map_err(from_sql)?;
    let tenant = op.tenant();
    let key = platform::tenants::data_key(op.app(), tenant).await?;
    rows.into_iter().map(|row| {
        let plain = key.open(&format!("access.secret:{tenant}:{}", row.id), &row.secret).map_err(platform::internal)?;
        Ok(AccessLogin { username: row.username, password: Secret::new(String::from_utf8(plain).map_err(platform::internal)?) })
    }).collect()
}
pub async fn set_state_in_op(op: &mut Op, service: ServiceId, state: ServiceState, reason: Option<&str>) -> Result<(), AppError> {
    let now = op.now();
    sqlx::query!("UPDATE service SET state = $2, activated_at = CASE WHEN $2 = 'active' THEN coalesce(activated_at, $3) ELSE activated_at END, disconnected_reason = $4 WHERE id = $1", service.uuid(), state.code(), now, reason).execute(op.conn()).await.map_err(from_sql)?;
    Ok(())
}
pub async fn first_invoice_in_op(op: &mut Op, service: ServiceId) -> Result<Option<String>, AppError> {
    let _ = (op, service);
    Ok(None)
}
pub async fn take_back_first_invoice_in_op(op: &mut Op, service: ServiceId, reason: &str) -> Result<(), AppError> {
    let _ = (op, service, reason);
    Ok(())
}
