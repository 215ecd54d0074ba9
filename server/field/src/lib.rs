//! Field work: stock by serial, work orders, evidence. The one rule: an installation is completed only with the evidence
//! that it needs, and a technician sees and changes own work orders and nothing else.

pub mod events;
pub mod evidence;
pub mod stock;
pub mod work_orders;

use crm::events::ServiceApproved;
use model::field::perm;
use platform::ServerModule;
use work_orders::jobs::OpenInstallation;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("field", perm::ALL)
        .job::<OpenInstallation>()
        .on::<ServiceApproved, OpenInstallation>(|event| Some(OpenInstallation { service_id: event.service_id }))
        .routes(evidence::routes::routes)
}

/// A word of a closed list as the database holds it. Another word is our own fault: the columns are checked.
fn stored<T: std::str::FromStr>(word: &str) -> Result<T, model::AppError> {
    word.parse().map_err(|_| platform::internal(format!("unknown word in a checked column: {word}")))
}
