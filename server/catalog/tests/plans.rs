//! Plans on a real database.

use chrono::Duration;
use model::catalog::plans::PlanForm;
use model::catalog::{PlanId, perm};
use model::{AppError, Money};
use testkit::{TestApp, start_day};

fn home_20() -> PlanForm {
    PlanForm {
        name: "Home 20".into(),
        kind: "fibre".into(),
        speed_down: "20".into(),
        speed_up: "10".into(),
        price: "2500".into(),
        setup_fee: "1000".into(),
        price_includes_tax: "on".into(),
        tax: "excise_and_vat".into(),
        mode: "postpaid_monthly".into(),
        ..PlanForm::default()
    }
}

async fn saved(app: &TestApp, form: PlanForm) -> Result<PlanId, AppError> {
    let mut tx = app.tx::<perm::PlanWrite>(app.first).await;
    let id = catalog::plans::save(&mut tx, form).await?;
    tx.commit().await.map(|()| id)
}

#[tokio::test]
async fn a_new_price_holds_from_its_day_and_the_old_one_stays() {
    let app = TestApp::start(vec![catalog::module()]).await;
    let id = saved(&app, home_20()).await.unwrap();
    let later = start_day() + Duration::days(30);
    let dearer = PlanForm { id: id.to_string(), price: "2900".into(), valid_from: later.to_string(), ..home_20() };
    saved(&app, dearer).await.unwrap();
    let mut op = app.op(app.first).await;
    let price = async |op: &mut platform::Op, day| {
        catalog::plans::version_on_in_op(op, id, day).await.unwrap().map(|v| (v.price, v.version))
    };
    assert_eq!(price(&mut op, start_day() - Duration::days(1)).await, None);
    assert_eq!(price(&mut op, later - Duration::days(1)).await, Some((Money::kes(250_000), 1)));
    assert_eq!(price(&mut op, later).await, Some((Money::kes(290_000), 2)));
    assert_eq!(catalog::plans::versions_in_op(&mut op, id).await.unwrap().len(), 2);
    drop(op);
    app.finish().await;
}

#[tokio::test]
async fn saving_the_same_offer_twice_makes_no_version() {
    let app = TestApp::start(vec![catalog::module()]).await;
    let id = saved(&app, home_20()).await.unwrap();
    saved(&app, PlanForm { id: id.to_string(), description: "For a family".into(), ..home_20() }).await.unwrap();
    let mut op = app.op(app.first).await;
    assert_eq!(catalog::plans::versions_in_op(&mut op, id).await.unwrap().len(), 1);
    drop(op);
    app.finish().await;
}

#[tokio::test]
async fn a_second_price_for_one_day_a_past_day_and_a_taken_name_are_refused_by_field() {
    let app = TestApp::start(vec![catalog::module()]).await;
    let id = saved(&app, home_20()).await.unwrap();
    let field = |error: AppError| error.fields().map(|fields| fields.0[0].field.clone());
    let second = saved(&app, PlanForm { id: id.to_string(), price: "1".into(), ..home_20() }).await.unwrap_err();
    assert_eq!(field(second).as_deref(), Some("valid_from"));
    let past = (start_day() - Duration::days(1)).to_string();
    let past = saved(&app, PlanForm { name: "Other".into(), valid_from: past, ..home_20() }).await.unwrap_err();
    assert_eq!(field(past).as_deref(), Some("valid_from"));
    assert_eq!(field(saved(&app, home_20()).await.unwrap_err()).as_deref(), Some("name"));
    let hours =
        PlanForm { name: "By the hour".into(), mode: "prepaid_hours".into(), mode_count: "1".into(), ..home_20() };
    assert_eq!(field(saved(&app, hours).await.unwrap_err()).as_deref(), Some("mode"));
    app.finish().await;
}

#[tokio::test]
async fn a_plan_of_another_tenant_is_not_found() {
    let app = TestApp::start(vec![catalog::module()]).await;
    let id = saved(&app, home_20()).await.unwrap();
    let mut tx = app.tx::<perm::PlanWrite>(app.second).await;
    let form = PlanForm { id: id.to_string(), name: "Mine now".into(), ..home_20() };
    assert_eq!(catalog::plans::save(&mut tx, form).await.unwrap_err(), AppError::NotFound);
    assert_eq!(catalog::plans::set_sold(&mut tx, id, false).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    let mut tx = app.tx::<perm::PlanRead>(app.second).await;
    assert!(catalog::plans::list(&mut tx).await.unwrap().is_empty());
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_plan_that_is_off_the_shelf_is_listed_but_not_offered() {
    let app = TestApp::start(vec![catalog::module()]).await;
    let id = saved(&app, home_20()).await.unwrap();
    let mut tx = app.tx::<perm::PlanWrite>(app.first).await;
    catalog::plans::set_sold(&mut tx, id, false).await.unwrap();
    catalog::plans::set_sold(&mut tx, id, false).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.tx::<perm::PlanRead>(app.first).await;
    assert_eq!(catalog::plans::list(&mut tx).await.unwrap().len(), 1);
    assert!(catalog::plans::choices_in_op(&mut tx).await.unwrap().is_empty());
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn seeding_the_tax_rates_twice_keeps_one_of_each() {
    let app = TestApp::start(vec![catalog::module()]).await;
    let mut op = app.op(app.first).await;
    for _ in 0..2 {
        catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await.unwrap();
    }
    assert_eq!(catalog::taxes::list_in_op(&mut op).await.unwrap(), {
        let mut rates = catalog::taxes::kenyan_rates();
        rates.sort_by_key(|rate| rate.valid_from);
        rates
    });
    drop(op);
    app.finish().await;
}
