//! `mtandao clock`: moves the demo's business time on and waits until the running server has done it.

use chrono::{DateTime, Utc};
use model::AppError;
use model::identity::perm::DemoUse;
use model::portal::clock::MoveClockForm;
use platform::{App, jobs, tenants};
use std::time::{Duration, Instant};

/// How long nothing may happen before we say so.
const SILENCE: Duration = Duration::from_secs(90);

/// Moves business time on by `days`; returns where it stands then.
///
/// # Errors
/// Those of `portal::move_on`; `Unavailable` when no server does the work.
pub async fn advance(app: &App, days: i64) -> Result<DateTime<Utc>, AppError> {
    let tenants = tenants::all(app).await?;
    let first = tenants.first().ok_or_else(|| AppError::Conflict("No ISP lives here whose time could move.".into()))?;
    let mut tx = app.begin_as_system_with::<DemoUse>(first.id, "mtandao clock").await?;
    let until = portal::move_on(&mut tx, MoveClockForm { days }).await?;
    tx.commit().await?;
    let mut seen = (app.clock.offset(), Instant::now());
    while app.clock.now() < until || jobs::pending(app).await?.0 > 0 {
        if seen.0 != app.clock.offset() {
            seen = (app.clock.offset(), Instant::now());
        }
        if seen.1.elapsed() > SILENCE {
            return Err(AppError::Unavailable(
                "Nothing moves: is the server running? The move is kept and done when it starts.".into(),
            ));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        tenants::reload_clock(app).await.map_err(platform::error::from_sql)?;
    }
    Ok(app.clock.now())
}
