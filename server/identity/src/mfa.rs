//! The second factor: TOTP (RFC 6238) with each step taken once, and recovery codes for the day the phone is lost.

use crate::logins::totp_place;
use crate::operators;
use crate::sign_in::{home, remember_device};
use chrono::Utc;
use model::AppError;
use model::identity::{LoginStep, MfaForm, safe_next};
use platform::audit::Change;
use platform::error::from_sql;
use platform::secrets::token_hash;
use platform::sessions::{self, SignedIn};
use platform::throttle::{self, Limit};
use platform::{Op, RequestCtx};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

const PER_LOGIN: Limit = Limit { failures_max: 10 };
const RECOVERY_CODES: usize = 10;

pub(crate) fn totp(seed: &[u8], issuer: &str, account: &str) -> Result<Totp, AppError> {
    Builder::new()
        .with_secret(Secret::from(seed))
        .with_issuer(Some(issuer))
        .with_account_name(account)
        .build()
        .map_err(platform::internal)
}

/// What a person needs to set up an authenticator: shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The seed in base 32, for typing.
    pub secret: String,
    /// The `otpauth://` address, for the QR code.
    pub url: String,
    pub recovery_codes: Vec<String>,
}

/// Gives a login a second factor with the given seed (or a random one) and ten recovery codes. An earlier factor and
/// its codes are replaced.
pub async fn enrol_in_op(op: &mut Op, login: Uuid, seed: Option<Vec<u8>>) -> Result<Enrolled, AppError> {
    let row = sqlx::query!(
        "SELECT l.name, t.name AS tenant FROM login l JOIN tenant t ON t.id = l.tenant_id WHERE l.id = $1",
        login
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let seed = seed.unwrap_or_else(|| rand::random::<[u8; 20]>().to_vec());
    let totp = totp(&seed, &row.tenant.replace(':', " "), &row.name.replace(':', " "))?;
    let recovery_codes = fresh_codes();
    store_in_op(op, login, &seed, None).await?;
    store_codes_in_op(op, login, &recovery_codes).await?;
    op.audit(Change::new("identity.mfa.enrol", "login", login));
    Ok(Enrolled {
        secret: Secret::from(seed).to_base32(),
        url: totp.to_url().map_err(platform::internal)?,
        recovery_codes,
    })
}

/// Ten codes that nobody has seen yet.
pub(crate) fn fresh_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| recovery_code()).collect()
}

/// What is kept of recovery codes.
pub(crate) fn hashes(codes: &[String]) -> Vec<Vec<u8>> {
    codes.iter().map(|code| token_hash(&normal(code))).collect()
}

/// Makes `seed` the login's factor. `step` is the last step that was used up, if one was.
pub(crate) async fn store_in_op(op: &mut Op, login: Uuid, seed: &[u8], step: Option<i64>) -> Result<(), AppError> {
    let app = op.app().clone();
    let key = platform::tenants::data_key(&app, op.tenant()).await?;
    let sealed = key.seal(&totp_place(op.tenant(), login), seed);
    sqlx::query!("UPDATE login SET totp_secret = $2, totp_step = $3 WHERE id = $1", login, sealed, step)
        .execute(op.conn())
        .await
        .map(drop)
        .map_err(from_sql)
}

/// Replaces the login's recovery codes.
pub(crate) async fn store_codes_in_op(op: &mut Op, login: Uuid, codes: &[String]) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    let hashes = hashes(codes);
    sqlx::query!("DELETE FROM recovery_code WHERE login_id = $1", login).execute(op.conn()).await.map_err(from_sql)?;
    sqlx::query!(
        "INSERT INTO recovery_code (tenant_id, login_id, code_hash) SELECT $1, $2, unnest($3::bytea[])",
        tenant,
        login,
        &hashes,
    )
    .execute(op.conn())
    .await
    .map(drop)
    .map_err(from_sql)
}

/// Takes the login's factor and its recovery codes away. Taking away what is not there succeeds.
pub(crate) async fn remove_in_op(op: &mut Op, login: Uuid) -> Result<(), AppError> {
    sqlx::query!("UPDATE login SET totp_secret = NULL, totp_step = NULL WHERE id = $1", login)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    sqlx::query!("DELETE FROM mfa_enrolment WHERE login_id = $1", login).execute(op.conn()).await.map_err(from_sql)?;
    sqlx::query!("DELETE FROM recovery_code WHERE login_id = $1", login)
        .execute(op.conn())
        .await
        .map(drop)
        .map_err(from_sql)
}

/// A seed as authenticator apps take it when it is typed.
pub fn base32(seed: &[u8]) -> String {
    Secret::from(seed).to_base32()
}

/// Eighty random bits as four groups of five hexadecimal digits.
fn recovery_code() -> String {
    let text = hex::encode(rand::random::<[u8; 10]>());
    text.as_bytes().chunks(5).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join("-")
}

/// People type codes with and without dashes, in any case.
pub(crate) fn normal(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// Finishes a half-open sign-in by a code of the authenticator or a recovery code. A code works once.
///
/// # Errors
/// `Unauthenticated` without a half-open sign-in, `Invalid` on `code`, `TooMany` while throttled.
pub async fn confirm(ctx: &RequestCtx, form: MfaForm) -> Result<LoginStep, AppError> {
    let half = ctx.signed_in.clone().ok_or(AppError::Unauthenticated)?;
    let key = format!("mfa:{}", half.person_id);
    throttle::take(&ctx.app, &key, PER_LOGIN).await?;
    let right = match half.tenant {
        Some(_) => take_code(ctx, half.person_id, &normal(&form.code)).await?,
        None => operators::take_code(ctx, &form.code).await?,
    };
    if !right {
        return Err(AppError::invalid("code", "This code does not fit, or was used already. Wait for the next one."));
    }
    throttle::clear(&ctx.app, &key).await?;
    let session = ctx.session.as_ref().ok_or(AppError::Unauthenticated)?;
    sessions::sign_in(session, &SignedIn { complete: true, at: Utc::now(), ..half }).await?;
    remember_device(ctx, session).await?;
    Ok(LoginStep::Done { next: safe_next(&form.next, home(ctx.audience)) })
}

/// Whether a code is right for a login of an ISP; noted in the log.
async fn take_code(ctx: &RequestCtx, login: Uuid, code: &str) -> Result<bool, AppError> {
    let mut op = ctx.begin_before_login().await?;
    let right = take_step(&mut op, login, code).await? || take_recovery(&mut op, login, code).await?;
    if !right {
        op.rollback().await?;
        return Ok(false);
    }
    op.audit(Change::new("identity.mfa.confirm", "login", login));
    op.commit().await?;
    Ok(true)
}

/// The step that `code` is of, if it is right now and later than the last one that was used.
pub(crate) fn step_of(seed: &[u8], last: Option<i64>, code: &str) -> Result<Option<i64>, AppError> {
    let Some(step) = totp(seed, "Mtandao", "login")?.check_current(code) else { return Ok(None) };
    let step = i64::try_from(step).map_err(platform::internal)?;
    Ok(Some(step).filter(|step| last.is_none_or(|last| *step > last)))
}

/// Whether `code` is right now; its step is then used up, also for a thief who looks on.
pub(crate) async fn take_step(op: &mut Op, login: Uuid, code: &str) -> Result<bool, AppError> {
    let row = sqlx::query!("SELECT totp_secret, totp_step FROM login WHERE id = $1 FOR UPDATE", login)
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?;
    let Some((Some(sealed), last)) = row.map(|r| (r.totp_secret, r.totp_step)) else { return Ok(false) };
    let app = op.app().clone();
    let key = platform::tenants::data_key(&app, op.tenant()).await?;
    let seed = key.open(&totp_place(op.tenant(), login), &sealed).map_err(platform::internal)?;
    let Some(step) = step_of(&seed, last, code)? else { return Ok(false) };
    sqlx::query!("UPDATE login SET totp_step = $2 WHERE id = $1", login, step)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    Ok(true)
}

async fn take_recovery(op: &mut Op, login: Uuid, code: &str) -> Result<bool, AppError> {
    let used = sqlx::query!(
        "UPDATE recovery_code SET used_at = now() WHERE login_id = $1 AND code_hash = $2 AND used_at IS NULL",
        login,
        token_hash(code),
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(used.rows_affected() == 1)
}
