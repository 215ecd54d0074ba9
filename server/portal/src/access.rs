//! The password of a subscriber: a code by SMS, then a password of one's own. The one rule: the answer is the same whether
//! the number has an account or not, and a code works once, for five minutes, in the browser that asked for it.

use chrono::{TimeDelta, Utc};
use comms::notices::{Notice, send_in_op};
use model::comms::notices::NoticeKind;
use model::identity::{LoginForm, LoginStep};
use model::msisdn::Msisdn;
use model::portal::my::{AskCodeForm, SetPasswordForm};
use model::{AppError, Audience};
use platform::audit::Change;
use platform::error::from_sql;
use platform::secrets::{random_token, token_hash};
use platform::throttle::{self, Limit};
use platform::{Op, RequestCtx};
use rand::Rng;
use uuid::Uuid;

/// Minutes that a code lives.
const CODE_MINUTES: i64 = 5;
/// Wrong tries after which a code is dead.
const TRIES_MAX: i16 = 5;
/// Codes an hour for one phone and for one address before the waits begin, less one: each costs an SMS and rings a phone.
const PER_PHONE: Limit = Limit { failures_max: 2 };
const PER_ADDRESS: Limit = Limit { failures_max: 20 };

const WRONG_CODE: &str = "This code does not fit, or its five minutes are over. Ask for a new one.";

/// Signs a subscriber in by phone, however it is spelled, and password.
///
/// # Errors
/// As `identity::sign_in::sign_in`.
pub async fn sign_in(ctx: &RequestCtx, form: LoginForm) -> Result<LoginStep, AppError> {
    let name = Msisdn::parse(&form.name).map_or(form.name, Msisdn::canonical);
    identity::sign_in::sign_in(ctx, LoginForm { name, ..form }).await
}

/// Sends a code to the phone of a subscriber and gives the request that the code is bound to. A number without an account
/// gets no code and the same answer. A new code replaces an older one.
///
/// # Errors
/// `Invalid` on `phone`, `TooMany` after three codes in an hour.
pub async fn ask_code(ctx: &RequestCtx, form: AskCodeForm) -> Result<String, AppError> {
    let phone = Msisdn::parse(&form.phone).map_err(|refusal| AppError::invalid("phone", refusal.to_string()))?;
    let tenant = ctx.tenant()?;
    let by_phone = format!("code:{tenant}:{}", phone.canonical());
    let by_address = format!("code-address:{}", ctx.address.map(|a| a.to_string()).unwrap_or_default());
    throttle::check(&ctx.app, &[&by_phone, &by_address]).await?;
    throttle::fail(&ctx.app, &by_phone, PER_PHONE).await?;
    throttle::fail(&ctx.app, &by_address, PER_ADDRESS).await?;
    let request = random_token();
    let mut op = ctx.begin_before_login().await?;
    if let Some(login) = login_of(&mut op, phone).await? {
        let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
        store(&mut op, login, &request, &code).await?;
        let isp = platform::tenants::head(&ctx.app, tenant).await?.name;
        let text = crate::texts::sms_password_code(ctx.lang, isp, &code, CODE_MINUTES);
        // The request itself stays in the browser; its hash is as good a key.
        let dedupe = format!("code:{}", hex::encode(token_hash(&request)));
        send_in_op(&mut op, Notice::sms(NoticeKind::PasswordReset, phone.canonical(), ctx.lang, text, dedupe)).await?;
        op.audit(Change::new("portal.password.ask_code", "login", login));
    }
    op.commit().await?;
    Ok(request)
}

/// The login at `/my` of a phone.
async fn login_of(op: &mut Op, phone: Msisdn) -> Result<Option<Uuid>, AppError> {
    sqlx::query_scalar!(
        "SELECT id FROM login WHERE audience = $1 AND name = $2 AND state = 'active'",
        Audience::My.code(),
        phone.canonical(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)
}

async fn store(op: &mut Op, login: Uuid, request: &str, code: &str) -> Result<(), AppError> {
    let (tenant, now) = (op.tenant().uuid(), Utc::now());
    sqlx::query!(
        "UPDATE password_reset SET used_at = $2 WHERE login_id = $1 AND request_hash IS NOT NULL AND used_at IS NULL",
        login,
        now,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    sqlx::query!(
        "INSERT INTO password_reset (tenant_id, login_id, token_hash, request_hash, expires_at) VALUES ($1, $2, $3, $4, $5)",
        tenant,
        login,
        bound(request, code),
        token_hash(request),
        now + TimeDelta::minutes(CODE_MINUTES),
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// The code together with its request: without the request the stored hash of six digits tells nothing.
fn bound(request: &str, code: &str) -> Vec<u8> {
    token_hash(&format!("{request}:{code}"))
}

/// Sets the password of the login that the request belongs to, when the code fits. All other sessions of the person end.
/// The code is then used up.
///
/// # Errors
/// `Invalid` on `code` in the same words for a wrong code, an old one, a used one and a dead one; `Invalid` on `password`.
pub async fn set_password(ctx: &RequestCtx, form: SetPasswordForm) -> Result<(), AppError> {
    let tenant = ctx.tenant()?;
    let code: String = form.code.chars().filter(char::is_ascii_digit).collect();
    identity::passwords::check_strength(Audience::My, &form.password, &[])
        .map_err(|sentence| AppError::invalid("password", sentence))?;
    // Before the transaction: hashing takes long, and its row is locked meanwhile.
    let hash = identity::passwords::hash(Audience::My, form.password).await?;
    let mut op = ctx.begin_before_login().await?;
    let found = sqlx::query!(
        "SELECT login_id, token_hash, wrong_tries FROM password_reset
         WHERE request_hash = $1 AND used_at IS NULL AND expires_at > $2 FOR UPDATE",
        token_hash(&form.request),
        Utc::now(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    let Some(found) = found.filter(|row| row.wrong_tries < TRIES_MAX) else {
        op.rollback().await?;
        return Err(AppError::invalid("code", WRONG_CODE));
    };
    if found.token_hash != bound(&form.request, &code) {
        sqlx::query!(
            "UPDATE password_reset SET wrong_tries = wrong_tries + 1 WHERE request_hash = $1",
            token_hash(&form.request)
        )
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
        op.commit().await?;
        tracing::warn!("a password code did not fit");
        return Err(AppError::invalid("code", WRONG_CODE));
    }
    sqlx::query!(
        "UPDATE password_reset SET used_at = $2 WHERE request_hash = $1",
        token_hash(&form.request),
        Utc::now()
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    sqlx::query!("UPDATE login SET password_hash = $2 WHERE id = $1", found.login_id, hash)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    op.audit(Change::new("portal.password.set", "login", found.login_id));
    op.commit().await?;
    // Whoever was in by the old password is out.
    platform::sessions::revoke_all(&ctx.app, tenant, found.login_id, None).await?;
    Ok(())
}
