//! Throttling in the database: failures per key in a window, then a growing wait; never a permanent lock.

use crate::App;
use crate::error::from_sql;
use chrono::{DateTime, Utc};
use model::AppError;

/// How many failures a key may have in an hour before it waits.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub failures_max: i32,
}

/// Refuses with the seconds to wait while any of `keys` is blocked.
pub async fn check(app: &App, keys: &[&str]) -> Result<(), AppError> {
    let keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
    let until: Option<DateTime<Utc>> = sqlx::query_scalar(
        "SELECT max(blocked_until) FROM platform.throttle WHERE key = ANY($1) AND blocked_until > now()",
    )
    .bind(keys)
    .fetch_one(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    match until {
        Some(until) => Err(AppError::TooMany((until - Utc::now()).num_seconds().clamp(1, 3600) as u32)),
        None => Ok(()),
    }
}

/// Counts a failure. Above the limit each further one doubles the wait: 2, 4, 8 … at most 900 seconds.
pub async fn fail(app: &App, key: &str, limit: Limit) -> Result<(), AppError> {
    sqlx::query(
        "INSERT INTO platform.throttle AS t (key, failures, window_start) VALUES ($1, 1, now())
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN t.window_start < now() - interval '1 hour' THEN 1 ELSE t.failures + 1 END,
           window_start = CASE WHEN t.window_start < now() - interval '1 hour' THEN now() ELSE t.window_start END,
           blocked_until = CASE WHEN t.window_start >= now() - interval '1 hour' AND t.failures + 1 > $2
             THEN now() + make_interval(secs => least(900, power(2, least(t.failures + 1 - $2, 10)))) END",
    )
    .bind(key)
    .bind(limit.failures_max)
    .execute(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// Forgets the failures of a key after a success.
pub async fn clear(app: &App, key: &str) -> Result<(), AppError> {
    sqlx::query("DELETE FROM platform.throttle WHERE key = $1")
        .bind(key)
        .execute(&app.platform_pool)
        .await
        .map_err(from_sql)?;
    Ok(())
}
