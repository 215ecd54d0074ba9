//! FreeRADIUS as a child of the platform: its self-contained configuration directory, the command that runs it, and
//! how one knows that it is ready. Whoever supervises spawns the command.
//! The one rule: the directory is written anew at every start and only FreeRADIUS's own user can read it.

mod nas_double;

pub use nas_double::NasDouble;

use super::ProjectionKey;
use gateways::Secret;
use gateways::radius::NasClient;
use ipnet::IpNet;
use platform::cluster::{User, own_folder, user};
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RADIUSD: &str = include_str!("conf/radiusd.conf");
const MODULES: &str = include_str!("conf/modules.conf");
const SITE: &str = include_str!("conf/site.conf");
const ACCESS_REJECT: &str = include_str!("conf/access_reject");

/// Everything that a directory depends on.
#[derive(Debug, Clone)]
pub struct RadiusSettings {
    /// libpq's form, as role `mtandao_radius`, without `options`: `host=… dbname=… user=mtandao_radius password=…`.
    pub db_conninfo: String,
    /// Opens the projection's secrets; travels in the connection's options.
    pub key: ProjectionKey,
    pub bind: IpAddr,
    pub auth_port: u16,
    pub acct_port: u16,
    /// Answers Status-Server, on the loopback.
    pub status_port: u16,
    /// Where routers may be; packets from elsewhere are not even looked up.
    pub nas_net: IpNet,
    /// Writable by FreeRADIUS: its pid file.
    pub state_dir: PathBuf,
    /// Who runs it when we are root (see [`unprivileged`]).
    pub run_as: Option<User>,
}

/// Why FreeRADIUS cannot run, as one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum FreeRadiusError {
    #[error(
        "FreeRADIUS was not found. Install the packages freeradius and freeradius-postgresql (version 3.2 or later)."
    )]
    NotInstalled,
    #[error(
        "FreeRADIUS must not run as root, and neither the user \"freerad\" nor \"nobody\" exists. Install the package \
             freeradius."
    )]
    NoUser,
    #[error("The folder {0} cannot be written: {1}")]
    Folder(PathBuf, io::Error),
    #[error(
        "The setting {0} of FreeRADIUS has a character that its configuration cannot carry, or an option of its own."
    )]
    Setting(&'static str),
    #[error("FreeRADIUS refuses its configuration: {0}")]
    Refused(String),
    #[error("FreeRADIUS did not answer on port {port} within {seconds} seconds. Its output says why.")]
    NotReady { port: u16, seconds: u64 },
    #[error("FreeRADIUS could not be started: {0}")]
    Start(io::Error),
}

/// A directory that was written, and how to reach what runs from it.
#[derive(Debug, Clone)]
pub struct ConfigDir {
    dir: PathBuf,
    run_as: Option<User>,
    status_port: u16,
    status_secret: Secret,
}

/// Whom FreeRADIUS runs as: nobody special when we are nobody special; else Debian's `freerad`, or `nobody`.
///
/// # Errors
/// [`FreeRadiusError::NoUser`].
pub fn unprivileged() -> Result<Option<User>, FreeRadiusError> {
    // A process's own folder in /proc belongs to its user.
    let own = fs::metadata("/proc/self").map_err(FreeRadiusError::Start)?;
    if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
        return Ok(None);
    }
    user("freerad").or_else(|| user("nobody")).map(Some).ok_or(FreeRadiusError::NoUser)
}

impl ConfigDir {
    /// Writes the configuration of the RADIUS server. Every start makes a new secret for Status-Server.
    ///
    /// # Errors
    /// A folder that cannot be written, or a setting that the configuration cannot carry.
    pub fn write(dir: &Path, settings: &RadiusSettings) -> Result<Self, FreeRadiusError> {
        let db = connection(&settings.db_conninfo, &settings.key)?;
        let client_address = if settings.bind.is_ipv4() {
            "&FreeRADIUS-Client-IP-Address = \"%{Packet-Src-IP-Address}\""
        } else {
            "&FreeRADIUS-Client-IPv6-Address = \"%{Packet-Src-IPv6-Address}\""
        };
        let site = fill(
            SITE,
            &[
                ("NAS_NET", &settings.nas_net.to_string()),
                ("CLIENT_ADDRESS", client_address),
                ("BIND", &settings.bind.to_string()),
                ("AUTH_PORT", &settings.auth_port.to_string()),
                ("ACCT_PORT", &settings.acct_port.to_string()),
            ],
        );
        let modules = fill(MODULES, &[("DB", &db)]);
        let files = [("modules.conf", modules.as_str()), ("site.conf", &site), ("access_reject", ACCESS_REJECT)];
        Self::write_files(dir, "radiusd", &settings.state_dir, settings.status_port, settings.run_as, &files)
    }

    fn write_files(
        dir: &Path,
        name: &str,
        state: &Path,
        status_port: u16,
        run_as: Option<User>,
        files: &[(&str, &str)],
    ) -> Result<Self, FreeRadiusError> {
        for folder in [dir, state] {
            own_folder(folder, 0o700, run_as).map_err(|error| FreeRadiusError::Folder(folder.to_owned(), error))?;
        }
        let octets: [u8; 16] = rand::random();
        let status_secret = octets.map(|octet| format!("{octet:02x}")).concat();
        let main = fill(
            RADIUSD,
            &[
                ("DIR", path(dir)?),
                ("STATE", path(state)?),
                ("LIBDIR", library()),
                ("NAME", name),
                ("STATUS_PORT", &status_port.to_string()),
                ("STATUS_SECRET", &status_secret),
            ],
        );
        for (file, text) in files.iter().chain(&[("radiusd.conf", main.as_str())]) {
            private_file(&dir.join(file), text, run_as)
                .map_err(|error| FreeRadiusError::Folder(dir.join(file), error))?;
        }
        Ok(Self { dir: dir.to_owned(), run_as, status_port, status_secret: Secret::new(status_secret) })
    }

    /// The server as a child process in the foreground, its log on standard output. It ends when the *thread* that
    /// spawns it ends, so spawn it from one that lives as long as the process. SIGTERM stops it.
    ///
    /// # Errors
    /// [`FreeRadiusError::NotInstalled`].
    pub fn command(&self) -> Result<Command, FreeRadiusError> {
        let mut command = self.program(&["--pdeathsig", "INT"])?;
        command.args(["-f", "-l", "stdout", "-n", "radiusd", "-d"]).arg(&self.dir).stdin(Stdio::null());
        Ok(command)
    }

    /// Lets FreeRADIUS read the directory without serving.
    ///
    /// # Errors
    /// [`FreeRadiusError::Refused`] with its last lines.
    pub fn check(&self) -> Result<(), FreeRadiusError> {
        let mut command = self.program(&[])?;
        command.args(["-C", "-l", "stdout", "-n", "radiusd", "-d"]).arg(&self.dir).stdin(Stdio::null());
        let output = command.output().map_err(FreeRadiusError::Start)?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        Err(FreeRadiusError::Refused(lines[lines.len().saturating_sub(5)..].join(" / ")))
    }

    /// Waits until the server answers Status-Server.
    ///
    /// # Errors
    /// [`FreeRadiusError::NotReady`] after `patience`.
    pub async fn wait_ready(&self, patience: Duration) -> Result<(), FreeRadiusError> {
        let until = Instant::now() + patience;
        while !self.is_alive().await {
            if Instant::now() > until {
                return Err(FreeRadiusError::NotReady { port: self.status_port, seconds: patience.as_secs() });
            }
        }
        Ok(())
    }

    /// Whether the server answers Status-Server within 100 ms.
    pub async fn is_alive(&self) -> bool {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let server = SocketAddr::new(loopback, self.status_port);
        let client = NasClient::new(server, server, self.status_secret.clone(), loopback);
        client.with_schedule(&[Duration::from_millis(100)]).status().await.is_ok()
    }

    fn program(&self, setpriv: &[&str]) -> Result<Command, FreeRadiusError> {
        let program = binary().ok_or(FreeRadiusError::NotInstalled)?;
        let mut command = Command::new("setpriv");
        if let Some(user) = self.run_as {
            command.arg(format!("--reuid={}", user.uid)).arg(format!("--regid={}", user.gid)).arg("--init-groups");
        }
        command.args(setpriv).arg("--").arg(program).current_dir("/");
        Ok(command)
    }
}

/// libpq's connection with the two options that make it ours. Reports are stored without waiting for the disk: a
/// crash loses less than a second, and the next report repairs it.
fn connection(conninfo: &str, key: &ProjectionKey) -> Result<String, FreeRadiusError> {
    if !conninfo.contains('=') || conninfo.contains("options") {
        return Err(FreeRadiusError::Setting("db_conninfo"));
    }
    let whole = format!("{conninfo} options='-c radius.key={} -c synchronous_commit=off'", key.digits());
    quotable(&whole, "db_conninfo")?;
    Ok(whole)
}

/// Refuses what would end a quoted string of the configuration or be expanded inside it.
fn quotable<'a>(text: &'a str, setting: &'static str) -> Result<&'a str, FreeRadiusError> {
    if text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\' | '$' | '%' | '@')) {
        return Err(FreeRadiusError::Setting(setting));
    }
    Ok(text)
}

/// A folder's name, which stands in the configuration without quotes.
fn path(folder: &Path) -> Result<&str, FreeRadiusError> {
    let text = folder.to_str().ok_or(FreeRadiusError::Setting("folder"))?;
    if text.contains(char::is_whitespace) {
        return Err(FreeRadiusError::Setting("folder"));
    }
    quotable(text, "folder")
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("@{name}@"), value))
}

/// Writes a file that was never readable by another user, not even for a moment.
fn private_file(path: &Path, text: &str, owner: Option<User>) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if let Some(owner) = owner {
        fchown(&file, Some(owner.uid), Some(owner.gid))?;
    }
    file.write_all(text.as_bytes())
}

/// Debian calls the program `freeradius`, others `radiusd`; neither need be on an ordinary user's path.
fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]).collect();
    ["freeradius", "radiusd"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}

/// Where its modules are.
fn library() -> &'static str {
    let places = ["/usr/lib/freeradius", "/usr/lib64/freeradius", "/usr/local/lib"];
    places.into_iter().find(|place| Path::new(place).join("rlm_sql.so").exists()).unwrap_or("/usr/lib/freeradius")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_could_break_out_of_its_quotes_is_refused() {
        let key = ProjectionKey::new([7; 32]);
        for bad in ["host=/run \" }", "host=${x}", "host=\\x", "host=a\nb", "mtandao", "host=a options='-c x=y'"] {
            assert!(matches!(connection(bad, &key), Err(FreeRadiusError::Setting(_))), "{bad}");
        }
        let good = connection("host=/run dbname=mtandao user=mtandao_radius password=ab12", &key).unwrap();
        assert!(good.ends_with("-c synchronous_commit=off'"));
    }
}
