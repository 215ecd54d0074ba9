//! The Daraja contract: token, prompt, query and callback, by the real client over real sockets.

mod support;

use gateways::payments::daraja::callback::{PhoneHint, StkCallback, compare_phone};
use gateways::payments::{Daraja, DarajaConfig, StkPush, StkRequest, StkState};
use gateways::{GatewayError, Secret};
use serde_json::json;
use support::{World, request, world};

async fn answer(world: &World, checkout_request_id: &str, how: serde_json::Value) {
    let mut form = json!({"checkout_request_id": checkout_request_id});
    form.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    let (status, body) = world.control("/daraja/_control/answer", form).await;
    assert_eq!(status, 200, "{body}");
}

async fn next_callback(world: &World) -> StkCallback {
    let received = world.isp.next().await;
    assert_eq!(received.path, "/stk");
    StkCallback::parse(&received.body).unwrap()
}

#[tokio::test]
async fn a_prompt_is_pending_until_the_pin_pays_it_and_the_callback_tells_the_receipt() {
    let world = world().await;
    let daraja = world.daraja();
    let accepted = daraja.push(&request(2_500)).await.unwrap();
    assert_eq!(daraja.query(&accepted.checkout_request_id).await, Ok(StkState::Pending));

    answer(&world, &accepted.checkout_request_id, json!({"answer": "pin"})).await;
    assert_eq!(daraja.query(&accepted.checkout_request_id).await, Ok(StkState::Paid));

    let callback = next_callback(&world).await;
    assert_eq!(callback.checkout_request_id, accepted.checkout_request_id);
    assert_eq!(callback.merchant_request_id.as_deref(), Some(accepted.merchant_request_id.as_str()));
    let paid = callback.paid.unwrap();
    assert_eq!(paid.amount_minor, 250_000);
    assert_eq!(compare_phone(&paid.phone.unwrap(), "254712000001"), PhoneHint::Same);
    let age = chrono::Utc::now() - paid.paid_at.unwrap();
    assert!(age.num_seconds().abs() < 60, "the time is read in the right zone, {age}");
    // Without registered addresses there is no confirmation.
    assert!(world.isp.is_quiet().await);
}

#[tokio::test]
async fn the_amount_in_a_callback_has_two_decimals_and_the_balance_no_value() {
    let world = world().await;
    let accepted = world.daraja().push(&request(2_500)).await.unwrap();
    answer(&world, &accepted.checkout_request_id, json!({"answer": "pin"})).await;
    let body = String::from_utf8(world.isp.next().await.body.to_vec()).unwrap();
    assert!(body.contains(r#"{"Name":"Amount","Value":2500.00}"#), "{body}");
    assert!(body.contains(r#"{"Name":"Balance"}"#), "{body}");
    assert!(body.contains(r#""ResultCode":0"#), "{body}");
}

#[tokio::test]
async fn a_wrong_pin_a_cancel_a_timeout_and_an_empty_wallet_fail_with_their_codes() {
    let world = world().await;
    let daraja = world.daraja();
    let cases = [
        (json!({"answer": "pin", "pin": "0000"}), "2001"),
        (json!({"answer": "cancel"}), "1032"),
        (json!({"answer": "timeout"}), "1037"),
        (json!({"answer": "insufficient"}), "1"),
    ];
    for (how, code) in cases {
        let accepted = daraja.push(&request(700)).await.unwrap();
        answer(&world, &accepted.checkout_request_id, how).await;
        let callback = next_callback(&world).await;
        assert_eq!((callback.result_code.as_str(), callback.paid.is_none()), (code, true));
        assert!(matches!(callback.state(), StkState::Failed { .. }));
        let state = daraja.query(&accepted.checkout_request_id).await.unwrap();
        assert!(matches!(&state, StkState::Failed { code: told, .. } if told == code), "{state:?}");
    }
}

#[tokio::test]
async fn a_wallet_with_less_than_the_amount_does_not_pay() {
    let world = world().await;
    world.control("/daraja/_control/balance", json!({"phone": "0712000001", "shillings": 699})).await;
    let accepted = world.daraja().push(&request(700)).await.unwrap();
    answer(&world, &accepted.checkout_request_id, json!({"answer": "pin"})).await;
    assert_eq!(next_callback(&world).await.result_code, "1");
}

#[tokio::test]
async fn nobody_answers_and_the_prompt_ends_by_itself() {
    let world = world().await;
    world.set(json!({"prompt_timeout_ms": 50})).await;
    let accepted = world.daraja().push(&request(700)).await.unwrap();
    let callback = next_callback(&world).await;
    assert_eq!((callback.checkout_request_id, callback.result_code.as_str()), (accepted.checkout_request_id, "1037"));
}

#[tokio::test]
async fn automatic_payment_pays_every_prompt() {
    let world = world().await;
    world.set(json!({"auto_pay_after_ms": 10})).await;
    world.daraja().push(&request(900)).await.unwrap();
    assert!(next_callback(&world).await.paid.is_some());
}

#[tokio::test]
async fn a_callback_can_arrive_twice() {
    let world = world().await;
    let accepted = world.daraja().push(&request(700)).await.unwrap();
    answer(&world, &accepted.checkout_request_id, json!({"answer": "pin", "delivery": "twice"})).await;
    let (first, second) = (next_callback(&world).await, next_callback(&world).await);
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_lost_callback_is_told_by_the_query() {
    let world = world().await;
    let daraja = world.daraja();
    let accepted = daraja.push(&request(700)).await.unwrap();
    answer(&world, &accepted.checkout_request_id, json!({"answer": "pin", "delivery": "lost"})).await;
    assert!(world.isp.is_quiet().await);
    assert_eq!(daraja.query(&accepted.checkout_request_id).await, Ok(StkState::Paid));
}

#[tokio::test]
async fn a_late_callback_arrives_after_the_query_has_told() {
    let world = world().await;
    world.set(json!({"late_callback_ms": 1_500})).await;
    let daraja = world.daraja();
    let accepted = daraja.push(&request(700)).await.unwrap();
    answer(&world, &accepted.checkout_request_id, json!({"answer": "pin", "delivery": "late"})).await;
    assert_eq!(daraja.query(&accepted.checkout_request_id).await, Ok(StkState::Paid));
    assert!(world.isp.is_quiet().await);
    assert!(next_callback(&world).await.paid.is_some());
}

#[tokio::test]
async fn a_prompt_is_answered_once() {
    let world = world().await;
    let accepted = world.daraja().push(&request(700)).await.unwrap();
    let form = json!({"checkout_request_id": accepted.checkout_request_id, "answer": "pin"});
    assert_eq!(world.control("/daraja/_control/answer", form.clone()).await.0, 200);
    let (status, body) = world.control("/daraja/_control/answer", form).await;
    assert_eq!((status, body["field"].as_str()), (422, Some("checkout_request_id")));
    assert_eq!(world.get_json("/daraja/_control/payments").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_amount_within_two_minutes_is_refused_with_17() {
    let world = world().await;
    let daraja = world.daraja();
    let first = daraja.push(&request(700)).await.unwrap();
    answer(&world, &first.checkout_request_id, json!({"answer": "pin"})).await;
    assert_eq!(next_callback(&world).await.result_code, "0");
    let second = daraja.push(&request(700)).await.unwrap();
    let callback = next_callback(&world).await;
    assert_eq!((callback.checkout_request_id, callback.result_code.as_str()), (second.checkout_request_id, "17"));

    world.set(json!({"refuse_repeats": false})).await;
    let third = daraja.push(&request(700)).await.unwrap();
    assert_eq!(daraja.query(&third.checkout_request_id).await, Ok(StkState::Pending));
}

#[tokio::test]
async fn a_phone_with_an_open_prompt_takes_no_second_one() {
    let world = world().await;
    let daraja = world.daraja();
    daraja.push(&request(700)).await.unwrap();
    let error = daraja.push(&request(800)).await.unwrap_err();
    assert!(error.may_retry() && error.code() == Some("500.001.1001"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_for_good() {
    let world = world().await;
    let mut config = world.daraja_config();
    config.passkey = Secret::new("not-the-passkey");
    let error = Daraja::new(config).unwrap().push(&request(700)).await.unwrap_err();
    assert!(matches!(&error, GatewayError::Permanent { message, .. } if message == "Wrong credentials"), "{error}");
}

#[tokio::test]
async fn a_short_code_of_another_isp_does_not_exist() {
    let world = world().await;
    let config = DarajaConfig { short_code: "600888".into(), ..world.daraja_config() };
    let error = Daraja::new(config).unwrap().push(&request(700)).await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::Permanent { message, .. } if message == "Merchant does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_keys_are_refused_for_good() {
    let world = world().await;
    let config = DarajaConfig { consumer_secret: Secret::new("wrong"), ..world.daraja_config() };
    let error = Daraja::new(config).unwrap().check_keys().await.unwrap_err();
    assert!(matches!(error, GatewayError::Permanent { .. }), "{error}");
}

#[tokio::test]
async fn an_amount_above_the_limit_is_refused_by_the_provider_too() {
    let world = world().await;
    let config = DarajaConfig { max_shillings: 1_000_000, ..world.daraja_config() };
    let error = Daraja::new(config).unwrap().push(&request(250_001)).await.unwrap_err();
    assert_eq!(error.code(), Some("400.002.02"));
    assert!(error.to_string().contains("Invalid Amount"), "{error}");
}

#[tokio::test]
async fn a_token_that_another_process_replaced_is_renewed_once() {
    let world = world().await;
    let (ours, other) = (world.daraja(), world.daraja());
    ours.check_keys().await.unwrap();
    other.check_keys().await.unwrap();
    ours.push(&request(700)).await.unwrap();
}

#[tokio::test]
async fn many_requests_at_once_share_one_token() {
    let world = world().await;
    world.set(json!({"one_prompt_per_phone": false})).await;
    let daraja = std::sync::Arc::new(world.daraja());
    let mut pushes = Vec::new();
    for number in 0..20 {
        let daraja = std::sync::Arc::clone(&daraja);
        let request = StkRequest { phone: format!("2547120000{number:02}"), ..request(100) };
        pushes.push(tokio::spawn(async move { daraja.push(&request).await }));
    }
    for push in pushes {
        push.await.unwrap().unwrap();
    }
    assert_eq!(world.get_json("/daraja/_control/prompts").await.as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_reply_that_does_not_come_leaves_the_outcome_unknown() {
    // A server that takes the token request and never answers the push.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new()
        .route("/oauth/v1/generate", axum::routing::get(|| async { r#"{"access_token":"t","expires_in":3599}"# }))
        .fallback(|| async { std::future::pending::<&'static str>().await });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = DarajaConfig::pay_bill(format!("http://{address}"), "k", "s", "600777", "p", "http://127.0.0.1:1/cb");
    let http = gateways::http::client_with_timeout(std::time::Duration::from_millis(300)).unwrap();
    let error = Daraja::with_client(config, http).push(&request(700)).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unknown { .. }) && !error.may_retry(), "{error}");
}
