//! The simulated routers as the platform reaches them: over HTTP, whether they run in this process or in another that
//! outlives it. The one rule: as a system that configures routers from afar, it only tells them logins.

use super::control::{PlugIn, Router, Running};
use async_trait::async_trait;
use network::cpe::{Cpe, CpeLogin};
use platform::TenantId;
use reqwest::StatusCode;

/// The way to the routers' control.
#[derive(Clone)]
pub struct Routers {
    url: String,
    http: reqwest::Client,
}

impl Routers {
    /// `url` is the simulators' address, without a slash at the end.
    pub fn new(url: String) -> Self {
        Self { url, http: reqwest::Client::new() }
    }

    fn at(&self, tenant: TenantId) -> String {
        format!("{}/_control/routers/{tenant}", self.url)
    }

    /// Has an ISP's router run as wished; gives the port on which it takes commands.
    ///
    /// # Errors
    /// The simulators' sentence, or that they are away.
    pub async fn set(&self, tenant: TenantId, wish: &Router) -> anyhow::Result<u16> {
        let answer = self.http.put(self.at(tenant)).json(wish).send().await?;
        let is_done = answer.status().is_success();
        let text = answer.text().await?;
        anyhow::ensure!(is_done, "{text}");
        Ok(serde_json::from_str::<Running>(&text)?.coa_port)
    }

    /// Plugs in subscribers' routers. `false`: the ISP has no simulated router.
    ///
    /// # Errors
    /// When the simulators are away.
    pub async fn plug_in(&self, tenant: TenantId, logins: &[PlugIn]) -> anyhow::Result<bool> {
        let answer = self.http.post(format!("{}/lines", self.at(tenant))).json(logins).send().await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(false),
            status if status.is_success() => Ok(true),
            status => anyhow::bail!("The simulated routers answered {status}."),
        }
    }
}

#[async_trait]
impl Cpe for Routers {
    async fn configure(&self, login: CpeLogin) -> Result<(), String> {
        let plug_in = PlugIn { username: login.username, password: login.password.expose().to_owned() };
        // An ISP without a simulated router has technicians who type the login.
        self.plug_in(login.tenant, &[plug_in]).await.map(|_| ()).map_err(|error| error.to_string())
    }
}
