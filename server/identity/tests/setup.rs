//! The first start: whole or not at all, and once.

mod common;

use common::start;
use identity::setup;
use model::AppError;
use model::identity::SetupForm;
use sqlx::Executor;
use testkit::TestApp;

/// An installation without any ISP.
async fn empty() -> TestApp {
    let app = start().await;
    app.superuser().await.execute("TRUNCATE tenant CASCADE").await.unwrap();
    app
}

fn form() -> SetupForm {
    SetupForm {
        isp_name: "Kilele Fibre".into(),
        prefix: "kf".into(),
        admin_name: "Asha Otieno".into(),
        login: "asha@kilele.example".into(),
        password: common::PASSWORD.into(),
    }
}

async fn count(app: &TestApp, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(&mut app.superuser().await).await.unwrap()
}

#[tokio::test]
async fn two_who_set_up_at_the_same_moment_make_one_isp() {
    let app = empty().await;
    let (one, other) = tokio::join!(setup::set_up(&app.app, form()), setup::set_up(&app.app, form()));
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
    assert!(matches!(one.and(other), Err(AppError::Conflict(_))));
    assert_eq!(count(&app, "SELECT count(*) FROM tenant").await, 1);
    assert_eq!(count(&app, "SELECT count(*) FROM login").await, 1);
    app.discard().await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_by_its_field_and_leaves_the_form_open() {
    let app = empty().await;
    let long = "a".repeat(121);
    for (wrong, field) in [
        (SetupForm { isp_name: "Kilele\0Fibre".into(), ..form() }, "isp_name"),
        (SetupForm { isp_name: long.clone(), ..form() }, "isp_name"),
        (SetupForm { prefix: "K1".into(), ..form() }, "prefix"),
        (SetupForm { admin_name: long.clone(), ..form() }, "admin_name"),
        (SetupForm { admin_name: " ".into(), ..form() }, "admin_name"),
        (SetupForm { login: long, ..form() }, "login"),
        (SetupForm { login: "as\0ha".into(), ..form() }, "login"),
        (SetupForm { password: "short".into(), ..form() }, "password"),
    ] {
        let refused = setup::set_up(&app.app, wrong).await.unwrap_err();
        assert!(refused.fields().is_some_and(|fields| fields.of(field).is_some()), "{field}: {refused:?}");
        assert!(setup::is_open(&app.app).await.unwrap(), "{field}");
    }
    setup::set_up(&app.app, form()).await.unwrap();
    assert!(!setup::is_open(&app.app).await.unwrap());
    app.discard().await;
}

#[tokio::test]
async fn a_set_up_that_breaks_off_half_way_leaves_nothing_and_can_be_done_again() {
    let app = empty().await;
    app.superuser()
        .await
        .execute(
            "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken off'; END $$;
             CREATE TRIGGER break_off BEFORE INSERT ON login FOR EACH ROW EXECUTE FUNCTION break_off()",
        )
        .await
        .unwrap();
    setup::set_up(&app.app, form()).await.unwrap_err();
    assert_eq!(count(&app, "SELECT count(*) FROM tenant").await, 0);
    assert!(setup::is_open(&app.app).await.unwrap());
    app.superuser().await.execute("DROP TRIGGER break_off ON login").await.unwrap();
    setup::set_up(&app.app, form()).await.unwrap();
    assert_eq!(count(&app, "SELECT count(*) FROM login").await, 1);
    app.discard().await;
}
