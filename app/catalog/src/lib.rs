//! The catalogue on screen: plans, their prices by date.

pub mod api;
pub mod plans;
pub mod routes;
mod words;

kit::texts!();
