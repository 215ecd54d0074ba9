//! Change of authorization (RFC 5176): tells a router to change a living session or to end it.
//! The one rule: a retransmission is the identical packet, so a router that got it twice acts once; and an answer that
//! is not signed for this very request is passed over.

use super::attribute::{self, Attribute};
use super::packet::{self, Packet, PacketError};
use crate::Secret;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// How long each sending waits for its answer before the packet goes out again, or is given up after the last.
pub const SCHEDULE: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// What names a session to its router. Everything given must match there, so give what accounting reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionKey {
    pub username: String,
    /// `Acct-Session-Id` as the router reported it; without it every session of the user name is meant.
    pub session_id: Option<String>,
    /// The router's own `NAS-IP-Address` or `NAS-IPv6-Address`; a router refuses another's with cause 403.
    pub nas: Option<IpAddr>,
    /// The session's `Framed-IP-Address`.
    pub framed_ip: Option<Ipv4Addr>,
}

impl SessionKey {
    fn attributes(&self) -> Vec<Attribute> {
        let mut all = vec![Attribute::text(attribute::USER_NAME, &self.username)];
        all.extend(self.session_id.iter().map(|id| Attribute::text(attribute::ACCT_SESSION_ID, id)));
        all.extend(self.nas.map(|ip| match ip {
            IpAddr::V4(_) => Attribute::address(attribute::NAS_IP_ADDRESS, ip),
            IpAddr::V6(_) => Attribute::address(attribute::NAS_IPV6_ADDRESS, ip),
        }));
        all.extend(self.framed_ip.map(|ip| Attribute::address(attribute::FRAMED_IP_ADDRESS, ip.into())));
        all
    }
}

/// Why a router refused, as it said in `Error-Cause`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCause(pub u32);

impl ErrorCause {
    /// The router knows no such session: it ended, or it never was.
    pub const SESSION_NOT_FOUND: Self = Self(503);
}

impl fmt::Display for ErrorCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.0 {
            201 => "the rest of an ended session was removed",
            401 => "an attribute is not supported",
            402 => "an attribute is missing",
            403 => "the request names another router",
            404 => "the request is not valid",
            405 => "the service is not supported",
            406 => "the extension is not supported",
            407 => "an attribute has a value that is not valid",
            501 => "this is prohibited by the router's administrator",
            502 => "the request cannot be routed",
            503 => "no such session",
            504 => "the session cannot be removed",
            505 => "a proxy on the way failed",
            506 => "the router lacks resources",
            507 => "a new request was begun instead",
            508 => "several sessions match, and the router changes only one",
            _ => "a cause that RADIUS does not list",
        };
        write!(f, "{words} ({})", self.0)
    }
}

/// What the router said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoaAnswer {
    /// Done.
    Ack,
    /// Not done, with the cause if the router gave one.
    Nak { error_cause: Option<ErrorCause> },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CoaError {
    #[error(
        "The router at {addr} did not answer {sent} requests. Check that it accepts incoming RADIUS on this port, \
             that the shared secret is the same on both sides, and that it can be reached."
    )]
    Timeout { addr: SocketAddr, sent: usize },
    #[error("The request to the router at {addr} could not be sent: {source}. Check the network of this server.")]
    Network { addr: SocketAddr, source: io::Error },
    #[error("The request could not be written: {0}")]
    Packet(#[from] PacketError),
}

/// Sends commands to one router. Holds no socket: each command has its own, so answers cannot be mixed up.
#[derive(Debug, Clone)]
pub struct CoaClient {
    addr: SocketAddr,
    secret: Secret,
    bind: IpAddr,
    schedule: Vec<Duration>,
}

impl CoaClient {
    /// `addr` is the router's address and port for incoming RADIUS (3799; older RouterOS and Cisco: 1700).
    pub fn new(addr: SocketAddr, secret: Secret) -> Self {
        let bind = if addr.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        Self { addr, secret, bind, schedule: SCHEDULE.to_vec() }
    }

    /// Sends from this address: routers accept commands only from the RADIUS servers they know.
    pub fn from_address(mut self, bind: IpAddr) -> Self {
        self.bind = bind;
        self
    }

    /// Other waits than [`SCHEDULE`].
    pub fn with_schedule(mut self, schedule: &[Duration]) -> Self {
        self.schedule = schedule.to_vec();
        self
    }

    /// Changes a session without ending it; `changes` are the attributes of the new authorization.
    /// Asking again is harmless: the session then has what it had.
    ///
    /// # Errors
    /// [`CoaError::Timeout`] after the whole schedule. A refusal is not an error but [`CoaAnswer::Nak`].
    pub async fn coa(&self, session: &SessionKey, changes: &[Attribute]) -> Result<CoaAnswer, CoaError> {
        let mut attributes = session.attributes();
        attributes.extend_from_slice(changes);
        self.command(packet::COA_REQUEST, attributes).await
    }

    /// Ends a session. Asking again gives `Nak` with cause 503.
    ///
    /// # Errors
    /// As [`Self::coa`].
    pub async fn disconnect(&self, session: &SessionKey) -> Result<CoaAnswer, CoaError> {
        self.command(packet::DISCONNECT_REQUEST, session.attributes()).await
    }

    async fn command(&self, code: u8, mut attributes: Vec<Attribute>) -> Result<CoaAnswer, CoaError> {
        attributes.push(Attribute::integer(attribute::EVENT_TIMESTAMP, unix_seconds()));
        let request = packet::digest_request(code, rand::random(), &attributes, &self.secret)?;
        let answer = exchange(self.bind, self.addr, &request, &self.schedule, &self.secret, |p| {
            p.code == code + 1 || p.code == code + 2
        })
        .await
        .map_err(|source| CoaError::Network { addr: self.addr, source })?
        .ok_or(CoaError::Timeout { addr: self.addr, sent: self.schedule.len() })?;
        if answer.code == code + 1 {
            return Ok(CoaAnswer::Ack);
        }
        let error_cause = answer.get(attribute::ERROR_CAUSE).and_then(Attribute::as_integer).map(ErrorCause);
        Ok(CoaAnswer::Nak { error_cause })
    }
}

/// Real time: routers drop commands whose `Event-Timestamp` is more than five minutes old.
pub(super) fn unix_seconds() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// Sends `request` by the schedule until an authentic answer that is `wanted` comes. `None`: none came.
pub(super) async fn exchange(
    bind: IpAddr,
    to: SocketAddr,
    request: &[u8],
    schedule: &[Duration],
    secret: &Secret,
    wanted: impl Fn(&Packet) -> bool,
) -> io::Result<Option<Packet>> {
    let socket = UdpSocket::bind((bind, 0)).await?;
    // A connected socket receives from this address and port only.
    socket.connect(to).await?;
    let mut buffer = [0; packet::MAX_PACKET];
    for wait in schedule {
        let until = Instant::now() + *wait;
        match socket.send(request).await {
            // The port was closed a moment ago; it may be open by the next sending.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            sent => {
                sent?;
            }
        }
        loop {
            let received = match timeout_at(until, socket.recv(&mut buffer)).await {
                Err(_) => break,
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
                Ok(received) => received?,
            };
            match packet::verify_response(&buffer[..received], request, secret) {
                Ok(packet) if wanted(&packet) => return Ok(Some(packet)),
                Ok(_) | Err(_) => {
                    tracing::warn!(%to, "a RADIUS answer that is not signed for this request was ignored")
                }
            }
        }
    }
    Ok(None)
}
