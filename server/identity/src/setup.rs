//! The first start: one form makes the platform's first operator, the first ISP and its first admin, and is closed for ever
//! afterwards. Operators make further ISPs the same way.

use crate::events::TenantMade;
use crate::logins::{self, NewLogin};
use crate::{passwords, roles};
use model::identity::operators::IspForm;
use model::identity::{LoginId, SetupForm, TenantId};
use model::text::NonBlank;
use model::{AppError, Audience, Currency, FieldErrors, Lang};
use platform::audit::Change;
use platform::operators::{self, NewOperator};
use platform::tenants::{self, NewTenant};
use platform::{App, Op};
use serde_json::json;
use uuid::Uuid;

/// Whether the form is still open: no ISP exists.
pub async fn is_open(app: &App) -> Result<bool, AppError> {
    Ok(tenants::all(app).await?.is_empty())
}

/// Makes the first operator, and the first ISP with its roles and its first admin, all of it or nothing.
///
/// # Errors
/// `Conflict` once an ISP exists; `Invalid` names the fields.
pub async fn set_up(app: &App, form: SetupForm) -> Result<TenantId, AppError> {
    let closed = || AppError::Conflict("Mtandao is set up already. Sign in instead.".into());
    // Strangers may post here for ever: what is closed costs them one look.
    if !is_open(app).await? {
        return Err(closed());
    }
    let mut errors = FieldErrors::default();
    let operator = read_operator(&form, &mut errors);
    let isp = read_isp(form.isp, &mut errors);
    errors.check()?;
    let ((tenant, admin), (name, full_name)) = isp.zip(operator).ok_or_else(unnoted)?;
    let password_hash = passwords::hash(Audience::Platform, form.operator_password).await?;
    let mut op = tenants::begin_first(app, &tenant).await?.ok_or_else(closed)?;
    let operator = NewOperator { id: Uuid::now_v7(), name, full_name, password_hash };
    operators::create_first_in_op(&mut op, &operator).await?;
    fill(op, &tenant, admin).await?;
    Ok(tenant.id)
}

/// Gives a tenant that is only being made its roles and its first admin, and makes it so.
pub(crate) async fn fill(mut op: Op, tenant: &NewTenant, admin: NewLogin) -> Result<(), AppError> {
    op.audit(
        Change::new("identity.tenant.add", "tenant", tenant.id)
            .after(json!({ "name": tenant.name, "code": tenant.code })),
    );
    roles::seed_in_op(&mut op).await?;
    logins::create_in_op(&mut op, admin).await?;
    op.publish(TenantMade {}).await?;
    op.commit().await
}

fn unnoted() -> AppError {
    platform::internal("a refused field of the set-up was not noted")
}

/// What was typed, as an ISP and its admin.
///
/// # Errors
/// `Invalid` names the fields.
pub(crate) fn parse_isp(form: IspForm) -> Result<(NewTenant, NewLogin), AppError> {
    let mut errors = FieldErrors::default();
    let isp = read_isp(form, &mut errors);
    errors.check()?;
    isp.ok_or_else(unnoted)
}

fn read_isp(form: IspForm, errors: &mut FieldErrors) -> Option<(NewTenant, NewLogin)> {
    let isp = errors.take("isp_name", NonBlank::<80>::parse(&form.isp_name));
    let code = errors.take("code", code(&form.code, &form.isp_name));
    let prefix = errors.take("prefix", prefix(&form.prefix));
    let full_name = errors.take("admin_name", NonBlank::<120>::parse(&form.admin_name));
    let login = errors.take("login", login(&form.login));
    let strength = passwords::check_strength(Audience::Staff, &form.password, &[&form.isp_name, &form.login]);
    errors.take("password", strength)?;
    Some((tenant(isp?.into_string(), code?, prefix?), admin(login?, full_name?.into_string(), form.password)))
}

/// Login and name of the first operator.
fn read_operator(form: &SetupForm, errors: &mut FieldErrors) -> Option<(String, String)> {
    let full_name = errors.take("operator_name", NonBlank::<120>::parse(&form.operator_name));
    let login = errors.take("operator_login", login(&form.operator_login));
    let own = [form.isp.isp_name.as_str(), form.operator_login.as_str()];
    let strength = passwords::check_strength(Audience::Platform, &form.operator_password, &own);
    errors.take("operator_password", strength)?;
    Some((logins::login_name(&login?), full_name?.into_string()))
}

fn prefix(typed: &str) -> Result<String, &'static str> {
    let prefix = typed.trim();
    match (2..=3).contains(&prefix.len()) && prefix.chars().all(|c| c.is_ascii_alphabetic()) {
        true => Ok(prefix.to_uppercase()),
        false => Err("Enter two or three letters: they stand before each account number."),
    }
}

pub(crate) fn login(typed: &str) -> Result<String, String> {
    let name = NonBlank::<{ logins::NAME_CHARS_MAX }>::parse(typed).map_err(|refusal| refusal.to_string())?;
    match name.as_str().chars().count() {
        0..3 => Err("Enter a login name of at least three characters, for example your e-mail address.".into()),
        _ => Ok(name.into_string()),
    }
}

fn tenant(name: String, code: String, prefix: String) -> NewTenant {
    NewTenant {
        id: TenantId::new(),
        code,
        name,
        prefix,
        currency: Currency::Kes,
        time_zone: chrono_tz::Africa::Nairobi,
        lang: Lang::En,
        phone: None,
        hosts: vec![],
        is_demo: false,
        mfa_required: true,
    }
}

/// The code that was typed, else one made of the name.
fn code(typed: &str, name: &str) -> Result<String, &'static str> {
    let code = typed.trim().to_lowercase();
    if code.is_empty() {
        return Ok(code_of(name));
    }
    let letters = code.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match letters && rest && (2..=31).contains(&code.len()) {
        true => Ok(code),
        false => Err("Enter 2 to 31 letters, digits and dashes, beginning with a letter."),
    }
}

/// The name in Latin letters, for addresses. One without any still needs something.
fn code_of(name: &str) -> String {
    let code: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let code = code.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    match code.starts_with(|c: char| c.is_ascii_lowercase()) && code.len() > 1 {
        true => code.chars().take(30).collect(),
        false => "isp".into(),
    }
}

fn admin(name: String, full_name: String, password: String) -> NewLogin {
    NewLogin {
        id: LoginId::new(),
        audience: Audience::Staff,
        name,
        full_name,
        phone: None,
        email: None,
        lang: None,
        password: Some(password),
        role_codes: vec!["isp_admin"],
        reseller_id: None,
    }
}
