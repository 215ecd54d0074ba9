//! A tenant with a subscriber, a technician and a store.
#![allow(dead_code, reason = "each test file uses its part")]

use field::evidence::FileFolder;
use field::stock;
use model::crm::{AccountId, ServiceId, SubscriberId};
use model::field::perm;
use model::field::stock::{ReceiveStockForm, ReserveForm};
use model::field::work_orders::{ScheduleForm, WorkOrderFilter};
use model::field::{StockItemId, WarehouseId, WorkOrderId};
use model::identity::{LoginId, TenantId};
use model::{Audience, Lang, PermissionSet};
use platform::ctx::{Person, Request, RequestCtx, Scope};
use testkit::TestApp;
use uuid::Uuid;

pub const SERIAL: &str = "HWTC1A2B3C4D";

/// A program whose pictures go to a folder of its own.
pub async fn start() -> TestApp {
    let folder = std::env::temp_dir().join(format!("field-{}", Uuid::now_v7()));
    TestApp::start_with(vec![crm::module(), network::module(), field::module()], |builder| {
        builder.with(FileFolder(folder))
    })
    .await
}

#[derive(Debug, Clone, Copy)]
pub struct Sold {
    pub subscriber: SubscriberId,
    pub account: AccountId,
    pub service: ServiceId,
}

/// A subscriber whose service is in this state.
pub async fn subscriber(app: &TestApp, tenant: TenantId, state: &str) -> Sold {
    let mut op = app.op(tenant).await;
    let sold = Sold { subscriber: SubscriberId::new(), account: AccountId::new(), service: ServiceId::new() };
    let (plan, version, number) = (Uuid::now_v7(), Uuid::now_v7(), &sold.account.to_string()[24..]);
    let (now, day) = (op.now(), op.today());
    let (t, party, account, service) = (tenant, sold.subscriber, sold.account, sold.service);
    let activated = if state == "active" { format!("'{now}'") } else { "NULL".into() };
    let text = format!(
        "INSERT INTO plan (tenant_id, id, code, name, kind, billing_mode)
           VALUES ('{t}', '{plan}', '{number}', 'Home 20', 'fibre', 'postpaid');
         INSERT INTO plan_version (tenant_id, id, plan_id, valid_from, price_minor, currency, speed_down_kbps, speed_up_kbps)
           VALUES ('{t}', '{version}', '{plan}', '{day}', 150000, 'KES', 20000, 20000);
         INSERT INTO subscriber (tenant_id, id, full_name, name_key, msisdn, created_at)
           VALUES ('{t}', '{party}', 'Jane Wanjiru', 'jane wanjiru', '254712345678', '{now}');
         INSERT INTO account (tenant_id, id, number, subscriber_id, currency, billing_day, created_at)
           VALUES ('{t}', '{account}', '{number}', '{party}', 'KES', 1, '{now}');
         INSERT INTO service (tenant_id, id, account_id, plan_version_id, state, place, area, created_at, activated_at)
           VALUES ('{t}', '{service}', '{account}', '{version}', '{state}', 'Jacaranda Court', 'Kahawa West', '{now}', {activated})"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(op.conn()).await.expect("a subscriber is there");
    op.commit().await.expect("a subscriber is there");
    sold
}

/// What the router of a sold service dials with.
pub async fn access(app: &TestApp, tenant: TenantId, sold: Sold, username: &str, password: &str) {
    let id = model::crm::AccessId::new();
    let key = platform::tenants::data_key(&app.app, tenant).await.expect("the tenant has a key");
    let mut op = app.op(tenant).await;
    sqlx::query(
        "INSERT INTO access (tenant_id, id, account_id, service_id, kind, username, secret, created_at)
         VALUES ($1, $2, $3, $4, 'pppoe', $5, $6, now())",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .bind(sold.account.uuid())
    .bind(sold.service.uuid())
    .bind(username)
    .bind(key.seal(&format!("access.secret:{tenant}:{id}"), password.as_bytes()))
    .execute(op.conn())
    .await
    .expect("an access");
    op.commit().await.expect("an access");
}

/// Somebody whose role does field work.
pub async fn technician(app: &TestApp, tenant: TenantId, name: &str) -> LoginId {
    let mut op = app.op(tenant).await;
    let (id, role) = (LoginId::new(), Uuid::now_v7());
    sqlx::query("INSERT INTO login (tenant_id, id, audience, name, full_name) VALUES ($1, $2, 'staff', lower($3), $3)")
        .bind(tenant.uuid())
        .bind(id.uuid())
        .bind(name)
        .execute(op.conn())
        .await
        .expect("a login");
    let role: Uuid = sqlx::query_scalar(
        "INSERT INTO role (tenant_id, id, code, name, audience) VALUES ($1, $2, 'technician', 'Technician', 'staff')
         ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name RETURNING id",
    )
    .bind(tenant.uuid())
    .bind(role)
    .fetch_one(op.conn())
    .await
    .expect("a role");
    sqlx::query(
        "INSERT INTO role_permission (tenant_id, role_id, permission) VALUES ($1, $2, 'field.own_work.write')
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.uuid())
    .bind(role)
    .execute(op.conn())
    .await
    .expect("a permission");
    sqlx::query("INSERT INTO login_role (tenant_id, login_id, role_id) VALUES ($1, $2, $3)")
        .bind(tenant.uuid())
        .bind(id.uuid())
        .bind(role)
        .execute(op.conn())
        .await
        .expect("a role of the login");
    op.commit().await.expect("a technician");
    id
}

/// A request of this technician with the technician's permissions.
pub fn as_technician(app: &TestApp, tenant: TenantId, id: LoginId) -> RequestCtx {
    RequestCtx::new(Request {
        app: app.app.clone(),
        audience: Audience::Staff,
        tenant: Some(tenant),
        person: Some(Person {
            id: id.uuid(),
            name: "Juma".into(),
            login_name: "juma".into(),
            role_names: vec![],
            permissions: PermissionSet::from_iter(["field.own_work.read", "field.own_work.write"]),
            scope: Scope::Tenant,
            lang: None,
            must_enrol: false,
        }),
        signed_in: None,
        session: None,
        lang: Lang::En,
        theme: None,
        request_id: "test".into(),
        address: None,
        user_agent: None,
    })
}

pub async fn store(app: &TestApp, tenant: TenantId) -> WarehouseId {
    let mut tx = app.tx::<perm::StockWrite>(tenant).await;
    let id = stock::add_warehouse(&mut tx, "Main store").await.expect("a store");
    tx.commit().await.expect("a store");
    id
}

pub async fn piece(app: &TestApp, tenant: TenantId, serial: &str) -> StockItemId {
    let warehouse_id = store(app, tenant).await.to_string();
    let mut tx = app.tx::<perm::StockWrite>(tenant).await;
    let form = ReceiveStockForm {
        serial: serial.into(),
        kind: "onu".into(),
        product: "Huawei EG8145V5".into(),
        mac: String::new(),
        warehouse_id,
    };
    let id = stock::receive(&mut tx, form).await.expect("a piece");
    tx.commit().await.expect("a piece");
    id
}

/// An installation that the approval of the service opened.
pub async fn installation(app: &TestApp, tenant: TenantId, sold: Sold) -> WorkOrderId {
    let mut op = app.op(tenant).await;
    op.publish(crm::events::ServiceApproved { service_id: sold.service, account_id: sold.account })
        .await
        .expect("the event goes out");
    op.commit().await.expect("the event goes out");
    app.drain().await;
    let mut tx = app.tx::<perm::WorkOrderRead>(tenant).await;
    let list = field::work_orders::list(&mut tx, &WorkOrderFilter::default(), field::work_orders::Contact::Shown).await;
    let rows = list.expect("work orders").page.rows;
    rows.iter().find(|row| row.subscriber_id == Some(sold.subscriber)).expect("an installation").id
}

pub fn slot(id: WorkOrderId, technician: LoginId, from: &str) -> ScheduleForm {
    ScheduleForm {
        id,
        technician_id: technician.to_string(),
        day: testkit::start_day().to_string(),
        from: from.into(),
        hours: "2".into(),
    }
}

/// Plans the visit today at ten and reserves the piece.
pub async fn plan(app: &TestApp, tenant: TenantId, id: WorkOrderId, technician: LoginId) {
    let mut tx = app.tx::<perm::WorkOrderWrite>(tenant).await;
    field::work_orders::plan::schedule(&mut tx, slot(id, technician, "10:00")).await.expect("a slot");
    let reserve = ReserveForm { work_order_id: id, serial: SERIAL.into() };
    field::work_orders::plan::reserve(&mut tx, reserve).await.expect("a reserved piece");
    tx.commit().await.expect("a plan");
}
