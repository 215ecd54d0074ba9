//! An ISP with subscribers, and gateways that record what they are given and answer what the test decided.
#![allow(dead_code, reason = "each test file uses its part")]

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use comms::notices::{self, Notice};
use gateways::GatewayError;
use gateways::directory::{Gateways, WhatsAppSecrets};
use gateways::sms::{SmsMessage, SmsSender, SmsSent};
use gateways::whatsapp::{WhatsAppSender, WhatsAppSent, WhatsAppText, sign};
use model::comms::notices::{MessageFilter, MessageRow, NoticeKind};
use model::comms::perm;
use model::crm::ServiceId;
use model::crm::subscribers::{ServiceState, SubscriberKind};
use model::identity::TenantId;
use model::text::NonBlank;
use model::{Currency, Lang};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use testkit::TestApp;
use tower::ServiceExt;

/// Somebody who may see contacts and money.
pub const EVERYTHING: notices::Reader = notices::Reader { sees_contact: true, sees_money: true };
pub const APP_SECRET: &str = "demo_app_secret";
pub const PHONE: &str = "+254712000001";

/// Records every message and answers with the next refusal that the test put in, else takes it.
#[derive(Default)]
pub struct Phones {
    pub sms: Mutex<Vec<SmsMessage>>,
    pub whatsapp: Mutex<Vec<WhatsAppText>>,
    pub refusals: Mutex<VecDeque<GatewayError>>,
}

impl Phones {
    fn refusal(&self) -> Result<(), GatewayError> {
        self.refusals.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }

    pub fn texts(&self) -> Vec<String> {
        self.sms.lock().unwrap().iter().map(|sms| sms.text.clone()).collect()
    }
}

#[async_trait]
impl SmsSender for Phones {
    async fn send(&self, message: &SmsMessage) -> Result<SmsSent, GatewayError> {
        self.sms.lock().unwrap().push(message.clone());
        self.refusal()?;
        let id = format!("ATXid_{}", self.sms.lock().unwrap().len());
        Ok(SmsSent { provider_id: id, parts: 1, cost_text: "KES 0.8000".into() })
    }
}

#[async_trait]
impl WhatsAppSender for Phones {
    async fn send_text(&self, message: &WhatsAppText) -> Result<WhatsAppSent, GatewayError> {
        self.whatsapp.lock().unwrap().push(message.clone());
        self.refusal()?;
        Ok(WhatsAppSent { message_id: format!("wamid.out{}", self.whatsapp.lock().unwrap().len()) })
    }
}

pub struct World {
    pub app: TestApp,
    pub phones: Arc<Phones>,
}

impl World {
    pub async fn start() -> Self {
        let phones = Arc::new(Phones::default());
        let gateways = Gateways {
            sms: Some(phones.clone()),
            whatsapp: Some(phones.clone()),
            whatsapp_secrets: Some(WhatsAppSecrets {
                app_secret: APP_SECRET.into(),
                verify_token: "verify-demo".into(),
            }),
            ..Gateways::default()
        };
        let modules = vec![catalog::module(), crm::module(), billing::module(), field::module(), comms::module()];
        let app = TestApp::start_with(modules, |builder| builder.with(comms::TenantGateways::default())).await;
        if let Some(directory) = app.app.get::<comms::TenantGateways>() {
            directory.set(app.first, gateways.clone());
            directory.set(app.second, gateways);
        }
        for (tenant, name) in [(app.first, "first"), (app.second, "second")] {
            for provider in ["sms", "whatsapp"] {
                platform::tenants::set_webhook_path(&app.app, tenant, provider, &format!("{name}-{provider}"))
                    .await
                    .unwrap();
            }
            let mut op = app.op(tenant).await;
            identity::roles::seed_in_op(&mut op).await.unwrap();
            billing::seed_in_op(&mut op).await.unwrap();
            catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await.unwrap();
            op.commit().await.unwrap();
        }
        Self { app, phones }
    }

    /// A subscriber of the first tenant with an active service of 2,500.00 a month.
    pub async fn subscriber(&self, name: &str, phone: &str, lang: Lang) -> crm::subscribers::Made {
        let made = self.pending(name, phone, lang).await;
        let mut op = self.app.op(self.app.first).await;
        for state in [ServiceState::Approved, ServiceState::Installing, ServiceState::Active] {
            crm::services::set_state_in_op(&mut op, made.service_id, state, None).await.unwrap();
        }
        op.commit().await.unwrap();
        made
    }

    pub async fn pending(&self, name: &str, phone: &str, lang: Lang) -> crm::subscribers::Made {
        let mut op = self.app.op(self.app.first).await;
        let plan = model::catalog::plans::PlanForm {
            name: format!("Home 20 of {name}"),
            kind: "fibre".into(),
            mode: "postpaid_monthly".into(),
            price: "2500".into(),
            setup_fee: "1000".into(),
            price_includes_tax: "on".into(),
            tax: "excise_and_vat".into(),
            speed_down: "20".into(),
            speed_up: "10".into(),
            ..Default::default()
        };
        let plan = catalog::plans::create_in_op(&mut op, plan.parse(Currency::Kes).unwrap()).await.unwrap();
        let version = catalog::plans::versions_in_op(&mut op, plan).await.unwrap()[0].id;
        let new = crm::subscribers::NewSubscriber {
            name: NonBlank::parse(name).unwrap(),
            kind: SubscriberKind::Residential,
            phone: phone.parse().unwrap(),
            email: None,
            lang,
            lead_id: None,
            reseller_id: None,
            plan_version_id: version,
            address: "Jacaranda Court".into(),
            building_id: None,
            unit_id: None,
            county: "Nairobi".into(),
            area: "Kahawa West".into(),
            position: None,
            at: op.now(),
            username: None,
        };
        let made = crm::subscribers::create_in_op(&mut op, new).await.unwrap();
        op.commit().await.unwrap();
        made
    }

    pub async fn invoice(&self, service: ServiceId) -> model::billing::InvoiceId {
        let mut op = self.app.op(self.app.first).await;
        let id = billing::invoices::issue_first_in_op(&mut op, service).await.unwrap().unwrap();
        op.commit().await.unwrap();
        id
    }

    pub async fn messages(&self, tenant: TenantId) -> Vec<MessageRow> {
        let mut tx = self.app.tx::<perm::MessageRead>(tenant).await;
        notices::list(&mut tx, &MessageFilter::default(), EVERYTHING).await.unwrap().rows
    }

    pub async fn send(&self, dedupe: &str) -> model::comms::MessageId {
        let mut op = self.app.op(self.app.first).await;
        let notice = Notice::sms(NoticeKind::Receipt, "0712 000 001", Lang::En, "Asante".into(), dedupe);
        let id = notices::send_in_op(&mut op, notice).await.unwrap();
        op.commit().await.unwrap();
        id
    }

    /// A post of a provider to our door: status and body of the answer.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (StatusCode, String) {
        self.call("POST", path, headers, body).await
    }

    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let router = (comms::module().routes)().with_state(self.app.app.clone());
        let response = router.oneshot(request.body(Body::from(body.to_vec())).unwrap()).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// A signed post of WhatsApp for the first tenant.
    pub async fn whatsapp(&self, body: &str) -> StatusCode {
        let signature = sign(&APP_SECRET.into(), body.as_bytes());
        self.post("/hooks/whatsapp/first-whatsapp", &[("x-hub-signature-256", &signature)], body.as_bytes()).await.0
    }

    /// An incoming SMS for the first tenant.
    pub async fn sms(&self, id: &str, from: &str, text: &str) -> StatusCode {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("id", id), ("from", from), ("to", "22384"), ("text", text)])
            .finish();
        self.post("/hooks/sms/first-sms", &[], body.as_bytes()).await.0
    }
}

/// A text message of a person as WhatsApp posts it.
pub fn whatsapp_text(id: &str, from: &str, text: &str) -> String {
    serde_json::json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": "900800700"},
        "contacts": [{"profile": {"name": "Juma"}, "wa_id": from}],
        "messages": [{"from": from, "id": id, "timestamp": "1773472500", "type": "text", "text": {"body": text}}]}}]}]})
    .to_string()
}
