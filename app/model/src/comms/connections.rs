//! How an ISP reaches the providers of its messages. The one rule: a key that was entered never comes back to a browser; an
//! empty field keeps the one that is stored.

use crate::FieldErrors;
use crate::form::{optional, whole_number};
use crate::provider::Environment;
use crate::secret_text::{TypedKey, TypedPassword};
use crate::text::{EmailAddress, NonBlank};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// A provider of messages.
    Connection { Sms => "sms", WhatsApp => "whatsapp", Mail => "mail" }
}

crate::codes! {
    /// How the way to a mail server is protected: STARTTLS (usually port 587) or TLS from the first byte (usually 465).
    MailSecurity { StartTls => "starttls", Tls => "tls" }
}

/// What is set up, without any key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    pub sms: Option<SmsConnection>,
    pub whatsapp: Option<WhatsAppConnection>,
    pub mail: Option<MailConnection>,
    /// Where the providers post to; `None` for a moment after an ISP was made.
    pub addresses: Option<HookAddresses>,
}

/// Addresses with a secret part, for the providers' own settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAddresses {
    pub sms_incoming: String,
    pub sms_delivery: String,
    pub whatsapp: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsConnection {
    /// `None`: the simulator of a demo.
    pub environment: Option<Environment>,
    pub username: String,
    /// The short code or number that people write to.
    pub number: String,
    /// The registered name that our messages come from.
    pub sender: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatsAppConnection {
    pub is_simulated: bool,
    pub phone_number_id: String,
    /// What the provider asks for when it is told our address.
    pub verify_token: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailConnection {
    pub is_simulated: bool,
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub username: Option<String>,
    /// Who our mail comes from; `None`: no-reply at our own host.
    pub from: Option<String>,
}

/// Africa's Talking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsForm {
    pub environment: String,
    pub username: String,
    pub api_key: TypedKey,
    pub number: String,
    pub sender: String,
}

/// A form that was read. A key of `None` keeps the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveSms {
    pub environment: Environment,
    pub username: NonBlank<80>,
    pub api_key: Option<String>,
    pub number: NonBlank<20>,
    pub sender: Option<SenderName>,
}

impl SmsForm {
    /// Reads the form.
    pub fn parse(self) -> Result<SaveSms, FieldErrors> {
        let mut errors = FieldErrors::default();
        let environment = errors.take("environment", self.environment.parse());
        let username = errors.take("username", NonBlank::parse(&self.username));
        let api_key = errors.take("api_key", self.api_key.parse());
        let number = errors.take("number", NonBlank::parse(&self.number));
        let sender = optional(&mut errors, "sender", &self.sender, SenderName::parse);
        match (environment, username, api_key, number, sender) {
            (Some(environment), Some(username), Some(api_key), Some(number), Some(sender)) if errors.is_empty() => {
                Ok(SaveSms { environment, username, api_key, number, sender })
            }
            _ => Err(errors),
        }
    }
}

/// An alphanumeric sender: networks show at most eleven characters (3GPP TS 23.040, 9.1.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderName(String);

/// Why a sender's name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A sender's name has at most 11 letters, digits, blanks, dots or dashes. Enter the one that is registered.")]
pub struct SenderNameError;

impl SenderName {
    pub fn parse(text: &str) -> Result<Self, SenderNameError> {
        let name = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '&');
        let good = (1..=11).contains(&name.len()) && name.chars().all(fits);
        if good { Ok(Self(name.to_owned())) } else { Err(SenderNameError) }
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// WhatsApp Cloud API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhatsAppForm {
    pub phone_number_id: String,
    pub token: TypedKey,
    pub app_secret: TypedKey,
}

/// A form that was read. A key of `None` keeps the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveWhatsApp {
    pub phone_number_id: String,
    pub token: Option<String>,
    pub app_secret: Option<String>,
}

/// Why the id of a number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter the id of the phone number: digits only, as the provider's page shows it. It is not the number itself.")]
pub struct PhoneNumberIdError;

impl WhatsAppForm {
    /// Reads the form.
    pub fn parse(self) -> Result<SaveWhatsApp, FieldErrors> {
        let mut errors = FieldErrors::default();
        let id = self.phone_number_id.trim();
        let is_id = (5..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        let phone_number_id =
            errors.take("phone_number_id", if is_id { Ok(id.to_owned()) } else { Err(PhoneNumberIdError) });
        let token = errors.take("token", self.token.parse());
        let app_secret = errors.take("app_secret", self.app_secret.parse());
        match (phone_number_id, token, app_secret) {
            (Some(phone_number_id), Some(token), Some(app_secret)) => {
                Ok(SaveWhatsApp { phone_number_id, token, app_secret })
            }
            _ => Err(errors),
        }
    }
}

/// The ISP's mail server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailForm {
    pub host: String,
    pub port: String,
    pub security: String,
    pub username: String,
    pub password: TypedPassword,
    pub from: String,
}

/// A form that was read. A password of `None` keeps the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveMail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub username: Option<NonBlank<120>>,
    pub password: Option<String>,
    pub from: Option<EmailAddress>,
}

/// Why a host was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter the name of the mail server, for example mail.example.co.ke, without http:// and without a port.")]
pub struct HostError;

fn host(text: &str) -> Result<String, HostError> {
    let host = text.trim().to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let good = (1..=253).contains(&host.len()) && host.chars().all(fits) && !host.starts_with(['.', '-']);
    if good { Ok(host) } else { Err(HostError) }
}

impl MailForm {
    /// Reads the form.
    pub fn parse(self) -> Result<SaveMail, FieldErrors> {
        let mut errors = FieldErrors::default();
        let host = errors.take("host", host(&self.host));
        let port = errors.take("port", whole_number(&self.port, 1, 65_535)).and_then(|port| u16::try_from(port).ok());
        let security = errors.take("security", self.security.parse());
        let username = optional(&mut errors, "username", &self.username, NonBlank::parse);
        let password = errors.take("password", self.password.parse());
        let from = optional(&mut errors, "from", &self.from, EmailAddress::parse);
        match (host, port, security, username, password, from) {
            (Some(host), Some(port), Some(security), Some(username), Some(password), Some(from)) => {
                Ok(SaveMail { host, port, security, username, password, from })
            }
            _ => Err(errors),
        }
    }
}

/// A message to see whether a connection works.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestForm {
    pub connection: String,
    pub to: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_of_a_form_names_its_field() {
        let sms = SmsForm { sender: "A name that is too long".into(), ..SmsForm::default() }.parse().unwrap_err();
        for field in ["environment", "username", "number", "sender"] {
            assert!(sms.of(field).is_some(), "{field}");
        }
        assert!(WhatsAppForm { phone_number_id: "0712 345 678".into(), ..Default::default() }.parse().is_err());
        let mail = MailForm { host: "https://mail.example".into(), port: "0".into(), ..Default::default() };
        let mail = mail.parse().unwrap_err();
        for field in ["host", "port", "security"] {
            assert!(mail.of(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_mail_server_without_a_login_is_fine() {
        let form = MailForm {
            host: " Mail.Example.co.ke ".into(),
            port: "587".into(),
            security: "starttls".into(),
            ..Default::default()
        };
        let read = form.parse().unwrap();
        assert_eq!((read.host.as_str(), read.port, read.username), ("mail.example.co.ke", 587, None));
    }
}
