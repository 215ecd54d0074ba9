//! People with a login: making them, finding them at the door, blocking them.

use chrono::{DateTime, Utc};
use model::identity::{LoginId, TenantId};
use model::msisdn::Msisdn;
use model::{AppError, Audience, Lang};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Conn, Op};
use uuid::Uuid;

/// A login to be made. Without a password the person sets one by a reset link.
#[derive(Debug, Clone)]
pub struct NewLogin {
    pub id: LoginId,
    pub audience: Audience,
    /// Kept in lower case; unique per tenant and audience.
    pub name: String,
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub lang: Option<Lang>,
    pub password: Option<String>,
    pub role_codes: Vec<&'static str>,
    pub reseller_id: Option<Uuid>,
}

/// The longest login name.
pub(crate) const NAME_CHARS_MAX: usize = 120;

/// The one form of a login name: people type their phone as they please, and other names in any case.
pub(crate) fn login_name(typed: &str) -> String {
    Msisdn::parse(typed).map_or_else(|_| typed.trim().to_lowercase(), Msisdn::canonical)
}

/// Makes a login with its roles. Refuses a name that is taken and a role that is not there.
pub async fn create_in_op(op: &mut Op, new: NewLogin) -> Result<LoginId, AppError> {
    let hash = match new.password {
        Some(password) => Some(crate::passwords::hash(new.audience, password).await?),
        None => None,
    };
    let tenant = op.tenant().uuid();
    sqlx::query!(
        "INSERT INTO login (tenant_id, id, audience, name, full_name, phone, email, lang, password_hash, reseller_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        new.id.uuid(),
        new.audience.code(),
        login_name(&new.name),
        new.full_name.trim(),
        new.phone,
        new.email,
        new.lang.map(Lang::code),
        hash,
        new.reseller_id,
    )
    .execute(op.conn())
    .await
    .map_err(|error| match violated(&error) {
        Some("login_name_taken") => AppError::invalid("login", "This login name is taken. Choose another."),
        Some("login_name_check") => AppError::invalid("login", "A login name has 3 to 120 characters."),
        Some("login_full_name_check") => AppError::invalid("full_name", "Enter a name of at most 120 characters."),
        _ => from_sql(error),
    })?;
    for code in &new.role_codes {
        let given = sqlx::query!(
            "INSERT INTO login_role (tenant_id, login_id, role_id)
             SELECT tenant_id, $1, id FROM role WHERE code = $2",
            new.id.uuid(),
            code,
        )
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
        if given.rows_affected() == 0 {
            return Err(platform::internal(format!("role {code} is missing")));
        }
    }
    op.audit(Change::new("identity.login.create", "login", new.id).after(serde_json::json!({
        "name": new.name, "audience": new.audience, "roles": new.role_codes,
    })));
    Ok(new.id)
}

/// Somebody who has proven a password.
pub(crate) struct AtTheDoor {
    pub id: Uuid,
    pub has_factor: bool,
}

/// What the door needs to know of a login.
pub(crate) struct SeenLogin {
    pub id: Uuid,
    pub full_name: String,
    pub password_hash: Option<String>,
    pub state: String,
    pub has_factor: bool,
}

pub(crate) async fn at_the_door(
    conn: &mut Conn,
    audience: Audience,
    name: &str,
) -> Result<Option<SeenLogin>, sqlx::Error> {
    sqlx::query_as!(
        SeenLogin,
        r#"SELECT id, full_name, password_hash, state, totp_secret IS NOT NULL AS "has_factor!"
           FROM login WHERE audience = $1 AND name = lower($2)"#,
        audience.code(),
        name,
    )
    .fetch_optional(conn)
    .await
}

/// A line of the list of people.
#[derive(Debug, Clone)]
pub struct LoginRow {
    pub id: Uuid,
    pub name: String,
    pub full_name: String,
    pub state: String,
    pub has_mfa: bool,
    pub roles: String,
    pub created_at: DateTime<Utc>,
}

/// The people of one audience, by name.
pub async fn list_in_op(op: &mut Op, audience: Audience) -> Result<Vec<LoginRow>, AppError> {
    sqlx::query_as!(
        LoginRow,
        r#"SELECT l.id, l.name, l.full_name, l.state, l.totp_secret IS NOT NULL AS "has_mfa!",
             coalesce((SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM login_role lr
                       JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
                       WHERE lr.login_id = l.id), '') AS "roles!", l.created_at
           FROM login l WHERE l.audience = $1 ORDER BY l.full_name, l.id LIMIT 500"#,
        audience.code(),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)
}

/// The tenant of an operation as a bare uuid; the place of a sealed value is built from it.
pub(crate) fn totp_place(tenant: TenantId, login: Uuid) -> String {
    format!("login.totp_secret:{tenant}:{login}")
}
