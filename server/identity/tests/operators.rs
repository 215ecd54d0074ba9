//! Operators: at no ISP, never without a second factor, and nobody of an ISP is one.

mod common;

use common::{
    PASSWORD, code_of, person, request_in, request_of, request_of_operator, start, stranger, stranger_at_platform,
};
use identity::second_factor::{self, Me};
use identity::{mfa, operators, sign_in, view_as};
use model::identity::operators::IspForm;
use model::identity::perm::{SessionOwn, StaffRead, TenantEnter, TenantRead, TenantWrite};
use model::identity::second_factor::{Enrolment, ProofForm};
use model::identity::view_as::EnterIspForm;
use model::identity::{LoginForm, LoginStep, MfaForm, TenantId};
use model::{AppError, Audience};
use platform::RequestCtx;
use platform::audit::Change;
use platform::sessions::SignedIn;
use sqlx::Executor;
use testkit::TestApp;
use uuid::Uuid;

const SEED: &[u8] = b"a-seed-of-20-letters";

async fn operator(app: &TestApp, seed: Option<&[u8]>) -> Uuid {
    operators::create(&app.app, "Njoki", "Njoki Wambui", PASSWORD.into(), seed).await.unwrap()
}

fn typed(name: &str, password: &str) -> LoginForm {
    LoginForm { name: name.into(), password: password.into(), next: String::new() }
}

fn isp(code: &str) -> IspForm {
    IspForm {
        isp_name: "Bahari Net".into(),
        code: code.into(),
        prefix: "BN".into(),
        admin_name: "Asha Otieno".into(),
        login: "asha@bahari.example".into(),
        password: PASSWORD.into(),
    }
}

async fn sessions(app: &TestApp, id: Uuid) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM platform.web_session WHERE person_id = $1 AND tenant_id IS NULL")
        .bind(id)
        .fetch_one(&mut app.superuser().await)
        .await
        .unwrap()
}

/// Sets up the operator's factor as the page does; gives the recovery codes.
async fn enrol(ctx: &RequestCtx) -> Vec<String> {
    let me = Me::of(ctx).unwrap();
    let mut tx = ctx.begin_platform::<SessionOwn>().await.unwrap();
    second_factor::begin(&mut tx, me, ProofForm::default()).await.unwrap();
    let Some(Enrolment::Scan { key, .. }) = second_factor::read(&mut tx, me).await.unwrap().enrolment else {
        panic!("nothing to scan")
    };
    second_factor::confirm(&mut tx, me, ProofForm { proof: code_of(&key, 0) }).await.unwrap();
    let Some(Enrolment::Keep { codes }) = second_factor::read(&mut tx, me).await.unwrap().enrolment else {
        panic!("no codes to keep")
    };
    second_factor::keep(&mut tx, me).await.unwrap();
    assert!(second_factor::read(&mut tx, me).await.unwrap().enrolment.is_none());
    tx.commit().await.unwrap();
    second_factor::renew_session(ctx).await.unwrap();
    codes
}

#[tokio::test]
async fn an_operator_signs_in_at_no_isp_and_sets_up_a_second_factor_before_anything_opens() {
    let app = start().await;
    let id = operator(&app, None).await;
    let ctx = stranger_at_platform(&app);
    assert!(sign_in::sign_in(&ctx, typed("njoki", "another password")).await.is_err());
    let step = sign_in::sign_in(&ctx, typed(" NJOKI ", PASSWORD)).await.unwrap();
    assert_eq!(step, LoginStep::Done { next: "/platform/second-factor".into() });
    assert_eq!(sessions(&app, id).await, 1);
    let ctx = request_of_operator(&app, id).await;
    assert_eq!(ctx.tenant().unwrap_err(), AppError::NotFound);
    assert!(ctx.person().unwrap().must_enrol);
    assert_eq!(ctx.begin_platform::<TenantRead>().await.err(), Some(AppError::Forbidden));
    enrol(&ctx).await;
    assert_eq!(sessions(&app, id).await, 1, "the session from before the factor is over, its successor is there");
    let ctx = request_of_operator(&app, id).await;
    assert!(!ctx.person().unwrap().must_enrol);
    assert_eq!(operators::isps(&mut ctx.begin_platform().await.unwrap()).await.unwrap().len(), 2);
    assert_eq!(ctx.begin::<SessionOwn>().await.err(), Some(AppError::NotFound), "a door of an ISP");
    app.finish().await;
}

#[tokio::test]
async fn an_operators_code_and_recovery_codes_open_once() {
    let app = start().await;
    let id = operator(&app, None).await;
    let codes = enrol(&request_of_operator(&app, id).await).await;
    let stranger = stranger_at_platform(&app);
    let step = sign_in::sign_in(&stranger, typed("njoki", PASSWORD)).await.unwrap();
    assert_eq!(step, LoginStep::SecondFactor { next: "/platform".into() });
    let half = SignedIn { tenant: None, person_id: id, complete: false, at: chrono::Utc::now(), viewer: None };
    let half = request_in(&app, Audience::Platform, SignedIn { complete: false, ..half }).await;
    let by = |code: &str| MfaForm { code: code.to_uppercase(), next: String::new() };
    assert!(mfa::confirm(&half, by("000000")).await.is_err());
    mfa::confirm(&half, by(&codes[0])).await.unwrap();
    assert!(mfa::confirm(&half, by(&codes[0])).await.is_err(), "a recovery code works once");
    assert!(mfa::confirm(&half, by(&codes[1])).await.is_ok());
    let secured = operators::create(&app.app, "kevin", "Kevin Mutua", PASSWORD.into(), Some(SEED)).await.unwrap();
    let half = SignedIn { tenant: None, person_id: secured, complete: false, at: chrono::Utc::now(), viewer: None };
    let half = request_in(&app, Audience::Platform, half).await;
    let code = code_of(&mfa::base32(SEED), 0);
    mfa::confirm(&half, by(&code)).await.unwrap();
    assert!(mfa::confirm(&half, by(&code)).await.is_err(), "a code works once");
    app.finish().await;
}

#[tokio::test]
async fn a_blocked_operator_is_out_at_once() {
    let app = start().await;
    let id = operator(&app, Some(SEED)).await;
    let mut superuser = app.superuser().await;
    superuser.execute("UPDATE platform.operator SET state = 'blocked'").await.unwrap();
    assert!(request_of_operator(&app, id).await.person().is_err());
    assert!(sign_in::sign_in(&stranger_at_platform(&app), typed("njoki", PASSWORD)).await.is_err());
    drop(superuser);
    app.finish().await;
}

#[tokio::test]
async fn guessing_an_operators_password_is_slowed_down() {
    let app = start().await;
    operator(&app, Some(SEED)).await;
    let ctx = stranger_at_platform(&app);
    let mut last = Ok(LoginStep::Done { next: String::new() });
    for _ in 0..12 {
        last = sign_in::sign_in(&ctx, typed("njoki", "another password")).await;
    }
    assert!(matches!(last, Err(AppError::TooMany(_))), "{last:?}");
    let right = sign_in::sign_in(&ctx, typed("njoki", PASSWORD)).await;
    assert!(matches!(right, Err(AppError::TooMany(_))), "{right:?}");
    app.finish().await;
}

#[tokio::test]
async fn nobody_of_an_isp_is_an_operator_and_no_operator_is_somebody_at_an_isp() {
    let app = start().await;
    let admin = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let operator = operator(&app, Some(SEED)).await;
    let staff = request_of(&app, Audience::Staff, app.first, admin).await;
    assert_eq!(staff.begin_platform::<SessionOwn>().await.err(), Some(AppError::Forbidden));
    assert_eq!(staff.begin_platform::<TenantRead>().await.err(), Some(AppError::Forbidden));
    let session =
        |tenant, person_id| SignedIn { tenant, person_id, complete: true, at: chrono::Utc::now(), viewer: None };
    for (audience, tenant, id) in [
        (Audience::Platform, Some(app.first), admin.uuid()),
        (Audience::Platform, None, admin.uuid()),
        (Audience::Platform, Some(app.first), operator),
        (Audience::Staff, None, operator),
        (Audience::Staff, Some(app.first), operator),
        (Audience::My, None, operator),
        (Audience::Partner, None, operator),
    ] {
        let ctx = request_in(&app, audience, session(tenant, id)).await;
        assert!(ctx.person().is_err(), "{audience:?} {tenant:?} {id}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_isp_that_an_operator_adds_is_whole_and_its_log_begins_with_who_made_it() {
    let app = start().await;
    let ctx = request_of_operator(&app, operator(&app, Some(SEED)).await).await;
    let mut tx = ctx.begin_platform::<TenantWrite>().await.unwrap();
    let id = operators::add_isp(&mut tx, isp("")).await.unwrap();
    tx.commit().await.unwrap();
    let mut op = app.op(id).await;
    let (action, actor, kind): (String, String, String) =
        sqlx::query_as("SELECT action, actor_name, actor_kind FROM audit_entry ORDER BY seq LIMIT 1")
            .fetch_one(op.conn())
            .await
            .unwrap();
    assert_eq!((action.as_str(), actor.as_str(), kind.as_str()), ("identity.tenant.add", "Njoki Wambui", "platform"));
    drop(op);
    let mut tx = ctx.begin_platform::<TenantRead>().await.unwrap();
    let rows = operators::isps(&mut tx).await.unwrap();
    let made = rows.iter().find(|row| row.id == id).unwrap();
    assert_eq!((made.code.as_str(), made.staff, made.services, made.hosts.len()), ("bahari-net", 1, 0, 0));
    assert!(rows.iter().any(|row| row.hosts == ["first.test"]));
    drop(tx);
    app.drain().await;
    app.finish().await;
}

#[tokio::test]
async fn an_isp_whose_code_is_taken_or_whose_admin_is_refused_leaves_nothing() {
    let app = start().await;
    let ctx = request_of_operator(&app, operator(&app, Some(SEED)).await).await;
    for (form, field) in [
        (isp("first"), "code"),
        (isp("a b"), "code"),
        (IspForm { password: "short".into(), ..isp("bahari") }, "password"),
        (IspForm { isp_name: " ".into(), ..isp("bahari") }, "isp_name"),
    ] {
        let mut tx = ctx.begin_platform::<TenantWrite>().await.unwrap();
        let refused = operators::add_isp(&mut tx, form).await.unwrap_err();
        assert!(refused.fields().is_some_and(|fields| fields.of(field).is_some()), "{field}: {refused:?}");
    }
    let tenants = platform::tenants::all(&app.app).await.unwrap();
    assert_eq!(tenants.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn the_application_reaches_no_operator_and_makes_none_but_the_first() {
    let app = start().await;
    let mut op = app.op(app.first).await;
    let read = sqlx::query("SELECT id FROM platform.operator").fetch_all(op.conn()).await;
    assert!(read.is_err(), "the application reads operators");
    drop(op);
    // Not the transaction of the only ISP.
    assert!(make_first(&app).await.is_err());
    app.superuser().await.execute("TRUNCATE tenant CASCADE").await.unwrap();
    assert!(make_first(&app).await.is_err(), "an operator without any ISP");
    app.discard().await;
}

/// Tries what `/setup` does, in a transaction of the first ISP.
async fn make_first(app: &TestApp) -> Result<(), sqlx::Error> {
    let mut application = app.without_tenant().await;
    let set = format!("SET app.tenant_id = '{}'", app.first);
    application.execute(sqlx::AssertSqlSafe(set)).await?;
    sqlx::query("SELECT app.first_operator(gen_random_uuid(), 'mallory', 'Mallory', 'x')")
        .execute(&mut application)
        .await
        .map(drop)
}

#[tokio::test]
async fn a_half_made_factor_of_an_operator_is_cleared_away() {
    let app = start().await;
    let ctx = request_of_operator(&app, operator(&app, None).await).await;
    let mut tx = ctx.begin_platform::<SessionOwn>().await.unwrap();
    second_factor::begin(&mut tx, Me::of(&ctx).unwrap(), ProofForm::default()).await.unwrap();
    tx.commit().await.unwrap();
    let mut superuser = app.superuser().await;
    let left = async |superuser: &mut sqlx::PgConnection| -> i64 {
        platform::tidy::tidy(&app.app, app.first).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM platform.operator_enrolment").fetch_one(superuser).await.unwrap()
    };
    assert_eq!(left(&mut superuser).await, 1);
    superuser.execute("UPDATE platform.operator_enrolment SET expires_at = now() - interval '1 s'").await.unwrap();
    assert_eq!(left(&mut superuser).await, 0);
    drop(superuser);
    app.finish().await;
}

/// What an operator gets who asks to look at an ISP.
async fn ask_to_look(app: &TestApp, operator: Uuid, isp: TenantId, reason: &str) -> Result<String, AppError> {
    let ctx = request_of_operator(app, operator).await;
    let mut tx = ctx.begin_platform::<TenantEnter>().await?;
    let ticket = view_as::begin_at_isp(&mut tx, EnterIspForm { isp, reason: reason.into() }).await?;
    tx.commit().await?;
    Ok(ticket)
}

/// Opens the staff's pages by a ticket, in a browser that is at the other ISP.
async fn open(app: &TestApp, ticket: &str) -> Result<SignedIn, AppError> {
    let ctx = stranger(app, Audience::Staff, app.second);
    view_as::enter_isp(&ctx, ticket).await?;
    platform::sessions::signed_in(ctx.session.as_ref().unwrap()).await.ok_or(AppError::NotFound)
}

#[tokio::test]
async fn an_operator_looks_at_an_isp_as_its_admin_changes_nothing_and_stands_in_its_log() {
    let app = start().await;
    let admin = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    // What the ISP asks of its own people does not lead a viewer away.
    app.superuser().await.execute("UPDATE tenant SET mfa_required = true").await.unwrap();
    let operator = operator(&app, Some(SEED)).await;
    let ticket = ask_to_look(&app, operator, app.first, "Ticket 17").await.unwrap();
    let session = open(&app, &ticket).await.unwrap();
    assert!(matches!(open(&app, &ticket).await, Err(AppError::Conflict(_))), "a ticket opens once");
    let ctx = request_in(&app, Audience::Staff, session.clone()).await;
    let seen = ctx.person().unwrap();
    assert_eq!((ctx.tenant().unwrap(), seen.id, seen.must_enrol), (app.first, admin.uuid(), false));
    assert!(ctx.can::<StaffRead>() && Me::of(&ctx).is_err());
    let mut tx = ctx.begin::<SessionOwn>().await.unwrap();
    tx.audit(Change::new("test.do", "thing", 1));
    assert!(matches!(tx.commit().await, Err(AppError::Conflict(_))));
    view_as::leave(&ctx).await.unwrap();
    assert!(request_in(&app, Audience::Staff, session).await.person().is_err(), "the view is over");
    let mut op = app.op(app.first).await;
    let begun: Vec<(String, String, Option<Uuid>, Option<String>)> = sqlx::query_as(
        "SELECT actor_kind, actor_name, actor_id, reason FROM audit_entry WHERE action = 'identity.view_as.begin'",
    )
    .fetch_all(op.conn())
    .await
    .unwrap();
    let entry = ("platform".to_owned(), "Njoki Wambui".to_owned(), Some(operator), Some("Ticket 17".to_owned()));
    assert_eq!(begun, [entry]);
    drop(op);
    app.finish().await;
}

#[tokio::test]
async fn an_operator_looks_only_with_a_reason_at_an_isp_that_has_an_admin_and_while_not_blocked() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let operator = operator(&app, Some(SEED)).await;
    let refused = ask_to_look(&app, operator, app.first, " ").await.unwrap_err();
    assert!(refused.fields().is_some_and(|fields| fields.of("reason").is_some()), "{refused:?}");
    assert_eq!(ask_to_look(&app, operator, TenantId::new(), "x").await, Err(AppError::NotFound));
    assert!(matches!(ask_to_look(&app, operator, app.second, "x").await, Err(AppError::Conflict(_))));
    let ticket = ask_to_look(&app, operator, app.first, "x").await.unwrap();
    for dead in [
        "",
        "x",
        "x.y",
        &format!("{}.{}", app.first, "x"),
        &ticket.replace(&app.first.to_string(), &app.second.to_string()),
    ] {
        assert!(matches!(open(&app, dead).await, Err(AppError::Conflict(_))), "{dead}");
    }
    let session = open(&app, &ticket).await.unwrap();
    app.superuser().await.execute("UPDATE platform.operator SET state = 'blocked'").await.unwrap();
    assert!(request_in(&app, Audience::Staff, session).await.person().is_err());
    app.finish().await;
}
