//! Who is let in, and with what.

use crate::stack::{Isp, Stack, accepted, integer, is_refused, login, text, vendor_text};
use gateways::Secret;
use gateways::radius::attribute::{self as attr, Attribute};
use gateways::radius::{AuthMethod, Login, NasError};
use network::radius::{WALLED_LIST, remove_in, set_locked_in, upsert_nas_in};
use sqlx::Row;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const METHODS: [AuthMethod; 3] = [AuthMethod::Pap, AuthMethod::Chap, AuthMethod::MsChapV2];
const QUICK: [Duration; 1] = [Duration::from_millis(1500)];

#[tokio::test]
async fn a_right_password_is_accepted_by_pap_chap_and_mschapv2() {
    let stack = Stack::start().await;
    let account = stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    for method in METHODS {
        let packet = accepted(login(&router, "amina", "correct horse", method).await);
        assert_eq!(vendor_text(&packet, attr::MIKROTIK_RATE_LIMIT), Some("5M/20M"), "{method:?}");
        assert_eq!(vendor_text(&packet, attr::MIKROTIK_ADDRESS_LIST), None);
        assert_eq!(
            packet.get(attr::FRAMED_IP_ADDRESS).and_then(Attribute::as_address),
            account.framed_ip.map(IpAddr::V4)
        );
        assert_eq!(
            packet.get(attr::DELEGATED_IPV6_PREFIX).and_then(Attribute::as_ipv6_prefix),
            account.delegated_prefix.map(|net| (net.addr(), net.prefix_len()))
        );
        assert_eq!(text(&packet, attr::FRAMED_POOL), None, "an address makes the pool needless");
        assert_eq!(integer(&packet, attr::ACCT_INTERIM_INTERVAL), Some(300));
        assert_eq!(integer(&packet, attr::SESSION_TIMEOUT), None);
        assert_eq!(text(&packet, attr::CLASS), Some(account.service_id.to_string().as_str()));
    }
    stack.end().await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_noted_without_the_password() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    for method in METHODS {
        let answer = login(&router, "amina", "battery staple", method).await;
        assert!(is_refused(&answer), "{method:?}: {answer:?}");
        let Ok(gateways::radius::LoginAnswer::Reject(packet)) = answer else { unreachable!() };
        assert!(packet.get_vendor(attr::MIKROTIK, attr::MIKROTIK_RATE_LIMIT).is_none());
    }
    let mut app = stack.app(&stack.home).await;
    let rows = sqlx::query("SELECT username, reply, row_to_json(p)::text AS everything FROM radius.post_auth p")
        .fetch_all(&mut app)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((row.get::<&str, _>("username"), row.get::<&str, _>("reply")), ("amina", "Access-Reject"));
        assert!(!row.get::<&str, _>("everything").contains("battery"));
    }
    stack.end().await;
}

#[tokio::test]
async fn an_unknown_router_and_a_router_with_another_secret_get_no_answer() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    for (address, secret) in [([127, 0, 0, 3], "home-router-secret"), ([127, 0, 0, 1], "not the secret")] {
        let router = stack.client(Ipv4Addr::from(address).into(), Secret::new(secret)).with_schedule(&QUICK);
        let answer = login(&router, "amina", "correct horse", AuthMethod::Pap).await;
        assert!(matches!(answer, Err(NasError::Timeout(_))), "{address:?}: {answer:?}");
    }
    stack.end().await;
}

#[tokio::test]
async fn a_locked_account_is_let_into_the_walled_garden_and_out_again() {
    let stack = Stack::start().await;
    let account = stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let tenant = stack.home.tenant;
    assert_eq!(set_locked_in(&mut app, tenant, account.service_id, true).await.unwrap(), ["amina"]);
    assert!(set_locked_in(&mut app, tenant, account.service_id, true).await.unwrap().is_empty());
    let packet = accepted(login(&router, "amina", "correct horse", AuthMethod::Chap).await);
    assert_eq!(vendor_text(&packet, attr::MIKROTIK_ADDRESS_LIST), Some(WALLED_LIST));
    assert_eq!(vendor_text(&packet, attr::MIKROTIK_RATE_LIMIT), Some("256k/256k"));
    assert_eq!(integer(&packet, attr::SESSION_TIMEOUT), Some(3600));
    assert!(packet.get(attr::FRAMED_IP_ADDRESS).is_some(), "the address stays, so the lock can be lifted live");
    assert_eq!(set_locked_in(&mut app, tenant, account.service_id, false).await.unwrap(), ["amina"]);
    let packet = accepted(login(&router, "amina", "correct horse", AuthMethod::Chap).await);
    assert_eq!(vendor_text(&packet, attr::MIKROTIK_ADDRESS_LIST), None);
    stack.end().await;
}

#[tokio::test]
async fn a_disabled_a_removed_and_an_unknown_account_are_refused() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |account| account.enabled = false).await;
    stack.account(&stack.home, "removed", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    assert!(remove_in(&mut app, stack.home.tenant, "removed").await.unwrap());
    assert!(!remove_in(&mut app, stack.home.tenant, "removed").await.unwrap());
    for (name, method) in [
        ("amina", AuthMethod::Pap),
        ("amina", AuthMethod::Chap),
        ("removed", AuthMethod::MsChapV2),
        ("nobody", AuthMethod::Pap),
    ] {
        let answer = login(&router, name, "correct horse", method).await;
        assert!(is_refused(&answer), "{name} {method:?}: {answer:?}");
    }
    stack.end().await;
}

#[tokio::test]
async fn a_user_of_another_isp_is_refused_and_the_same_name_is_each_isps_own() {
    let stack = Stack::start().await;
    stack.account(&stack.other, "theirs", |_| ()).await;
    stack.account(&stack.home, "shared", |_| ()).await;
    stack
        .account(&stack.other, "shared", |account| {
            account.secret = Secret::new("another one");
            account.rate_limit = "1M/1M".to_owned();
        })
        .await;
    let (home, other) = (stack.router(&stack.home), stack.router(&stack.other));
    assert!(is_refused(&login(&home, "theirs", "correct horse", AuthMethod::Pap).await));
    accepted(login(&other, "theirs", "correct horse", AuthMethod::Pap).await);
    assert!(is_refused(&login(&home, "shared", "another one", AuthMethod::Pap).await));
    let packet = accepted(login(&other, "shared", "another one", AuthMethod::Pap).await);
    assert_eq!(vendor_text(&packet, attr::MIKROTIK_RATE_LIMIT), Some("1M/1M"));
    stack.end().await;
}

#[tokio::test]
async fn only_the_registered_device_is_accepted() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |account| account.mac = Some("aa:bb:cc:00:00:01".parse().unwrap())).await;
    let router = stack.router(&stack.home);
    accepted(login(&router, "amina", "correct horse", AuthMethod::Pap).await);
    for calling_station in [Some("AA-BB-CC-00-00-02"), None] {
        let method = AuthMethod::Pap;
        let asked = Login { username: "amina", password: "correct horse", method, calling_station, port_id: None };
        let answer = router.login(&asked).await;
        assert!(is_refused(&answer), "{calling_station:?}: {answer:?}");
    }
    stack.end().await;
}

#[tokio::test]
async fn names_and_passwords_with_quotes_and_other_scripts_are_accepted() {
    let stack = Stack::start().await;
    let router = stack.router(&stack.home);
    for (name, password) in [("o'brien", "it's \"mine\" \\ %{User-Name}"), ("wanjikũ@home", "pässwörd€")] {
        stack.account(&stack.home, name, |account| account.secret = Secret::new(password)).await;
        for method in METHODS {
            accepted(login(&router, name, password, method).await);
        }
    }
    stack.end().await;
}

/// Sends a PAP login through FreeRADIUS's own client; `extra` are more attributes. Returns whether it was accepted.
async fn radclient(stack: &Stack, isp: &Isp, extra: &str) -> bool {
    let asked =
        format!("User-Name=amina,User-Password=\"correct horse\",Packet-Src-IP-Address={}{extra}\n", isp.router.addr);
    let mut child = tokio::process::Command::new("radclient")
        .args(["-x", "-r", "1", "-t", "1.5", &format!("127.0.0.1:{}", stack.settings.auth_port), "auth"])
        .arg(isp.router.secret.expose())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    String::from_utf8_lossy(&output.stdout).contains("Received Access-Accept")
}

#[tokio::test]
async fn a_login_without_message_authenticator_is_accepted_only_from_old_routers_and_never_with_proxy_state() {
    let stack = Stack::start().await;
    let mut old = stack.other.router.clone();
    old.require_ma = false;
    upsert_nas_in(&mut stack.app(&stack.other).await, stack.other.tenant, &stack.key, &old).await.unwrap();
    for isp in [&stack.home, &stack.other] {
        stack.account(isp, "amina", |_| ()).await;
    }
    assert!(radclient(&stack, &stack.home, ",Message-Authenticator=0x00").await);
    assert!(!radclient(&stack, &stack.home, "").await);
    assert!(radclient(&stack, &stack.other, "").await);
    assert!(!radclient(&stack, &stack.other, ",Proxy-State=0x01").await);
    assert!(radclient(&stack, &stack.other, ",Proxy-State=0x01,Message-Authenticator=0x00").await);
    stack.end().await;
}

#[tokio::test]
async fn a_database_that_is_down_means_silence_and_not_refusal() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home).with_schedule(&[Duration::from_secs(3)]);
    accepted(login(&router, "amina", "correct horse", AuthMethod::Pap).await);
    stack.database.go_down().await;
    let answer = login(&router, "amina", "correct horse", AuthMethod::Pap).await;
    assert!(matches!(answer, Err(NasError::Timeout(_))), "{answer:?}");
    assert!(stack.radius.is_alive().await, "FreeRADIUS itself stays up");
    stack.end().await;
}
