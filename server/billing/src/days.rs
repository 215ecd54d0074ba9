//! Days of the tenant's zone as moments. The one rule: a due day belongs to the payer to its last second.

use chrono::{Days, NaiveTime, TimeDelta, TimeZone};
use model::time::{Date, Timestamp};
use platform::Op;

/// The first moment of `day` where the tenant is.
pub(crate) fn start_of(op: &Op, day: Date) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    // Where summer time skips midnight, the day begins an hour later.
    let local = [midnight, midnight + TimeDelta::hours(1)];
    let first = local.iter().find_map(|time| op.zone().from_local_datetime(time).earliest());
    first.map_or_else(|| midnight.and_utc(), |time| time.to_utc())
}

/// The last second of `day` where the tenant is: the due moment of an invoice.
pub(crate) fn end_of(op: &Op, day: Date) -> Timestamp {
    start_of(op, day + Days::new(1)) - TimeDelta::seconds(1)
}

/// The day of a moment where the tenant is.
pub(crate) fn day_of(op: &Op, at: Timestamp) -> Date {
    at.with_timezone(&op.zone()).date_naive()
}
