//! The technician's work in the demo: visits of the last days, two planned for today, one that nobody has planned yet.
//! Every step is taken by the verb that a dispatcher or a technician uses, with the technician as its author.

use super::history::{Choice, moment};
use super::people::People;
use super::places::{Area, Town};
use chrono::{Duration, NaiveDate, Utc};
use crm::subscribers::NewSubscriber;
use field::work_orders::{open_in_op, open_installation_in_op, own, plan};
use model::crm::subscribers::{ServiceState, SubscriberKind};
use model::crm::{AccountId, BuildingId, ServiceId};
use model::field::perm::{OwnWorkWrite, WorkOrderRead, WorkOrderWrite};
use model::field::stock::ReserveForm;
use model::field::work_orders::{CompleteForm, ProgressForm, ScheduleForm, Technician, WorkOrderKind, WorkOrderStatus};
use model::field::{WorkOrderId, perm};
use model::identity::TenantId;
use model::msisdn::Msisdn;
use model::text::NonBlank;
use model::{Audience, Lang, Permission, PermissionSet};
use platform::ctx::{Person, Request, RequestCtx, Scope};
use platform::{App, tenants};
use uuid::Uuid;

type Buildings = [(&'static Town, &'static Area, BuildingId, String)];

/// A visit that is over: days ago, the hour at which it began, what the customer had said, what was measured.
const PAST: [(i64, &str, &str, &str); 5] = [
    (6, "09:00", "No light on the router since the storm", "-21.4"),
    (5, "13:00", "Internet drops every evening", "-24.8"),
    (3, "10:00", "Moved the router to another room", "-20.1"),
    (2, "15:00", "Slow since Sunday", "-22.7"),
    (1, "11:00", "The cable was cut by the painters", "-19.6"),
];

/// Makes the visits. The clock stands in the present before and after.
pub async fn make(
    app: &App,
    tenant: TenantId,
    people: &mut People,
    plans: &[Choice],
    buildings: &Buildings,
) -> anyhow::Result<()> {
    let technician = technician(app, tenant).await?;
    let services = services(app, tenant, PAST.len() + 2).await?;
    let mut services = services.into_iter();
    for ((days_ago, hour, note, signal), (service, account)) in PAST.into_iter().zip(services.by_ref()) {
        tenants::move_clock(app, moment(days_ago, 9) - Utc::now()).await?;
        let id = open(app, tenant, service, account, note).await?;
        schedule(app, tenant, &technician, id, hour).await?;
        finish(app, tenant, &technician, id, signal).await?;
    }
    tenants::move_clock(app, Duration::zero()).await?;
    if let Some((service, account)) = services.next() {
        let id = open(app, tenant, service, account, "Wi-Fi does not reach the kitchen").await?;
        schedule(app, tenant, &technician, id, "15:00").await?;
    }
    if let Some((service, account)) = services.next() {
        open(app, tenant, service, account, "No internet, the red light is on").await?;
    }
    let id = installation(app, tenant, people, plans, buildings).await?;
    // The morning stays free for whoever plays the story.
    schedule(app, tenant, &technician, id, "11:30").await?;
    let mut tx = app.begin_as_system_with::<WorkOrderWrite>(tenant, "demo data").await?;
    plan::reserve(&mut tx, ReserveForm { work_order_id: id, serial: "HWTC4A91B300".into() }).await?;
    tx.commit().await?;
    Ok(())
}

/// The demo's one technician.
async fn technician(app: &App, tenant: TenantId) -> anyhow::Result<Technician> {
    let mut tx = app.begin_as_system_with::<WorkOrderRead>(tenant, "demo data").await?;
    let technicians = plan::technicians(&mut tx).await?;
    tx.commit().await?;
    technicians.into_iter().next().ok_or_else(|| anyhow::anyhow!("the demo has no technician"))
}

/// Some active services, spread over the subscribers.
async fn services(app: &App, tenant: TenantId, most: usize) -> anyhow::Result<Vec<(ServiceId, AccountId)>> {
    let mut op = app.begin_as_system(tenant, "demo data").await?;
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT s.id, s.account_id FROM service s JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
         WHERE s.state = 'active' ORDER BY right(a.number, 1), a.number LIMIT $1",
    )
    .bind(i64::try_from(most)?)
    .fetch_all(op.conn())
    .await?;
    op.rollback().await?;
    Ok(rows.into_iter().map(|(service, account)| (service.into(), account.into())).collect())
}

async fn open(
    app: &App,
    tenant: TenantId,
    service: ServiceId,
    account: AccountId,
    note: &str,
) -> anyhow::Result<WorkOrderId> {
    let mut op = app.begin_as_system(tenant, "demo data").await?;
    let id = open_in_op(&mut op, WorkOrderKind::Repair, service, account, note).await?;
    op.commit().await?;
    Ok(id)
}

/// Plans the visit for the business day that it is.
async fn schedule(
    app: &App,
    tenant: TenantId,
    technician: &Technician,
    id: WorkOrderId,
    hour: &str,
) -> anyhow::Result<()> {
    let mut tx = app.begin_as_system_with::<perm::WorkOrderWrite>(tenant, "demo data").await?;
    let day: NaiveDate = tx.today();
    let form = ScheduleForm {
        id,
        technician_id: technician.id.to_string(),
        day: day.to_string(),
        from: hour.into(),
        hours: "2".into(),
    };
    plan::schedule(&mut tx, form).await?;
    tx.commit().await?;
    Ok(())
}

/// The way there, the work, and the customer's signature by name.
async fn finish(
    app: &App,
    tenant: TenantId,
    technician: &Technician,
    id: WorkOrderId,
    signal: &str,
) -> anyhow::Result<()> {
    let ctx = as_technician(app, tenant, technician);
    for to in [WorkOrderStatus::EnRoute, WorkOrderStatus::OnSite] {
        let mut tx = ctx.begin::<OwnWorkWrite>().await?;
        own::progress(&mut tx, ProgressForm { id, to: to.code().into(), note: String::new() }).await?;
        tx.commit().await?;
    }
    let mut tx = ctx.begin::<OwnWorkWrite>().await?;
    let form = CompleteForm {
        id,
        serial: String::new(),
        signal: signal.into(),
        no_photo_reason: "Nothing was changed that a photo would show".into(),
        signed_name: "The person at home".into(),
        note: "Connector cleaned and tested".into(),
    };
    own::complete(&mut tx, form).await?;
    tx.commit().await?;
    Ok(())
}

fn as_technician(app: &App, tenant: TenantId, technician: &Technician) -> RequestCtx {
    let who = (technician.id.uuid(), technician.name.clone());
    acting(app, tenant, Audience::Staff, who, OwnWorkWrite::CODE)
}

/// Somebody of an ISP at work, with one permission: `who` is their id and name.
pub(super) fn acting(
    app: &App,
    tenant: TenantId,
    audience: Audience,
    (id, name): (Uuid, String),
    permission: &'static str,
) -> RequestCtx {
    RequestCtx::new(Request {
        app: app.clone(),
        audience,
        tenant: Some(tenant),
        person: Some(Person {
            id,
            name,
            login_name: "demo".into(),
            role_names: vec![],
            permissions: PermissionSet::from_iter([permission]),
            scope: Scope::Tenant,
            lang: None,
            must_enrol: false,
        }),
        signed_in: None,
        session: None,
        lang: Lang::En,
        theme: None,
        request_id: "demo data".into(),
        address: None,
        user_agent: None,
    })
}

/// A new subscriber whose service is approved and waits for its equipment.
async fn installation(
    app: &App,
    tenant: TenantId,
    people: &mut People,
    plans: &[Choice],
    buildings: &Buildings,
) -> anyhow::Result<WorkOrderId> {
    let (Some((town, area, building, name)), Some(choice)) = (buildings.first(), plans.first()) else {
        anyhow::bail!("the demo has no building or no plan");
    };
    let mut op = app.begin_as_system(tenant, "demo data").await?;
    let at = op.now();
    let made = crm::subscribers::create_in_op(
        &mut op,
        NewSubscriber {
            name: NonBlank::parse("Victor Ndirangu")?,
            kind: SubscriberKind::Residential,
            phone: Msisdn::parse("0701 224 519")?,
            email: None,
            lang: Lang::En,
            lead_id: None,
            reseller_id: None,
            plan_version_id: choice.version,
            address: format!("{}, {name}, gate is blue, ask for Juma", area.name),
            building_id: Some(*building),
            unit_id: None,
            county: town.county.into(),
            area: area.name.into(),
            position: Some(people.near(area.at, 0.004)),
            at,
            username: None,
        },
    )
    .await?;
    crm::services::set_state_in_op(&mut op, made.service_id, ServiceState::Approved, None).await?;
    let id = open_installation_in_op(&mut op, made.service_id, made.account_id).await?;
    op.commit().await?;
    Ok(id)
}
