//! The first start: one form makes the first ISP and its first admin, and is closed for ever afterwards.

use crate::events::TenantMade;
use crate::logins::{self, NewLogin};
use crate::{passwords, roles};
use model::identity::{LoginId, SetupForm, TenantId};
use model::{AppError, Audience, Currency, FieldErrors, Lang};
use platform::App;
use platform::tenants::{self, NewTenant};

/// Whether the form is still open: no ISP exists.
pub async fn is_open(app: &App) -> Result<bool, AppError> {
    Ok(tenants::all(app).await?.is_empty())
}

/// Makes the first ISP with its roles and its first admin.
///
/// # Errors
/// `Conflict` once an ISP exists; `Invalid` names the fields.
pub async fn set_up(app: &App, form: SetupForm) -> Result<TenantId, AppError> {
    if !is_open(app).await? {
        return Err(AppError::Conflict("Mtandao is set up already. Sign in instead.".into()));
    }
    check(&form)?;
    let id = TenantId::new();
    let code: String =
        form.isp_name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let code = code.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    tenants::create(
        app,
        &NewTenant {
            id,
            // A name without a single Latin letter still needs an address.
            code: if code.starts_with(|c: char| c.is_ascii_lowercase()) && code.len() > 1 {
                code.chars().take(30).collect()
            } else {
                "isp".into()
            },
            name: form.isp_name.trim().to_owned(),
            prefix: form.prefix.trim().to_uppercase(),
            currency: Currency::Kes,
            time_zone: chrono_tz::Africa::Nairobi,
            lang: Lang::En,
            phone: None,
            hosts: vec![],
            is_demo: false,
            mfa_required: true,
        },
    )
    .await?;
    let mut op = app.begin_as_system(id, "setup").await?;
    roles::seed_in_op(&mut op).await?;
    logins::create_in_op(
        &mut op,
        NewLogin {
            id: LoginId::new(),
            audience: Audience::Staff,
            name: form.login,
            full_name: form.admin_name,
            phone: None,
            email: None,
            lang: None,
            password: Some(form.password),
            role_codes: vec!["isp_admin"],
            reseller_id: None,
        },
    )
    .await?;
    op.publish(TenantMade {}).await?;
    op.commit().await?;
    Ok(id)
}

fn check(form: &SetupForm) -> Result<(), AppError> {
    let mut errors = FieldErrors::default();
    if form.isp_name.trim().is_empty() || form.isp_name.chars().count() > 80 {
        errors.add("isp_name", "Enter the name of the ISP, at most 80 characters.");
    }
    let prefix = form.prefix.trim();
    if !(2..=3).contains(&prefix.len()) || !prefix.chars().all(|c| c.is_ascii_alphabetic()) {
        errors.add("prefix", "Enter two or three letters: they stand before each account number.");
    }
    if form.admin_name.trim().is_empty() {
        errors.add("admin_name", "Enter your name.");
    }
    if form.login.trim().chars().count() < 3 {
        errors.add("login", "Enter a login name of at least three characters, for example your e-mail address.");
    }
    if let Err(why) = passwords::check_strength(Audience::Staff, &form.password, &[&form.isp_name, &form.login]) {
        errors.add("password", why);
    }
    errors.check()
}
