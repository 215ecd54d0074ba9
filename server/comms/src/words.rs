//! How amounts, days and names stand in an SMS. The one rule: only characters that cost one septet each, so that a text
//! stays one SMS.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use model::Money;

/// `KSh 1,500`, or with cents where there are some.
pub(crate) fn amount(money: Money) -> String {
    model::comms::segments::plain(&format!("{} {}", money.currency.sign(), money.short_figures()))
}

/// `24/11/2026`: read alike in English and Swahili.
pub(crate) fn day(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// `14:00`, on the tenant's wall clock.
pub(crate) fn hour(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M").to_string()
}

/// The first name, which is how people are spoken to.
pub(crate) fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_costs_one_septet_a_character() {
        assert_eq!(amount(Money::kes(150_000)), "KSh 1,500");
        assert_eq!(amount(Money::kes(150_050)), "KSh 1,500.50");
        let owed = amount(Money::kes(-150_000));
        assert_eq!(model::comms::segments::sms_size(&owed).coding.code(), "gsm7", "{owed}");
    }

    #[test]
    fn people_are_spoken_to_by_their_first_name() {
        assert_eq!(first_name("Jane Wanjiru Kamau"), "Jane");
        assert_eq!(first_name(""), "");
    }
}
