//! Alarms become incidents: one per failure, in whichever order they come; they close with the recovery.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::World;
use model::AppError;
use model::crm::ServiceId;
use model::network::devices::{DeviceKind, DeviceState};
use model::network::incidents::{IncidentForm, IncidentRow, IncidentState};
use model::network::sites::{HangBuildingForm, HangServiceForm};
use model::network::{DeviceId, IncidentId, perm};
use model::time::Timestamp;
use network::incidents;
use network::monitoring::{self, Reported, report_in_op};
use platform::Job;

struct Net {
    world: World,
    core: DeviceId,
    olt: DeviceId,
    onus: Vec<DeviceId>,
    services: Vec<ServiceId>,
}

impl Net {
    /// A core router, an OLT below it, three ONUs with a subscriber each.
    async fn start() -> Self {
        let world = World::start().await;
        let tenant = world.app.first;
        let core = world.device(tenant, "Core", DeviceKind::Router, None).await;
        let olt = world.device(tenant, "OLT-2", DeviceKind::Olt, Some(core)).await;
        let (mut onus, mut services) = (Vec::new(), Vec::new());
        for i in 0..3 {
            let onu = world.device(tenant, &format!("ONU-{i}"), DeviceKind::Onu, Some(olt)).await;
            let made = world.subscriber(&format!("user{i}")).await;
            let mut op = world.app.op(tenant).await;
            sqlx::query("UPDATE service SET state = 'active', activated_at = $2 WHERE id = $1")
                .bind(made.service_id.uuid())
                .bind(op.now())
                .execute(op.conn())
                .await
                .unwrap();
            network::devices::hang_service_in_op(&mut op, made.service_id, onu).await.unwrap();
            op.commit().await.unwrap();
            onus.push(onu);
            services.push(made.service_id);
        }
        world.app.drain().await;
        Self { world, core, olt, onus, services }
    }

    async fn report(&self, device: DeviceId, reported: Reported) {
        let mut op = self.world.app.op(self.world.app.first).await;
        let at = op.now();
        report_in_op(&mut op, device, reported, at, "test").await.unwrap();
        op.commit().await.unwrap();
    }

    async fn open(&self) -> Vec<IncidentRow> {
        let mut tx = self.world.app.tx::<perm::IncidentRead>(self.world.app.first).await;
        incidents::list(&mut tx, false).await.unwrap()
    }

    async fn state(&self, device: DeviceId) -> DeviceState {
        let mut tx = self.world.app.tx::<perm::DeviceRead>(self.world.app.first).await;
        network::devices::list(&mut tx).await.unwrap().into_iter().find(|d| d.id == device).unwrap().state
    }

    /// What the job of the incident's present recovery does a minute later.
    async fn close(&self, id: IncidentId) {
        let recovered_at = self.open().await.iter().find(|i| i.id == id).and_then(|i| i.recovered_at);
        self.close_after(id, recovered_at.unwrap_or_default()).await;
    }

    async fn close_after(&self, id: IncidentId, recovered_at: Timestamp) {
        let ctx = platform::JobCtx {
            app: self.world.app.app.clone(),
            tenant: self.world.app.first,
            kind: incidents::CloseIncident::KIND,
            id: uuid::Uuid::now_v7(),
            attempt: 1,
        };
        incidents::CloseIncident { incident_id: id, recovered_at }.run(ctx).await.unwrap();
    }

    async fn finish(self) {
        self.world.app.drain().await;
        self.world.app.finish().await;
    }
}

#[tokio::test]
async fn a_failing_parent_makes_one_incident_of_all_alarms_below_it() {
    let net = Net::start().await;
    net.report(net.olt, Reported::Down).await;
    for onu in &net.onus {
        net.report(*onu, Reported::Down).await;
    }
    let open = net.open().await;
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].device_id, open[0].alarms, open[0].affected), (Some(net.olt), 4, 3));
    assert_eq!(open[0].number, "INC-0001");
    assert_eq!(net.state(net.olt).await, DeviceState::Down);
    assert_eq!(net.state(net.onus[0]).await, DeviceState::Unreachable);
    let mut op = net.world.app.op(net.world.app.first).await;
    assert_eq!(incidents::affected_accounts_in_op(&mut op, open[0].id).await.unwrap().len(), 3);
    assert_eq!(incidents::of_service_in_op(&mut op, net.services[1]).await.unwrap().unwrap().0, "INC-0001");
    drop(op);
    net.finish().await;
}

#[tokio::test]
async fn what_hangs_below_a_device_that_is_down_is_shown_as_unreachable_until_that_is_back() {
    let net = Net::start().await;
    let before = net.state(net.onus[0]).await;
    net.report(net.olt, Reported::Down).await;
    assert_eq!((net.state(net.olt).await, net.state(net.onus[0]).await), (DeviceState::Down, DeviceState::Unreachable));
    assert_ne!(net.state(net.core).await, DeviceState::Unreachable);
    net.report(net.olt, Reported::Up).await;
    assert_eq!(net.state(net.onus[0]).await, before);
    net.finish().await;
}

#[tokio::test]
async fn alarms_that_came_before_their_cause_go_into_its_incident() {
    let net = Net::start().await;
    for onu in &net.onus {
        net.report(*onu, Reported::Down).await;
    }
    assert_eq!(net.open().await.len(), 3);
    net.report(net.olt, Reported::Down).await;
    let open = net.open().await;
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].device_id, open[0].alarms, open[0].affected), (Some(net.olt), 4, 3));
    net.report(net.core, Reported::Down).await;
    let open = net.open().await;
    assert_eq!((open.len(), open[0].device_id), (1, Some(net.core)));
    assert_eq!(net.state(net.olt).await, DeviceState::Unreachable);
    net.finish().await;
}

#[tokio::test]
async fn a_report_that_says_nothing_new_changes_nothing() {
    let net = Net::start().await;
    for _ in 0..3 {
        net.report(net.olt, Reported::Down).await;
    }
    assert_eq!(net.open().await[0].alarms, 1);
    for _ in 0..2 {
        net.report(net.olt, Reported::Up).await;
    }
    let open = net.open().await;
    assert_eq!((open.len(), open[0].state), (1, IncidentState::Recovered));
    net.report(net.core, Reported::Up).await;
    assert_eq!(net.open().await.len(), 1);
    net.finish().await;
}

#[tokio::test]
async fn an_incident_recovers_with_its_last_device_and_closes_when_all_stay_back() {
    let net = Net::start().await;
    net.report(net.olt, Reported::Down).await;
    net.report(net.onus[0], Reported::Down).await;
    net.report(net.olt, Reported::Up).await;
    let open = net.open().await;
    assert_eq!(open[0].state, IncidentState::Open);
    assert_eq!(net.state(net.onus[0]).await, DeviceState::Down, "nothing above excuses it any more");
    net.report(net.onus[0], Reported::Up).await;
    assert_eq!(net.open().await[0].state, IncidentState::Recovered);
    // It fails again within the minute: the same incident.
    net.report(net.olt, Reported::Down).await;
    let again = net.open().await;
    assert_eq!((again.len(), again[0].id, again[0].state), (1, open[0].id, IncidentState::Open));
    net.close(open[0].id).await;
    assert_eq!(net.open().await[0].state, IncidentState::Open, "what failed again stays open");
    net.report(net.olt, Reported::Up).await;
    net.close(open[0].id).await;
    assert!(net.open().await.is_empty());
    net.close(open[0].id).await;
    // After that it is another failure.
    net.report(net.olt, Reported::Down).await;
    assert_ne!(net.open().await[0].id, open[0].id);
    net.finish().await;
}

#[tokio::test]
async fn an_incident_that_relapsed_has_to_stay_back_for_a_whole_minute_again() {
    let net = Net::start().await;
    net.report(net.olt, Reported::Down).await;
    net.report(net.olt, Reported::Up).await;
    let first = net.open().await[0].recovered_at.unwrap();
    net.report(net.olt, Reported::Down).await;
    net.report(net.olt, Reported::Up).await;
    let id = net.open().await[0].id;
    net.close_after(id, first).await;
    assert_eq!(net.open().await[0].state, IncidentState::Recovered, "the first minute is not the second");
    net.close(id).await;
    assert!(net.open().await.is_empty());
    net.finish().await;
}

#[tokio::test]
async fn a_recovery_by_a_persons_word_closes_by_itself() {
    let net = Net::start().await;
    net.report(net.olt, Reported::Down).await;
    let id = net.open().await[0].id;
    let mut tx = net.world.app.tx::<perm::IncidentWrite>(net.world.app.first).await;
    let form = IncidentForm { id, state: "recovered".into(), cause: String::new(), note: String::new() };
    incidents::save(&mut tx, form, None).await.unwrap();
    tx.commit().await.unwrap();
    let mut op = net.world.app.op(net.world.app.first).await;
    let due: i64 =
        sqlx::query_scalar("SELECT count(*) FROM job WHERE kind = 'network.close_incident' AND state = 'ready'")
            .fetch_one(op.conn())
            .await
            .unwrap();
    assert_eq!(due, 1);
    drop(op);
    net.finish().await;
}

#[tokio::test]
async fn an_incident_that_people_closed_stays_closed_when_its_device_comes_back() {
    let net = Net::start().await;
    net.report(net.olt, Reported::Down).await;
    let id = net.open().await[0].id;
    let mut tx = net.world.app.tx::<perm::IncidentWrite>(net.world.app.first).await;
    let form = IncidentForm { id, state: "closed".into(), cause: String::new(), note: String::new() };
    incidents::save(&mut tx, form, None).await.unwrap();
    tx.commit().await.unwrap();
    net.report(net.olt, Reported::Up).await;
    assert!(net.open().await.is_empty());
    // Its next failure is another incident, with nothing of the old one in it.
    net.report(net.olt, Reported::Down).await;
    net.report(net.olt, Reported::Up).await;
    let open = net.open().await;
    assert_eq!((open.len(), open[0].state), (1, IncidentState::Recovered));
    assert_ne!(open[0].id, id);
    net.finish().await;
}

#[tokio::test]
async fn alarms_at_the_same_moment_make_one_incident() {
    let net = Net::start().await;
    let mut first = net.world.app.op(net.world.app.first).await;
    let at = first.now();
    report_in_op(&mut first, net.olt, Reported::Down, at, "test").await.unwrap();
    let (app, tenant, onu) = (net.world.app.app.clone(), net.world.app.first, net.onus[0]);
    let second = tokio::spawn(async move {
        let mut op = app.begin_as_system(tenant, "test").await.unwrap();
        report_in_op(&mut op, onu, Reported::Down, at, "test").await.unwrap();
        op.commit().await.unwrap();
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    first.commit().await.unwrap();
    second.await.unwrap();
    let open = net.open().await;
    assert_eq!((open.len(), open[0].alarms), (1, 2));
    net.finish().await;
}

#[tokio::test]
async fn a_building_that_no_device_is_named_for_is_dark_only_with_the_top_of_its_site() {
    let net = Net::start().await;
    let tenant = net.world.app.first;
    let mut op = net.world.app.op(tenant).await;
    let site = model::network::SiteId::new();
    for text in [
        "INSERT INTO site (tenant_id, id, name, county, created_at) VALUES ($1, $2, 'Kahawa', 'Nairobi', now())",
        "UPDATE device SET site_id = $2 WHERE tenant_id = $1 AND name <> 'Core'",
        "INSERT INTO building (tenant_id, id, name, name_key, county, area, site_id)
           VALUES ($1, $2, 'Jacaranda', 'jacaranda', 'Nairobi', 'Kahawa', $2)",
    ] {
        sqlx::query(text).bind(tenant.uuid()).bind(site.uuid()).execute(op.conn()).await.unwrap();
    }
    let mut made = Vec::new();
    for service in &net.services[..2] {
        made.push(service.uuid());
    }
    sqlx::query("DELETE FROM service_device WHERE service_id = ANY ($1)").bind(&made).execute(op.conn()).await.unwrap();
    sqlx::query("UPDATE service SET building_id = $1 WHERE id = ANY ($2)")
        .bind(site.uuid())
        .bind(&made)
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    net.report(net.onus[2], Reported::Down).await;
    assert_eq!(net.open().await[0].affected, 1, "one ONU of the site is dark, not the site");
    net.report(net.olt, Reported::Down).await;
    assert_eq!(net.open().await[0].affected, 3);
    net.finish().await;
}

#[tokio::test]
async fn people_take_an_incident_name_its_cause_and_close_it() {
    let net = Net::start().await;
    net.report(net.olt, Reported::Down).await;
    let id = net.open().await[0].id;
    let mut tx = net.world.app.tx::<perm::IncidentWrite>(net.world.app.first).await;
    incidents::take(&mut tx, id).await.unwrap();
    let form = |state: &str| IncidentForm { id, state: state.into(), cause: "power".into(), note: "KPLC works".into() };
    incidents::save(&mut tx, form("closed"), None).await.unwrap();
    assert!(matches!(incidents::take(&mut tx, id).await, Err(AppError::Conflict(_))));
    assert!(matches!(incidents::save(&mut tx, form("open"), None).await, Err(AppError::Conflict(_))));
    tx.commit().await.unwrap();
    let mut tx = net.world.app.tx::<perm::IncidentWrite>(net.world.app.second).await;
    assert_eq!(incidents::take(&mut tx, id).await, Err(AppError::NotFound));
    drop(tx);
    let mut tx = net.world.app.tx::<perm::IncidentRead>(net.world.app.first).await;
    let view = incidents::get(&mut tx, id).await.unwrap();
    assert_eq!((view.incident.state, view.affected.len()), (IncidentState::Closed, 3));
    assert!(view.events.len() >= 5);
    drop(tx);
    net.finish().await;
}

#[tokio::test]
async fn a_device_of_another_isp_is_not_there() {
    let net = Net::start().await;
    let mut op = net.world.app.op(net.world.app.second).await;
    let at = op.now();
    assert_eq!(report_in_op(&mut op, net.olt, Reported::Down, at, "test").await, Err(AppError::NotFound));
    drop(op);
    net.finish().await;
}

#[tokio::test]
async fn a_device_is_not_hung_below_itself() {
    let net = Net::start().await;
    let mut tx = net.world.app.tx::<perm::DeviceWrite>(net.world.app.first).await;
    let form = model::network::sites::DeviceForm {
        id: net.core.to_string(),
        name: "Core".into(),
        kind: "router".into(),
        parent_id: net.onus[0].to_string(),
        ..Default::default()
    };
    match network::devices::save_device(&mut tx, form).await {
        Err(AppError::Invalid(fields)) => assert!(fields.of("parent_id").is_some()),
        other => panic!("{other:?}"),
    }
    drop(tx);
    net.finish().await;
}

async fn post(net: &Net, secret: &str, body: &str) -> (StatusCode, String) {
    use tower::ServiceExt;
    let router = monitoring::routes().with_state(net.world.app.app.clone());
    let request = Request::post(format!("/hooks/monitoring/{secret}")).body(Body::from(body.to_owned())).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn the_webhook_takes_what_it_can_read_and_names_the_field_that_it_cannot() {
    let net = Net::start().await;
    let app = &net.world.app;
    platform::tenants::set_webhook_path(&app.app, app.first, monitoring::PROVIDER, "s3cret").await.unwrap();
    let down = r#"[{"device": "OLT-2", "state": "down", "source": "zabbix"}, {"device": "ONU-0", "state": "down"}]"#;
    assert_eq!(post(&net, "wrong", down).await.0, StatusCode::NOT_FOUND);
    let (status, body) = post(&net, "s3cret", r#"{"device": "OLT-2"}"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("\"state\""), "{body}");
    let (status, body) =
        post(&net, "s3cret", r#"[{"device": "OLT-2", "state": "down"}, {"device": "Nobody", "state": "up"}]"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("1.device") && body.contains("Nobody"), "{body}");
    assert!(net.open().await.is_empty(), "a bundle is taken whole or not at all");
    for _ in 0..2 {
        assert_eq!(post(&net, "s3cret", down).await, (StatusCode::OK, r#"{"accepted":2}"#.into()));
    }
    assert_eq!(net.open().await.len(), 1);
    net.finish().await;
}

#[tokio::test]
async fn a_person_says_what_hangs_on_a_device() {
    let net = Net::start().await;
    let tenant = net.world.app.first;
    let mut op = net.world.app.op(tenant).await;
    let building = model::crm::BuildingId::new();
    let text = "INSERT INTO building (tenant_id, id, name, name_key, county, area)
                VALUES ($1, $2, 'Jacaranda', 'jacaranda', 'Nairobi', 'Kahawa')";
    sqlx::query(text).bind(tenant.uuid()).bind(building.uuid()).execute(op.conn()).await.unwrap();
    sqlx::query("DELETE FROM service_device").execute(op.conn()).await.unwrap();
    sqlx::query("UPDATE service SET building_id = $1 WHERE id = $2")
        .bind(building.uuid())
        .bind(net.services[0].uuid())
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    let of_building = |id: String| HangBuildingForm { device_id: net.onus[0], building_id: id };
    let of_service = |username: &str| HangServiceForm { device_id: net.onus[0], username: username.into() };
    let mut tx = net.world.app.tx::<perm::DeviceWrite>(tenant).await;
    for _ in 0..2 {
        network::devices::hang_building(&mut tx, of_building(building.to_string())).await.unwrap();
        network::devices::hang_service(&mut tx, of_service("user1")).await.unwrap();
    }
    let nobody = network::devices::hang_service(&mut tx, of_service("nobody")).await.unwrap_err();
    assert!(nobody.fields().unwrap().of("username").is_some());
    tx.commit().await.unwrap();
    let mut tx = net.world.app.tx::<perm::DeviceWrite>(net.world.app.second).await;
    let foreign = network::devices::hang_building(&mut tx, of_building(building.to_string())).await;
    assert_eq!(foreign, Err(AppError::NotFound));
    let foreign = network::devices::hang_service(&mut tx, of_service("user1")).await.unwrap_err();
    assert!(foreign.fields().is_some());
    drop(tx);
    net.report(net.onus[0], Reported::Down).await;
    assert_eq!(net.open().await[0].affected, 2);
    net.finish().await;
}

#[tokio::test]
async fn the_overview_adds_up() {
    let net = Net::start().await;
    net.report(net.onus[0], Reported::Down).await;
    let mut op = net.world.app.op(net.world.app.first).await;
    let overdue = model::billing::locks::LockReason::Overdue;
    billing::locks::set_in_op(&mut op, net.services[1], overdue, "").await.unwrap();
    op.commit().await.unwrap();
    let mut tx = net.world.app.tx::<perm::DeviceRead>(net.world.app.first).await;
    let now = network::noc::overview(&mut tx, true).await.unwrap();
    let causes: i64 = now.offline_by_cause.iter().map(|(_, n)| n).sum();
    assert_eq!((now.online, now.walled, now.offline, causes), (0, 0, 3, 3));
    assert_eq!(now.offline_by_cause.len(), 3, "one incident, one lock, one that never dialled");
    assert_eq!((now.devices.len(), now.incidents.len()), (5, 1));
    let core = now.devices.iter().find(|d| d.id == net.core).unwrap();
    assert_eq!(core.subscribers, 3);
    drop(tx);
    let mut tx = net.world.app.tx::<perm::SessionRead>(net.world.app.first).await;
    let why = network::offline::why(&mut tx, net.services[1]).await.unwrap();
    assert_eq!(why.cause, model::network::offline::OfflineCause::Locked);
    drop(tx);
    net.finish().await;
}

#[tokio::test]
async fn a_new_address_for_monitoring_ends_the_old_one() {
    let net = Net::start().await;
    let (app, tenant) = (&net.world.app, net.world.app.first);
    let up = r#"{"device": "OLT-2", "state": "up"}"#;
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let mut tx = app.tx::<model::identity::perm::SettingWrite>(tenant).await;
        monitoring::address::renew(&mut tx).await.unwrap();
        let address = monitoring::address::get(&mut tx).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        monitoring::address::open(&app.app, tenant).await.unwrap();
        secrets.push(address.rsplit('/').next().unwrap().to_owned());
    }
    assert_eq!(post(&net, &secrets[0], up).await.0, StatusCode::NOT_FOUND);
    assert_eq!(post(&net, &secrets[1], up).await.0, StatusCode::OK);
    net.finish().await;
}
