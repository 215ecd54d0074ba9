//! The network operations centre: the overview with map and outages, incidents.

mod incident;
mod map;
mod marks;
mod overview;

pub use incident::{IncidentPage, IncidentsPage};
pub use overview::OverviewPage;
