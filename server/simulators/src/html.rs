//! Pages as text.
//! The one rule: whatever came from outside goes through [`esc`] or [`linked`] on its way into a page.

use axum::response::Html;
use chrono::{DateTime, Utc};

use crate::clock;

/// Escapes text for element content and quoted attributes.
pub fn esc(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Escapes text and makes its web addresses clickable.
pub fn linked(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = ["http://", "https://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from.len());
        // A sentence's own full stop is not part of the address.
        let url = from[..end].trim_end_matches(['.', ',', ')', ';', ':', '!', '?']);
        html.push_str(&esc(before));
        if url.ends_with("//") {
            html.push_str(&esc(url));
            rest = &from[url.len()..];
            continue;
        }
        html.push_str(&format!("<a href=\"{0}\" rel=\"noreferrer\">{0}</a>", esc(url)));
        rest = &from[url.len()..];
    }
    html.push_str(&esc(rest));
    html
}

/// A moment in East Africa Time, exact in the title.
pub fn time(at: DateTime<Utc>) -> String {
    let exact = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    format!("<time datetime=\"{exact}\" title=\"{exact}\">{}</time>", clock::shown(at))
}

/// `254712345678` as `0712 345 678`; anything else as it is, escaped.
pub fn phone(number: &str) -> String {
    match number.trim_start_matches('+').strip_prefix("254") {
        Some(rest) if rest.len() == 9 && rest.is_ascii() => format!("0{} {} {}", &rest[..3], &rest[3..6], &rest[6..]),
        _ => esc(number),
    }
}

/// `1500` as `KSh 1,500`.
pub fn shillings(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0 { "−" } else { "" };
    format!("KSh\u{a0}{sign}{grouped}")
}

/// The sections that the navigation shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Home,
    Phone,
    Outbox,
    Messages,
}

/// A whole page around a body that is already HTML. `head` is more HTML for the head.
pub fn page(title: &str, section: Section, head: &str, body: &str) -> Html<String> {
    let item = |this: Section, href: &str, name: &str| {
        let current = if this == section { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{href}\"{current}>{name}</a>")
    };
    let nav = [
        item(Section::Home, "/", "Overview"),
        item(Section::Phone, "/daraja/phone", "Phone"),
        item(Section::Messages, "/messages", "Messages"),
        item(Section::Outbox, "/outbox", "Outbox"),
    ]
    .concat();
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Simulators</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/simulators.css\">{head}</head><body>\
         <header class=\"bar\"><a class=\"bar__brand\" href=\"/\"><span class=\"bar__mark\" aria-hidden=\"true\"></span>Simulators</a>\
         <nav class=\"bar__nav\" aria-label=\"Simulators\">{nav}</nav></header><main>{body}</main>\
         <script src=\"/simulators.js\" defer></script></body></html>",
        title = esc(title)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_and_not_run() {
        assert_eq!(esc("<b a=\"1\" b='2'>&"), "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;");
    }

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        assert_eq!(
            linked("Pay at https://isp.example/p?a=1&b=2. <script>"),
            "Pay at <a href=\"https://isp.example/p?a=1&amp;b=2\" rel=\"noreferrer\">https://isp.example/p?a=1&amp;b=2</a>. &lt;script&gt;"
        );
        assert_eq!(linked("javascript:alert(1) \"x\""), "javascript:alert(1) &quot;x&quot;");
        assert_eq!(linked("https://. x"), "https://. x");
    }

    #[test]
    fn amounts_and_numbers_are_shown_as_people_write_them() {
        assert_eq!(shillings(1_234_567), "KSh\u{a0}1,234,567");
        assert_eq!(shillings(-100), "KSh\u{a0}−100");
        assert_eq!(phone("254712345678"), "0712 345 678");
        assert_eq!(phone("KILELE<"), "KILELE&lt;");
    }
}
