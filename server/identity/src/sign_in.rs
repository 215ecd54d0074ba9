//! Signing in and out, of every audience.

use crate::logins::AtTheDoor;
use crate::second_factor::is_asked_of;
use crate::{logins, operators, passwords};
use chrono::Utc;
use model::identity::{LoginForm, LoginStep, TenantId, safe_next, wrong_sign_in};
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
/// `Invalid` on a field that is empty; `Invalid` on `password` with the same words for an unknown name; `TooMany` while throttled; `Unavailable` while many
/// others wait.
pub async fn sign_in(ctx: &RequestCtx, form: LoginForm) -> Result<LoginStep, AppError> {
    let tenant = tenant_at(ctx)?;
    form.check(ctx.audience).map_err(AppError::Invalid)?;
    let wrong = || AppError::invalid("password", wrong_sign_in(ctx.audience));
    let name = logins::login_name(&form.name);
    if name.chars().count() > logins::NAME_CHARS_MAX {
        // Nobody has such a name, and nothing was computed to find that out.
        return Err(wrong());
    }
    let tries = Tries::take(ctx, &name).await?;
    let found = proven(ctx, &name, form.password).await;
    if matches!(found, Err(_) | Ok(Some(_))) {
        tries.forgive(found.is_ok()).await?;
    }
    let Some(found) = found? else {
        tracing::warn!(audience = ctx.audience.code(), "sign-in refused");
        return Err(wrong());
    };
    let complete = !found.has_factor;
    let session = ctx.session.as_ref().ok_or(AppError::Unauthenticated)?;
    let signed_in = SignedIn { tenant, person_id: found.id, complete, at: Utc::now(), viewer: None };
    sessions::sign_in(session, &signed_in).await?;
    remember_device(ctx, session).await?;
    let next = safe_next(&form.next, home(ctx.audience));
    if complete && must_have_factor(ctx, tenant).await? {
        return Ok(LoginStep::Done { next: second_factor_path(ctx.audience).to_owned() });
    }
    Ok(if complete { LoginStep::Done { next } } else { LoginStep::SecondFactor { next } })
}

/// The ISP at whose door this is; an operator's is nobody's.
fn tenant_at(ctx: &RequestCtx) -> Result<Option<TenantId>, AppError> {
    match ctx.audience {
        Audience::Platform => Ok(None),
        _ => ctx.tenant().map(Some),
    }
}

/// Whether nothing opens here without a second factor: always for operators, else as the ISP says.
async fn must_have_factor(ctx: &RequestCtx, tenant: Option<TenantId>) -> Result<bool, AppError> {
    match tenant {
        None => Ok(true),
        Some(_) if !is_asked_of(ctx.audience) => Ok(false),
        Some(tenant) => Ok(platform::tenants::head(&ctx.app, tenant).await?.mfa_required),
    }
}

/// The login whose password this is, noted in the log. No transaction is open while the password is verified; afterwards
/// the login is read again, because it may have been blocked or got another password meanwhile.
async fn proven(ctx: &RequestCtx, name: &str, password: String) -> Result<Option<AtTheDoor>, AppError> {
    if ctx.audience == Audience::Platform {
        return operators::proven(ctx, name, password).await;
    }
    let mut op = ctx.begin_before_login().await?;
    let seen = logins::at_the_door(op.conn(), ctx.audience, name).await.map_err(from_sql)?;
    op.rollback().await?;
    let hash = seen.and_then(|login| login.password_hash);
    if !passwords::verify(ctx.audience, password, hash.clone()).await? {
        return Ok(None);
    }
    let mut op = ctx.begin_before_login().await?;
    let found = logins::at_the_door(op.conn(), ctx.audience, name).await.map_err(from_sql)?;
    let Some(found) = found.filter(|login| login.state == "active" && login.password_hash == hash) else {
        op.rollback().await?;
        return Ok(None);
    };
    op.act_as(found.id, found.full_name.clone());
    op.audit(
        Change::new("identity.sign_in", "login", found.id)
            .after(serde_json::json!({ "second_factor_next": found.has_factor })),
    );
    op.commit().await?;
    Ok(Some(AtTheDoor { id: found.id, has_factor: found.has_factor }))
}

/// A try at a login from an address, counted before it is looked at.
struct Tries<'a> {
    ctx: &'a RequestCtx,
    by_login: String,
    by_address: String,
}

impl<'a> Tries<'a> {
    async fn take(ctx: &'a RequestCtx, name: &str) -> Result<Self, AppError> {
        let of = tenant_at(ctx)?.map(|tenant| tenant.to_string()).unwrap_or_default();
        let by_login = format!("login:{of}:{}:{name}", ctx.audience.code());
        let by_address = format!("address:{}", ctx.address.map(|a| a.to_string()).unwrap_or_default());
        // The address first: one that is blocked already does not use up the tries of a login.
        throttle::take(&ctx.app, &by_address, PER_ADDRESS).await?;
        throttle::take(&ctx.app, &by_login, PER_LOGIN).await?;
        Ok(Self { ctx, by_login, by_address })
    }

    /// The try was right, or could not be looked at.
    async fn forgive(&self, was_right: bool) -> Result<(), AppError> {
        throttle::forgive(&self.ctx.app, &self.by_address, PER_ADDRESS).await?;
        match was_right {
            true => throttle::clear(&self.ctx.app, &self.by_login).await,
            false => throttle::forgive(&self.ctx.app, &self.by_login, PER_LOGIN).await,
        }
    }
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
