//! The server: starting everything, serving pages, running jobs, stopping cleanly.

pub mod boot;
pub mod children;
pub mod commands;
pub mod http;
pub mod modules;
pub mod pages;
pub mod state;
pub mod stream;
