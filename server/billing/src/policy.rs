//! How this ISP bills and reminds. The one rule: it is data of the tenant, with defaults that a new tenant can live with.

use model::AppError;
use model::billing::dunning::DunningPolicy;
use model::billing::locks::ReconnectPolicy;
use platform::Op;
use platform::audit::Change;
use platform::error::from_sql;
use serde::{Deserialize, Serialize};

const KEY: &str = "billing.policy";

/// The settings of billing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillingPolicy {
    /// Days from the issue of an invoice to its due day. More than the first reminder's, so that everyone is reminded.
    pub due_days: u16,
    pub dunning: DunningPolicy,
    pub reconnect: ReconnectPolicy,
}

impl Default for BillingPolicy {
    fn default() -> Self {
        Self { due_days: 7, dunning: DunningPolicy::default(), reconnect: ReconnectPolicy::Full }
    }
}

/// The tenant's policy, or the defaults.
pub async fn get_in_op(op: &mut Op) -> Result<BillingPolicy, AppError> {
    let value = sqlx::query_scalar!("SELECT value FROM setting WHERE key = $1", KEY)
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?;
    value
        .map_or_else(|| Ok(BillingPolicy::default()), |value| serde_json::from_value(value).map_err(platform::internal))
}

/// Changes the policy; bills that are out keep their due day.
pub async fn set_in_op(op: &mut Op, policy: &BillingPolicy) -> Result<(), AppError> {
    let (tenant, person) = (op.tenant().uuid(), op.actor().id);
    let value = serde_json::to_value(policy).map_err(platform::internal)?;
    sqlx::query!(
        "INSERT INTO setting (tenant_id, key, value, updated_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_by = excluded.updated_by, updated_at = now()",
        tenant,
        KEY,
        value,
        person,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    op.audit(Change::new("billing.policy.set", "setting", KEY).after(value));
    Ok(())
}
