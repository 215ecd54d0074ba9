//! What happens in this context that contexts to the right are told.

use model::identity::LoginId;
use model::identity::links::{LinkPurpose, LinkWay};
use platform::events::Event;
use serde::{Deserialize, Serialize};

/// A link to choose a password was made and is to be sent. The token is sealed: whoever reads the queue cannot use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkIssued {
    pub login_id: LoginId,
    pub purpose: LinkPurpose,
    pub way: LinkWay,
    /// Hexadecimal; `links::letter_in_op` opens it.
    pub sealed_token: String,
}

impl Event for LinkIssued {
    const NAME: &'static str = "identity.link_issued";

    fn subject(&self) -> String {
        self.login_id.to_string()
    }
}

/// An ISP was made by `/setup`: it needs what billing and catalogue start with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TenantMade {}

impl Event for TenantMade {
    const NAME: &'static str = "identity.tenant_made";

    fn subject(&self) -> String {
        String::new()
    }
}
