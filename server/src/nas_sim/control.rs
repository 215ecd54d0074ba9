//! The simulated routers of a machine and their control over HTTP, which stands beside the providers' simulators. The one
//! rule: a router is made by what it would be configured with, and the same again changes nothing.

use super::{LineView, NasSim, NasSimWish, start};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router as HttpRouter};
use gateways::Secret;
use gateways::radius::AuthMethod;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A router as it is asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Router {
    pub auth: SocketAddr,
    pub accounting: SocketAddr,
    /// The demo's, which is no secret.
    pub secret: String,
    pub address: IpAddr,
    pub coa_port: u16,
}

/// What became of it.
#[derive(Serialize, Deserialize)]
pub struct Running {
    /// Not the wanted one when that was taken.
    pub coa_port: u16,
}

/// A subscriber's router that is plugged in.
#[derive(Clone, Serialize, Deserialize)]
pub struct PlugIn {
    pub username: String,
    pub password: String,
}

/// How long a router answers no command.
#[derive(Serialize, Deserialize)]
struct Silence {
    ms: u64,
}

struct One {
    wish: Router,
    sim: NasSim,
    stop: CancellationToken,
}

/// The routers of several ISPs. Cheap to clone.
#[derive(Clone, Default)]
pub struct Neighbourhood(Arc<RwLock<HashMap<String, One>>>);

impl Neighbourhood {
    /// Stops them all; each tells RADIUS that it goes down.
    pub fn stop(&self) {
        for (_, one) in self.0.write().unwrap_or_else(PoisonError::into_inner).drain() {
            one.stop.cancel();
        }
    }

    fn of(&self, isp: &str) -> Option<NasSim> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(isp).map(|one| one.sim.clone())
    }

    /// The router of an ISP as it was asked for; another wish replaces the one that runs.
    async fn set(&self, isp: String, wish: Router) -> anyhow::Result<Running> {
        let known = {
            let routers = self.0.read().unwrap_or_else(PoisonError::into_inner);
            routers
                .get(&isp)
                .map(|one| (is_same(&one.wish, one.sim.coa_port(), &wish), one.sim.coa_port(), one.stop.clone()))
        };
        match known {
            Some((true, coa_port, _)) => return Ok(Running { coa_port }),
            Some((false, _, stop)) => stop.cancel(),
            None => {}
        }
        let stop = CancellationToken::new();
        let sim = start(
            NasSimWish {
                auth: wish.auth,
                accounting: wish.accounting,
                secret: Secret::from(wish.secret.clone()),
                address: wish.address,
                coa_port: wish.coa_port,
            },
            stop.clone(),
        )
        .await?;
        let coa_port = sim.coa_port();
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(isp, One { wish, sim, stop });
        Ok(Running { coa_port })
    }
}

/// Whether the running router is the wished one. Who was moved to another port asks for that port the next time.
fn is_same(running: &Router, coa_port: u16, wish: &Router) -> bool {
    (wish.coa_port == running.coa_port || wish.coa_port == coa_port)
        && Router { coa_port: running.coa_port, ..wish.clone() } == *running
}

/// The routes of the control.
pub fn control(neighbourhood: Neighbourhood) -> HttpRouter {
    HttpRouter::new()
        .route("/_control/routers/{isp}", put(set))
        .route("/_control/routers/{isp}/lines", get(lines).post(plug_in))
        .route("/_control/routers/{isp}/silence", post(silence))
        .with_state(neighbourhood)
}

async fn set(
    State(all): State<Neighbourhood>,
    Path(isp): Path<String>,
    Json(wish): Json<Router>,
) -> Result<Json<Running>, (StatusCode, String)> {
    all.set(isp, wish).await.map(Json).map_err(|error| (StatusCode::CONFLICT, error.to_string()))
}

async fn lines(State(all): State<Neighbourhood>, Path(isp): Path<String>) -> Result<Json<Vec<LineView>>, StatusCode> {
    all.of(&isp).map(|sim| Json(sim.list())).ok_or(StatusCode::NOT_FOUND)
}

/// Plugs in subscribers' routers; one that is there already keeps its session.
async fn plug_in(
    State(all): State<Neighbourhood>,
    Path(isp): Path<String>,
    Json(logins): Json<Vec<PlugIn>>,
) -> Result<StatusCode, StatusCode> {
    let sim = all.of(&isp).ok_or(StatusCode::NOT_FOUND)?;
    for login in logins {
        sim.install(&login.username, &Secret::new(login.password), AuthMethod::Chap);
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn silence(
    State(all): State<Neighbourhood>,
    Path(isp): Path<String>,
    Json(silence): Json<Silence>,
) -> Result<StatusCode, StatusCode> {
    all.of(&isp).ok_or(StatusCode::NOT_FOUND)?.be_silent(Duration::from_millis(silence.ms));
    Ok(StatusCode::NO_CONTENT)
}
