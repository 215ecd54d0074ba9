//! Two clocks. Business time (due, expiry, dunning, SLA) can be moved in demos and tests; real time never is.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The business clock: real time plus an offset that is kept in the database and mirrored here.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Business time now.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.offset()
    }

    /// Real time, for what people wait for and what routers and phones report. It never moves.
    pub fn real_now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// Today, where the tenant is.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }

    /// How far business time is ahead of real time.
    pub fn offset(&self) -> Duration {
        Duration::milliseconds(self.offset_ms.load(Ordering::Relaxed))
    }

    /// Mirrors an offset that was written to the database.
    pub fn set_offset(&self, offset: Duration) {
        self.offset_ms.store(offset.num_milliseconds(), Ordering::Relaxed);
    }
}
