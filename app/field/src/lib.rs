//! Field work on screen: work orders and stock for the office, the day's jobs for the technician's phone.

pub mod api;
pub mod routes;
pub mod stock;
pub mod tech;
mod words;
pub mod work_order;
pub mod work_orders;

kit::texts!();
