//! The keys as they lie sealed in the settings.

use model::AppError;
use model::comms::connections::MailSecurity;
use model::provider::Environment;
use platform::secrets::random_token;
use platform::{App, Op, TenantId, settings, tenants};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const KEY: &str = "providers";

/// Stands for the simulators' address, which may be another at each start.
pub const SIMULATOR: &str = "simulator";

/// The providers that call us, each by a secret path of its own.
pub(super) const HOOKS: [&str; 2] = ["sms", "whatsapp"];

/// A tenant's keys. Never sent to a browser, never logged.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ProviderKeys {
    pub sms: Option<SmsKeys>,
    pub whatsapp: Option<WhatsAppKeys>,
    pub mail: Option<MailKeys>,
    /// The secret part of each webhook's address.
    #[serde(default)]
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
    /// `simulator`, or the host.
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub is_tls: bool,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    pub from: Option<String>,
}

impl MailKeys {
    pub(super) const fn security(&self) -> MailSecurity {
        if self.is_tls { MailSecurity::Tls } else { MailSecurity::StartTls }
    }
}

/// Where Africa's Talking takes requests.
pub(super) const fn sms_url(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "https://api.africastalking.com",
        Environment::Sandbox => "https://api.sandbox.africastalking.com",
    }
}

/// Which world an address belongs to; `None`: the simulator.
pub(super) fn environment_of(base_url: &str) -> Option<Environment> {
    Environment::ALL.iter().copied().find(|environment| sms_url(*environment) == base_url)
}

/// A tenant's keys; none set up gives the empty set.
pub async fn load_in_op(op: &mut Op) -> Result<ProviderKeys, AppError> {
    Ok(settings::open_in_op(op, KEY).await?.unwrap_or_default())
}

/// Seals and stores a tenant's keys, with a fresh secret path for each webhook that has none. `apply` makes them work.
pub async fn store_in_op(op: &mut Op, mut keys: ProviderKeys) -> Result<ProviderKeys, AppError> {
    for hook in HOOKS {
        keys.hooks.entry(hook.to_owned()).or_insert_with(random_token);
    }
    settings::seal_in_op(op, KEY, &keys).await?;
    Ok(keys)
}

/// Has the webhooks of a tenant answer at their stored addresses. Twice is as good as once.
pub(super) async fn open_hooks(app: &App, tenant: TenantId, keys: &ProviderKeys) -> Result<(), AppError> {
    for (hook, secret) in keys.hooks.iter().filter(|(hook, _)| HOOKS.contains(&hook.as_str())) {
        if tenants::of_webhook(app, hook, secret).await? != Some(tenant) {
            tenants::set_webhook_path(app, tenant, hook, secret).await?;
        }
    }
    Ok(())
}
