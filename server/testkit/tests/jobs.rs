//! The queue: nobody's hanging work keeps others waiting, and what stops the server is not begun for ever.

use platform::{Job, JobCtx, JobError, ServerModule, jobs};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::time::Duration;
use testkit::TestApp;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The gateway that does not answer until the test lets it.
static ANSWER: Semaphore = Semaphore::const_new(0);
static DONE: Mutex<Vec<&str>> = Mutex::new(Vec::new());

#[derive(Serialize, Deserialize)]
struct Hang(u32);

impl Job for Hang {
    const KIND: &'static str = "test.hang";

    async fn run(self, _: JobCtx) -> Result<(), JobError> {
        ANSWER.acquire().await.map(|turn| turn.forget()).map_err(|error| JobError::Fail(error.to_string()))
    }
}

#[derive(Serialize, Deserialize)]
struct Quick;

impl Job for Quick {
    const KIND: &'static str = "test.quick";

    async fn run(self, _: JobCtx) -> Result<(), JobError> {
        DONE.lock().unwrap().push("quick");
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct Urgent;

impl Job for Urgent {
    const KIND: &'static str = "test.urgent";
    const PRIORITY: i16 = 90;

    async fn run(self, _: JobCtx) -> Result<(), JobError> {
        DONE.lock().unwrap().push("urgent");
        Ok(())
    }
}

async fn start() -> TestApp {
    TestApp::start(vec![ServerModule::new("test", &[]).job::<Hang>().job::<Quick>().job::<Urgent>()]).await
}

/// Waits until so much is done; a queue that stands still is the failure.
async fn wait_for(what: &[&str]) -> bool {
    for _ in 0..100 {
        let done = DONE.lock().unwrap().clone();
        if what.iter().all(|name| done.contains(name)) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_gateway_that_hangs_keeps_neither_other_tenants_nor_urgent_work_waiting() {
    let app = start().await;
    const HANGING: u32 = 20;
    let mut op = app.op(app.first).await;
    for number in 0..HANGING {
        op.schedule(&Hang(number)).await.unwrap();
    }
    op.commit().await.unwrap();
    let stop = CancellationToken::new();
    let worker = tokio::spawn(jobs::work(app.app.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut op = app.op(app.second).await;
    op.schedule(&Quick).await.unwrap();
    op.commit().await.unwrap();
    assert!(wait_for(&["quick"]).await, "another tenant's work waits for the gateway");
    let mut op = app.op(app.second).await;
    for number in 0..HANGING {
        op.schedule(&Hang(100 + number)).await.unwrap();
    }
    op.commit().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut op = app.op(app.first).await;
    op.schedule(&Urgent).await.unwrap();
    op.commit().await.unwrap();
    assert!(wait_for(&["urgent"]).await, "urgent work waits for the gateways");
    ANSWER.add_permits(2 * HANGING as usize);
    stop.cancel();
    worker.await.unwrap();
    app.drain().await;
    app.finish().await;
}

#[tokio::test]
async fn work_during_whose_last_try_the_server_stopped_is_not_begun_again() {
    let app = start().await;
    let mut op = app.op(app.first).await;
    sqlx::query(
        "INSERT INTO job (tenant_id, id, kind, payload, state, attempts, attempts_max, lease_until)
         VALUES ($1, $2, 'test.quick', 'null', 'running', 12, 12, now() - interval '1 minute')",
    )
    .bind(app.first.uuid())
    .bind(Uuid::now_v7())
    .execute(op.conn())
    .await
    .unwrap();
    op.commit().await.unwrap();
    app.drain().await;
    assert_eq!(jobs::pending(&app.app).await.unwrap(), (0, 1));
    app.discard().await;
}
