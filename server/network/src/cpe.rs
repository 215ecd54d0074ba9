//! The subscriber's own router. The one rule: it is told its login once the account is live, and telling it again is
//! harmless.

use gateways::Secret;
use std::sync::Arc;

/// What a subscriber's router needs to dial.
#[derive(Debug, Clone)]
pub struct CpeLogin {
    /// The serial or another name of the device, as far as it is known.
    pub device: Option<String>,
    pub username: String,
    pub password: Secret,
}

/// A system that configures subscribers' routers from afar. Where there is none, the technician types the login.
#[async_trait::async_trait]
pub trait Cpe: Send + Sync + 'static {
    /// Tells a router its login. Idempotent.
    ///
    /// # Errors
    /// A sentence that says why; it is tried again later.
    async fn configure(&self, login: CpeLogin) -> Result<(), String>;
}

/// How the start-up code puts it in reach: `builder.with(CpeGateway(…))`.
#[derive(Clone)]
pub struct CpeGateway(pub Arc<dyn Cpe>);
