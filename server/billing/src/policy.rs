//! How this ISP bills and reminds. The one rule: it is data of the tenant, with defaults that a new tenant can live with.

pub use model::billing::policy::BillingPolicy;

use model::billing::policy::{BillingPolicyForm, BillingPolicySheet};
use model::identity::perm::{SettingRead, SettingWrite};
use model::{AppError, PermissionSet};
use platform::audit::Change;
use platform::{Op, Tx, settings};

const KEY: &str = "billing.policy";

/// The settings as they are. `permissions` are the reader's.
pub async fn get(tx: &mut Tx<SettingRead>, permissions: &PermissionSet) -> Result<BillingPolicySheet, AppError> {
    Ok(BillingPolicySheet { policy: get_in_op(tx).await?, can_write: permissions.can::<SettingWrite>() })
}

/// Changes the settings for invoices, reminders and locks that come. Saving the same again changes nothing.
///
/// # Errors
/// `Invalid` names the fields.
pub async fn set(tx: &mut Tx<SettingWrite>, form: BillingPolicyForm) -> Result<(), AppError> {
    let policy = form.parse().map_err(AppError::Invalid)?;
    if get_in_op(tx).await? == policy { Ok(()) } else { set_in_op(tx, &policy).await }
}

/// The tenant's policy, or the defaults.
pub async fn get_in_op(op: &mut Op) -> Result<BillingPolicy, AppError> {
    let value = settings::read_in_op(op, KEY).await?;
    value
        .map_or_else(|| Ok(BillingPolicy::default()), |value| serde_json::from_value(value).map_err(platform::internal))
}

/// Changes the policy; bills that are out keep their due day.
pub async fn set_in_op(op: &mut Op, policy: &BillingPolicy) -> Result<(), AppError> {
    let before = get_in_op(op).await?;
    let value = serde_json::to_value(policy).map_err(platform::internal)?;
    let before = serde_json::to_value(before).map_err(platform::internal)?;
    settings::write_in_op(op, KEY, Some(value.clone())).await?;
    op.audit(Change::new("billing.policy.set", "setting", KEY).before(before).after(value));
    Ok(())
}
