//! An ISP as the providers know it: its numbers, its keys and where it wants to be called.
//! The one rule: every request is checked against these, as the providers check theirs.

use serde::{Deserialize, Serialize};

/// One ISP with an account at every provider. All keys are demo keys that exist only here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Business {
    /// Shown on phones.
    pub name: String,
    /// The M-Pesa pay bill number; also the key of this record.
    pub short_code: String,
    /// An M-Pesa till of the same business.
    #[serde(default)]
    pub till_number: Option<String>,
    pub passkey: String,
    pub consumer_key: String,
    pub consumer_secret: String,
    pub sms_username: String,
    pub sms_api_key: String,
    /// The short code that people send SMS to.
    pub sms_short_code: String,
    pub whatsapp_phone_number_id: String,
    /// Digits of the WhatsApp business number.
    pub whatsapp_number: String,
    pub whatsapp_token: String,
    pub whatsapp_app_secret: String,
    #[serde(default)]
    pub webhooks: Webhooks,
}

/// Where the messaging providers post. Empty means that nothing is posted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webhooks {
    pub whatsapp: Option<String>,
    pub sms_incoming: Option<String>,
    pub sms_delivery: Option<String>,
}

impl Business {
    /// The first demo ISP.
    pub fn demo() -> Self {
        Self {
            name: "Kilele Fibre".into(),
            short_code: "600777".into(),
            till_number: Some("500177".into()),
            passkey: "demo-passkey-000111222333".into(),
            consumer_key: "demo-consumer-key-kilele".into(),
            consumer_secret: "demo-consumer-secret-kilele".into(),
            sms_username: "kilele".into(),
            sms_api_key: "demo-sms-key-kilele".into(),
            sms_short_code: "22384".into(),
            whatsapp_phone_number_id: "900800700".into(),
            whatsapp_number: "254700000100".into(),
            whatsapp_token: "demo-whatsapp-token-kilele".into(),
            whatsapp_app_secret: "demo_app_secret".into(),
            webhooks: Webhooks::default(),
        }
    }

    /// The second demo ISP, which must never be mixed up with the first.
    pub fn second_demo() -> Self {
        Self {
            name: "Second ISP".into(),
            short_code: "600888".into(),
            till_number: None,
            passkey: "demo-passkey-444555666777".into(),
            consumer_key: "demo-consumer-key-second".into(),
            consumer_secret: "demo-consumer-secret-second".into(),
            sms_username: "second".into(),
            sms_api_key: "demo-sms-key-second".into(),
            sms_short_code: "22385".into(),
            whatsapp_phone_number_id: "900800701".into(),
            whatsapp_number: "254700000200".into(),
            whatsapp_token: "demo-whatsapp-token-second".into(),
            whatsapp_app_secret: "demo_app_secret_second".into(),
            webhooks: Webhooks::default(),
        }
    }
}
