//! Reports that are strange, and what they must never do: credit twice, be lost, be answered by an error.

mod support;

use axum::http::StatusCode;
use model::billing::perm;
use model::billing::strays::{StrayReason, Unreadable};
use support::{World, c2b, stk_failed, stk_paid};

async fn unreadable(world: &World) -> Unreadable {
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    billing::payments::strays::unreadable(&mut tx).await.unwrap()
}

#[tokio::test]
async fn a_second_receipt_for_one_prompt_is_a_stray_and_not_a_second_credit() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (_, checkout) = world.prompt(asha, 1_000).await;
    for receipt in ["UCE4DEMO01", "UCE4DEMO02", "UCE4DEMO01"] {
        world.post("stk", stk_paid(&checkout, 1_000, receipt)).await;
        world.app.drain().await;
    }
    assert_eq!(world.owed(asha).await, 2_500);
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    let strays = billing::payments::strays::list(&mut tx).await.unwrap();
    assert_eq!(strays.len(), 1);
    assert_eq!(
        (strays[0].provider_reference.as_str(), strays[0].reason),
        ("UCE4DEMO02", Some(StrayReason::RequestDiffers))
    );
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn an_amount_beyond_belief_is_kept_as_unreadable_and_the_money_screens_go_on() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    for receipt in ["UCE4DEMO01", "UCE4DEMO02"] {
        let mut notice = c2b(receipt, 1, &asha.number.stored());
        notice["TransAmount"] = "92233720368547758.07".into();
        assert_eq!(world.post("c2b/confirmation", notice.to_string()).await.0, StatusCode::OK);
    }
    world.app.drain().await;
    let mut tx = world.app.tx::<perm::PaymentRead>(world.app.first).await;
    assert_eq!(billing::payments::figures(&mut tx).await.unwrap().today.minor, 0);
    drop(tx);
    let kept = unreadable(&world).await;
    assert_eq!((kept.count, kept.latest[0].problem.as_deref()), (2, Some("TransAmount is too large")));
    world.finish().await;
}

#[tokio::test]
async fn the_desk_tells_of_reports_that_could_not_be_read() {
    let world = World::start().await;
    assert_eq!(unreadable(&world).await, Unreadable::default());
    for body in ["{}", "not json", "{}"] {
        world.post("stk", body).await;
    }
    let kept = unreadable(&world).await;
    let problems: Vec<_> = kept.latest.iter().filter_map(|row| row.problem.as_deref()).collect();
    assert_eq!((kept.count, problems.len(), problems[1]), (2, 2, "Body is missing"));
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.second).await;
    assert_eq!(billing::payments::strays::unreadable(&mut tx).await.unwrap(), Unreadable::default());
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn a_report_with_a_key_that_no_index_takes_is_stored_once() {
    let world = World::start().await;
    // Letters that do not compress, four bytes each.
    let letters = |from: u32| (0..490).filter_map(|i| char::from_u32(0x20000 + (i * 7919 + from) % 40_000)).collect();
    let (checkout, code): (String, String) = (letters(1), letters(2));
    let report = stk_failed(&checkout, 1032, "no").replace("1032", &format!("\"{code}\""));
    for _ in 0..2 {
        assert_eq!(world.post("stk", report.clone()).await.0, StatusCode::OK);
    }
    world.app.drain().await;
    assert_eq!(world.count("SELECT count(*) FROM payment_callback").await, 1);
    assert_eq!(world.count("SELECT sum(repeats) FROM payment_callback").await, 1);
    assert_eq!(world.text("SELECT outcome FROM payment_callback").await, "unknown_request");
    world.finish().await;
}

#[tokio::test]
async fn a_repetition_of_a_report_that_is_worked_on_for_long_is_accepted() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let notice = c2b("UCE4DEMO01", 100, &asha.number.stored()).to_string();
    world.post("c2b/confirmation", notice.clone()).await;
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("SELECT FROM payment_callback FOR UPDATE").execute(op.conn()).await.unwrap();
    assert_eq!(world.post("c2b/confirmation", notice).await.0, StatusCode::OK);
    drop(op);
    world.app.drain().await;
    assert_eq!(world.owed(asha).await, 3_400);
    world.finish().await;
}
