//! A FreeRADIUS that plays the router in tests: somebody else's implementation of the receiving half of RFC 5176.
//! The one rule: it judges our packets by its own code, never by ours.

use super::{ConfigDir, FreeRadiusError, fill, quotable};
use gateways::Secret;
use platform::cluster::User;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

const MODULES: &str = include_str!("conf/nas_modules.conf");
const SITE: &str = include_str!("conf/nas_site.conf");

/// A router that acknowledges commands about user names it knows and refuses the others with cause 503.
#[derive(Debug, Clone)]
pub struct NasDouble {
    pub bind: IpAddr,
    pub coa_port: u16,
    pub status_port: u16,
    pub secret: Secret,
    /// Where commands may come from.
    pub platform: IpAddr,
    /// The user names with a session; `None`: every one.
    pub known: Option<Vec<String>>,
    /// Whether it changes sessions; an old router only ends them.
    pub can_change: bool,
    pub state_dir: PathBuf,
    pub run_as: Option<User>,
}

impl NasDouble {
    /// Writes its directory; the rest is as for the server itself.
    ///
    /// # Errors
    /// As [`ConfigDir::write`].
    pub fn write(&self, dir: &Path) -> Result<ConfigDir, FreeRadiusError> {
        let known = match &self.known {
            None => "&User-Name".to_owned(),
            Some(names) => {
                let tests: Result<Vec<String>, _> = names
                    .iter()
                    .map(|name| quotable(name, "known").map(|name| format!("&User-Name == \"{name}\"")))
                    .collect();
                tests?.join(" || ")
            }
        };
        let site = fill(
            SITE,
            &[
                ("BIND", &self.bind.to_string()),
                ("COA_PORT", &self.coa_port.to_string()),
                ("CLIENT", &self.platform.to_string()),
                ("SECRET", quotable(self.secret.expose(), "secret")?),
                ("REFUSES", if self.can_change { "false" } else { "\"%{Packet-Type}\" == \"CoA-Request\"" }),
                ("KNOWN", if known.is_empty() { "false" } else { &known }),
            ],
        );
        let files = [("modules.conf", MODULES), ("site.conf", site.as_str())];
        ConfigDir::write_files(dir, "nas", &self.state_dir, self.status_port, self.run_as, &files)
    }
}
