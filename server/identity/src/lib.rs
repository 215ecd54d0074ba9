//! Identity: who people are, how they prove it, what their roles allow.
//!
//! The one rule: the same answer and the same time for an unknown name and a wrong password.

pub mod audit;
pub mod events;
pub mod factor_keeper;
pub mod identify;
pub mod jobs;
pub mod links;
pub mod logins;
pub mod mfa;
pub mod operators;
mod paging;
pub mod passwords;
pub mod role_editor;
pub mod roles;
pub mod second_factor;
pub mod settings;
pub mod setup;
pub mod shell;
pub mod sign_in;
pub mod staff;
pub mod tidy;
pub mod view_as;

use model::identity::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("identity", perm::ALL)
        .job::<links::SendLink>()
        .job::<view_as::EndView>()
        .job::<tidy::Tidy>()
        .each_day("identity.tidy", |day| tidy::Tidy { day })
        .routes(audit::routes)
}
