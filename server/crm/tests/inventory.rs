//! Buildings, units and referral partners on a real database.

mod common;

use common::{PARTNER_PHONE, start};
use crm::{buildings, partners};
use model::AppError;
use model::crm::buildings::{BuildingForm, UnitStatus};
use model::crm::leads::Coverage;
use model::crm::partners::PartnerForm;
use model::crm::perm;
use model::msisdn::Msisdn;

#[tokio::test]
async fn a_building_counts_its_units_and_takes_new_ones_once() {
    let sales = start().await;
    let mut tx = sales.app.tx::<perm::BuildingWrite>(sales.app.first).await;
    assert_eq!(buildings::add_units(&mut tx, sales.building, "B3, B4").await.unwrap(), 1);
    assert!(
        buildings::add_units(&mut tx, sales.building, " ").await.unwrap_err().fields().unwrap().of("units").is_some()
    );
    buildings::set_coverage(&mut tx, sales.building, Coverage::PortsFull).await.unwrap();
    tx.commit().await.unwrap();
    sales.receive(PARTNER_PHONE, "LEAD Jane 0712345678 B2").await;
    let mut tx = sales.app.tx::<perm::BuildingRead>(sales.app.first).await;
    let list = buildings::list(&mut tx, "kahawa").await.unwrap();
    assert_eq!((list[0].units, list[0].leads, list[0].coverage), (4, 1, Coverage::PortsFull));
    assert!(buildings::list(&mut tx, "ruiru").await.unwrap().is_empty());
    let (_, units) = buildings::detail(&mut tx, sales.building, true).await.unwrap();
    let b2 = units.iter().find(|unit| unit.label == "B2").unwrap();
    assert_eq!((b2.status, b2.occupant.as_deref()), (UnitStatus::Lead, Some("Jane")));
    let (_, units) = buildings::detail(&mut tx, sales.building, false).await.unwrap();
    assert!(units.iter().all(|unit| unit.occupant.is_none()));
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::BuildingRead>(sales.app.second).await;
    assert_eq!(buildings::detail(&mut tx, sales.building, true).await.unwrap_err(), AppError::NotFound);
    tx.commit().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn two_buildings_of_one_name_in_one_area_are_refused() {
    let sales = start().await;
    let form = BuildingForm {
        name: "Jacaranda Court".into(),
        area: "Kahawa West".into(),
        county: "Nairobi".into(),
        ..BuildingForm::default()
    };
    let mut tx = sales.app.tx::<perm::BuildingWrite>(sales.app.first).await;
    let refusal = buildings::create(&mut tx, form.clone()).await.unwrap_err();
    assert!(refusal.fields().unwrap().of("name").is_some());
    drop(tx);
    let mut tx = sales.app.tx::<perm::BuildingWrite>(sales.app.first).await;
    buildings::create(&mut tx, BuildingForm { area: "Ruiru".into(), ..form }).await.unwrap();
    tx.commit().await.unwrap();
    // Two fit now, so a stranger's message is not guessed; the caretaker means his own.
    assert_eq!(sales.receive("0733000111", "LEAD Ann 0712345670 Jacaranda Court").await.building, None);
    let home = sales.receive(PARTNER_PHONE, "LEAD Eve 0712345671 Jacaranda Court").await;
    assert_eq!(home.building.as_deref(), Some("Jacaranda Court"));
    sales.app.finish().await;
}

#[tokio::test]
async fn a_unit_that_asked_for_peace_keeps_its_mark() {
    let sales = start().await;
    let mut tx = sales.app.tx::<perm::BuildingRead>(sales.app.first).await;
    let (_, units) = buildings::detail(&mut tx, sales.building, false).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::BuildingWrite>(sales.app.first).await;
    buildings::set_unit(&mut tx, units[0].id, UnitStatus::DoNotSolicit).await.unwrap();
    tx.commit().await.unwrap();
    sales.receive(PARTNER_PHONE, "LEAD Jane 0712345678 B1").await;
    let mut tx = sales.app.tx::<perm::BuildingRead>(sales.app.first).await;
    let (_, units) = buildings::detail(&mut tx, sales.building, false).await.unwrap();
    assert_eq!(units[0].status, UnitStatus::DoNotSolicit);
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::BuildingWrite>(sales.app.second).await;
    assert_eq!(buildings::set_unit(&mut tx, units[0].id, UnitStatus::Vacant).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    sales.app.finish().await;
}

#[tokio::test]
async fn a_partner_is_one_phone_and_can_be_paused() {
    let sales = start().await;
    let form = PartnerForm {
        name: "Mama Shiro".into(),
        phone: PARTNER_PHONE.into(),
        commission_kind: "share".into(),
        commission: "7.5".into(),
        ..PartnerForm::default()
    };
    let mut tx = sales.app.tx::<perm::PartnerWrite>(sales.app.first).await;
    assert!(partners::create(&mut tx, form.clone()).await.unwrap_err().fields().unwrap().of("phone").is_some());
    drop(tx);
    let mut tx = sales.app.tx::<perm::PartnerWrite>(sales.app.first).await;
    partners::create(&mut tx, PartnerForm { phone: "0733111222".into(), ..form }).await.unwrap();
    partners::set_active(&mut tx, sales.partner, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sales.receive(PARTNER_PHONE, "LEAD Jane 0712345678").await.partner, None);
    let mut tx = sales.app.tx::<perm::PartnerRead>(sales.app.first).await;
    let list = partners::list(&mut tx).await.unwrap();
    assert_eq!(
        list.iter().map(|p| (p.name.as_str(), p.leads, p.is_active)).collect::<Vec<_>>(),
        [("Juma, caretaker", 0, false), ("Mama Shiro", 0, true)]
    );
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::PartnerWrite>(sales.app.second).await;
    assert_eq!(partners::set_active(&mut tx, sales.partner, true).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    let mut op = sales.app.op(sales.app.second).await;
    let phone = Msisdn::parse(PARTNER_PHONE).unwrap();
    assert_eq!(partners::by_phone_in_op(&mut op, phone).await.unwrap(), None);
    op.rollback().await.unwrap();
    sales.app.finish().await;
}
