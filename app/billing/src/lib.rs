//! Money on screen: invoices, payments, the stray desk, runs, locks to come, the ledger; and the subscriber's doors.

pub mod api;
pub mod invoices;
pub mod ledger;
pub mod locks;
pub mod mpesa;
pub mod my_api;
pub mod payments;
pub mod policy;
pub mod prompts;
pub mod routes;
pub mod runs;
pub mod strays;
mod words;

kit::texts!();
