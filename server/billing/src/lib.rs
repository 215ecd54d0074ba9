//! Money: invoices, ledger, locks, payments.

pub mod events;
