//! The payer's phone as a page.
//! The one rule: it works without scripts; with them the parts marked live renew themselves every second.

use axum::response::Html;
use chrono::{TimeDelta, Utc};

use super::{Attempt, PromptResult};
use crate::html::{self, Section, esc, linked};
use crate::index::posts_list;
use crate::outbox::Medium;
use crate::state::Inner;

const SHOWN: usize = 8;
/// How long the end of a prompt stays on the screen.
const NOTICE: TimeDelta = TimeDelta::minutes(3);
/// Numbers to start with while nobody was asked to pay.
const DEMO_NUMBERS: [&str; 3] = ["254712000001", "254712000002", "254110000003"];

/// Something to tell above the screen.
pub struct Note {
    pub text: &'static str,
}

/// Choosing a phone; `wrong` is what was entered and is not a number.
pub fn chooser(inner: &Inner, wrong: Option<&str>) -> Html<String> {
    let mut numbers: Vec<&str> = Vec::new();
    let used =
        inner.attempts.iter().map(|attempt| &attempt.phone).chain(inner.payments.iter().map(|payment| &payment.phone));
    let written = inner.outbox.iter().filter(|entry| entry.channel == Medium::Sms).map(|entry| &entry.to);
    for phone in used.chain(written).map(String::as_str).chain(DEMO_NUMBERS) {
        if !numbers.contains(&phone) {
            numbers.push(phone);
        }
        if numbers.len() == 10 {
            break;
        }
    }
    let rows: String = numbers
        .iter()
        .map(|phone| {
            let open = inner.attempts.iter().any(|attempt| attempt.phone == *phone && attempt.result.is_none());
            let state = if open { "<span class=\"chip chip--warn\">asked to pay</span>" } else { "" };
            format!(
                "<li><a href=\"/daraja/phone/{0}\"><span>{1}</span>{state}</a></li>",
                esc(phone),
                html::phone(phone)
            )
        })
        .collect();
    let error = wrong.map_or_else(String::new, |text| {
        format!(
            "<p class=\"error\" role=\"alert\">\"{}\" is not a Kenyan mobile number. Write it like 0712 345 678.</p>",
            esc(text)
        )
    });
    let body = format!(
        "<div class=\"head\"><h1>Phone</h1><p class=\"muted\">Be the person who pays. Every phone has the PIN 1234.</p></div>\
         <form class=\"search\" method=\"get\" action=\"/daraja/phone\"><label class=\"sr\" for=\"number\">Phone number</label>\
         <input id=\"number\" name=\"number\" type=\"tel\" inputmode=\"tel\" required placeholder=\"0712 345 678\" value=\"{}\">\
         <button class=\"btn btn--primary\">Open phone</button></form>{error}\
         <h2>Phones</h2><div class=\"people\" id=\"phones\" data-live><ul>{rows}</ul></div>",
        esc(wrong.unwrap_or_default()),
    );
    html::page("Phone", Section::Phone, "", &body)
}

/// One phone.
pub fn phone(inner: &Inner, phone: &str, note: Option<Note>) -> Html<String> {
    let note = note.map_or_else(String::new, |note| format!("<p class=\"error\" role=\"alert\">{}</p>", note.text));
    let posts = posts_list(
        inner.posts.iter().filter(|post| post.phone == phone).take(SHOWN),
        "Nothing was posted yet",
        "After an answer the callback appears here.",
    );
    let body = format!(
        "<div class=\"stage\" data-url=\"/daraja/phone/{raw}\"><section class=\"phone\" aria-label=\"Phone {number}\">\
         <div class=\"phone__top\"><span>{number}</span><span>Simulated M-PESA</span></div>\
         <div class=\"phone__screen\">{note}\
         <div id=\"prompt\" data-live>{prompt}</div>\
         <div class=\"wallet\" id=\"wallet\" data-live><span class=\"muted\">M-PESA balance</span><strong>{balance}</strong></div>\
         {pay}\
         <h2>Messages</h2><div id=\"texts\" data-live>{texts}</div>\
         <h2>Transactions</h2><div id=\"transactions\" data-live>{transactions}</div></div></section>\
         <aside class=\"side\"><section class=\"card\"><h2>Posted to the ISP</h2><div id=\"posts\" data-live>{posts}</div></section>\
         <section class=\"card\"><h2>This phone</h2>\
         <form class=\"inline\" method=\"post\" action=\"/daraja/phone/{raw}/top-up\"><label>Set the balance, KSh\
         <input name=\"shillings\" inputmode=\"numeric\" required value=\"{plain}\"></label><button class=\"btn\">Set balance</button></form>\
         <p class=\"links\"><a href=\"/messages?phone={raw}\">Write to an ISP</a><a href=\"/outbox?to={raw}\">Its outbox</a><a href=\"/daraja/phone\">Another phone</a></p></section></aside></div>",
        number = html::phone(phone),
        raw = esc(phone),
        prompt = screen(inner, phone),
        balance = html::shillings(inner.balance(phone)),
        plain = inner.balance(phone),
        pay = pay_form(inner, phone),
        texts = texts(inner, phone),
        transactions = transactions(inner, phone),
    );
    let head = "<noscript><meta http-equiv=\"refresh\" content=\"4\"></noscript>";
    html::page(&format!("Phone {}", html::phone(phone)), Section::Phone, head, &body)
}

fn screen(inner: &Inner, phone: &str) -> String {
    let mine = || inner.attempts.iter().filter(|attempt| attempt.phone == phone);
    if let Some(attempt) = mine().find(|attempt| attempt.result.is_none()) {
        return prompt(attempt);
    }
    let recent = Utc::now() - NOTICE;
    match mine().find_map(|attempt| Some((attempt, attempt.result.as_ref().filter(|result| result.at > recent)?))) {
        Some((attempt, result)) => ended(attempt, result),
        None => "<div class=\"idle\"><p class=\"idle__title\">No payment request</p>\
                 <p class=\"muted\">When an ISP asks this number to pay, the prompt appears here.</p></div>"
            .to_owned(),
    }
}

fn prompt(attempt: &Attempt) -> String {
    let option = |value: &str, text: &str, more: &str| {
        format!("<label><input type=\"radio\" name=\"delivery\" value=\"{value}\"{more}>{text}</label>")
    };
    let deliveries = [
        option("once", "Normal: callback, then confirmation", " checked"),
        option("twice", "Send everything twice", ""),
        option("confirmation_first", "Confirmation before the callback", ""),
        option("late", "Late, after 20 seconds", ""),
        option("lost", "Lose the callback", ""),
    ]
    .concat();
    format!(
        "<form class=\"prompt\" method=\"post\" action=\"/daraja/phone/{phone}/answer\">\
         <input type=\"hidden\" name=\"checkout_request_id\" value=\"{id}\">\
         <p class=\"prompt__ask\">Do you want to pay</p><p class=\"prompt__amount\">{amount}</p>\
         <p class=\"prompt__to\">to <strong>{business}</strong><br>account <strong>{reference}</strong>{description}</p>\
         <label class=\"prompt__pin\">M-PESA PIN<input name=\"pin\" type=\"password\" inputmode=\"numeric\" maxlength=\"4\" \
         autocomplete=\"off\" aria-describedby=\"pin-hint\" autofocus></label><p class=\"muted\" id=\"pin-hint\">Demo PIN 1234. Any other is wrong.</p>\
         <div class=\"prompt__buttons\"><button class=\"btn btn--primary\" name=\"action\" value=\"pin\">Send</button>\
         <button class=\"btn\" name=\"action\" value=\"cancel\">Cancel</button></div>\
         <details class=\"prompt__more\"><summary>Other outcomes</summary><fieldset><legend>When it is paid</legend>{deliveries}</fieldset>\
         <div class=\"prompt__buttons\"><button class=\"btn\" name=\"action\" value=\"timeout\">Let it time out</button>\
         <button class=\"btn\" name=\"action\" value=\"insufficient\">Too little money</button></div></details></form>",
        phone = esc(&attempt.phone),
        id = esc(&attempt.checkout_request_id),
        amount = html::shillings(attempt.amount_shillings),
        business = esc(&attempt.business),
        reference = esc(&attempt.reference),
        description =
            if attempt.description.is_empty() { String::new() } else { format!(" · {}", esc(&attempt.description)) },
    )
}

fn ended(attempt: &Attempt, result: &PromptResult) -> String {
    let amount = html::shillings(attempt.amount_shillings);
    let (state, title, text) = match (result.code, &result.receipt) {
        ("0", Some(receipt)) => {
            ("ok", "Paid", format!("{amount} to {}. Receipt {}.", esc(&attempt.business), esc(receipt)))
        }
        ("1032", _) => ("off", "Cancelled", format!("{amount} to {} was not paid.", esc(&attempt.business))),
        ("1037", _) => ("off", "No answer", format!("The request for {amount} ended without an answer.")),
        ("2001", _) => ("danger", "Wrong PIN", format!("{amount} was not paid. Ask for a new prompt to try again.")),
        ("1", _) => ("danger", "Too little money", format!("{amount} is more than this phone has. Nothing was paid.")),
        ("17", _) => {
            ("warn", "Same amount again", format!("{amount} was paid less than two minutes ago. Nothing was paid now."))
        }
        (code, _) => ("danger", "Not paid", format!("{} (code {})", esc(result.description), esc(code))),
    };
    format!(
        "<div class=\"ended ended--{state}\" role=\"status\"><p class=\"ended__title\"><span class=\"dot dot--{state}\"></span>{title}</p>\
         <p>{text}</p><p class=\"muted\">{}</p></div>",
        html::time(result.at)
    )
}

fn pay_form(inner: &Inner, phone: &str) -> String {
    let codes: String = inner
        .businesses
        .iter()
        .map(|business| format!("<option value=\"{}\">{}</option>", esc(&business.short_code), esc(&business.name)))
        .collect();
    let first = inner.businesses.first().map_or("", |business| business.short_code.as_str());
    format!(
        "<details class=\"paybill\"><summary>Pay a pay bill number</summary>\
         <form method=\"post\" action=\"/daraja/phone/{}/pay\"><datalist id=\"codes\">{codes}</datalist>\
         <label>Business number<input name=\"short_code\" inputmode=\"numeric\" list=\"codes\" required value=\"{}\"></label>\
         <label>Account number<input name=\"reference\" maxlength=\"20\" autocomplete=\"off\" placeholder=\"As on the bill\"></label>\
         <label>Amount, KSh<input name=\"amount\" inputmode=\"numeric\" required></label>\
         <label>M-PESA PIN<input name=\"pin\" type=\"password\" inputmode=\"numeric\" maxlength=\"4\" required autocomplete=\"off\"></label>\
         <button class=\"btn btn--primary\">Pay</button></form></details>",
        esc(phone),
        esc(first),
    )
}

fn texts(inner: &Inner, phone: &str) -> String {
    let rows: String = inner
        .outbox
        .iter()
        .filter(|entry| entry.channel == Medium::Sms && !entry.incoming && entry.to == phone)
        .take(SHOWN)
        .map(|entry| {
            format!(
                "<li class=\"text\"><div class=\"text__head\"><strong>{}</strong>{}</div><div>{}</div></li>",
                esc(&entry.from),
                html::time(entry.at),
                linked(&entry.text)
            )
        })
        .collect();
    if rows.is_empty() {
        "<p class=\"muted\">No SMS yet.</p>".to_owned()
    } else {
        format!("<ol class=\"texts\">{rows}</ol>")
    }
}

fn transactions(inner: &Inner, phone: &str) -> String {
    let rows: String = inner
        .payments
        .iter()
        .filter(|payment| payment.phone == phone)
        .take(SHOWN)
        .map(|payment| {
            let account =
                if payment.reference.is_empty() { String::new() } else { format!(" · {}", esc(&payment.reference)) };
            format!(
                "<li class=\"paid\"><span class=\"paid__who\">{}{account}</span><span class=\"paid__amount\">{}</span>\
                 <span class=\"paid__receipt\">{}</span>{}</li>",
                esc(&payment.business),
                html::shillings(payment.amount_shillings),
                esc(&payment.receipt),
                html::time(payment.at)
            )
        })
        .collect();
    if rows.is_empty() {
        "<p class=\"muted\">Nothing paid yet.</p>".to_owned()
    } else {
        format!("<ol class=\"paids\">{rows}</ol>")
    }
}
