//! Small drawings inside cards and tables: meters, bars, lines. SVG from the server, never a `style` attribute.

use crate::{tone::Tone, values::month_text};
use leptos::prelude::*;

/// A part of a meter.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub amount: f64,
    pub tone: Tone,
}

impl Part {
    pub const fn new(amount: f64, tone: Tone) -> Self {
        Self { amount, tone }
    }
}

/// A bar that is full at `total`. `label` says in words what it shows: "112 of 200 GB".
#[component]
pub fn Meter(parts: Vec<Part>, total: f64, #[prop(into)] label: String, #[prop(optional)] tall: bool) -> impl IntoView {
    let mut x = 0.0;
    let rects = parts
        .into_iter()
        .map(|part| {
            let width = share(part.amount, total).min(100.0 - x);
            let rect =
                view! { <rect class=tone_class(part.tone) x=figure(x) y="0" width=figure(width) height="1"></rect> };
            x += width;
            rect
        })
        .collect_view();
    view! {
        <svg class="meter" class:meter--8=tall viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label=label>
            {rects}
        </svg>
    }
}

/// The heights of bars for amounts of money in minor units, in thousandths of the largest. Only this measure of a picture
/// is a float, never the money.
pub fn heights(amounts_minor: impl Iterator<Item = i64>) -> Vec<f64> {
    let minors: Vec<i64> = amounts_minor.map(|minor| minor.max(0)).collect();
    let top = minors.iter().copied().max().unwrap_or_default().max(1);
    minors.into_iter().map(|minor| f64::from(u16::try_from(minor.saturating_mul(1000) / top).unwrap_or(1000))).collect()
}

/// Months with their amounts as `Bars` names them: `Nov` and `733,892`. Beyond six there is room for the month only.
pub fn month_names(months: &[(model::time::Date, model::Money)]) -> Vec<(String, String)> {
    let has_room = months.len() <= 6;
    let amount = |money: &model::Money| if has_room { money.short_figures() } else { String::new() };
    months.iter().map(|(month, money)| (month_text(chrono::Datelike::month(month)).to_owned(), amount(money))).collect()
}

/// Bars of equal width; the last one may still grow and is lighter then. `label` says the gist in words.
#[component]
pub fn Bars(
    values: Vec<f64>,
    #[prop(into)] label: String,
    #[prop(optional)] unfinished: bool,
    #[prop(default = Tone::Accent)] tone: Tone,
    /// What stands below each bar: its name and its figure. Leave it out in tight places.
    #[prop(optional)]
    names: Vec<(String, String)>,
) -> impl IntoView {
    let top = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let (count, last) = (values.len().max(1), values.len().saturating_sub(1));
    let step = 100.0 / count as f64;
    let bars = values
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let height = share(value, top);
            view! {
                <rect
                    class=tone_class(tone)
                    class:spark__now=unfinished && i == last
                    x=figure((i as f64 + 0.14) * step)
                    y=figure(100.0 - height)
                    width=figure(step * 0.72)
                    height=figure(height)
                ></rect>
            }
        })
        .collect_view();
    let picture = view! {
        <svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>{bars}</svg>
    };
    if names.is_empty() {
        return picture.into_any();
    }
    let names = names.into_iter().map(|(name, amount)| view! { <span><b>{amount}</b>{name}</span> }).collect_view();
    view! { <div class="bars">{picture}<div class="bars__names">{names}</div></div> }.into_any()
}

/// A line without axes. `label` says the gist in words.
#[component]
pub fn Sparkline(values: Vec<f64>, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>
            <path d=line(&values)></path>
        </svg>
    }
}

/// What a colour of a chart stands for.
#[component]
pub fn Legend(entries: Vec<(String, Tone)>) -> impl IntoView {
    let entries = entries
        .into_iter()
        .map(|(word, tone)| view! { <span><i class=tone_class(tone)></i>{word}</span> })
        .collect_view();
    view! { <div class="legend">{entries}</div> }
}

fn tone_class(tone: Tone) -> String {
    format!("tone-{}", tone.name())
}

/// Per cent of the whole, from 0 to 100.
fn share(amount: f64, total: f64) -> f64 {
    if total > 0.0 { (amount / total * 100.0).clamp(0.0, 100.0) } else { 0.0 }
}

/// Server and browser must write the same digits.
fn figure(value: f64) -> String {
    format!("{value:.2}")
}

fn line(values: &[f64]) -> String {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    let step = 100.0 / values.len().saturating_sub(1).max(1) as f64;
    let point = |(i, v): (usize, &f64)| {
        let letter = if i == 0 { 'M' } else { 'L' };
        format!("{letter}{} {}", figure(i as f64 * step), figure(100.0 - share(v - low, high - low)))
    };
    values.iter().enumerate().map(point).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_reaches_from_edge_to_edge() {
        assert_eq!(super::line(&[1.0, 3.0]), "M0.00 100.00L100.00 0.00");
        assert_eq!(super::line(&[]), "");
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(super::share(5.0, 0.0), 0.0);
    }
}
