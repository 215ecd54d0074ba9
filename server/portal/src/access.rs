//! The password of a subscriber: a code by SMS, then a password of one's own. The one rule: the answer is the same whether
//! the number has an account or not, and a code works once, for five minutes, in the browser that asked for it.

use chrono::{TimeDelta, Utc};
use comms::notices::{Notice, send_in_op};
use model::comms::notices::NoticeKind;
use model::identity::{LoginForm, LoginStep};
use model::msisdn::Msisdn;
use model::portal::my::{AskCodeForm, SetPasswordForm};
use model::{AppError, Audience, Lang};
use platform::audit::Change;
use platform::error::from_sql;
use platform::secrets::{random_token, token_hash};
use platform::throttle::{self, Limit};
use platform::{Job, JobCtx, JobError, Op, RequestCtx, TenantId};
use rand::Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Minutes that a code lives.
const CODE_MINUTES: i64 = 5;
/// Wrong tries after which a code is dead.
const TRIES_MAX: i16 = 5;
/// Codes an hour for one phone and for one address before the waits begin, less one: each costs an SMS and rings a phone.
const PER_PHONE: Limit = Limit { failures_max: 2 };
const PER_ADDRESS: Limit = Limit { failures_max: 20 };

/// Wrong codes from one address: a code is not guessed, a password is expensive to hash.
const TRIES: Limit = Limit { failures_max: 30 };

const WRONG_CODE: &str = "This code does not fit, or its five minutes are over. Ask for a new one.";

/// Signs a subscriber in by phone, however it is spelled, and password.
///
/// # Errors
/// As `identity::sign_in::sign_in`.
pub async fn sign_in(ctx: &RequestCtx, form: LoginForm) -> Result<LoginStep, AppError> {
    let name = Msisdn::parse(&form.name).map_or(form.name, Msisdn::canonical);
    identity::sign_in::sign_in(ctx, LoginForm { name, ..form }).await
}

/// Has a code sent to the phone of a subscriber and gives the request that the code is bound to. A number without an account
/// gets no code and the same answer. A new code replaces an older one.
///
/// # Errors
/// `Invalid` on `phone`, `TooMany` after three codes in an hour.
pub async fn ask_code(ctx: &RequestCtx, form: AskCodeForm) -> Result<String, AppError> {
    let phone = Msisdn::parse(&form.phone).map_err(|refusal| AppError::invalid("phone", refusal.to_string()))?;
    let tenant = ctx.tenant()?;
    let by_phone = format!("code:{tenant}:{}", phone.canonical());
    let by_address = format!("code-address:{}", ctx.address.map(|a| a.to_string()).unwrap_or_default());
    throttle::take(&ctx.app, &by_address, PER_ADDRESS).await?;
    throttle::take(&ctx.app, &by_phone, PER_PHONE).await?;
    let request = random_token();
    let mut op = ctx.begin_before_login().await?;
    let key = platform::tenants::data_key(&ctx.app, tenant).await?;
    let sealed_request = hex::encode(key.seal(&place(tenant), request.as_bytes()));
    op.schedule(&SendCode { phone, sealed_request, lang: ctx.lang }).await?;
    op.commit().await?;
    Ok(request)
}

fn place(tenant: TenantId) -> String {
    format!("password_reset.request:{tenant}")
}

/// Looks for the login of a phone, and makes and sends its code. Does nothing when there is none. A job, so that the
/// answer to the browser takes as long for a number that nobody has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SendCode {
    phone: Msisdn,
    /// The request stays in the browser, and under seal here, until its code is made.
    sealed_request: String,
    lang: Lang,
}

impl Job for SendCode {
    const KIND: &'static str = "portal.send_code";
    const PRIORITY: i16 = 10;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let Some(login) = login_of(&mut op, self.phone).await? else { return Ok(()) };
        let key = platform::tenants::data_key(&ctx.app, ctx.tenant).await?;
        let sealed = hex::decode(&self.sealed_request).map_err(platform::internal)?;
        let request = key.open(&place(ctx.tenant), &sealed).map_err(platform::internal)?;
        let request = String::from_utf8(request).map_err(platform::internal)?;
        let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
        store(&mut op, login, &request, &code).await?;
        let isp = platform::tenants::head(&ctx.app, ctx.tenant).await?.name;
        let text = crate::texts::sms_password_code(self.lang, isp, &code, CODE_MINUTES);
        let dedupe = format!("code:{}", hex::encode(token_hash(&request)));
        let notice = Notice::sms(NoticeKind::PasswordReset, self.phone.canonical(), self.lang, text, dedupe);
        send_in_op(&mut op, notice).await?;
        op.audit(Change::new("portal.password.ask_code", "login", login));
        op.commit().await?;
        Ok(())
    }
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
/// `Invalid` on `code` in the same words for a wrong code, an old one, a used one and a dead one; `Invalid` on `password`;
/// `TooMany` after many wrong codes from one address.
pub async fn set_password(ctx: &RequestCtx, form: SetPasswordForm) -> Result<(), AppError> {
    let tenant = ctx.tenant()?;
    let by_address = format!("code-try:{}", ctx.address.map(|a| a.to_string()).unwrap_or_default());
    identity::passwords::check_strength(Audience::My, &form.password, &[])
        .map_err(|sentence| AppError::invalid("password", sentence))?;
    throttle::take(&ctx.app, &by_address, TRIES).await?;
    let code: String = form.code.chars().filter(char::is_ascii_digit).collect();
    let mut op = ctx.begin_before_login().await?;
    if prove(&mut op, &form.request, &code).await?.is_none() {
        op.commit().await?;
        tracing::warn!("a password code did not fit");
        return Err(AppError::invalid("code", WRONG_CODE));
    }
    op.rollback().await?;
    throttle::forgive(&ctx.app, &by_address, TRIES).await?;
    // Between two transactions: hashing takes long. Somebody may have used the code meanwhile.
    let hash = identity::passwords::hash(Audience::My, form.password).await?;
    let mut op = ctx.begin_before_login().await?;
    let Some(login) = prove(&mut op, &form.request, &code).await? else {
        op.rollback().await?;
        return Err(AppError::invalid("code", WRONG_CODE));
    };
    sqlx::query!(
        "UPDATE password_reset SET used_at = $2 WHERE request_hash = $1",
        token_hash(&form.request),
        Utc::now()
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    sqlx::query!("UPDATE login SET password_hash = $2 WHERE id = $1", login, hash)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    op.audit(Change::new("portal.password.set", "login", login));
    op.commit().await?;
    // Whoever was in by the old password is out.
    platform::sessions::revoke_all(&ctx.app, tenant, login, None).await?;
    Ok(())
}

/// The login of a live request whose code this is, its row locked. A wrong code is counted.
async fn prove(op: &mut Op, request: &str, code: &str) -> Result<Option<Uuid>, AppError> {
    let found = sqlx::query!(
        "SELECT login_id, token_hash, wrong_tries FROM password_reset
         WHERE request_hash = $1 AND used_at IS NULL AND expires_at > $2 FOR UPDATE",
        token_hash(request),
        Utc::now(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    let Some(found) = found.filter(|row| row.wrong_tries < TRIES_MAX) else { return Ok(None) };
    if found.token_hash == bound(request, code) {
        return Ok(Some(found.login_id));
    }
    sqlx::query!(
        "UPDATE password_reset SET wrong_tries = wrong_tries + 1 WHERE request_hash = $1",
        token_hash(request)
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(None)
}
