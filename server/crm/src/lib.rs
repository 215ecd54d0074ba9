//! Sales and subscribers: from the first message to a service that can be invoiced.

pub mod accounts;
pub mod buildings;
pub mod cursor;
pub mod events;
pub mod leads;
pub mod partners;
pub mod services;
pub mod subscribers;
pub mod timeline;
mod words;

use model::crm::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("crm", perm::ALL)
}
