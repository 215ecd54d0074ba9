//! The tenants' keys at messaging providers (M-Pesa keeps its own in billing): kept sealed in their settings, turned into gateways at start and when they change.

use gateways::directory::{Directory, Gateways, WhatsAppSecrets};
use gateways::mail::{Smtp, SmtpConfig, SmtpSecurity};
use gateways::sms::{AfricasTalking, AfricasTalkingConfig};
use gateways::whatsapp::{WhatsApp, WhatsAppConfig};
use model::AppError;
use model::identity::TenantId;
use platform::error::from_sql;
use platform::secrets::random_token;
use platform::{App, Op};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Stands for the simulators' address, which may be another at each start.
pub const SIMULATOR: &str = "simulator";

/// The providers that call us, each by a secret path of its own.
pub const HOOKS: [&str; 3] = ["sms", "whatsapp", "monitoring"];

/// A tenant's keys. Never sent to a browser, never logged.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ProviderKeys {
    pub sms: Option<SmsKeys>,
    pub whatsapp: Option<WhatsAppKeys>,
    pub mail: Option<MailKeys>,
    /// The secret part of each webhook's address.
    pub hooks: BTreeMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct SmsKeys {
    pub base_url: String,
    pub username: String,
    pub api_key: String,
    pub number: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct WhatsAppKeys {
    pub base_url: String,
    pub phone_number_id: String,
    pub token: String,
    pub app_secret: String,
    pub verify_token: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct MailKeys {
    /// `simulator`, or host and port.
    pub host: String,
    pub port: u16,
}

/// Where the simulators are, when they run beside us.
#[derive(Debug, Clone, Default)]
pub struct SimulatorPlaces {
    pub daraja: String,
    pub sms: String,
    pub whatsapp: String,
    pub smtp_host: String,
    pub smtp_port: u16,
}

fn place(tenant: TenantId) -> String {
    format!("setting.providers:{tenant}")
}

/// Seals and stores a tenant's keys, with a fresh secret path for each webhook that has none; gives those secrets.
pub async fn save(app: &App, tenant: TenantId, mut keys: ProviderKeys) -> Result<BTreeMap<String, String>, AppError> {
    for hook in HOOKS {
        let secret = keys.hooks.entry(hook.to_owned()).or_insert_with(random_token).clone();
        platform::tenants::set_webhook_path(app, tenant, hook, &secret).await?;
    }
    let key = platform::tenants::data_key(app, tenant).await?;
    let plain = serde_json::to_vec(&keys).map_err(platform::internal)?;
    let value = serde_json::json!({ "sealed": hex::encode(key.seal(&place(tenant), &plain)) });
    let mut op = app.begin_as_system(tenant, "provider keys").await?;
    sqlx::query!(
        "INSERT INTO setting (tenant_id, key, value) VALUES ($1, 'providers', $2)
         ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now()",
        tenant.uuid(),
        value,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    op.audit(platform::audit::Change::new("identity.setting.write", "setting", "providers"));
    op.commit().await?;
    Ok(keys.hooks)
}

/// A tenant's keys; none set up gives the empty set.
pub async fn load(op: &mut Op) -> Result<ProviderKeys, AppError> {
    let value = sqlx::query_scalar!("SELECT value FROM setting WHERE key = 'providers'")
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?;
    let Some(sealed) = value.as_ref().and_then(|v| v["sealed"].as_str()).and_then(|h| hex::decode(h).ok()) else {
        return Ok(ProviderKeys::default());
    };
    let (app, tenant) = (op.app().clone(), op.tenant());
    let key = platform::tenants::data_key(&app, tenant).await?;
    let plain = key.open(&place(tenant), &sealed).map_err(platform::internal)?;
    serde_json::from_slice(&plain).map_err(platform::internal)
}

/// Builds every tenant's gateways from its keys.
pub async fn fill(app: &App, directory: &Directory<TenantId>, simulators: &SimulatorPlaces) -> Result<(), AppError> {
    for tenant in platform::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "provider keys").await?;
        let keys = load(&mut op).await?;
        op.rollback().await?;
        directory.set(tenant.id, build(keys, simulators)?);
    }
    Ok(())
}

fn at(base: String, simulator: &str) -> String {
    if base == SIMULATOR { simulator.to_owned() } else { base }
}

fn build(keys: ProviderKeys, simulators: &SimulatorPlaces) -> Result<Gateways, AppError> {
    let mut gateways = Gateways::default();
    if let Some(sms) = keys.sms {
        let config = AfricasTalkingConfig {
            base_url: at(sms.base_url, &simulators.sms),
            username: sms.username,
            api_key: sms.api_key.into(),
        };
        gateways.sms_number = Some(sms.number);
        gateways.sms = Some(Arc::new(AfricasTalking::new(config).map_err(platform::internal)?));
    }
    if let Some(whatsapp) = keys.whatsapp {
        let config = WhatsAppConfig {
            base_url: at(whatsapp.base_url, &simulators.whatsapp),
            version: "v25.0".into(),
            phone_number_id: whatsapp.phone_number_id,
            access_token: whatsapp.token.into(),
        };
        gateways.whatsapp_secrets = Some(WhatsAppSecrets {
            app_secret: whatsapp.app_secret.into(),
            verify_token: whatsapp.verify_token.into(),
        });
        gateways.whatsapp = Some(Arc::new(WhatsApp::new(config).map_err(platform::internal)?));
    }
    if let Some(mail) = keys.mail {
        let simulated = mail.host == SIMULATOR;
        let config = SmtpConfig {
            host: if simulated { simulators.smtp_host.clone() } else { mail.host },
            port: if simulated { simulators.smtp_port } else { mail.port },
            security: if simulated { SmtpSecurity::Plaintext } else { SmtpSecurity::StartTls },
            credentials: None,
        };
        gateways.mail = Some(Arc::new(Smtp::new(&config).map_err(platform::internal)?));
    }
    Ok(gateways)
}
