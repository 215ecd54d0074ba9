//! The address to which a monitoring system reports. The one rule: whoever knows it can report, so it is sealed, shown to
//! who may change settings, and made anew when it got out.

use super::PROVIDER;
use model::AppError;
use model::identity::perm::SettingWrite;
use platform::audit::Change;
use platform::secrets::random_token;
use platform::{App, Op, TenantId, Tx, settings, tenants};
use serde::{Deserialize, Serialize};

const KEY: &str = "network.monitoring";

#[derive(Serialize, Deserialize)]
struct Stored {
    /// The secret part of the address.
    secret: String,
}

async fn secret_in_op(op: &mut Op) -> Result<Option<String>, AppError> {
    Ok(settings::open_in_op::<Stored>(op, KEY).await?.map(|stored| stored.secret))
}

/// The address, or `None` before the first one was made.
pub async fn get(tx: &mut Tx<SettingWrite>) -> Result<Option<String>, AppError> {
    let secret = secret_in_op(tx).await?;
    Ok(secret.map(|secret| format!("{}/hooks/{PROVIDER}/{secret}", tx.app().settings.public_url)))
}

/// Makes a new address; after the commit comes `open`, and the old one is dead.
pub async fn renew(tx: &mut Tx<SettingWrite>) -> Result<(), AppError> {
    settings::seal_in_op(tx, KEY, &Stored { secret: random_token() }).await?;
    tx.audit(Change::new("network.monitoring.renew", "setting", KEY));
    Ok(())
}

/// Has the stored address answer. Twice is as good as once.
pub async fn open(app: &App, tenant: TenantId) -> Result<(), AppError> {
    let mut op = app.begin_as_system(tenant, "monitoring").await?;
    let secret = secret_in_op(&mut op).await?;
    op.rollback().await?;
    match secret {
        Some(secret) => tenants::set_webhook_path(app, tenant, PROVIDER, &secret).await,
        None => Ok(()),
    }
}
