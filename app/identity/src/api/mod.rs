//! The doors of identity: sign-in and sign-out here, the rest by topic.

pub mod admin;
pub mod operators;
pub mod password;
pub mod people;
pub mod second_factor;
pub mod view_as;

use kit::prelude::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::identity::{LoginForm, LoginStep, MfaForm, SessionRow, SetupForm, Shell};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
use {chrono::Offset, model::identity::perm, platform::ctx};

/// What the shell of the page shows. Open to strangers, who get the tenant's name and nothing else.
#[server(prefix = "/rpc/staff", endpoint = "identity/shell", input = GetUrl)]
pub async fn staff_shell() -> Result<Shell, AppError> {
    identity::shell::shell(&ctx().await?).await
}

/// The same for the phone program.
#[server(prefix = "/rpc/my", endpoint = "identity/shell", input = GetUrl)]
pub async fn my_shell() -> Result<Shell, AppError> {
    identity::shell::shell(&ctx().await?).await
}

#[server(prefix = "/rpc/staff", endpoint = "identity/sign_in")]
pub async fn sign_in_staff(form: LoginForm) -> Result<LoginStep, AppError> {
    go_on("/mfa", try_sign_in(form).await?)
}

#[server(prefix = "/rpc/partner", endpoint = "identity/sign_in")]
pub async fn sign_in_partner(form: LoginForm) -> Result<LoginStep, AppError> {
    go_on("/partner/mfa", try_sign_in(form).await?)
}

#[server(prefix = "/rpc/staff", endpoint = "identity/mfa")]
pub async fn confirm_mfa_staff(form: MfaForm) -> Result<LoginStep, AppError> {
    go_on("/mfa", identity::mfa::confirm(&ctx().await?, form).await?)
}

#[server(prefix = "/rpc/partner", endpoint = "identity/mfa")]
pub async fn confirm_mfa_partner(form: MfaForm) -> Result<LoginStep, AppError> {
    go_on("/partner/mfa", identity::mfa::confirm(&ctx().await?, form).await?)
}

#[server(prefix = "/rpc/staff", endpoint = "identity/sign_out")]
pub async fn sign_out_staff() -> Result<(), AppError> {
    identity::sign_in::sign_out(&ctx().await?).await?;
    platform::web::leave("/login");
    Ok(())
}

/// The first start: makes the first operator, the first ISP and its admin, then leads to the sign-in.
#[server(prefix = "/rpc/staff", endpoint = "identity/setup")]
pub async fn set_up(form: SetupForm) -> Result<(), AppError> {
    identity::setup::set_up(&ctx().await?.app, form).await?;
    platform::web::redirect("/login");
    Ok(())
}

/// Whether `/setup` is still open.
#[server(prefix = "/rpc/staff", endpoint = "identity/setup_is_open", input = GetUrl)]
pub async fn setup_is_open() -> Result<bool, AppError> {
    identity::setup::is_open(&ctx().await?.app).await
}

/// Where somebody is signed in, in real time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionsData {
    pub rows: Vec<SessionRow>,
    pub time: PageTime,
}

/// The sessions of the person who asks.
#[server(prefix = "/rpc/staff", endpoint = "identity/sessions/list", input = GetUrl)]
pub async fn my_sessions() -> Result<SessionsData, AppError> {
    own_sessions().await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/sessions/list", input = GetUrl)]
pub async fn partner_sessions() -> Result<SessionsData, AppError> {
    own_sessions().await
}

#[cfg(feature = "ssr")]
async fn own_sessions() -> Result<SessionsData, AppError> {
    let ctx = ctx().await?;
    let tx = ctx.begin::<perm::SessionOwn>().await?;
    let now = tx.real_now();
    let offset_seconds = now.with_timezone(&tx.zone()).offset().fix().local_minus_utc();
    tx.commit().await?;
    let rows = platform::sessions::list(&ctx.app, ctx.tenant()?, ctx.person()?.id, ctx.session.as_ref()).await?;
    Ok(SessionsData { rows, time: PageTime { now, offset_minutes: offset_seconds / 60 } })
}

/// Ends one of one's own sessions.
#[server(prefix = "/rpc/staff", endpoint = "identity/sessions/revoke")]
pub async fn revoke_session(id: Uuid) -> Result<(), AppError> {
    end_session(id).await
}

#[server(prefix = "/rpc/partner", endpoint = "identity/sessions/revoke")]
pub async fn revoke_session_partner(id: Uuid) -> Result<(), AppError> {
    end_session(id).await
}

#[cfg(feature = "ssr")]
async fn end_session(id: Uuid) -> Result<(), AppError> {
    let ctx = ctx().await?;
    ctx.begin::<perm::SessionOwn>().await?.commit().await?;
    platform::sessions::revoke(&ctx.app, ctx.tenant()?, ctx.person()?.id, id).await
}

#[cfg(feature = "ssr")]
async fn try_sign_in(form: LoginForm) -> Result<LoginStep, AppError> {
    let name = form.name.clone();
    platform::web::keep_typed_name(&name, identity::sign_in::sign_in(&ctx().await?, form).await)
}

/// Leads to the next step also without scripts.
#[cfg(feature = "ssr")]
fn go_on(mfa: &str, step: LoginStep) -> Result<LoginStep, AppError> {
    match &step {
        LoginStep::Done { next } => platform::web::redirect(next),
        LoginStep::SecondFactor { next } => {
            platform::web::redirect(&format!("{mfa}?next={}", platform::web::in_query(next)))
        }
    }
    Ok(step)
}
