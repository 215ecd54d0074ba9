//! Forgotten passwords and invitations: one link, once, for its time; nobody learns whether a login exists.

mod common;

use common::{PASSWORD, last_token, person, request_of, start, stranger};
use identity::links;
use model::identity::links::{AskLinkForm, ChangePasswordForm, ChoosePasswordForm};
use model::identity::{LoginForm, LoginId};
use model::{AppError, Audience};
use testkit::TestApp;

const NEW: &str = "four goats in the rain";

async fn ask(app: &TestApp, audience: Audience, name: &str) -> Result<(), AppError> {
    let asked = links::ask(&stranger(app, audience, app.first), AskLinkForm { name: name.into() }).await;
    app.drain().await;
    asked
}

async fn choose(app: &TestApp, audience: Audience, token: &str, password: &str) -> Result<(), AppError> {
    let form = ChoosePasswordForm { token: token.into(), password: password.into() };
    links::choose_password(&stranger(app, audience, app.first), form).await
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> bool {
    let form = LoginForm { name: name.into(), password: password.into(), next: String::new() };
    identity::sign_in::sign_in(&stranger(app, Audience::Staff, app.first), form).await.is_ok()
}

async fn audience_person(app: &TestApp, audience: Audience, role: &'static str) -> LoginId {
    person(app, app.first, audience, "asha", &[role]).await
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_by_a_link_that_works_once() {
    let app = start().await;
    let id = audience_person(&app, Audience::Staff, "isp_admin").await;
    let before = app.cookie(Audience::Staff, app.first, id.uuid()).await;
    assert!(!before.is_empty());
    ask(&app, Audience::Staff, "ASHA").await.unwrap();
    let token = last_token(id).expect("a link was sent");
    let weak = choose(&app, Audience::Staff, &token, "short").await.unwrap_err();
    assert!(weak.fields().is_some_and(|f| f.of("password").is_some()), "a weak password leaves the link alive");
    choose(&app, Audience::Staff, &token, NEW).await.unwrap();
    assert!(sign_in(&app, "asha", NEW).await && !sign_in(&app, "asha", PASSWORD).await);
    let mut op = app.op(app.first).await;
    let who: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT actor_name FROM audit_entry WHERE action IN ('identity.sign_in', 'identity.password.choose')",
    )
    .fetch_all(op.conn())
    .await
    .unwrap();
    drop(op);
    assert_eq!(who, ["asha Otieno"], "the log names who it was");
    let again = choose(&app, Audience::Staff, &token, "five hens under a tree").await;
    assert!(matches!(again, Err(AppError::Conflict(_))));
    app.finish().await;
}

#[tokio::test]
async fn all_sessions_end_when_a_password_is_chosen() {
    let app = start().await;
    let id = audience_person(&app, Audience::Staff, "isp_admin").await;
    app.cookie(Audience::Staff, app.first, id.uuid()).await;
    ask(&app, Audience::Staff, "asha").await.unwrap();
    choose(&app, Audience::Staff, &last_token(id).unwrap(), NEW).await.unwrap();
    let left = platform::sessions::list(&app.app, app.first, id.uuid(), None).await.unwrap();
    assert!(left.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn the_answer_is_the_same_whether_the_login_exists_or_not() {
    let app = start().await;
    audience_person(&app, Audience::Staff, "isp_admin").await;
    assert_eq!(ask(&app, Audience::Staff, "asha").await, ask(&app, Audience::Staff, "nobody").await);
    let blank = ask(&app, Audience::Staff, " ").await.unwrap_err();
    assert!(blank.fields().is_some_and(|f| f.of("name").is_some()));
    for name in ["asha", "nobody"] {
        let mut last = Ok(());
        for _ in 0..5 {
            last = ask(&app, Audience::Staff, name).await;
        }
        assert!(matches!(last, Err(AppError::TooMany(_))), "{name}: {last:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_link_opens_neither_another_audience_nor_another_isp_nor_a_blocked_login() {
    let app = start().await;
    let id = audience_person(&app, Audience::Staff, "isp_admin").await;
    ask(&app, Audience::Staff, "asha").await.unwrap();
    let token = last_token(id).unwrap();
    assert!(choose(&app, Audience::Partner, &token, NEW).await.is_err());
    let form = ChoosePasswordForm { token: token.clone(), password: NEW.into() };
    let elsewhere = links::choose_password(&stranger(&app, Audience::Staff, app.second), form).await;
    assert!(matches!(elsewhere, Err(AppError::Conflict(_))));
    let mut op = app.op(app.first).await;
    sqlx::query("UPDATE login SET state = 'blocked' WHERE id = $1").bind(id.uuid()).execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    assert!(choose(&app, Audience::Staff, &token, NEW).await.is_err());
    app.finish().await;
}

#[tokio::test]
async fn a_new_link_kills_the_one_before_and_time_kills_the_last() {
    let app = start().await;
    let id = audience_person(&app, Audience::Staff, "isp_admin").await;
    ask(&app, Audience::Staff, "asha").await.unwrap();
    let first = last_token(id).unwrap();
    // The address that belongs to the login finds it as well.
    ask(&app, Audience::Staff, "asha@kilele.example").await.unwrap();
    let second = last_token(id).unwrap();
    assert_ne!(first, second);
    assert!(choose(&app, Audience::Staff, &first, NEW).await.is_err());
    let mut op = app.op(app.first).await;
    sqlx::query("UPDATE password_reset SET expires_at = expires_at - interval '31 minutes'")
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    assert!(choose(&app, Audience::Staff, &second, NEW).await.is_err());
    assert!(sign_in(&app, "asha", PASSWORD).await, "the old password works until a link was used");
    app.finish().await;
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_the_one_of_now() {
    let app = start().await;
    let id = audience_person(&app, Audience::Staff, "isp_admin").await;
    let ctx = request_of(&app, Audience::Staff, app.first, id).await;
    let form = |current: &str, new: &str| ChangePasswordForm { current: current.into(), password: new.into() };
    for (wrong, field) in [(form("wrong", NEW), "current"), (form(PASSWORD, "asha"), "password")] {
        let refused = links::change_password(&ctx, wrong).await.unwrap_err();
        assert!(refused.fields().is_some_and(|f| f.of(field).is_some()), "{field}");
    }
    links::change_password(&ctx, form(PASSWORD, NEW)).await.unwrap();
    assert!(sign_in(&app, "asha", NEW).await);
    app.finish().await;
}

#[tokio::test]
async fn whoever_names_the_e_mail_address_is_answered_by_e_mail() {
    let app = start().await;
    audience_person(&app, Audience::My, "subscriber_owner").await;
    for name in ["asha", "asha@kilele.example"] {
        ask(&app, Audience::My, name).await.unwrap();
    }
    let mut op = app.op(app.first).await;
    let ways: Vec<String> =
        sqlx::query_scalar("SELECT payload->'link'->>'way' FROM job WHERE kind = 'test.post' ORDER BY id")
            .fetch_all(op.conn())
            .await
            .unwrap();
    assert_eq!(ways, ["phone", "email"]);
    drop(op);
    app.finish().await;
}
