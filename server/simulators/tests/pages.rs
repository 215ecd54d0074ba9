//! The pages for people: they work as plain forms, escape everything and never break on bad input.

mod support;

use gateways::payments::daraja::callback::StkCallback;
use gateways::payments::{StkPush, StkRequest};
use serde_json::json;
use support::{request, world};

#[tokio::test]
async fn a_person_pays_a_prompt_on_the_phone_page() {
    let world = world().await;
    let accepted = world.daraja().push(&request(2_500)).await.unwrap();
    let (_, page) = world.get("/daraja/phone/254712000001").await;
    for shown in ["Kilele Fibre", "FBR10021", "KSh\u{a0}2,500", "name=\"pin\""] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let id = accepted.checkout_request_id.as_str();
    let path = "/daraja/phone/254712000001/answer";
    let (status, page) = world.post_form(path, &[("checkout_request_id", id), ("action", "pin"), ("pin", "")]).await;
    assert!(status == 422 && page.contains("Enter the PIN first"), "{page}");
    let (status, _) = world.post_form(path, &[("checkout_request_id", id), ("action", "pin"), ("pin", "1234")]).await;
    assert_eq!(status, 303);
    assert!(StkCallback::parse(&world.isp.next().await.body).unwrap().paid.is_some());
    let (_, page) = world.get("/daraja/phone/254712000001").await;
    assert!(page.contains("Paid") && page.contains("KSh\u{a0}47,500"), "{page}");
    let (status, page) =
        world.post_form(path, &[("checkout_request_id", id), ("action", "pin"), ("pin", "1234")]).await;
    assert!(status == 422 && page.contains("has ended already"), "{page}");
}

#[tokio::test]
async fn a_prompt_of_another_phone_cannot_be_answered_here() {
    let world = world().await;
    let accepted = world.daraja().push(&StkRequest { phone: "254712000002".into(), ..request(100) }).await.unwrap();
    let id = accepted.checkout_request_id.as_str();
    let fields = [("checkout_request_id", id), ("action", "pin"), ("pin", "1234")];
    world.post_form("/daraja/phone/254712000001/answer", &fields).await;
    assert_eq!(world.get_json("/daraja/_control/payments").await, json!([]));
}

#[tokio::test]
async fn a_person_pays_a_pay_bill_number() {
    let world = world().await;
    let path = "/daraja/phone/254712000001/pay";
    let fields = [("short_code", "600777"), ("reference", "FBR10021"), ("amount", "1,500"), ("pin", "1234")];
    assert_eq!(world.post_form(path, &fields).await.0, 303);
    let payments = world.get_json("/daraja/_control/payments").await;
    assert_eq!((&payments[0]["amount_shillings"], &payments[0]["business"]), (&json!(1_500), &json!("Kilele Fibre")));
    for (change, told) in [
        (("pin", "9"), "Wrong PIN"),
        (("amount", "1.5"), "whole number"),
        (("short_code", "1"), "no business"),
        (("amount", "-5"), "between 1"),
    ] {
        let fields: Vec<_> = fields.iter().map(|field| if field.0 == change.0 { change } else { *field }).collect();
        let (status, page) = world.post_form(path, &fields).await;
        assert!(status == 422 && page.contains(told), "{told}: {page}");
    }
}

#[tokio::test]
async fn a_person_writes_a_message_and_a_wrong_number_is_named() {
    let world = world().await;
    world.control("/_control/webhooks", json!({"sms_incoming": world.isp.url("/sms-in")})).await;
    let fields =
        [("phone", "0712 000 001"), ("channel", "sms"), ("isp", "600777"), ("text", "<script>alert(1)</script>")];
    assert_eq!(world.post_form("/messages", &fields).await.0, 303);
    assert_eq!(world.isp.next().await.path, "/sms-in");
    let (_, page) = world.get("/messages?phone=254712000001&channel=sms&isp=600777").await;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
    let fields = [("phone", "\"><b>"), ("channel", "sms"), ("isp", "600777"), ("text", "kept text")];
    let (status, page) = world.post_form("/messages", &fields).await;
    assert!(status == 422 && page.contains("Your number is not") && page.contains("kept text"), "{page}");
    assert!(!page.contains("\"><b>"));
}

#[tokio::test]
async fn every_page_opens_empty() {
    let world = world().await;
    for path in [
        "/",
        "/outbox",
        "/messages",
        "/daraja/phone",
        "/daraja/phone/254712000001",
        "/simulators.css",
        "/simulators.js",
    ] {
        assert_eq!(world.get(path).await.0, 200, "{path}");
    }
    assert_eq!(world.get("/daraja/phone/nonsense").await.0, 404);
    assert_eq!(world.get("/daraja/phone?number=%3Cb%3E").await.0, 422);
}

#[tokio::test]
async fn bad_json_and_unknown_settings_change_nothing() {
    let world = world().await;
    assert_eq!(world.control("/_control/settings", json!({"speed": 1})).await.1["field"], "speed");
    assert_eq!(world.control("/_control/settings", json!({"callback_delay_ms": "soon"})).await.0, 422);
    assert_eq!(world.control("/_control/settings", json!([])).await.0, 422);
    assert_eq!(world.control("/daraja/_control/answer", json!({"answer": "sing"})).await.1["field"], "answer");
    assert_eq!(
        world.control("/daraja/_control/answer", json!({"answer": "pin", "phone": "1"})).await.1["field"],
        "phone"
    );
}

#[tokio::test]
async fn the_simulators_stop_and_free_their_ports() {
    let simulators = simulators::start(simulators::SimulatorConfig::for_tests()).await.unwrap();
    let (http, smtp) = (simulators.http_addr, simulators.smtp_addr);
    simulators.shutdown().await;
    tokio::net::TcpListener::bind(http).await.unwrap();
    tokio::net::TcpListener::bind(smtp).await.unwrap();
}
