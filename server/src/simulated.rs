//! The simulators of a demo: in this process, or in one of their own that outlives it (`mtandao simulate`). The one rule:
//! both are used in the same way, over HTTP.

use crate::nas_sim::{self, Neighbourhood};
use comms::connections::SimulatorPlaces;
use simulators::{SimulatorConfig, Simulators};
use std::net::SocketAddr;

/// Where the simulators' pages are, unless that port is taken.
pub const HTTP_PORT: u16 = 3010;
/// Where their mail server is.
pub const SMTP_PORT: u16 = 3025;
/// How many ports above the usual ones are tried when they are taken.
const STEPS_MAX: u16 = 40;

/// Running simulators.
pub struct Simulated {
    pub url: String,
    pub smtp: SocketAddr,
    own: Option<(Simulators, Neighbourhood)>,
}

impl Simulated {
    /// Starts them in this process, each on its usual port or the next free one.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_at(free_port(HTTP_PORT)?, free_port(SMTP_PORT)?).await
    }

    /// Starts them in this process at these addresses.
    ///
    /// # Errors
    /// A sentence that names the address that cannot be used.
    pub async fn start_at(http: SocketAddr, smtp: SocketAddr) -> anyhow::Result<Self> {
        let neighbourhood = Neighbourhood::default();
        let config =
            SimulatorConfig { beside: nas_sim::control(neighbourhood.clone()), ..SimulatorConfig::demo(http, smtp) };
        let simulators = simulators::start(config).await?;
        Ok(Self { url: simulators.url(), smtp: simulators.smtp_addr, own: Some((simulators, neighbourhood)) })
    }

    /// Uses those that run elsewhere.
    ///
    /// # Errors
    /// A sentence when nobody answers there.
    pub async fn at(url: &str) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        let nobody = |error: reqwest::Error| {
            anyhow::anyhow!("No simulators answer at {url} ({error}). Start them there with: mtandao simulate")
        };
        let answer = reqwest::get(format!("{url}/_control/places")).await.map_err(nobody)?;
        let places: simulators::Places = answer.json().await.map_err(nobody)?;
        Ok(Self { smtp: places.smtp, own: None, url })
    }

    /// Where M-Pesa is.
    pub fn daraja_url(&self) -> String {
        format!("{}/daraja", self.url)
    }

    /// Where the providers of messages are.
    pub fn places(&self) -> SimulatorPlaces {
        SimulatorPlaces {
            sms: format!("{}/sms", self.url),
            whatsapp: format!("{}/whatsapp", self.url),
            smtp_host: self.smtp.ip().to_string(),
            smtp_port: self.smtp.port(),
        }
    }

    /// Stops those of this process.
    pub async fn stop(self) {
        if let Some((simulators, neighbourhood)) = self.own {
            neighbourhood.stop();
            simulators.shutdown().await;
        }
    }
}

/// The first free TCP port from the usual one on, on the loopback. It is free for the moment only, and a start that comes
/// second says so.
fn free_port(usual: u16) -> anyhow::Result<SocketAddr> {
    (usual..usual + STEPS_MAX)
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .find(|address| std::net::TcpListener::bind(address).is_ok())
        .ok_or_else(|| anyhow::anyhow!("No free TCP port was found from {usual} on. Stop what uses them."))
}
