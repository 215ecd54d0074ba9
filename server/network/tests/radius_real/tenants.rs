//! Who may see and do what in schema radius, and who may read the configuration.

use crate::stack::{ELSEWHERE, HOME, Stack, accepted, free_port, login};
use gateways::radius::AuthMethod;
use network::radius::freeradius::{ConfigDir, FreeRadiusError};
use network::radius::{RadiusError, remove_nas_in, upsert_nas_in};
use sqlx::Executor;
use std::fs;
use std::os::unix::fs::MetadataExt;

#[tokio::test]
async fn the_application_sees_and_changes_only_its_own_isps_projection() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "ours", |_| ()).await;
    stack.account(&stack.other, "theirs", |_| ()).await;
    let mut app = stack.app(&stack.home).await;
    let names: Vec<String> =
        sqlx::query_scalar("SELECT username FROM radius.account").fetch_all(&mut app).await.unwrap();
    assert_eq!(names, ["ours"]);
    let routers: i64 = sqlx::query_scalar("SELECT count(*) FROM radius.nas").fetch_one(&mut app).await.unwrap();
    assert_eq!(routers, 1);
    let changed = app.execute("UPDATE radius.account SET locked = true").await.unwrap().rows_affected();
    assert_eq!(changed, 1);
    let stolen =
        sqlx::query("UPDATE radius.account SET tenant_id = $1").bind(stack.other.tenant).execute(&mut app).await;
    assert!(stolen.is_err());
    for forbidden in [
        "TRUNCATE radius.account",
        "DELETE FROM radius.acct_open",
        "INSERT INTO radius.post_auth (tenant_id, username, reply, nas_id) SELECT tenant_id, '', '', id FROM radius.nas",
        "SELECT * FROM radius.acct_default",
        "SELECT radius.auth_check('127.0.0.2', 'theirs', '')",
        "SELECT radius.unseal('x', '\\x00')",
        "SELECT radius.close_lost(30)",
    ] {
        let refused = app.execute(forbidden).await;
        assert!(
            refused.as_ref().is_err_and(|e| e.to_string().contains("permission denied")),
            "{forbidden}: {refused:?}"
        );
    }
    let mut nobody = stack.role("mtandao_app").await;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM radius.account").fetch_one(&mut nobody).await.unwrap();
    assert_eq!(seen, 0, "no tenant, no rows");
    stack.end().await;
}

#[tokio::test]
async fn the_role_of_freeradius_may_execute_seven_functions_and_read_nothing() {
    let stack = Stack::start().await;
    let mut radius = stack.role("mtandao_radius").await;
    for table in ["account", "nas", "acct_open", "acct", "post_auth", "acct_default"] {
        let error = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM radius.{table}")))
            .execute(&mut radius)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("permission denied"), "{table}: {error}");
    }
    let functions: Vec<String> = sqlx::query_scalar(
        "SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'radius'::regnamespace \
           AND has_function_privilege('mtandao_radius', p.oid, 'EXECUTE') ORDER BY 1",
    )
    .fetch_all(&mut radius)
    .await
    .unwrap();
    assert_eq!(functions, ["acct", "auth_check", "auth_reply", "nas_reset", "nas_secret", "post_auth", "simul_count"]);
    let insecure: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'radius'::regnamespace \
           AND has_function_privilege('mtandao_radius', p.oid, 'EXECUTE') \
           AND NOT (p.prosecdef AND p.proconfig::text LIKE '%search_path=%' \
             AND p.proowner = 'mtandao_radius_owner'::regrole)",
    )
    .fetch_one(&mut radius)
    .await
    .unwrap();
    assert_eq!(insecure, 0);
    stack.end().await;
}

#[tokio::test]
async fn a_sealed_secret_opens_only_in_its_row_and_only_with_the_key() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    stack.account(&stack.home, "thief", |_| ()).await;
    let mut owner = stack.superuser().await;
    let clear: i64 =
        sqlx::query_scalar("SELECT count(*) FROM radius.account WHERE position('correct horse'::bytea IN secret) > 0")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(clear, 0);
    let mut radius = stack.role("mtandao_radius").await;
    let ask = "SELECT radius.auth_check('127.0.0.1', 'amina', '')";
    assert!(radius.execute(ask).await.is_err(), "no key");
    let wrong = format!("SET radius.key = '{}'", "00".repeat(32));
    radius.execute(sqlx::AssertSqlSafe(wrong)).await.unwrap();
    assert!(radius.execute(ask).await.is_err(), "another key");
    owner
        .execute("UPDATE radius.account SET secret = (SELECT secret FROM radius.account WHERE username = 'amina') WHERE username = 'thief'")
        .await
        .unwrap();
    let router = stack.router(&stack.home).with_schedule(&[std::time::Duration::from_millis(1500)]);
    accepted(login(&router, "amina", "correct horse", AuthMethod::Pap).await);
    assert!(login(&router, "thief", "correct horse", AuthMethod::Pap).await.is_err(), "no answer from a copied secret");
    stack.end().await;
}

#[tokio::test]
async fn a_router_address_belongs_to_one_isp() {
    let stack = Stack::start().await;
    let mut app = stack.app(&stack.home).await;
    let mut router = stack.home.router.clone();
    router.addr = ELSEWHERE;
    let taken = upsert_nas_in(&mut app, stack.home.tenant, &stack.key, &router).await;
    assert!(matches!(taken, Err(RadiusError::AddressTaken(ELSEWHERE))), "{taken:?}");
    router.addr = HOME;
    router.secret = gateways::Secret::new("has a space");
    let bad = upsert_nas_in(&mut app, stack.home.tenant, &stack.key, &router).await;
    assert!(matches!(bad, Err(RadiusError::BadSecret)), "{bad:?}");
    assert!(remove_nas_in(&mut app, stack.home.tenant, router.id).await.unwrap());
    assert!(!remove_nas_in(&mut app, stack.home.tenant, router.id).await.unwrap());
    stack.end().await;
}

#[tokio::test]
async fn the_configuration_is_read_by_freeradius_alone_and_checked_before_use() {
    let stack = Stack::start().await;
    let mut settings = stack.settings.clone();
    (settings.auth_port, settings.acct_port, settings.status_port) = (free_port(), free_port(), free_port());
    let dir = stack.folder.join("checked");
    let config = ConfigDir::write(&dir, &settings).unwrap();
    config.check().unwrap();
    let owner = settings.run_as.map(|user| user.uid);
    let status = fs::read_to_string(format!("/proc/{}/status", stack.freeradius.id())).unwrap();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()).unwrap();
    assert_ne!(uid, "0", "FreeRADIUS does not run as root");
    for entry in fs::read_dir(&dir).unwrap() {
        let file = entry.unwrap().metadata().unwrap();
        assert_eq!(file.mode() & 0o777, 0o600);
        assert!(owner.is_none_or(|uid| uid == file.uid()));
    }
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    fs::write(dir.join("site.conf"), "server default {").unwrap();
    let refused = config.check();
    assert!(matches!(&refused, Err(FreeRadiusError::Refused(why)) if why.contains("site.conf")), "{refused:?}");
    stack.end().await;
}
