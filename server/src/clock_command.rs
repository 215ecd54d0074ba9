//! `mtandao clock`: moves the demo's business time, day by day, so that a person can see a month pass.

use chrono::{DateTime, Duration, Utc};
use model::AppError;
use platform::{App, jobs, tenants};

/// The most that one command moves; more is a typing mistake.
const DAYS_MAX: i64 = 400;

/// Moves business time on by `days`, running what falls due on each day before the next begins.
///
/// # Errors
/// `Conflict` when a tenant that is no demo lives here: real bills would be sent.
pub async fn advance(app: &App, days: i64) -> Result<DateTime<Utc>, AppError> {
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(AppError::invalid("days", format!("Give 1 to {DAYS_MAX} days.")));
    }
    if tenants::all(app).await?.iter().any(|tenant| !tenant.is_demo) {
        return Err(AppError::Conflict(
            "Business time moves in demos only; a real ISP lives in this installation.".into(),
        ));
    }
    for _ in 0..days {
        tenants::move_clock(app, app.clock.offset() + Duration::days(1)).await?;
        jobs::tick(app).await?;
        settle(app).await?;
    }
    Ok(app.clock.now())
}

/// Waits until the running server has done the jobs of the day.
async fn settle(app: &App) -> Result<(), AppError> {
    for _ in 0..1200 {
        let (waiting, _) = jobs::pending(app).await?;
        if waiting == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(AppError::Unavailable("The jobs of a day did not finish in a minute. Look at the failed jobs.".into()))
}
