//! Sales and subscribers: from the first message to a service that can be invoiced.

pub mod events;
pub mod timeline;

use model::crm::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("crm", perm::ALL)
}
