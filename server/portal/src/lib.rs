//! Pages that join contexts: the subscriber page, `/my`, search, dashboards, `/partner`, and the first password of a
//! subscriber.
//!
//! The one rule: what the reader may not see is not read into the answer; what the database's policies hide is not there.

pub mod access;
mod clock;
pub mod dashboard;
pub mod my;
pub mod partner;
pub mod search;
pub mod subscriber;

/// The texts of SMS, in the reader's language.
#[allow(clippy::let_and_return, reason = "written by the build script")]
mod texts {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

pub use clock::{is_moving, move_on, page_clock};

use model::portal::perm;
use platform::ServerModule;

/// This context's share of the server.
pub fn module() -> ServerModule {
    ServerModule::new("portal", perm::ALL).job::<clock::MoveClock>().job::<access::SendCode>()
}
