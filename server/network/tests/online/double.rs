//! The same commands to a router that is somebody else's program: a second FreeRADIUS judges them by its own code.

use crate::common::SECRET;
use crate::stack::{HOME, Stack, free_port};
use gateways::Secret;
use gateways::radius::AcctStatus;
use model::network::activation::ActivationState;
use network::radius::freeradius::{NasDouble, unprivileged};
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

/// Ends with its test.
struct Double {
    child: Child,
    folder: PathBuf,
}

impl Drop for Double {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

async fn double(coa_port: u16, can_change: bool) -> Double {
    let folder = std::env::temp_dir().join(format!("mtandao-double-{}", uuid::Uuid::now_v7().simple()));
    platform::cluster::own_folder(&folder, 0o755, None).unwrap();
    let double = NasDouble {
        bind: HOME,
        coa_port,
        status_port: free_port(),
        secret: Secret::new(SECRET),
        platform: HOME,
        known: Some(vec!["amina".to_owned()]),
        can_change,
        state_dir: folder.join("state"),
        run_as: unprivileged().unwrap(),
    };
    let config = double.write(&folder.join("nas")).unwrap();
    config.check().unwrap();
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let mut command = config.command().unwrap();
    let child = command.stdout(Stdio::from(log.try_clone().unwrap())).stderr(log).spawn().unwrap();
    let double = Double { child, folder };
    config.wait_ready(Duration::from_secs(15)).await.unwrap();
    double
}

/// Locked, with a session, behind such a router.
async fn walled(can_change: bool) -> (Double, Stack) {
    let coa_port = free_port();
    let double = double(coa_port, can_change).await;
    let stack = Stack::start_with_commands_at(coa_port).await;
    stack.lock().await;
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000001").await;
    stack.until(ActivationState::Online, Stack::activation_state).await;
    (double, stack)
}

#[tokio::test]
async fn a_lifted_lock_is_acknowledged_by_somebody_elses_router() {
    let (_double, stack) = walled(true).await;
    let payment = stack.pay().await;
    let (outcome, method, ms) = stack.timeline(payment).await;
    assert_eq!((outcome.as_deref(), method.as_deref()), (Some("online"), Some("coa")));
    assert!((0..5_000).contains(&ms.unwrap()), "payment to online took {ms:?} ms");
    stack.lock().await;
    stack.finish().await;
}

#[tokio::test]
async fn a_refused_change_becomes_a_disconnect_that_somebody_elses_router_acknowledges() {
    let (_double, stack) = walled(false).await;
    let payment = stack.pay().await;
    assert_eq!(stack.timeline(payment).await.0, None, "the device has not dialled again yet");
    let mut op = stack.world.app.op(stack.world.app.first).await;
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM reconnect WHERE settled_at IS NULL")
        .fetch_one(op.conn())
        .await
        .unwrap();
    drop(op);
    assert_eq!(told, 1);
    stack.router.report(AcctStatus::Stop, "81000001").await;
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
