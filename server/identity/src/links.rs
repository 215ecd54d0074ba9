//! Links to choose a password: for those who forgot it and for those who were invited. The one rule: the answer to
//! "I forgot" is the same, and as quick, whether the login exists or not; a link works once, for its time.

use crate::events::LinkIssued;
use crate::passwords;
use chrono::TimeDelta;
use model::identity::LoginId;
use model::identity::links::{AskLinkForm, ChangePasswordForm, ChoosePasswordForm, LinkPurpose, LinkWay};
use model::identity::perm::SessionOwn;
use model::msisdn::Msisdn;
use model::text::NonBlank;
use model::{AppError, Audience, Lang};
use platform::audit::Change;
use platform::error::from_sql;
use platform::secrets::{random_token, token_hash};
use platform::throttle::{self, Limit};
use platform::{Job, JobCtx, JobError, Op, RequestCtx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// Links an hour for one name and for one address before the waits begin: each costs an SMS and rings a phone.
const PER_NAME: Limit = Limit { failures_max: 3 };
const PER_ADDRESS: Limit = Limit { failures_max: 20 };
/// Wrong passwords of one person who is signed in.
const PER_LOGIN: Limit = Limit { failures_max: 10 };
/// Tries of links from one address: a token is not guessed, a password is expensive to hash.
const TRIES: Limit = Limit { failures_max: 30 };

const DEAD: &str = "This link was used already or is too old. Ask for a new one.";

/// The page at which people of an audience choose a password.
pub const fn password_path(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => "/password",
        Audience::My => "/my/password",
        Audience::Partner => "/partner/password",
        Audience::Platform => "/platform/password",
    }
}

fn from_address(ctx: &RequestCtx, what: &str) -> String {
    format!("{what}:{}", ctx.address.map(|a| a.to_string()).unwrap_or_default())
}

/// Notes that somebody forgot a password. A job looks whether there is such a login, so that nothing here tells.
///
/// # Errors
/// `Invalid` on `name` for an empty one, `TooMany` after a few in an hour.
pub async fn ask(ctx: &RequestCtx, form: AskLinkForm) -> Result<(), AppError> {
    let typed: NonBlank<120> =
        NonBlank::parse(&form.name).map_err(|refusal| AppError::invalid("name", refusal.to_string()))?;
    let name = typed.as_str().to_lowercase();
    let by_name = format!("link:{}:{}:{name}", ctx.tenant()?, ctx.audience.code());
    let by_address = from_address(ctx, "link-address");
    throttle::take(&ctx.app, &by_address, PER_ADDRESS).await?;
    throttle::take(&ctx.app, &by_name, PER_NAME).await?;
    let mut op = ctx.begin_before_login().await?;
    op.schedule(&SendLink { audience: ctx.audience, name }).await?;
    op.commit().await
}

/// Looks for the login that somebody named, and makes a link for it. Does nothing when there is none, when it is blocked,
/// and when nobody could be reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendLink {
    audience: Audience,
    name: String,
}

impl Job for SendLink {
    const KIND: &'static str = "identity.send_link";
    const PRIORITY: i16 = 10;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let phone = Msisdn::parse(&self.name).ok().map(Msisdn::canonical);
        // The name itself comes first; a phone or an address that two people share finds neither.
        let found = sqlx::query!(
            r#"SELECT id, name = $2 AS "is_name!", name <> $2 AND lower(email) = $2 AS is_email FROM login
               WHERE audience = $1 AND state = 'active' AND (phone IS NOT NULL OR email IS NOT NULL)
                 AND (name = $2 OR lower(email) = $2 OR phone = $3)
               ORDER BY name = $2 DESC, id LIMIT 2"#,
            self.audience.code(),
            self.name,
            phone,
        )
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)?;
        let login = match found.as_slice() {
            [first, ..] if first.is_name => first,
            [only] => only,
            _ => return Ok(()),
        };
        let way = if login.is_email == Some(true) { LinkWay::Email } else { LinkWay::Phone };
        issue_in_op(&mut op, LoginId::from_uuid(login.id), LinkPurpose::Reset, way).await?;
        op.commit().await?;
        Ok(())
    }
}

/// Makes a link and has it sent; earlier links of this login die.
pub async fn issue_in_op(op: &mut Op, login: LoginId, purpose: LinkPurpose, way: LinkWay) -> Result<(), AppError> {
    let (tenant, now, token) = (op.tenant().uuid(), op.real_now(), random_token());
    sqlx::query!(
        "UPDATE password_reset SET used_at = $2 WHERE login_id = $1 AND request_hash IS NULL AND used_at IS NULL",
        login.uuid(),
        now,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    sqlx::query!(
        "INSERT INTO password_reset (tenant_id, login_id, token_hash, expires_at, purpose) VALUES ($1, $2, $3, $4, $5)",
        tenant,
        login.uuid(),
        token_hash(&token),
        now + TimeDelta::minutes(purpose.minutes()),
        purpose.code(),
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    let app = op.app().clone();
    let key = platform::tenants::data_key(&app, op.tenant()).await?;
    let sealed_token = hex::encode(key.seal(&place(op, login), token.as_bytes()));
    op.audit(Change::new("identity.link.issue", "login", login).after(json!({ "purpose": purpose })));
    op.publish(LinkIssued { login_id: login, purpose, way, sealed_token }).await
}

fn place(op: &Op, login: LoginId) -> String {
    format!("password_reset.token:{}:{login}", op.tenant())
}

/// What a link's message needs.
#[derive(Debug, Clone)]
pub struct Letter {
    pub full_name: String,
    pub login_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub lang: Lang,
    pub isp: String,
    pub url: String,
}

/// The message of a link, or `None` when the link died or the login was blocked meanwhile.
pub async fn letter_in_op(op: &mut Op, link: &LinkIssued) -> Result<Option<Letter>, AppError> {
    let app = op.app().clone();
    let key = platform::tenants::data_key(&app, op.tenant()).await?;
    let sealed = hex::decode(&link.sealed_token).map_err(platform::internal)?;
    let token = key.open(&place(op, link.login_id), &sealed).map_err(platform::internal)?;
    let token = String::from_utf8(token).map_err(platform::internal)?;
    let public_url = platform::tenants::public_url(&app, op.tenant()).await?;
    let now = op.real_now();
    let row = sqlx::query!(
        "SELECT l.name, l.full_name, l.phone, l.email, l.lang, l.audience, t.name AS isp, t.lang AS tenant_lang
         FROM password_reset r JOIN login l ON l.tenant_id = r.tenant_id AND l.id = r.login_id
         JOIN tenant t ON t.id = l.tenant_id
         WHERE r.token_hash = $1 AND r.login_id = $2 AND r.used_at IS NULL AND r.expires_at > $3 AND l.state = 'active'",
        token_hash(&token),
        link.login_id.uuid(),
        now,
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(row.map(|row| {
        let path = password_path(Audience::from_code(&row.audience).unwrap_or(Audience::Staff));
        Letter {
            full_name: row.full_name,
            login_name: row.name,
            phone: row.phone,
            email: row.email,
            lang: row.lang.or(Some(row.tenant_lang)).and_then(|l| l.parse().ok()).unwrap_or_default(),
            isp: row.isp,
            url: format!("{public_url}{path}?token={token}"),
        }
    }))
}

struct Live {
    login_id: Uuid,
    name: String,
    full_name: String,
    purpose: String,
}

/// The live link of a token, locked.
async fn live(op: &mut Op, audience: Audience, token: &str) -> Result<Option<Live>, AppError> {
    let now = op.real_now();
    sqlx::query_as!(
        Live,
        "SELECT r.login_id, l.name, l.full_name, r.purpose
         FROM password_reset r JOIN login l ON l.tenant_id = r.tenant_id AND l.id = r.login_id
         WHERE r.token_hash = $1 AND r.request_hash IS NULL AND r.used_at IS NULL AND r.expires_at > $2
           AND l.state = 'active' AND l.audience = $3 FOR UPDATE OF r",
        token_hash(token),
        now,
        audience.code(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)
}

/// Sets the password of the login that the link belongs to. The link is used up and all sessions of the person end; a
/// second factor is still asked for at the sign-in.
///
/// # Errors
/// `Conflict` in the same words for a link that is unknown, used or old; `Invalid` on `password`; `TooMany` while
/// throttled.
pub async fn choose_password(ctx: &RequestCtx, form: ChoosePasswordForm) -> Result<(), AppError> {
    let by_address = from_address(ctx, "link-try");
    throttle::take(&ctx.app, &by_address, TRIES).await?;
    let dead = || AppError::Conflict(DEAD.into());
    let mut op = ctx.begin_before_login().await?;
    let link = live(&mut op, ctx.audience, &form.token).await?.ok_or_else(dead)?;
    op.rollback().await?;
    throttle::forgive(&ctx.app, &by_address, TRIES).await?;
    passwords::check_strength(ctx.audience, &form.password, &[&link.name, &link.full_name])
        .map_err(|sentence| AppError::invalid("password", sentence))?;
    // Between two transactions: hashing takes long. The link is looked at again, somebody may have been quicker.
    let hash = passwords::hash(ctx.audience, form.password).await?;
    let mut op = ctx.begin_before_login().await?;
    let link = live(&mut op, ctx.audience, &form.token).await?.ok_or_else(dead)?;
    let now = op.real_now();
    sqlx::query!("UPDATE password_reset SET used_at = $2 WHERE login_id = $1 AND used_at IS NULL", link.login_id, now)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    set_hash(&mut op, link.login_id, hash).await?;
    op.act_as(link.login_id, link.full_name);
    op.audit(Change::new("identity.password.choose", "login", link.login_id).after(json!({ "by": link.purpose })));
    op.commit().await?;
    platform::sessions::revoke_all(&ctx.app, ctx.tenant()?, link.login_id, None).await.map(drop)
}

async fn set_hash(op: &mut Op, login: Uuid, hash: String) -> Result<(), AppError> {
    sqlx::query!("UPDATE login SET password_hash = $2 WHERE id = $1", login, hash)
        .execute(op.conn())
        .await
        .map(drop)
        .map_err(from_sql)
}

/// Changes one's own password. The door then ends the other sessions.
///
/// # Errors
/// `Invalid` on `current` or `password`, `TooMany` while throttled.
pub async fn change_password(ctx: &RequestCtx, form: ChangePasswordForm) -> Result<(), AppError> {
    let me = ctx.person()?.id;
    let key = format!("proof:{me}");
    let tx = ctx.begin::<SessionOwn>().await?;
    let known = own(tx).await?;
    throttle::take(&ctx.app, &key, PER_LOGIN).await?;
    // No transaction waits for the hashes; afterwards the password must still be the one that was proven.
    if !passwords::verify(ctx.audience, form.current, known.password_hash.clone()).await? {
        return Err(AppError::invalid("current", NOT_YOURS));
    }
    throttle::clear(&ctx.app, &key).await?;
    passwords::check_strength(ctx.audience, &form.password, &[&known.name, &known.full_name])
        .map_err(|sentence| AppError::invalid("password", sentence))?;
    let hash = passwords::hash(ctx.audience, form.password).await?;
    let mut tx = ctx.begin::<SessionOwn>().await?;
    let changed = sqlx::query!(
        "UPDATE login SET password_hash = $2 WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $3",
        me,
        hash,
        known.password_hash,
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    if changed.rows_affected() == 0 {
        return Err(AppError::invalid("current", NOT_YOURS));
    }
    tx.audit(Change::new("identity.password.change", "login", me));
    tx.commit().await
}

const NOT_YOURS: &str = "This is not your password. Check it and try again.";

struct Own {
    name: String,
    full_name: String,
    password_hash: Option<String>,
}

/// Names and hash of the person who asks; the transaction ends with it.
async fn own(mut tx: Tx<SessionOwn>) -> Result<Own, AppError> {
    let me = tx.actor().id.ok_or(AppError::Unauthenticated)?;
    let own = sqlx::query_as!(Own, "SELECT name, full_name, password_hash FROM login WHERE id = $1", me)
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    tx.commit().await?;
    Ok(own)
}
