//! The router's half of change of authorization: reads a command, checks it, writes the answer.
//! The one rule: a command that is not signed with the shared secret, or is stale, gets no answer at all.

use super::attribute::{self, Attribute};
use super::coa::{ErrorCause, unix_seconds};
use super::packet::{self, Authenticator, Packet, PacketError};
use crate::Secret;

/// How far a command's `Event-Timestamp` may be from our time (RFC 5176, 6.3).
const FRESH_SECONDS: u32 = 300;

/// Reads and answers commands under one shared secret.
#[derive(Debug, Clone)]
pub struct DynAuth {
    secret: Secret,
}

/// What a command wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DynAuthKind {
    Coa,
    Disconnect,
}

/// A command that was checked.
#[derive(Debug, Clone)]
pub struct DynAuthRequest {
    pub kind: DynAuthKind,
    pub packet: Packet,
}

/// Why a command gets no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DynAuthError {
    #[error(transparent)]
    Packet(#[from] PacketError),
    #[error("The packet is neither a CoA-Request nor a Disconnect-Request (code {0}).")]
    OtherCode(u8),
    #[error("The command is older than five minutes, or the two clocks differ by as much.")]
    Stale,
}

impl DynAuthRequest {
    pub fn username(&self) -> Option<&str> {
        self.packet.text(attribute::USER_NAME)
    }

    pub fn session_id(&self) -> Option<&str> {
        self.packet.text(attribute::ACCT_SESSION_ID)
    }

    fn authenticator(&self) -> Authenticator {
        self.packet.authenticator
    }
}

impl DynAuth {
    pub fn new(secret: Secret) -> Self {
        Self { secret }
    }

    /// Reads a command.
    ///
    /// # Errors
    /// Forged, stale, malformed, or another kind of packet: each to be dropped in silence.
    pub fn decode(&self, bytes: &[u8]) -> Result<DynAuthRequest, DynAuthError> {
        let packet = packet::verify_digest_request(bytes, &self.secret)?;
        let kind = match packet.code {
            packet::COA_REQUEST => DynAuthKind::Coa,
            packet::DISCONNECT_REQUEST => DynAuthKind::Disconnect,
            other => return Err(DynAuthError::OtherCode(other)),
        };
        let sent = packet.get(attribute::EVENT_TIMESTAMP).and_then(Attribute::as_integer);
        if sent.is_some_and(|sent| sent.abs_diff(unix_seconds()) > FRESH_SECONDS) {
            return Err(DynAuthError::Stale);
        }
        Ok(DynAuthRequest { kind, packet })
    }

    /// The answer "done".
    ///
    /// # Errors
    /// None in practice: the packet has a fixed size.
    pub fn ack(&self, request: &DynAuthRequest) -> Result<Vec<u8>, PacketError> {
        let code = request.packet.code + 1;
        packet::response(code, request.packet.id, request.authenticator(), &[], &self.secret)
    }

    /// The answer "not done", and why.
    ///
    /// # Errors
    /// None in practice: the packet has a fixed size.
    pub fn nak(&self, request: &DynAuthRequest, cause: ErrorCause) -> Result<Vec<u8>, PacketError> {
        let code = request.packet.code + 2;
        let cause = Attribute::integer(attribute::ERROR_CAUSE, cause.0);
        packet::response(code, request.packet.id, request.authenticator(), &[cause], &self.secret)
    }
}
