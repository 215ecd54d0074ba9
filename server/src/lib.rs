//! The server: starting everything, serving pages, running jobs, stopping cleanly.

pub mod boot;
pub mod children;
pub mod clock_command;
pub mod commands;
pub mod database;
pub mod demo;
pub mod freeradius;
pub mod http;
pub mod lan;
mod metrics;
pub mod modules;
pub mod nas_sim;
pub mod pages;
pub mod simulated;
pub mod state;
pub mod stream;
