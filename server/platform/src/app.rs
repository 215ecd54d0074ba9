//! The running program: pools, clock, registry of modules, gateways. One value, cheap to clone.

use crate::clock::Clock;
use crate::live::Live;
use crate::module::{Identify, ServerModule};
use crate::secrets::Key;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// Where the two pools connect: as the application, which passes every policy, and as the platform, which passes none.
#[derive(Debug, Clone)]
pub struct Connections {
    pub app: PgConnectOptions,
    pub platform: PgConnectOptions,
}

#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub(crate) pool: PgPool,
    pub(crate) platform_pool: PgPool,
    pub clock: Clock,
    pub live: Live,
    pub modules: Vec<ServerModule>,
    pub(crate) identify: Arc<dyn Identify>,
    pub(crate) key: Key,
    pub settings: Settings,
    extensions: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

/// What the operator decides at start.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The address that people and providers reach us by, without a final slash.
    pub public_url: String,
    /// The demo ribbon, the clock and the simulators' pages are there.
    pub demo: bool,
    /// Where the simulators listen, when they run beside us.
    pub simulators_url: Option<String>,
    /// Networks of proxies whose X-Forwarded-For we believe.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// What Prometheus shows at `/metrics`; without it there is no such page.
    pub metrics_token: Option<String>,
}

impl Settings {
    /// The host name of the address that people reach us by.
    pub fn public_host(&self) -> &str {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        if host.is_empty() { "localhost" } else { host }
    }

    /// The same address under another host name: scheme, port and path stay.
    pub(crate) fn public_url_at(&self, host: &str) -> String {
        match self.public_url.split_once("://") {
            Some((scheme, rest)) => {
                let end = rest.find(['/', ':']).unwrap_or(rest.len());
                format!("{scheme}://{host}{}", &rest[end..])
            }
            None => self.public_url.clone(),
        }
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// Collects the parts of an `App`.
pub struct Builder {
    pub modules: Vec<ServerModule>,
    pub identify: Arc<dyn Identify>,
    pub key: Key,
    pub settings: Settings,
    pub clock: Clock,
    extensions: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

impl Builder {
    pub fn new(identify: Arc<dyn Identify>, key: Key, settings: Settings) -> Self {
        Self { modules: vec![], identify, key, settings, clock: Clock::default(), extensions: HashMap::new() }
    }

    /// Puts a gateway or another shared thing in reach of jobs and verbs, found again by its type.
    pub fn with<T: Send + Sync + 'static>(mut self, thing: T) -> Self {
        self.extensions.insert(TypeId::of::<T>(), Box::new(thing));
        self
    }

    pub fn modules(mut self, modules: Vec<ServerModule>) -> Self {
        self.modules = modules;
        self
    }

    /// Opens the pools (lazily: a database that is away now may come back) and reads the business clock.
    pub async fn build(self, connections: Connections) -> Result<App, sqlx::Error> {
        let pool = open_pool(connections.app, 8);
        let platform_pool = open_pool(connections.platform, 6);
        let app = App(Arc::new(Inner {
            pool,
            platform_pool,
            clock: self.clock,
            live: Live::default(),
            modules: self.modules,
            identify: self.identify,
            key: self.key,
            settings: self.settings,
            extensions: self.extensions,
        }));
        crate::tenants::reload_clock(&app).await?;
        Ok(app)
    }
}

/// A connection that was used this lately is taken without a ping: PostgreSQL does not come back more quickly than this.
const RESTED: Duration = Duration::from_millis(300);

fn open_pool(options: PgConnectOptions, connections_max: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(5))
        // A ping before each use costs a round trip. Only a connection that has rested is asked whether it still lives:
        // PostgreSQL may have been started anew since, and the next payment report must not pay for that.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move { Ok(known.idle_for < RESTED || connection.ping().await.is_ok()) })
        })
        .connect_lazy_with(options)
}

impl Inner {
    /// A gateway or another shared thing, by its type. It is a fault of the start-up code if it is missing.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get(&TypeId::of::<T>()).and_then(|thing| thing.downcast_ref())
    }

    /// Closes both pools and waits for what is under way.
    pub async fn close(&self) {
        self.pool.close().await;
        self.platform_pool.close().await;
    }

    /// Each pool's name, its open connections and those of them that nobody uses.
    pub fn connections(&self) -> [(&'static str, u32, u32); 2] {
        let counts = |pool: &PgPool| (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX));
        let ((app, app_idle), (platform, platform_idle)) = (counts(&self.pool), counts(&self.platform_pool));
        [("app", app, app_idle), ("platform", platform, platform_idle)]
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_public_host_is_the_address_without_scheme_port_and_path() {
        let host = |url: &str| Settings { public_url: url.into(), ..Settings::default() }.public_host().to_owned();
        assert_eq!(host("https://isp.example.co.ke/x"), "isp.example.co.ke");
        assert_eq!(host("http://localhost:3000"), "localhost");
        assert_eq!(host("https://192.168.1.20:3000"), "192.168.1.20");
        assert_eq!(host(""), "localhost");
    }

    #[test]
    fn under_another_host_name_scheme_port_and_path_stay() {
        let at = |url: &str| Settings { public_url: url.into(), ..Settings::default() }.public_url_at("two.example");
        assert_eq!(at("https://isp.example.co.ke/x"), "https://two.example/x");
        assert_eq!(at("http://localhost:3000"), "http://two.example:3000");
        assert_eq!(at("https://isp.example"), "https://two.example");
    }
}
