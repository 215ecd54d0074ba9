//! The role editor: built-in ones stay, own ones do what was ticked, and nobody climbs by it.

mod common;

use common::{giver, permissions, person, role, start};
use identity::role_editor as verbs;
use identity::staff::Giver;
use model::identity::RoleId;
use model::identity::perm::{RoleRead, RoleWrite};
use model::identity::roles::{CopyRoleForm, RoleForm};
use model::{AppError, Audience, FieldClass, PermissionSet};
use testkit::TestApp;

async fn copy(app: &TestApp, by: &Giver, of: &str, name: &str) -> Result<RoleId, AppError> {
    let of = role(app, app.first, of).await;
    let mut tx = app.tx::<RoleWrite>(app.first).await;
    let id = verbs::copy(&mut tx, by, CopyRoleForm { of, name: name.into() }).await?;
    tx.commit().await?;
    Ok(id)
}

async fn save(app: &TestApp, by: &Giver, id: RoleId, name: &str, codes: &[&str]) -> Result<(), AppError> {
    let mut tx = app.tx::<RoleWrite>(app.first).await;
    let permissions = codes.iter().map(|code| (*code).to_owned()).collect();
    verbs::save(&mut tx, by, RoleForm { id, name: name.into(), permissions }).await?;
    tx.commit().await
}

async fn admin(app: &TestApp) -> Giver {
    let id = person(app, app.first, Audience::Staff, "admin", &["isp_admin"]).await;
    giver(app, app.first, id).await
}

#[tokio::test]
async fn a_copy_is_changed_and_counts_at_the_next_request() {
    let app = start().await;
    let by = admin(&app).await;
    let id = copy(&app, &by, "auditor", "Night desk").await.unwrap();
    let person = person(&app, app.first, Audience::Staff, "night", &["technician"]).await;
    let mut op = app.op(app.first).await;
    sqlx::query("UPDATE login_role SET role_id = $2 WHERE login_id = $1")
        .bind(person.uuid())
        .bind(id.uuid())
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    assert!(permissions(&app, app.first, person).await.has("identity.audit.read"));
    for _ in 0..2 {
        save(&app, &by, id, "Night desk", &["identity.staff.read"]).await.unwrap();
    }
    let now = permissions(&app, app.first, person).await;
    assert!(now.has("identity.staff.read") && !now.has("identity.audit.read"));
    assert!(now.has("identity.session.own"), "own sessions always stay");
    let mut tx = app.tx::<RoleRead>(app.first).await;
    let sheet = verbs::get(&mut tx, &by, id).await.unwrap();
    assert_eq!(sheet.people, ["night Otieno"]);
    assert!(sheet.can_write && sheet.classes.is_empty());
    drop(tx);
    let mut tx = app.tx::<RoleWrite>(app.first).await;
    assert!(matches!(verbs::remove(&mut tx, id).await, Err(AppError::Conflict(_))), "somebody has it");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_built_in_role_is_read_only() {
    let app = start().await;
    let by = admin(&app).await;
    let id = role(&app, app.first, "noc").await;
    assert!(matches!(save(&app, &by, id, "NOC", &[]).await, Err(AppError::Conflict(_))));
    let mut tx = app.tx::<RoleWrite>(app.first).await;
    assert!(matches!(verbs::remove(&mut tx, id).await, Err(AppError::Conflict(_))));
    drop(tx);
    let mut tx = app.tx::<RoleRead>(app.first).await;
    let list = verbs::list(&mut tx).await.unwrap();
    assert!(list.len() >= identity::roles::BUILT_IN.len() && list.iter().all(|row| row.is_built_in));
    let sheet = verbs::get(&mut tx, &by, id).await.unwrap();
    assert!(!sheet.can_write);
    assert!(!sheet.classes.contains(&FieldClass::Financial), "the NOC never sees money");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn nobody_climbs_by_editing_a_role() {
    let app = start().await;
    let by = admin(&app).await;
    let id = copy(&app, &by, "technician", "Helper").await.unwrap();
    let editor = Giver {
        id: uuid::Uuid::now_v7(),
        permissions: PermissionSet::from_iter(["identity.role.write", "identity.session.own"]),
    };
    assert!(matches!(save(&app, &editor, id, "Helper", &["identity.staff.write"]).await, Err(AppError::Conflict(_))));
    assert!(matches!(copy(&app, &editor, "isp_admin", "Me").await, Err(AppError::Conflict(_))));
    for code in ["crm.lead.receive", "my.money", "partner.home", "no.such.thing"] {
        let refused = save(&app, &by, id, "Helper", &[code]).await.unwrap_err();
        assert!(refused.fields().is_some_and(|f| f.of("permissions").is_some()), "{code}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_role_change_leaves_an_administrator() {
    let app = start().await;
    let by = admin(&app).await;
    let id = copy(&app, &by, "isp_admin", "Owner").await.unwrap();
    let mut op = app.op(app.first).await;
    sqlx::query("UPDATE login_role SET role_id = $1").bind(id.uuid()).execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    let refused = save(&app, &by, id, "Owner", &["identity.staff.read"]).await;
    assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
    app.finish().await;
}

#[tokio::test]
async fn names_are_taken_once_and_a_role_that_nobody_has_can_go() {
    let app = start().await;
    let by = admin(&app).await;
    let id = copy(&app, &by, "technician", "Helper").await.unwrap();
    assert!(copy(&app, &by, "technician", "helper").await.unwrap_err().fields().is_some());
    assert!(copy(&app, &by, "technician", " ").await.unwrap_err().fields().is_some());
    let mut tx = app.tx::<RoleWrite>(app.first).await;
    verbs::remove(&mut tx, id).await.unwrap();
    assert_eq!(verbs::remove(&mut tx, id).await, Err(AppError::NotFound));
    tx.commit().await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn a_role_of_another_isp_is_not_there() {
    let app = start().await;
    let by = admin(&app).await;
    let id = role(&app, app.second, "noc").await;
    assert_eq!(save(&app, &by, id, "NOC", &[]).await, Err(AppError::NotFound));
    let mut tx = app.tx::<RoleWrite>(app.first).await;
    let form = CopyRoleForm { of: id, name: "Copy".into() };
    assert_eq!(verbs::copy(&mut tx, &by, form).await, Err(AppError::NotFound));
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn what_only_operators_may_is_offered_to_no_role_and_taken_by_none() {
    let app = start().await;
    let by = admin(&app).await;
    let id = copy(&app, &by, "isp_admin", "Owner").await.unwrap();
    let mut tx = app.tx::<RoleRead>(app.first).await;
    let sheet = verbs::get(&mut tx, &by, id).await.unwrap();
    drop(tx);
    let offered = sheet.groups.iter().flat_map(|group| &group.boxes);
    assert_eq!(offered.filter(|offer| offer.code.starts_with("platform.")).count(), 0);
    for code in ["platform.tenant.read", "platform.tenant.write", "platform.tenant.enter"] {
        let refused = save(&app, &by, id, "Owner", &[code]).await.unwrap_err();
        assert!(refused.fields().is_some_and(|fields| fields.of("permissions").is_some()), "{code}: {refused:?}");
    }
    app.finish().await;
}
