//! Where a second factor is kept. Setting one up is the same for a person of an ISP and for an operator of the platform;
//! only the place differs.

use crate::mfa::{self, hashes};
use crate::second_factor::{Me, is_asked_of};
use chrono::{DateTime, Utc};
use model::AppError;
use model::identity::operators::OPERATOR_ISSUER;
use model::identity::perm::SessionOwn;
use platform::audit::Change;
use platform::error::from_sql;
use platform::operators::PlatformTx;
use platform::{App, Op, Tx};
use uuid::Uuid;

/// What is known of a person's factor.
pub struct Stored {
    pub name: String,
    /// Whose factor the authenticator says that it is: the ISP's, or the platform's.
    pub issuer: String,
    pub has_factor: bool,
    pub is_required: bool,
    pub password_hash: Option<String>,
}

/// A transaction in which one's own factor can be read and changed.
#[async_trait::async_trait]
pub trait FactorKeeper: Send {
    fn app(&self) -> &App;

    async fn stored(&mut self, me: Me) -> Result<Stored, AppError>;

    /// Recovery codes that were not used yet.
    async fn codes_left(&mut self, me: Me) -> Result<i64, AppError>;

    /// What is being set up, opened, and whether the authenticator has answered.
    async fn enrolment(&mut self, me: Me, now: DateTime<Utc>) -> Result<Option<(Vec<u8>, bool)>, AppError>;

    /// Keeps what is being set up, sealed, until `until`.
    async fn set_enrolment(
        &mut self,
        me: Me,
        plain: &[u8],
        confirmed: bool,
        until: DateTime<Utc>,
    ) -> Result<(), AppError>;

    /// Forgets what was set up and confirmed.
    async fn forget_confirmed(&mut self, me: Me) -> Result<(), AppError>;

    /// Makes `seed` the factor. `step` is the step that was used up.
    async fn set_seed(&mut self, me: Me, seed: &[u8], step: i64) -> Result<(), AppError>;

    async fn set_codes(&mut self, me: Me, codes: &[String]) -> Result<(), AppError>;

    /// Whether `code` is right now; its step is then used up.
    async fn take_step(&mut self, me: Me, code: &str) -> Result<bool, AppError>;

    /// Notes for the log what was done.
    fn note(&mut self, action: &'static str, me: Me);
}

fn enrolment_place(op: &Op, login: Uuid) -> String {
    format!("mfa_enrolment.sealed:{}:{login}", op.tenant())
}

#[async_trait::async_trait]
impl FactorKeeper for Tx<SessionOwn> {
    fn app(&self) -> &App {
        Op::app(self)
    }

    async fn stored(&mut self, me: Me) -> Result<Stored, AppError> {
        sqlx::query_as!(
            Stored,
            r#"SELECT l.name, t.name AS issuer, l.totp_secret IS NOT NULL AS "has_factor!",
                 t.mfa_required AND $2 AS "is_required!", l.password_hash
               FROM login l JOIN tenant t ON t.id = l.tenant_id WHERE l.id = $1"#,
            me.login,
            is_asked_of(me.audience),
        )
        .fetch_optional(self.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)
    }

    async fn codes_left(&mut self, me: Me) -> Result<i64, AppError> {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM recovery_code WHERE login_id = $1 AND used_at IS NULL"#,
            me.login,
        )
        .fetch_one(self.conn())
        .await
        .map_err(from_sql)
    }

    async fn enrolment(&mut self, me: Me, now: DateTime<Utc>) -> Result<Option<(Vec<u8>, bool)>, AppError> {
        let row = sqlx::query!(
            "SELECT sealed, confirmed FROM mfa_enrolment WHERE login_id = $1 AND expires_at > $2",
            me.login,
            now
        )
        .fetch_optional(self.conn())
        .await
        .map_err(from_sql)?;
        let Some(row) = row else { return Ok(None) };
        let key = platform::tenants::data_key(Op::app(self), self.tenant()).await?;
        let plain = key.open(&enrolment_place(self, me.login), &row.sealed).map_err(platform::internal)?;
        Ok(Some((plain, row.confirmed)))
    }

    async fn set_enrolment(
        &mut self,
        me: Me,
        plain: &[u8],
        confirmed: bool,
        until: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let key = platform::tenants::data_key(Op::app(self), self.tenant()).await?;
        let sealed = key.seal(&enrolment_place(self, me.login), plain);
        let tenant = self.tenant().uuid();
        sqlx::query!(
            "INSERT INTO mfa_enrolment (tenant_id, login_id, sealed, confirmed, expires_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, login_id) DO UPDATE SET sealed = excluded.sealed, confirmed = excluded.confirmed,
               expires_at = excluded.expires_at",
            tenant,
            me.login,
            sealed,
            confirmed,
            until,
        )
        .execute(self.conn())
        .await
        .map(drop)
        .map_err(from_sql)
    }

    async fn forget_confirmed(&mut self, me: Me) -> Result<(), AppError> {
        sqlx::query!("DELETE FROM mfa_enrolment WHERE login_id = $1 AND confirmed", me.login)
            .execute(self.conn())
            .await
            .map(drop)
            .map_err(from_sql)
    }

    async fn set_seed(&mut self, me: Me, seed: &[u8], step: i64) -> Result<(), AppError> {
        mfa::store_in_op(self, me.login, seed, Some(step)).await
    }

    async fn set_codes(&mut self, me: Me, codes: &[String]) -> Result<(), AppError> {
        mfa::store_codes_in_op(self, me.login, codes).await
    }

    async fn take_step(&mut self, me: Me, code: &str) -> Result<bool, AppError> {
        mfa::take_step(self, me.login, code).await
    }

    fn note(&mut self, action: &'static str, me: Me) {
        self.audit(Change::new(action, "login", me.login));
    }
}

/// An operator's own transaction is of one operator already: `me` says nothing that it does not know.
#[async_trait::async_trait]
impl FactorKeeper for PlatformTx<SessionOwn> {
    fn app(&self) -> &App {
        PlatformTx::app(self)
    }

    async fn stored(&mut self, _: Me) -> Result<Stored, AppError> {
        let factor = self.factor().await?;
        Ok(Stored {
            has_factor: factor.is_on(),
            name: factor.name,
            issuer: OPERATOR_ISSUER.into(),
            is_required: true,
            password_hash: Some(factor.password_hash),
        })
    }

    async fn codes_left(&mut self, _: Me) -> Result<i64, AppError> {
        Ok(self.factor().await?.codes_left)
    }

    async fn enrolment(&mut self, _: Me, now: DateTime<Utc>) -> Result<Option<(Vec<u8>, bool)>, AppError> {
        PlatformTx::enrolment(self, now).await
    }

    async fn set_enrolment(
        &mut self,
        _: Me,
        plain: &[u8],
        confirmed: bool,
        until: DateTime<Utc>,
    ) -> Result<(), AppError> {
        PlatformTx::set_enrolment(self, plain, confirmed, until).await
    }

    async fn forget_confirmed(&mut self, _: Me) -> Result<(), AppError> {
        PlatformTx::forget_confirmed(self).await
    }

    async fn set_seed(&mut self, _: Me, seed: &[u8], step: i64) -> Result<(), AppError> {
        PlatformTx::set_seed(self, seed, Some(step)).await
    }

    async fn set_codes(&mut self, _: Me, codes: &[String]) -> Result<(), AppError> {
        PlatformTx::set_codes(self, &hashes(codes)).await
    }

    async fn take_step(&mut self, _: Me, code: &str) -> Result<bool, AppError> {
        let factor = self.factor().await?;
        let Some(seed) = self.seed(&factor)? else { return Ok(false) };
        match mfa::step_of(&seed, factor.last_step, code)? {
            Some(step) => self.use_step(step).await.map(|()| true),
            None => Ok(false),
        }
    }

    fn note(&mut self, action: &'static str, me: Me) {
        // The audit log is each ISP's own; what operators do to themselves stands in the log of the program.
        tracing::info!(action, operator.id = %me.login, "an operator changed how they sign in");
    }
}
