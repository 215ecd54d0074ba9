//! Messages out, messages in, tickets. The one rule: what goes out stands in our outbox before a provider hears of it,
//! and what comes in is stored before anything is made of it.

pub mod connections;
pub mod inbox;
mod links;
mod listeners;
pub mod notices;
pub mod tickets;
mod words;

/// The texts in the reader's language, one function per key of `app/comms/texts/en.toml`.
#[allow(clippy::let_and_return, reason = "written by the build script")]
mod t {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

use billing::events::{InvoiceIssued, LockSet, PaymentPosted, ReminderDue};
use field::events::WorkOrderChanged;
use gateways::directory::{Directory, Gateways};
use identity::events::{LinkIssued, TenantMade};
use links::SendLetter;
use listeners::{Notify, TellIncident};
use model::comms::perm;
use network::events::{IncidentClosed, IncidentGrew, IncidentOpened, ServiceActivated};
use platform::{App, ServerModule, TenantId};
use std::sync::Arc;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("comms", perm::ALL)
        .job::<notices::SendMessage>()
        .job::<inbox::HandleInbound>()
        .job::<inbox::ApplyReport>()
        .job::<Notify>()
        .job::<SendLetter>()
        .job::<TellIncident>()
        .job::<connections::MakeAddresses>()
        .on::<TenantMade, _>(|_| Some(connections::MakeAddresses))
        .on::<LinkIssued, _>(|link| Some(SendLetter { link }))
        .on::<ServiceActivated, _>(Notify::welcome)
        .on::<InvoiceIssued, _>(Notify::invoice)
        .on::<ReminderDue, _>(Notify::reminder)
        .on::<LockSet, _>(Notify::locked)
        .on::<PaymentPosted, _>(Notify::receipt)
        .on::<WorkOrderChanged, _>(Notify::visit)
        .on::<IncidentOpened, _>(|e| Some(TellIncident { incident_id: e.incident_id, is_over: false, affected: 0 }))
        .on::<IncidentGrew, _>(|e| {
            Some(TellIncident { incident_id: e.incident_id, is_over: false, affected: e.affected })
        })
        .on::<IncidentClosed, _>(|e| Some(TellIncident { incident_id: e.incident_id, is_over: true, affected: 0 }))
        .routes(inbox::routes)
}

/// Every tenant's messaging gateways, put in reach by the server.
pub type TenantGateways = Arc<Directory<TenantId>>;

/// A tenant's messaging gateways; all absent when nothing was set up.
fn gateways_of(app: &App, tenant: TenantId) -> Arc<Gateways> {
    app.get::<TenantGateways>().map(|directory| directory.of(tenant)).unwrap_or_default()
}

/// A word of a closed list as the database holds it. Another word is our own fault: the columns are checked.
fn stored<T: std::str::FromStr>(word: &str) -> Result<T, model::AppError> {
    word.parse().map_err(|_| platform::internal(format!("unknown word in a checked column: {word}")))
}
