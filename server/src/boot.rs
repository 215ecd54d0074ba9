//! Starting everything in order: state folder, database, migrations, the program, its workers; and stopping in reverse.

use crate::children::{Children, Spec};
use crate::modules;
use crate::state::{self, State};
use platform::app::{Builder, Connections, Settings};
use platform::cluster::Cluster;
use platform::{App, db, jobs, live};
use rustix::process::Signal;
use sqlx::postgres::PgConnectOptions;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The database of an installation inside its cluster.
const DATABASE: &str = "mtandao";

/// What the operator asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub state: Option<PathBuf>,
    pub settings: Settings,
}

/// A running installation: the program, its children, its workers.
pub struct Installation {
    pub app: App,
    pub state: State,
    /// The embedded cluster, unless a database was given.
    pub cluster: Option<Cluster>,
    pub children: Children,
    workers: JoinSet<()>,
    stop: CancellationToken,
}

/// Starts database and program. Errors are sentences for the operator.
pub async fn start(wish: Wish) -> anyhow::Result<Installation> {
    // reqwest panics without a provider; a second installation of it is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let state = state::open(wish.state)?;
    let children = Children::default();
    let (connections, cluster) = match std::env::var("DATABASE_URL") {
        Ok(url) if !url.is_empty() => (given_database(&url, &state).await?, None),
        _ => {
            let cluster = start_cluster(&state, &children).await?;
            let connections = db::prepare(&cluster.superuser(), DATABASE, &state.secrets.role_password).await?;
            (connections, Some(cluster))
        }
    };
    let key = state.secrets.master_key().ok_or_else(|| anyhow::anyhow!("The master key in secrets.json is damaged."))?;
    let builder = Builder::new(Arc::new(identity::identify::ByLogin), key, wish.settings).modules(modules::all());
    let app = builder.build(connections).await?;
    let mut installation =
        Installation { app, state, cluster, children, workers: JoinSet::new(), stop: CancellationToken::new() };
    installation.start_workers();
    Ok(installation)
}

/// A database that the operator runs. Roles are made when the login may; otherwise three addresses are read.
async fn given_database(url: &str, state: &State) -> anyhow::Result<Connections> {
    if let (Ok(app), Ok(platform)) = (std::env::var("DATABASE_URL_APP"), std::env::var("DATABASE_URL_PLATFORM")) {
        db::migrate(&PgConnectOptions::from_str(url)?).await?;
        return Ok(Connections { app: app.parse()?, platform: platform.parse()? });
    }
    let bootstrap = PgConnectOptions::from_str(url)?;
    let name = bootstrap.get_database().unwrap_or(DATABASE).to_owned();
    Ok(db::prepare(&bootstrap, &name, &state.secrets.role_password).await?)
}

async fn start_cluster(state: &State, children: &Children) -> anyhow::Result<Cluster> {
    let cluster = Cluster::init(&state.folder, &state.secrets.superuser_password)?;
    let again = cluster.clone();
    children
        .run(Spec {
            name: "postgres",
            start: Box::new(move || again.server().map_err(|e| e.to_string())),
            stop: Signal::INT,
        })
        .map_err(anyhow::Error::msg)?;
    cluster.wait_ready().await?;
    Ok(cluster)
}

impl Installation {
    fn start_workers(&mut self) {
        let (app, stop) = (self.app.clone(), self.stop.clone());
        self.workers.spawn(live::listen(app.clone(), stop.clone()));
        self.workers.spawn(jobs::work(app.clone(), stop.clone()));
        self.workers.spawn(jobs::watch_days(app, stop));
    }

    /// Finishes running jobs, closes the pools, stops the children, last started first.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let finish = async { while self.workers.join_next().await.is_some() {} };
        if tokio::time::timeout(std::time::Duration::from_secs(20), finish).await.is_err() {
            tracing::warn!("workers did not finish in 20 seconds; their jobs run again at the next start");
        }
        self.workers.abort_all();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), self.app.close()).await;
        let mut children = self.children;
        let _ = tokio::task::spawn_blocking(move || children.stop()).await;
    }
}
