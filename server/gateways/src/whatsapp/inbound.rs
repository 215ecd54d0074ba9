//! What the WhatsApp webhook tells: messages of customers and the progress of ours.
//! The one rule: delivery is at least once, unordered and batched. Dedupe messages by id and statuses by id and
//! status; what we do not understand is kept, not refused.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::Malformed;

/// Everything in one post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Webhook {
    pub messages: Vec<InboundMessage>,
    pub statuses: Vec<StatusUpdate>,
    /// What could not be read, each with its reason; the rest stands above.
    pub unreadable: Vec<Malformed>,
}

/// One message of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundMessage {
    pub id: String,
    /// Which of our numbers it was sent to.
    pub phone_number_id: Option<String>,
    /// Digits with country code; absent for people known by user id only.
    pub from: Option<String>,
    /// The person's id within our business.
    pub user_id: Option<String>,
    /// The name that the person shows.
    pub contact_name: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    pub content: InboundContent,
    /// The message of ours that it answers.
    pub reply_to: Option<String>,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboundContent {
    Text(String),
    /// A pressed button or chosen row: its id and its title.
    Choice {
        id: String,
        title: String,
    },
    Location {
        latitude: String,
        longitude: String,
        name: Option<String>,
    },
    /// A file to fetch by its id.
    Media {
        kind: String,
        media_id: String,
        caption: Option<String>,
    },
    /// Everything else, by the provider's name of its type.
    Other(String),
}

impl InboundContent {
    /// The words of the message, if it has any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Choice { title, .. } => Some(title),
            Self::Media { caption, .. } => caption.as_deref(),
            Self::Location { name, .. } => name.as_deref(),
            Self::Other(_) => None,
        }
    }
}

/// The progress of a message of ours: `sent`, `delivered`, `read`, `failed` or a word we do not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusUpdate {
    pub id: String,
    pub status: String,
    pub recipient: Option<String>,
    pub at: Option<DateTime<Utc>>,
    /// What we sent as correlation.
    pub correlation: Option<String>,
    /// Code and title of the first error of a failed message.
    pub error: Option<(i64, String)>,
}

impl Webhook {
    /// Reads a post whose signature was checked.
    ///
    /// # Errors
    /// Names the field that is missing or wrong, when nothing could be read. Entries of other kinds are skipped.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let root: Value = serde_json::from_slice(body).map_err(|_| Malformed::new("body", "is not JSON"))?;
        let entries = root.get("entry").ok_or_else(|| Malformed::missing("entry"))?;
        let entries = entries.as_array().ok_or_else(|| Malformed::new("entry", "is not a list"))?;
        let mut webhook = Self::default();
        for (e, entry) in entries.iter().enumerate() {
            for (c, change) in list(entry, "changes").iter().enumerate() {
                if text(change, "field").as_deref() != Some("messages") {
                    continue;
                }
                let Some(value) = change.get("value") else { continue };
                webhook.read_value(value, &format!("entry[{e}].changes[{c}].value"));
            }
        }
        let nothing = webhook.messages.is_empty() && webhook.statuses.is_empty();
        match webhook.unreadable.first().filter(|_| nothing) {
            Some(first) => Err(first.clone()),
            None => Ok(webhook),
        }
    }

    fn read_value(&mut self, value: &Value, path: &str) {
        let phone_number_id = value.get("metadata").and_then(|metadata| text(metadata, "phone_number_id"));
        for (m, message) in list(value, "messages").iter().enumerate() {
            let path = format!("{path}.messages[{m}]");
            match read_message(message, value, phone_number_id.clone(), &path) {
                Ok(message) => self.messages.push(message),
                Err(why) => self.unreadable.push(why),
            }
        }
        for (s, status) in list(value, "statuses").iter().enumerate() {
            let path = format!("{path}.statuses[{s}]");
            match read_status(status, &path) {
                Ok(status) => self.statuses.push(status),
                Err(why) => self.unreadable.push(why),
            }
        }
    }
}

fn read_status(status: &Value, path: &str) -> Result<StatusUpdate, Malformed> {
    let error = list(status, "errors").first();
    Ok(StatusUpdate {
        id: required(status, "id", path)?,
        status: required(status, "status", path)?,
        recipient: text(status, "recipient_id"),
        at: unix_seconds(status),
        correlation: text(status, "biz_opaque_callback_data"),
        error: error.and_then(|error| Some((error.get("code")?.as_i64()?, text(error, "title").unwrap_or_default()))),
    })
}

fn read_message(
    message: &Value,
    value: &Value,
    phone_number_id: Option<String>,
    path: &str,
) -> Result<InboundMessage, Malformed> {
    let from = text(message, "from");
    let contacts = list(value, "contacts");
    let contact = contacts
        .iter()
        .find(|contact| from.is_some() && text(contact, "wa_id") == from)
        .or_else(|| contacts.first().filter(|_| contacts.len() == 1));
    Ok(InboundMessage {
        id: required(message, "id", path)?,
        phone_number_id,
        user_id: contact.and_then(|contact| text(contact, "user_id")).or_else(|| text(message, "from_user_id")),
        contact_name: contact.and_then(|contact| contact.get("profile")).and_then(|profile| text(profile, "name")),
        sent_at: unix_seconds(message),
        content: read_content(message, path)?,
        reply_to: message.get("context").and_then(|context| text(context, "id")),
        from,
    })
}

fn read_content(message: &Value, path: &str) -> Result<InboundContent, Malformed> {
    let kind = required(message, "type", path)?;
    let part = message.get(&kind);
    let other = || InboundContent::Other(kind.clone());
    Ok(match kind.as_str() {
        "text" => {
            let path = format!("{path}.text");
            InboundContent::Text(required(part.ok_or_else(|| Malformed::missing(&*path))?, "body", &path)?)
        }
        "interactive" => part
            .and_then(|part| part.get("button_reply").or_else(|| part.get("list_reply")))
            .and_then(|choice| Some(InboundContent::Choice { id: text(choice, "id")?, title: text(choice, "title")? }))
            .unwrap_or_else(other),
        "button" => part
            .and_then(|part| Some(InboundContent::Choice { id: text(part, "payload")?, title: text(part, "text")? }))
            .unwrap_or_else(other),
        "location" => part
            .and_then(|part| {
                Some(InboundContent::Location {
                    latitude: part.get("latitude")?.as_number()?.to_string(),
                    longitude: part.get("longitude")?.as_number()?.to_string(),
                    name: text(part, "name"),
                })
            })
            .unwrap_or_else(other),
        "image" | "document" | "audio" | "video" | "sticker" => part
            .and_then(|part| {
                Some(InboundContent::Media {
                    kind: kind.clone(),
                    media_id: text(part, "id")?,
                    caption: text(part, "caption"),
                })
            })
            .unwrap_or_else(other),
        _ => other(),
    })
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text without control characters but line breaks; a number counts as its text. Blank is absent.
fn text(value: &Value, name: &str) -> Option<String> {
    let text = match value.get(name)? {
        Value::String(text) => text.chars().filter(|c| *c == '\n' || !c.is_control()).collect::<String>(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn required(value: &Value, name: &str, path: &str) -> Result<String, Malformed> {
    text(value, name).ok_or_else(|| Malformed::missing(format!("{path}.{name}")))
}

fn unix_seconds(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(text(value, "timestamp")?.parse().ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn post(message: Value) -> Vec<u8> {
        json!({"object": "whatsapp_business_account", "entry": [{"id": "100200300", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "254700000100", "phone_number_id": "900800700"},
            "contacts": [{"profile": {"name": "Asha Demo"}, "wa_id": "254712000001", "user_id": "KE.1234567890"}],
            "messages": [message]}}]}]})
        .to_string()
        .into_bytes()
    }

    fn content(message: Value) -> InboundContent {
        Webhook::parse(&post(message)).unwrap().messages.remove(0).content
    }

    #[test]
    fn a_text_message_is_read() {
        let body = post(json!({"from": "254712000001", "id": "wamid.demo1", "timestamp": "1773472500", "type": "text",
            "text": {"body": "My internet\nis down"}, "context": {"id": "wamid.out1"}}));
        let message = Webhook::parse(&body).unwrap().messages.remove(0);
        assert_eq!(message.content, InboundContent::Text("My internet\nis down".into()));
        assert_eq!(message.contact_name.as_deref(), Some("Asha Demo"));
        assert_eq!(message.phone_number_id.as_deref(), Some("900800700"));
        assert_eq!(message.reply_to.as_deref(), Some("wamid.out1"));
        assert_eq!(message.sent_at.unwrap().timestamp(), 1_773_472_500);
    }

    #[test]
    fn other_kinds_of_message_are_kept() {
        let button = json!({"id": "w", "type": "interactive", "interactive": {"type": "button_reply",
            "button_reply": {"id": "pay_now", "title": "Pay now"}}});
        assert_eq!(content(button), InboundContent::Choice { id: "pay_now".into(), title: "Pay now".into() });
        let image = json!({"id": "w", "type": "image", "image": {"id": "700100", "caption": "router"}});
        assert_eq!(content(image).text(), Some("router"));
        let place = json!({"id": "w", "type": "location", "location": {"latitude": -1.2921, "longitude": 36.8219}});
        assert!(matches!(content(place), InboundContent::Location { latitude, .. } if latitude == "-1.2921"));
        assert_eq!(content(json!({"id": "w", "type": "hologram"})), InboundContent::Other("hologram".into()));
    }

    #[test]
    fn a_person_without_a_number_is_known_by_user_id() {
        let message = Webhook::parse(&post(json!({"id": "w", "type": "text", "text": {"body": "x"}})))
            .unwrap()
            .messages
            .remove(0);
        assert_eq!((message.from, message.user_id.as_deref()), (None, Some("KE.1234567890")));
    }

    #[test]
    fn statuses_are_read() {
        let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"statuses": [
            {"id": "wamid.out1", "status": "failed", "timestamp": "1773472600", "recipient_id": "254712000001",
             "biz_opaque_callback_data": "outbox-551", "errors": [{"code": 131026, "title": "Undeliverable"}]}]}}]}]});
        let status = Webhook::parse(body.to_string().as_bytes()).unwrap().statuses.remove(0);
        assert_eq!(status.error, Some((131_026, "Undeliverable".into())));
        assert_eq!(status.correlation.as_deref(), Some("outbox-551"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |message: Value| Webhook::parse(&post(message)).unwrap_err().field;
        assert_eq!(field(json!({"type": "text"})), "entry[0].changes[0].value.messages[0].id");
        assert_eq!(
            field(json!({"id": "w", "type": "text", "text": {}})),
            "entry[0].changes[0].value.messages[0].text.body"
        );
        assert_eq!(Webhook::parse(b"{}").unwrap_err().field, "entry");
        assert_eq!(Webhook::parse(b"nonsense").unwrap_err().field, "body");
    }

    #[test]
    fn one_element_that_cannot_be_read_takes_no_other_with_it() {
        let body = json!({"entry": [{"changes": [{"field": "messages", "value": {
            "messages": [{"type": "text"}, {"id": "w", "from": "254712000001", "type": "text", "text": {"body": "x"}}],
            "statuses": [{"id": "wamid.out1"}, {"id": "wamid.out2", "status": "read"}]}}]}]});
        let read = Webhook::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!((read.messages[0].id.as_str(), read.statuses[0].id.as_str()), ("w", "wamid.out2"));
        let wrong: Vec<_> = read.unreadable.iter().map(|why| why.field.rsplit('.').next().unwrap()).collect();
        assert_eq!(wrong, ["id", "status"]);
    }

    #[test]
    fn other_changes_are_skipped() {
        let body =
            br#"{"entry":[{"changes":[{"field":"message_template_status_update","value":{"event":"APPROVED"}}]}]}"#;
        assert_eq!(Webhook::parse(body), Ok(Webhook::default()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Webhook::parse(&bytes);
        }

        #[test]
        fn any_message_is_read_without_a_panic(kind in "\\PC{0,12}", id in "\\PC{0,12}", time in "[-0-9]{0,25}") {
            let _ = Webhook::parse(&post(json!({"id": id, "type": kind, "timestamp": time})));
        }
    }
}
