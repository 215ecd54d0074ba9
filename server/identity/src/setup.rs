//! The first start: one form makes the first ISP and its first admin, and is closed for ever afterwards.

use crate::events::TenantMade;
use crate::logins::{self, NewLogin};
use crate::{passwords, roles};
use model::identity::{LoginId, SetupForm, TenantId};
use model::text::NonBlank;
use model::{AppError, Audience, Currency, FieldErrors, Lang};
use platform::App;
use platform::tenants::{self, NewTenant};

/// Whether the form is still open: no ISP exists.
pub async fn is_open(app: &App) -> Result<bool, AppError> {
    Ok(tenants::all(app).await?.is_empty())
}

/// Makes the first ISP with its roles and its first admin, all of it or nothing.
///
/// # Errors
/// `Conflict` once an ISP exists; `Invalid` names the fields.
pub async fn set_up(app: &App, form: SetupForm) -> Result<TenantId, AppError> {
    let closed = || AppError::Conflict("Mtandao is set up already. Sign in instead.".into());
    // Strangers may post here for ever: what is closed costs them one look.
    if !is_open(app).await? {
        return Err(closed());
    }
    let (tenant, admin) = parse(form)?;
    let mut op = tenants::begin_first(app, &tenant).await?.ok_or_else(closed)?;
    roles::seed_in_op(&mut op).await?;
    logins::create_in_op(&mut op, admin).await?;
    op.publish(TenantMade {}).await?;
    op.commit().await?;
    Ok(tenant.id)
}

/// What was typed, as the ISP and its admin.
fn parse(form: SetupForm) -> Result<(NewTenant, NewLogin), AppError> {
    let mut errors = FieldErrors::default();
    let isp = errors.take("isp_name", NonBlank::<80>::parse(&form.isp_name));
    let prefix = errors.take("prefix", prefix(&form.prefix));
    let full_name = errors.take("admin_name", NonBlank::<120>::parse(&form.admin_name));
    let login = errors.take("login", login(&form.login));
    let strength = passwords::check_strength(Audience::Staff, &form.password, &[&form.isp_name, &form.login]);
    errors.take("password", strength);
    errors.check()?;
    let (Some(isp), Some(prefix), Some(full_name), Some(login)) = (isp, prefix, full_name, login) else {
        return Err(platform::internal("a refused field of the set-up was not noted"));
    };
    Ok((tenant(isp.into_string(), prefix), admin(login, full_name.into_string(), form.password)))
}

fn prefix(typed: &str) -> Result<String, &'static str> {
    let prefix = typed.trim();
    match (2..=3).contains(&prefix.len()) && prefix.chars().all(|c| c.is_ascii_alphabetic()) {
        true => Ok(prefix.to_uppercase()),
        false => Err("Enter two or three letters: they stand before each account number."),
    }
}

fn login(typed: &str) -> Result<String, String> {
    let name = NonBlank::<{ logins::NAME_CHARS_MAX }>::parse(typed).map_err(|refusal| refusal.to_string())?;
    match name.as_str().chars().count() {
        0..3 => Err("Enter a login name of at least three characters, for example your e-mail address.".into()),
        _ => Ok(name.into_string()),
    }
}

fn tenant(name: String, prefix: String) -> NewTenant {
    NewTenant {
        id: TenantId::new(),
        code: code_of(&name),
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
