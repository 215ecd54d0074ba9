//! Looking at a subscriber's portal: with a reason, for a while, without changing anything, with both names in the log.

mod common;

use common::{person, request_in, request_of, start, stranger};
use identity::view_as;
use model::identity::LoginId;
use model::identity::perm::{ImpersonateStart, SessionOwn};
use model::identity::view_as::ViewAsForm;
use model::{AppError, Audience, PermissionSet};
use platform::RequestCtx;
use platform::audit::Change;
use platform::sessions::SignedIn;
use testkit::TestApp;

async fn begin(app: &TestApp, staff: LoginId, login: LoginId, reason: &str) -> Result<String, AppError> {
    let ctx = request_of(app, Audience::Staff, app.first, staff).await;
    let mut tx = ctx.begin::<ImpersonateStart>().await?;
    // The permissions of subscribers' fields belong to a context that this program does not run.
    let seen = model::crm::perm::ALL.iter().map(|p| p.code);
    let form = ViewAsForm { login, reason: reason.into() };
    let ticket = view_as::begin(&mut tx, &PermissionSet::from_iter(seen), form).await?;
    tx.commit().await?;
    Ok(ticket)
}

/// Enters by a ticket and gives the session as it then stands.
async fn enter(app: &TestApp, ticket: &str) -> Result<SignedIn, AppError> {
    let ctx = stranger(app, Audience::My, app.first);
    view_as::enter(&ctx, ticket).await?;
    platform::sessions::signed_in(ctx.session.as_ref().unwrap()).await.ok_or(AppError::NotFound)
}

async fn world() -> (TestApp, LoginId, LoginId) {
    let app = start().await;
    let staff = person(&app, app.first, Audience::Staff, "kevin", &["isp_admin"]).await;
    let subscriber = person(&app, app.first, Audience::My, "njeri", &["subscriber_owner"]).await;
    (app, staff, subscriber)
}

async fn names(app: &TestApp, action: &str) -> Vec<(String, Option<uuid::Uuid>, Option<uuid::Uuid>)> {
    let mut op = app.op(app.first).await;
    sqlx::query_as("SELECT actor_name, actor_id, real_actor_id FROM audit_entry WHERE action = $1 ORDER BY seq")
        .bind(action)
        .fetch_all(op.conn())
        .await
        .unwrap()
}

async fn viewing(app: &TestApp, session: SignedIn) -> RequestCtx {
    request_in(app, Audience::My, session).await
}

#[tokio::test]
async fn a_view_shows_the_portal_changes_nothing_and_names_both_in_the_log() {
    let (app, staff, subscriber) = world().await;
    let ticket = begin(&app, staff, subscriber, "Ticket 17").await.unwrap();
    let session = enter(&app, &ticket).await.unwrap();
    let ctx = viewing(&app, session).await;
    assert_eq!(ctx.person().unwrap().id, subscriber.uuid());
    let shell = identity::shell::shell(&ctx).await.unwrap();
    assert_eq!(shell.person.unwrap().viewer.unwrap().name, "kevin Otieno");
    // The database itself refuses a change, whatever door it comes through.
    let mut tx = ctx.begin::<SessionOwn>().await.unwrap();
    tx.audit(Change::new("test.do", "thing", 1));
    assert!(matches!(tx.commit().await, Err(AppError::Conflict(_))));
    view_as::leave(&ctx).await.unwrap();
    view_as::leave(&ctx).await.unwrap();
    let begun = names(&app, "identity.view_as.begin").await;
    assert_eq!(begun, [("kevin Otieno".into(), Some(staff.uuid()), None)]);
    let ended = names(&app, "identity.view_as.end").await;
    assert_eq!(ended, [("kevin Otieno as njeri Otieno".into(), Some(subscriber.uuid()), Some(staff.uuid()))]);
    app.finish().await;
}

#[tokio::test]
async fn whoever_may_not_see_money_does_not_see_it_through_the_portal() {
    let (app, staff, subscriber) = world().await;
    let ctx = request_of(&app, Audience::Staff, app.first, staff).await;
    let mut tx = ctx.begin::<ImpersonateStart>().await.unwrap();
    let seen = PermissionSet::from_iter(["crm.subscriber.read", "crm.subscriber.read_contact"]);
    let form = ViewAsForm { login: subscriber, reason: "Ticket 17".into() };
    assert!(matches!(view_as::begin(&mut tx, &seen, form).await, Err(AppError::Conflict(_))));
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_ticket_opens_once_and_only_at_the_portal() {
    let (app, staff, subscriber) = world().await;
    let ticket = begin(&app, staff, subscriber, "Ticket 17").await.unwrap();
    let office = stranger(&app, Audience::Staff, app.first);
    assert!(matches!(view_as::enter(&office, &ticket).await, Err(AppError::Conflict(_))));
    let elsewhere = stranger(&app, Audience::My, app.second);
    assert!(matches!(view_as::enter(&elsewhere, &ticket).await, Err(AppError::Conflict(_))));
    enter(&app, &ticket).await.unwrap();
    assert!(matches!(enter(&app, &ticket).await, Err(AppError::Conflict(_))));
    assert!(matches!(enter(&app, "0000").await, Err(AppError::Conflict(_))));
    app.finish().await;
}

#[tokio::test]
async fn it_ends_by_time_by_leaving_and_with_the_right_to_look() {
    let (app, staff, subscriber) = world().await;
    let ticket = begin(&app, staff, subscriber, "Ticket 17").await.unwrap();
    let session = enter(&app, &ticket).await.unwrap();
    assert!(viewing(&app, session.clone()).await.person().is_ok());
    let mut op = app.op(app.first).await;
    sqlx::query("UPDATE view_as SET until = until - interval '31 minutes'").execute(op.conn()).await.unwrap();
    sqlx::query("UPDATE job SET run_at = run_at - interval '31 minutes' WHERE kind = 'identity.end_view'")
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    assert!(viewing(&app, session).await.person().is_err(), "the half hour is over");
    app.drain().await;
    assert_eq!(names(&app, "identity.view_as.end").await.len(), 1);
    let ticket = begin(&app, staff, subscriber, "Ticket 18").await.unwrap();
    let session = enter(&app, &ticket).await.unwrap();
    let mut op = app.op(app.first).await;
    sqlx::query("DELETE FROM login_role WHERE login_id = $1").bind(staff.uuid()).execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    assert!(viewing(&app, session).await.person().is_err(), "the permission is gone");
    app.finish().await;
}

#[tokio::test]
async fn without_a_reason_or_for_anybody_but_a_subscriber_it_does_not_begin() {
    let (app, staff, subscriber) = world().await;
    let blank = begin(&app, staff, subscriber, " ").await.unwrap_err();
    assert!(blank.fields().is_some_and(|f| f.of("reason").is_some()));
    let colleague = person(&app, app.first, Audience::Staff, "other", &["isp_admin"]).await;
    assert_eq!(begin(&app, staff, colleague, "why not").await, Err(AppError::NotFound));
    let elsewhere = person(&app, app.second, Audience::My, "njeri", &["subscriber_owner"]).await;
    assert_eq!(begin(&app, staff, elsewhere, "why not").await, Err(AppError::NotFound));
    let clerk = person(&app, app.first, Audience::Staff, "clerk", &["sales"]).await;
    assert_eq!(begin(&app, clerk, subscriber, "why not").await, Err(AppError::Forbidden));
    app.finish().await;
}
