//! What routers report, in whichever order and however often.

use crate::stack::{HOME, Stack, accepted, is_refused, login};
use gateways::radius::{AcctRecord, AcctStatus, AuthMethod, Login, NasClient};
use network::radius::open_sessions_in;
use sqlx::postgres::PgListener;
use sqlx::{Connection, Executor, PgConnection, Row};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const GIB: u64 = 1 << 30;

fn now() -> u32 {
    u32::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A report about session `81000001` of amina.
fn report(status: AcctStatus, at: u32, seconds: u32, octets: u64) -> AcctRecord<'static> {
    AcctRecord {
        session_seconds: seconds,
        input_octets: octets,
        output_octets: octets * 5,
        framed_ip: Some(Ipv4Addr::new(10, 20, 30, 40).into()),
        delegated_prefix: Some(("2001:db8:12::".parse().unwrap(), 48)),
        calling_station: Some("AA:BB:CC:00:00:01"),
        port_id: Some("ether1"),
        at: Some(at),
        ..AcctRecord::new(status, "81000001", "amina")
    }
}

async fn send(router: &NasClient, records: &[AcctRecord<'_>]) {
    for record in records {
        router.account(record).await.unwrap();
    }
}

/// The last report of every living session came in an hour ago.
async fn silent_for_an_hour(stack: &Stack) {
    let mut owner = stack.superuser().await;
    owner.execute("UPDATE radius.acct_open SET updated_at = now() - interval '1 hour'").await.unwrap();
}

async fn close_lost(stack: &Stack) -> i32 {
    let mut platform = stack.role("mtandao_platform").await;
    sqlx::query_scalar("SELECT radius.close_lost(30)").fetch_one(&mut platform).await.unwrap()
}

/// Of every ended session: seconds, octets sent, octets received, cause.
async fn ended(app: &mut PgConnection) -> Vec<(i64, i64, i64, Option<String>)> {
    sqlx::query_as(
        "SELECT session_s, input_octets, output_octets, terminate_cause FROM radius.acct ORDER BY started_at",
    )
    .fetch_all(app)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_session_is_opened_counted_and_closed_and_its_ends_are_announced() {
    let stack = Stack::start().await;
    let account = stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let mut listener = PgListener::connect_with(&stack.pool("mtandao_app").await).await.unwrap();
    listener.listen("radius_session").await.unwrap();
    let began = now() - 600;

    send(&router, &[report(AcctStatus::Start, began, 0, 0)]).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    let [session] = open.as_slice() else { panic!("{open:?}") };
    assert_eq!((session.session_id.as_str(), session.service_id), ("81000001", Some(account.service_id)));
    assert_eq!((session.nas_addr, session.nas_ip), (HOME, Some(HOME)));
    assert_eq!(session.framed_ip, Some(IpAddr::V4(Ipv4Addr::new(10, 20, 30, 40))));
    assert_eq!(session.delegated_prefix, Some("2001:db8:12::/48".parse().unwrap()));
    assert_eq!(session.started_at.timestamp(), i64::from(began));
    assert_eq!(session.coa_addr().unwrap().port(), stack.home.router.coa_port);

    send(&router, &[report(AcctStatus::Interim, began + 300, 300, 5 * GIB)]).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!((open[0].input_octets, open[0].output_octets), (5 << 30, 25 << 30), "counters beyond 32 bits");
    assert_eq!(open[0].session_s, 300);

    send(&router, &[report(AcctStatus::Stop, began + 600, 600, 6 * GIB)]).await;
    assert!(open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().is_empty());
    assert_eq!(ended(&mut app).await, [(600, 6 << 30, 30 << 30, Some("User-Request".to_owned()))]);

    for end in ["start", "stop"] {
        let note = tokio::time::timeout(Duration::from_secs(2), listener.recv()).await.unwrap().unwrap();
        assert_eq!(note.payload(), format!("{}:amina:{end}", stack.home.tenant));
    }
    let more = tokio::time::timeout(Duration::from_millis(200), listener.recv()).await;
    assert!(more.is_err(), "an interim report is not announced: {more:?}");
    stack.end().await;
}

#[tokio::test]
async fn repeated_and_late_reports_change_nothing() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let began = now() - 600;
    let start = report(AcctStatus::Start, began, 0, 0);
    let early = report(AcctStatus::Interim, began + 100, 100, GIB);
    let later = report(AcctStatus::Interim, began + 300, 300, 3 * GIB);
    let stop = report(AcctStatus::Stop, began + 600, 600, 6 * GIB);
    send(&router, &[start.clone(), start.clone(), later.clone(), early.clone(), later.clone()]).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].session_s, open[0].input_octets), (300, 3 << 30), "counters only grow");
    send(&router, &[stop.clone(), stop, later, start, early]).await;
    assert!(
        open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().is_empty(),
        "an ended session stays ended"
    );
    assert_eq!(ended(&mut app).await, [(600, 6 << 30, 30 << 30, Some("User-Request".to_owned()))]);
    stack.end().await;
}

#[tokio::test]
async fn a_stop_that_overtakes_its_start_leaves_one_ended_session() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let began = now() - 600;
    let stop = report(AcctStatus::Stop, began + 600, 600, GIB);
    send(&router, &[stop, report(AcctStatus::Start, began, 0, 0), report(AcctStatus::Interim, began + 300, 300, 7)])
        .await;
    assert!(open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().is_empty());
    assert_eq!(ended(&mut app).await, [(600, 1 << 30, 5 << 30, Some("User-Request".to_owned()))]);
    let started: i64 = sqlx::query_scalar("SELECT extract(epoch FROM started_at)::bigint FROM radius.acct")
        .fetch_one(&mut app)
        .await
        .unwrap();
    assert_eq!(started, i64::from(began), "the start follows from the stop");
    stack.end().await;
}

#[tokio::test]
async fn an_interim_report_opens_a_session_whose_start_was_lost() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let mut app = stack.app(&stack.home).await;
    let at = now();
    send(&stack.router(&stack.home), &[report(AcctStatus::Interim, at, 900, GIB)]).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!(open[0].started_at.timestamp(), i64::from(at - 900));
    stack.end().await;
}

#[tokio::test]
async fn a_router_that_restarts_ends_its_own_sessions_only() {
    let stack = Stack::start().await;
    let mut owner = stack.superuser().await;
    let (home, other) = (stack.router(&stack.home), stack.router(&stack.other));
    let began = now() - 60;
    for router in [&home, &other] {
        send(router, &[report(AcctStatus::Start, began, 0, 0)]).await;
    }
    // This router has no battery and believes that it is 1970.
    let up = AcctRecord { at: Some(5), ..AcctRecord::new(AcctStatus::On, "", "") };
    send(&home, &[up]).await;
    let open: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT tenant_id FROM radius.acct_open").fetch_all(&mut owner).await.unwrap();
    assert_eq!(open, [stack.other.tenant]);
    assert_eq!(ended(&mut owner).await, [(0, 0, 0, Some("NAS-Reboot".to_owned()))]);
    // It counts session ids from the start again: the same id is a new session now.
    send(&home, &[report(AcctStatus::Start, now() + 90, 0, 0)]).await;
    let mut app = stack.app(&stack.home).await;
    assert_eq!(open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().len(), 1);
    stack.end().await;
}

#[tokio::test]
async fn a_session_that_fell_silent_is_ended_and_comes_back_with_its_next_report() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let mut platform = stack.role("mtandao_platform").await;
    let began = now() - 3600;
    send(&router, &[report(AcctStatus::Start, began, 0, 0), report(AcctStatus::Interim, began + 300, 300, GIB)]).await;
    silent_for_an_hour(&stack).await;
    for closed in [1, 0] {
        let count: i32 = sqlx::query_scalar("SELECT radius.close_lost(30)").fetch_one(&mut platform).await.unwrap();
        assert_eq!(count, closed);
    }
    assert_eq!(ended(&mut app).await, [(300, 1 << 30, 5 << 30, Some("Lost-Carrier".to_owned()))]);
    send(&router, &[report(AcctStatus::Interim, began + 3600, 3600, 2 * GIB)]).await;
    assert!(ended(&mut app).await.is_empty());
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!((open[0].input_octets, open[0].started_at.timestamp()), (2 << 30, i64::from(began)));
    stack.end().await;
}

#[tokio::test]
async fn a_router_whose_clock_is_slow_keeps_its_sessions() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let slow = now() - 2 * 3600;
    send(&router, &[report(AcctStatus::Start, slow, 0, 0)]).await;
    assert_eq!(close_lost(&stack).await, 0, "it was heard a moment ago");
    let other = Login {
        username: "amina",
        password: "correct horse",
        method: AuthMethod::Pap,
        calling_station: Some("AA:BB:CC:00:00:99"),
        port_id: None,
    };
    assert!(is_refused(&router.login(&other).await), "the session counts");
    // Given up for once, it comes back although the report seems to be from before its end.
    silent_for_an_hour(&stack).await;
    assert_eq!(close_lost(&stack).await, 1);
    send(&router, &[report(AcctStatus::Interim, slow + 60, 60, GIB)]).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!((open.len(), open[0].started_at.timestamp()), (1, i64::from(slow)));
    assert!(ended(&mut app).await.is_empty());
    stack.end().await;
}

#[tokio::test]
async fn an_old_copy_of_a_routers_restart_ends_no_session_for_good() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let began = now() - 600;
    send(&router, &[report(AcctStatus::Start, began, 0, 0)]).await;
    for at in [began - 60, began - 3 * 24 * 3600] {
        send(&router, &[AcctRecord { at: Some(at), ..AcctRecord::new(AcctStatus::On, "", "") }]).await;
        assert_eq!(open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().len(), 1);
    }
    // A forged time, and a session that lives on: its next report says so.
    send(&router, &[AcctRecord { at: Some(now()), ..AcctRecord::new(AcctStatus::On, "", "") }]).await;
    assert!(open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().is_empty());
    send(&router, &[report(AcctStatus::Interim, now(), 600, GIB)]).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!((open.len(), open[0].started_at.timestamp()), (1, i64::from(began)));
    stack.end().await;
}

#[tokio::test]
async fn an_old_copy_of_a_start_opens_no_session() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    let mut app = stack.app(&stack.home).await;
    let mut owner = stack.superuser().await;
    let (began, days) = (now() - 600, 2 * 24 * 3600);
    let copy = report(AcctStatus::Start, began - days, 0, 0);
    // The session began two days ago and lives.
    send(&router, &[report(AcctStatus::Start, began, 0, 0)]).await;
    owner.execute("UPDATE radius.acct_open SET started_at = started_at - interval '2 days'").await.unwrap();
    send(&router, std::slice::from_ref(&copy)).await;
    let open = open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap();
    assert_eq!((open.len(), open[0].started_at.timestamp()), (1, i64::from(began - days)));
    assert!(ended(&mut app).await.is_empty());
    // It has ended since.
    send(&router, &[report(AcctStatus::Stop, now(), 600 + days, GIB), copy]).await;
    assert!(open_sessions_in(&mut app, stack.home.tenant, "amina").await.unwrap().is_empty());
    assert_eq!(ended(&mut app).await.len(), 1);
    stack.end().await;
}

#[tokio::test]
async fn one_more_session_than_allowed_is_refused_but_the_same_device_may_redial() {
    let stack = Stack::start().await;
    stack.account(&stack.home, "amina", |_| ()).await;
    let router = stack.router(&stack.home);
    send(&router, &[report(AcctStatus::Start, now(), 0, 0)]).await;
    accepted(login(&router, "amina", "correct horse", AuthMethod::Pap).await);
    let second = Login {
        username: "amina",
        password: "correct horse",
        method: AuthMethod::Pap,
        calling_station: Some("AA:BB:CC:00:00:99"),
        port_id: None,
    };
    assert!(is_refused(&router.login(&second).await));
    send(&router, &[report(AcctStatus::Stop, now(), 1, 0)]).await;
    accepted(router.login(&second).await);
    stack.end().await;
}

#[tokio::test]
async fn the_same_session_id_at_two_isps_is_two_sessions() {
    let stack = Stack::start().await;
    for isp in [&stack.home, &stack.other] {
        send(&stack.router(isp), &[report(AcctStatus::Start, now(), 0, 0)]).await;
    }
    for isp in [&stack.home, &stack.other] {
        let open = open_sessions_in(&mut stack.app(isp).await, isp.tenant, "amina").await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].nas_id, isp.router.id);
    }
    let foreign = open_sessions_in(&mut stack.app(&stack.home).await, stack.other.tenant, "amina").await.unwrap();
    assert!(foreign.is_empty(), "naming another tenant does not help");
    stack.end().await;
}

#[tokio::test]
async fn months_get_their_partitions_ahead_and_take_over_what_the_safety_net_caught() {
    let stack = Stack::start().await;
    let mut owner = stack.superuser().await;
    let row = "INSERT INTO radius.acct (tenant_id, unique_id, session_id, username, nas_id, nas_addr, started_at, updated_at, stopped_at) \
               SELECT gen_random_uuid(), 'u', 's', 'n', gen_random_uuid(), '127.0.0.9', t, t, t FROM (SELECT now() + interval '5 months' AS t) x";
    owner.execute(row).await.unwrap();
    let mut platform = stack.role("mtandao_platform").await;
    for made in [3, 0] {
        let count: i32 = sqlx::query_scalar("SELECT radius.make_partitions(6)").fetch_one(&mut platform).await.unwrap();
        assert_eq!(count, made);
    }
    let guarded = sqlx::query(
        "SELECT count(*) FILTER (WHERE c.relrowsecurity AND c.relforcerowsecurity AND c.relacl IS NULL) AS guarded, \
           count(*) AS partitions FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'radius.acct'::regclass",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!((guarded.get::<i64, _>(0), guarded.get::<i64, _>(1)), (8, 8));
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM radius.acct_default").fetch_one(&mut owner).await.unwrap();
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM radius.acct").fetch_one(&mut owner).await.unwrap();
    assert_eq!((left, all), (0, 1));
    owner.close().await.unwrap();
    stack.end().await;
}
