//! The way of a visit, from the approval to the evidence.

mod common;

use common::*;
use field::work_orders::{Contact, get, list, own, plan as dispatch};
use model::AppError;
use model::crm::subscribers::ServiceState;
use model::field::WorkOrderId;
use model::field::perm;
use model::field::stock::ReserveForm;
use model::field::work_orders::*;
use platform::RequestCtx;

async fn step(ctx: &RequestCtx, id: WorkOrderId, to: &str) -> Result<(), AppError> {
    let mut tx = ctx.begin::<perm::OwnWorkWrite>().await?;
    own::progress(&mut tx, ProgressForm { id, to: to.into(), note: String::new() }).await?;
    tx.commit().await
}

async fn complete(ctx: &RequestCtx, form: CompleteForm) -> Result<(), AppError> {
    let mut tx = ctx.begin::<perm::OwnWorkWrite>().await?;
    own::complete(&mut tx, form).await?;
    tx.commit().await
}

fn evidence(id: WorkOrderId) -> CompleteForm {
    CompleteForm {
        id,
        serial: SERIAL.into(),
        signal: "-20.8".into(),
        no_photo_reason: "Too dark".into(),
        signed_name: "Jane Wanjiru".into(),
        note: String::new(),
    }
}

#[tokio::test]
async fn an_approved_service_gets_one_installation_however_often_it_is_told() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    assert_eq!(installation(&app, app.first, sold).await, id);
    let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
    let found = list(&mut tx, &WorkOrderFilter::default(), Contact::Shown).await.unwrap();
    assert_eq!((found.page.rows.len(), found.open, found.pending), (1, 1, 1));
    let row = &found.page.rows[0];
    assert_eq!((row.number.as_str(), row.status), ("WO-0001", WorkOrderStatus::Pending));
    assert_eq!(row.address, "Jacaranda Court, Kahawa West");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_service_that_is_not_approved_gets_no_installation() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "active").await;
    let mut op = app.op(app.first).await;
    op.publish(crm::events::ServiceApproved { service_id: sold.service, account_id: sold.account }).await.unwrap();
    op.commit().await.unwrap();
    app.drain().await;
    let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
    assert_eq!(list(&mut tx, &WorkOrderFilter::default(), Contact::Shown).await.unwrap().page.rows, []);
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_reader_without_the_contact_class_sees_no_phone_and_no_house() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
    let hidden = get(&mut tx, id, Contact::Hidden).await.unwrap().row;
    assert_eq!((hidden.phone, hidden.address.as_str()), (None, "Kahawa West"));
    assert!(get(&mut tx, id, Contact::Shown).await.unwrap().row.phone.is_some());
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_visit_is_planned_twice_alike_and_nobody_is_at_two_places() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let other = subscriber(&app, app.first, "approved").await;
    let (id, second) = (installation(&app, app.first, sold).await, installation(&app, app.first, other).await);
    let juma = technician(&app, app.first, "Juma").await;
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    dispatch::schedule(&mut tx, slot(id, juma, "10:00")).await.unwrap();
    dispatch::schedule(&mut tx, slot(id, juma, "10:00")).await.unwrap();
    let error = dispatch::schedule(&mut tx, slot(second, juma, "11:00")).await.unwrap_err();
    assert_eq!(
        error.fields().unwrap().of("from"),
        Some("Juma is at WO-0001 in that time. Choose another slot or technician.")
    );
    dispatch::schedule(&mut tx, slot(second, juma, "12:00")).await.unwrap();
    let nobody = slot(second, model::identity::LoginId::new(), "15:00");
    assert!(dispatch::schedule(&mut tx, nobody).await.unwrap_err().fields().unwrap().of("technician_id").is_some());
    let yesterday = testkit::start_day().pred_opt().unwrap().to_string();
    let over = ScheduleForm { day: yesterday, ..slot(second, juma, "12:00") };
    assert!(dispatch::schedule(&mut tx, over).await.unwrap_err().fields().unwrap().of("day").is_some());
    tx.commit().await.unwrap();
    let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
    let row = get(&mut tx, id, Contact::Shown).await.unwrap().row;
    // Ten in Nairobi is seven in UTC.
    assert_eq!(row.slot_from.unwrap().format("%H:%M").to_string(), "07:00");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_visit_that_is_not_there_or_of_another_tenant_is_not_found() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let juma = technician(&app, app.second, "Juma").await;
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.second).await;
    for id in [id, WorkOrderId::new()] {
        assert_eq!(dispatch::schedule(&mut tx, slot(id, juma, "10:00")).await, Err(AppError::NotFound));
        let reserve = ReserveForm { work_order_id: id, serial: SERIAL.into() };
        assert_eq!(dispatch::reserve(&mut tx, reserve).await, Err(AppError::NotFound));
        let cancel = CancelWorkForm { id, reason: "x".into() };
        assert_eq!(dispatch::cancel(&mut tx, cancel).await, Err(AppError::NotFound));
    }
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_technician_sees_and_changes_own_work_only() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let (juma, asha) = (technician(&app, app.first, "Juma").await, technician(&app, app.first, "Asha").await);
    piece(&app, app.first, SERIAL).await;
    plan(&app, app.first, id, juma).await;
    let (mine, hers) = (as_technician(&app, app.first, juma), as_technician(&app, app.first, asha));
    let elsewhere = as_technician(&app, app.second, juma);
    for stranger in [&hers, &elsewhere] {
        let mut tx = stranger.begin::<perm::OwnWorkRead>().await.unwrap();
        assert_eq!(own::get(&mut tx, id).await, Err(AppError::NotFound));
        assert!(own::today(&mut tx).await.unwrap().rows.is_empty());
        drop(tx);
        assert_eq!(step(stranger, id, "en_route").await, Err(AppError::NotFound));
        assert_eq!(complete(stranger, evidence(id)).await, Err(AppError::NotFound));
    }
    let mut tx = mine.begin::<perm::OwnWorkRead>().await.unwrap();
    let today = own::today(&mut tx).await.unwrap();
    assert_eq!((today.rows.len(), today.later), (1, 0));
    let detail = own::get(&mut tx, id).await.unwrap();
    assert_eq!(detail.reserved[0].serial, SERIAL);
    assert_eq!(detail.plan.as_deref(), Some("Home 20"));
    drop(tx);
    assert_eq!(mine.begin::<perm::WorkOrderRead>().await.err(), Some(AppError::Forbidden));
    app.finish().await;
}

#[tokio::test]
async fn an_installation_is_completed_once_with_all_its_evidence() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let juma = technician(&app, app.first, "Juma").await;
    piece(&app, app.first, SERIAL).await;
    piece(&app, app.first, "HWTC00000002").await;
    plan(&app, app.first, id, juma).await;
    let ctx = as_technician(&app, app.first, juma);
    assert!(matches!(complete(&ctx, evidence(id)).await, Err(AppError::Conflict(_))), "not on site yet");
    step(&ctx, id, "en_route").await.unwrap();
    step(&ctx, id, "on_site").await.unwrap();
    step(&ctx, id, "on_site").await.unwrap();
    let bare = CompleteForm {
        id,
        serial: String::new(),
        signal: String::new(),
        no_photo_reason: String::new(),
        signed_name: String::new(),
        note: String::new(),
    };
    let error = complete(&ctx, bare).await.unwrap_err();
    let fields: Vec<_> = error.fields().unwrap().0.iter().map(|e| e.field.clone()).collect();
    assert_eq!(fields, ["serial", "signal", "no_photo_reason", "signed_name"]);
    for wrong in ["HWTC00000002", "HWTC99999999"] {
        let error = complete(&ctx, CompleteForm { serial: wrong.into(), ..evidence(id) }).await.unwrap_err();
        assert!(error.fields().unwrap().of("serial").is_some(), "{wrong}");
    }
    complete(&ctx, evidence(id)).await.unwrap();
    complete(&ctx, CompleteForm { signal: "-9".into(), ..evidence(id) }).await.unwrap();
    let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
    let detail = get(&mut tx, id, Contact::Shown).await.unwrap();
    assert_eq!(detail.row.status, WorkOrderStatus::Completed);
    assert_eq!((detail.evidence.signal_tenths_dbm, detail.missing), (Some(-208), vec![]));
    let walked: Vec<_> = detail.events.iter().map(|e| e.status).collect();
    use WorkOrderStatus::*;
    assert_eq!(walked, [Pending, Scheduled, EnRoute, OnSite, Completed]);
    drop(tx);
    let mut op = app.op(app.first).await;
    let equipment = field::stock::of_subscriber_in_op(&mut op, sold.subscriber).await.unwrap();
    assert_eq!((equipment.len(), equipment[0].state.code()), (1, "installed"));
    assert_eq!(crm::services::get_in_op(&mut op, sold.service).await.unwrap().state, ServiceState::Installing);
    let activations = network::activation::of_service_in_op(&mut op, sold.service).await.unwrap();
    assert_eq!(activations.map(|a| a.service_id), Some(sold.service), "the activation began by itself");
    drop(op);
    app.drain().await;
    assert!(matches!(step(&ctx, id, "on_site").await, Err(AppError::Conflict(_))));
    app.finish().await;
}

#[tokio::test]
async fn calling_a_visit_off_gives_the_equipment_back_and_is_final() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let juma = technician(&app, app.first, "Juma").await;
    piece(&app, app.first, SERIAL).await;
    plan(&app, app.first, id, juma).await;
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    let blank = CancelWorkForm { id, reason: " ".into() };
    assert!(dispatch::cancel(&mut tx, blank).await.unwrap_err().fields().unwrap().of("reason").is_some());
    let form = CancelWorkForm { id, reason: "The customer moved".into() };
    dispatch::cancel(&mut tx, form.clone()).await.unwrap();
    dispatch::cancel(&mut tx, form).await.unwrap();
    assert!(matches!(dispatch::schedule(&mut tx, slot(id, juma, "10:00")).await, Err(AppError::Conflict(_))));
    tx.commit().await.unwrap();
    let mut tx = app.tx::<perm::StockRead>(app.first).await;
    let stock = field::stock::list(&mut tx, &Default::default(), &Default::default()).await.unwrap();
    assert_eq!((stock.page.rows[0].state.code(), &stock.page.rows[0].work_order), ("in_stock", &None));
    drop(tx);
    assert_ne!(installation(&app, app.first, sold).await, id, "an approved service may be planned anew");
    app.finish().await;
}

#[tokio::test]
async fn an_installation_that_was_called_off_is_opened_again_while_its_service_is_approved() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let can_open_again = async |id: WorkOrderId| {
        let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
        let order = get(&mut tx, id, Contact::Shown).await.unwrap();
        dispatch::can_open_again(&mut tx, &order).await.unwrap()
    };
    assert!(!can_open_again(id).await, "it is under way");
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    dispatch::cancel(&mut tx, CancelWorkForm { id, reason: "Nobody was at home".into() }).await.unwrap();
    tx.commit().await.unwrap();
    assert!(can_open_again(id).await);
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    let again = dispatch::open(&mut tx, WorkOrderKind::Installation, sold.service, "").await.unwrap();
    assert_eq!(dispatch::open(&mut tx, WorkOrderKind::Installation, sold.service, "").await.unwrap(), again, "twice");
    tx.commit().await.unwrap();
    assert_ne!(again, id);
    assert!(!can_open_again(id).await);

    let mut tx = app.tx::<perm::WorkOrderWrite>(app.second).await;
    let elsewhere = dispatch::open(&mut tx, WorkOrderKind::Installation, sold.service, "").await;
    assert_eq!(elsewhere, Err(AppError::NotFound));
    drop(tx);
    let over = subscriber(&app, app.first, "active").await;
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    let installed = dispatch::open(&mut tx, WorkOrderKind::Installation, over.service, "").await;
    assert!(matches!(installed, Err(AppError::Conflict(_))), "{installed:?}");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn two_dispatchers_do_not_send_one_technician_to_two_places() {
    let app = start().await;
    let sold = [subscriber(&app, app.first, "approved").await, subscriber(&app, app.first, "approved").await];
    let (id, second) = (installation(&app, app.first, sold[0]).await, installation(&app, app.first, sold[1]).await);
    let juma = technician(&app, app.first, "Juma").await;
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    dispatch::schedule(&mut tx, slot(id, juma, "10:00")).await.unwrap();
    let (other, tenant) = (app.app.clone(), app.first);
    let waiting = tokio::spawn(async move {
        let mut tx = other.begin_as_system_with::<perm::WorkOrderWrite>(tenant, "test").await.unwrap();
        dispatch::schedule(&mut tx, slot(second, juma, "11:00")).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    tx.commit().await.unwrap();
    let refusal = waiting.await.unwrap().unwrap_err();
    assert!(refusal.fields().unwrap().of("from").is_some(), "{refusal:?}");
    app.finish().await;
}

#[tokio::test]
async fn the_same_plan_sent_twice_leaves_one_line_in_the_history() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let juma = technician(&app, app.first, "Juma").await;
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    for from in ["10:00", "10:00", "12:00"] {
        dispatch::schedule(&mut tx, slot(id, juma, from)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = app.tx::<perm::WorkOrderRead>(app.first).await;
    let walked: Vec<_> = get(&mut tx, id, Contact::Shown).await.unwrap().events.iter().map(|e| e.status).collect();
    use WorkOrderStatus::*;
    assert_eq!(walked, [Pending, Scheduled, Scheduled]);
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_technician_sees_the_login_of_the_router_while_the_installation_is_under_way() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    access(&app, app.first, sold, "jane", "k7-mango-42").await;
    let id = installation(&app, app.first, sold).await;
    let (juma, asha) = (technician(&app, app.first, "Juma").await, technician(&app, app.first, "Asha").await);
    piece(&app, app.first, SERIAL).await;
    plan(&app, app.first, id, juma).await;
    let look = async |who: RequestCtx| -> Result<RouterLogin, AppError> {
        let mut tx = who.begin::<perm::OwnWorkWrite>().await?;
        let login = own::router_login(&mut tx, id).await?;
        tx.commit().await?;
        Ok(login)
    };
    for _ in 0..2 {
        let login = look(as_technician(&app, app.first, juma)).await.unwrap();
        assert_eq!((login.username.as_str(), login.password.as_str()), ("jane", "k7-mango-42"));
        assert!(!format!("{login:?}").contains("mango"));
    }
    for stranger in [as_technician(&app, app.first, asha), as_technician(&app, app.second, juma)] {
        assert_eq!(look(stranger).await, Err(AppError::NotFound));
    }
    let mut op = app.op(app.first).await;
    let noted: Vec<(String, String)> =
        sqlx::query_as("SELECT actor_name, after::text FROM audit_entry WHERE action = 'field.own_work.see_login'")
            .fetch_all(op.conn())
            .await
            .unwrap();
    assert_eq!(noted.len(), 2, "each look is noted");
    assert!(noted.iter().all(|(who, what)| who == "Juma" && what.contains("jane") && !what.contains("mango")));
    drop(op);
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    dispatch::cancel(&mut tx, CancelWorkForm { id, reason: "The customer moved".into() }).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(look(as_technician(&app, app.first, juma)).await, Err(AppError::Conflict(_))));
    app.finish().await;
}
