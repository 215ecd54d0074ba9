//! E-mail by SMTP.
//! The one rule: after the message's data was sent, a broken connection means "not known", not "not sent".

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::{GatewayError, Secret};

const PROVIDER: &str = "The mail server";

/// Mail servers that check for spam are slower than interfaces.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends e-mail.
#[async_trait]
pub trait MailSender: Send + Sync {
    /// Hands one message for one recipient to the mail server.
    async fn send(&self, message: &MailMessage) -> Result<(), GatewayError>;
}

/// One message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailMessage {
    /// `name@example.com` or `Name <name@example.com>`.
    pub from: String,
    pub to: String,
    pub reply_to: Option<String>,
    pub subject: String,
    pub text: String,
    /// The same message for readers that show HTML.
    pub html: Option<String>,
    /// Our outbox id at our domain, without angle brackets: bounces name it.
    pub message_id: Option<String>,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// TLS after STARTTLS, usually port 587; a server without it is refused.
    StartTls,
    /// No protection: for a simulator on this machine.
    Plaintext,
}

/// One mail server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// User name and password; refused over plain text by most servers.
    pub credentials: Option<(String, Secret)>,
}

/// The client; it keeps connections open between messages.
#[derive(Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// Prepares the client; no connection is made. Needs a running tokio runtime.
    ///
    /// # Errors
    /// Permanent when the host name cannot be used for TLS.
    pub fn new(config: &SmtpConfig) -> Result<Self, GatewayError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = match config.security {
            SmtpSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host),
            SmtpSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host),
            SmtpSecurity::Plaintext => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)),
        };
        let mut builder = builder
            .map_err(|error| GatewayError::permanent(PROVIDER, "setup", format!("the host cannot be used: {error}")))?
            .port(config.port)
            .timeout(Some(TIMEOUT));
        if let Some((user, password)) = &config.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Self { transport: builder.build() })
    }

    /// Connects and says hello. A set-up page calls it behind "Test connection".
    ///
    /// # Errors
    /// As for sending.
    pub async fn check(&self) -> Result<(), GatewayError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(GatewayError::transient(PROVIDER, "connect", "it did not answer the greeting")),
            Err(error) => Err(failure(&error)),
        }
    }
}

#[async_trait]
impl MailSender for Smtp {
    async fn send(&self, message: &MailMessage) -> Result<(), GatewayError> {
        let message = build(message)?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| failure(&error))
    }
}

fn mailbox(field: &str, text: &str) -> Result<Mailbox, GatewayError> {
    text.parse().map_err(|_| {
        GatewayError::permanent(PROVIDER, "address", format!("the address in \"{field}\" is not an e-mail address"))
    })
}

fn build(mail: &MailMessage) -> Result<Message, GatewayError> {
    let mut builder = Message::builder()
        .from(mailbox("from", &mail.from)?)
        .to(mailbox("to", &mail.to)?)
        .subject(mail.subject.replace(['\r', '\n'], " "))
        .message_id(mail.message_id.as_ref().map(|id| format!("<{id}>")));
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(mailbox("reply to", reply_to)?);
    }
    let built = match &mail.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
        None => builder.singlepart(SinglePart::plain(mail.text.clone())),
    };
    built.map_err(|error| GatewayError::permanent(PROVIDER, "message", format!("the message cannot be built: {error}")))
}

fn failure(error: &lettre::transport::smtp::Error) -> GatewayError {
    let code = error.status().map_or_else(|| "connection".to_owned(), |code| code.to_string());
    if error.is_permanent() {
        return GatewayError::permanent(PROVIDER, code, error.to_string());
    }
    if error.is_transient() {
        return GatewayError::transient(PROVIDER, code, error.to_string());
    }
    if error.is_tls() || error.is_client() {
        return GatewayError::permanent(PROVIDER, "setup", error.to_string());
    }
    if error.is_timeout() || error.is_response() {
        return GatewayError::unknown(PROVIDER, "it did not confirm the message in time");
    }
    use std::error::Error;
    let refused = error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .is_some_and(|io| matches!(io.kind(), std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::NotFound));
    if refused || error.to_string().starts_with("Connection error") {
        return GatewayError::transient(PROVIDER, "connect", "no connection could be made");
    }
    GatewayError::unknown(PROVIDER, "the connection broke before the message was confirmed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> MailMessage {
        MailMessage {
            from: "Kilele Fibre <bills@kilele.example>".into(),
            to: "asha@example.com".into(),
            reply_to: None,
            subject: "Your invoice\r\nBcc: everyone@example.com".into(),
            text: "Habari".into(),
            html: None,
            message_id: Some("outbox-1@kilele.example".into()),
        }
    }

    #[test]
    fn a_line_break_in_the_subject_adds_no_header() {
        let text = String::from_utf8(build(&mail()).unwrap().formatted()).unwrap();
        assert!(!text.contains("\r\nBcc:"), "{text}");
        assert!(text.contains("Message-ID: <outbox-1@kilele.example>"), "{text}");
    }

    #[test]
    fn a_wrong_address_is_permanent_and_named() {
        let error = build(&MailMessage { to: "asha@".into(), ..mail() }).unwrap_err();
        assert!(error.to_string().contains("\"to\""), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_transient() {
        let config =
            SmtpConfig { host: "127.0.0.1".into(), port: 1, security: SmtpSecurity::Plaintext, credentials: None };
        let error = Smtp::new(&config).unwrap().send(&mail()).await.unwrap_err();
        assert!(error.may_retry(), "{error}");
    }
}
