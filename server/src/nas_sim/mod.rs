//! The demo's network access server with the subscribers' routers behind it: real RADIUS against the real FreeRADIUS.
//!
//! The one rule: it knows what a router and its subscribers know, a login, and nothing of the platform's tables; whether
//! somebody may come in, how fast, and whether into the walled garden only, is what RADIUS says.

mod control;
mod line;
mod remote;

pub use control::{Neighbourhood, PlugIn, Router, control};
pub use line::{LineState, LineView};
pub use remote::Routers;

use gateways::Secret;
use gateways::radius::das::DynAuthKind;
use gateways::radius::{AcctRecord, AcctStatus, AuthMethod, DynAuth, DynAuthRequest, ErrorCause, NasClient};
use line::{Line, Order};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a simulated router is made of.
#[derive(Debug, Clone)]
pub struct NasSimWish {
    /// FreeRADIUS, for logins and for accounting.
    pub auth: SocketAddr,
    pub accounting: SocketAddr,
    pub secret: Secret,
    /// The router's own address, one of this machine's: by it the server knows the router.
    pub address: IpAddr,
    /// Where it accepts commands; a taken port is stepped over, and 0 takes any.
    pub coa_port: u16,
}

/// How many ports above the wanted one are tried.
const PORT_STEPS_MAX: u16 = 40;

/// A running router. Cheap to clone; ends with its token.
#[derive(Clone)]
pub struct NasSim(Arc<Inner>);

struct Inner {
    client: NasClient,
    commands: DynAuth,
    address: IpAddr,
    coa_port: u16,
    lines: Mutex<BTreeMap<String, Line>>,
    /// Until then it answers no command: a router that is busy.
    silent_until: Mutex<Option<Instant>>,
    stop: CancellationToken,
}

/// Starts a router: it opens its command port, tells RADIUS that it has just come up, and waits for subscribers.
///
/// # Errors
/// When the command port and those above it are taken.
pub async fn start(wish: NasSimWish, stop: CancellationToken) -> anyhow::Result<NasSim> {
    let socket = free_socket(wish.address, wish.coa_port).await.map_err(|error| {
        anyhow::anyhow!("The simulated router cannot listen on {}:{} ({error}).", wish.address, wish.coa_port)
    })?;
    let sim = NasSim(Arc::new(Inner {
        client: NasClient::new(wish.auth, wish.accounting, wish.secret.clone(), wish.address),
        commands: DynAuth::new(wish.secret),
        address: wish.address,
        coa_port: socket.local_addr()?.port(),
        lines: Mutex::default(),
        silent_until: Mutex::default(),
        stop,
    }));
    // Sessions from before a restart are over; a server that is not up yet hears of them by their silence.
    if let Err(error) = sim.0.client.account(&AcctRecord::new(AcctStatus::On, "0", "")).await {
        tracing::warn!(%error, "the simulated router could not say that it came up");
    }
    tokio::spawn(sim.clone().obey(socket));
    Ok(sim)
}

async fn free_socket(address: IpAddr, wanted: u16) -> std::io::Result<UdpSocket> {
    let mut port = wanted;
    loop {
        match UdpSocket::bind((address, port)).await {
            Err(error)
                if error.kind() == std::io::ErrorKind::AddrInUse && port < wanted.saturating_add(PORT_STEPS_MAX) =>
            {
                port += 1;
            }
            other => return other,
        }
    }
}

impl NasSim {
    /// Answers no command for this long.
    pub fn be_silent(&self, silence: Duration) {
        *self.0.silent_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + silence);
    }

    fn is_silent(&self) -> bool {
        let until = *self.0.silent_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Where it accepts commands.
    pub fn coa_port(&self) -> u16 {
        self.0.coa_port
    }

    /// Gives a subscriber's router its login: it dials at once, and again whenever it is thrown out or refused. The same
    /// login again changes nothing; another password is used at the next dialling.
    pub fn install(&self, username: &str, password: &Secret, method: AuthMethod) {
        if let Some(line) = self.lines().get(username) {
            line.order(Order::Login(password.clone()));
            return;
        }
        let (orders, inbox) = mpsc::unbounded_channel();
        let line = Line::new(username, orders);
        let work = line.clone().live(self.0.client.clone(), password.clone(), method, inbox, self.0.stop.clone());
        self.lines().insert(username.to_owned(), line);
        tokio::spawn(work);
    }

    /// Dials now, also when the line was hung up. Returns whether there is such a line.
    pub fn dial(&self, username: &str) -> bool {
        self.lines().get(username).is_some_and(|line| line.order(Order::Dial))
    }

    /// Ends a session and stays off until told to dial. Returns whether there is such a line.
    pub fn hang_up(&self, username: &str) -> bool {
        self.lines().get(username).is_some_and(|line| line.order(Order::HangUp))
    }

    /// Every line, by user name.
    pub fn list(&self) -> Vec<LineView> {
        self.lines().values().map(Line::view).collect()
    }

    /// One line.
    pub fn find(&self, username: &str) -> Option<LineView> {
        self.lines().get(username).map(Line::view)
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<String, Line>> {
        // A panic elsewhere leaves a whole map behind: entries are only inserted.
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers commands until the router is stopped.
    async fn obey(self, socket: UdpSocket) {
        let mut buffer = [0; 4096];
        loop {
            let received = tokio::select! {
                () = self.0.stop.cancelled() => break,
                received = socket.recv_from(&mut buffer) => received,
            };
            let Ok((length, from)) = received else { continue };
            match self.0.commands.decode(&buffer[..length]) {
                Ok(_) if self.is_silent() => {}
                Ok(request) => {
                    if let Some(answer) = self.answer(&request)
                        && let Err(error) = socket.send_to(&answer, from).await
                    {
                        tracing::warn!(%error, %from, "the simulated router's answer could not be sent");
                    }
                }
                Err(error) => tracing::debug!(%error, %from, "a command was dropped"),
            }
        }
        // Best effort: a server that is stopping with us hears of it at the next start.
        let off = self.0.client.clone().with_schedule(&[Duration::from_millis(300)]);
        let _ = off.account(&AcctRecord::new(AcctStatus::Off, "0", "")).await;
    }

    fn answer(&self, request: &DynAuthRequest) -> Option<Vec<u8>> {
        let refuse = |cause| self.0.commands.nak(request, cause).ok();
        let named = request.packet.get(gateways::radius::attribute::NAS_IP_ADDRESS).and_then(|a| a.as_address());
        if named.is_some_and(|nas| nas != self.0.address) {
            return refuse(ErrorCause(403));
        }
        let Some(username) = request.username() else { return refuse(ErrorCause(402)) };
        let line = self.lines().get(username).cloned();
        let Some(line) = line.filter(|line| line.has_session(request.session_id())) else {
            return refuse(ErrorCause::SESSION_NOT_FOUND);
        };
        match request.kind {
            DynAuthKind::Coa => line.change(&request.packet),
            DynAuthKind::Disconnect => {
                line.order(Order::ThrowOut);
            }
        }
        self.0.commands.ack(request).ok()
    }
}
