//! What is sold: plans, their versions by day, tax rates by day.
//!
//! The one rule: a price change is a new version from a day; nothing that was sold is ever rewritten.

pub mod plans;
pub mod taxes;

use identity::events::TenantMade;
use model::catalog::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("catalog", perm::ALL).job::<taxes::SeedTaxes>().on::<TenantMade, _>(|_| Some(taxes::SeedTaxes {}))
}
