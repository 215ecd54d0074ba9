//! Setting up, using and losing a second factor.

mod common;

use common::{PASSWORD, code_of, me, permissions, person, request_of, start, stranger};
use identity::second_factor as verbs;
use model::identity::perm::{SessionOwn, StaffWrite};
use model::identity::second_factor::{Enrolment, ProofForm, SecondFactor};
use model::identity::settings::TenantSettingsForm;
use model::identity::{LoginForm, LoginId, LoginStep, MfaForm};
use model::{AppError, Audience};
use testkit::TestApp;

fn proof(text: &str) -> ProofForm {
    ProofForm { proof: text.into() }
}

async fn state(app: &TestApp, id: LoginId) -> SecondFactor {
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    verbs::read(&mut tx, me(id)).await.unwrap()
}

/// Sets a factor up and gives its key and its recovery codes.
async fn enrol(app: &TestApp, id: LoginId) -> (String, Vec<String>) {
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    verbs::begin(&mut tx, me(id), ProofForm::default()).await.unwrap();
    tx.commit().await.unwrap();
    let Some(Enrolment::Scan { svg, key }) = state(app, id).await.enrolment else { panic!("nothing to scan") };
    assert!(svg.starts_with("<svg"), "{}", &svg[..20]);
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    verbs::confirm(&mut tx, me(id), proof(&code_of(&key, 0))).await.unwrap();
    tx.commit().await.unwrap();
    let Some(Enrolment::Keep { codes }) = state(app, id).await.enrolment else { panic!("no codes to keep") };
    (key, codes)
}

#[tokio::test]
async fn a_factor_counts_when_the_authenticator_has_answered_and_its_codes_are_shown_until_they_are_kept() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    verbs::begin(&mut tx, me(id), ProofForm::default()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!state(&app, id).await.is_on, "a factor that nobody confirmed does not count");
    let (_, codes) = enrol(&app, id).await;
    assert_eq!(codes.len(), 10);
    let now = state(&app, id).await;
    assert!(now.is_on && now.codes_left == 10 && now.asks_password);
    for _ in 0..2 {
        let mut tx = app.tx::<SessionOwn>(app.first).await;
        verbs::keep(&mut tx, me(id)).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(state(&app, id).await.enrolment, None);
    app.finish().await;
}

#[tokio::test]
async fn a_wrong_code_sets_nothing_up_and_a_right_one_works_once() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    assert!(matches!(verbs::confirm(&mut tx, me(id), proof("123456")).await, Err(AppError::Conflict(_))));
    verbs::begin(&mut tx, me(id), ProofForm::default()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    let refused = verbs::confirm(&mut tx, me(id), proof("000000")).await.unwrap_err();
    assert!(refused.fields().is_some_and(|f| f.of("proof").is_some()));
    drop(tx);
    let (key, _) = enrol(&app, id).await;
    // The step of the confirmation is used up: the same code does not finish a sign-in.
    let ctx = stranger(&app, Audience::Staff, app.first);
    let form = LoginForm { name: "asha".into(), password: PASSWORD.into(), next: String::new() };
    assert!(matches!(identity::sign_in::sign_in(&ctx, form).await, Ok(LoginStep::SecondFactor { .. })));
    let half = platform::sessions::signed_in(ctx.session.as_ref().unwrap()).await.unwrap();
    let half = common::request_in(&app, Audience::Staff, half).await;
    let again = MfaForm { code: code_of(&key, 0), next: String::new() };
    assert!(identity::mfa::confirm(&half, again).await.is_err());
    let next = MfaForm { code: code_of(&key, 1), next: String::new() };
    identity::mfa::confirm(&half, next).await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn another_phone_wants_the_password_and_the_old_one_counts_until_the_new_one_answers() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let (old, _) = enrol(&app, id).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    let refused = verbs::begin(&mut tx, me(id), proof("not the password")).await.unwrap_err();
    assert!(refused.fields().is_some_and(|f| f.of("proof").is_some()));
    drop(tx);
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    verbs::begin(&mut tx, me(id), proof(PASSWORD)).await.unwrap();
    verbs::renew_codes(&mut tx, me(id), proof(&code_of(&old, 1))).await.unwrap();
    tx.commit().await.unwrap();
    assert!(state(&app, id).await.is_on);
    app.finish().await;
}

#[tokio::test]
async fn new_recovery_codes_kill_the_old_ones() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    let (key, old) = enrol(&app, id).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    assert!(verbs::renew_codes(&mut tx, me(id), proof("000000")).await.is_err());
    drop(tx);
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    verbs::renew_codes(&mut tx, me(id), proof(&code_of(&key, 1))).await.unwrap();
    tx.commit().await.unwrap();
    let Some(Enrolment::Keep { codes }) = state(&app, id).await.enrolment else { panic!("no codes") };
    let half = platform::sessions::SignedIn {
        tenant: Some(app.first),
        person_id: id.uuid(),
        complete: false,
        at: chrono::Utc::now(),
        viewer: None,
    };
    let ctx = common::request_in(&app, Audience::Staff, half).await;
    let by = |code: &str| MfaForm { code: code.to_uppercase(), next: String::new() };
    assert!(identity::mfa::confirm(&ctx, by(&old[0])).await.is_err(), "an old code still opens");
    identity::mfa::confirm(&ctx, by(&codes[0])).await.unwrap();
    assert!(identity::mfa::confirm(&ctx, by(&codes[0])).await.is_err(), "a recovery code works once");
    app.finish().await;
}

#[tokio::test]
async fn it_is_switched_off_by_the_password_and_not_where_it_is_required() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    enrol(&app, id).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    assert!(verbs::switch_off(&mut tx, me(id), proof("wrong")).await.is_err());
    drop(tx);
    require(&app, true).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    assert!(matches!(verbs::switch_off(&mut tx, me(id), proof(PASSWORD)).await, Err(AppError::Conflict(_))));
    drop(tx);
    require(&app, false).await;
    for _ in 0..2 {
        let mut tx = app.tx::<SessionOwn>(app.first).await;
        verbs::switch_off(&mut tx, me(id), proof(PASSWORD)).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(!state(&app, id).await.is_on);
    app.finish().await;
}

async fn require(app: &TestApp, required: bool) {
    let mut tx = app.tx::<model::identity::perm::SettingWrite>(app.first).await;
    let form = TenantSettingsForm {
        name: "The first ISP".into(),
        time_zone: "Africa/Nairobi".into(),
        lang: "en".into(),
        mfa_required: required.to_string(),
        ..TenantSettingsForm::default()
    };
    identity::settings::save(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn where_it_is_required_whoever_has_none_may_set_one_up_and_nothing_else() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["isp_admin"]).await;
    require(&app, true).await;
    let ctx = request_of(&app, Audience::Staff, app.first, id).await;
    assert!(ctx.person().unwrap().must_enrol);
    let form = LoginForm { name: "asha".into(), password: PASSWORD.into(), next: "/billing/invoices".into() };
    let step = identity::sign_in::sign_in(&stranger(&app, Audience::Staff, app.first), form).await;
    assert_eq!(step, Ok(LoginStep::Done { next: "/second-factor".into() }));
    assert!(matches!(ctx.begin::<StaffWrite>().await, Err(AppError::Forbidden)));
    assert!(ctx.begin::<SessionOwn>().await.is_ok());
    enrol(&app, id).await;
    assert!(permissions(&app, app.first, id).await.can::<StaffWrite>());
    // Subscribers are never asked: many have no phone that runs an authenticator.
    let subscriber = person(&app, app.first, Audience::My, "njeri", &["subscriber_owner"]).await;
    assert!(!request_of(&app, Audience::My, app.first, subscriber).await.person().unwrap().must_enrol);
    app.finish().await;
}

#[tokio::test]
async fn a_login_of_another_isp_is_not_there() {
    let app = start().await;
    let id = person(&app, app.second, Audience::Staff, "asha", &["isp_admin"]).await;
    let mut tx = app.tx::<SessionOwn>(app.first).await;
    assert_eq!(verbs::read(&mut tx, me(id)).await, Err(AppError::NotFound));
    assert_eq!(verbs::begin(&mut tx, me(id), ProofForm::default()).await, Err(AppError::NotFound));
    assert_eq!(verbs::switch_off(&mut tx, me(id), proof(PASSWORD)).await, Err(AppError::NotFound));
    drop(tx);
    app.finish().await;
}
