//! Reports and answers that are lost: money is found by the provider's own list, and a report without its prompt finds it
//! only when no other can be meant.

mod support;

use model::billing::PaymentAttemptId;
use model::billing::perm;
use model::billing::stk::{AttemptState, TakePaymentForm};
use simulators::{Business, SimulatorConfig, Simulators};
use support::{PHONE, SHORT_CODE, World, stk_failed, stk_paid};

/// As a server leaves it that was killed between the provider's answer and our writing it down.
async fn lose_the_answer(world: &World, id: PaymentAttemptId) {
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE payment_attempt SET state = 'unknown', checkout_request_id = NULL, merchant_request_id = NULL WHERE id = $1")
        .bind(id.uuid())
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
}

async fn state_of(world: &World, id: PaymentAttemptId) -> AttemptState {
    let mut op = world.app.op(world.app.first).await;
    billing::payments::attempt_in_op(&mut op, id).await.unwrap().state
}

/// Everything that waits for a later moment is due now.
async fn time_passes(world: &World) {
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE job SET run_at = now() WHERE state = 'ready'").execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
}

#[tokio::test]
async fn a_report_of_money_finds_the_one_prompt_whose_answer_was_lost() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (id, checkout) = world.prompt(asha, 3_500).await;
    lose_the_answer(&world, id).await;
    world.post("stk", stk_paid(&checkout, 3_500, "UCE4DEMO01")).await;
    world.app.drain().await;
    assert_eq!(world.owed(asha).await, 0);
    assert_eq!(state_of(&world, id).await, AttemptState::Paid);
    world.finish().await;
}

#[tokio::test]
async fn a_report_of_failure_waits_for_the_answer_to_our_call() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (id, checkout) = world.prompt(asha, 3_500).await;
    lose_the_answer(&world, id).await;
    world.post("stk", stk_failed(&checkout, 1032, "Request cancelled by user")).await;
    world.app.drain().await;
    assert_eq!(state_of(&world, id).await, AttemptState::Unknown);
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE payment_attempt SET state = 'sent', checkout_request_id = $1")
        .bind(checkout)
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    time_passes(&world).await;
    assert_eq!(state_of(&world, id).await, AttemptState::Cancelled);
    world.finish().await;
}

#[tokio::test]
async fn of_two_prompts_without_an_answer_none_is_guessed() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let zawadi = world.subscriber("Zawadi Achieng", PHONE, 1).await;
    for account in [asha, zawadi] {
        let (id, _) = world.prompt(account, 3_500).await;
        lose_the_answer(&world, id).await;
    }
    world.post("stk", stk_paid("ws_CO_elsewhere", 3_500, "UCE4DEMO02")).await;
    world.app.drain().await;
    let mut op = world.app.op(world.app.first).await;
    // It waits for the answers, which may still tell.
    sqlx::query("UPDATE payment_callback SET received_at = received_at - interval '2 minutes'")
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    time_passes(&world).await;
    assert_eq!(world.count("SELECT count(*) FROM payment WHERE state = 'suspense'").await, 1);
    assert_eq!(world.owed(asha).await, 3_500);
    world.finish().await;
}

/// The provider with its own records; its reports go to an address where nobody is.
async fn provider(world: &World) -> Simulators {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let simulators = simulators::start(SimulatorConfig::for_tests()).await.unwrap();
    let business = Business::demo();
    let keys = billing::payments::daraja::DarajaKeys {
        base_url: simulators.daraja_url(),
        consumer_key: business.consumer_key,
        consumer_secret: business.consumer_secret,
        passkey: business.passkey,
        short_code: SHORT_CODE.into(),
    };
    billing::payments::daraja::configure(&world.app.app, world.app.first, keys).await.unwrap();
    billing::payments::daraja::register_pull(&world.app.app, world.app.first, "254722000001").await.unwrap();
    simulators
}

async fn post(url: String, body: serde_json::Value) {
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn money_whose_reports_were_all_lost_is_found_on_the_providers_list_once() {
    let world = World::start_with_the_tenants_own_client().await;
    let simulators = provider(&world).await;
    let asha = world.asha_with_invoice().await;
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.first).await;
    let form = TakePaymentForm { account_id: asha.account, phone: PHONE.into(), amount: "3500".into() };
    let id = billing::payments::prompts::start(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    let answer = serde_json::json!({ "phone": PHONE, "answer": "pin", "delivery": "lost" });
    post(format!("{}/_control/answer", simulators.daraja_url()), answer).await;
    assert_eq!(state_of(&world, id).await, AttemptState::Sent);

    time_passes(&world).await;
    assert_eq!(state_of(&world, id).await, AttemptState::Paid);
    assert_eq!(world.owed(asha).await, 0);
    time_passes(&world).await;
    assert_eq!(world.count("SELECT count(*) FROM payment").await, 1);
    simulators.shutdown().await;
    world.finish().await;
}

#[tokio::test]
async fn what_a_customer_paid_by_themselves_is_on_the_list_too_and_strangers_money_is_a_stray() {
    let world = World::start_with_the_tenants_own_client().await;
    let simulators = provider(&world).await;
    let asha = world.asha_with_invoice().await;
    for (reference, shillings) in [(asha.number.stored(), 3_500), ("NOBODY".to_owned(), 700)] {
        let pay = serde_json::json!({
            "phone": PHONE, "short_code": SHORT_CODE, "reference": reference, "amount_shillings": shillings,
        });
        post(format!("{}/_control/pay", simulators.daraja_url()), pay).await;
    }
    time_passes(&world).await;
    time_passes(&world).await;
    assert_eq!(world.owed(asha).await, 0);
    assert_eq!(world.count("SELECT count(*) FROM payment WHERE state = 'posted'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM payment WHERE state = 'suspense'").await, 1);
    simulators.shutdown().await;
    world.finish().await;
}

#[tokio::test]
async fn new_keys_keep_the_address_that_the_provider_was_given() {
    let world = World::start_with_the_tenants_own_client().await;
    let keys = |short_code: &str| billing::payments::daraja::DarajaKeys {
        base_url: "http://127.0.0.1:1".into(),
        consumer_key: "key".into(),
        consumer_secret: "secret".into(),
        passkey: "pass".into(),
        short_code: short_code.into(),
    };
    let configure = |keys| billing::payments::daraja::configure(&world.app.app, world.app.first, keys);
    let first = configure(keys(SHORT_CODE)).await.unwrap();
    assert_eq!(configure(keys(SHORT_CODE)).await.unwrap(), first);
    assert_eq!(configure(keys("600888")).await.unwrap(), first);
    assert_eq!(world.post("stk", "{}").await.0, axum::http::StatusCode::OK, "and it leads here");
    world.finish().await;
}

#[tokio::test]
async fn a_set_up_that_was_killed_before_its_address_was_known_is_ended_by_the_next() {
    let world = World::start().await;
    let mut sql = world.app.superuser().await;
    sqlx::query("DELETE FROM platform.webhook_path").execute(&mut sql).await.unwrap();
    let keys = billing::payments::daraja::DarajaKeys {
        base_url: "http://127.0.0.1:1".into(),
        consumer_key: "key".into(),
        consumer_secret: "secret".into(),
        passkey: "pass".into(),
        short_code: SHORT_CODE.into(),
    };
    billing::payments::daraja::configure(&world.app.app, world.app.first, keys).await.unwrap();
    assert_eq!(world.post("stk", "{}").await.0, axum::http::StatusCode::OK);
    world.finish().await;
}

/// Reads the provider's list now.
async fn pull(world: &World) {
    let mut op = world.app.op(world.app.first).await;
    op.schedule(&billing::payments::reconcile::PullPayments { again: false }).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
}

/// A provider that grants tokens and whose list holds these rows.
async fn provider_with_list(world: &World, rows: serde_json::Value) {
    use axum::extract::Json;
    use axum::routing::{get, post};
    let _ = rustls::crypto::ring::default_provider().install_default();
    let grant = || async { Json(serde_json::json!({ "access_token": "token", "expires_in": "3599" })) };
    let list = move |Json(asked): Json<serde_json::Value>| async move {
        let rows = if asked["OffSetValue"] == "0" { rows } else { serde_json::json!([[]]) };
        Json(serde_json::json!({ "ResponseCode": "1000", "Response": rows }))
    };
    let routes =
        axum::Router::new().route("/oauth/v1/generate", get(grant)).route("/pulltransactions/v1/query", post(list));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let keys = billing::payments::daraja::DarajaKeys {
        base_url: format!("http://{}", listener.local_addr().unwrap()),
        consumer_key: "key".into(),
        consumer_secret: "secret".into(),
        passkey: "pass".into(),
        short_code: SHORT_CODE.into(),
    };
    tokio::spawn(async move { axum::serve(listener, routes).await });
    billing::payments::daraja::configure(&world.app.app, world.app.first, keys).await.unwrap();
}

#[tokio::test]
async fn a_bad_row_on_the_providers_list_does_not_hide_the_others() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let rows = serde_json::json!([[
        { "transactionId": "UCE4DEMO01", "amount": "0.00", "billreference": asha.number.stored() },
        { "transactionId": "UCE4DEMO02", "amount": "a lot" },
        { "transactionId": "UCE4DEMO03", "amount": "3500.00", "billreference": asha.number.stored() },
    ]]);
    provider_with_list(&world, rows).await;
    pull(&world).await;
    assert_eq!((world.owed(asha).await, world.count("SELECT count(*) FROM payment").await), (0, 1));
    let read = world.count("SELECT count(*) FROM setting WHERE key = 'billing.pulled_until'").await;
    assert_eq!(read, 1, "the next look goes on from here");
    world.finish().await;
}

#[tokio::test]
async fn a_prompt_without_an_answer_is_given_up_after_an_hour() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (old, _) = world.prompt(asha, 3_500).await;
    let (young, _) = world.prompt(asha, 3_499).await;
    for id in [old, young] {
        lose_the_answer(&world, id).await;
    }
    sent_ago(&world, old, 61).await;
    sent_ago(&world, young, 59).await;
    pull(&world).await;
    assert_eq!(state_of(&world, old).await, AttemptState::TimedOut);
    assert_eq!(state_of(&world, young).await, AttemptState::Unknown);
    world.finish().await;
}

async fn sent_ago(world: &World, id: PaymentAttemptId, minutes: i32) {
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE payment_attempt SET sent_at = now() - make_interval(mins => $2) WHERE id = $1")
        .bind(id.uuid())
        .bind(minutes)
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
}

#[tokio::test]
async fn a_prompt_is_not_paid_by_money_that_came_before_it_was_sent() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.post("c2b/confirmation", support::c2b("UCE4DEMO01", 1_000, &asha.number.stored()).to_string()).await;
    world.app.drain().await;
    let (id, _) = world.prompt(asha, 1_000).await;
    lose_the_answer(&world, id).await;
    let rows = serde_json::json!([[
        { "transactionId": "UCE4DEMO01", "amount": "1000.00", "billreference": asha.number.stored() },
    ]]);
    provider_with_list(&world, rows).await;
    pull(&world).await;
    assert_eq!(state_of(&world, id).await, AttemptState::Unknown);
    world.finish().await;
}

#[tokio::test]
async fn a_prompt_from_before_the_list_begins_is_not_paid_by_what_is_on_it() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (id, _) = world.prompt(asha, 1_000).await;
    lose_the_answer(&world, id).await;
    sent_ago(&world, id, 48 * 60).await;
    let rows = serde_json::json!([[
        { "transactionId": "UCE4DEMO01", "amount": "1000.00", "billreference": asha.number.stored() },
    ]]);
    provider_with_list(&world, rows).await;
    pull(&world).await;
    assert_eq!(world.owed(asha).await, 2_500, "the money is the account's all the same");
    assert_eq!(state_of(&world, id).await, AttemptState::TimedOut);
    world.finish().await;
}
