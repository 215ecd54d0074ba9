//! The projection that FreeRADIUS reads, and FreeRADIUS itself: its configuration and its process.
//! The one rule: schema `radius` knows locks and never dates. Whoever changes a service writes the projection in the
//! same transaction; whether a lock is due is decided elsewhere.

mod accounts;
pub mod freeradius;
mod key;
mod nas;
mod sessions;

pub use accounts::{ACTIVE_LIST, Account, WALLED_LIST, remove_in, session_change_in, set_locked_in, upsert_in};
pub use key::{BadKey, ProjectionKey};
pub use nas::{Nas, NasVendor, remove_nas_in, upsert_nas_in};
pub use sessions::{OpenSession, open_sessions_in};

/// Why the projection could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum RadiusError {
    #[error(
        "Another router already sends from {0}. Each router needs an address of its own in this installation; give \
             this one another address, or remove the other router first."
    )]
    AddressTaken(std::net::IpAddr),
    #[error(
        "The shared secret is empty or has a character that routers do not take. Use 1 to 120 letters, digits and \
             signs, without spaces."
    )]
    BadSecret,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
