//! The sign-in under pressure: bursts, long queues, strange names, and two who use one link at the same moment.

mod common;

use common::{PASSWORD, last_token, person, start, stranger};
use futures::future::join_all;
use identity::{links, passwords, sign_in};
use model::identity::links::{AskLinkForm, ChoosePasswordForm};
use model::identity::{LoginForm, LoginStep};
use model::{AppError, Audience};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::TestApp;

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Result<LoginStep, AppError> {
    let form = LoginForm { name: name.into(), password: password.into(), next: String::new() };
    sign_in::sign_in(&stranger(app, Audience::Staff, app.first), form).await
}

#[tokio::test]
async fn a_burst_of_wrong_passwords_does_not_pass_the_limit() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let answers = join_all((0..40).map(|_| sign_in(&app, "asha", "not the password"))).await;
    let looked_at = answers.iter().filter(|answer| matches!(answer, Err(AppError::Invalid(_)))).count();
    assert!(looked_at <= 11, "{looked_at} passwords were tried at once");
    assert!(answers.iter().any(|answer| matches!(answer, Err(AppError::TooMany(_)))));
    app.finish().await;
}

#[tokio::test]
async fn right_passwords_use_up_no_tries() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    for _ in 0..12 {
        assert!(sign_in(&app, "asha", PASSWORD).await.is_ok());
    }
    let mut connection = app.superuser().await;
    let left: i64 = sqlx::query_scalar("SELECT coalesce(sum(failures), 0)::bigint FROM platform.throttle")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
    app.finish().await;
}

#[tokio::test]
async fn nobody_who_waits_for_a_password_to_be_computed_holds_a_connection() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let crowd: Vec<_> = (0..40).map(|_| tokio::spawn(keep_busy(is_over.clone()))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let watched = watch_idle(&app, is_over.clone());
    let signed_in = async {
        let _ = sign_in(&app, "asha", PASSWORD).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let (held, ()) = tokio::join!(watched, signed_in);
    join_all(crowd).await;
    assert_eq!(held, 0, "transactions stood open while their request waited");
    app.finish().await;
}

async fn keep_busy(is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::Relaxed) {
        let _ = passwords::verify(Audience::Staff, "wrong".into(), None).await;
    }
}

/// The most transactions that stood open with nothing to do for a while, until it is over.
async fn watch_idle(app: &TestApp, is_over: Arc<AtomicBool>) -> i64 {
    let mut connection = app.superuser().await;
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        let idle: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mtandao_app'
               AND state = 'idle in transaction' AND clock_timestamp() - state_change > interval '300 milliseconds'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        most = most.max(idle);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    most
}

#[tokio::test]
async fn a_name_or_password_that_nobody_can_have_is_refused_like_a_wrong_one() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    // Nothing that repeats itself, which an index would store in little room.
    let long: String = (0..200).map(|_| platform::secrets::random_token()).collect();
    for (name, password) in [(long.as_str(), PASSWORD), ("asha", long.as_str()), ("nobody", PASSWORD)] {
        let refused = sign_in(&app, name, password).await.unwrap_err();
        assert_eq!(refused, AppError::invalid("password", model::identity::WRONG_SIGN_IN));
    }
    app.finish().await;
}

#[tokio::test]
async fn an_empty_field_is_named_and_counts_as_no_try() {
    let app = start().await;
    let refused = sign_in(&app, " ", "").await.unwrap_err();
    let fields = refused.fields().expect("fields");
    assert!(fields.of("name").is_some() && fields.of("password").is_some(), "{refused:?}");
    let form = LoginForm { name: String::new(), password: PASSWORD.into(), next: String::new() };
    let refused = sign_in::sign_in(&stranger(&app, Audience::My, app.first), form).await.unwrap_err();
    assert!(refused.fields().and_then(|f| f.of("name")).is_some_and(|why| why.contains("phone number")), "{refused:?}");
    let mut connection = app.superuser().await;
    let tries: i64 =
        sqlx::query_scalar("SELECT count(*) FROM platform.throttle").fetch_one(&mut connection).await.unwrap();
    assert_eq!(tries, 0);
    app.finish().await;
}

#[tokio::test]
async fn what_was_typed_is_not_kept_with_the_tries() {
    let app = start().await;
    assert!(sign_in(&app, "somebody@kilele.example", PASSWORD).await.is_err());
    let mut connection = app.superuser().await;
    let keys: Vec<String> =
        sqlx::query_scalar("SELECT key FROM platform.throttle").fetch_all(&mut connection).await.unwrap();
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.len() == 64 && !key.contains("somebody")), "{keys:?}");
    app.finish().await;
}

#[tokio::test]
async fn two_who_use_one_link_at_the_same_moment_set_one_password() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    links::ask(&stranger(&app, Audience::Staff, app.first), AskLinkForm { name: "asha".into() }).await.unwrap();
    app.drain().await;
    let token = last_token(id).unwrap();
    let choose = |password: &str| {
        let form = ChoosePasswordForm { token: token.clone(), password: password.into() };
        let ctx = stranger(&app, Audience::Staff, app.first);
        async move { links::choose_password(&ctx, form).await }
    };
    let (one, other) = tokio::join!(choose("four goats in the rain"), choose("five hens under a tree"));
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
    app.finish().await;
}
