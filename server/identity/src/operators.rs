//! Operators of the platform: at the door, behind a session, and what they do with ISPs.
//!
//! The one rule: an operator is at no ISP, and opens nothing without a second factor.

use crate::logins::AtTheDoor;
use crate::mfa::{self, normal};
use crate::setup;
use crate::{logins, passwords};
use model::identity::TenantId;
use model::identity::operators::{IspForm, IspRow, OPERATOR_ROLE, permissions};
use model::identity::perm::{SessionOwn, TenantRead, TenantWrite};
use model::text::NonBlank;
use model::{AppError, Audience, FieldErrors, Permission, PermissionSet};
use platform::ctx::{Person, Scope};
use platform::operators::{self, NewOperator, PlatformTx};
use platform::secrets::token_hash;
use platform::{App, RequestCtx};
use uuid::Uuid;

/// Makes an operator, with the given seed as second factor; without one it is set up at the first sign-in.
pub async fn create(
    app: &App,
    name: &str,
    full_name: &str,
    password: String,
    seed: Option<&[u8]>,
) -> Result<Uuid, AppError> {
    let new = NewOperator {
        id: Uuid::now_v7(),
        name: logins::login_name(name),
        full_name: full_name.to_owned(),
        password_hash: passwords::hash(Audience::Platform, password).await?,
    };
    let codes = mfa::hashes(&mfa::fresh_codes());
    operators::create(app, &new, seed.map(|seed| (seed, codes.as_slice()))).await?;
    Ok(new.id)
}

/// What became of somebody who was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    Made,
    /// They were an operator already, and lost their password or second factor.
    Recovered,
}

/// Lets somebody in as an operator, by a password to be told to them: a new one under `full_name`, or one who lost the way
/// in. The second factor is set up at the next sign-in. For whoever holds the machine itself; no page does this.
///
/// # Errors
/// `Invalid` names the field.
pub async fn admit(app: &App, login: &str, full_name: &str, password: String) -> Result<Admitted, AppError> {
    let mut errors = FieldErrors::default();
    let login = errors.take("login", setup::login(login));
    let full_name = errors.take("name", NonBlank::<120>::parse(full_name));
    errors.check()?;
    let (Some(login), Some(full_name)) = (login, full_name) else { return Err(AppError::NotFound) };
    let name = logins::login_name(&login);
    let hash = passwords::hash(Audience::Platform, password.clone()).await?;
    if operators::recover(app, &name, &hash).await? {
        return Ok(Admitted::Recovered);
    }
    create(app, &name, full_name.as_str(), password, None).await.map(|_| Admitted::Made)
}

/// The operator whose password this is, read again after it was verified: they may have been blocked meanwhile.
pub(crate) async fn proven(ctx: &RequestCtx, name: &str, password: String) -> Result<Option<AtTheDoor>, AppError> {
    let hash = operators::by_name(&ctx.app, name).await?.map(|operator| operator.password_hash);
    if !passwords::verify(Audience::Platform, password, hash.clone()).await? {
        return Ok(None);
    }
    let found = operators::by_name(&ctx.app, name).await?;
    let found = found.filter(|operator| Some(&operator.password_hash) == hash.as_ref());
    Ok(found.map(|operator| {
        tracing::info!(operator.id = %operator.id, "an operator's password was right");
        AtTheDoor { id: operator.id, has_factor: operator.has_factor }
    }))
}

/// Whether a code of the authenticator or a recovery code is right, for a half-open session. It works once.
pub(crate) async fn take_code(ctx: &RequestCtx, code: &str) -> Result<bool, AppError> {
    let mut tx = ctx.begin_half_way().await?;
    let factor = tx.factor().await?;
    let code = normal(code);
    let step = match tx.seed(&factor)? {
        Some(seed) => mfa::step_of(&seed, factor.last_step, &code)?,
        None => None,
    };
    let right = match step {
        Some(step) => tx.use_step(step).await.map(|()| true)?,
        None => tx.use_recovery(&token_hash(&code)).await?,
    };
    tx.commit().await?;
    Ok(right)
}

/// The operator behind a session. Without a second factor they set one up, and may do nothing else.
pub(crate) async fn identify(app: &App, id: Uuid) -> Result<Option<Person>, sqlx::Error> {
    let operator = operators::by_id(app, id).await?;
    Ok(operator.map(|operator| Person {
        id: operator.id,
        name: operator.full_name,
        login_name: operator.name,
        role_names: vec![OPERATOR_ROLE.to_owned()],
        permissions: match operator.has_factor {
            true => permissions(),
            false => PermissionSet::from_iter([SessionOwn::CODE]),
        },
        must_enrol: !operator.has_factor,
        // Of no ISP: there is nothing that it could narrow.
        scope: Scope::Tenant,
        lang: None,
    }))
}

/// All ISPs with their counts, oldest first.
pub async fn isps(tx: &mut PlatformTx<TenantRead>) -> Result<Vec<IspRow>, AppError> {
    operators::isps(tx).await
}

/// Makes a further ISP with its roles and its first admin, all of it or nothing. The ISP's log begins with who made it.
///
/// # Errors
/// `Invalid` names the fields, also for a code that another ISP has.
pub async fn add_isp(tx: &mut PlatformTx<TenantWrite>, form: IspForm) -> Result<TenantId, AppError> {
    let (tenant, admin) = setup::parse_isp(form)?;
    let op = platform::tenants::begin_another(tx, &tenant).await?;
    setup::fill(op, &tenant, admin).await?;
    Ok(tenant.id)
}
