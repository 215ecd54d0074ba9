//! RADIUS end to end: a real PostgreSQL, a real FreeRADIUS, our packets on real sockets.
//! The one rule: every test has a database and a FreeRADIUS of its own and leaves neither behind.

mod accounting;
mod commands;
mod database;
mod login;
mod stack;
mod tenants;
