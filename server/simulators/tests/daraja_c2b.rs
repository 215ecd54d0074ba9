//! The Daraja contract: payments that customers start, confirmations, transaction status and pull.

mod support;

use gateways::GatewayError;
use gateways::payments::daraja::callback::{
    C2bNotice, C2bRefusal, PhoneHint, StkCallback, accept_validation, compare_phone, refuse_validation,
};
use gateways::payments::daraja::{
    AsyncResult, C2bUrls, C2bVersion, Initiator, PulledPage, TransactionStatusRequest, UnansweredValidation,
};
use gateways::payments::{Daraja, DarajaConfig, StkPush};
use serde_json::{Value, json};
use support::{World, request, world};

fn urls(world: &World, unanswered: UnansweredValidation) -> C2bUrls {
    C2bUrls {
        confirmation_url: world.isp.url("/c2b/confirm"),
        validation_url: world.isp.url("/c2b/validate"),
        unanswered,
    }
}

async fn registered() -> World {
    let world = world().await;
    world.daraja().register_c2b_urls(&urls(&world, UnansweredValidation::Completed)).await.unwrap();
    world
}

async fn next_notice(world: &World, path: &str) -> C2bNotice {
    let received = world.isp.next().await;
    assert_eq!(received.path, path);
    C2bNotice::parse(&received.body).unwrap()
}

fn payment(amount: i64) -> Value {
    json!({"phone": "0712000001", "short_code": "600777", "reference": "fbr 10021", "amount_shillings": amount})
}

#[tokio::test]
async fn a_prompt_paid_to_a_registered_short_code_is_reported_twice_with_one_receipt() {
    let world = registered().await;
    let accepted = world.daraja().push(&request(2_500)).await.unwrap();
    let form = json!({"checkout_request_id": accepted.checkout_request_id, "answer": "pin"});
    world.control("/daraja/_control/answer", form).await;
    let callback = StkCallback::parse(&world.isp.next().await.body).unwrap();
    let notice = next_notice(&world, "/c2b/confirm").await;
    assert_eq!(callback.paid.unwrap().receipt, notice.receipt);
    assert_eq!((notice.amount_minor, notice.bill_reference.as_deref()), (250_000, Some("FBR10021")));
    assert_eq!(compare_phone(notice.phone.as_deref().unwrap(), "254712000001"), PhoneHint::MayBeSame);
}

#[tokio::test]
async fn the_confirmation_can_arrive_before_the_callback() {
    let world = registered().await;
    world.daraja().push(&request(2_500)).await.unwrap();
    let form = json!({"phone": "0712000001", "answer": "pin", "delivery": "confirmation_first"});
    world.control("/daraja/_control/answer", form).await;
    next_notice(&world, "/c2b/confirm").await;
    assert_eq!(world.isp.next().await.path, "/stk");
}

#[tokio::test]
async fn a_customer_pays_by_hand_and_the_reference_arrives_as_typed() {
    let world = registered().await;
    let (status, paid) = world.control("/daraja/_control/pay", payment(1_500)).await;
    assert_eq!(status, 200, "{paid}");
    let notice = next_notice(&world, "/c2b/confirm").await;
    assert_eq!(notice.receipt, paid["receipt"].as_str().unwrap());
    assert_eq!(notice.bill_reference.as_deref(), Some("fbr 10021"));
    assert_eq!(notice.org_balance_minor, Some(150_000));
}

#[tokio::test]
async fn version_one_hashes_the_number() {
    let world = world().await;
    let config = DarajaConfig { c2b_version: C2bVersion::V1, ..world.daraja_config() };
    let daraja = Daraja::new(config).unwrap();
    daraja.register_c2b_urls(&urls(&world, UnansweredValidation::Completed)).await.unwrap();
    world.control("/daraja/_control/pay", payment(10)).await;
    let phone = next_notice(&world, "/c2b/confirm").await.phone.unwrap();
    assert_eq!(compare_phone(&phone, "254712000001"), PhoneHint::Same);
    assert_eq!(phone.len(), 64);
}

#[tokio::test]
async fn validation_is_asked_first_and_its_id_comes_back_in_the_confirmation() {
    let world = registered().await;
    world.set(json!({"external_validation": true})).await;
    world.isp.answer_next(200, accept_validation(Some("val-7781")));
    assert_eq!(world.control("/daraja/_control/pay", payment(10)).await.0, 200);
    let asked = next_notice(&world, "/c2b/validate").await;
    let confirmed = next_notice(&world, "/c2b/confirm").await;
    assert_eq!(asked.receipt, confirmed.receipt);
    assert_eq!((asked.org_balance_minor, confirmed.third_party_id.as_deref()), (None, Some("val-7781")));
}

#[tokio::test]
async fn a_refused_validation_moves_no_money() {
    let world = registered().await;
    world.set(json!({"external_validation": true})).await;
    world.isp.answer_next(200, refuse_validation(C2bRefusal::InvalidAccount));
    assert_eq!(world.control("/daraja/_control/pay", payment(10)).await.0, 409);
    next_notice(&world, "/c2b/validate").await;
    assert!(world.isp.is_quiet().await);
    assert_eq!(world.get_json("/daraja/_control/payments").await, json!([]));
}

#[tokio::test]
async fn an_unanswered_validation_applies_the_registered_default() {
    for (unanswered, status) in [(UnansweredValidation::Completed, 200), (UnansweredValidation::Cancelled, 409)] {
        let world = world().await;
        world.daraja().register_c2b_urls(&urls(&world, unanswered)).await.unwrap();
        world.set(json!({"external_validation": true})).await;
        world.isp.answer_next(500, json!("broken"));
        assert_eq!(world.control("/daraja/_control/pay", payment(10)).await.0, status, "{unanswered:?}");
    }
}

#[tokio::test]
async fn a_second_registration_is_refused_where_production_refuses_it() {
    let world = registered().await;
    world.set(json!({"register_once": true})).await;
    let error = world.daraja().register_c2b_urls(&urls(&world, UnansweredValidation::Completed)).await.unwrap_err();
    assert!(matches!(&error, GatewayError::Permanent { code, .. } if code == "500.003.1001"), "{error}");
}

#[tokio::test]
async fn an_address_with_a_forbidden_word_is_refused_by_name() {
    let world = world().await;
    let urls =
        C2bUrls { confirmation_url: world.isp.url("/mpesa/confirm"), ..urls(&world, UnansweredValidation::Completed) };
    let error = world.daraja().register_c2b_urls(&urls).await.unwrap_err();
    assert!(error.to_string().contains("Invalid ConfirmationURL"), "{error}");
}

#[tokio::test]
async fn a_receipt_can_be_asked_about() {
    let world = world().await;
    let config = DarajaConfig {
        initiator: Some(Initiator { name: "apiop01".into(), security_credential: "demo-credential".into() }),
        ..world.daraja_config()
    };
    let daraja = Daraja::new(config).unwrap();
    let (_, paid) = world.control("/daraja/_control/pay", payment(1_500)).await;
    let ask = |receipt: &str| TransactionStatusRequest {
        receipt: receipt.into(),
        result_url: world.isp.url("/status"),
        timeout_url: world.isp.url("/timeout"),
        remarks: "recon".into(),
    };
    let receipt = paid["receipt"].as_str().unwrap();
    let conversation = daraja.ask_transaction_status(&ask(receipt)).await.unwrap();
    let result = AsyncResult::parse(&world.isp.next().await.body).unwrap();
    assert_eq!((result.conversation_id.as_str(), result.receipt()), (conversation.as_str(), Some(receipt)));
    assert_eq!((result.is_completed(), result.amount_minor()), (true, Ok(Some(150_000))));

    daraja.ask_transaction_status(&ask("UKL0000000")).await.unwrap();
    let result = AsyncResult::parse(&world.isp.next().await.body).unwrap();
    assert_eq!((result.result_code.as_str(), result.is_completed()), ("R000002", false));
}

#[tokio::test]
async fn payments_without_any_callback_are_pulled() {
    let world = world().await;
    let daraja = world.daraja();
    let (from, to) =
        (chrono::Utc::now() - chrono::TimeDelta::hours(2), chrono::Utc::now() + chrono::TimeDelta::minutes(1));
    assert!(daraja.pull(from, to, 0).await.is_err(), "pull needs a registration");
    daraja.register_pull("0722000001", &world.isp.url("/pull")).await.unwrap();
    daraja.register_pull("0722000001", &world.isp.url("/pull")).await.unwrap();
    assert_eq!(daraja.pull(from, to, 0).await, Ok(PulledPage::default()));

    let (_, paid) = world.control("/daraja/_control/pay", payment(1_500)).await;
    let rows = daraja.pull(from, to, 0).await.unwrap().transactions;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].receipt.as_str(), rows[0].amount_minor), (paid["receipt"].as_str().unwrap(), 150_000));
    assert_eq!(daraja.pull(from, to, 1).await, Ok(PulledPage::default()));
}
