//! The clocks that a page is given, and the demo's clock, which a person can move. The one rule: business time moves a day
//! at a time, and what falls due on a day is done before the next begins.

use chrono::{Duration, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use model::AppError;
use model::identity::perm::DemoUse;
use model::portal::clock::{MOVE_DAYS_MAX, MoveClockForm, PageClock};
use model::time::{Date, Timestamp};
use platform::audit::Change;
use platform::{App, Job, JobCtx, JobError, Op, Tx, jobs, tenants};
use serde::{Deserialize, Serialize};

/// Asks for business time to be moved on by whole days; returns where it will stand. A job does it, day by day.
///
/// # Errors
/// `Invalid` for other than 1 to 400 days; `Conflict` when an ISP that is no demo lives in this installation: its real
/// bills would be sent; `Conflict` while an earlier move is not done.
pub async fn move_on(tx: &mut Tx<DemoUse>, form: MoveClockForm) -> Result<Timestamp, AppError> {
    if !(1..=MOVE_DAYS_MAX).contains(&form.days) {
        return Err(AppError::invalid("days", format!("Give 1 to {MOVE_DAYS_MAX} days.")));
    }
    if tenants::all(tx.app()).await?.iter().any(|tenant| !tenant.is_demo) {
        return Err(AppError::Conflict(
            "Business time moves in demos only; a real ISP lives in this installation.".into(),
        ));
    }
    if is_moving(tx).await? {
        return Err(AppError::Conflict(
            "Time moves already. Wait until the days that were asked for have passed.".into(),
        ));
    }
    let until = tx.now() + Duration::days(form.days);
    tx.schedule(&MoveClock { until }).await?;
    let tenant = tx.tenant().uuid();
    tx.audit(Change::new("portal.clock.move", "clock", tenant).after(serde_json::json!({ "until": until })));
    Ok(until)
}

/// Whether a move is not done yet: the clock may stand at its end while the last day's jobs still run.
pub async fn is_moving(tx: &mut Tx<DemoUse>) -> Result<bool, AppError> {
    jobs::is_live::<MoveClock>(tx).await
}

/// Moves business time on until it has reached `until`. Doing it twice moves it once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MoveClock {
    until: Timestamp,
}

impl Job for MoveClock {
    const KIND: &'static str = "portal.move_clock";
    const PRIORITY: i16 = 10;

    fn dedupe_key(&self) -> Option<String> {
        Some("clock".into())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        while ctx.app.clock.now() < self.until {
            tenants::move_clock(&ctx.app, ctx.app.clock.offset() + Duration::days(1)).await?;
            jobs::tick(&ctx.app).await?;
            settle(&ctx.app).await?;
        }
        Ok(())
    }
}

/// Does the jobs of the day, here and together with the other workers.
async fn settle(app: &App) -> Result<(), AppError> {
    for _ in 0..1200 {
        jobs::drain(app).await?;
        // This job is one of those that run.
        if jobs::pending(app).await?.0 <= 1 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(AppError::Unavailable("The jobs of a day did not finish in a minute. Look at the failed jobs.".into()))
}

/// Both clocks now, in the tenant's zone.
pub fn page_clock(op: &Op) -> PageClock {
    let now = op.now();
    let offset = op.zone().offset_from_utc_datetime(&now.naive_utc()).fix();
    PageClock { business: now, real: Utc::now(), offset_minutes: offset.local_minus_utc() / 60 }
}

/// The first moment of `day` where the tenant is.
pub(crate) fn start_of(op: &Op, day: Date) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    // Where summer time skips midnight, the day begins an hour later.
    let local = [midnight, midnight + TimeDelta::hours(1)];
    let first = local.iter().find_map(|time| op.zone().from_local_datetime(time).earliest());
    first.map_or_else(|| midnight.and_utc(), |time| time.to_utc())
}

/// The day of a moment where the tenant is.
pub(crate) fn day_of(op: &Op, at: Timestamp) -> Date {
    at.with_timezone(&op.zone()).date_naive()
}
