//! Daraja's clock: `YYYYMMDDHHmmss` in East Africa Time, which has no summer time.
//! The one rule: outside this file a time is UTC.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};

use crate::Malformed;

const FORMAT: &str = "%Y%m%d%H%M%S";

/// UTC+3.
const EAT_SECONDS: i32 = 3 * 3600;

fn eat() -> FixedOffset {
    // Three hours are within the 24 that an offset may have.
    FixedOffset::east_opt(EAT_SECONDS).expect("UTC+3 is a valid offset")
}

/// The text that goes with a password.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.with_timezone(&eat()).format(FORMAT).to_string()
}

/// The spelling of the pull service: `2026-03-14 09:30:41`.
pub(super) fn spaced(at: DateTime<Utc>) -> String {
    at.with_timezone(&eat()).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads `20260314093041` as 06:30:41 UTC.
///
/// # Errors
/// Names `field` when the text is not such a time.
pub fn parse(field: &str, text: &str) -> Result<DateTime<Utc>, Malformed> {
    let wrong = || Malformed::new(field, "is not a time written as YYYYMMDDHHmmss");
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let local = NaiveDateTime::parse_from_str(text, FORMAT).map_err(|_| wrong())?;
    eat().from_local_datetime(&local).single().map(|at| at.with_timezone(&Utc)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daraja_time_is_three_hours_ahead_of_utc() {
        let at = parse("TransTime", "20260314013000").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-03-13T22:30:00+00:00");
        assert_eq!(stamp(at), "20260314013000");
    }

    #[test]
    fn an_impossible_time_names_the_field() {
        assert_eq!(parse("TransTime", "20260231000000").unwrap_err().field, "TransTime");
        assert_eq!(parse("TransTime", "2026-03-14").unwrap_err().field, "TransTime");
    }
}
