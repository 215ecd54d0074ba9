//! Identity on screen: sign-in, second factor, passwords, first start, own profile, the office, the ribbon.

pub mod api;
pub mod audit;
mod boxes;
pub mod isp;
pub mod jobs;
pub mod login;
pub mod operators;
mod permissions;
pub mod profile;
pub mod ribbon;
pub mod roles;
pub mod routes;
pub mod second_factor;
pub mod settings;
pub mod setup;
pub mod staff;
pub mod view_as;

kit::texts!();
