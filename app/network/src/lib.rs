//! The network on screen: the NOC's overview and incidents, sessions, addresses, routers, activations, devices.

pub mod activations;
pub mod api;
pub mod devices;
mod live;
pub mod monitoring;
pub mod nas;
pub mod noc;
pub mod pools;
mod report;
pub mod routes;
pub mod sessions;
mod words;

kit::texts!();
