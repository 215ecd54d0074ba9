//! The network: addresses, routers and RADIUS, activation, sessions, devices and incidents.
//!
//! The one rule: what a router or FreeRADIUS is told is derived from the books, in the transaction that changes them.

pub mod activation;
pub mod cpe;
pub mod devices;
pub mod events;
pub mod incidents;
pub mod monitoring;
pub mod nas;
pub mod noc;
pub mod offline;
pub mod pools;
pub mod projection;
pub mod radius;
pub mod sessions;

use billing::events::{LockLifted, LockSet};
use crm::events::ServiceChanged;
use model::network::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("network", perm::ALL)
        .job::<activation::RunActivation>()
        .job::<activation::TakeBackInvoice>()
        .job::<incidents::CloseIncident>()
        .job::<projection::FollowService>()
        .job::<sessions::ApplyProfile>()
        .job::<sessions::EndSession>()
        .job::<sessions::KeepAccounting>()
        .on::<LockSet, _>(|e| Some(sessions::ApplyProfile { service_id: e.service_id, payment_id: None }))
        .on::<LockLifted, _>(|e| Some(sessions::ApplyProfile { service_id: e.service_id, payment_id: e.payment_id }))
        .on::<ServiceChanged, _>(|e| Some(projection::FollowService { service_id: e.service_id }))
        .each_day("network.keep_accounting", |day| sessions::KeepAccounting { day })
        .routes(monitoring::routes)
}
