//! Every door of the program, knocked at over its own router: who may pass, what another site may not make a browser
//! send, what comes back.

#[path = "../access/mod.rs"]
mod access;
mod arguments;
mod effects;
mod house;
mod matrix;
mod office;
mod operators;
mod pages;
mod routes;
mod sessions;
mod web;
