//! The doors of one's own second factor, the same three times: each audience has its own session.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::identity::second_factor::{ProofForm, SecondFactor};

#[cfg(feature = "ssr")]
use {
    identity::second_factor::{self as verbs, Me},
    model::identity::perm::SessionOwn,
    platform::ctx,
};

// How it stands.
#[server(prefix = "/rpc/staff", endpoint = "identity/second_factor/read", input = GetUrl)]
pub async fn read_factor_staff() -> Result<SecondFactor, AppError> {
    read().await
}

#[server(prefix = "/rpc/my", endpoint = "identity/second_factor/read", input = GetUrl)]
pub async fn read_factor_my() -> Result<SecondFactor, AppError> {
    read().await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/second_factor/read", input = GetUrl)]
pub async fn read_factor_partner() -> Result<SecondFactor, AppError> {
    read().await
}

// Begins to set one up.
#[server(prefix = "/rpc/staff", endpoint = "identity/second_factor/begin")]
pub async fn begin_factor_staff(form: ProofForm) -> Result<(), AppError> {
    begin(form).await
}

#[server(prefix = "/rpc/my", endpoint = "identity/second_factor/begin")]
pub async fn begin_factor_my(form: ProofForm) -> Result<(), AppError> {
    begin(form).await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/second_factor/begin")]
pub async fn begin_factor_partner(form: ProofForm) -> Result<(), AppError> {
    begin(form).await
}

// Takes the authenticator's first answer.
#[server(prefix = "/rpc/staff", endpoint = "identity/second_factor/confirm")]
pub async fn confirm_factor_staff(form: ProofForm) -> Result<(), AppError> {
    confirm(form).await
}

#[server(prefix = "/rpc/my", endpoint = "identity/second_factor/confirm")]
pub async fn confirm_factor_my(form: ProofForm) -> Result<(), AppError> {
    confirm(form).await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/second_factor/confirm")]
pub async fn confirm_factor_partner(form: ProofForm) -> Result<(), AppError> {
    confirm(form).await
}

// The recovery codes are kept.
#[server(prefix = "/rpc/staff", endpoint = "identity/second_factor/keep")]
pub async fn keep_codes_staff() -> Result<(), AppError> {
    keep().await
}

#[server(prefix = "/rpc/my", endpoint = "identity/second_factor/keep")]
pub async fn keep_codes_my() -> Result<(), AppError> {
    keep().await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/second_factor/keep")]
pub async fn keep_codes_partner() -> Result<(), AppError> {
    keep().await
}

// Makes new recovery codes.
#[server(prefix = "/rpc/staff", endpoint = "identity/second_factor/renew")]
pub async fn renew_codes_staff(form: ProofForm) -> Result<(), AppError> {
    renew(form).await
}

#[server(prefix = "/rpc/my", endpoint = "identity/second_factor/renew")]
pub async fn renew_codes_my(form: ProofForm) -> Result<(), AppError> {
    renew(form).await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/second_factor/renew")]
pub async fn renew_codes_partner(form: ProofForm) -> Result<(), AppError> {
    renew(form).await
}

// Switches it off.
#[server(prefix = "/rpc/staff", endpoint = "identity/second_factor/switch_off")]
pub async fn switch_off_factor_staff(form: ProofForm) -> Result<(), AppError> {
    switch_off(form).await
}

#[server(prefix = "/rpc/my", endpoint = "identity/second_factor/switch_off")]
pub async fn switch_off_factor_my(form: ProofForm) -> Result<(), AppError> {
    switch_off(form).await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/second_factor/switch_off")]
pub async fn switch_off_factor_partner(form: ProofForm) -> Result<(), AppError> {
    switch_off(form).await
}

#[cfg(feature = "ssr")]
async fn read() -> Result<SecondFactor, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    let state = verbs::read(&mut tx, Me::of(&ctx)?).await?;
    tx.commit().await?;
    Ok(state)
}

#[cfg(feature = "ssr")]
async fn begin(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    verbs::begin(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await
}

#[cfg(feature = "ssr")]
async fn confirm(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    verbs::confirm(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await?;
    verbs::renew_session(&ctx).await
}

#[cfg(feature = "ssr")]
async fn keep() -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    verbs::keep(&mut tx, Me::of(&ctx)?).await?;
    tx.commit().await
}

#[cfg(feature = "ssr")]
async fn renew(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    verbs::renew_codes(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await
}

#[cfg(feature = "ssr")]
async fn switch_off(form: ProofForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    let is_changed = verbs::switch_off(&mut tx, Me::of(&ctx)?, form).await?;
    tx.commit().await?;
    if is_changed { verbs::renew_session(&ctx).await } else { Ok(()) }
}
