//! One subscriber's line: dials, reports, obeys, dials again. The one rule: what a session has is what the last answer
//! or change of RADIUS said.

use gateways::Secret;
use gateways::radius::attribute as attr;
use gateways::radius::{AcctRecord, AcctStatus, Attribute, AuthMethod, Login, LoginAnswer, NasClient, Packet};
use rand::Rng;
use serde::Serialize;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long a device waits before it dials again after it was thrown out, as PPPoE clients do.
const REDIAL: Duration = Duration::from_millis(300);
/// The longest wait after refusals; a device never gives up.
const REFUSED_MAX_S: u64 = 60;
/// Four hundred devices that wake at the same moment would not be like a town.
const SPREAD_MS: u64 = 3_000;
/// RFC 2866, 5.10: the user asked, the session's time was up, the administrator threw it out.
const USER_REQUEST: u32 = 1;
const SESSION_TIMEOUT: u32 = 5;
const ADMIN_RESET: u32 = 6;

/// What a line is told.
pub(super) enum Order {
    Login(Secret),
    Dial,
    HangUp,
    ThrowOut,
    /// A session's limit moved.
    Changed,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    Off,
    Dialling,
    Refused,
    Online,
}

/// A line as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView {
    pub username: String,
    pub state: LineState,
    pub session_id: Option<String>,
    pub address: Option<IpAddr>,
    /// As MikroTik writes it: upload, then download.
    pub rate_limit: Option<String>,
    /// The firewall list of the session; `walled-garden` means that only the payment page opens.
    pub address_list: Option<String>,
    pub sessions: u32,
}

#[derive(Default)]
struct Session {
    id: String,
    address: Option<IpAddr>,
    prefix: Option<(Ipv6Addr, u8)>,
    class: Option<Vec<u8>>,
    rate_limit: Option<String>,
    address_list: Option<String>,
    timeout_s: Option<u32>,
    interim_s: u64,
}

struct Inner {
    username: String,
    mac: String,
    orders: UnboundedSender<Order>,
    now: Mutex<Now>,
}

struct Now {
    state: LineState,
    session: Option<Session>,
    sessions: u32,
}

#[derive(Clone)]
pub(super) struct Line(Arc<Inner>);

/// Why a session ended, and whether the device dials again by itself.
struct End {
    cause: u32,
    redial: bool,
}

impl Line {
    pub(super) fn new(username: &str, orders: UnboundedSender<Order>) -> Self {
        let now = Mutex::new(Now { state: LineState::Off, session: None, sessions: 0 });
        Self(Arc::new(Inner { username: username.to_owned(), mac: mac_of(username), orders, now }))
    }

    /// Returns whether the line still lives.
    pub(super) fn order(&self, order: Order) -> bool {
        self.0.orders.send(order).is_ok()
    }

    pub(super) fn view(&self) -> LineView {
        let now = self.now();
        let session = now.session.as_ref();
        LineView {
            username: self.0.username.clone(),
            state: now.state,
            session_id: session.map(|s| s.id.clone()),
            address: session.and_then(|s| s.address),
            rate_limit: session.and_then(|s| s.rate_limit.clone()),
            address_list: session.and_then(|s| s.address_list.clone()),
            sessions: now.sessions,
        }
    }

    /// Whether this session is the living one; without an id any living session is meant.
    pub(super) fn has_session(&self, id: Option<&str>) -> bool {
        self.now().session.as_ref().is_some_and(|session| id.is_none_or(|id| id == session.id))
    }

    /// Applies a change of authorization to the living session.
    pub(super) fn change(&self, packet: &Packet) {
        if let Some(session) = &mut self.now().session {
            session.take(packet);
        }
        self.order(Order::Changed);
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: LineState, session: Option<Session>) {
        let mut now = self.now();
        now.sessions += u32::from(session.is_some());
        (now.state, now.session) = (state, session);
    }

    /// The life of a line, until the router stops.
    pub(super) async fn live(
        self,
        client: NasClient,
        mut password: Secret,
        method: AuthMethod,
        mut inbox: UnboundedReceiver<Order>,
        stop: CancellationToken,
    ) {
        let mut refusals = 0u32;
        let mut wait = Some(Duration::from_millis(rand::rng().random_range(0..SPREAD_MS)));
        loop {
            if !self.rest(wait, &mut password, &mut inbox, &stop).await {
                return;
            }
            self.set(LineState::Dialling, None);
            let login = Login {
                username: &self.0.username,
                password: password.expose(),
                method,
                calling_station: Some(&self.0.mac),
                port_id: Some("pppoe-demo"),
            };
            match client.login(&login).await {
                Ok(LoginAnswer::Accept(packet)) => {
                    refusals = 0;
                    let end = self.session(&client, &packet, &mut password, &mut inbox, &stop).await;
                    self.set(LineState::Off, None);
                    match end {
                        None => return,
                        Some(end) => wait = end.redial.then_some(REDIAL),
                    }
                }
                Ok(LoginAnswer::Reject(_)) => {
                    self.set(LineState::Refused, None);
                    refusals += 1;
                    wait = Some(pause_after(refusals));
                }
                Err(error) => {
                    tracing::debug!(%error, username = self.0.username, "dialling again");
                    self.set(LineState::Off, None);
                    wait = Some(pause_after(1));
                }
            }
        }
    }

    /// Waits for the time, or without one for the order, to dial. `false`: the router stops.
    async fn rest(
        &self,
        wait: Option<Duration>,
        password: &mut Secret,
        inbox: &mut UnboundedReceiver<Order>,
        stop: &CancellationToken,
    ) -> bool {
        let mut until = wait.map(|wait| Instant::now() + wait);
        loop {
            tokio::select! {
                () = stop.cancelled() => return false,
                () = at(until) => return true,
                order = inbox.recv() => match order {
                    None => return false,
                    Some(Order::Dial) => return true,
                    Some(Order::Login(fresh)) if fresh != *password => {
                        *password = fresh;
                        return true;
                    }
                    Some(Order::HangUp) => until = None,
                    Some(Order::Login(_) | Order::ThrowOut | Order::Changed) => {}
                },
            }
        }
    }

    /// One session from its start to its end. `None`: the router stops, and says so for all of its sessions at once.
    async fn session(
        &self,
        client: &NasClient,
        packet: &Packet,
        password: &mut Secret,
        inbox: &mut UnboundedReceiver<Order>,
        stop: &CancellationToken,
    ) -> Option<End> {
        let mut session = Session { id: session_id(), interim_s: 300, ..Session::default() };
        session.take(packet);
        self.set(LineState::Online, Some(session));
        let began = Instant::now();
        let mut used = (0u64, 0u64);
        self.report(client, AcctStatus::Start, began, used, None).await;
        loop {
            let (interim, limit) = self.timers(began);
            let end = tokio::select! {
                () = stop.cancelled() => return None,
                () = sleep_until(interim) => {
                    used = self.more(used, began);
                    self.report(client, AcctStatus::Interim, began, used, None).await;
                    continue;
                }
                () = at(limit) => End { cause: SESSION_TIMEOUT, redial: true },
                order = inbox.recv() => match order? {
                    Order::ThrowOut => End { cause: ADMIN_RESET, redial: true },
                    Order::HangUp => End { cause: USER_REQUEST, redial: false },
                    Order::Login(fresh) => {
                        *password = fresh;
                        continue;
                    }
                    Order::Dial | Order::Changed => continue,
                },
            };
            used = self.more(used, began);
            self.report(client, AcctStatus::Stop, began, used, Some(end.cause)).await;
            return Some(end);
        }
    }

    /// When the next report is due, and when the session's time is up.
    fn timers(&self, began: Instant) -> (Instant, Option<Instant>) {
        let now = self.now();
        let session = now.session.as_ref();
        let interim = session.map_or(300, |s| s.interim_s);
        let limit = session.and_then(|s| s.timeout_s).map(|s| began + Duration::from_secs(s.into()));
        let passed = began.elapsed().as_secs();
        (began + Duration::from_secs((passed / interim + 1) * interim), limit)
    }

    /// What a household has used by now: a twentieth of its speed on average, next to nothing in the walled garden.
    fn more(&self, used: (u64, u64), began: Instant) -> (u64, u64) {
        let now = self.now();
        let Some(session) = &now.session else { return used };
        let (up_bps, down_bps) = session.rate_limit.as_deref().map_or((0, 0), bits_per_second);
        let share = if session.address_list.as_deref() == Some("walled-garden") { 2_000 } else { 20 };
        let seconds = began.elapsed().as_secs().min(session.interim_s).max(1);
        let part = |bps: u64| bps / 8 * seconds / share * rand::rng().random_range(50..150) / 100;
        // A household receives eight times what it sends.
        (used.0 + part(up_bps) / 8, used.1 + part(down_bps))
    }

    async fn report(
        &self,
        client: &NasClient,
        status: AcctStatus,
        began: Instant,
        used: (u64, u64),
        cause: Option<u32>,
    ) {
        let Some((id, address, prefix, class)) = ({
            let now = self.now();
            now.session.as_ref().map(|s| (s.id.clone(), s.address, s.prefix, s.class.clone()))
        }) else {
            return;
        };
        let record = AcctRecord {
            session_seconds: u32::try_from(began.elapsed().as_secs()).unwrap_or(u32::MAX),
            input_octets: used.0,
            output_octets: used.1,
            framed_ip: address,
            delegated_prefix: prefix,
            calling_station: Some(&self.0.mac),
            port_id: Some("pppoe-demo"),
            class: class.as_deref(),
            terminate_cause: cause,
            ..AcctRecord::new(status, &id, &self.0.username)
        };
        // The next report carries everything that a lost one said.
        if let Err(error) = client.account(&record).await {
            tracing::debug!(%error, username = self.0.username, ?status, "report lost");
        }
    }
}

impl Session {
    /// Takes over what an answer or a change says; what it does not mention stays.
    fn take(&mut self, packet: &Packet) {
        let integer = |kind| packet.get(kind).and_then(Attribute::as_integer);
        let mikrotik = |kind| packet.get_vendor(attr::MIKROTIK, kind).and_then(Attribute::as_text).map(str::to_owned);
        if let Some(address) = packet.get(attr::FRAMED_IP_ADDRESS).and_then(Attribute::as_address) {
            self.address = Some(address);
        }
        if let Some(prefix) = packet.get(attr::DELEGATED_IPV6_PREFIX).and_then(Attribute::as_ipv6_prefix) {
            self.prefix = Some(prefix);
        }
        if let Some(class) = packet.get(attr::CLASS) {
            self.class = Some(class.value.clone());
        }
        self.rate_limit = mikrotik(attr::MIKROTIK_RATE_LIMIT).or(self.rate_limit.take());
        self.address_list = mikrotik(attr::MIKROTIK_ADDRESS_LIST).or(self.address_list.take());
        self.timeout_s = integer(attr::SESSION_TIMEOUT).or(self.timeout_s);
        if let Some(interim) = integer(attr::ACCT_INTERIM_INTERVAL).filter(|s| *s > 0) {
            self.interim_s = interim.into();
        }
    }
}

/// Sleeps until then, or for ever.
async fn at(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// 2, 4, 8 … 60 seconds, spread a little.
fn pause_after(refusals: u32) -> Duration {
    let seconds = (1u64 << refusals.min(6)).min(REFUSED_MAX_S);
    Duration::from_secs(seconds) + Duration::from_millis(rand::rng().random_range(0..500))
}

/// As RouterOS counts them, but not from the start again after each restart.
fn session_id() -> String {
    format!("{:08x}", rand::random::<u32>())
}

/// A device's address, the same for the same user name: the first octet says "locally administered".
fn mac_of(username: &str) -> String {
    let hash =
        username.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let [a, b, c, d, e, ..] = hash.to_be_bytes();
    format!("02:{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}")
}

/// `5M/20M …` as bits per second, up and down.
fn bits_per_second(rate: &str) -> (u64, u64) {
    let number = |text: &str| match text.strip_suffix(['M', 'k']) {
        Some(digits) => digits.parse::<u64>().unwrap_or(0) * if text.ends_with('M') { 1_000_000 } else { 1_000 },
        None => text.parse().unwrap_or(0),
    };
    let first = rate.split_whitespace().next().unwrap_or_default();
    first.split_once('/').map_or((0, 0), |(up, down)| (number(up), number(down)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_the_router_writes_it() {
        assert_eq!(bits_per_second("5M/20M 10M/40M"), (5_000_000, 20_000_000));
        assert_eq!(bits_per_second("512k/1500k"), (512_000, 1_500_000));
        assert_eq!(bits_per_second("nonsense"), (0, 0));
    }

    #[test]
    fn a_device_keeps_its_address() {
        assert_eq!(mac_of("amina"), mac_of("amina"));
        assert_ne!(mac_of("amina"), mac_of("zawadi"));
        assert!(mac_of("amina").starts_with("02:") && mac_of("amina").len() == 17);
    }

    #[test]
    fn refusals_make_a_device_patient_but_never_for_ever() {
        assert!(pause_after(1) < Duration::from_secs(3));
        assert!(pause_after(40) <= Duration::from_millis(REFUSED_MAX_S * 1000 + 500));
    }
}
