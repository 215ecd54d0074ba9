//! The state folder: the embedded database, FreeRADIUS' directory, files, and the installation's secrets.

use platform::secrets::{Key, random_token};
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Why there is no state folder, as one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("The folder {0} cannot be written ({1}). Name another with --state or MTANDAO_STATE.")]
    NotWritable(PathBuf, std::io::Error),
    #[error("The secrets in {0} cannot be read: {1}")]
    Secrets(PathBuf, String),
    #[error("Mtandao already runs in {0} (process {1}). Stop it first, or name another folder with --state.")]
    InUse(PathBuf, String),
}

/// The right to run in a state folder. Ends with the process, whatever ends that.
#[derive(Debug)]
pub struct Hold(#[allow(dead_code, reason = "the lock lives as long as the open file")] File);

/// The state folder and what it keeps secret.
#[derive(Debug, Clone)]
pub struct State {
    pub folder: PathBuf,
    pub secrets: Secrets,
}

/// Made at the first start, readable by the owner only, never logged.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Secrets {
    /// Wraps the tenants' data keys.
    master_key: String,
    /// The password of the embedded cluster's superuser.
    pub superuser_password: String,
    /// The password of the four roles.
    pub role_password: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    fn new() -> Self {
        Self { master_key: Key::random().to_hex(), superuser_password: random_token(), role_password: random_token() }
    }

    pub fn master_key(&self) -> Option<Key> {
        Key::from_hex(&self.master_key)
    }
}

impl State {
    /// Takes the folder for this process alone: two programs over one database and one set of ports are a mess.
    ///
    /// # Errors
    /// [`StateError::InUse`] with the other's process id.
    pub fn hold(&self) -> Result<Hold, StateError> {
        let path = self.folder.join("server.lock");
        let not_writable = |error| StateError::NotWritable(self.folder.clone(), error);
        let open = fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let mut file = open.map_err(not_writable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut other = String::new();
                let _ = file.read_to_string(&mut other);
                return Err(StateError::InUse(self.folder.clone(), other.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(not_writable(error)),
        }
        let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        written.map_err(not_writable)?;
        Ok(Hold(file))
    }
}

/// Opens the state folder, making it and its secrets the first time.
pub fn open(wanted: Option<PathBuf>) -> Result<State, StateError> {
    let folder = match wanted {
        Some(folder) => folder,
        None => default_folder(),
    };
    let not_writable = |error| StateError::NotWritable(folder.clone(), error);
    fs::create_dir_all(&folder).map_err(not_writable)?;
    let folder = folder.canonicalize().map_err(not_writable)?;
    let secrets = read_or_make_secrets(&folder)?;
    Ok(State { folder, secrets })
}

/// `.data` beside us, unless the database's user could not reach it: then a folder of the system's.
fn default_folder() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    if !rustix::process::geteuid().is_root() || everybody_may_pass(&here) {
        return here.join(".data");
    }
    use sha2::{Digest, Sha256};
    let short = &hex::encode(Sha256::digest(here.as_os_str().as_encoded_bytes()))[..8];
    PathBuf::from("/var/lib/mtandao").join(short)
}

/// Whether an unprivileged user can traverse the path: PostgreSQL does not run as root and must reach its data.
fn everybody_may_pass(path: &Path) -> bool {
    path.ancestors().all(|folder| fs::metadata(folder).is_ok_and(|m| m.mode() & 0o001 != 0))
}

fn read_or_make_secrets(folder: &Path) -> Result<Secrets, StateError> {
    let path = folder.join("secrets.json");
    let unreadable = |why: String| StateError::Secrets(path.clone(), why);
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|e| unreadable(e.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secrets = Secrets::new();
            let text = serde_json::to_string_pretty(&secrets).map_err(|e| unreadable(e.to_string()))?;
            // Written whole, then named: a kill in between leaves no half file.
            let draft = folder.join("secrets.json.new");
            let write = || -> std::io::Result<()> {
                let mut file =
                    fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                fs::set_permissions(&draft, fs::Permissions::from_mode(0o600))?;
                fs::rename(&draft, &path)
            };
            write().map_err(|e| StateError::NotWritable(folder.to_owned(), e))?;
            Ok(secrets)
        }
        Err(error) => Err(unreadable(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_which_a_program_runs_is_refused_to_the_second() {
        let folder = std::env::temp_dir().join(format!("mtandao-hold-{}", random_token()));
        let state = open(Some(folder.clone())).unwrap();
        let hold = state.hold().unwrap();
        let refused = state.hold().unwrap_err().to_string();
        assert!(refused.contains(&format!("(process {})", std::process::id())), "{refused}");
        drop(hold);
        assert!(state.hold().is_ok());
        fs::remove_dir_all(folder).unwrap();
    }
}
