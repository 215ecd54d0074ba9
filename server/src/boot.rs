//! Starting everything in order: state folder, database, migrations, the program, its workers; and stopping in reverse.

use crate::children::Children;
use crate::database::Database;
use crate::freeradius::{self, Radius, RadiusWish};
use crate::nas_sim::Routers;
use crate::simulated::Simulated;
use crate::state::{self, Hold, State};
use crate::{demo, modules};
use comms::TenantGateways;
use comms::connections;
use network::cpe::CpeGateway;
use platform::app::{Builder, Connections, Settings};
use platform::secrets::Key;
use platform::{App, ServerModule, jobs, live};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What the operator asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub state: Option<PathBuf>,
    pub settings: Settings,
    pub radius: RadiusWish,
    /// `None`: no demo.
    pub demo: Option<DemoWish>,
}

/// What the demo is made of.
#[derive(Debug, Clone)]
pub struct DemoWish {
    /// Of the first ISP.
    pub subscribers: usize,
    /// The address of simulators that run elsewhere.
    pub simulators: Option<String>,
}

/// A running installation: the program, its children, its workers.
pub struct Installation {
    pub app: App,
    pub state: State,
    pub children: Children,
    /// What a person needs to know after the start: addresses and, in a demo, logins.
    pub greeting: String,
    simulated: Option<Simulated>,
    workers: JoinSet<()>,
    stop: CancellationToken,
    _hold: Hold,
}

/// Starts database and program, and beside a demo the providers' simulators. Errors are sentences for the operator.
pub async fn start(wish: Wish) -> anyhow::Result<Installation> {
    // reqwest panics without a provider; a second installation of it is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    wish.radius.check()?;
    let state = state::open(wish.state)?;
    let hold = state.hold()?;
    let database = Database::choose(&state)?;
    let children = Children::start(&state.folder).map_err(anyhow::Error::msg)?;
    let connections = database.start(&state, &children).await?;
    let key = master_key(&state)?;
    let simulated = match wish.demo.as_ref().map(|demo| demo.simulators.as_deref()) {
        None => None,
        Some(None) => Some(Simulated::start().await?),
        Some(Some(url)) => Some(Simulated::at(url).await?),
    };
    let settings = Settings { simulators_url: simulated.as_ref().map(|s| s.url.clone()), ..wish.settings };
    if let Some(demo) = &wish.demo {
        let build = || builder(key.clone(), settings.clone(), &state, modules::quiet());
        make_demo(&database, &state, &connections, build, demo.subscribers).await?;
    }
    let mut builder = builder(key.clone(), settings, &state, modules::all());
    if let Some(simulated) = &simulated {
        builder = builder.with(CpeGateway(Arc::new(Routers::new(simulated.url.clone())))).with(simulated.places());
    }
    let mut installation = Installation {
        app: builder.build(connections).await?,
        state,
        children,
        greeting: String::new(),
        simulated,
        workers: JoinSet::new(),
        stop: CancellationToken::new(),
        _hold: hold,
    };
    match installation.bring_up(&database, wish.radius, &key).await {
        Ok(()) => Ok(installation),
        Err(error) => {
            installation.stop().await;
            Err(error)
        }
    }
}

fn master_key(state: &State) -> anyhow::Result<Key> {
    state.secrets.master_key().ok_or_else(|| anyhow::anyhow!("The master key in secrets.json is damaged."))
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
    database: &Database,
    state: &State,
    connections: &Connections,
    build: impl Fn() -> Builder,
    subscribers: usize,
) -> anyhow::Result<()> {
    let app = build().build(connections.clone()).await?;
    let is_whole = demo::is_whole(&app).await?;
    let is_empty = platform::tenants::all(&app).await?.is_empty();
    app.close().await;
    if !is_whole {
        database.make_anew(state).await?;
    }
    if is_empty || !is_whole {
        let app = build().build(connections.clone()).await?;
        let made = demo::make(&app, subscribers, &database.owner(state)?).await;
        app.close().await;
        made?;
    }
    Ok(())
}

/// The program of an installation that runs elsewhere: for commands that look or nudge. Starts nothing.
///
/// # Errors
/// A sentence when it does not run.
pub async fn attach(state: Option<PathBuf>) -> anyhow::Result<App> {
    let state = state::open(state)?;
    let connections = Database::running(&state)?.connections(&state).await?;
    let app = builder(master_key(&state)?, Settings::default(), &state, modules::all()).build(connections).await;
    // Its server was killed and the database is just going down, for example.
    app.map_err(|error| anyhow::anyhow!("The database does not answer ({error}). Start Mtandao, then try again."))
}

/// Writes FreeRADIUS' directory for a FreeRADIUS that the system runs.
///
/// # Errors
/// A sentence: the folder cannot be written, the database is not known.
pub fn export_radius(state: Option<PathBuf>, dir: &std::path::Path, wish: RadiusWish) -> anyhow::Result<()> {
    let state = state::open(state)?;
    let conninfo = Database::known(&state)?.for_radius(&state)?;
    freeradius::export(dir, conninfo, freeradius::projection_key(&master_key(&state)?), wish)
}

impl Installation {
    async fn bring_up(&mut self, database: &Database, radius: RadiusWish, key: &Key) -> anyhow::Result<()> {
        identity::roles::seed_all(&self.app).await?;
        if self.app.settings.demo {
            demo::open_at(&self.app, self.app.settings.public_host()).await?;
            demo::operator(&self.app).await?;
        }
        self.connect_providers().await?;
        self.start_workers();
        match radius.is_wanted(database.is_given()) {
            true => self.start_radius(database, radius, key).await,
            false => Ok(()),
        }
    }

    /// Gives every ISP its gateways; a demo's providers are the simulators.
    async fn connect_providers(&mut self) -> anyhow::Result<()> {
        if let Some(simulated) = &self.simulated {
            demo::links::providers(&self.app, simulated).await?;
            self.greeting = format!(
                "{}\nPhones, messages and the outbox are at {}. Mail is taken on {}.",
                demo::greeting(),
                simulated.url,
                simulated.smtp
            );
        }
        connections::apply_all(&self.app).await?;
        // Whatever was paid while we were away, nobody will tell us again.
        Ok(billing::payments::reconcile::catch_up(&self.app).await?)
    }

    async fn start_radius(&mut self, database: &Database, wish: RadiusWish, key: &Key) -> anyhow::Result<()> {
        let conninfo = database.for_radius(&self.state)?;
        let projection = freeradius::projection_key(key);
        let radius = freeradius::start(&self.state, conninfo, projection, wish, &self.children).await?;
        let Radius { auth, accounting } = radius;
        self.say(&format!("FreeRADIUS takes logins on {auth} and accounting on {accounting}."));
        if let Some(simulated) = &self.simulated {
            let routers = Routers::new(simulated.url.clone());
            let places = demo::links::routers(&self.app, radius, &routers).await?;
            self.say(&format!("The simulated routers take commands on {}.", places.join(" and ")));
        }
        Ok(())
    }

    fn say(&mut self, sentence: &str) {
        if !self.greeting.is_empty() {
            self.greeting.push('\n');
        }
        self.greeting.push_str(sentence);
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
        if let Some(simulated) = self.simulated.take() {
            simulated.stop().await;
        }
        let mut children = self.children;
        let _ = tokio::task::spawn_blocking(move || children.stop()).await;
    }
}
