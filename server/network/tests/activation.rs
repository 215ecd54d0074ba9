//! From installed to online: every step, a failure and its repair, and the way back.

mod common;

use common::World;
use model::AppError;
use model::billing::locks::LockReason;
use model::crm::subscribers::ServiceState;
use model::network::activation::{ActivationState, ActivationStep, ActivationView, RetryActivationForm, StepState};
use model::network::{ActivationId, perm};
use network::cpe::{Cpe, CpeGateway, CpeLogin};
use network::{activation, projection, sessions};
use platform::{Job, JobCtx, JobError, Op};
use std::sync::{Arc, OnceLock};

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

#[tokio::test]
async fn an_activation_that_was_taken_back_starts_again_while_the_service_is_approved() {
    let world = World::start().await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    // Without a pool it stops before anything costs money.
    world.app.drain().await;
    let mut tx = world.app.tx::<perm::ActivationRetry>(world.app.first).await;
    activation::undo(&mut tx, id, "The wrong house").await.unwrap();
    tx.commit().await.unwrap();
    world.pools(world.app.first).await;
    let mut tx = world.app.tx::<perm::ActivationRetry>(world.app.first).await;
    let again = activation::retry(&mut tx, RetryActivationForm { id }).await.unwrap();
    assert_ne!(again, id);
    assert_eq!(activation::retry(&mut tx, RetryActivationForm { id }).await.unwrap(), again, "pressed twice");
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(view(&world, again).await.state, ActivationState::Ready);
    assert_eq!(view(&world, id).await.state, ActivationState::Undone);
    assert_eq!(world.state_of(made.service_id).await, ServiceState::Active);
    world.app.finish().await;
}

#[tokio::test]
async fn a_service_that_ends_before_its_login_gives_its_address_back() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("DELETE FROM access").execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    let id = started(&world, made.service_id).await;
    world.app.drain().await;
    assert_eq!(step(&view(&world, id).await, ActivationStep::RadiusAccount).0, StepState::Failed);
    let mut op = world.app.op(world.app.first).await;
    let reason = Some(model::crm::subscribers::DisconnectReason::Moved);
    crm::services::set_state_in_op(&mut op, made.service_id, ServiceState::Disconnected, reason).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
    let shown = view(&world, id).await;
    assert_eq!(shown.state, ActivationState::Undone);
    assert_eq!(step(&shown, ActivationStep::ReserveAddress).0, StepState::Undone);
    let mut op = world.app.op(world.app.first).await;
    assert_eq!(network::pools::addresses_in_op(&mut op, made.service_id).await.unwrap(), Default::default());
    drop(op);
    world.app.finish().await;
}

#[tokio::test]
async fn a_repeated_job_voids_no_other_invoice_than_the_one_that_was_taken_back() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    world.app.drain().await;
    let mut tx = world.app.tx::<perm::ActivationRetry>(world.app.first).await;
    activation::undo(&mut tx, id, "The subscriber moved away").await.unwrap();
    tx.commit().await.unwrap();
    let mut op = world.app.op(world.app.first).await;
    let job: serde_json::Value = sqlx::query_scalar("SELECT payload FROM job WHERE kind = 'network.take_back_invoice'")
        .fetch_one(op.conn())
        .await
        .unwrap();
    drop(op);
    world.app.drain().await;
    // Another invoice of the same service, for example of an extra, and the job once more.
    let mut op = world.app.op(world.app.first).await;
    let copied = sqlx::query(
        "INSERT INTO invoice SELECT (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'number', 'INV-2',
           'status', 'issued', 'void_reason', null, 'voided_at', null))).* FROM invoice i",
    )
    .execute(op.conn())
    .await
    .unwrap();
    assert_eq!(copied.rows_affected(), 1);
    let again: activation::TakeBackInvoice = serde_json::from_value(job).unwrap();
    op.schedule(&again).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
    let mut op = world.app.op(world.app.first).await;
    let valid: i64 =
        sqlx::query_scalar("SELECT count(*) FROM invoice WHERE status = 'issued'").fetch_one(op.conn()).await.unwrap();
    assert_eq!(valid, 1);
    drop(op);
    world.app.finish().await;
}

/// A system for subscribers' routers that is away; while it is asked, somebody takes the activation back.
#[derive(Clone, Default)]
struct Away(Arc<OnceLock<(platform::App, platform::TenantId, ActivationId)>>);

#[async_trait::async_trait]
impl Cpe for Away {
    async fn configure(&self, _: CpeLogin) -> Result<(), String> {
        if let Some((app, tenant, id)) = self.0.get() {
            let mut op = app.begin_as_system(*tenant, "test").await.unwrap();
            activation::undo_in_op(&mut op, *id, "The wrong house").await.unwrap();
            op.commit().await.unwrap();
        }
        Err("The system for routers is away.".into())
    }
}

#[tokio::test]
async fn a_step_that_fails_late_does_not_overrule_who_took_the_activation_back() {
    let away = Away::default();
    let cpe = CpeGateway(Arc::new(away.clone()));
    let world = World::start_with(network::radius::ProjectionKey::new([7; 32]), |builder| builder.with(cpe)).await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    away.0.set((world.app.app.clone(), world.app.first, id)).ok().unwrap();
    let ctx = job_ctx(&world, 6);
    activation::RunActivation { activation_id: id }.run(ctx).await.unwrap();
    let shown = view(&world, id).await;
    assert_eq!(shown.state, ActivationState::Undone);
    assert_eq!(step(&shown, ActivationStep::Online).1, None);
    world.app.drain().await;
    world.app.finish().await;
}

fn job_ctx(world: &World, attempt: i32) -> JobCtx {
    JobCtx {
        app: world.app.app.clone(),
        tenant: world.app.first,
        kind: activation::RunActivation::KIND,
        id: uuid::Uuid::now_v7(),
        attempt,
    }
}

#[tokio::test]
async fn a_step_that_was_in_somebodys_way_is_tried_again_by_itself() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let id = started(&world, made.service_id).await;
    // We hold the service, the step holds the activation and waits; then we want the activation.
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("SELECT FROM service WHERE id = $1 FOR UPDATE")
        .bind(made.service_id.uuid())
        .execute(op.conn())
        .await
        .unwrap();
    let ctx = job_ctx(&world, 1);
    let running = tokio::spawn(activation::RunActivation { activation_id: id }.run(ctx));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    sqlx::query("SELECT FROM activation FOR UPDATE").execute(op.conn()).await.unwrap();
    op.rollback().await.unwrap();
    assert!(matches!(running.await.unwrap(), Err(JobError::Retry(_))));
    assert_eq!(view(&world, id).await.state, ActivationState::Running);
    world.app.drain().await;
    assert_eq!(view(&world, id).await.state, ActivationState::Ready);
    world.app.finish().await;
}
