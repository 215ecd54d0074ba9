//! What comes in: stored once, understood or kept for a person.

mod common;

use axum::http::StatusCode;
use common::*;
use comms::inbox;
use model::comms::notices::{InboundRow, InboundState, MessageFilter, ReplyForm};
use model::comms::{MessageId, perm};
use model::crm::partners::PartnerForm;
use model::identity::TenantId;
use model::{AppError, Lang};

const CARETAKER: &str = "254722000111";

async fn inbox_of(world: &World, tenant: TenantId) -> Vec<InboundRow> {
    let mut tx = world.app.tx::<perm::MessageRead>(tenant).await;
    inbox::list(&mut tx, &MessageFilter::default(), true).await.unwrap().rows
}

async fn partner(world: &World) {
    let mut op = world.app.op(world.app.first).await;
    let form = PartnerForm {
        name: "Juma Caretaker".into(),
        phone: CARETAKER.into(),
        commission_kind: "flat".into(),
        commission: "500".into(),
        ..Default::default()
    };
    crm::partners::create_in_op(&mut op, form.parse().unwrap()).await.unwrap();
    op.commit().await.unwrap();
}

#[tokio::test]
async fn a_partners_message_becomes_one_lead_and_is_answered_with_what_was_understood() {
    let world = World::start().await;
    partner(&world).await;
    let body = whatsapp_text("wamid.1", CARETAKER, "Jane Wanjiru 0712345678 Jacaranda Court B12");
    for _ in 0..3 {
        assert_eq!(world.whatsapp(&body).await, StatusCode::OK);
    }
    world.app.drain().await;
    assert_eq!(world.whatsapp(&body).await, StatusCode::OK);
    world.app.drain().await;
    let rows = inbox_of(&world, world.app.first).await;
    assert_eq!((rows.len(), rows[0].state), (1, InboundState::Lead));
    assert!(rows[0].lead_id.is_some());
    let sent = world.phones.whatsapp.lock().unwrap().clone();
    assert_eq!((sent.len(), sent[0].to.as_str()), (1, CARETAKER));
    assert!(sent[0].body.contains("Jane Wanjiru, 0712 345 678, Jacaranda Court"), "{}", sent[0].body);
    assert!(inbox_of(&world, world.app.second).await.is_empty());
    world.app.finish().await;
}

#[tokio::test]
async fn a_keyword_makes_a_lead_of_anybodys_sms_and_is_answered_in_its_language() {
    let world = World::start().await;
    assert_eq!(world.sms("1", "+254733000222", "MTEJA Peter Otieno 0723456789").await, StatusCode::OK);
    world.app.drain().await;
    let texts = world.phones.texts();
    assert!(texts[0].starts_with("Asante! Mteja L"), "{texts:?}");
    assert!(texts[0].contains("Tafadhali tuma pia: jengo, nyumba."), "{texts:?}");
    // The same person again is no second lead.
    assert_eq!(world.sms("2", "+254733000222", "LEAD Peter 0723456789").await, StatusCode::OK);
    world.app.drain().await;
    assert!(world.phones.texts()[1].starts_with("Thank you. We know this customer already"));
    let rows = inbox_of(&world, world.app.first).await;
    assert_eq!(rows[0].lead_id, rows[1].lead_id);
    world.app.finish().await;
}

#[tokio::test]
async fn a_subscribers_question_waits_in_the_inbox_under_their_name() {
    let world = World::start().await;
    world.pending("Asha Wanjiru", PHONE, Lang::En).await;
    assert_eq!(world.sms("1", PHONE, "My internet is slow").await, StatusCode::OK);
    partner(&world).await;
    assert_eq!(world.sms("2", CARETAKER, "Good morning").await, StatusCode::OK);
    world.app.drain().await;
    assert!(world.phones.texts().is_empty(), "small talk is not answered by a machine");
    let rows = inbox_of(&world, world.app.first).await;
    assert!(rows.iter().all(|row| row.state == InboundState::Inbox));
    assert_eq!(rows[1].subscriber.as_deref(), Some("Asha Wanjiru"));

    let form = ReplyForm { id: rows[1].id, text: "We are looking into it".into() };
    for tenant in [world.app.first, world.app.first] {
        let mut tx = world.app.tx::<perm::MessageSend>(tenant).await;
        inbox::reply(&mut tx, form.clone()).await.unwrap();
        tx.commit().await.unwrap();
    }
    world.app.drain().await;
    assert_eq!(world.phones.texts(), ["We are looking into it"]);
    assert_eq!(inbox_of(&world, world.app.first).await[1].state, InboundState::Handled);
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.second).await;
    assert_eq!(inbox::reply(&mut tx, form.clone()).await, Err(AppError::NotFound));
    assert_eq!(inbox::handled(&mut tx, rows[0].id).await, Err(AppError::NotFound));
    drop(tx);
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.first).await;
    let missing = ReplyForm { id: MessageId::new(), text: "x".into() };
    assert_eq!(inbox::reply(&mut tx, missing).await, Err(AppError::NotFound));
    let empty = ReplyForm { id: rows[0].id, text: " ".into() };
    assert!(inbox::reply(&mut tx, empty).await.unwrap_err().fields().unwrap().of("text").is_some());
    inbox::handled(&mut tx, rows[0].id).await.unwrap();
    inbox::handled(&mut tx, rows[0].id).await.unwrap();
    tx.commit().await.unwrap();
    world.app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_once_and_never_our_fault() {
    let world = World::start().await;
    for body in [
        &b"nonsense"[..],
        b"{}",
        b"{\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{\"messages\":[{}]}}]}]}",
    ] {
        let signature = gateways::whatsapp::sign(&APP_SECRET.into(), body);
        for _ in 0..2 {
            let (status, _) =
                world.post("/hooks/whatsapp/first-whatsapp", &[("x-hub-signature-256", &signature)], body).await;
            assert_eq!(status, StatusCode::OK);
        }
    }
    for body in [&b""[..], b"id=1", b"\xff\x00\xfe", b"id=1&from=2", &vec![b'a'; 100_000]] {
        let (status, said) = world.post("/hooks/sms/first-sms", &[], body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
        assert!(said.starts_with("The message cannot be read: "), "{said}");
    }
    assert_eq!(world.post("/hooks/sms/first-sms/delivery", &[], b"id=1").await.0, StatusCode::BAD_REQUEST);
    world.app.drain().await;
    let rows = inbox_of(&world, world.app.first).await;
    // Of the SMS bodies `id=1` came to both doors.
    assert_eq!((rows.len(), rows.iter().all(|row| row.state == InboundState::Unreadable)), (8, true));
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.first).await;
    let answer = ReplyForm { id: rows[0].id, text: "x".into() };
    assert!(matches!(inbox::reply(&mut tx, answer).await, Err(AppError::Conflict(_))));
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn one_message_that_cannot_be_read_takes_no_other_of_its_post_with_it() {
    let world = World::start().await;
    let whole: serde_json::Value =
        serde_json::from_str(&whatsapp_text("wamid.9", CARETAKER, "Ning'we ya leo")).unwrap();
    let mut batch = whole.clone();
    let messages = batch.pointer_mut("/entry/0/changes/0/value/messages").unwrap().as_array_mut().unwrap();
    messages.insert(0, serde_json::json!({ "type": "text", "padding": "x".repeat(20_000) }));
    for _ in 0..2 {
        assert_eq!(world.whatsapp(&batch.to_string()).await, StatusCode::OK);
    }
    world.app.drain().await;
    let rows = inbox_of(&world, world.app.first).await;
    let unreadable = rows.iter().filter(|row| row.state == InboundState::Unreadable).count();
    assert_eq!((rows.len(), unreadable), (2, 1));
    let mut op = world.app.op(world.app.first).await;
    let kept: String = sqlx::query_scalar("SELECT body FROM inbound_message WHERE state = 'unreadable'")
        .fetch_one(op.conn())
        .await
        .unwrap();
    assert_eq!(kept, batch.to_string(), "the post is kept whole");
    drop(op);
    world.app.finish().await;
}

#[tokio::test]
async fn strangers_at_the_doors_are_turned_away() {
    let world = World::start().await;
    let body = whatsapp_text("wamid.1", CARETAKER, "hello");
    let good = gateways::whatsapp::sign(&APP_SECRET.into(), body.as_bytes());
    let unknown = world.post("/hooks/whatsapp/guess", &[("x-hub-signature-256", &good)], body.as_bytes()).await.0;
    assert_eq!(unknown, StatusCode::NOT_FOUND);
    for signature in ["", "sha256=00", &gateways::whatsapp::sign(&"other".into(), body.as_bytes())] {
        let status = world
            .post("/hooks/whatsapp/first-whatsapp", &[("x-hub-signature-256", signature)], body.as_bytes())
            .await
            .0;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{signature}");
    }
    assert_eq!(world.post("/hooks/sms/first-whatsapp", &[], b"id=1&from=2&text=x").await.0, StatusCode::NOT_FOUND);
    assert!(inbox_of(&world, world.app.first).await.is_empty());
    let ask = async |token: &str| {
        let path =
            format!("/hooks/whatsapp/first-whatsapp?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=11585");
        world.call("GET", &path, &[], b"").await
    };
    assert_eq!(ask("verify-demo").await, (StatusCode::OK, "11585".into()));
    assert_eq!(ask("guess").await.0, StatusCode::FORBIDDEN);
    world.app.finish().await;
}

#[tokio::test]
async fn a_whatsapp_status_finds_a_message_whose_answer_was_lost() {
    let world = World::start().await;
    world.phones.refusals.lock().unwrap().push_back(gateways::GatewayError::unknown("WhatsApp", "no answer"));
    assert_eq!(world.whatsapp(&whatsapp_text("wamid.1", CARETAKER, "LEAD help")).await, StatusCode::OK);
    world.app.drain().await;
    let message = world.messages(world.app.first).await.remove(0);
    assert_eq!(message.state.code(), "unknown");
    let status = |status: &str| {
        serde_json::json!({"entry": [{"changes": [{"field": "messages", "value": {"statuses": [
            {"id": "wamid.out9", "status": status, "biz_opaque_callback_data": message.id.to_string()}]}}]}]})
        .to_string()
    };
    for word in ["delivered", "sent", "dancing"] {
        assert_eq!(world.whatsapp(&status(word)).await, StatusCode::OK);
    }
    assert_eq!(world.messages(world.app.first).await[0].state.code(), "delivered");
    world.app.finish().await;
}
