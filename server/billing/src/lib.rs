//! Money: ledger, invoices, runs, reminders, locks, payments, stray payments.
//!
//! The one rule: every money effect has a natural key and happens once, however often it is reported or tried.

mod days;
pub mod dunning;
pub mod events;
pub mod invoices;
pub mod ledger;
pub mod locks;
mod paging;
pub mod payments;
pub mod policy;
pub mod runs;

use identity::events::TenantMade;
use model::billing::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("billing", perm::ALL)
        .job::<runs::RunBilling>()
        .job::<dunning::RunDunning>()
        .job::<payments::prompts::SendPrompt>()
        .job::<payments::prompts::QueryPrompt>()
        .job::<payments::callbacks::ProcessCallback>()
        .job::<payments::reconcile::PullPayments>()
        .job::<ledger::SeedLedger>()
        .on::<TenantMade, _>(|_| Some(ledger::SeedLedger {}))
        .each_day("billing.run", runs::RunBilling::of_day)
        .each_day("billing.dunning", dunning::RunDunning::of_day)
        .routes(payments::callbacks::routes)
}

/// Gives a fresh tenant what billing needs: the chart of accounts. Idempotent.
pub async fn seed_in_op(op: &mut platform::Op) -> Result<(), model::AppError> {
    ledger::seed_in_op(op).await
}
