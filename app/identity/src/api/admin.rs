//! The doors of the office: audit log, settings, background work.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::identity::audit::{AuditFilter, AuditPage};
use model::identity::jobs::JobsPage;
use model::identity::settings::{TenantSettings, TenantSettingsForm};
use uuid::Uuid;

#[cfg(feature = "ssr")]
use {
    identity::{audit, jobs, settings},
    model::identity::perm,
    platform::ctx,
    platform::web::redirect,
};

#[server(prefix = "/rpc/staff", endpoint = "identity/audit/list", input = GetUrl)]
pub async fn read_audit(filter: AuditFilter) -> Result<AuditPage, AppError> {
    let mut tx = ctx().await?.begin::<perm::AuditRead>().await?;
    let page = audit::list(&mut tx, &filter).await?;
    tx.commit().await?;
    Ok(page)
}

/// Walks the whole chain and keeps what was found.
#[server(prefix = "/rpc/staff", endpoint = "identity/audit/verify")]
pub async fn verify_audit() -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::AuditRead>().await?;
    audit::verify(&mut tx).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "identity/settings/get", input = GetUrl)]
pub async fn read_settings() -> Result<TenantSettings, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::SettingRead>().await?;
    let found = settings::get(&mut tx, &ctx.person()?.permissions).await?;
    tx.commit().await?;
    Ok(found)
}

#[server(prefix = "/rpc/staff", endpoint = "identity/settings/save")]
pub async fn save_settings(form: TenantSettingsForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::SettingWrite>().await?;
    settings::save(&mut tx, form).await?;
    tx.commit().await?;
    redirect("/admin/settings?done=saved");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "identity/jobs/list", input = GetUrl)]
pub async fn read_jobs(
    #[server(default)] state: String,
    #[server(default)] after: String,
    #[server(default)] before: String,
) -> Result<JobsPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::JobRead>().await?;
    let page = jobs::list(&mut tx, &state, &after, &before, &ctx.person()?.permissions).await?;
    tx.commit().await?;
    Ok(page)
}

#[server(prefix = "/rpc/staff", endpoint = "identity/jobs/retry")]
pub async fn retry_job(id: Uuid) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::JobWrite>().await?;
    jobs::retry(&mut tx, id).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "identity/jobs/drop")]
pub async fn drop_job(id: Uuid) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::JobWrite>().await?;
    jobs::drop_failed(&mut tx, id).await?;
    tx.commit().await
}
