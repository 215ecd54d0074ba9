//! Pages that join contexts: subscriber page, `/my`, search, dashboard, `/partner`.

pub mod api;
pub mod clock;
pub mod dashboard;
pub mod demo;
pub mod my;
pub mod partner;
pub mod routes;
pub mod search;
pub mod stages;
pub mod subscriber;
mod words;

kit::texts!();
