//! Identity: who people are, how they prove it, what their roles allow.
//!
//! The one rule: the same answer and the same time for an unknown name and a wrong password.

pub mod identify;
pub mod logins;
pub mod mfa;
pub mod passwords;
pub mod roles;
pub mod setup;
pub mod shell;
pub mod sign_in;

use model::identity::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("identity", perm::ALL)
}
