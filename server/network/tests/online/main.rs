//! End to end on a real FreeRADIUS: activated, dialled, locked, walled by CoA, paid, unlocked, and the payment's clock
//! stopped by the router's answer; and the same through a Disconnect for a router that cannot change a session.

#[path = "../common/mod.rs"]
mod common;
mod double;
mod outages;
mod stack;

use gateways::radius::attribute as attr;
use gateways::radius::das::DynAuthKind;
use gateways::radius::{AcctStatus, Attribute};
use model::network::activation::ActivationState;
use model::network::perm;
use network::radius::WALLED_LIST;
use network::sessions;
use stack::{Mood, Stack};

#[tokio::test]
async fn an_activated_subscriber_dials_is_walled_pays_and_is_online_by_a_change_of_authorization() {
    let stack = Stack::start(Mood::Obeys).await;
    assert_eq!(stack.activation_state().await, ActivationState::Ready);
    let answer = stack.router.dial(&stack.password).await;
    let text = |kind| answer.get_vendor(attr::MIKROTIK, kind).and_then(Attribute::as_text);
    assert_eq!(text(attr::MIKROTIK_RATE_LIMIT), Some("5M/20M"));
    assert_eq!(answer.get(attr::FRAMED_IP_ADDRESS).and_then(Attribute::as_address).unwrap().to_string(), "100.64.0.1");
    stack.router.report(AcctStatus::Start, "81000001").await;
    stack.until(ActivationState::Online, Stack::activation_state).await;

    stack.lock().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa]);
    assert_eq!(stack.router.last_list().as_deref(), Some(WALLED_LIST));

    let payment = stack.pay().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa, DynAuthKind::Coa]);
    assert_eq!(stack.router.last_list().as_deref(), Some("active"));
    let (outcome, method, ms) = stack.timeline(payment).await;
    assert_eq!((outcome.as_deref(), method.as_deref()), (Some("online"), Some("coa")));
    assert!((0..5_000).contains(&ms.unwrap()), "payment to online took {ms:?} ms");
    stack.finish().await;
}

#[tokio::test]
async fn a_router_that_cannot_change_a_session_is_told_to_end_it_and_the_next_session_stops_the_clock() {
    let stack = Stack::start(Mood::CannotChange).await;
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000001").await;
    stack.until(ActivationState::Online, Stack::activation_state).await;
    stack.lock().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa, DynAuthKind::Disconnect]);
    stack.router.report(AcctStatus::Stop, "81000001").await;
    let walled = stack.router.dial(&stack.password).await;
    let list = walled.get_vendor(attr::MIKROTIK, attr::MIKROTIK_ADDRESS_LIST).and_then(Attribute::as_text);
    assert_eq!(list, Some(WALLED_LIST));
    stack.router.report(AcctStatus::Start, "81000002").await;

    let payment = stack.pay().await;
    assert_eq!(stack.timeline(payment).await.0, None, "the device has not dialled again yet");
    stack.router.report(AcctStatus::Stop, "81000002").await;
    let open = stack.router.dial(&stack.password).await;
    assert!(open.get_vendor(attr::MIKROTIK, attr::MIKROTIK_ADDRESS_LIST).is_none());
    stack.router.report(AcctStatus::Start, "81000003").await;
    let done = (Some("online".to_owned()), Some("disconnect".to_owned()));
    stack
        .until(done, async |stack| {
            let (outcome, method, _) = stack.timeline(payment).await;
            (outcome, method)
        })
        .await;
    stack.finish().await;
}

#[tokio::test]
async fn a_payment_without_a_session_makes_the_service_ready() {
    let stack = Stack::start(Mood::Obeys).await;
    stack.lock().await;
    let payment = stack.pay().await;
    assert!(stack.router.told().is_empty());
    let (outcome, method, ms) = stack.timeline(payment).await;
    assert_eq!((outcome.as_deref(), method, ms), (Some("ready"), None, None));
    stack.finish().await;
}

#[tokio::test]
async fn a_person_ends_a_session_and_sees_it_go() {
    let stack = Stack::start(Mood::Obeys).await;
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000001").await;
    let mut tx = stack.world.app.tx::<perm::SessionRead>(stack.world.app.first).await;
    let (page, all, walled) =
        sessions::list(&mut tx, &sessions::SessionFilter { text: "ami".into(), ..Default::default() }).await.unwrap();
    assert_eq!((page.rows.len(), all, walled), (1, 1, 0));
    assert_eq!(page.rows[0].subscriber.as_deref(), Some("Amina Otieno"));
    drop(tx);
    let form = model::network::sessions::DisconnectSessionForm { id: page.rows[0].id.clone() };
    let mut tx = stack.world.app.tx::<perm::SessionDisconnect>(stack.world.app.second).await;
    assert_eq!(sessions::disconnect(&mut tx, form.clone()).await, Err(model::AppError::NotFound));
    drop(tx);
    let mut tx = stack.world.app.tx::<perm::SessionDisconnect>(stack.world.app.first).await;
    sessions::disconnect(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    stack.world.app.drain().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Disconnect]);
    stack.finish().await;
}
