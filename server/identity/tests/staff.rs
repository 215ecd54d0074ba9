//! Inviting, blocking, roles, and what nobody may do to somebody above.

mod common;

use common::{giver, last_token, permissions, person, role, start};
use identity::staff::{self, Giver};
use model::identity::LoginId;
use model::identity::perm::{StaffRead, StaffWrite};
use model::identity::staff::{ContactForm, InviteForm, StaffRolesForm, StaffState};
use model::{AppError, Audience, PermissionSet};
use testkit::TestApp;

async fn admin(app: &TestApp) -> (LoginId, Giver) {
    let id = person(app, app.first, Audience::Staff, "admin", &["isp_admin"]).await;
    (id, giver(app, app.first, id).await)
}

async fn invite(app: &TestApp, by: &Giver, email: &str, code: &str) -> Result<LoginId, AppError> {
    let roles = vec![role(app, app.first, code).await];
    let form = InviteForm { full_name: "Achieng Otieno".into(), email: email.into(), roles, ..InviteForm::default() };
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    let id = staff::invite(&mut tx, by, form).await?;
    tx.commit().await?;
    app.drain().await;
    Ok(id)
}

#[tokio::test]
async fn an_invitation_makes_a_login_without_password_and_sends_its_link() {
    let app = start().await;
    let (_, by) = admin(&app).await;
    let id = invite(&app, &by, "Achieng@Kilele.example", "noc").await.unwrap();
    assert!(last_token(id).is_some());
    let mut tx = app.tx::<StaffRead>(app.first).await;
    let sheet = staff::get(&mut tx, &by, id).await.unwrap();
    assert_eq!((sheet.row.name.as_str(), sheet.row.state), ("achieng@kilele.example", StaffState::Invited));
    assert_eq!(sheet.row.roles, ["Network engineer"]);
    let found = staff::list(&mut tx, "achieng", "invited").await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(staff::list(&mut tx, "", "blocked").await.unwrap().is_empty());
    drop(tx);
    let by_phone = InviteForm {
        full_name: "Njoki Wambui".into(),
        phone: "0733 000 123".into(),
        roles: vec![role(&app, app.first, "support").await],
        ..InviteForm::default()
    };
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    let njoki = staff::invite(&mut tx, &by, by_phone).await.unwrap();
    tx.commit().await.unwrap();
    app.drain().await;
    let form = model::identity::links::ChoosePasswordForm {
        token: last_token(njoki).unwrap(),
        password: "four goats in the rain".into(),
    };
    let ctx = common::stranger(&app, Audience::Staff, app.first);
    identity::links::choose_password(&ctx, form).await.unwrap();
    let form = model::identity::LoginForm {
        name: "0733000123".into(),
        password: "four goats in the rain".into(),
        next: String::new(),
    };
    assert!(identity::sign_in::sign_in(&ctx, form).await.is_ok(), "the phone as people type it");
    let twice = invite(&app, &by, "achieng@kilele.example", "noc").await.unwrap_err();
    assert!(twice.fields().is_some_and(|f| f.of("email").is_some()), "{twice:?}");
    app.finish().await;
}

#[tokio::test]
async fn nobody_hands_out_or_touches_more_than_they_have() {
    let app = start().await;
    let (boss, _) = admin(&app).await;
    let helper = Giver {
        id: uuid::Uuid::now_v7(),
        permissions: PermissionSet::from_iter(["identity.staff.read", "identity.staff.write", "identity.session.own"]),
    };
    assert!(matches!(invite(&app, &helper, "a@kilele.example", "isp_admin").await, Err(AppError::Conflict(_))));
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    let contact = ContactForm {
        id: boss,
        full_name: "Boss".into(),
        email: "thief@evil.example".into(),
        phone: String::new(),
        lang: String::new(),
    };
    assert!(matches!(staff::set_contact(&mut tx, &helper, contact).await, Err(AppError::Conflict(_))));
    assert!(matches!(staff::send_link(&mut tx, &helper, boss).await, Err(AppError::Conflict(_))));
    assert!(matches!(staff::set_blocked(&mut tx, &helper, boss, true).await, Err(AppError::Conflict(_))));
    assert!(matches!(staff::reset_second_factor(&mut tx, &helper, boss).await, Err(AppError::Conflict(_))));
    assert!(matches!(staff::sign_out_everywhere(&mut tx, &helper, boss).await, Err(AppError::Conflict(_))));
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn roles_count_at_the_next_request_and_the_last_administrator_stays() {
    let app = start().await;
    let (boss, by) = admin(&app).await;
    let other = person(&app, app.first, Audience::Staff, "other", &["isp_admin"]).await;
    let noc = vec![role(&app, app.first, "noc").await];
    for _ in 0..2 {
        let mut tx = app.tx::<StaffWrite>(app.first).await;
        staff::set_roles(&mut tx, &by, StaffRolesForm { id: other, roles: noc.clone() }).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(!permissions(&app, app.first, other).await.can::<StaffWrite>());
    // Somebody else of the same rights, but without a password: nobody could sign in after this.
    let ghost = Giver { id: uuid::Uuid::now_v7(), permissions: by.permissions.clone() };
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    let form = StaffRolesForm { id: boss, roles: noc };
    assert!(matches!(staff::set_roles(&mut tx, &ghost, form).await, Err(AppError::Conflict(_))));
    drop(tx);
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    assert!(matches!(staff::set_blocked(&mut tx, &ghost, boss, true).await, Err(AppError::Conflict(_))));
    assert!(matches!(staff::set_blocked(&mut tx, &by, boss, true).await, Err(AppError::Conflict(_))), "one's own");
    let none = StaffRolesForm { id: other, roles: vec![] };
    assert!(staff::set_roles(&mut tx, &by, none).await.is_err());
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_blocked_login_is_out_at_once_and_can_come_back() {
    let app = start().await;
    let (_, by) = admin(&app).await;
    let id = person(&app, app.first, Audience::Staff, "other", &["noc"]).await;
    for (blocked, may) in [(true, false), (true, false), (false, true)] {
        let mut tx = app.tx::<StaffWrite>(app.first).await;
        staff::set_blocked(&mut tx, &by, id, blocked).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(!permissions(&app, app.first, id).await.0.is_empty(), may);
    }
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    staff::set_blocked(&mut tx, &by, id, true).await.unwrap();
    assert!(matches!(staff::send_link(&mut tx, &by, id).await, Err(AppError::Conflict(_))));
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn contact_and_second_factor_are_mended_by_an_administrator() {
    let app = start().await;
    let (_, by) = admin(&app).await;
    let id = person(&app, app.first, Audience::Staff, "other", &["noc"]).await;
    let form = |phone: &str| ContactForm {
        id,
        full_name: "Baraka Otieno".into(),
        email: String::new(),
        phone: phone.into(),
        lang: "sw".into(),
    };
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    assert!(staff::set_contact(&mut tx, &by, form("12")).await.unwrap_err().fields().is_some());
    staff::set_contact(&mut tx, &by, form("0712 000 222")).await.unwrap();
    identity::mfa::enrol_in_op(&mut tx, id.uuid(), None).await.unwrap();
    staff::reset_second_factor(&mut tx, &by, id).await.unwrap();
    staff::reset_second_factor(&mut tx, &by, id).await.unwrap();
    staff::send_link(&mut tx, &by, id).await.unwrap();
    tx.commit().await.unwrap();
    app.drain().await;
    assert!(last_token(id).is_some());
    let mut tx = app.tx::<StaffRead>(app.first).await;
    let sheet = staff::get(&mut tx, &by, id).await.unwrap();
    assert_eq!(sheet.phone.map(|p| p.canonical()).as_deref(), Some("254712000222"));
    assert!(!sheet.row.has_second_factor);
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn people_of_another_isp_and_subscribers_are_not_there() {
    let app = start().await;
    let (_, by) = admin(&app).await;
    let elsewhere = person(&app, app.second, Audience::Staff, "other", &["noc"]).await;
    let subscriber = person(&app, app.first, Audience::My, "njeri", &["subscriber_owner"]).await;
    for id in [elsewhere, subscriber, LoginId::new()] {
        let mut tx = app.tx::<StaffWrite>(app.first).await;
        assert_eq!(staff::set_blocked(&mut tx, &by, id, true).await, Err(AppError::NotFound));
        assert_eq!(staff::send_link(&mut tx, &by, id).await, Err(AppError::NotFound));
        assert_eq!(staff::reset_second_factor(&mut tx, &by, id).await, Err(AppError::NotFound));
        assert_eq!(staff::sign_out_everywhere(&mut tx, &by, id).await, Err(AppError::NotFound));
        drop(tx);
        let mut tx = app.tx::<StaffRead>(app.first).await;
        assert_eq!(staff::get(&mut tx, &by, id).await, Err(AppError::NotFound));
        drop(tx);
    }
    let foreign = vec![role(&app, app.second, "noc").await];
    let id = person(&app, app.first, Audience::Staff, "third", &["noc"]).await;
    let mut tx = app.tx::<StaffWrite>(app.first).await;
    let form = StaffRolesForm { id, roles: foreign };
    assert_eq!(staff::set_roles(&mut tx, &by, form).await, Err(AppError::NotFound));
    drop(tx);
    app.finish().await;
}
