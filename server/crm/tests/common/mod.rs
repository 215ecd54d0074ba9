//! What the tests of sales share: a tenant with roles, a plan, a building and a partner.
#![allow(dead_code, reason = "each test file uses its own part")]

use crm::buildings::Ground;
use crm::leads::{InboundLead, Outcome};
use model::catalog::PlanId;
use model::catalog::plans::PlanForm;
use model::crm::buildings::BuildingForm;
use model::crm::leads::{ConvertLeadForm, Coverage, LeadForm, LeadSource};
use model::crm::partners::PartnerForm;
use model::crm::{BuildingId, LeadId, ReferralPartnerId, ResellerId, perm};
use model::identity::TenantId;
use model::msisdn::Msisdn;
use testkit::TestApp;
use uuid::Uuid;

pub struct Sales {
    pub app: TestApp,
    pub plan: PlanId,
    pub building: BuildingId,
    pub partner: ReferralPartnerId,
}

pub const PARTNER_PHONE: &str = "0724881305";

/// Both tenants get roles; the first gets a plan for KSh 1,500, Jacaranda Court with B1 to B3, and its caretaker Juma.
pub async fn start() -> Sales {
    let app = TestApp::start(vec![identity::module(), catalog::module(), crm::module()]).await;
    for tenant in [app.first, app.second] {
        let mut op = app.op(tenant).await;
        identity::roles::seed_in_op(&mut op).await.unwrap();
        op.commit().await.unwrap();
    }
    let plan = plan(&app, app.first, "Home 20 Mbps", "1500").await;
    let mut op = app.op(app.first).await;
    let building = BuildingForm {
        name: "Jacaranda Court".into(),
        area: "Kahawa West".into(),
        county: "Nairobi".into(),
        units: "B1, B2, B3".into(),
        ..BuildingForm::default()
    };
    let ground = Ground { coverage: Some(Coverage::Sell), position: Some((-1.18, 36.93)) };
    let building = crm::buildings::create_in_op(&mut op, building.parse().unwrap(), ground).await.unwrap();
    let juma = PartnerForm {
        name: "Juma, caretaker".into(),
        phone: PARTNER_PHONE.into(),
        building_id: building.to_string(),
        commission_kind: "flat".into(),
        commission: "500".into(),
    };
    let partner = crm::partners::create_in_op(&mut op, juma.parse().unwrap()).await.unwrap();
    op.commit().await.unwrap();
    Sales { app, plan, building, partner }
}

pub async fn plan(app: &TestApp, tenant: TenantId, name: &str, price: &str) -> PlanId {
    let form = PlanForm {
        name: name.into(),
        kind: "fibre".into(),
        speed_down: "20".into(),
        speed_up: "10".into(),
        price: price.into(),
        tax: "excise_and_vat".into(),
        mode: "postpaid_monthly".into(),
        ..PlanForm::default()
    };
    let mut op = app.op(tenant).await;
    let id = catalog::plans::create_in_op(&mut op, form.parse(model::Currency::Kes).unwrap()).await.unwrap();
    op.commit().await.unwrap();
    id
}

impl Sales {
    pub fn message(&self, sender: &str, text: &str) -> InboundLead {
        InboundLead {
            source: LeadSource::WhatsApp,
            sender: Msisdn::parse(sender).unwrap(),
            text: text.into(),
            received_at: self.app.app.clock.now(),
        }
    }

    pub async fn receive(&self, sender: &str, text: &str) -> crm::leads::Received {
        let mut tx = self.app.tx::<perm::LeadReceive>(self.app.first).await;
        let received = crm::leads::receive(&mut tx, self.message(sender, text)).await.unwrap();
        tx.commit().await.unwrap();
        received
    }

    pub async fn lead(&self, name: &str, phone: &str) -> LeadId {
        let mut tx = self.app.tx::<perm::LeadWrite>(self.app.first).await;
        let form = LeadForm { name: name.into(), phone: phone.into(), ..LeadForm::default() };
        let id = crm::leads::create(&mut tx, form).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub fn convert_form(&self, id: LeadId, name: &str, phone: &str) -> ConvertLeadForm {
        ConvertLeadForm {
            id,
            name: name.into(),
            phone: phone.into(),
            email: String::new(),
            kind: String::new(),
            plan_id: self.plan.to_string(),
            place: "Jacaranda Court".into(),
            unit: "b-2".into(),
        }
    }

    pub async fn converted(&self, name: &str, phone: &str) -> crm::leads::Converted {
        let id = self.lead(name, phone).await;
        let mut tx = self.app.tx::<perm::LeadConvert>(self.app.first).await;
        let made = crm::leads::convert(&mut tx, self.convert_form(id, name, phone)).await.unwrap();
        tx.commit().await.unwrap();
        made
    }

    /// A reseller below `parent`, with its pairs of the tree.
    pub async fn reseller(&self, name: &str, parent: Option<ResellerId>) -> ResellerId {
        let id = ResellerId::new();
        let mut op = self.app.op(self.app.first).await;
        let tenant = op.tenant().uuid();
        sqlx::query("INSERT INTO reseller (tenant_id, id, parent_id, name) VALUES ($1, $2, $3, $4)")
            .bind(tenant)
            .bind(id.uuid())
            .bind(parent.map(Uuid::from))
            .bind(name)
            .execute(op.conn())
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO reseller_closure (tenant_id, ancestor_id, descendant_id, depth)
             SELECT $1, ancestor_id, $2, depth + 1 FROM reseller_closure WHERE descendant_id = $3 UNION ALL SELECT $1, $2, $2, 0",
        )
        .bind(tenant)
        .bind(id.uuid())
        .bind(parent.map(Uuid::from))
        .execute(op.conn())
        .await
        .unwrap();
        op.commit().await.unwrap();
        id
    }

    pub async fn give_to_reseller(&self, account: model::crm::AccountId, reseller: ResellerId) {
        let mut op = self.app.op(self.app.first).await;
        sqlx::query("UPDATE account SET reseller_id = $2 WHERE id = $1")
            .bind(account.uuid())
            .bind(reseller.uuid())
            .execute(op.conn())
            .await
            .unwrap();
        op.commit().await.unwrap();
    }
}

pub fn created(outcome: &Outcome) -> LeadId {
    match outcome {
        Outcome::Created { lead_id, .. } => *lead_id,
        other => panic!("a lead is expected, not {other:?}"),
    }
}
