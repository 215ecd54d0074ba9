//! The role editor. The one rule: built-in roles are read, not changed; a role of one's own may do at most what its editor
//! may; every change counts at the next request of everybody who has the role.

use crate::staff::{AdminGuard, Giver};
use model::identity::RoleId;
use model::identity::perm::{RoleRead, RoleWrite};
use model::identity::roles::{
    CopyRoleForm, OWN_SESSIONS, PermissionBox, PermissionGroup, RoleForm, RoleRow, RoleSheet, class_of, is_for,
    role_name,
};
use model::{AppError, Audience};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

struct Stored {
    id: Uuid,
    name: String,
    audience: String,
    built_in: bool,
    people: i64,
    permissions: Vec<String>,
}

impl Stored {
    fn audience(&self) -> Audience {
        Audience::from_code(&self.audience).unwrap_or(Audience::Staff)
    }

    fn row(&self) -> RoleRow {
        RoleRow {
            id: RoleId::from_uuid(self.id),
            name: self.name.clone(),
            audience: self.audience(),
            is_built_in: self.built_in,
            people: self.people,
            permissions: i64::try_from(self.permissions.len()).unwrap_or(i64::MAX),
        }
    }
}

async fn stored(op: &mut Op, id: Option<RoleId>) -> Result<Vec<Stored>, AppError> {
    sqlx::query_as!(
        Stored,
        r#"SELECT r.id, r.name, r.audience, r.built_in,
             (SELECT count(*) FROM login_role lr WHERE lr.tenant_id = r.tenant_id AND lr.role_id = r.id) AS "people!",
             array(SELECT rp.permission FROM role_permission rp WHERE rp.tenant_id = r.tenant_id AND rp.role_id = r.id
                   ORDER BY rp.permission) AS "permissions!: Vec<String>"
           FROM role r WHERE $1::uuid IS NULL OR r.id = $1
           ORDER BY r.audience <> 'staff', r.audience, r.built_in DESC, r.name, r.id LIMIT 200"#,
        id.map(RoleId::uuid),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)
}

async fn one(op: &mut Op, id: RoleId) -> Result<Stored, AppError> {
    stored(op, Some(id)).await?.pop().ok_or(AppError::NotFound)
}

/// A role of one's own, locked, for a change.
async fn own(op: &mut Op, id: RoleId) -> Result<Stored, AppError> {
    sqlx::query!("SELECT id FROM role WHERE id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let role = one(op, id).await?;
    if role.built_in {
        return Err(AppError::Conflict("A built-in role is not changed. Copy it and change the copy.".into()));
    }
    Ok(role)
}

/// All roles: those of the staff first, built-in ones before own ones.
pub async fn list(tx: &mut Tx<RoleRead>) -> Result<Vec<RoleRow>, AppError> {
    Ok(stored(tx, None).await?.iter().map(Stored::row).collect())
}

/// One role with all permissions that people of its audience may have.
pub async fn get(tx: &mut Tx<RoleRead>, reader: &Giver, id: RoleId) -> Result<RoleSheet, AppError> {
    let role = one(tx, id).await?;
    let people = sqlx::query_scalar!(
        "SELECT l.full_name FROM login_role lr JOIN login l ON l.tenant_id = lr.tenant_id AND l.id = lr.login_id
         WHERE lr.role_id = $1 ORDER BY l.full_name, l.id LIMIT 50",
        id.uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let can_write = reader.permissions.can::<RoleWrite>() && !role.built_in;
    Ok(RoleSheet {
        groups: groups(tx, &role, reader),
        classes: role.permissions.iter().filter_map(|code| class_of(code)).collect(),
        row: role.row(),
        people,
        can_write,
    })
}

/// Every permission that this role could have, in the order of the contexts.
fn groups(op: &Op, role: &Stored, reader: &Giver) -> Vec<PermissionGroup> {
    let chosen: BTreeSet<&str> = role.permissions.iter().map(String::as_str).collect();
    let mut groups: Vec<PermissionGroup> = Vec::new();
    for module in &op.app().modules {
        let boxes: Vec<PermissionBox> = module
            .permissions
            .iter()
            .filter(|p| p.code != OWN_SESSIONS && is_for(role.audience(), p.code))
            .filter(|p| !crate::roles::is_for_programs(p.code))
            .map(|p| PermissionBox {
                code: p.code.to_owned(),
                says: p.says.to_owned(),
                is_chosen: chosen.contains(p.code),
                // Nobody of the staff has the permissions of a portal; who edits roles may still hand those out.
                can_give: role.audience() != Audience::Staff || reader.permissions.has(p.code),
            })
            .collect();
        if !boxes.is_empty() {
            groups.push(PermissionGroup { context: module.name.to_owned(), boxes });
        }
    }
    groups
}

async fn ensure_name_is_free(op: &mut Op, name: &str, but: Option<RoleId>) -> Result<(), AppError> {
    let taken = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM role WHERE lower(name) = lower($1) AND ($2::uuid IS NULL OR id <> $2)) AS "is!""#,
        name,
        but.map(RoleId::uuid),
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)?;
    if taken {
        return Err(AppError::invalid("name", "Another role has this name. Choose another."));
    }
    Ok(())
}

/// Makes a role of one's own with the permissions of another one, of which the editor must have all.
///
/// # Errors
/// `Invalid` on `name`; `NotFound`; `Conflict` for more than the editor has.
pub async fn copy(tx: &mut Tx<RoleWrite>, giver: &Giver, form: CopyRoleForm) -> Result<RoleId, AppError> {
    let name = role_name(&form.name).map_err(AppError::Invalid)?;
    let from = one(tx, form.of).await?;
    ensure_name_is_free(tx, name.as_str(), None).await?;
    if from.audience() == Audience::Staff {
        giver.ensure_has(from.permissions.iter().map(String::as_str))?;
    }
    let (id, tenant) = (RoleId::new(), tx.tenant().uuid());
    sqlx::query!(
        "INSERT INTO role (tenant_id, id, code, name, audience, built_in) VALUES ($1, $2, $3, $4, $5, false)",
        tenant,
        id.uuid(),
        format!("own_{}", id.uuid().simple()),
        name.as_str(),
        from.audience,
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    set_permissions(tx, id, &from.permissions).await?;
    tx.audit(Change::new("identity.role.copy", "role", id).after(json!({
        "name": name, "of": from.name, "permissions": from.permissions,
    })));
    Ok(id)
}

async fn set_permissions(op: &mut Op, id: RoleId, codes: &[String]) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    sqlx::query!("DELETE FROM role_permission WHERE role_id = $1 AND permission <> ALL($2)", id.uuid(), codes)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    sqlx::query!(
        "INSERT INTO role_permission (tenant_id, role_id, permission) SELECT $1, $2, unnest($3::text[])
         ON CONFLICT DO NOTHING",
        tenant,
        id.uuid(),
        codes,
    )
    .execute(op.conn())
    .await
    .map(drop)
    .map_err(from_sql)
}

/// Gives a role of one's own a name and exactly these permissions. Saving the same again changes nothing.
///
/// # Errors
/// `Invalid` on `name` and for a permission that its people cannot have; `NotFound`; `Conflict` for a built-in role, for
/// a change beyond what the editor has, and when nobody could change staff and roles any more.
pub async fn save(tx: &mut Tx<RoleWrite>, giver: &Giver, form: RoleForm) -> Result<(), AppError> {
    let name = role_name(&form.name).map_err(AppError::Invalid)?;
    let role = own(tx, form.id).await?;
    ensure_name_is_free(tx, name.as_str(), Some(form.id)).await?;
    let known: BTreeSet<&str> = tx.app().modules.iter().flat_map(|m| m.permissions).map(|p| p.code).collect();
    let before: BTreeSet<String> = role.permissions.iter().cloned().collect();
    let mut after: BTreeSet<String> = form.permissions.into_iter().collect();
    let is_fit = |code: &String| {
        known.contains(code.as_str()) && is_for(role.audience(), code) && !crate::roles::is_for_programs(code)
    };
    if let Some(wrong) = after.iter().find(|code| !is_fit(code)) {
        return Err(AppError::invalid("permissions", format!("A role of this kind cannot have {wrong}.")));
    }
    after.insert(OWN_SESSIONS.to_owned());
    if role.audience() == Audience::Staff {
        // Neither given nor taken: else a role above the editor's own could be cut down by its editor.
        giver.ensure_has(before.symmetric_difference(&after).map(String::as_str))?;
    }
    if before == after && role.name == name.as_str() {
        return Ok(());
    }
    let guard = AdminGuard::watch(tx).await?;
    sqlx::query!("UPDATE role SET name = $2 WHERE id = $1", form.id.uuid(), name.as_str())
        .execute(tx.conn())
        .await
        .map_err(from_sql)?;
    set_permissions(tx, form.id, &after.iter().cloned().collect::<Vec<_>>()).await?;
    guard.check(tx).await?;
    let change = Change::new("identity.role.save", "role", form.id);
    tx.audit(
        change
            .before(json!({ "name": role.name, "permissions": before }))
            .after(json!({ "name": name, "permissions": after })),
    );
    Ok(())
}

/// Removes a role of one's own that nobody has.
///
/// # Errors
/// `NotFound`; `Conflict` for a built-in role and for one that somebody has.
pub async fn remove(tx: &mut Tx<RoleWrite>, id: RoleId) -> Result<(), AppError> {
    let role = own(tx, id).await?;
    if role.people > 0 {
        return Err(AppError::Conflict("Somebody has this role. Give them another one first.".into()));
    }
    sqlx::query!("DELETE FROM role WHERE id = $1", id.uuid()).execute(tx.conn()).await.map_err(from_sql)?;
    let change = Change::new("identity.role.remove", "role", id);
    tx.audit(change.before(json!({ "name": role.name, "permissions": role.permissions })));
    Ok(())
}
