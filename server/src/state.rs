//! The state folder: the embedded database, FreeRADIUS' directory, files, and the installation's secrets.

use platform::secrets::{Key, random_token};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Why there is no state folder, as one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("The folder {0} cannot be written ({1}). Name another with --state or MTANDAO_STATE.")]
    NotWritable(PathBuf, std::io::Error),
    #[error("The secrets in {0} cannot be read: {1}")]
    Secrets(PathBuf, String),
}

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
