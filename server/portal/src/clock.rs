//! The clocks that a page is given.

use chrono::{NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use model::portal::clock::PageClock;
use model::time::{Date, Timestamp};
use platform::Op;

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
