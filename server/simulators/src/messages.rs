//! A person writes to the ISP and reads what comes back.
//! The one rule: what is written here reaches the ISP only as the provider's own webhook, signed where it signs.

use std::time::Duration;

use axum::extract::{Form, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, http::StatusCode};
use chrono::Utc;
use serde::Deserialize;

use crate::html::{self, Section, esc, linked};
use crate::outbox::{Entry, Medium, empty};
use crate::posts;
use crate::state::{Inner, Shared, msisdn};
use crate::{sms, whatsapp};

const MAX_TEXT_CHARS: usize = 4096;
/// How many messages and people a page shows.
const SHOWN: usize = 60;
const PEOPLE: usize = 12;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Whatsapp,
    Sms,
}

impl Channel {
    fn medium(self) -> Medium {
        match self {
            Self::Whatsapp => Medium::Whatsapp,
            Self::Sms => Medium::Sms,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Sms => "sms",
        }
    }
}

pub fn router() -> Router<Shared> {
    Router::new().route("/messages", get(page).post(post_message))
}

/// What is wrong with a message, to be shown beside the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub problem: &'static str,
}

/// A message that was handed to the ISP, or that could not be.
pub struct Written {
    pub provider_id: String,
    pub delivered: bool,
    pub outcome: String,
}

/// A person writes to a business; `short_code` is the first business unless given. Waits for the ISP's answer.
pub async fn write(
    state: &Shared,
    channel: Channel,
    short_code: Option<&str>,
    from: &str,
    name: &str,
    text: &str,
) -> Result<Written, Problem> {
    let phone = msisdn(from)
        .ok_or(Problem { field: "from", problem: "is not a Kenyan mobile number, such as 0712 345 678" })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem { field: "text", problem: "is empty" });
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Problem { field: "text", problem: "is longer than 4,096 characters" });
    }
    let name = if name.trim().is_empty() { html::phone(&phone) } else { name.trim().chars().take(80).collect() };
    let (entry, provider_id, parcel) = {
        let mut inner = state.lock();
        let business = match short_code {
            Some(code) => inner.business(code),
            None => inner.businesses.first(),
        };
        let business = business.cloned().ok_or(Problem { field: "short_code", problem: "is not known" })?;
        let (id, parcel, number) = match channel {
            Channel::Whatsapp => {
                let id = whatsapp::new_id();
                whatsapp::open_window(&mut inner, &business, &phone);
                let parcel = whatsapp::incoming(&business, &phone, &name, &id, text);
                (id, parcel, business.whatsapp_number.clone())
            }
            Channel::Sms => {
                let id = hex::encode(rand::random::<[u8; 16]>());
                let parcel = sms::incoming(&business, &phone, &id, text);
                (id, parcel, business.sms_short_code.clone())
            }
        };
        let entry = inner.record(Entry {
            id: 0,
            at: Utc::now(),
            channel: channel.medium(),
            incoming: true,
            business: business.short_code,
            to: phone,
            from: number,
            subject: None,
            text: text.to_owned(),
            html: None,
            parts: None,
            status: "Sending".into(),
            provider_id: id.clone(),
        });
        (entry, id, parcel)
    };
    let (delivered, outcome) = match parcel {
        None => (false, "Not delivered: the ISP has set no address for this channel".to_owned()),
        Some(parcel) => {
            let answer = posts::post(state, parcel, Duration::from_secs(10)).await;
            let delivered = answer.is_success();
            (delivered, if delivered { "Delivered".to_owned() } else { format!("Not delivered: {}", answer.outcome) })
        }
    };
    state.lock().set_status(entry, &outcome);
    Ok(Written { provider_id, delivered, outcome })
}

#[derive(Debug, Default, Deserialize)]
struct Place {
    #[serde(default)]
    phone: String,
    #[serde(default)]
    channel: Channel,
    #[serde(default)]
    isp: String,
}

#[derive(Deserialize)]
struct Composer {
    phone: String,
    #[serde(default)]
    channel: Channel,
    #[serde(default)]
    isp: String,
    #[serde(default)]
    name: String,
    text: String,
}

async fn page(State(state): State<Shared>, Query(place): Query<Place>) -> Html<String> {
    render(&state.lock(), &place, None, "")
}

async fn post_message(State(state): State<Shared>, Form(form): Form<Composer>) -> Response {
    let isp = Some(form.isp.as_str()).filter(|code| !code.is_empty());
    match write(&state, form.channel, isp, &form.phone, &form.name, &form.text).await {
        Ok(_) => {
            let phone = msisdn(&form.phone).unwrap_or_default();
            let code = isp.unwrap_or_default();
            Redirect::to(&format!("/messages?{}", query(&phone, form.channel, code))).into_response()
        }
        Err(problem) => {
            let place = Place { phone: form.phone, channel: form.channel, isp: form.isp };
            (StatusCode::UNPROCESSABLE_ENTITY, render(&state.lock(), &place, Some(problem), &form.text)).into_response()
        }
    }
}

fn query(phone: &str, channel: Channel, isp: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("phone", phone)
        .append_pair("channel", channel.code())
        .append_pair("isp", isp)
        .finish()
}

fn render(inner: &Inner, place: &Place, problem: Option<Problem>, draft: &str) -> Html<String> {
    let business = inner.business(&place.isp).or_else(|| inner.businesses.first());
    let code = business.map_or("", |business| business.short_code.as_str());
    let phone = msisdn(&place.phone);
    let body = format!(
        "<div class=\"head\"><h1>Messages</h1><p class=\"muted\">Write to an ISP as anybody, and read its replies.</p></div>\
         <div class=\"split\"><aside class=\"people\">{people}</aside>\
         <section class=\"chat\" data-url=\"/messages?{here}\">{thread}{composer}</section></div>",
        here = esc(&query(phone.as_deref().unwrap_or_default(), place.channel, code)),
        people = people(inner, code, phone.as_deref(), place.channel),
        thread = thread(inner, place.channel, code, phone.as_deref()),
        composer = composer(inner, place, code, problem, draft),
    );
    html::page("Messages", Section::Messages, "", &body)
}

/// Everybody who wrote or was written to, newest first.
fn people(inner: &Inner, code: &str, current: Option<&str>, open: Channel) -> String {
    let mut seen: Vec<(&str, Medium)> = Vec::new();
    for entry in inner.outbox.iter().filter(|entry| entry.channel != Medium::Mail && entry.business == code) {
        if seen.iter().all(|(to, medium)| (*to, *medium) != (entry.to.as_str(), entry.channel)) {
            seen.push((&entry.to, entry.channel));
        }
        if seen.len() == PEOPLE {
            break;
        }
    }
    let rows: String = seen
        .iter()
        .map(|(to, medium)| {
            let (channel, name) = if *medium == Medium::Sms { ("sms", "SMS") } else { ("whatsapp", "WhatsApp") };
            let here = if current == Some(*to) && *medium == open.medium() { " aria-current=\"true\"" } else { "" };
            format!(
                "<li><a href=\"/messages?phone={0}&amp;channel={channel}&amp;isp={1}\"{here}><span>{2}</span>\
                 <span class=\"chip chip--{channel}\">{name}</span></a></li>",
                esc(to),
                esc(code),
                html::phone(to),
            )
        })
        .collect();
    let list =
        if rows.is_empty() { "<p class=\"muted\">Nobody yet.</p>".to_owned() } else { format!("<ul>{rows}</ul>") };
    format!("<h2>People</h2><div id=\"people\" data-live>{list}</div>")
}

fn thread(inner: &Inner, channel: Channel, code: &str, phone: Option<&str>) -> String {
    let mut bubbles: Vec<String> = match phone {
        None => Vec::new(),
        Some(phone) => inner
            .outbox
            .iter()
            .filter(|entry| entry.channel == channel.medium() && entry.business == code && entry.to == phone)
            .take(SHOWN)
            .map(bubble)
            .collect(),
    };
    bubbles.reverse();
    let content = match (bubbles.is_empty(), phone) {
        (false, _) => format!("<ol class=\"thread__list\">{}</ol>", bubbles.concat()),
        (true, None) => empty("Choose a person", "Enter a number below, or take somebody from the list."),
        (true, Some(_)) => {
            empty("No messages yet", "Write the first one below. Replies of the ISP appear here by themselves.")
        }
    };
    format!("<div class=\"thread\" id=\"thread\" data-live data-bottom>{content}</div>")
}

fn bubble(entry: &Entry) -> String {
    let side = if entry.incoming { "mine" } else { "theirs" };
    let failed = if entry.status.starts_with("Not delivered") || entry.status.starts_with("Failed") {
        " bubble__state--bad"
    } else {
        ""
    };
    format!(
        "<li class=\"bubble bubble--{side}\"><div class=\"bubble__text\">{}</div>\
         <div class=\"bubble__state{failed}\">{} · {}</div></li>",
        linked(&entry.text),
        html::time(entry.at),
        esc(&entry.status)
    )
}

fn composer(inner: &Inner, place: &Place, code: &str, problem: Option<Problem>, draft: &str) -> String {
    let wrong = |field: &str| {
        problem.filter(|problem| problem.field == field).map_or_else(String::new, |problem| {
            let name = if field == "from" { "Your number" } else { "The message" };
            format!("<p class=\"error\" role=\"alert\">{name} {}.</p>", problem.problem)
        })
    };
    let options: String = inner
        .businesses
        .iter()
        .map(|business| {
            let chosen = if business.short_code == code { " selected" } else { "" };
            format!("<option value=\"{}\"{chosen}>{}</option>", esc(&business.short_code), esc(&business.name))
        })
        .collect();
    let checked = |channel: Channel| if place.channel == channel { " checked" } else { "" };
    format!(
        "<form class=\"composer\" method=\"post\" action=\"/messages\">\
         <div class=\"composer__row\">\
         <label>Your number<input name=\"phone\" type=\"tel\" inputmode=\"tel\" required placeholder=\"0712 345 678\" value=\"{phone}\"></label>\
         <label>Your name<input name=\"name\" autocomplete=\"off\" placeholder=\"Shown in WhatsApp\"></label>\
         <label>To<select name=\"isp\">{options}</select></label></div>{wrong_phone}\
         <fieldset class=\"choice\"><legend class=\"sr\">Channel</legend>\
         <label><input type=\"radio\" name=\"channel\" value=\"whatsapp\"{whatsapp}>WhatsApp</label>\
         <label><input type=\"radio\" name=\"channel\" value=\"sms\"{sms}>SMS</label></fieldset>\
         <label class=\"sr\" for=\"text\">Message</label>\
         <textarea id=\"text\" name=\"text\" rows=\"3\" required maxlength=\"4096\" placeholder=\"Write a message\">{draft}</textarea>{wrong_text}\
         <div class=\"composer__end\"><button class=\"btn btn--primary\">Send message</button></div></form>",
        phone = msisdn(&place.phone).map_or_else(|| esc(&place.phone), |phone| html::phone(&phone)),
        wrong_phone = wrong("from"),
        whatsapp = checked(Channel::Whatsapp),
        sms = checked(Channel::Sms),
        draft = esc(draft),
        wrong_text = wrong("text"),
    )
}
