//! Commands to a router that is somebody else's program: a second FreeRADIUS.

use crate::stack::{HOME, Running, Stack, accepted, free_port, login, vendor_text};
use gateways::Secret;
use gateways::radius::attribute as attr;
use gateways::radius::{AcctRecord, AcctStatus, AuthMethod, CoaAnswer, CoaClient, CoaError, ErrorCause, SessionKey};
use network::radius::freeradius::{ConfigDir, NasDouble, unprivileged};
use network::radius::{WALLED_LIST, open_sessions_in, session_change_in, set_locked_in};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const SECRET: &str = "home-router-secret";

async fn double(folder: &Path, coa_port: u16, known: Option<&[&str]>) -> (Running, ConfigDir) {
    let double = NasDouble {
        bind: HOME,
        coa_port,
        status_port: free_port(),
        secret: Secret::new(SECRET),
        platform: HOME,
        known: known.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        can_change: true,
        state_dir: folder.join("nas-state"),
        run_as: unprivileged().unwrap(),
    };
    let config = double.write(&folder.join("nas")).unwrap();
    config.check().unwrap();
    let running = Running::spawn(config.command().unwrap(), &folder.join("nas.log"));
    config.wait_ready(Duration::from_secs(10)).await.unwrap();
    (running, config)
}

/// A folder that goes away with its test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("mtandao-nas-{}", uuid::Uuid::now_v7().simple()));
        platform::cluster::own_folder(&folder, 0o755, None).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[tokio::test]
async fn a_router_acknowledges_change_and_disconnect_and_says_which_session_it_lacks() {
    let folder = Folder::new();
    let port = free_port();
    let _double = double(&folder.0, port, Some(&["amina"])).await;
    let router = CoaClient::new(SocketAddr::new(HOME, port), Secret::new(SECRET)).from_address(HOME);
    let session = SessionKey {
        username: "amina".to_owned(),
        session_id: Some("81000001".to_owned()),
        nas: Some(HOME),
        framed_ip: None,
    };
    let changes = [gateways::radius::Attribute::mikrotik_rate_limit("5M/20M")];
    assert_eq!(router.coa(&session, &changes).await.unwrap(), CoaAnswer::Ack);
    assert_eq!(router.disconnect(&session).await.unwrap(), CoaAnswer::Ack);
    let gone = SessionKey { username: "zawadi".to_owned(), ..session.clone() };
    let nak = CoaAnswer::Nak { error_cause: Some(ErrorCause::SESSION_NOT_FOUND) };
    assert_eq!(router.coa(&gone, &changes).await.unwrap(), nak);
    assert_eq!(router.disconnect(&gone).await.unwrap(), nak);

    let stranger = CoaClient::new(SocketAddr::new(HOME, port), Secret::new("not the secret"))
        .with_schedule(&[Duration::from_millis(200), Duration::from_millis(200)]);
    let silence = stranger.disconnect(&session).await;
    assert!(matches!(silence, Err(CoaError::Timeout { sent: 2, .. })), "{silence:?}");
}

#[tokio::test]
async fn lifting_a_lock_changes_the_living_session() {
    let stack = Stack::start().await;
    let _double = double(&stack.folder, stack.home.router.coa_port, Some(&["amina"])).await;
    let account = stack.account(&stack.home, "amina", |account| account.locked = true).await;
    let router = stack.router(&stack.home);
    let packet = accepted(login(&router, "amina", "correct horse", AuthMethod::MsChapV2).await);
    assert_eq!(vendor_text(&packet, attr::MIKROTIK_ADDRESS_LIST), Some(WALLED_LIST));
    router.account(&AcctRecord::new(AcctStatus::Start, "81000001", "amina")).await.unwrap();

    let mut app = stack.app(&stack.home).await;
    let tenant = stack.home.tenant;
    let names = set_locked_in(&mut app, tenant, account.service_id, false).await.unwrap();
    let session = open_sessions_in(&mut app, tenant, &names[0]).await.unwrap().remove(0);
    let changes = session_change_in(&mut app, tenant, &names[0]).await.unwrap().unwrap();
    assert_eq!(changes[0].as_text(), Some("5M/20M"));
    assert_eq!(changes[1].as_text(), Some("active"));
    let client = CoaClient::new(session.coa_addr().unwrap(), stack.home.router.secret.clone());
    assert_eq!(client.coa(&session.key(), &changes).await.unwrap(), CoaAnswer::Ack);
    assert!(session_change_in(&mut app, tenant, "nobody").await.unwrap().is_none());
    stack.end().await;
}
