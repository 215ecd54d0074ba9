//! Clearing up, once a day.

use chrono::NaiveDate;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError};
use serde::{Deserialize, Serialize};

/// Removes links, codes and half-made second factors that nobody can use any more, and what the platform has that is old.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tidy {
    pub day: NaiveDate,
}

impl Job for Tidy {
    const KIND: &'static str = "identity.tidy";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let now = op.real_now();
        sqlx::query!("DELETE FROM password_reset WHERE expires_at < $1::timestamptz - interval '1 day'", now)
            .execute(op.conn())
            .await
            .map_err(from_sql)?;
        sqlx::query!("DELETE FROM mfa_enrolment WHERE expires_at < $1", now)
            .execute(op.conn())
            .await
            .map_err(from_sql)?;
        op.commit().await?;
        platform::tidy::tidy(&ctx.app, ctx.tenant).await?;
        Ok(())
    }
}
