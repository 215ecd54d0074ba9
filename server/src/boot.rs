//! Starting everything in order: state folder, database, migrations, the program, its workers; and stopping in reverse.

use crate::children::{Children, Spec};
use crate::freeradius::{self, RadiusWish};
use crate::nas_sim::Neighbourhood;
use crate::providers::{self, SimulatorPlaces};
use crate::state::{self, State};
use crate::{demo, modules};
use comms::TenantGateways;
use network::cpe::CpeGateway;
use platform::app::{Builder, Connections, Settings};
use platform::cluster::Cluster;
use platform::secrets::Key;
use platform::{App, ServerModule, db, jobs, live};
use rustix::process::Signal;
use simulators::{SimulatorConfig, Simulators};
use sqlx::postgres::PgConnectOptions;
use std::net::SocketAddr;
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
    /// What a person needs to know after the start: addresses and, in a demo, logins.
    pub greeting: String,
    simulators: Option<Simulators>,
    neighbourhood: Neighbourhood,
    workers: JoinSet<()>,
    stop: CancellationToken,
}

/// Starts database and program, and beside a demo the providers' simulators. Errors are sentences for the operator.
pub async fn start(wish: Wish, demo: bool) -> anyhow::Result<Installation> {
    // reqwest panics without a provider; a second installation of it is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let state = state::open(wish.state)?;
    let simulators = if demo { Some(start_simulators().await?) } else { None };
    let children = Children::default();
    let (connections, cluster) = match std::env::var("DATABASE_URL") {
        Ok(url) if !url.is_empty() => (given_database(&url, &state).await?, None),
        _ => {
            let cluster = start_cluster(&state, &children).await?;
            let connections = db::prepare(&cluster.superuser(), DATABASE, &state.secrets.role_password).await?;
            (connections, Some(cluster))
        }
    };
    let key =
        state.secrets.master_key().ok_or_else(|| anyhow::anyhow!("The master key in secrets.json is damaged."))?;
    let simulators_url = simulators.as_ref().map(Simulators::url);
    let settings = Settings { simulators_url, ..wish.settings };
    if demo {
        let build = || builder(key.clone(), settings.clone(), &state, modules::quiet());
        make_demo(cluster.as_ref(), &connections, build, &state.secrets.role_password).await?;
    }
    let neighbourhood = Neighbourhood::default();
    let app = builder(key.clone(), settings, &state, modules::all())
        .with(CpeGateway(Arc::new(neighbourhood.clone())))
        .build(connections)
        .await?;
    let mut installation = Installation {
        app,
        state,
        cluster,
        children,
        greeting: String::new(),
        simulators,
        neighbourhood,
        workers: JoinSet::new(),
        stop: CancellationToken::new(),
    };
    installation.bring_up(&key).await?;
    Ok(installation)
}

/// The simulators on their usual ports, or on free ones when those are taken.
async fn start_simulators() -> anyhow::Result<Simulators> {
    let usual =
        SimulatorConfig::demo(SocketAddr::from(([127, 0, 0, 1], 3010)), SocketAddr::from(([127, 0, 0, 1], 3025)));
    match simulators::start(usual).await {
        Ok(simulators) => Ok(simulators),
        Err(error) => {
            tracing::warn!(%error, "the simulators take other ports");
            let free = SocketAddr::from(([127, 0, 0, 1], 0));
            Ok(simulators::start(SimulatorConfig::demo(free, free)).await?)
        }
    }
}

/// The program's parts, the same for the server and for commands beside it.
fn builder(key: Key, settings: Settings, state: &State, modules: Vec<ServerModule>) -> Builder {
    let projection = freeradius::projection_key(&key);
    Builder::new(Arc::new(identity::identify::ByLogin), key, settings)
        .modules(modules)
        .with(projection)
        .with::<TenantGateways>(Arc::default())
        .with(field::evidence::FileFolder(state.folder.join("files")))
}

/// Makes the demo data when there are none, anew when a kill left them half done.
async fn make_demo(
    cluster: Option<&Cluster>,
    connections: &Connections,
    build: impl Fn() -> Builder,
    password: &str,
) -> anyhow::Result<()> {
    let app = build().build(connections.clone()).await?;
    let is_whole = demo::is_whole(&app).await?;
    let is_empty = platform::tenants::all(&app).await?.is_empty();
    app.close().await;
    if !is_whole {
        let Some(cluster) = cluster else {
            anyhow::bail!("The demo data in this database are half done. Empty the database and start again.");
        };
        db::remove(&cluster.superuser(), DATABASE).await?;
        db::prepare(&cluster.superuser(), DATABASE, password).await?;
    }
    if is_empty || !is_whole {
        let app = build().build(connections.clone()).await?;
        let made = demo::make(&app).await;
        app.close().await;
        made?;
    }
    Ok(())
}

/// The program of an installation that runs elsewhere: for commands that look or nudge. Starts nothing.
pub async fn attach(wish: Wish) -> anyhow::Result<App> {
    let state = state::open(wish.state)?;
    let connections = match std::env::var("DATABASE_URL") {
        Ok(url) if !url.is_empty() => given_database(&url, &state).await?,
        _ => {
            let cluster = Cluster::at(&state.folder, &state.secrets.superuser_password)?;
            anyhow::ensure!(
                cluster.living_server().is_some(),
                "Mtandao does not run in {}. Start it first, or name its folder with --state.",
                state.folder.display()
            );
            let role =
                |role| cluster.superuser().database(DATABASE).username(role).password(&state.secrets.role_password);
            Connections { app: role("mtandao_app"), platform: role("mtandao_platform") }
        }
    };
    let key =
        state.secrets.master_key().ok_or_else(|| anyhow::anyhow!("The master key in secrets.json is damaged."))?;
    Ok(builder(key, wish.settings, &state, modules::all()).build(connections).await?)
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

fn places_of(simulators: &Simulators) -> SimulatorPlaces {
    SimulatorPlaces {
        sms: simulators.sms_url(),
        whatsapp: simulators.whatsapp_url(),
        smtp_host: simulators.smtp_addr.ip().to_string(),
        smtp_port: simulators.smtp_addr.port(),
    }
}

impl Installation {
    /// Connects providers and FreeRADIUS, starts the workers.
    async fn bring_up(&mut self, key: &Key) -> anyhow::Result<()> {
        let mut places = SimulatorPlaces::default();
        if let Some(simulators) = &self.simulators {
            places = places_of(simulators);
            demo::links::providers(&self.app, simulators).await?;
            self.greeting =
                format!("{}\nPhones, messages and the outbox are at {}.", demo::greeting(), simulators.url());
        }
        if let Some(directory) = self.app.get::<TenantGateways>() {
            providers::fill(&self.app, directory, &places).await?;
        }
        self.start_workers();
        self.start_radius(key).await
    }

    /// FreeRADIUS beside an embedded database; with a database of the operator's, its directory is exported instead.
    async fn start_radius(&mut self, key: &Key) -> anyhow::Result<()> {
        let Some(cluster) = &self.cluster else { return Ok(()) };
        let conninfo = cluster.conninfo(DATABASE, "mtandao_radius", &self.state.secrets.role_password);
        let projection = freeradius::projection_key(key);
        let wish = RadiusWish::demo();
        let radius = freeradius::start(&self.state, conninfo, projection, wish, &self.children).await?;
        if self.simulators.is_some() {
            demo::links::routers(&self.app, radius, &self.neighbourhood, &self.stop).await?;
        }
        Ok(())
    }

    fn start_workers(&mut self) {
        let (app, stop) = (self.app.clone(), self.stop.clone());
        self.workers.spawn(live::listen(app.clone(), stop.clone()));
        self.workers.spawn(jobs::work(app.clone(), stop.clone()));
        self.workers.spawn(network::sessions::watch(app.clone(), stop.clone()));
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
        if let Some(simulators) = self.simulators.take() {
            simulators.shutdown().await;
        }
        let mut children = self.children;
        let _ = tokio::task::spawn_blocking(move || children.stop()).await;
    }
}
