//! The contexts of this server, one line each.

use platform::ServerModule;

/// Every context's share of the server, in the order of the contexts: calls go left, events go right.
pub fn all() -> Vec<ServerModule> {
    vec![
        identity::module(),
    ]
}
