//! What an ISP decides about itself: name, zone, language, phones, whether a second factor is a must.

use model::identity::perm::{SettingRead, SettingWrite};
use model::identity::settings::{SaveTenantSettings, TenantSettings, TenantSettingsForm};
use model::{AppError, PermissionSet};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;

/// The settings as they are. `permissions` are the reader's.
pub async fn get(tx: &mut Tx<SettingRead>, permissions: &PermissionSet) -> Result<TenantSettings, AppError> {
    read(tx, permissions.can::<SettingWrite>()).await
}

async fn read(op: &mut Op, can_write: bool) -> Result<TenantSettings, AppError> {
    let row = sqlx::query!(
        r#"SELECT t.name, t.code, t.prefix, t.currency, t.time_zone, t.lang, t.phone, t.whatsapp, t.mfa_required,
             (SELECT count(*) FROM login l WHERE l.audience IN ('staff', 'partner') AND l.state = 'active'
              AND l.totp_secret IS NULL) AS "without!"
           FROM tenant t"#
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(TenantSettings {
        name: row.name,
        code: row.code,
        prefix: row.prefix,
        currency: model::Currency::from_code(&row.currency).unwrap_or_default(),
        time_zone: row.time_zone,
        lang: row.lang.parse().unwrap_or_default(),
        phone: row.phone,
        whatsapp: row.whatsapp,
        mfa_required: row.mfa_required,
        without_second_factor: row.without,
        can_write,
    })
}

/// Changes the settings. Saving the same again changes nothing. Where a second factor becomes a must, whoever has none
/// sets one up at the next page.
///
/// # Errors
/// `Invalid` names the fields.
pub async fn save(tx: &mut Tx<SettingWrite>, form: TenantSettingsForm) -> Result<(), AppError> {
    let new = form.parse().map_err(AppError::Invalid)?;
    let zone: chrono_tz::Tz = new.time_zone.parse().map_err(|_| {
        AppError::invalid("time_zone", "This time zone is not known. Enter one such as Africa/Nairobi.")
    })?;
    let before = facts(&read(tx, true).await?);
    platform::tenants::update_in_op(tx, &new, zone).await?;
    let after = after_facts(&new, zone);
    if before != after {
        let change = Change::new("identity.setting.save", "tenant", tx.tenant());
        tx.audit(change.before(before).after(after));
    }
    Ok(())
}

fn facts(settings: &TenantSettings) -> serde_json::Value {
    json!({
        "name": settings.name, "time_zone": settings.time_zone, "lang": settings.lang, "phone": settings.phone,
        "whatsapp": settings.whatsapp, "mfa_required": settings.mfa_required,
    })
}

fn after_facts(new: &SaveTenantSettings, zone: chrono_tz::Tz) -> serde_json::Value {
    json!({
        "name": new.name, "time_zone": zone.name(), "lang": new.lang, "phone": new.phone, "whatsapp": new.whatsapp,
        "mfa_required": new.mfa_required,
    })
}
