//! What goes out: once, or known to be unknown.

mod common;

use common::*;
use comms::notices::{self, Notice};
use gateways::GatewayError;
use model::comms::notices::{DeliveryState, NoticeKind};
use model::comms::{MessageId, perm};
use model::identity::links::{LinkPurpose, LinkWay};
use model::{AppError, Lang};

fn state(rows: &[model::comms::notices::MessageRow], id: MessageId) -> DeliveryState {
    rows.iter().find(|row| row.id == id).unwrap().state
}

#[tokio::test]
async fn a_notice_goes_out_once_however_often_it_is_asked_for() {
    let world = World::start().await;
    let id = world.send("receipt:1").await;
    assert_eq!(world.send("receipt:1").await, id);
    world.app.drain().await;
    assert_eq!(world.send("receipt:1").await, id);
    world.app.drain().await;
    let sms = world.phones.sms.lock().unwrap().clone();
    assert_eq!((sms.len(), sms[0].to.as_str(), sms[0].text.as_str()), (1, "+254712000001", "Asante"));
    let rows = world.messages(world.app.first).await;
    assert_eq!((rows.len(), rows[0].state, rows[0].parts), (1, DeliveryState::Sent, Some(1)));
    assert!(world.messages(world.app.second).await.is_empty());
    world.app.finish().await;
}

#[tokio::test]
async fn a_recipient_who_cannot_be_reached_and_an_empty_text_are_refused() {
    let world = World::start().await;
    let mut op = world.app.op(world.app.first).await;
    let notice = |to: &str, text: &str| Notice::sms(NoticeKind::Reply, to, Lang::En, text.into(), "x");
    for (to, text, field) in [("12", "Hi", "to"), ("0712000001", " ", "text")] {
        let error = notices::send_in_op(&mut op, notice(to, text)).await.unwrap_err();
        assert!(error.fields().unwrap().of(field).is_some(), "{error:?}");
    }
    drop(op);
    world.app.finish().await;
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let world = World::start().await;
    let busy = GatewayError::transient("SMS", "501", "GatewayError");
    world.phones.refusals.lock().unwrap().push_back(busy);
    let id = world.send("a").await;
    world.app.drain().await;
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Queued);
    // The second try is due in a second of real time.
    tokio::time::sleep(std::time::Duration::from_millis(1400)).await;
    world.app.drain().await;
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Sent);

    world.phones.refusals.lock().unwrap().push_back(GatewayError::permanent("SMS", "406", "UserInBlacklist"));
    let refused = world.send("b").await;
    world.app.drain().await;
    let rows = world.messages(world.app.first).await;
    assert_eq!(state(&rows, refused), DeliveryState::Failed);
    assert!(rows[0].error.as_ref().unwrap().contains("UserInBlacklist"));
    world.app.finish().await;
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_is_not_sent_again_by_itself() {
    let world = World::start().await;
    world.phones.refusals.lock().unwrap().push_back(GatewayError::unknown("SMS", "it did not answer in time"));
    let id = world.send("a").await;
    world.app.drain().await;
    world.app.drain().await;
    assert_eq!(world.phones.sms.lock().unwrap().len(), 1);
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Unknown);
    // A person has looked and sends it again, once.
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.first).await;
    notices::resend(&mut tx, id).await.unwrap();
    notices::resend(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(world.phones.sms.lock().unwrap().len(), 2);
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.first).await;
    assert!(matches!(notices::resend(&mut tx, id).await, Err(AppError::Conflict(_))), "it went out");
    assert_eq!(notices::resend(&mut tx, MessageId::new()).await, Err(AppError::NotFound));
    drop(tx);
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.second).await;
    assert_eq!(notices::resend(&mut tx, id).await, Err(AppError::NotFound));
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_crash_while_sending_leaves_a_message_of_unknown_outcome() {
    let world = World::start().await;
    let id = world.send("a").await;
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE message SET attempted_at = now() WHERE id = $1")
        .bind(id.uuid())
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
    assert!(world.phones.sms.lock().unwrap().is_empty());
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Unknown);
    world.app.finish().await;
}

#[tokio::test]
async fn delivery_reports_count_forward_only_and_a_report_that_is_too_early_waits() {
    let world = World::start().await;
    let report = async |status: &str| {
        let body = format!("id=ATXid_1&status={status}&phoneNumber=%2B254712000001");
        world.post("/hooks/sms/first-sms/delivery", &[], body.as_bytes()).await.0.as_u16()
    };
    // Quicker than our own note of the id.
    assert_eq!(report("Success").await, 200);
    world.app.drain().await;
    let id = world.send("a").await;
    world.app.drain().await;
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Sent);
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    world.app.drain().await;
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Delivered);
    for late in ["Sent", "Failed", "Success", "Teleported"] {
        assert_eq!(report(late).await, 200);
    }
    assert_eq!(state(&world.messages(world.app.first).await, id), DeliveryState::Delivered);
    world.app.finish().await;
}

#[tokio::test]
async fn a_notice_that_can_wait_is_silent_at_night_and_a_receipt_is_not() {
    let world = World::start().await;
    let mut op = world.app.op(world.app.first).await;
    // It is nine in the morning in Nairobi.
    sqlx::query(
        "INSERT INTO setting (tenant_id, key, value) VALUES ($1, 'comms.quiet_hours', '{\"from\": 8, \"until\": 10}')",
    )
    .bind(op.tenant().uuid())
    .execute(op.conn())
    .await
    .unwrap();
    let reminder = Notice::sms(NoticeKind::Reminder, PHONE, Lang::En, "Pay soon".into(), "r");
    notices::send_in_op(&mut op, reminder).await.unwrap();
    op.commit().await.unwrap();
    world.send("receipt").await;
    world.app.drain().await;
    assert_eq!(world.phones.texts(), ["Asante"]);
    world.app.finish().await;
}

#[tokio::test]
async fn a_link_goes_the_way_that_was_asked_for_and_its_text_is_forgotten_once_it_is_out() {
    let world = World::start().await;
    world.subscriber("Mama Njeri", PHONE, Lang::En).await;
    let mut op = world.app.op(world.app.first).await;
    let login: uuid::Uuid = sqlx::query_scalar("UPDATE login SET email = 'njeri@kilele.example' RETURNING id")
        .fetch_one(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    for way in [LinkWay::Email, LinkWay::Phone] {
        let mut op = world.app.op(world.app.first).await;
        identity::links::issue_in_op(&mut op, login.into(), LinkPurpose::Reset, way).await.unwrap();
        op.commit().await.unwrap();
        world.app.drain().await;
    }
    let mut op = world.app.op(world.app.first).await;
    let stored: Vec<(uuid::Uuid, String, String)> =
        sqlx::query_as("SELECT id, channel, body FROM message WHERE kind = 'password_reset' ORDER BY id")
            .fetch_all(op.conn())
            .await
            .unwrap();
    drop(op);
    assert_eq!(stored.iter().map(|m| m.1.as_str()).collect::<Vec<_>>(), ["email", "sms"]);
    let said = world.phones.sms.lock().unwrap().last().map(|sms| sms.text.clone()).unwrap();
    assert!(said.contains("token="), "{said}");
    assert_eq!(stored[1].2, "•••", "the link can be read by whoever reads the table");
    // A report that it was refused after all does not bring the text back.
    let id = MessageId::from_uuid(stored[1].0);
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE message SET state = 'failed'").execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::MessageSend>(world.app.first).await;
    assert!(matches!(notices::resend(&mut tx, id).await, Err(AppError::Conflict(_))));
    drop(tx);
    world.app.finish().await;
}
