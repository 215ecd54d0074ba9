//! Times as the providers write them.
//! The one rule: real time, shown in East Africa Time.

use chrono::{DateTime, Datelike, FixedOffset, Utc};

/// UTC+3, without summer time.
const EAT_SECONDS: i32 = 3 * 3600;

fn eat(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    // Three hours are within the 24 that an offset may have.
    at.with_timezone(&FixedOffset::east_opt(EAT_SECONDS).expect("UTC+3 is a valid offset"))
}

/// `20260314093015`.
pub fn stamp(at: DateTime<Utc>) -> String {
    eat(at).format("%Y%m%d%H%M%S").to_string()
}

/// `2026-03-14 09:30:15`.
pub fn spaced(at: DateTime<Utc>) -> String {
    eat(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `14 Mar, 09:30:15`, for pages.
pub fn shown(at: DateTime<Utc>) -> String {
    eat(at).format("%-d %b, %H:%M:%S").to_string()
}

/// The first three characters of a receipt of that day: year, month and day as letters and digits.
pub fn receipt_prefix(at: DateTime<Utc>) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let day = eat(at);
    // The year's letter runs through the alphabet and was U in 2026.
    let year = (day.year() - 2006).rem_euclid(26) as usize;
    let letters = [DIGITS[10 + year], DIGITS[9 + day.month() as usize], DIGITS[day.day() as usize]];
    letters.iter().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_three_hours_ahead() {
        let at = DateTime::parse_from_rfc3339("2026-03-14T22:30:15Z").unwrap().to_utc();
        assert_eq!(stamp(at), "20260315013015");
        assert_eq!(spaced(at), "2026-03-15 01:30:15");
        assert_eq!(receipt_prefix(at), "UCF");
    }
}
