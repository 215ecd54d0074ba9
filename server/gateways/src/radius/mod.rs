//! RADIUS (RFC 2865, 2866, 5176): the packets, a client for change of authorization, the answering half of it for a
//! simulated router, and a small router's client for logins and accounting.
//! The one rule: an answer whose authenticator does not verify under the shared secret was never received.

pub mod attribute;
pub mod coa;
pub mod das;
mod mschap;
pub mod nas;
pub mod packet;
#[cfg(test)]
mod tests;

pub use attribute::Attribute;
pub use coa::{CoaAnswer, CoaClient, CoaError, ErrorCause, SessionKey};
pub use das::{DynAuth, DynAuthRequest};
pub use nas::{AcctRecord, AcctStatus, AuthMethod, Login, LoginAnswer, NasClient, NasError};
pub use packet::{Packet, PacketError};
