//! Signing in and out, of every audience.

use crate::second_factor::is_asked_of;
use crate::{logins, passwords};
use chrono::Utc;
use model::identity::{LoginForm, LoginStep, safe_next};
use model::{AppError, Audience};
use platform::RequestCtx;
use platform::audit::Change;
use platform::error::from_sql;
use platform::sessions::{self, SignedIn};
use platform::throttle::{self, Limit};
use platform::web::second_factor_path;

/// Ten wrong tries an hour for one login, a hundred from one address; then waits that grow, never a lock for good.
const PER_LOGIN: Limit = Limit { failures_max: 10 };
const PER_ADDRESS: Limit = Limit { failures_max: 100 };

const WRONG: &str = model::identity::WRONG_SIGN_IN;

/// The page of an audience after sign-in.
pub const fn home(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => "/",
        Audience::My => "/my",
        Audience::Partner => "/partner",
        Audience::Platform => "/platform",
    }
}

/// Checks name and password and starts the session, which gets a new id. With a second factor set up, the session is
/// only half open until `mfa::confirm`.
///
/// # Errors
/// `Invalid` on `password` with the same words for an unknown name; `TooMany` while throttled.
pub async fn sign_in(ctx: &RequestCtx, form: LoginForm) -> Result<LoginStep, AppError> {
    let tenant = ctx.tenant()?;
    let name = logins::login_name(&form.name);
    let by_login = format!("login:{tenant}:{}:{name}", ctx.audience.code());
    let by_address = format!("address:{}", ctx.address.map(|a| a.to_string()).unwrap_or_default());
    throttle::check(&ctx.app, &[&by_login, &by_address]).await?;
    let mut op = ctx.begin_before_login().await?;
    let found = logins::at_the_door(op.conn(), ctx.audience, &name).await.map_err(from_sql)?;
    let hash = found.as_ref().and_then(|f| f.password_hash.clone());
    let fits = passwords::verify(form.password, hash).await?;
    let Some(found) = found.filter(|f| fits && f.state == "active") else {
        op.rollback().await?;
        throttle::fail(&ctx.app, &by_login, PER_LOGIN).await?;
        throttle::fail(&ctx.app, &by_address, PER_ADDRESS).await?;
        tracing::warn!(audience = ctx.audience.code(), "sign-in refused");
        return Err(AppError::invalid("password", WRONG));
    };
    let complete = found.totp_secret.is_none();
    op.act_as(found.id, found.full_name.clone());
    op.audit(
        Change::new("identity.sign_in", "login", found.id)
            .after(serde_json::json!({ "second_factor_next": !complete })),
    );
    op.commit().await?;
    throttle::clear(&ctx.app, &by_login).await?;
    let session = ctx.session.as_ref().ok_or(AppError::Unauthenticated)?;
    let signed_in = SignedIn { tenant, person_id: found.id, complete, at: Utc::now(), viewer: None };
    sessions::sign_in(session, &signed_in).await?;
    remember_device(ctx, session).await?;
    let next = safe_next(&form.next, home(ctx.audience));
    let must_enrol =
        complete && is_asked_of(ctx.audience) && platform::tenants::head(&ctx.app, tenant).await?.mfa_required;
    if must_enrol {
        return Ok(LoginStep::Done { next: second_factor_path(ctx.audience).to_owned() });
    }
    Ok(if complete { LoginStep::Done { next } } else { LoginStep::SecondFactor { next } })
}

/// Saves the session now, so that its row is there for the note of the device.
pub(crate) async fn remember_device(ctx: &RequestCtx, session: &tower_sessions::Session) -> Result<(), AppError> {
    session.save().await.map_err(platform::internal)?;
    sessions::note_device(&ctx.app, session, ctx.address.map(|a| a.to_string()), ctx.user_agent.clone()).await;
    Ok(())
}

/// Ends the session that asks. Signing out twice succeeds.
pub async fn sign_out(ctx: &RequestCtx) -> Result<(), AppError> {
    match &ctx.session {
        Some(session) => sessions::sign_out(session).await,
        None => Ok(()),
    }
}
