//! What the tests of portal share: an ISP with a plan, subscribers who are active, and phones that record their SMS.
#![allow(dead_code, reason = "each test file uses its part")]

use async_trait::async_trait;
use gateways::GatewayError;
use gateways::directory::Gateways;
use gateways::sms::{SmsMessage, SmsSender, SmsSent};
use identity::roles::BUILT_IN;
use model::catalog::PlanVersionId;
use model::catalog::plans::PlanForm;
use model::crm::subscribers::{ServiceState, SubscriberKind};
use model::identity::TenantId;
use model::msisdn::Msisdn;
use model::text::NonBlank;
use model::{Audience, Currency, Lang, PermissionSet};
use platform::{RequestCtx, Scope};
use std::sync::{Arc, Mutex};
use testkit::TestApp;
use uuid::Uuid;

/// Records every SMS.
#[derive(Default)]
pub struct Phones(Mutex<Vec<SmsMessage>>);

impl Phones {
    pub fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|sms| sms.text.clone()).collect()
    }
}

#[async_trait]
impl SmsSender for Phones {
    async fn send(&self, message: &SmsMessage) -> Result<SmsSent, GatewayError> {
        let mut list = self.0.lock().unwrap();
        list.push(message.clone());
        Ok(SmsSent { provider_id: format!("ATXid_{}", list.len()), parts: 1, cost_text: "KES 0.8000".into() })
    }
}

pub struct World {
    pub app: TestApp,
    pub phones: Arc<Phones>,
    version: PlanVersionId,
}

pub use crm::subscribers::Made;

impl World {
    pub async fn start() -> Self {
        let phones = Arc::new(Phones::default());
        // Listeners of the contexts are left out: what they would say and do is tested where they are.
        let mut modules = vec![
            identity::module(),
            catalog::module(),
            crm::module(),
            billing::module(),
            network::module(),
            field::module(),
            comms::module(),
            portal::module(),
        ];
        for module in &mut modules {
            module.listeners.clear();
            module.daily.clear();
        }
        let app = TestApp::start_with(modules, |builder| builder.with(comms::TenantGateways::default())).await;
        if let Some(directory) = app.app.get::<comms::TenantGateways>() {
            directory.set(app.first, Gateways { sms: Some(phones.clone()), ..Gateways::default() });
        }
        let mut version = PlanVersionId::new();
        for tenant in [app.second, app.first] {
            let mut op = app.op(tenant).await;
            identity::roles::seed_in_op(&mut op).await.unwrap();
            billing::seed_in_op(&mut op).await.unwrap();
            catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await.unwrap();
            let plan = catalog::plans::create_in_op(&mut op, home_20().parse(Currency::Kes).unwrap()).await.unwrap();
            version = catalog::plans::versions_in_op(&mut op, plan).await.unwrap()[0].id;
            op.commit().await.unwrap();
        }
        Self { app, phones, version }
    }

    /// A subscriber of the first tenant whose service is active and invoiced, sold by `reseller`.
    pub async fn subscriber(&self, name: &str, phone: &str, reseller: Option<Uuid>) -> Made {
        let mut op = self.app.op(self.app.first).await;
        let at = op.now();
        let new = crm::subscribers::NewSubscriber {
            name: NonBlank::parse(name).unwrap(),
            kind: SubscriberKind::Residential,
            phone: Msisdn::parse(phone).unwrap(),
            email: None,
            lang: Lang::En,
            lead_id: None,
            reseller_id: reseller.map(Into::into),
            plan_version_id: self.version,
            address: "Jacaranda Court, B12".into(),
            building_id: None,
            unit_id: None,
            county: "Nairobi".into(),
            area: "Kahawa West".into(),
            position: None,
            at,
            username: None,
        };
        let made = crm::subscribers::create_in_op(&mut op, new).await.unwrap();
        for state in [ServiceState::Approved, ServiceState::Installing, ServiceState::Active] {
            crm::services::set_state_in_op(&mut op, made.service_id, state, None).await.unwrap();
        }
        billing::invoices::issue_first_in_op(&mut op, made.service_id).await.unwrap();
        op.commit().await.unwrap();
        made
    }

    /// A reseller of the first tenant with its place in the tree.
    pub async fn reseller(&self, name: &str, parent: Option<Uuid>) -> Uuid {
        let id = Uuid::now_v7();
        let mut op = self.app.op(self.app.first).await;
        let tenant = op.tenant().uuid();
        sqlx::query(
            "INSERT INTO reseller (tenant_id, id, parent_id, name, commission_bps) VALUES ($1, $2, $3, $4, 1000)",
        )
        .bind(tenant)
        .bind(id)
        .bind(parent)
        .bind(name)
        .execute(op.conn())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO reseller_closure (tenant_id, ancestor_id, descendant_id, depth)
             SELECT $1, $2, $2, 0 UNION ALL
             SELECT tenant_id, ancestor_id, $2, depth + 1 FROM reseller_closure WHERE descendant_id = $3",
        )
        .bind(tenant)
        .bind(id)
        .bind(parent)
        .execute(op.conn())
        .await
        .unwrap();
        op.commit().await.unwrap();
        id
    }

    /// Cash for an account.
    pub async fn cash(&self, made: Made, amount: &str) -> model::billing::PaymentId {
        let mut tx = self.app.tx::<model::billing::perm::PaymentTake>(self.app.first).await;
        let form = model::billing::payments::CounterPaymentForm {
            id: model::billing::PaymentId::new(),
            account_id: made.account_id,
            method: "cash".into(),
            amount: amount.into(),
            reference: String::new(),
            payer_phone: String::new(),
        };
        let id = billing::payments::take(&mut tx, form).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The request of a subscriber who may see these accounts.
    pub fn my(&self, tenant: TenantId, accounts: &[Made]) -> RequestCtx {
        let scope = Scope::Accounts(accounts.iter().map(|made| made.account_id.uuid()).collect());
        let role = role("subscriber_owner");
        self.app.ctx_with(Audience::My, tenant, scope, &role.0.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The request of a reseller.
    pub fn partner(&self, reseller: Uuid) -> RequestCtx {
        self.partner_as(reseller, "reseller_admin")
    }

    /// Somebody of a reseller with another role.
    pub fn partner_as(&self, reseller: Uuid, code: &str) -> RequestCtx {
        let role = role(code);
        let codes: Vec<_> = role.0.iter().map(String::as_str).collect();
        self.app.ctx_with(Audience::Partner, self.app.first, Scope::Reseller(reseller), &codes)
    }

    /// Somebody at the door.
    pub fn stranger(&self) -> RequestCtx {
        self.app.ctx_with(Audience::My, self.app.first, Scope::Tenant, &[])
    }
}

/// What a built-in role may do.
pub fn role(code: &str) -> PermissionSet {
    use model::*;
    let all = [
        identity::perm::ALL,
        catalog::perm::ALL,
        crm::perm::ALL,
        billing::perm::ALL,
        network::perm::ALL,
        field::perm::ALL,
        comms::perm::ALL,
        portal::perm::ALL,
    ];
    let role = BUILT_IN.iter().find(|role| role.code == code).unwrap();
    PermissionSet::from_iter(role.codes(all.iter().flat_map(|list| list.iter()).map(|p| p.code)))
}

fn home_20() -> PlanForm {
    PlanForm {
        name: "Home 20".into(),
        kind: "fibre".into(),
        speed_down: "20".into(),
        speed_up: "10".into(),
        price: "2500".into(),
        setup_fee: "0".into(),
        price_includes_tax: "on".into(),
        tax: "excise_and_vat".into(),
        mode: "postpaid_monthly".into(),
        ..PlanForm::default()
    }
}
