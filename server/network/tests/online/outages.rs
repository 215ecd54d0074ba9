//! What is put right after the server, a router or a packet was away.

use crate::common::nas_form;
use crate::stack::{HOME, Mood, Stack};
use gateways::radius::AcctStatus;
use gateways::radius::das::DynAuthKind;
use model::network::activation::ActivationState;
use model::network::perm;
use network::radius::WALLED_LIST;
use network::sessions::{self, ApplyProfile};
use platform::{Job, JobCtx, JobError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Online, with the session `81000001`.
async fn dialled(mood: Mood) -> Stack {
    let stack = Stack::start(mood).await;
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000001").await;
    stack.until(ActivationState::Online, Stack::activation_state).await;
    stack
}

async fn reap(stack: &Stack) -> i32 {
    let mut op = stack.world.app.op(stack.world.app.first).await;
    let closed = sessions::reap_in_op(&mut op).await.unwrap();
    op.commit().await.unwrap();
    closed
}

#[tokio::test]
async fn a_session_that_was_given_up_and_lives_is_told_of_the_lock_that_it_missed() {
    let stack = dialled(Mood::Obeys).await;
    stack.forget_reports().await;
    assert_eq!(reap(&stack).await, 1);
    stack.lock().await;
    assert!(stack.router.told().is_empty(), "nobody was there to be told");

    stack.router.report_after(AcctStatus::Interim, "81000001", 1200).await;
    stack
        .until(vec![DynAuthKind::Coa], async |stack| {
            stack.world.app.drain().await;
            stack.router.told()
        })
        .await;
    assert_eq!(stack.router.last_list().as_deref(), Some(WALLED_LIST));
    // Told once: the reports that follow find a session that is known.
    stack.router.report_after(AcctStatus::Interim, "81000001", 1500).await;
    let mut op = stack.world.app.op(stack.world.app.first).await;
    sessions::reconcile_in_op(&mut op).await.unwrap();
    op.commit().await.unwrap();
    stack.world.app.drain().await;
    assert_eq!(stack.router.told().len(), 1);
    stack.finish().await;
}

#[tokio::test]
async fn a_session_that_begins_by_a_login_is_not_told_what_it_was_just_given() {
    let stack = dialled(Mood::Obeys).await;
    let mut op = stack.world.app.op(stack.world.app.first).await;
    sessions::reconcile_in_op(&mut op).await.unwrap();
    op.commit().await.unwrap();
    stack.world.app.drain().await;
    assert!(stack.router.told().is_empty());
    stack.finish().await;
}

#[tokio::test]
async fn after_a_start_routers_have_time_to_report_before_their_sessions_are_given_up() {
    let stack = dialled(Mood::Obeys).await;
    stack.forget_reports().await;
    let stop = CancellationToken::new();
    let watch = tokio::spawn(sessions::watch(stack.world.app.app.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(stack.open_sessions().await, 1);
    stop.cancel();
    watch.await.unwrap();
    stack.finish().await;
}

#[tokio::test]
async fn a_payments_clock_runs_on_while_its_router_gives_no_answer() {
    let stack = dialled(Mood::Obeys).await;
    stack.lock().await;
    stack.router.be(Mood::Silent);
    let payment = stack.pay().await;
    let last_try = async || {
        let ctx = JobCtx {
            app: stack.world.app.app.clone(),
            tenant: stack.world.app.first,
            kind: ApplyProfile::KIND,
            id: uuid::Uuid::now_v7(),
            attempt: 6,
        };
        ApplyProfile { service_id: stack.made.service_id, payment_id: Some(payment) }.run(ctx).await
    };
    let reconcile = async || {
        let mut op = stack.world.app.op(stack.world.app.first).await;
        sessions::reconcile_in_op(&mut op).await.unwrap();
        op.commit().await.unwrap();
    };
    // However long it takes: the session that pays is there.
    let mut op = stack.world.app.op(stack.world.app.first).await;
    let waited = sqlx::query("UPDATE reconnect SET told_at = told_at - interval '1 hour'").execute(op.conn()).await;
    assert_eq!(waited.unwrap().rows_affected(), 1);
    op.commit().await.unwrap();
    reconcile().await;
    assert_eq!(stack.timeline(payment).await.0, None);
    assert!(matches!(last_try().await, Err(JobError::Later(_))));

    // Its device dials again before the router has heard anything.
    stack.router.be(Mood::Obeys);
    stack.router.report(AcctStatus::Stop, "81000001").await;
    assert!(last_try().await.is_ok(), "there is no session to tell");
    assert_eq!(stack.timeline(payment).await.0, None, "the device has not dialled yet");
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000002").await;
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
async fn a_router_whose_clock_is_slow_stops_a_payments_clock_as_well() {
    let stack = dialled(Mood::CannotChange).await;
    stack.lock().await;
    let payment = stack.pay().await;
    stack.router.report_slowly(AcctStatus::Stop, "81000001").await;
    stack.router.dial(&stack.password).await;
    stack.router.report_slowly(AcctStatus::Start, "81000002").await;
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
async fn a_session_that_its_router_does_not_know_is_over_until_it_reports_again() {
    let stack = dialled(Mood::KnowsNothing).await;
    stack.lock().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa]);
    assert_eq!(stack.open_sessions().await, 0);
    stack.router.be(Mood::Obeys);
    stack.router.report_after(AcctStatus::Interim, "81000001", 300).await;
    stack
        .until(Some(WALLED_LIST.to_owned()), async |stack| {
            stack.world.app.drain().await;
            stack.router.last_list().filter(|_| stack.router.told().len() == 2)
        })
        .await;
    assert_eq!(stack.open_sessions().await, 1);
    stack.finish().await;
}

#[tokio::test]
async fn a_router_of_another_maker_is_told_to_end_the_session_and_nothing_in_a_foreign_dialect() {
    let stack = dialled(Mood::Obeys).await;
    let mut tx = stack.world.app.tx::<perm::NasWrite>(stack.world.app.first).await;
    let mut form = nas_form(&HOME.to_string(), stack.coa_port);
    (form.id, form.vendor) = (stack.nas.to_string(), "generic".into());
    network::nas::save(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    stack.lock().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Disconnect]);
    stack.finish().await;
}
