//! Simulators of the providers that an ISP depends on: M-Pesa, SMS, WhatsApp and mail, on real sockets.
//! The one rule: they speak the provider's documented protocol, with its oddities, and know nothing of ours; what
//! works here works with the provider's own sandbox.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

mod business;
mod clock;
mod control;
mod daraja;
mod html;
mod index;
mod messages;
mod outbox;
mod posts;
mod settings;
mod sms;
mod smtp;
mod state;
mod whatsapp;

pub use business::{Business, Webhooks};
pub use settings::{MsisdnForm, Settings};

use state::{Shared, State};

/// No documented request is near this size.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Where to listen and whom to play for.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// Port 0 takes a free one.
    pub http: SocketAddr,
    pub smtp: SocketAddr,
    /// The ISPs that have accounts at the providers.
    pub businesses: Vec<Business>,
    pub settings: Settings,
    /// What else is served on the same address: simulated routers, which know RADIUS and so live with the server.
    pub beside: Router,
}

/// Where the simulators are that are not on the HTTP address, as `/_control/places` tells.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Places {
    pub smtp: SocketAddr,
}

impl SimulatorConfig {
    /// The two demo ISPs with the default delays.
    pub fn demo(http: SocketAddr, smtp: SocketAddr) -> Self {
        let businesses = vec![Business::demo(), Business::second_demo()];
        Self { http, smtp, businesses, settings: Settings::default(), beside: Router::new() }
    }

    /// Free ports on the loopback address and no waiting, for tests.
    pub fn for_tests() -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { settings: Settings::without_delays(), ..Self::demo(free, free) }
    }
}

/// Running simulators. Dropping it stops them.
#[derive(Debug)]
pub struct Simulators {
    pub http_addr: SocketAddr,
    pub smtp_addr: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulators {
    /// The address of the pages and of every HTTP provider, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.http_addr)
    }

    /// Base URL for a Daraja client.
    pub fn daraja_url(&self) -> String {
        format!("{}/daraja", self.url())
    }

    /// Base URL for an Africa's Talking client.
    pub fn sms_url(&self) -> String {
        format!("{}/sms", self.url())
    }

    /// Base URL for a WhatsApp client.
    pub fn whatsapp_url(&self) -> String {
        format!("{}/whatsapp", self.url())
    }

    /// Stops listening, forgets callbacks that were not posted yet, and waits for the listeners to end.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            // A listener that panicked has ended as well.
            let _ = task.await;
        }
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Binds both listeners and starts serving in the background.
///
/// # Errors
/// When an address cannot be bound, with the address in the message.
pub async fn start(config: SimulatorConfig) -> io::Result<Simulators> {
    let http = bind(config.http).await?;
    let smtp = bind(config.smtp).await?;
    let (http_addr, smtp_addr) = (http.local_addr()?, smtp.local_addr()?);
    let (stop, stopped) = watch::channel(false);
    let state = Arc::new(State::new(config.businesses, config.settings, stopped.clone())?);
    let places = Places { smtp: smtp_addr };
    let router = router(Arc::clone(&state))
        .route("/_control/places", get(move || async move { axum::Json(places) }))
        .merge(config.beside);
    let mut until = stopped.clone();
    let web = tokio::spawn(async move {
        tokio::select! {
            served = axum::serve(http, router) => {
                if let Err(error) = served {
                    tracing::error!(%error, "the simulators' web listener ended");
                }
            }
            () = state::until(&mut until) => {}
        }
    });
    let mail = tokio::spawn(smtp::serve(smtp, state, stopped));
    tracing::info!(%http_addr, %smtp_addr, "simulators are running");
    Ok(Simulators { http_addr, smtp_addr, stop, tasks: vec![web, mail] })
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("The simulators cannot listen on {address}: {error}.")))
}

fn router(state: Shared) -> Router {
    Router::new()
        .route("/", get(index::page))
        .route(
            "/simulators.css",
            get(|| text_asset("text/css; charset=utf-8", include_str!("../static/simulators.css"))),
        )
        .route(
            "/simulators.js",
            get(|| text_asset("text/javascript; charset=utf-8", include_str!("../static/simulators.js"))),
        )
        .merge(outbox::router())
        .merge(messages::router())
        .nest("/_control", control::router())
        .nest("/daraja", daraja::router())
        .nest("/sms", sms::router())
        .nest("/whatsapp", whatsapp::router())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(state)
}

async fn text_asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
