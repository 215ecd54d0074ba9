//! What a router does against the RADIUS server: logins and accounting.
//! The one rule: it behaves as a router must; an answer without a valid Message-Authenticator is not an answer.

use super::attribute::{self as attr, Attribute};
use super::coa::{exchange, unix_seconds};
use super::mschap::Exchange;
use super::packet::{self, Packet, PacketError};
use crate::Secret;
use md5::{Digest, Md5};
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// How the password is shown to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    Pap,
    Chap,
    MsChapV2,
}

/// One login of a subscriber's device.
#[derive(Debug, Clone)]
pub struct Login<'a> {
    pub username: &'a str,
    pub password: &'a str,
    pub method: AuthMethod,
    /// The device's MAC address, `AA:BB:CC:DD:EE:FF`.
    pub calling_station: Option<&'a str>,
    pub port_id: Option<&'a str>,
}

/// What the server decided.
#[derive(Debug, Clone)]
pub enum LoginAnswer {
    /// Let in, with the attributes of the authorization.
    Accept(Packet),
    /// Turned away, with the attributes of the refusal.
    Reject(Packet),
}

/// The moment of a session's life that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcctStatus {
    Start = 1,
    Stop = 2,
    Interim = 3,
    /// The router came up: whatever it had before is gone.
    On = 7,
    /// The router goes down.
    Off = 8,
}

/// One report about a session. Octets are counted from the session's start, as the router sees them: `input` is what
/// the subscriber sent.
#[derive(Debug, Clone)]
pub struct AcctRecord<'a> {
    pub status: AcctStatus,
    pub session_id: &'a str,
    pub username: &'a str,
    pub session_seconds: u32,
    pub input_octets: u64,
    pub output_octets: u64,
    pub framed_ip: Option<IpAddr>,
    pub delegated_prefix: Option<(Ipv6Addr, u8)>,
    pub calling_station: Option<&'a str>,
    pub port_id: Option<&'a str>,
    /// `Class` of the Access-Accept, to be given back unchanged.
    pub class: Option<&'a [u8]>,
    /// RFC 2866, 5.10; 1 = the user asked, 6 = the administrator did.
    pub terminate_cause: Option<u32>,
    /// When it happened, in Unix seconds; `None`: now.
    pub at: Option<u32>,
}

impl<'a> AcctRecord<'a> {
    /// A report with nothing counted yet.
    pub fn new(status: AcctStatus, session_id: &'a str, username: &'a str) -> Self {
        Self {
            status,
            session_id,
            username,
            session_seconds: 0,
            input_octets: 0,
            output_octets: 0,
            framed_ip: None,
            delegated_prefix: None,
            calling_station: None,
            port_id: None,
            class: None,
            terminate_cause: None,
            at: None,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NasError {
    #[error(
        "The RADIUS server at {0} did not answer. Either it is down, or it does not know this router's address, or \
             the shared secrets differ."
    )]
    Timeout(SocketAddr),
    #[error("The server accepted the login but did not prove that it knows the password (MS-CHAPv2).")]
    ServerNotProven,
    #[error("The request could not be sent: {0}")]
    Network(#[from] io::Error),
    #[error("The request could not be written: {0}")]
    Packet(#[from] PacketError),
}

/// One router, as the server sees it.
#[derive(Debug, Clone)]
pub struct NasClient {
    server: SocketAddr,
    accounting: SocketAddr,
    secret: Secret,
    /// The address that packets come from: by it the server knows the router.
    address: IpAddr,
    schedule: Vec<Duration>,
}

impl NasClient {
    /// `server` and `accounting` are the two ports of the RADIUS server; `address` is one of this host's own.
    pub fn new(server: SocketAddr, accounting: SocketAddr, secret: Secret, address: IpAddr) -> Self {
        // The first wait is longer than the second by which the server delays a rejection.
        let schedule = vec![Duration::from_secs(2), Duration::from_secs(3)];
        Self { server, accounting, secret, address, schedule }
    }

    /// Other waits before each retransmission and the giving up.
    pub fn with_schedule(mut self, schedule: &[Duration]) -> Self {
        self.schedule = schedule.to_vec();
        self
    }

    /// Asks whether a subscriber may come in.
    ///
    /// # Errors
    /// [`NasError::Timeout`]: a server that cannot decide says nothing, so that the router asks another one.
    pub async fn login(&self, login: &Login<'_>) -> Result<LoginAnswer, NasError> {
        let authenticator: [u8; 16] = rand::random();
        let exchange = Exchange { username: login.username, authenticator: rand::random(), peer: rand::random() };
        let mut attributes = vec![
            Attribute::text(attr::USER_NAME, login.username),
            self.own_address(),
            Attribute::integer(attr::SERVICE_TYPE, 2),
            Attribute::integer(attr::FRAMED_PROTOCOL, 1),
        ];
        attributes.extend(login.calling_station.map(|mac| Attribute::text(attr::CALLING_STATION_ID, mac)));
        attributes.extend(login.port_id.map(|port| Attribute::text(attr::NAS_PORT_ID, port)));
        match login.method {
            AuthMethod::Pap => {
                let hidden = packet::hide_password(login.password, authenticator, &self.secret);
                attributes.push(Attribute::octets(attr::USER_PASSWORD, hidden));
            }
            AuthMethod::Chap => attributes.extend(chap(rand::random(), login.password, exchange.authenticator)),
            AuthMethod::MsChapV2 => {
                let response = exchange.response(rand::random(), login.password);
                attributes.push(Attribute::vendor(attr::MICROSOFT, attr::MS_CHAP_CHALLENGE, exchange.authenticator));
                attributes.push(Attribute::vendor(attr::MICROSOFT, attr::MS_CHAP2_RESPONSE, response));
            }
        }
        let request =
            packet::access_request(packet::ACCESS_REQUEST, rand::random(), authenticator, &attributes, &self.secret)?;
        let answer = self
            .ask(self.server, &request, |p| {
                matches!(p.code, packet::ACCESS_ACCEPT | packet::ACCESS_REJECT)
                    && p.get(attr::MESSAGE_AUTHENTICATOR).is_some()
            })
            .await?;
        if answer.code == packet::ACCESS_REJECT {
            return Ok(LoginAnswer::Reject(answer));
        }
        if login.method == AuthMethod::MsChapV2 {
            let proof = exchange.server_proof(login.password);
            let success = answer.get_vendor(attr::MICROSOFT, attr::MS_CHAP2_SUCCESS);
            if !success.is_some_and(|a| a.value.get(1..).is_some_and(|s| s.starts_with(proof.as_bytes()))) {
                return Err(NasError::ServerNotProven);
            }
        }
        Ok(LoginAnswer::Accept(answer))
    }

    /// Reports about a session (or, with `On` and `Off`, about the router) and waits until the server has stored it.
    ///
    /// # Errors
    /// [`NasError::Timeout`]: not stored; a router keeps the report and sends it again.
    pub async fn account(&self, record: &AcctRecord<'_>) -> Result<(), NasError> {
        let request =
            packet::digest_request(packet::ACCOUNTING_REQUEST, rand::random(), &self.report(record), &self.secret)?;
        self.ask(self.accounting, &request, |p| p.code == packet::ACCOUNTING_RESPONSE).await?;
        Ok(())
    }

    /// Asks a server's status port whether it is alive.
    ///
    /// # Errors
    /// [`NasError::Timeout`] when it is not, or not yet.
    pub async fn status(&self) -> Result<(), NasError> {
        let request = packet::access_request(packet::STATUS_SERVER, rand::random(), rand::random(), &[], &self.secret)?;
        self.ask(self.server, &request, |p| p.code == packet::ACCESS_ACCEPT).await?;
        Ok(())
    }

    async fn ask(&self, to: SocketAddr, request: &[u8], wanted: impl Fn(&Packet) -> bool) -> Result<Packet, NasError> {
        let answer = exchange(self.address, to, request, &self.schedule, &self.secret, wanted).await?;
        answer.ok_or(NasError::Timeout(to))
    }

    fn own_address(&self) -> Attribute {
        let kind = if self.address.is_ipv4() { attr::NAS_IP_ADDRESS } else { attr::NAS_IPV6_ADDRESS };
        Attribute::address(kind, self.address)
    }

    fn report(&self, record: &AcctRecord<'_>) -> Vec<Attribute> {
        let mut all = vec![
            Attribute::integer(attr::ACCT_STATUS_TYPE, record.status as u32),
            Attribute::text(attr::ACCT_SESSION_ID, record.session_id),
            self.own_address(),
            Attribute::integer(attr::EVENT_TIMESTAMP, record.at.unwrap_or_else(unix_seconds)),
        ];
        if matches!(record.status, AcctStatus::On | AcctStatus::Off) {
            return all;
        }
        all.push(Attribute::text(attr::USER_NAME, record.username));
        all.extend(record.framed_ip.map(|ip| Attribute::address(attr::FRAMED_IP_ADDRESS, ip)));
        all.extend(record.delegated_prefix.map(|(p, n)| Attribute::ipv6_prefix(attr::DELEGATED_IPV6_PREFIX, p, n)));
        all.extend(record.calling_station.map(|mac| Attribute::text(attr::CALLING_STATION_ID, mac)));
        all.extend(record.port_id.map(|port| Attribute::text(attr::NAS_PORT_ID, port)));
        all.extend(record.class.map(|class| Attribute::octets(attr::CLASS, class)));
        if record.status != AcctStatus::Start {
            all.push(Attribute::integer(attr::ACCT_SESSION_TIME, record.session_seconds));
            all.extend(counter(record.input_octets, attr::ACCT_INPUT_OCTETS, attr::ACCT_INPUT_GIGAWORDS));
            all.extend(counter(record.output_octets, attr::ACCT_OUTPUT_OCTETS, attr::ACCT_OUTPUT_GIGAWORDS));
        }
        if record.status == AcctStatus::Stop {
            all.push(Attribute::integer(attr::ACCT_TERMINATE_CAUSE, record.terminate_cause.unwrap_or(1)));
        }
        all
    }
}

/// The password's proof and its challenge (RFC 2865, 5.3 and 5.40).
fn chap(ident: u8, password: &str, challenge: [u8; 16]) -> [Attribute; 2] {
    let digest = Md5::new().chain_update([ident]).chain_update(password).chain_update(challenge).finalize();
    let mut value = vec![ident];
    value.extend(digest);
    [Attribute::octets(attr::CHAP_PASSWORD, value), Attribute::octets(attr::CHAP_CHALLENGE, challenge)]
}

/// A counter as its lower 32 bits and how often they ran over.
fn counter(octets: u64, low: u8, high: u8) -> [Attribute; 2] {
    let [a, b, c, d, e, f, g, h] = octets.to_be_bytes();
    [Attribute::octets(low, [e, f, g, h]), Attribute::octets(high, [a, b, c, d])]
}
