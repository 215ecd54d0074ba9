//! The database of an installation: a private cluster in its state folder, or the one that the operator's DATABASE_URL
//! names. The one rule: what is started here is ours alone, and what was given is never removed.

use crate::children::{Children, Gravity, Spec, speak_through_our_log};
use crate::state::State;
use anyhow::Context;
use platform::app::Connections;
use platform::cluster::Cluster;
use platform::db;
use rustix::process::Signal;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::str::FromStr;

/// The database of an installation inside its own cluster.
const NAME: &str = "mtandao";
/// The role as which FreeRADIUS connects.
const RADIUS_ROLE: &str = "mtandao_radius";

/// Where the rows are.
pub enum Database {
    /// The private cluster, when it is to run or runs.
    Own(Cluster),
    /// The operator's, by its address.
    Given(String),
}

impl Database {
    /// The operator's when DATABASE_URL names one, else a private cluster, which is made the first time. Starts nothing.
    ///
    /// # Errors
    /// A sentence for the operator: PostgreSQL's programs are missing, the folder is not writable.
    pub fn choose(state: &State) -> anyhow::Result<Self> {
        match given_url() {
            Some(url) => Ok(Self::Given(url)),
            None => Ok(Self::Own(Cluster::init(&state.folder, &state.secrets.superuser_password)?)),
        }
    }

    /// The database of an installation as it stands, without making anything.
    ///
    /// # Errors
    /// When PostgreSQL's programs are missing.
    pub fn known(state: &State) -> anyhow::Result<Self> {
        match given_url() {
            Some(url) => Ok(Self::Given(url)),
            None => Ok(Self::Own(Cluster::at(&state.folder, &state.secrets.superuser_password)?)),
        }
    }

    /// The database of an installation that runs.
    ///
    /// # Errors
    /// A sentence when it does not run.
    pub fn running(state: &State) -> anyhow::Result<Self> {
        let database = Self::known(state)?;
        if let Self::Own(cluster) = &database {
            anyhow::ensure!(
                cluster.living_server().is_some(),
                "Mtandao does not run in {}. Start it first, or name its folder with --state.",
                state.folder.display()
            );
        }
        Ok(database)
    }

    /// Whether the operator runs it.
    pub fn is_given(&self) -> bool {
        matches!(self, Self::Given(_))
    }

    /// Starts the private cluster; brings roles and schema to this program's version.
    ///
    /// # Errors
    /// A sentence for the operator; nothing half done stays.
    pub async fn start(&self, state: &State, children: &Children) -> anyhow::Result<Connections> {
        let Self::Own(cluster) = self else { return self.connections(state).await };
        let again = cluster.clone();
        children
            .run(Spec {
                name: "postgres",
                start: Box::new(move || {
                    let mut command = again.server().map_err(|e| e.to_string())?;
                    speak_through_our_log(&mut command, "postgres", judge)
                        .map_err(|e| format!("PostgreSQL's output cannot be read: {e}"))?;
                    Ok(command)
                }),
                stop: Signal::INT,
            })
            .map_err(anyhow::Error::msg)?;
        cluster.wait_ready().await?;
        Ok(db::prepare(&cluster.superuser(), NAME, &state.secrets.role_password).await?)
    }

    /// How the program connects to a database that runs. Of the operator's, the schema is brought up to date; its roles are
    /// made when the login may, and otherwise read from their own three addresses.
    ///
    /// # Errors
    /// The database's.
    pub async fn connections(&self, state: &State) -> anyhow::Result<Connections> {
        let url = match self {
            Self::Own(cluster) => {
                let role =
                    |role| cluster.superuser().database(NAME).username(role).password(&state.secrets.role_password);
                return Ok(Connections { app: role("mtandao_app"), platform: role("mtandao_platform") });
            }
            Self::Given(url) => url,
        };
        let bootstrap =
            PgConnectOptions::from_str(url).context("DATABASE_URL is no address of a PostgreSQL database")?;
        if let (Ok(app), Ok(platform)) = (std::env::var("DATABASE_URL_APP"), std::env::var("DATABASE_URL_PLATFORM")) {
            db::migrate(&bootstrap).await?;
            return Ok(Connections { app: app.parse()?, platform: platform.parse()? });
        }
        let name = bootstrap.get_database().unwrap_or(NAME).to_owned();
        Ok(db::prepare(&bootstrap, &name, &state.secrets.role_password).await?)
    }

    /// How the owner of the tables connects to a database that runs.
    ///
    /// # Errors
    /// When the operator's address cannot be read.
    pub fn owner(&self, state: &State) -> anyhow::Result<PgConnectOptions> {
        let as_owner =
            |options: PgConnectOptions| options.username("mtandao_owner").password(&state.secrets.role_password);
        match self {
            Self::Own(cluster) => Ok(as_owner(cluster.superuser().database(NAME))),
            Self::Given(url) => {
                let given = PgConnectOptions::from_str(url)?;
                // Whoever prepares the roles themselves gives the owner's address.
                Ok(if std::env::var("DATABASE_URL_APP").is_ok() { given } else { as_owner(given) })
            }
        }
    }

    /// Empties the private database of demo data that a kill left half done.
    ///
    /// # Errors
    /// Refused for the operator's own database.
    pub async fn make_anew(&self, state: &State) -> anyhow::Result<()> {
        let Self::Own(cluster) = self else {
            anyhow::bail!("The demo data in this database are half done. Empty the database and start again.");
        };
        db::remove(&cluster.superuser(), NAME).await?;
        db::prepare(&cluster.superuser(), NAME, &state.secrets.role_password).await?;
        Ok(())
    }

    /// libpq's form of FreeRADIUS' connection.
    ///
    /// # Errors
    /// When an address cannot be read.
    pub fn for_radius(&self, state: &State) -> anyhow::Result<String> {
        match self {
            Self::Own(cluster) => Ok(cluster.conninfo(NAME, RADIUS_ROLE, &state.secrets.role_password)),
            Self::Given(url) => match std::env::var("DATABASE_URL_RADIUS") {
                Ok(own) if !own.is_empty() => {
                    let wrong = "DATABASE_URL_RADIUS must be postgres://mtandao_radius:PASSWORD@HOST/DATABASE, its password \
                                 of letters and digits.";
                    let address = reqwest::Url::parse(&own).context(wrong)?;
                    let password = address.password().filter(|p| p.bytes().all(|b| b.is_ascii_alphanumeric()));
                    libpq(&own, address.username(), password.context(wrong)?)
                }
                _ => libpq(url, RADIUS_ROLE, &state.secrets.role_password),
            },
        }
    }
}

/// What PostgreSQL says: `2026-11-21 16:19:15.134 UTC [21716] LOG:  database system is ready …`.
fn judge(line: &str) -> (Gravity, &str) {
    let text = line.split_once("] ").map_or(line, |(_, text)| text);
    let gravity = match text.split_once(':') {
        // Somebody asked too early or too late, and asks again.
        Some(("FATAL", text)) if ASKED_AT_A_BAD_TIME.iter().any(|words| text.contains(words)) => Gravity::Daily,
        Some(("FATAL" | "PANIC", _)) => Gravity::Error,
        Some(("ERROR" | "WARNING", _)) => Gravity::Warning,
        _ => Gravity::Daily,
    };
    (gravity, text)
}

/// A start or a stop under way, or somebody who went away without a word.
const ASKED_AT_A_BAD_TIME: [&str; 3] =
    ["the database system is", "terminating connection", "connection to client lost"];

fn given_url() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// An address in libpq's form, for another role.
fn libpq(url: &str, role: &str, password: &str) -> anyhow::Result<String> {
    let options = PgConnectOptions::from_str(url)?;
    let host = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let ssl = match options.get_ssl_mode() {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    };
    let (port, name) = (options.get_port(), options.get_database().unwrap_or(NAME));
    Ok(format!("host={host} port={port} dbname={name} user={role} password={password} sslmode={ssl}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_came_too_early_is_nothing_to_report() {
        let early = "2026-11-21 16:19:15.1 UTC [7] FATAL:  the database system is starting up";
        assert_eq!(judge(early).0, Gravity::Daily);
        let full = "2026-11-21 16:19:15.1 UTC [7] PANIC:  could not write to file: No space left on device";
        assert_eq!(judge(full), (Gravity::Error, "PANIC:  could not write to file: No space left on device"));
    }

    #[test]
    fn freeradius_connects_where_the_program_does_as_its_own_role() {
        let got = libpq("postgres://boss:secret@db.isp.example:6432/isp?sslmode=require", RADIUS_ROLE, "ab12").unwrap();
        let wanted = "host=db.isp.example port=6432 dbname=isp user=mtandao_radius password=ab12 sslmode=require";
        assert_eq!(got, wanted);
        let got = libpq("postgres://boss@localhost/isp?host=/run/postgresql", RADIUS_ROLE, "ab12").unwrap();
        assert!(got.starts_with("host=/run/postgresql port=5432 dbname=isp "), "{got}");
    }
}
