//! The first start: whole or not at all, and once.

mod common;

use common::start;
use identity::setup;
use model::AppError;
use model::identity::SetupForm;
use model::identity::operators::IspForm;
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
        isp: isp(),
        operator_name: "Njoki Wambui".into(),
        operator_login: "njoki@platform.example".into(),
        operator_password: common::PASSWORD.into(),
    }
}

fn isp() -> IspForm {
    IspForm {
        isp_name: "Kilele Fibre".into(),
        code: String::new(),
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
    assert_eq!(count(&app, "SELECT count(*) FROM platform.operator").await, 1);
    app.discard().await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_by_its_field_and_leaves_the_form_open() {
    let app = empty().await;
    let long = "a".repeat(121);
    let of = |isp: IspForm| SetupForm { isp, ..form() };
    for (wrong, field) in [
        (of(IspForm { isp_name: "Kilele\0Fibre".into(), ..isp() }), "isp_name"),
        (of(IspForm { isp_name: long.clone(), ..isp() }), "isp_name"),
        (of(IspForm { prefix: "K1".into(), ..isp() }), "prefix"),
        (of(IspForm { code: "4 ever".into(), ..isp() }), "code"),
        (of(IspForm { admin_name: long.clone(), ..isp() }), "admin_name"),
        (of(IspForm { admin_name: " ".into(), ..isp() }), "admin_name"),
        (of(IspForm { login: long.clone(), ..isp() }), "login"),
        (of(IspForm { login: "as\0ha".into(), ..isp() }), "login"),
        (of(IspForm { password: "short".into(), ..isp() }), "password"),
        (SetupForm { operator_name: " ".into(), ..form() }, "operator_name"),
        (SetupForm { operator_login: long, ..form() }, "operator_login"),
        (SetupForm { operator_login: "nj".into(), ..form() }, "operator_login"),
        (SetupForm { operator_password: "short".into(), ..form() }, "operator_password"),
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
    assert_eq!(count(&app, "SELECT count(*) FROM platform.operator").await, 0);
    assert!(setup::is_open(&app.app).await.unwrap());
    app.superuser().await.execute("DROP TRIGGER break_off ON login").await.unwrap();
    setup::set_up(&app.app, form()).await.unwrap();
    assert_eq!(count(&app, "SELECT count(*) FROM login").await, 1);
    app.discard().await;
}
