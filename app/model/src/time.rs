//! The two kinds of time that types speak of. The one rule: a moment is UTC, a day is a day in the tenant's zone.

/// A moment, in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// A calendar day in the tenant's zone.
pub type Date = chrono::NaiveDate;

/// Why a typed day was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter a date as year-month-day, for example 2026-11-24.")]
pub struct DateError;

/// Reads what a date input sends (`2026-11-24`). Years outside 2000–2199 are typing mistakes.
pub fn parse_date(text: &str) -> Result<Date, DateError> {
    use chrono::Datelike;
    let date: Date = text.trim().parse().map_err(|_| DateError)?;
    if (2000..2200).contains(&date.year()) { Ok(date) } else { Err(DateError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_input_is_read_and_a_mistyped_year_is_refused() {
        assert_eq!(parse_date(" 2026-11-24 ").ok(), Date::from_ymd_opt(2026, 11, 24));
        for text in ["", "24/11/2026", "2026-02-30", "0026-11-24", "20260-01-01"] {
            assert_eq!(parse_date(text), Err(DateError), "{text}");
        }
    }
}
