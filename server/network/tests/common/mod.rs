//! Two ISPs with a plan, pools and a router; subscribers whose installation is approved.
#![allow(dead_code, reason = "each test file uses its part")]

use crm::subscribers::{Made, NewSubscriber, create_in_op};
use model::Lang;
use model::catalog::PlanVersionId;
use model::catalog::plans::PlanForm;
use model::crm::ServiceId;
use model::crm::subscribers::{ServiceState, SubscriberKind};
use model::identity::TenantId;
use model::network::devices::DeviceKind;
use model::network::nas::NasForm;
use model::network::pools::PoolForm;
use model::network::sites::DeviceForm;
use model::network::{DeviceId, NasId, perm};
use network::radius::ProjectionKey;
use platform::app::Builder;
use std::net::IpAddr;
use testkit::TestApp;

pub const SECRET: &str = "router-secret-0123456789";

pub struct World {
    pub app: TestApp,
    first_plan: PlanVersionId,
    second_plan: PlanVersionId,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(ProjectionKey::new([7; 32]), |builder| builder).await
    }

    pub async fn start_with(key: ProjectionKey, with: impl FnOnce(Builder) -> Builder) -> Self {
        let modules = vec![catalog::module(), crm::module(), billing::module(), network::module()];
        let app = TestApp::start_with(modules, |builder| with(builder.with(key))).await;
        let first_plan = found(&app, app.first).await;
        let second_plan = found(&app, app.second).await;
        Self { app, first_plan, second_plan }
    }

    /// A subscriber whose service is approved, with a user name to dial with.
    pub async fn subscriber(&self, username: &str) -> Made {
        self.subscriber_of(self.app.first, username).await
    }

    pub async fn subscriber_of(&self, tenant: TenantId, username: &str) -> Made {
        let plan = if tenant == self.app.first { self.first_plan } else { self.second_plan };
        let mut op = self.app.op(tenant).await;
        let new = NewSubscriber {
            name: "Amina Otieno".parse().unwrap(),
            kind: SubscriberKind::Residential,
            phone: "0712345678".parse().unwrap(),
            email: None,
            lang: Lang::En,
            lead_id: None,
            reseller_id: None,
            plan_version_id: plan,
            address: "Jacaranda Court".into(),
            building_id: None,
            unit_id: None,
            county: "Nairobi".into(),
            area: "Kahawa West".into(),
            position: None,
            at: op.now(),
            username: Some(username.into()),
        };
        let made = create_in_op(&mut op, new).await.unwrap();
        crm::services::approve_in_op(&mut op, made.service_id).await.unwrap();
        op.commit().await.unwrap();
        made
    }

    /// An IPv4 and an IPv6 pool.
    pub async fn pools(&self, tenant: TenantId) {
        self.pool(tenant, pool("Kahawa", "v4", "100.64.0.0/24", "")).await.unwrap();
        self.pool(tenant, pool("Kahawa six", "v6_delegated", "2001:db8:40::/44", "56")).await.unwrap();
    }

    pub async fn pool(&self, tenant: TenantId, form: PoolForm) -> Result<model::network::PoolId, model::AppError> {
        let mut tx = self.app.tx::<perm::PoolWrite>(tenant).await;
        let id = network::pools::create(&mut tx, form).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn nas(&self, tenant: TenantId, address: IpAddr, coa_port: u16) -> Result<NasId, model::AppError> {
        let mut tx = self.app.tx::<perm::NasWrite>(tenant).await;
        let id = network::nas::save(&mut tx, nas_form(&address.to_string(), coa_port)).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn device(&self, tenant: TenantId, name: &str, kind: DeviceKind, parent: Option<DeviceId>) -> DeviceId {
        let mut tx = self.app.tx::<perm::DeviceWrite>(tenant).await;
        let form = DeviceForm {
            name: name.into(),
            kind: kind.code().into(),
            parent_id: parent.map(|p| p.to_string()).unwrap_or_default(),
            ..DeviceForm::default()
        };
        let id = network::devices::save_device(&mut tx, form).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A living session of a service, as a router reported it.
    pub async fn session(&self, tenant: TenantId, service: ServiceId, address: &str, prefix: Option<&str>) {
        let mut owner = self.app.superuser().await;
        sqlx::query(
            "INSERT INTO radius.acct_open (tenant_id, unique_id, session_id, username, service_id, nas_id, nas_addr,
               started_at, updated_at, framed_ip, delegated_prefix)
             VALUES ($1, $2, '81000001', $2, $3, gen_random_uuid(), '127.0.0.1', now(), now(), $4::inet, $5::inet)",
        )
        .bind(tenant.uuid())
        .bind(service.to_string())
        .bind(service.uuid())
        .bind(address)
        .bind(prefix)
        .execute(&mut owner)
        .await
        .unwrap();
    }

    /// All living sessions are over.
    pub async fn no_session(&self) {
        let mut owner = self.app.superuser().await;
        sqlx::query("DELETE FROM radius.acct_open").execute(&mut owner).await.unwrap();
    }

    pub async fn state_of(&self, service: ServiceId) -> ServiceState {
        let mut op = self.app.op(self.app.first).await;
        crm::services::get_in_op(&mut op, service).await.unwrap().state
    }
}

/// What an ISP needs before it can sell: ledger, taxes, a plan.
async fn found(app: &TestApp, tenant: TenantId) -> PlanVersionId {
    let mut op = app.op(tenant).await;
    identity::roles::seed_in_op(&mut op).await.unwrap();
    billing::seed_in_op(&mut op).await.unwrap();
    catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await.unwrap();
    let form = PlanForm {
        name: "Home 20".into(),
        kind: "fibre".into(),
        mode: "postpaid_monthly".into(),
        mode_count: "1".into(),
        price: "2500".into(),
        setup_fee: "1000".into(),
        price_includes_tax: "on".into(),
        tax: "excise_and_vat".into(),
        speed_down: "20".into(),
        speed_up: "5".into(),
        ..PlanForm::default()
    };
    let plan = catalog::plans::create_in_op(&mut op, form.parse(model::Currency::Kes).unwrap()).await.unwrap();
    let version = catalog::plans::versions_in_op(&mut op, plan).await.unwrap()[0].id;
    op.commit().await.unwrap();
    version
}

pub fn pool(name: &str, kind: &str, network: &str, length: &str) -> PoolForm {
    PoolForm {
        name: name.into(),
        kind: kind.into(),
        network: network.into(),
        delegated_length: length.into(),
        ..PoolForm::default()
    }
}

pub fn nas_form(address: &str, coa_port: u16) -> NasForm {
    NasForm {
        name: "Kahawa BNG".into(),
        address: address.into(),
        vendor: "mikrotik".into(),
        secret: SECRET.into(),
        coa_port: coa_port.to_string(),
        requires_message_authenticator: "on".into(),
        ..NasForm::default()
    }
}
