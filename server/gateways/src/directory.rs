//! Which tenant reaches which messaging provider with which keys. The one rule: a tenant without keys has no gateway, never
//! somebody else's.

use crate::mail::MailSender;
use crate::secret::Secret;
use crate::sms::SmsSender;
use crate::whatsapp::WhatsAppSender;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, RwLock};

/// One tenant's ways out. What is not set up is `None`, and a page says so.
#[derive(Clone, Default)]
pub struct Gateways {
    pub sms: Option<Arc<dyn SmsSender>>,
    /// The number that people send SMS to.
    pub sms_number: Option<String>,
    pub whatsapp: Option<Arc<dyn WhatsAppSender>>,
    pub whatsapp_secrets: Option<WhatsAppSecrets>,
    pub mail: Option<Arc<dyn MailSender>>,
    /// Who our mail comes from; without it a name at our own host.
    pub mail_from: Option<String>,
}

/// What proves that a WhatsApp webhook comes from WhatsApp.
#[derive(Debug, Clone)]
pub struct WhatsAppSecrets {
    pub app_secret: Secret,
    pub verify_token: Secret,
}

/// All tenants' gateways, by the tenant's key. Changed when settings change, read by jobs and webhooks.
pub struct Directory<K> {
    by_tenant: RwLock<HashMap<K, Arc<Gateways>>>,
}

impl<K> Default for Directory<K> {
    fn default() -> Self {
        Self { by_tenant: RwLock::new(HashMap::new()) }
    }
}

impl<K: Eq + Hash> Directory<K> {
    /// The tenant's gateways; all `None` when nothing was set up.
    pub fn of(&self, tenant: K) -> Arc<Gateways> {
        self.by_tenant.read().ok().and_then(|map| map.get(&tenant).cloned()).unwrap_or_default()
    }

    /// Replaces the tenant's gateways.
    pub fn set(&self, tenant: K, gateways: Gateways) {
        if let Ok(mut map) = self.by_tenant.write() {
            map.insert(tenant, Arc::new(gateways));
        }
    }
}

impl<K: Eq + Hash> FromIterator<(K, Gateways)> for Directory<K> {
    fn from_iter<I: IntoIterator<Item = (K, Gateways)>>(all: I) -> Self {
        let by_tenant = all.into_iter().map(|(tenant, gateways)| (tenant, Arc::new(gateways))).collect();
        Self { by_tenant: RwLock::new(by_tenant) }
    }
}
