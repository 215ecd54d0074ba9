//! Operators: the people who run the installation. One of the modules that look across tenants.
//!
//! The one rule: an operator's transaction is of no ISP, and its connection stays in this crate. What it can do is what this
//! module's verbs do: an operator's own sign-in, and counts of each ISP.

mod sql;

use crate::ctx::{Actor, Origin, Scope};
use crate::error::{from_sql, violated};
use crate::secrets::Key;
use crate::tx::begin_whole;
use crate::{App, Conn, Op, RequestCtx, TenantId};
use chrono::{DateTime, Utc};
use model::identity::operators::IspRow;
use model::identity::perm::{SessionOwn, TenantEnter, TenantRead};
use model::{AppError, Audience, Permission};
use sqlx::{Postgres, Transaction};
use std::marker::PhantomData;
use uuid::Uuid;

/// A transaction of an operator for which permission `P` was checked.
pub struct PlatformTx<P> {
    transaction: Transaction<'static, Postgres>,
    app: App,
    operator: Uuid,
    actor: Actor,
    origin: Origin,
    permission: PhantomData<P>,
}

impl<P: Permission> PlatformTx<P> {
    async fn begin(ctx: &RequestCtx, operator: Uuid) -> Result<Self, AppError> {
        let transaction = begin_whole(&ctx.app.platform_pool, "BEGIN".into()).await.map_err(from_sql)?;
        let (app, actor, origin) = (ctx.app.clone(), ctx.actor(), ctx.origin());
        Ok(Self { transaction, app, operator, actor, origin, permission: PhantomData })
    }

    fn conn(&mut self) -> &mut Conn {
        &mut self.transaction
    }

    pub const fn app(&self) -> &App {
        &self.app
    }

    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub async fn commit(self) -> Result<(), AppError> {
        self.transaction.commit().await.map_err(from_sql)
    }
}

impl RequestCtx {
    /// Checks an operator's permission and opens a transaction of the platform's own.
    ///
    /// # Errors
    /// `Unauthenticated` without a person; `Forbidden` for everybody but operators, whatever their roles say.
    pub async fn begin_platform<P: Permission>(&self) -> Result<PlatformTx<P>, AppError> {
        let person = self.person()?;
        if self.audience != Audience::Platform || !person.permissions.can::<P>() {
            tracing::warn!(permission = P::CODE, request.id = %self.request_id, "permission denied");
            return Err(AppError::Forbidden);
        }
        PlatformTx::begin(self, person.id).await
    }

    /// The transaction of an operator between password and second factor, who is nobody yet.
    ///
    /// # Errors
    /// `Unauthenticated` without such a half-open session.
    pub async fn begin_half_way(&self) -> Result<PlatformTx<SessionOwn>, AppError> {
        match &self.signed_in {
            Some(half) if self.audience == Audience::Platform => PlatformTx::begin(self, half.person_id).await,
            _ => Err(AppError::Unauthenticated),
        }
    }
}

/// An operator as the door knows them.
#[derive(Debug, Clone)]
pub struct Operator {
    pub id: Uuid,
    pub name: String,
    pub full_name: String,
    pub password_hash: String,
    pub has_factor: bool,
}

/// The operator with this name, unless blocked.
pub async fn by_name(app: &App, name: &str) -> Result<Option<Operator>, AppError> {
    let mut conn = app.platform_pool.acquire().await.map_err(from_sql)?;
    sql::by_name(&mut conn, name).await.map_err(from_sql)
}

/// The operator behind a session, unless blocked.
pub async fn by_id(app: &App, id: Uuid) -> Result<Option<Operator>, sqlx::Error> {
    let mut conn = app.platform_pool.acquire().await?;
    sql::by_id(&mut conn, id).await
}

/// Whether there is any operator.
pub async fn exists(app: &App) -> Result<bool, AppError> {
    let mut conn = app.platform_pool.acquire().await.map_err(from_sql)?;
    sql::exists(&mut conn).await.map_err(from_sql)
}

/// An operator to be made.
#[derive(Debug, Clone)]
pub struct NewOperator {
    pub id: Uuid,
    /// In the one form of login names.
    pub name: String,
    pub full_name: String,
    pub password_hash: String,
}

/// Makes an operator, with a second factor if a seed and the hashes of its recovery codes are given. Refuses a name that is
/// taken.
pub async fn create(app: &App, new: &NewOperator, factor: Option<(&[u8], &[Vec<u8>])>) -> Result<(), AppError> {
    let mut tx = begin_whole(&app.platform_pool, "BEGIN".into()).await.map_err(from_sql)?;
    sql::insert(&mut tx, new).await.map_err(refused)?;
    if let Some((seed, codes)) = factor {
        let sealed = key(app).seal(&seed_place(new.id), seed);
        sql::set_seed(&mut tx, new.id, &sealed, None).await.map_err(from_sql)?;
        sql::set_codes(&mut tx, new.id, codes).await.map_err(from_sql)?;
    }
    tx.commit().await.map_err(from_sql)
}

/// Gives an operator a new password and takes the second factor away, which is set up at the next sign-in. A blocked one
/// may sign in again; all sessions end. `false`: nobody has this name. Again with the same gives the same.
pub async fn recover(app: &App, name: &str, password_hash: &str) -> Result<bool, AppError> {
    let mut tx = begin_whole(&app.platform_pool, "BEGIN".into()).await.map_err(from_sql)?;
    let found = sql::recover(&mut tx, name, password_hash).await.map_err(from_sql)?;
    tx.commit().await.map_err(from_sql)?;
    if let Some(id) = found {
        crate::sessions::revoke_all(app, None, id, None).await?;
    }
    Ok(found.is_some())
}

/// Makes the first operator in the transaction that makes the first ISP; in any other the database refuses it.
pub async fn create_first_in_op(op: &mut Op, new: &NewOperator) -> Result<(), AppError> {
    sql::insert_first(op.conn(), new).await.map_err(refused)
}

fn refused(error: sqlx::Error) -> AppError {
    match violated(&error) {
        Some("operator_name_taken") => AppError::invalid("operator_login", "This login name is taken. Choose another."),
        _ => from_sql(error),
    }
}

/// Operators have no ISP whose data key could seal their seeds.
fn key(app: &App) -> Key {
    app.key.derive("platform.operator")
}

fn seed_place(id: Uuid) -> String {
    format!("operator.totp_secret:{id}")
}

fn enrolment_place(id: Uuid) -> String {
    format!("operator_enrolment.sealed:{id}")
}

/// How an operator's second factor is kept.
#[derive(Debug)]
pub struct Factor {
    pub name: String,
    pub password_hash: String,
    pub last_step: Option<i64>,
    pub codes_left: i64,
    sealed_seed: Option<Vec<u8>>,
}

impl Factor {
    pub const fn is_on(&self) -> bool {
        self.sealed_seed.is_some()
    }
}

/// What is sealed while a factor is set up, and whether the authenticator has answered.
#[derive(Debug)]
pub(crate) struct Enrolment {
    pub sealed: Vec<u8>,
    pub confirmed: bool,
}

impl PlatformTx<SessionOwn> {
    /// The operator's own factor, locked until the end of the transaction.
    pub async fn factor(&mut self) -> Result<Factor, AppError> {
        let id = self.operator;
        sql::factor(self.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)
    }

    /// The seed of a factor that is on.
    pub fn seed(&self, factor: &Factor) -> Result<Option<Vec<u8>>, AppError> {
        let sealed = factor.sealed_seed.as_deref();
        let open = |sealed| key(&self.app).open(&seed_place(self.operator), sealed).map_err(crate::internal);
        sealed.map(open).transpose()
    }

    /// Makes `seed` the factor. `step` is the last step that was used up.
    pub async fn set_seed(&mut self, seed: &[u8], step: Option<i64>) -> Result<(), AppError> {
        let (id, sealed) = (self.operator, key(&self.app).seal(&seed_place(self.operator), seed));
        sql::set_seed(self.conn(), id, &sealed, step).await.map_err(from_sql)
    }

    pub async fn use_step(&mut self, step: i64) -> Result<(), AppError> {
        let id = self.operator;
        sql::set_step(self.conn(), id, step).await.map_err(from_sql)
    }

    /// Replaces the recovery codes by those with these hashes.
    pub async fn set_codes(&mut self, hashes: &[Vec<u8>]) -> Result<(), AppError> {
        let id = self.operator;
        sql::set_codes(self.conn(), id, hashes).await.map_err(from_sql)
    }

    /// Whether a recovery code with this hash was there; it is used up then.
    pub async fn use_recovery(&mut self, hash: &[u8]) -> Result<bool, AppError> {
        let id = self.operator;
        sql::use_recovery(self.conn(), id, hash).await.map_err(from_sql)
    }

    /// What is being set up, opened, and whether the authenticator has answered.
    pub async fn enrolment(&mut self, now: DateTime<Utc>) -> Result<Option<(Vec<u8>, bool)>, AppError> {
        let id = self.operator;
        let Some(row) = sql::enrolment(self.conn(), id, now).await.map_err(from_sql)? else { return Ok(None) };
        let plain = key(&self.app).open(&enrolment_place(id), &row.sealed).map_err(crate::internal)?;
        Ok(Some((plain, row.confirmed)))
    }

    /// Keeps what is being set up, sealed, until `until`.
    pub async fn set_enrolment(&mut self, plain: &[u8], confirmed: bool, until: DateTime<Utc>) -> Result<(), AppError> {
        let id = self.operator;
        let new = Enrolment { sealed: key(&self.app).seal(&enrolment_place(id), plain), confirmed };
        sql::set_enrolment(self.conn(), id, &new, until).await.map_err(from_sql)
    }

    /// Forgets what was set up and confirmed: its codes are kept elsewhere.
    pub async fn forget_confirmed(&mut self) -> Result<(), AppError> {
        let id = self.operator;
        sql::forget_confirmed(self.conn(), id).await.map_err(from_sql)
    }
}

impl PlatformTx<TenantEnter> {
    /// A transaction of one ISP in the operator's name: to write down there who comes to look, and why.
    pub async fn begin_at(&self, isp: TenantId) -> Result<Op, AppError> {
        Op::begin(&self.app, isp, self.actor.clone(), &Scope::Tenant, self.origin.clone()).await
    }
}

/// All ISPs, oldest first: names, addresses and counts.
pub async fn isps(tx: &mut PlatformTx<TenantRead>) -> Result<Vec<IspRow>, AppError> {
    sql::isps(tx.conn()).await.map_err(from_sql)
}
