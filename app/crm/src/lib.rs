//! Sales and subscribers on screen: pipeline, leads, partners, buildings, the list of subscribers, the approval queue.

pub mod api;
pub mod approvals;
pub mod buildings;
pub mod leads;
pub mod partners;
pub mod routes;
pub mod subscribers;
mod words;

kit::texts!();
