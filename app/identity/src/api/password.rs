//! The doors of passwords: forgotten, chosen by a link, changed.

use leptos::prelude::*;
use model::AppError;
use model::identity::links::{AskLinkForm, ChangePasswordForm, ChoosePasswordForm};

#[cfg(feature = "ssr")]
use {identity::links, identity::second_factor, platform::ctx, platform::web::redirect};

/// Asks for a link. The answer is the same whether the login exists or not.
#[server(prefix = "/rpc/staff", endpoint = "identity/password/ask")]
pub async fn ask_link_staff(form: AskLinkForm) -> Result<(), AppError> {
    links::ask(&ctx().await?, form).await?;
    redirect("/password?sent=1");
    Ok(())
}

#[server(prefix = "/rpc/partner", endpoint = "identity/password/ask")]
pub async fn ask_link_partner(form: AskLinkForm) -> Result<(), AppError> {
    links::ask(&ctx().await?, form).await?;
    redirect("/partner/password?sent=1");
    Ok(())
}

/// Chooses a password by a link, then leads to the sign-in.
#[server(prefix = "/rpc/staff", endpoint = "identity/password/choose")]
pub async fn choose_password_staff(form: ChoosePasswordForm) -> Result<(), AppError> {
    links::choose_password(&ctx().await?, form).await?;
    redirect("/login?done=password");
    Ok(())
}

#[server(prefix = "/rpc/partner", endpoint = "identity/password/choose")]
pub async fn choose_password_partner(form: ChoosePasswordForm) -> Result<(), AppError> {
    links::choose_password(&ctx().await?, form).await?;
    redirect("/partner/login?done=password");
    Ok(())
}

/// Changes one's own password; all other sessions end.
#[server(prefix = "/rpc/staff", endpoint = "identity/password/change")]
pub async fn change_password(form: ChangePasswordForm) -> Result<(), AppError> {
    change(form, "/profile?done=password").await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/password/change")]
pub async fn change_password_partner(form: ChangePasswordForm) -> Result<(), AppError> {
    change(form, "/partner/profile?done=password").await
}

#[cfg(feature = "ssr")]
async fn change(form: ChangePasswordForm, then: &str) -> Result<(), AppError> {
    let ctx = ctx().await?;
    links::change_password(&ctx, form).await?;
    second_factor::renew_session(&ctx).await?;
    redirect(then);
    Ok(())
}
