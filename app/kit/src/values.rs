//! Small values with their spacing and title: amounts, times, things to copy, key caps.

use crate::{icon::Icon, t};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, Timelike, Utc};
use leptos::prelude::*;

/// The clock and zone of a page, sent by the server, so that both sides write the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageTime {
    /// Business time when the page was made.
    pub now: DateTime<Utc>,
    /// Minutes east of UTC in the tenant's zone.
    pub offset_minutes: i32,
}

impl PageTime {
    /// What the page around was given. Without one, times stand in UTC and ages are left out.
    fn here() -> Option<Self> {
        use_context()
    }

    fn local(at: DateTime<Utc>) -> NaiveDateTime {
        let minutes = Self::here().map_or(0, |t| t.offset_minutes);
        FixedOffset::east_opt(minutes * 60).map_or(at.naive_utc(), |zone| at.with_timezone(&zone).naive_local())
    }
}

/// `24 Nov 2026`.
pub fn date_text(date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), month_text(date.month()), date.year())
}

/// `24 Nov`, for lists where the year is plain.
pub fn day_text(date: NaiveDate) -> String {
    format!("{} {}", date.day(), month_text(date.month()))
}

/// `24 Nov 2026, 14:05`.
pub fn date_time_text(at: NaiveDateTime) -> String {
    format!("{}, {:02}:{:02}", date_text(at.date()), at.hour(), at.minute())
}

pub(crate) fn month_text(month: u32) -> &'static str {
    match month {
        1 => t::month_jan(),
        2 => t::month_feb(),
        3 => t::month_mar(),
        4 => t::month_apr(),
        5 => t::month_may(),
        6 => t::month_jun(),
        7 => t::month_jul(),
        8 => t::month_aug(),
        9 => t::month_sep(),
        10 => t::month_oct(),
        11 => t::month_nov(),
        _ => t::month_dec(),
    }
}

/// "3 h ago" or "in 2 days", from seconds since then; negative seconds lie ahead.
pub fn age_text(seconds: i64) -> String {
    let (ago, amount) = (seconds >= 0, seconds.abs());
    match (ago, amount) {
        (_, 0..60) => t::when_now().into(),
        (true, 60..3_600) => t::when_minutes_ago(amount / 60),
        (true, 3_600..86_400) => t::when_hours_ago(amount / 3_600),
        (true, _) => t::when_days_ago(amount / 86_400),
        (false, 60..3_600) => t::when_in_minutes(amount / 60),
        (false, 3_600..86_400) => t::when_in_hours(amount / 3_600),
        (false, _) => t::when_in_days(amount / 86_400),
    }
}

/// `12 min`, `1 h 24 min`, `2 d 3 h`: how long something lasts.
pub fn lasting_text(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => t::lasting_minutes(minutes),
        (0, hours, minutes) => t::lasting_hours(hours, minutes),
        (days, hours, _) => t::lasting_days(days, hours),
    }
}

/// "today", "tomorrow" or "3 days ago", from whole days; negative days lie in the past.
pub fn days_text(days: i64) -> String {
    match days {
        0 => t::when_today().into(),
        1.. => t::when_in_days(days),
        _ => t::when_days_ago(-days),
    }
}

/// A point in time: the exact time itself, or its age or its time of day with the exact time in the title.
#[component]
pub fn When(
    at: DateTime<Utc>,
    /// Write "3 h ago" instead of the date; needs `PageTime` in the context.
    #[prop(optional)]
    age: bool,
    /// Write how long it has lasted since then, "3 h 12 min"; needs `PageTime` in the context.
    #[prop(optional)]
    lasting: bool,
    /// Write the time of day with its seconds.
    #[prop(optional)]
    clock: bool,
) -> impl IntoView {
    let local = PageTime::local(at);
    let exact = date_time_text(local);
    let passed = PageTime::here().map(|time| (time.now - at).num_seconds());
    let text = match passed {
        Some(seconds) if age => age_text(seconds),
        Some(seconds) if lasting => lasting_text(seconds),
        _ if clock => local.format("%H:%M:%S").to_string(),
        _ => exact.clone(),
    };
    view! { <time datetime=at.to_rfc3339() title=exact>{text}</time> }
}

/// A calendar day, with words for the distance where `today` is given: `24 Nov 2026 in 3 days`.
#[component]
pub fn Day(date: NaiveDate, #[prop(optional)] today: Option<NaiveDate>) -> impl IntoView {
    let distance = today.map(|today| (date - today).num_days()).map(days_text);
    view! {
        <time datetime=date.to_string()>{date_text(date)}</time>
        {distance.map(|words| view! { " "<span class="small faint">{words}</span> })}
    }
}

/// An amount with its currency: `KSh 1,500.00`. In a table whose head names the currency, ask for `bare`.
#[component]
pub fn Amount(
    money: model::Money,
    #[prop(optional)] bare: bool,
    /// Leave out cents that are zero: for phones.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let figures = if short { money.short_figures() } else { money.figures() };
    let sign = (!bare).then(|| {
        let sign = format!("{}\u{a0}", money.currency.sign());
        view! { <span class="amount__sign">{sign}</span> }
    });
    view! { <span class="num nowrap">{sign}{figures}</span> }
}

/// A value that is often needed elsewhere, with a button that copies it. `what` names it: "the account number".
#[component]
pub fn Copy(#[prop(into)] value: String, #[prop(into)] what: String, #[prop(optional)] mono: bool) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = value.clone();
    let copy = move |_| {
        copy_to_clipboard(&value);
        copied.set(true);
        set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
    };
    let name = t::copy(what);
    let title = name.clone();
    view! {
        <button type="button" class="copy" class:mono=mono title=title on:click=copy>
            {text}
            {move || match copied.get() {
                true => view! { <Icon icon=icondata_lu::LuCheck/> },
                false => view! { <Icon icon=icondata_lu::LuCopy/> },
            }}
            <span class="visually-hidden" role="status">
                {move || if copied.get() { t::copied().to_owned() } else { name.clone() }}
            </span>
        </button>
    }
}

/// The clipboard refuses on plain http and in old browsers; the text can still be selected by hand.
#[cfg(feature = "hydrate")]
pub fn copy_to_clipboard(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

#[cfg(not(feature = "hydrate"))]
pub fn copy_to_clipboard(_: &str) {}

/// A key cap. `on` is for keys inside a primary button.
#[component]
pub fn Kbd(#[prop(into)] key: String, #[prop(optional)] on: bool) -> impl IntoView {
    view! { <kbd class=if on { "kbd kbd--on" } else { "kbd" } aria-hidden="true">{key}</kbd> }
}

/// The first letters of a name in a disc.
#[component]
pub fn Avatar(#[prop(into)] name: String) -> impl IntoView {
    let letters: String = name.split_whitespace().filter_map(|w| w.chars().next()).take(2).collect();
    view! { <span class="avatar" aria-hidden="true">{letters.to_uppercase()}</span> }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_of_the_house_write_them() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        assert_eq!(date_time_text(date.and_hms_opt(14, 5, 0).unwrap()), "24 Nov 2026, 14:05");
        assert_eq!(age_text(3 * 3600), "3 h ago");
        assert_eq!(age_text(-2 * 86_400), "in 2 days");
        assert_eq!(lasting_text(5_040), "1 h 24 min");
        assert_eq!(days_text(1), "tomorrow");
    }
}
