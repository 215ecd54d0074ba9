//! A mail server that takes everything and passes nothing on.
//! The one rule: a line, a message and a connection all have a limit, and dots at the start of lines are undone.

use std::time::Duration;

use chrono::Utc;
use mail_parser::{MessageParser, PartType};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::outbox::{Entry, Medium};
use crate::state::{Shared, until};

const MAX_MESSAGE_BYTES: usize = 10 * 1024 * 1024;
/// RFC 5321 allows 512 octets a command and 1,000 a text line; some writers do not keep to the latter.
const MAX_LINE_BYTES: u64 = 64 * 1024;
const MAX_RECIPIENTS: usize = 100;
/// What the outbox keeps of one text.
const MAX_KEPT_CHARS: usize = 100_000;
const IDLE: Duration = Duration::from_secs(60);

/// Serves until the simulators stop.
pub async fn serve(listener: TcpListener, state: Shared, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let session_state = Shared::clone(&state);
                    state.spawn(async move {
                        // A client that hangs up in the middle has only itself to tell.
                        let _ = Session::new(stream, session_state).run().await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the simulated mail server could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            () = until(&mut stopped) => return,
        }
    }
}

struct Session {
    stream: BufReader<TcpStream>,
    state: Shared,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    fn new(stream: TcpStream, state: Shared) -> Self {
        Self { stream: BufReader::new(stream), state, from: None, to: Vec::new() }
    }

    async fn run(mut self) -> std::io::Result<()> {
        self.say("220 mail.simulator.example ESMTP").await?;
        while let Some(line) = self.line().await? {
            let text = String::from_utf8_lossy(&line);
            let (verb, rest) = text.trim_end().split_once(' ').unwrap_or((text.trim_end(), ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    self.forget();
                    let size = format!("250-SIZE {MAX_MESSAGE_BYTES}");
                    self.say(&format!(
                        "250-mail.simulator.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n{size}\r\n250 PIPELINING"
                    ))
                    .await?;
                }
                "HELO" => {
                    self.forget();
                    self.say("250 mail.simulator.example").await?;
                }
                "MAIL" => {
                    let answer = self.mail(rest);
                    self.say(answer).await?;
                }
                "RCPT" => {
                    let answer = self.rcpt(rest);
                    self.say(answer).await?;
                }
                "DATA" if self.to.is_empty() => self.say("503 5.5.1 Name the sender and a recipient first").await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.forget();
                    self.say("250 2.0.0 Forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 Still here").await?,
                "VRFY" => self.say("252 2.1.5 Try it").await?,
                "QUIT" => {
                    self.say("221 2.0.0 Goodbye").await?;
                    return Ok(());
                }
                _ => self.say("502 5.5.1 Not known here").await?,
            }
        }
        Ok(())
    }

    fn mail(&mut self, rest: &str) -> &'static str {
        match address(rest, "FROM:") {
            _ if self.from.is_some() => "503 5.5.1 The sender was named already",
            Some(from) => {
                self.from = Some(from);
                "250 2.1.0 Sender taken"
            }
            None => "501 5.5.4 Write MAIL FROM:<address>",
        }
    }

    fn rcpt(&mut self, rest: &str) -> &'static str {
        match address(rest, "TO:").filter(|address| address.contains('@')) {
            _ if self.from.is_none() => "503 5.5.1 Name the sender first",
            _ if self.to.len() >= MAX_RECIPIENTS => "452 4.5.3 Too many recipients",
            // The one address that bounces, so that a bounce can be tried.
            Some(to) if to.starts_with("unknown@") => "550 5.1.1 There is no such mailbox",
            Some(to) => {
                self.to.push(to);
                "250 2.1.5 Recipient taken"
            }
            None => "501 5.5.4 Write RCPT TO:<address>",
        }
    }

    async fn data(&mut self) -> std::io::Result<()> {
        self.say("354 End the message with a line that holds a dot only").await?;
        let mut message = Vec::new();
        let mut too_large = false;
        loop {
            let Some(line) = self.line().await? else { return Ok(()) };
            if line == b".\r\n" || line == b".\n" {
                break;
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            too_large |= message.len() + line.len() > MAX_MESSAGE_BYTES;
            if !too_large {
                message.extend_from_slice(line);
            }
        }
        if too_large {
            self.forget();
            return self.say("552 5.3.4 The message is larger than 10 MB").await;
        }
        let id = hex::encode(rand::random::<[u8; 6]>());
        self.store(&message, &id);
        self.forget();
        self.say(&format!("250 2.0.0 Taken as {id}")).await
    }

    fn store(&self, message: &[u8], id: &str) {
        let parsed = MessageParser::default().parse(message);
        let parsed = parsed.as_ref();
        let kept = |text: &str| text.chars().take(MAX_KEPT_CHARS).collect::<String>();
        let html = parsed.and_then(|mail| {
            let part = mail.html_part(0)?;
            matches!(part.body, PartType::Html(_)).then(|| mail.body_html(0)).flatten()
        });
        let text = parsed.and_then(|mail| mail.body_text(0));
        let from = parsed.and_then(|mail| mail.from()?.first().map(shown_address));
        let mut inner = self.state.lock();
        for to in &self.to {
            inner.record(Entry {
                id: 0,
                at: Utc::now(),
                channel: Medium::Mail,
                incoming: false,
                business: String::new(),
                to: to.clone(),
                from: from.clone().or_else(|| self.from.clone()).unwrap_or_default(),
                subject: parsed.and_then(|mail| mail.subject()).map(kept),
                text: text.as_deref().map(|text| kept(text.trim_end())).unwrap_or_default(),
                html: html.as_deref().map(kept),
                parts: None,
                status: "Delivered".into(),
                provider_id: parsed.and_then(|mail| mail.message_id()).unwrap_or(id).to_owned(),
            });
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
    }

    /// The next line with its end; `None` when the client is gone, silent for too long or endless.
    async fn line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(MAX_LINE_BYTES);
        let read = tokio::time::timeout(IDLE, limited.read_until(b'\n', &mut line)).await;
        match read {
            Ok(Ok(_)) if line.ends_with(b"\n") => Ok(Some(line)),
            Ok(Ok(_)) | Err(_) => Ok(None),
            Ok(Err(error)) => Err(error),
        }
    }
}

fn shown_address(address: &mail_parser::Addr<'_>) -> String {
    match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => address.or(name).unwrap_or_default().to_owned(),
    }
}

/// The address in `FROM:<a@b> SIZE=1`; an empty one is the sender of automatic mail.
fn address(rest: &str, keyword: &str) -> Option<String> {
    let (given, rest) = rest.split_at_checked(keyword.len())?;
    if !given.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, _) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    (address.len() <= 320).then(|| address.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_commands() {
        assert_eq!(address("FROM:<Asha@Example.com> SIZE=100", "FROM:").as_deref(), Some("asha@example.com"));
        assert_eq!(address("from: <>", "FROM:").as_deref(), Some(""));
        assert_eq!(address("FROM:asha@example.com", "FROM:"), None);
        assert_eq!(address("", "FROM:"), None);
    }
}
