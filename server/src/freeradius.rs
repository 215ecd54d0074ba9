//! The embedded FreeRADIUS: its directory in the state folder, its ports, its supervision; and the same directory
//! exported for a FreeRADIUS of the system. The one rule: it is written anew before every start, so what runs is what
//! this version of the program says.

use crate::children::{Children, Spec};
use crate::state::State;
use anyhow::Context;
use ipnet::IpNet;
use network::radius::ProjectionKey;
use network::radius::freeradius::{ConfigDir, RadiusSettings, unprivileged};
use platform::secrets::Key;
use rustix::process::Signal;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The ports of RFC 2865 and 2866.
const AUTH_PORT: u16 = 1812;
/// Status-Server, for ourselves.
const STATUS_PORT: u16 = 18121;
/// How many ports above the usual ones are tried when they are taken.
const STEPS_MAX: u16 = 40;
const PATIENCE: Duration = Duration::from_secs(15);

/// Where routers find it, and from where they may ask.
#[derive(Debug, Clone, Copy)]
pub struct RadiusWish {
    pub bind: IpAddr,
    /// Packets from elsewhere are not even looked up.
    pub nas_net: IpNet,
}

impl RadiusWish {
    /// For a demo: routers are simulated on this machine, and nobody else is heard.
    pub fn demo() -> Self {
        // 127.0.0.0/8: each simulated router has an address of its own in it.
        let nas_net = ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        Self { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), nas_net: IpNet::V4(nas_net) }
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
    let auth_port = free_pair(wish.bind)?;
    let settings = RadiusSettings {
        db_conninfo: conninfo,
        key,
        bind: wish.bind,
        auth_port,
        acct_port: auth_port + 1,
        status_port: free_port(IpAddr::V4(Ipv4Addr::LOCALHOST), STATUS_PORT)?,
        nas_net: wish.nas_net,
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
                speak_through_our_log(&mut command).map_err(|e| format!("FreeRADIUS' output cannot be read: {e}"))?;
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
    let address = |port| SocketAddr::new(wish.bind, port);
    Ok(Radius { auth: address(settings.auth_port), accounting: address(settings.acct_port) })
}

/// Takes what FreeRADIUS says into our log. It prints the whole connection with password and key when it connects, and
/// that line must not reach a terminal or a file.
fn speak_through_our_log(command: &mut Command) -> io::Result<()> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    // Ends when the program has ended: nobody else holds the other end.
    std::thread::Builder::new().name("freeradius-log".into()).spawn(move || {
        for line in BufReader::new(reader).lines().map_while(Result::ok).filter(|line| !line.contains("password=")) {
            // "Sat Nov 21 14:23:34 2026 : Info: Ready …": our log has the time already.
            let text = line.split_once(" : ").map_or(line.as_str(), |(_, text)| text);
            match text.split_once(": ") {
                Some(("Error", text)) => tracing::error!(child = "freeradius", "{text}"),
                Some(("Warning", text)) => tracing::warn!(child = "freeradius", "{text}"),
                _ => tracing::debug!(child = "freeradius", "{text}"),
            }
        }
    })?;
    Ok(())
}

/// Writes the directory for a FreeRADIUS that the system runs (`freeradius -d DIR`), on the usual ports.
///
/// # Errors
/// A folder that cannot be written, or a connection that the configuration cannot carry.
pub fn export(dir: &Path, conninfo: String, key: ProjectionKey, wish: RadiusWish) -> anyhow::Result<()> {
    let settings = RadiusSettings {
        db_conninfo: conninfo,
        key,
        bind: wish.bind,
        auth_port: AUTH_PORT,
        acct_port: AUTH_PORT + 1,
        status_port: STATUS_PORT,
        nas_net: wish.nas_net,
        state_dir: dir.join("state"),
        run_as: unprivileged()?,
    };
    ConfigDir::write(dir, &settings)?;
    Ok(())
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
    fn a_demo_hears_only_this_machine() {
        let wish = RadiusWish::demo();
        assert!(wish.nas_net.contains(&wish.bind));
        assert!(!wish.nas_net.contains(&IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))));
    }
}
