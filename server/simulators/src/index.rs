//! The first page: what is here, who is who, and what was posted last.
//! The one rule: it shows addresses and public numbers, never a key.

use axum::extract::State;
use axum::response::Html;

use crate::html::{self, Section, esc};
use crate::outbox::empty;
use crate::posts::Post;
use crate::state::Shared;

const SHOWN_POSTS: usize = 15;

pub async fn page(State(state): State<Shared>) -> Html<String> {
    let inner = state.lock();
    let doors = [
        ("/daraja/phone", "Phone", "Answer payment prompts, pay a business, read SMS."),
        ("/messages", "Messages", "Write to an ISP by WhatsApp or SMS."),
        ("/outbox", "Outbox", "Every SMS, WhatsApp message and e-mail that was sent."),
    ];
    let doors: String = doors
        .iter()
        .map(|(href, name, text)| {
            format!("<a class=\"door\" href=\"{href}\"><span class=\"door__name\">{name}</span><span class=\"muted\">{text}</span></a>")
        })
        .collect();
    let businesses: String = inner
        .businesses
        .iter()
        .map(|business| {
            let set = |hook: &Option<String>| if hook.is_some() { "set" } else { "not set" };
            let hooks = &business.webhooks;
            let registered =
                if inner.registrations.contains_key(&business.short_code) { "registered" } else { "not registered" };
            format!(
                "<section class=\"card\"><h3>{}</h3><dl class=\"facts\">\
                 <div><dt>Pay bill</dt><dd>{}</dd></div><div><dt>SMS short code</dt><dd>{}</dd></div>\
                 <div><dt>WhatsApp</dt><dd>{}</dd></div><div><dt>Confirmations</dt><dd>{registered}</dd></div>\
                 <div><dt>WhatsApp webhook</dt><dd>{}</dd></div><div><dt>SMS webhook</dt><dd>{}</dd></div>\
                 <div><dt>SMS reports webhook</dt><dd>{}</dd></div></dl></section>",
                esc(&business.name),
                esc(&business.short_code),
                esc(&business.sms_short_code),
                html::phone(&business.whatsapp_number),
                set(&hooks.whatsapp),
                set(&hooks.sms_incoming),
                set(&hooks.sms_delivery),
            )
        })
        .collect();
    let posts = posts_list(
        inner.posts.iter().take(SHOWN_POSTS),
        "Nothing was posted yet",
        "Callbacks, reports and incoming messages appear here with the ISP's answer.",
    );
    let body = format!(
        "<div class=\"head\"><h1>Simulators</h1><p class=\"muted\">M-Pesa, SMS, WhatsApp and mail, speaking the providers' own protocols. No money moves.</p></div>\
         <nav class=\"doors\" aria-label=\"Pages\">{doors}</nav><h2>ISPs</h2><div class=\"cards\">{businesses}</div>\
         <h2>Posted to the ISPs</h2><div id=\"posts\" data-live>{posts}</div>"
    );
    html::page("Overview", Section::Home, "", &body)
}

/// Posts with their outcome; a refused one stands out by shape and word.
pub fn posts_list<'a>(posts: impl Iterator<Item = &'a Post>, title: &str, hint: &str) -> String {
    let rows: String = posts
        .map(|post| {
            let good = post.outcome.starts_with("HTTP 2");
            let state = if good { "ok" } else { "danger" };
            let took =
                if good { format!(" <span class=\"muted\">in {} ms</span>", post.took_ms) } else { String::new() };
            format!(
                "<li class=\"post\"><span class=\"dot dot--{state}\"></span><span class=\"post__kind\">{} \
                 <span class=\"muted\">{}</span></span><span class=\"post__outcome\">{}{took}</span>\
                 <span class=\"post__when\">{}</span></li>",
                post.kind,
                html::phone(&post.phone),
                esc(&post.outcome),
                html::time(post.at),
            )
        })
        .collect();
    if rows.is_empty() { empty(title, hint) } else { format!("<ol class=\"posts\">{rows}</ol>") }
}
