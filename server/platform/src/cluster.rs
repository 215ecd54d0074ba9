//! A private PostgreSQL cluster in the state folder, from the system's binaries: the database of an installation that
//! was given none. PostgreSQL refuses to run as root, so then it runs as the unprivileged user `postgres`.

use sqlx::postgres::PgConnectOptions;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why the embedded database cannot start, as one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("PostgreSQL's server programs were not found. Install the package postgresql (version 15 or later).")]
    NoBinaries,
    #[error(
        "PostgreSQL must not run as root and the user \"postgres\" does not exist. Install the package postgresql."
    )]
    NoUser,
    #[error("The folder {0} cannot be written: {1}")]
    Folder(PathBuf, io::Error),
    #[error("{0} failed: {1}")]
    Program(&'static str, String),
    #[error("Another process ({0}) already uses the database in {1}. Stop it first.")]
    InUse(i32, PathBuf),
    #[error("PostgreSQL does not answer for 30 seconds: {0}")]
    NotReady(String),
}

/// Who runs the server when we are root.
#[derive(Debug, Clone, Copy)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

/// A cluster's places and its superuser's password.
#[derive(Debug, Clone)]
pub struct Cluster {
    data: PathBuf,
    sockets: PathBuf,
    bin: PathBuf,
    user: Option<User>,
    password: String,
}

/// How long the server may be silent while it starts.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a person who waits is told why.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The port in the socket's name; nothing listens on TCP.
const PORT: u16 = 5432;

impl Cluster {
    /// The cluster of a state folder as it stands, without making anything.
    ///
    /// # Errors
    /// When PostgreSQL's programs or its user are missing.
    pub fn at(state: &Path, password: &str) -> Result<Self, ClusterError> {
        let bin = binaries().ok_or(ClusterError::NoBinaries)?;
        let is_root = rustix::process::geteuid().is_root();
        let user = if is_root { Some(user("postgres").ok_or(ClusterError::NoUser)?) } else { None };
        Ok(Self { data: state.join("postgres"), sockets: state.join("run"), bin, user, password: password.to_owned() })
    }

    /// Finds the programs and makes the folders and, the first time, the cluster (`initdb`).
    ///
    /// # Errors
    /// A sentence for the operator: programs missing, folder not writable, somebody else on it.
    pub fn init(state: &Path, password: &str) -> Result<Self, ClusterError> {
        let cluster = Self::at(state, password)?;
        let user = cluster.user;
        for (folder, mode) in [(&cluster.data, 0o700), (&cluster.sockets, 0o755)] {
            own_folder(folder, mode, user).map_err(|e| ClusterError::Folder(folder.clone(), e))?;
        }
        if !cluster.data.join("PG_VERSION").exists() {
            cluster.initdb(state)?;
        }
        Ok(cluster)
    }

    /// Makes the cluster beside its place and then names it: a kill in between leaves nothing that looks like a database.
    fn initdb(&self, state: &Path) -> Result<(), ClusterError> {
        let draft = state.join("postgres.new");
        let folder = |error| ClusterError::Folder(draft.clone(), error);
        match fs::remove_dir_all(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(folder(error)),
            _ => own_folder(&draft, 0o700, self.user).map_err(folder)?,
        }
        let pwfile = self.sockets.join("pw");
        fs::write(&pwfile, &self.password).map_err(|e| ClusterError::Folder(state.to_owned(), e))?;
        let private = fs::set_permissions(&pwfile, fs::Permissions::from_mode(0o600))
            .and_then(|()| self.user.map_or(Ok(()), |u| chown(&pwfile, Some(u.uid), Some(u.gid))));
        let made = private.map_err(|e| ClusterError::Folder(pwfile.clone(), e)).and_then(|()| {
            let output = self
                .command("initdb")
                .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"])
                .arg(format!("--pwfile={}", pwfile.display()))
                .arg(format!("--pgdata={}", draft.display()))
                .output()
                .map_err(|e| ClusterError::Program("initdb", e.to_string()))?;
            if output.status.success() {
                return Ok(());
            }
            Err(ClusterError::Program("initdb", String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        });
        let _ = fs::remove_file(&pwfile);
        // The place is an empty folder so far.
        made.and_then(|()| fs::rename(&draft, &self.data).map_err(|e| ClusterError::Folder(self.data.clone(), e)))
    }

    fn command(&self, program: &str) -> Command {
        // The server ends with us, whatever ends us; setpriv sets that signal after the change of user, which clears it.
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=INT");
        if let Some(user) = self.user {
            command.arg(format!("--reuid={}", user.uid)).arg(format!("--regid={}", user.gid)).arg("--init-groups");
        }
        command.arg("--").arg(self.bin.join(program));
        command.current_dir("/").env("LC_ALL", "C.UTF-8").env_remove("PGDATA");
        command
    }

    /// The server as a child process, to be spawned by whoever supervises it. SIGINT stops it cleanly.
    ///
    /// # Errors
    /// When a living process holds the cluster already.
    pub fn server(&self) -> Result<Command, ClusterError> {
        if let Some(pid) = self.living_server() {
            return Err(ClusterError::InUse(pid, self.data.clone()));
        }
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(&self.data)
            .arg("-k")
            .arg(&self.sockets)
            .args(["-c", "listen_addresses=", "-c", "max_connections=100", "-c", "shared_buffers=256MB"])
            .args(["-c", "log_min_messages=warning", "-c", "password_encryption=scram-sha-256"])
            .arg("-p")
            .arg(PORT.to_string())
            .stdin(Stdio::null());
        Ok(command)
    }

    /// The pid in `postmaster.pid`, when that process lives and is a postgres. A stale file is PostgreSQL's to clean.
    pub fn living_server(&self) -> Option<i32> {
        let file = fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        let pid: i32 = file.lines().next()?.trim().parse().ok()?;
        let comm = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        comm.trim().starts_with("postgres").then_some(pid)
    }

    /// How to connect as the cluster's superuser.
    pub fn superuser(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .port(PORT)
            .username("postgres")
            .password(&self.password)
            .database("postgres")
    }

    /// The libpq form of a connection to `database` as `role`, for programs that are not ours (FreeRADIUS).
    pub fn conninfo(&self, database: &str, role: &str, password: &str) -> String {
        format!("host={} port={PORT} dbname={database} user={role} password={password}", self.sockets.display())
    }

    /// Waits until connections are answered. A database that repairs itself after a crash says so and may take long; one
    /// that says nothing for 30 seconds is given up.
    ///
    /// # Errors
    /// [`ClusterError::NotReady`].
    pub async fn wait_ready(&self) -> Result<(), ClusterError> {
        use sqlx::Connection;
        let (mut heard, mut told) = (Instant::now(), Instant::now());
        loop {
            match sqlx::PgConnection::connect_with(&self.superuser()).await {
                Ok(connection) => {
                    let _ = connection.close().await;
                    return Ok(());
                }
                // 57P03: the database system is starting up.
                Err(error) if error.as_database_error().and_then(|e| e.code()).as_deref() == Some("57P03") => {
                    heard = Instant::now();
                }
                Err(error) if heard.elapsed() > PATIENCE => return Err(ClusterError::NotReady(error.to_string())),
                Err(_) => {}
            }
            if told.elapsed() > TELL_EVERY {
                tracing::info!("waiting for PostgreSQL, which repairs its database after a crash");
                told = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

/// Makes a folder that belongs to `user` with `mode`.
pub fn own_folder(folder: &Path, mode: u32, user: Option<User>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
    match user {
        Some(user) => chown(folder, Some(user.uid), Some(user.gid)),
        None => Ok(()),
    }
}

/// The folder of PostgreSQL's server programs: the newest of Debian's, else what `pg_config` says.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("postgres").exists() && bin.join("initdb").exists())
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return Some(bin);
    }
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let bin = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    bin.join("postgres").exists().then_some(bin)
}

/// Looks a user up in the password file.
pub fn user(name: &str) -> Option<User> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let fields: Vec<&str> =
        passwd.lines().map(|l| l.split(':').collect::<Vec<_>>()).find(|f| f.first() == Some(&name))?;
    Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}
