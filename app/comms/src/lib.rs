//! The pages of `comms`: messages out and in, tickets.

pub mod api;
pub mod connections;
pub mod messages;
pub mod routes;
pub mod ticket;
pub mod tickets;
mod words;

kit::texts!();
