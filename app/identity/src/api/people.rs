//! The doors of the ISP's people and their roles.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::identity::roles::{CopyRoleForm, RoleForm, RoleRow, RoleSheet};
use model::identity::staff::{ContactForm, InviteForm, RoleChoice, StaffRolesForm, StaffRow, StaffSheet};
use model::identity::{LoginId, RoleId};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    identity::role_editor,
    identity::staff::{self, Giver},
    model::identity::perm,
    platform::ctx,
    platform::web::redirect,
};

/// The list of people, and the roles to invite somebody with, for who may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffList {
    pub rows: Vec<StaffRow>,
    pub invite: Option<Vec<RoleChoice>>,
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/list", input = GetUrl)]
pub async fn read_staff(#[server(default)] q: String, #[server(default)] state: String) -> Result<StaffList, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffRead>().await?;
    let rows = staff::list(&mut tx, &q, &state).await?;
    tx.commit().await?;
    let invite = match ctx.begin_if::<perm::StaffWrite>().await? {
        Some(mut tx) => Some(staff::roles_to_give(&mut tx).await?),
        None => None,
    };
    Ok(StaffList { rows, invite })
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/get", input = GetUrl)]
pub async fn read_person(id: String) -> Result<StaffSheet, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffRead>().await?;
    let id: LoginId = id.parse().map_err(|_| AppError::NotFound)?;
    let sheet = staff::get(&mut tx, &Giver::of(&ctx)?, id).await?;
    tx.commit().await?;
    Ok(sheet)
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/invite")]
pub async fn invite_person(form: InviteForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    let id = staff::invite(&mut tx, &Giver::of(&ctx)?, form).await?;
    tx.commit().await?;
    redirect(&format!("/admin/staff/{id}?done=invited"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/set_contact")]
pub async fn set_person_contact(form: ContactForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    let id = form.id;
    staff::set_contact(&mut tx, &Giver::of(&ctx)?, form).await?;
    tx.commit().await?;
    redirect(&format!("/admin/staff/{id}?done=saved"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/set_roles")]
pub async fn set_person_roles(form: StaffRolesForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    let id = form.id;
    staff::set_roles(&mut tx, &Giver::of(&ctx)?, form).await?;
    tx.commit().await?;
    redirect(&format!("/admin/staff/{id}?done=saved"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/set_blocked")]
pub async fn set_person_blocked(id: LoginId, is_blocked: bool) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    staff::set_blocked(&mut tx, &Giver::of(&ctx)?, id, is_blocked).await?;
    tx.commit().await?;
    if is_blocked {
        platform::sessions::revoke_all(&ctx.app, ctx.tenant()?, id.uuid(), None).await?;
    }
    redirect(&format!("/admin/staff/{id}?done=saved"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/send_link")]
pub async fn send_person_link(id: LoginId) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    staff::send_link(&mut tx, &Giver::of(&ctx)?, id).await?;
    tx.commit().await?;
    redirect(&format!("/admin/staff/{id}?done=sent"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/reset_second_factor")]
pub async fn reset_person_factor(id: LoginId) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    staff::reset_second_factor(&mut tx, &Giver::of(&ctx)?, id).await?;
    tx.commit().await?;
    platform::sessions::revoke_all(&ctx.app, ctx.tenant()?, id.uuid(), None).await?;
    redirect(&format!("/admin/staff/{id}?done=saved"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/staff/sign_out_everywhere")]
pub async fn sign_person_out(id: LoginId) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StaffWrite>().await?;
    staff::sign_out_everywhere(&mut tx, &Giver::of(&ctx)?, id).await?;
    tx.commit().await?;
    // One's own session stays: the profile ends that one.
    platform::sessions::revoke_all(&ctx.app, ctx.tenant()?, id.uuid(), ctx.session.as_ref()).await?;
    redirect(&format!("/admin/staff/{id}?done=signed_out"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/roles/list", input = GetUrl)]
pub async fn read_roles() -> Result<Vec<RoleRow>, AppError> {
    let mut tx = ctx().await?.begin::<perm::RoleRead>().await?;
    let rows = role_editor::list(&mut tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// A role, and whether the reader may copy it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePageData {
    pub sheet: RoleSheet,
    pub can_copy: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "identity/roles/get", input = GetUrl)]
pub async fn read_role(id: String) -> Result<RolePageData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::RoleRead>().await?;
    let id: RoleId = id.parse().map_err(|_| AppError::NotFound)?;
    let sheet = role_editor::get(&mut tx, &Giver::of(&ctx)?, id).await?;
    tx.commit().await?;
    Ok(RolePageData { sheet, can_copy: ctx.can::<perm::RoleWrite>() })
}

#[server(prefix = "/rpc/staff", endpoint = "identity/roles/copy")]
pub async fn copy_role(form: CopyRoleForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::RoleWrite>().await?;
    let id = role_editor::copy(&mut tx, &Giver::of(&ctx)?, form).await?;
    tx.commit().await?;
    redirect(&format!("/admin/roles/{id}"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/roles/save")]
pub async fn save_role(form: RoleForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::RoleWrite>().await?;
    let id = form.id;
    role_editor::save(&mut tx, &Giver::of(&ctx)?, form).await?;
    tx.commit().await?;
    redirect(&format!("/admin/roles/{id}?done=saved"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/roles/remove")]
pub async fn remove_role(id: RoleId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::RoleWrite>().await?;
    role_editor::remove(&mut tx, id).await?;
    tx.commit().await?;
    redirect("/admin/roles");
    Ok(())
}
