//! From installed to online: every step, a failure and its repair, and the way back.

mod common;

use common::World;
use model::AppError;
use model::billing::locks::LockReason;
use model::crm::subscribers::ServiceState;
use model::network::activation::{ActivationState, ActivationStep, ActivationView, RetryActivationForm, StepState};
use model::network::{ActivationId, perm};
use network::{activation, projection, sessions};
use platform::Op;

async fn started(world: &World, service: model::crm::ServiceId) -> ActivationId {
    let mut op = world.app.op(world.app.first).await;
    let id = activation::start_in_op(&mut op, service).await.unwrap();
    op.commit().await.unwrap();
    id
}

async fn view(world: &World, id: ActivationId) -> ActivationView {
    let mut tx = world.app.tx::<perm::ActivationRead>(world.app.first).await;
    activation::get(&mut tx, id).await.unwrap()
}

fn step(view: &ActivationView, wanted: ActivationStep) -> (StepState, Option<String>) {
    let step = view.steps.iter().find(|s| s.step == wanted).unwrap();
    (step.state, step.note.clone())
}

#[tokio::test]
async fn an_installed_service_gets_address_login_and_invoice_and_waits_for_its_router() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    assert_eq!(started(&world, made.service_id).await, id);
    world.app.drain().await;
    let shown = view(&world, id).await;
    assert_eq!(shown.state, ActivationState::Ready);
    assert_eq!(step(&shown, ActivationStep::ReserveAddress).1.as_deref(), Some("100.64.0.1, 2001:db8:40::/56"));
    assert_eq!(step(&shown, ActivationStep::RadiusAccount).1.as_deref(), Some("amina"));
    assert!(step(&shown, ActivationStep::FirstInvoice).1.is_some(), "the invoice's number is shown");
    assert_eq!(step(&shown, ActivationStep::Online).0, StepState::Running);
    assert_eq!(world.state_of(made.service_id).await, ServiceState::Active);
    let mut op = world.app.op(world.app.first).await;
    let (ip, rate, enabled, locked): (String, String, bool, bool) = sqlx::query_as(
        "SELECT host(framed_ip), rate_limit, enabled, locked FROM radius.account WHERE username = 'amina'",
    )
    .fetch_one(op.conn())
    .await
    .unwrap();
    assert_eq!((ip.as_str(), rate.as_str(), enabled, locked), ("100.64.0.1", "5M/20M", true, false));
    let invoices: i64 =
        sqlx::query_scalar("SELECT count(*) FROM invoice WHERE status = 'issued'").fetch_one(op.conn()).await.unwrap();
    assert_eq!(invoices, 1);
    drop(op);
    world.app.finish().await;
}

#[tokio::test]
async fn a_step_that_is_refused_stops_the_activation_until_somebody_retries() {
    let world = World::start().await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    world.app.drain().await;
    let failed = view(&world, id).await;
    assert_eq!(failed.state, ActivationState::Failed);
    let (state, note) = step(&failed, ActivationStep::ReserveAddress);
    assert_eq!(state, StepState::Failed);
    assert!(note.unwrap().contains("Add one under Addresses"));
    world.pools(world.app.first).await;
    let mut tx = world.app.tx::<perm::ActivationRetry>(world.app.first).await;
    activation::retry(&mut tx, RetryActivationForm { id }).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    let shown = view(&world, id).await;
    assert_eq!(shown.state, ActivationState::Ready);
    assert_eq!(shown.steps[1].tries, 2);
    world.app.finish().await;
}

#[tokio::test]
async fn what_was_done_is_taken_back_with_its_invoice() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    world.app.drain().await;
    for _ in 0..2 {
        let mut tx = world.app.tx::<perm::ActivationRetry>(world.app.first).await;
        activation::undo(&mut tx, id, "The subscriber moved away").await.unwrap();
        tx.commit().await.unwrap();
        world.app.drain().await;
    }
    let shown = view(&world, id).await;
    assert_eq!(shown.state, ActivationState::Undone);
    assert_eq!(world.state_of(made.service_id).await, ServiceState::Disconnected);
    let mut op = world.app.op(world.app.first).await;
    assert!(projection::projected_in_op(&mut op, made.service_id).await.unwrap().is_empty());
    let (held, valid): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM allocation WHERE released_at IS NULL), (SELECT count(*) FROM invoice WHERE status <> 'void')",
    )
    .fetch_one(op.conn())
    .await
    .unwrap();
    assert_eq!((held, valid), (0, 0));
    drop(op);
    let mut tx = world.app.tx::<perm::ActivationRetry>(world.app.first).await;
    let again = activation::retry(&mut tx, RetryActivationForm { id }).await;
    assert!(matches!(again, Err(AppError::Conflict(_))));
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_service_that_nobody_approved_is_not_activated() {
    let world = World::start().await;
    let made = world.subscriber("amina").await;
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE service SET state = 'pending'").execute(op.conn()).await.unwrap();
    assert!(matches!(activation::start_in_op(&mut op, made.service_id).await, Err(AppError::Conflict(_))));
    let nobody = activation::start_in_op(&mut op, model::crm::ServiceId::new()).await;
    assert_eq!(nobody, Err(AppError::NotFound));
    drop(op);
    let mut op = world.app.op(world.app.second).await;
    assert_eq!(activation::start_in_op(&mut op, made.service_id).await, Err(AppError::NotFound));
    drop(op);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_lock_is_in_the_projection_with_its_own_transaction() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    // A lock from before the activation is not forgotten by it.
    let mut op = world.app.op(world.app.first).await;
    billing::locks::set_in_op(&mut op, made.service_id, LockReason::Fraud, "").await.unwrap();
    op.commit().await.unwrap();
    started(&world, made.service_id).await;
    world.app.drain().await;
    let locked = async |op: &mut Op| -> bool {
        sqlx::query_scalar("SELECT locked FROM radius.account").fetch_one(op.conn()).await.unwrap()
    };
    let mut op = world.app.op(world.app.first).await;
    assert!(locked(&mut op).await);
    billing::locks::set_in_op(&mut op, made.service_id, LockReason::Overdue, "").await.unwrap();
    billing::locks::lift_in_op(&mut op, made.service_id, LockReason::Fraud, None).await.unwrap();
    assert!(locked(&mut op).await, "one lock is left");
    billing::locks::lift_in_op(&mut op, made.service_id, LockReason::Overdue, None).await.unwrap();
    assert!(!locked(&mut op).await);
    billing::locks::set_in_op(&mut op, made.service_id, LockReason::Overdue, "").await.unwrap();
    assert!(locked(&mut op).await);
    op.rollback().await.unwrap();
    let mut op = world.app.op(world.app.first).await;
    assert!(locked(&mut op).await, "the transaction was undone, and the projection with it");
    drop(op);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn two_locks_lifted_at_the_same_moment_leave_the_service_open() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    started(&world, made.service_id).await;
    world.app.drain().await;
    let mut op = world.app.op(world.app.first).await;
    for reason in [LockReason::Overdue, LockReason::Fup] {
        billing::locks::set_in_op(&mut op, made.service_id, reason, "").await.unwrap();
    }
    op.commit().await.unwrap();
    let tasks = [LockReason::Overdue, LockReason::Fup].map(|reason| {
        let (app, tenant) = (world.app.app.clone(), world.app.first);
        tokio::spawn(async move {
            let mut op = app.begin_as_system(tenant, "test").await.unwrap();
            billing::locks::lift_in_op(&mut op, made.service_id, reason, None).await.unwrap();
            op.commit().await.unwrap();
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    let mut op = world.app.op(world.app.first).await;
    let locked: bool = sqlx::query_scalar("SELECT locked FROM radius.account").fetch_one(op.conn()).await.unwrap();
    assert!(!locked);
    drop(op);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_disconnected_service_loses_login_and_addresses() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    started(&world, made.service_id).await;
    world.app.drain().await;
    let mut op = world.app.op(world.app.first).await;
    let reason = Some(model::crm::subscribers::DisconnectReason::Moved);
    crm::services::set_state_in_op(&mut op, made.service_id, ServiceState::Disconnected, reason).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
    let mut op = world.app.op(world.app.first).await;
    assert!(projection::projected_in_op(&mut op, made.service_id).await.unwrap().is_empty());
    assert_eq!(network::pools::addresses_in_op(&mut op, made.service_id).await.unwrap(), Default::default());
    sessions::reconcile_in_op(&mut op).await.unwrap();
    drop(op);
    world.app.finish().await;
}
