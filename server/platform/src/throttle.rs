//! Throttling in the database: tries per key in a window, then a growing wait; never a permanent lock.
//!
//! The one rule: a try is counted before it is looked at, so that a hundred at the same moment are a hundred. One that
//! was right is forgiven.

use crate::App;
use crate::error::from_sql;
use crate::secrets::token_hash;
use chrono::{DateTime, Utc};
use model::AppError;

/// How many tries a key may have in an hour before it waits.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub failures_max: i32,
}

/// People's words are part of keys: stored by hash, each is short and tells nothing.
fn stored(key: &str) -> String {
    hex::encode(token_hash(key))
}

/// Counts a try, or refuses it with the seconds to wait. Above the limit each further one doubles the wait: 2, 4, 8 … at
/// most 900 seconds.
pub async fn take(app: &App, key: &str, limit: Limit) -> Result<(), AppError> {
    let counted = sqlx::query(
        "INSERT INTO platform.throttle AS t (key, failures, window_start) VALUES ($1, 1, now())
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN t.window_start < now() - interval '1 hour' THEN 1 ELSE t.failures + 1 END,
           window_start = CASE WHEN t.window_start < now() - interval '1 hour' THEN now() ELSE t.window_start END,
           blocked_until = CASE WHEN t.window_start >= now() - interval '1 hour' AND t.failures + 1 > $2
             THEN now() + make_interval(secs => least(900, power(2, least(t.failures + 1 - $2, 10)))) END
         WHERE t.blocked_until IS NULL OR t.blocked_until <= clock_timestamp()",
    )
    .bind(stored(key))
    .bind(limit.failures_max)
    .execute(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    if counted.rows_affected() == 1 {
        return Ok(());
    }
    let until: Option<Option<DateTime<Utc>>> =
        sqlx::query_scalar("SELECT blocked_until FROM platform.throttle WHERE key = $1")
            .bind(stored(key))
            .fetch_optional(&app.platform_pool)
            .await
            .map_err(from_sql)?;
    let left = until.flatten().map_or(1, |until| (until - Utc::now()).num_seconds().clamp(1, 3600));
    Err(AppError::TooMany(u32::try_from(left).unwrap_or(1)))
}

/// Takes one try back, with the wait that it brought: it was right, or was never looked at.
pub async fn forgive(app: &App, key: &str, limit: Limit) -> Result<(), AppError> {
    sqlx::query(
        "UPDATE platform.throttle SET failures = greatest(failures - 1, 0),
           blocked_until = CASE WHEN failures - 1 > $2 THEN blocked_until END
         WHERE key = $1",
    )
    .bind(stored(key))
    .bind(limit.failures_max)
    .execute(&app.platform_pool)
    .await
    .map(drop)
    .map_err(from_sql)
}

/// Forgets all tries of a key after a success.
pub async fn clear(app: &App, key: &str) -> Result<(), AppError> {
    sqlx::query("DELETE FROM platform.throttle WHERE key = $1")
        .bind(stored(key))
        .execute(&app.platform_pool)
        .await
        .map(drop)
        .map_err(from_sql)
}
