//! Every message that was sent or written, for people and for tests.
//! The one rule: what is shown is what arrived at the provider, not what somebody meant to send.

use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::html::{self, Section, esc, linked};
use crate::state::{Inner, Shared, msisdn};

/// What a page shows at once.
const PAGE_ENTRIES: usize = 100;

/// One message on its way to or from a person.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Rises by one with every message.
    pub id: u64,
    pub at: DateTime<Utc>,
    pub channel: Medium,
    /// Written by the person, not by the ISP.
    pub incoming: bool,
    /// The ISP's short code; empty for mail.
    pub business: String,
    /// The person: digits with country code, or a mail address.
    pub to: String,
    /// The ISP's name, number or address.
    pub from: String,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    pub parts: Option<u32>,
    /// In the provider's words.
    pub status: String,
    pub provider_id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    Sms,
    Whatsapp,
    Mail,
}

impl Medium {
    fn name(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Whatsapp => "WhatsApp",
            Self::Mail => "E-mail",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Mail => "mail",
        }
    }
}

pub fn router() -> Router<Shared> {
    Router::new().route("/outbox", get(page)).route("/outbox.json", get(list))
}

#[derive(Debug, Default, Deserialize)]
struct Filter {
    /// Part of the receiver's number or address, in any usual spelling.
    #[serde(default)]
    to: String,
    #[serde(default)]
    channel: String,
    /// Only entries older than this id.
    before: Option<u64>,
    limit: Option<usize>,
}

impl Filter {
    fn fits(&self, entry: &Entry) -> bool {
        let wanted = self.to.trim().to_lowercase();
        let spelled = msisdn(&wanted);
        let digits: String = wanted.chars().filter(|c| !matches!(c, ' ' | '+' | '-')).collect();
        let to = entry.to.to_lowercase();
        let person = wanted.is_empty() || spelled.as_ref() == Some(&to) || to.contains(&wanted) || to.contains(&digits);
        !entry.incoming && person && self.before.is_none_or(|before| entry.id < before)
    }

    fn fits_channel(&self, entry: &Entry) -> bool {
        self.channel.is_empty() || self.channel == entry.channel.code()
    }
}

/// Newest first.
async fn list(State(state): State<Shared>, Query(filter): Query<Filter>) -> Json<Vec<Entry>> {
    let limit = filter.limit.unwrap_or(PAGE_ENTRIES).min(1_000);
    let inner = state.lock();
    Json(
        inner
            .outbox
            .iter()
            .filter(|entry| filter.fits(entry) && filter.fits_channel(entry))
            .take(limit)
            .cloned()
            .collect(),
    )
}

async fn page(State(state): State<Shared>, Query(filter): Query<Filter>) -> Html<String> {
    let inner = state.lock();
    let found: Vec<&Entry> = inner.outbox.iter().filter(|entry| filter.fits(entry)).collect();
    let shown: Vec<&Entry> = found.iter().copied().filter(|entry| filter.fits_channel(entry)).collect();
    let query = query_of(&filter.to);
    let tab = |code: &str, name: &str| {
        let count = found.iter().filter(|entry| code.is_empty() || entry.channel.code() == code).count();
        let current = if filter.channel == code { " aria-current=\"page\"" } else { "" };
        format!(
            "<a class=\"tab\" href=\"/outbox?channel={code}{query}\"{current}>{name} <span class=\"tab__count\">{count}</span></a>"
        )
    };
    let tabs = [tab("", "All"), tab("sms", "SMS"), tab("whatsapp", "WhatsApp"), tab("mail", "E-mail")].concat();
    let entries: String = shown.iter().take(PAGE_ENTRIES).map(|entry| card(&inner, entry)).collect();
    let more = match shown.get(PAGE_ENTRIES - 1) {
        Some(last) if shown.len() > PAGE_ENTRIES => format!(
            "<p class=\"more\"><a class=\"btn\" href=\"/outbox?channel={}&amp;before={}{query}\">Show older messages</a></p>",
            esc(&filter.channel),
            last.id
        ),
        _ => String::new(),
    };
    let list = match (shown.is_empty(), filter.to.trim().is_empty()) {
        (false, _) => format!("<ol class=\"mails\">{entries}</ol>{more}"),
        (true, true) => {
            empty("Nothing was sent yet", "Messages appear here as soon as the ISP hands them to a provider.")
        }
        (true, false) => empty("Nothing matches", "No message went to that number or address. Try fewer digits."),
    };
    let body = format!(
        "<div class=\"head\"><h1>Outbox</h1><p class=\"muted\">What the ISP sent, newest first.</p></div>\
         <form class=\"search\" method=\"get\" action=\"/outbox\" role=\"search\">\
         <label class=\"sr\" for=\"to\">Number or address</label>\
         <input id=\"to\" name=\"to\" type=\"search\" value=\"{}\" placeholder=\"Number or address\" autocomplete=\"off\">\
         <input type=\"hidden\" name=\"channel\" value=\"{}\"><button class=\"btn\">Search</button></form>\
         <div id=\"outbox\" data-live><nav class=\"tabs\" aria-label=\"Channels\">{tabs}</nav>{list}</div>",
        esc(&filter.to),
        esc(&filter.channel),
    );
    html::page("Outbox", Section::Outbox, "", &body)
}

fn query_of(to: &str) -> String {
    if to.trim().is_empty() {
        return String::new();
    }
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
    format!("&amp;{pair}")
}

/// A page or list without entries, and what to do about it.
pub fn empty(title: &str, hint: &str) -> String {
    format!("<div class=\"empty\"><p class=\"empty__title\">{title}</p><p class=\"muted\">{hint}</p></div>")
}

fn card(inner: &Inner, entry: &Entry) -> String {
    let person = html::phone(&entry.to);
    let person = match entry.channel {
        Medium::Mail => person,
        medium => format!(
            "<a href=\"/messages?phone={}&amp;channel={}&amp;isp={}\">{person}</a>",
            esc(&entry.to),
            medium.code(),
            esc(&entry.business)
        ),
    };
    // Outside mail the sender is a number or a registered sender name.
    let from = match inner.business(&entry.business) {
        Some(business) => format!("{} · {}", esc(&business.name), html::phone(&entry.from)),
        None => esc(&entry.from),
    };
    let subject =
        entry.subject.as_ref().map_or_else(String::new, |text| format!("<p class=\"mail__subject\">{}</p>", esc(text)));
    let rich = entry.html.as_ref().map_or_else(String::new, |html| {
        format!(
            "<details class=\"mail__html\"><summary>Show as HTML</summary>\
             <iframe sandbox title=\"The message as HTML\" srcdoc=\"{}\"></iframe></details>",
            esc(html)
        )
    });
    let parts = entry.parts.filter(|parts| *parts > 1).map_or_else(String::new, |parts| format!(" · {parts} parts"));
    format!(
        "<li class=\"mail\"><div class=\"mail__meta\"><span class=\"chip chip--{code}\">{name}</span>\
         <span class=\"mail__to\">{person}</span><span class=\"mail__when\">{when}</span></div>{subject}\
         <div class=\"mail__text\">{text}</div>{rich}\
         <div class=\"mail__foot\"><span>From {from}</span><span>{status}{parts}</span></div></li>",
        code = entry.channel.code(),
        name = entry.channel.name(),
        when = html::time(entry.at),
        text = linked(&entry.text),
        status = esc(&entry.status),
    )
}
