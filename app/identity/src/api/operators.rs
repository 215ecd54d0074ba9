//! The doors of operators: in, out, their second factor, the ISPs.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::identity::operators::{IspForm, IspRow};
use model::identity::second_factor::{ProofForm, SecondFactor};
use model::identity::{LoginForm, LoginStep, MfaForm};

#[cfg(feature = "ssr")]
use {
    super::go_on,
    identity::operators,
    identity::second_factor::{self as factor, Me},
    model::identity::perm,
    platform::ctx,
    platform::web::{leave, redirect},
};

#[server(prefix = "/rpc/platform", endpoint = "identity/sign_in")]
pub async fn sign_in_platform(form: LoginForm) -> Result<LoginStep, AppError> {
    go_on("/platform/mfa", identity::sign_in::sign_in(&ctx().await?, form).await?)
}

#[server(prefix = "/rpc/platform", endpoint = "identity/mfa")]
pub async fn confirm_mfa_platform(form: MfaForm) -> Result<LoginStep, AppError> {
    go_on("/platform/mfa", identity::mfa::confirm(&ctx().await?, form).await?)
}

#[server(prefix = "/rpc/platform", endpoint = "identity/sign_out")]
pub async fn sign_out_platform() -> Result<(), AppError> {
    identity::sign_in::sign_out(&ctx().await?).await?;
    leave("/platform/login");
    Ok(())
}

#[server(prefix = "/rpc/platform", endpoint = "identity/second_factor/read", input = GetUrl)]
pub async fn read_factor_platform() -> Result<SecondFactor, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin_platform::<perm::SessionOwn>().await?;
    let state = factor::read(&mut tx, Me::of(&ctx)?).await?;
    tx.commit().await?;
    Ok(state)
}

#[server(prefix = "/rpc/platform", endpoint = "identity/second_factor/begin")]
pub async fn begin_factor_platform(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin_platform::<perm::SessionOwn>().await?;
    factor::begin(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/platform", endpoint = "identity/second_factor/confirm")]
pub async fn confirm_factor_platform(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin_platform::<perm::SessionOwn>().await?;
    factor::confirm(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await?;
    factor::renew_session(&ctx).await
}

#[server(prefix = "/rpc/platform", endpoint = "identity/second_factor/keep")]
pub async fn keep_codes_platform() -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin_platform::<perm::SessionOwn>().await?;
    factor::keep(&mut tx, Me::of(&ctx)?).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/platform", endpoint = "identity/second_factor/renew")]
pub async fn renew_codes_platform(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin_platform::<perm::SessionOwn>().await?;
    factor::renew_codes(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await
}

/// The ISPs of this installation, with counts and nothing of their subscribers.
#[server(prefix = "/rpc/platform", endpoint = "identity/isps/list", input = GetUrl)]
pub async fn read_isps() -> Result<Vec<IspRow>, AppError> {
    let mut tx = ctx().await?.begin_platform::<perm::TenantRead>().await?;
    let rows = operators::isps(&mut tx).await?;
    tx.commit().await?;
    Ok(rows)
}

#[server(prefix = "/rpc/platform", endpoint = "identity/isps/add")]
pub async fn add_isp(form: IspForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin_platform::<perm::TenantWrite>().await?;
    operators::add_isp(&mut tx, form).await?;
    tx.commit().await?;
    redirect("/platform?done=added");
    Ok(())
}
