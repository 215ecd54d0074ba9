//! The first start, the second factor that it asks for, and somebody of the staff at a subscriber's portal.

use crate::house::{House, PASSWORD, ask, call};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use chrono::{TimeDelta, Utc};
use model::Audience;
use model::billing::ledger::LedgerCode;
use model::identity::view_as::Viewer;
use platform::sessions::SignedIn;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

async fn count(house: &House, sql: &str) -> i64 {
    let mut connection = house.app.superuser().await;
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.expect("a count")
}

#[tokio::test]
async fn setup_leaves_an_isp_that_can_bill_and_whose_admin_sets_up_a_second_factor_first() {
    let house = House::open().await;
    let mut connection = house.app.superuser().await;
    sqlx::query("TRUNCATE tenant CASCADE").execute(&mut connection).await.expect("an empty installation");
    let form = format!(
        "form[isp][isp_name]=Kilele&form[isp][prefix]=KF&form[isp][admin_name]=Asha&form[isp][login]=asha&form[isp][password]={PASSWORD}\
         &form[operator_name]=Njoki&form[operator_login]=njoki&form[operator_password]={PASSWORD}"
    );
    let made = house.call(&Method::POST, "/rpc/staff/identity/setup", &form, None).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let again = house.call(&Method::POST, "/rpc/staff/identity/setup", &form, None).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    house.app.drain().await;
    let chart = i64::try_from(LedgerCode::ALL.len()).expect("a short list");
    assert_eq!(count(&house, "SELECT count(*) FROM ledger_account").await, chart);
    assert!(count(&house, "SELECT count(*) FROM tax_rate").await >= 2);
    assert_eq!(count(&house, "SELECT count(*) FROM job WHERE state = 'dead'").await, 0);
    let arguments = format!("form[name]=asha&form[password]={PASSWORD}");
    let inside = house.call(&Method::POST, "/rpc/staff/identity/sign_in", &arguments, None).await;
    assert!(inside.body.contains("/second-factor"), "{}", inside.body);
    let cookie = inside.cookie(Audience::Staff).expect("signed in");
    let page = house.get("/admin/staff", Some(&cookie)).await;
    assert_eq!(page.header("location"), "/second-factor", "{}", page.status);
    assert_eq!(house.get("/second-factor", Some(&cookie)).await.status, StatusCode::OK);
    let list = house.call(&Method::GET, "/rpc/staff/identity/staff/list", "", Some(&cookie)).await;
    assert_eq!(list.status, StatusCode::FORBIDDEN);
    let begin = "/rpc/staff/identity/second_factor/begin";
    let begun = house.call(&Method::POST, begin, "form[proof]=", Some(&cookie)).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
    let page = house.get("/second-factor", Some(&cookie)).await;
    assert!(page.body.contains("<svg"), "no code to scan");
    let arguments = format!("form[name]=njoki&form[password]={PASSWORD}");
    let operator = house.call(&Method::POST, "/rpc/platform/identity/sign_in", &arguments, None).await;
    assert!(operator.body.contains("/platform/second-factor"), "{}", operator.body);
    house.close().await;
}

/// The cookie of somebody of the staff who views as a subscriber.
async fn viewing(house: &House) -> String {
    let tenant = house.app.first;
    let (staff, _) = house.person(tenant, Audience::Staff, &["isp_admin"], None).await;
    let (subscriber, _) = house.person(tenant, Audience::My, &["subscriber_owner"], None).await;
    let (view_id, now) = (Uuid::now_v7(), Utc::now());
    let until = now + TimeDelta::minutes(30);
    let mut op = house.app.op(tenant).await;
    sqlx::query(
        "INSERT INTO view_as (tenant_id, id, staff_id, login_id, reason, ticket_hash, begun_at, until)
         VALUES ($1, $2, $3, $4, 'Ticket 17', 'x', $5, $6)",
    )
    .bind(tenant.uuid())
    .bind(view_id)
    .bind(staff)
    .bind(subscriber)
    .bind(now)
    .bind(until)
    .execute(op.conn())
    .await
    .expect("a view");
    op.commit().await.expect("committed");
    let viewer = Viewer { view_id, staff_id: staff, name: "Kevin Mutua".into(), until };
    let session =
        SignedIn { tenant: Some(tenant), person_id: subscriber, complete: true, at: now, viewer: Some(viewer) };
    house.app.cookie_of(Audience::My, &session).await
}

#[tokio::test]
async fn whoever_views_as_a_subscriber_sees_the_banner_on_every_page_and_changes_nothing() {
    let house = House::open().await;
    let cookie = viewing(&house).await;
    for page in ["/my", "/my/bills", "/my/usage", "/my/help", "/my/me"] {
        let answer = house.get(page, Some(&cookie)).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(answer.body.contains("Kevin Mutua") && answer.body.contains(platform::web::LEAVE_VIEW), "{page}");
    }
    for (door, arguments) in [
        ("/rpc/my/portal/pay", "form[phone]=0712000111&form[amount]=100"),
        ("/rpc/my/portal/end_session", "id=01890a5d-ac96-774b-bcce-b302099a8057"),
        ("/rpc/my/portal/set_password", "form[request]=x&form[code]=1&form[password]=three-cows"),
        ("/rpc/my/portal/sign_out", ""),
        ("/rpc/my/identity/second_factor/begin", "form[proof]="),
    ] {
        let answer = house.call(&Method::POST, door, arguments, Some(&cookie)).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{door}: {}", answer.body);
    }
    let factor = house.call(&Method::GET, "/rpc/my/identity/second_factor/read", "", Some(&cookie)).await;
    assert_eq!(factor.status, StatusCode::CONFLICT, "a viewer reads what is being set up: {}", factor.body);
    // Without scripts the page is shown again.
    let headers = [("accept", "text/html"), ("referer", "http://first.test/my/pay")];
    let answer = house.send(call(&Method::POST, "/rpc/my/portal/pay", "", Some(&cookie), &headers)).await;
    assert_eq!(answer.header("location"), "/my/pay", "{}", answer.status);
    let left = house.call(&Method::POST, platform::web::LEAVE_VIEW, "", Some(&cookie)).await;
    assert!(left.status.is_success() || left.status.is_redirection(), "{} {}", left.status, left.body);
    let request = ask(Method::GET, "/my", Some(&cookie), &[]).body(Body::empty()).expect("a request");
    assert!(house.send(request).await.header("location").starts_with("/my/login"), "the view is over");
    house.close().await;
}

#[tokio::test]
async fn a_view_whose_time_is_over_lets_the_browser_sign_in_as_itself() {
    let house = House::open().await;
    let cookie = viewing(&house).await;
    let mut op = house.app.op(house.app.first).await;
    sqlx::query("UPDATE view_as SET until = now() - interval '1 minute', begun_at = now() - interval '31 minutes'")
        .execute(op.conn())
        .await
        .expect("time passes");
    op.commit().await.expect("committed");
    let (_, name) = house.person(house.app.first, Audience::My, &["subscriber_owner"], Some(PASSWORD)).await;
    let arguments = format!("form[name]={name}&form[password]={PASSWORD}");
    let inside = house.call(&Method::POST, "/rpc/my/portal/sign_in", &arguments, Some(&cookie)).await;
    assert_eq!(inside.status, StatusCode::OK, "{}", inside.body);
    let own = inside.cookie(Audience::My).expect("a session of one's own");
    let page = house.get("/my/me", Some(&own)).await;
    assert!(page.status == StatusCode::OK && !page.body.contains("Kevin Mutua"), "{}", page.status);
    assert_eq!(count(&house, "SELECT count(*) FROM platform.web_session WHERE data::text LIKE '%view_id%'").await, 0);
    house.close().await;
}

#[tokio::test]
async fn who_may_not_see_money_reads_no_amount_in_the_outbox() {
    let house = House::open().await;
    let mut op = house.app.op(house.app.first).await;
    for kind in ["invoice_issued", "reminder", "locked", "receipt", "welcome", "incident_notice", "password_reset"] {
        sqlx::query(
            "INSERT INTO message (tenant_id, id, channel, kind, recipient, lang, body, state, dedupe_key, created_at)
             VALUES ($1, $2, 'sms', $3, '+254712345678', 'en', 'KSh 1,234 ' || $3, 'sent', $3, now())",
        )
        .bind(house.app.first.uuid())
        .bind(Uuid::now_v7())
        .bind(kind)
        .execute(op.conn())
        .await
        .expect("a message");
    }
    op.commit().await.expect("committed");
    let list = async |role| {
        let cookie = house.cookie(Audience::Staff, &[role]).await;
        house.call(&Method::GET, "/rpc/staff/comms/messages/list", "state=&after=", Some(&cookie)).await.body
    };
    let support = list("support").await;
    let shown = support.matches("KSh").count();
    assert!(shown == 1 && support.contains("incident_notice"), "{support}");
    assert_eq!(list("billing").await.matches("KSh").count(), 6, "whoever sees money sees all but secrets");
    house.close().await;
}

#[tokio::test]
async fn who_may_not_see_subscribers_learns_nobodys_name_from_a_serial() {
    let house = House::open().await;
    let mut op = house.app.op(house.app.first).await;
    sqlx::query(
        "WITH store AS (INSERT INTO warehouse (tenant_id, id, name, created_at) VALUES ($1, $2, 'Main', now()))
         INSERT INTO stock_item (tenant_id, id, serial, kind, product, state, warehouse_id, account_id, since)
         SELECT $1, $2, 'HWTC0001', 'onu', 'Huawei', 'returned', $2, id, now() FROM account",
    )
    .bind(house.app.first.uuid())
    .bind(Uuid::now_v7())
    .execute(op.conn())
    .await
    .expect("a piece");
    op.commit().await.expect("committed");
    for (role, knows) in [("isp_admin", true), ("infrastructure", false)] {
        let cookie = house.cookie(Audience::Staff, &[role]).await;
        for (door, arguments) in
            [("/rpc/staff/field/stock/list", "tab=&search=&after="), ("/rpc/staff/portal/search", "text=HWTC0001")]
        {
            let answer = house.call(&Method::GET, door, arguments, Some(&cookie)).await;
            assert!(answer.body.contains("HWTC0001"), "{role} {door}: {}", answer.body);
            assert_eq!(answer.body.contains("Wanjiku"), knows, "{role} {door}: {}", answer.body);
        }
    }
    house.close().await;
}

#[tokio::test]
async fn the_log_as_a_file_is_for_who_may_read_it() {
    let house = House::open().await;
    let auditor = house.cookie(Audience::Staff, &["auditor"]).await;
    let file = house.get("/admin/audit.csv?action=identity.", Some(&auditor)).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("content-type").starts_with("text/csv") && file.body.starts_with("entry,"), "{}", file.body);
    let clerk = house.cookie(Audience::Staff, &["sales"]).await;
    assert_eq!(house.get("/admin/audit.csv", Some(&clerk)).await.status, StatusCode::FORBIDDEN);
    let wrong = house.get("/admin/audit.csv?from=yesterday", Some(&auditor)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    house.close().await;
}

#[tokio::test]
async fn boxes_of_a_form_are_read_as_a_list() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Staff, &["isp_admin"]).await;
    let (person, _) = house.person(house.app.first, Audience::Staff, &["technician"], None).await;
    let mut op = house.app.op(house.app.first).await;
    let roles: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM role WHERE code IN ('noc', 'support') ORDER BY code")
        .fetch_all(op.conn())
        .await
        .expect("two roles");
    drop(op);
    // As a browser writes the names of boxes.
    let arguments =
        format!("form%5Bid%5D={person}&form%5Broles%5D%5B%5D={}&form%5Broles%5D%5B%5D={}", roles[0], roles[1]);
    let set = house.call(&Method::POST, "/rpc/staff/identity/staff/set_roles", &arguments, Some(&cookie)).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    let given = count(&house, &format!("SELECT count(*) FROM login_role WHERE login_id = '{person}'")).await;
    assert_eq!(given, 2);
    house.close().await;
}
