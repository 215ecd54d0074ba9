//! What a context gives the server. Nobody keeps a second list.

use crate::events::Listener;
use crate::jobs::{Daily, JobKind};
use crate::{App, RequestCtx};
use model::{Audience, PermissionInfo};

/// One context's share of the server: permissions for the role editor, jobs, listeners, daily tasks and own routes.
pub struct ServerModule {
    pub name: &'static str,
    pub permissions: &'static [PermissionInfo],
    pub jobs: Vec<JobKind>,
    pub listeners: Vec<Listener>,
    pub daily: Vec<Daily>,
    /// Routes outside pages and server functions: webhooks, downloads. Each authenticates by itself.
    pub routes: fn() -> axum::Router<App>,
}

impl ServerModule {
    /// A module with permissions and nothing else yet.
    pub fn new(name: &'static str, permissions: &'static [PermissionInfo]) -> Self {
        Self { name, permissions, jobs: vec![], listeners: vec![], daily: vec![], routes: axum::Router::new }
    }

    pub fn job<J: crate::Job>(mut self) -> Self {
        self.jobs.push(JobKind::of::<J>());
        self
    }

    /// Runs job `J` for each event `E`: `make` builds the job from the event.
    pub fn on<E: crate::events::Event, J: crate::Job>(mut self, make: fn(E) -> Option<J>) -> Self {
        self.listeners.push(Listener::of::<E, J>(make));
        self
    }

    /// Runs job `J` once on each business day, also for days that passed while nothing was running.
    pub fn each_day<J: crate::Job>(mut self, name: &'static str, make: fn(chrono::NaiveDate) -> J) -> Self {
        self.daily.push(Daily::of::<J>(name, make));
        self
    }

    pub fn routes(mut self, routes: fn() -> axum::Router<App>) -> Self {
        self.routes = routes;
        self
    }
}

/// How a session becomes a person with permissions. The identity context answers; the platform only asks.
#[async_trait::async_trait]
pub trait Identify: Send + Sync + 'static {
    /// The person behind a session, or `None` when blocked or gone since.
    async fn identify(
        &self,
        app: &App,
        audience: Audience,
        login: &crate::sessions::SignedIn,
    ) -> Result<Option<crate::ctx::Person>, sqlx::Error>;
}

/// Keeps a `RequestCtx` in reach of handlers that are not server functions.
impl<S: Send + Sync> axum::extract::FromRequestParts<S> for RequestCtx {
    type Rejection = axum::http::StatusCode;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<RequestCtx>().cloned().ok_or(axum::http::StatusCode::UNAUTHORIZED)
    }
}
