//! The embedded FreeRADIUS: its directory in the state folder, its ports, its supervision; and the same directory
//! exported for a FreeRADIUS of the system. The one rule: it is written anew before every start, so what runs is what
//! this version of the program says.

use crate::children::{Children, Gravity, Spec, speak_through_our_log};
use crate::state::State;
use anyhow::Context;
use ipnet::IpNet;
use network::radius::ProjectionKey;
use network::radius::freeradius::{ConfigDir, FreeRadiusError, RadiusSettings, unprivileged};
use platform::secrets::Key;
use rustix::process::Signal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The ports of RFC 2865 and 2866.
const AUTH_PORT: u16 = 1812;
/// Status-Server, for ourselves.
const STATUS_PORT: u16 = 18121;
/// How many ports above the usual ones are tried when they are taken.
const STEPS_MAX: u16 = 40;
const README: &str = include_str!("freeradius_readme.txt");
const PATIENCE: Duration = Duration::from_secs(15);

/// Whether it runs, where routers find it, and from where they may ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct RadiusWish {
    /// Not said: it runs beside the private database, on the usual ports of the loopback.
    pub listen: Option<RadiusListen>,
    /// Packets from elsewhere are not even looked up. Not said: routers of this machine only.
    pub routers: Option<IpNet>,
}

/// What `--radius` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RadiusListen {
    Off,
    /// For logins; accounting is on the port above.
    At(SocketAddr),
}

impl FromStr for RadiusListen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            address => match address.parse::<SocketAddr>() {
                Ok(address) if (1..u16::MAX).contains(&address.port()) => Ok(Self::At(address)),
                _ => Err("write an address and a port, for example 10.20.0.1:1812, or off".into()),
            },
        }
    }
}

impl RadiusWish {
    /// Beside a database of the operator's it runs only when it was asked for: there FreeRADIUS is often the system's.
    pub fn is_wanted(&self, database_is_given: bool) -> bool {
        match self.listen {
            Some(RadiusListen::Off) => false,
            Some(RadiusListen::At(_)) => true,
            None => !database_is_given,
        }
    }

    /// Whether it can be carried out at all: asked before anything is started.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn check(&self) -> anyhow::Result<()> {
        self.nas_net().map(|_| ())
    }

    /// The address and port for logins, and whether they were asked for by name.
    fn auth(&self) -> (SocketAddr, bool) {
        match self.listen {
            Some(RadiusListen::At(address)) => (address, true),
            Some(RadiusListen::Off) | None => (SocketAddr::from((Ipv4Addr::LOCALHOST, AUTH_PORT)), false),
        }
    }

    /// From where routers may ask.
    ///
    /// # Errors
    /// A sentence when it listens to a network and nobody said whose routers to hear.
    fn nas_net(&self) -> anyhow::Result<IpNet> {
        let (auth, _) = self.auth();
        match self.routers {
            Some(net) if net.addr().is_ipv4() == auth.is_ipv4() => Ok(net),
            Some(net) => anyhow::bail!("FreeRADIUS listens on {auth} and cannot hear {net}. Use one kind of address."),
            // Each router of this machine, simulated ones for example, has an address of its own in it.
            None if auth.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) => {
                Ok(IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)))
            }
            None => anyhow::bail!(
                "FreeRADIUS would listen on {auth}, and nobody said for whom. Name your routers' network, for example \
                 --routers 10.20.0.0/16."
            ),
        }
    }
}

/// A FreeRADIUS that runs below us.
#[derive(Debug, Clone, Copy)]
pub struct Radius {
    pub auth: SocketAddr,
    pub accounting: SocketAddr,
}

/// The key of the projection: derived, so that one secret of the installation is enough to keep.
pub fn projection_key(master: &Key) -> ProjectionKey {
    ProjectionKey::new(*master.derive("radius").bytes())
}

/// Starts FreeRADIUS and keeps it running. `conninfo` is libpq's form of a connection as role `mtandao_radius`. With
/// ports that are taken it listens on the next pair that is free.
///
/// # Errors
/// A sentence for the operator: not installed, no free port, a configuration that it refuses, silence after 15 seconds.
pub async fn start(
    state: &State,
    conninfo: String,
    key: ProjectionKey,
    wish: RadiusWish,
    children: &Children,
) -> anyhow::Result<Radius> {
    let nas_net = wish.nas_net()?;
    let (wanted, by_name) = wish.auth();
    let (bind, auth_port) = (wanted.ip(), if by_name { this_pair(wanted)? } else { free_pair(wanted.ip())? });
    let settings = RadiusSettings {
        db_conninfo: conninfo,
        key,
        bind,
        auth_port,
        acct_port: auth_port + 1,
        status_port: free_port(IpAddr::V4(Ipv4Addr::LOCALHOST), STATUS_PORT)?,
        nas_net,
        state_dir: state.folder.join("radius-state"),
        run_as: unprivileged()?,
    };
    let dir = state.folder.join("radius");
    let current = Arc::new(Mutex::new(ConfigDir::write(&dir, &settings)?));
    let written = Arc::clone(&current);
    let (again, folder) = (settings.clone(), dir);
    children
        .run(Spec {
            name: "freeradius",
            start: Box::new(move || {
                let config = ConfigDir::write(&folder, &again).map_err(|e| e.to_string())?;
                let mut command = config.command().map_err(|e| e.to_string())?;
                speak_through_our_log(&mut command, "freeradius", judge)
                    .map_err(|e| format!("FreeRADIUS' output cannot be read: {e}"))?;
                *written.lock().unwrap_or_else(PoisonError::into_inner) = config;
                Ok(command)
            }),
            stop: Signal::TERM,
        })
        .map_err(anyhow::Error::msg)?;
    let config = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Err(silent) = config.wait_ready(PATIENCE).await {
        // What it says about its own configuration helps more than its silence.
        config.check()?;
        return Err(silent.into());
    }
    let address = |port| SocketAddr::new(bind, port);
    Ok(Radius { auth: address(settings.auth_port), accounting: address(settings.acct_port) })
}

/// What FreeRADIUS says: `Sat Nov 21 14:23:34 2026 : Info: Ready …`. It prints the whole connection with password and key
/// when it connects.
fn judge(line: &str) -> (Gravity, &str) {
    let text = line.split_once(" : ").map_or(line, |(_, text)| text);
    match text.split_once(": ") {
        _ if line.contains("password=") => (Gravity::Secret, ""),
        Some(("Error", text)) => (Gravity::Error, text),
        // Groups are not used, which it mentions at each start.
        Some(("Warning", text)) if !text.contains("Ignoring read_groups") => (Gravity::Warning, text),
        _ => (Gravity::Daily, text),
    }
}

/// Writes the directory for a FreeRADIUS that the system runs, with a README.
///
/// # Errors
/// A folder that cannot be written, or a connection that the configuration cannot carry.
pub fn export(dir: &Path, conninfo: String, key: ProjectionKey, wish: RadiusWish) -> anyhow::Result<()> {
    let (auth, _) = wish.auth();
    std::fs::create_dir_all(dir).with_context(|| format!("The folder {} cannot be written", dir.display()))?;
    let dir = dir.canonicalize()?;
    let settings = RadiusSettings {
        db_conninfo: conninfo,
        key,
        bind: auth.ip(),
        auth_port: auth.port(),
        acct_port: auth.port() + 1,
        status_port: STATUS_PORT,
        nas_net: wish.nas_net()?,
        state_dir: dir.join("state"),
        run_as: unprivileged()?,
    };
    let config = ConfigDir::write(&dir, &settings)?;
    let folder = dir.display().to_string();
    let readme = README.replace("@DIR@", &folder).replace("@AUTH@", &auth.to_string());
    let readme = readme.replace("@ACCT_PORT@", &settings.acct_port.to_string());
    std::fs::write(dir.join("README.txt"), readme.replace("@ROUTERS@", &settings.nas_net.to_string()))?;
    // A directory that FreeRADIUS itself refuses is of no use to anybody. Without the program here it cannot be asked.
    match config.check() {
        Err(FreeRadiusError::NotInstalled) => Ok(()),
        checked => Ok(checked?),
    }
}

/// The pair of ports that was asked for by name: routers have been told it, so it does not move.
fn this_pair(wanted: SocketAddr) -> anyhow::Result<u16> {
    for port in [wanted.port(), wanted.port() + 1] {
        let place = SocketAddr::new(wanted.ip(), port);
        UdpSocket::bind(place).with_context(|| {
            format!("FreeRADIUS cannot listen on {place}: stop what uses it, or name another port with --radius")
        })?;
    }
    Ok(wanted.port())
}

/// The first port of a pair that is free: authentication, and accounting right above it.
fn free_pair(bind: IpAddr) -> anyhow::Result<u16> {
    let free = |port| UdpSocket::bind((bind, port)).is_ok();
    (AUTH_PORT..).step_by(2).take(usize::from(STEPS_MAX)).find(|port| free(*port) && free(port + 1)).with_context(
        || format!("No two free UDP ports for RADIUS were found from {AUTH_PORT} on. Stop what uses them."),
    )
}

fn free_port(bind: IpAddr, from: u16) -> anyhow::Result<u16> {
    (from..from + STEPS_MAX)
        .find(|port| UdpSocket::bind((bind, *port)).is_ok())
        .with_context(|| format!("No free UDP port was found from {from} on. Stop what uses them."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_that_is_taken_is_stepped_over() {
        let loopback = IpAddr::V4(Ipv4Addr::new(127, 77, 0, 1));
        let first = free_pair(loopback).unwrap();
        let _taken = UdpSocket::bind((loopback, first + 1)).unwrap();
        assert_eq!(free_pair(loopback).unwrap(), first + 2);
    }

    #[test]
    fn the_connection_with_its_password_is_not_repeated() {
        let connects = "Sat Nov 21 14:23:34 2026 : Info: rlm_sql: Connecting using parameters: host=/run password=ab12";
        assert_eq!(judge(connects).0, Gravity::Secret);
        assert_eq!(judge("Sat Nov 21 14:23:34 2026 : Error: no route"), (Gravity::Error, "no route"));
    }

    #[test]
    fn unless_told_otherwise_only_this_machine_is_heard() {
        let net = RadiusWish::default().nas_net().unwrap();
        assert!(net.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(!net.contains(&IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))));
    }

    #[test]
    fn listening_to_a_network_needs_to_know_whose_routers_to_hear() {
        let listen = Some("10.20.0.1:1812".parse().unwrap());
        assert!(RadiusWish { listen, routers: None }.nas_net().unwrap_err().to_string().contains("--routers"));
        let net: IpNet = "10.20.0.0/16".parse().unwrap();
        assert_eq!(RadiusWish { listen, routers: Some(net) }.nas_net().unwrap(), net);
    }

    #[test]
    fn beside_a_given_database_it_runs_only_when_asked() {
        let asked = |listen| RadiusWish { listen, routers: None };
        assert!(asked(None).is_wanted(false) && !asked(None).is_wanted(true));
        assert!(asked(Some("127.0.0.1:1812".parse().unwrap())).is_wanted(true));
        assert!(!asked(Some(RadiusListen::Off)).is_wanted(false));
        assert!("127.0.0.1:65535".parse::<RadiusListen>().is_err(), "accounting has no port above");
    }
}
