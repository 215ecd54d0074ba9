//! What Africa's Talking posts to us, form-encoded: delivery reports and incoming messages.
//! The one rule: the posts are not signed. Their address carries a secret, and a report counts only for an id we know.

use std::collections::HashMap;

use crate::Malformed;

/// An incoming message of ten parts is already unusual.
const MAX_TEXT_CHARS: usize = 5_000;
const MAX_FIELD_CHARS: usize = 200;

/// What became of a message we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsDeliveryReport {
    /// The id under which the message was taken.
    pub id: String,
    pub status: DeliveryStatus,
    pub phone: Option<String>,
    pub failure_reason: Option<String>,
    pub network_code: Option<String>,
}

/// The stages of a message; a final one is never overwritten by an earlier one that arrives late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryStatus {
    Sent,
    Submitted,
    Buffered,
    Rejected,
    Delivered,
    Failed,
    /// Stored as it came.
    Other(String),
}

impl DeliveryStatus {
    fn from_text(text: &str) -> Self {
        match text {
            "Sent" => Self::Sent,
            "Submitted" => Self::Submitted,
            "Buffered" => Self::Buffered,
            "Rejected" => Self::Rejected,
            "Success" => Self::Delivered,
            "Failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn is_final(&self) -> bool {
        matches!(self, Self::Rejected | Self::Delivered | Self::Failed)
    }
}

/// A message that somebody sent to our number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingSms {
    /// The key against storing it twice.
    pub id: String,
    /// E.164 with plus.
    pub from: String,
    /// Our short code or number.
    pub to: Option<String>,
    pub text: String,
    /// As the provider writes it.
    pub sent_at: Option<String>,
    pub link_id: Option<String>,
    pub network_code: Option<String>,
}

impl SmsDeliveryReport {
    /// Reads a delivery report.
    ///
    /// # Errors
    /// Names the field that is missing or wrong.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let mut form = Form::read(body)?;
        Ok(Self {
            id: form.required("id", MAX_FIELD_CHARS)?,
            status: DeliveryStatus::from_text(&form.required("status", MAX_FIELD_CHARS)?),
            phone: form.optional("phoneNumber", MAX_FIELD_CHARS)?,
            failure_reason: form.optional("failureReason", MAX_FIELD_CHARS)?,
            network_code: form.optional("networkCode", MAX_FIELD_CHARS)?,
        })
    }
}

impl IncomingSms {
    /// Reads an incoming message. An empty text is a message too.
    ///
    /// # Errors
    /// Names the field that is missing or wrong.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let mut form = Form::read(body)?;
        Ok(Self {
            id: form.required("id", MAX_FIELD_CHARS)?,
            from: form.required("from", MAX_FIELD_CHARS)?,
            to: form.optional("to", MAX_FIELD_CHARS)?,
            text: form.present("text", MAX_TEXT_CHARS)?,
            sent_at: form.optional("date", MAX_FIELD_CHARS)?,
            link_id: form.optional("linkId", MAX_FIELD_CHARS)?,
            network_code: form.optional("networkCode", MAX_FIELD_CHARS)?,
        })
    }
}

struct Form(HashMap<String, String>);

impl Form {
    fn read(body: &[u8]) -> Result<Self, Malformed> {
        if std::str::from_utf8(body).is_err() {
            return Err(Malformed::new("body", "is not a form"));
        }
        Ok(Self(form_urlencoded::parse(body).into_owned().collect()))
    }

    /// A field that must be there and may be empty. Line breaks stay; other control characters go.
    fn present(&mut self, name: &str, max_chars: usize) -> Result<String, Malformed> {
        let text = self.0.remove(name).ok_or_else(|| Malformed::missing(name))?;
        if text.chars().count() > max_chars {
            return Err(Malformed::new(name, format!("is longer than {max_chars} characters")));
        }
        let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        Ok(text.trim().to_owned())
    }

    fn optional(&mut self, name: &str, max_chars: usize) -> Result<Option<String>, Malformed> {
        if !self.0.contains_key(name) {
            return Ok(None);
        }
        Ok(Some(self.present(name, max_chars)?).filter(|text| !text.is_empty()))
    }

    fn required(&mut self, name: &str, max_chars: usize) -> Result<String, Malformed> {
        let text = self.present(name, max_chars)?;
        if text.is_empty() { Err(Malformed::new(name, "is empty")) } else { Ok(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_delivery_report_is_read() {
        let body = b"id=ATXid_1&status=Failed&phoneNumber=%2B254712000001&networkCode=63902&failureReason=UserInBlackList&retryCount=0";
        let report = SmsDeliveryReport::parse(body).unwrap();
        assert_eq!((report.status.is_final(), report.phone.as_deref()), (true, Some("+254712000001")));
        assert_eq!(report.failure_reason.as_deref(), Some("UserInBlackList"));
    }

    #[test]
    fn an_unknown_status_is_kept() {
        let report = SmsDeliveryReport::parse(b"id=1&status=AbsentSubscriber").unwrap();
        assert_eq!(report.status, DeliveryStatus::Other("AbsentSubscriber".into()));
        assert!(!report.status.is_final());
    }

    #[test]
    fn an_incoming_message_is_read() {
        let body =
            b"id=in-1&from=%2B254712000001&to=22384&text=Nataka+internet%0AKahawa&date=2026-11-24+10%3A00&linkId=";
        let message = IncomingSms::parse(body).unwrap();
        assert_eq!((message.text.as_str(), message.link_id), ("Nataka internet\nKahawa", None));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(IncomingSms::parse(b"id=1&text=x").unwrap_err().field, "from");
        assert_eq!(IncomingSms::parse(b"id=1&from=2").unwrap_err().field, "text");
        assert_eq!(SmsDeliveryReport::parse(b"id=&status=Sent").unwrap_err().field, "id");
        assert_eq!(SmsDeliveryReport::parse(&[0xff]).unwrap_err().field, "body");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = IncomingSms::parse(&bytes);
            let _ = SmsDeliveryReport::parse(&bytes);
        }
    }
}
