//! What every context stands on: who asks, for which tenant, with which permission, in which transaction, at what time.
//!
//! The one rule: no permission, no connection; no tenant, no rows. The pools are private to this crate.

pub mod app;
pub mod audit;
pub mod clock;
pub mod cluster;
pub mod counter;
pub mod ctx;
pub mod db;
pub mod error;
pub mod events;
pub mod jobs;
pub mod live;
pub mod module;
pub mod operators;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod tenants;
pub mod throttle;
pub mod tidy;
pub mod tx;
pub mod web;

pub use app::App;
pub use clock::Clock;
pub use ctx::{Actor, RequestCtx, Scope, ctx};
pub use error::internal;
pub use jobs::{Job, JobCtx, JobError};
pub use module::ServerModule;
pub use tx::{Op, Tx};

/// The connection that SQL files of the contexts take.
pub type Conn = sqlx::PgConnection;
/// The id of a tenant (one ISP).
pub type TenantId = model::identity::TenantId;
