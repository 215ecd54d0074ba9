//! Identity on screen: sign-in, second factor, first start, own sessions, the ribbon.

pub mod api;
pub mod login;
pub mod profile;
pub mod ribbon;
pub mod setup;

kit::texts!();
