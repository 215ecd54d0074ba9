//! The platform as its operators see it. The one rule: an ISP is a name and some counts here, never a subscriber.

use super::TenantId;
use super::perm;
use super::roles::is_for;
use crate::permission::{Audience, PermissionSet};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What operators are called, where people of an ISP have the names of their roles.
pub const OPERATOR_ROLE: &str = "Platform super admin";

/// Whose codes an operator's authenticator shows.
pub const OPERATOR_ISSUER: &str = "Mtandao platform";

/// What every operator may do. No ISP can give any of it away.
pub fn permissions() -> PermissionSet {
    perm::ALL.iter().map(|p| p.code).filter(|code| is_for(Audience::Platform, code)).collect()
}

/// One ISP in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IspRow {
    pub id: TenantId,
    pub name: String,
    pub code: String,
    pub hosts: Vec<String>,
    pub created_at: Timestamp,
    /// Logins of the staff that are not blocked.
    pub staff: i64,
    /// Services that are active.
    pub services: i64,
}

/// An ISP to be made, with its first admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IspForm {
    pub isp_name: String,
    /// In addresses; empty: made from the name.
    #[serde(default)]
    pub code: String,
    pub prefix: String,
    pub admin_name: String,
    pub login: String,
    pub password: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Permission;

    #[test]
    fn an_operator_may_run_the_platform_and_end_sessions_of_their_own_and_nothing_of_an_isp() {
        let operator = permissions();
        assert!(operator.can::<perm::TenantRead>() && operator.can::<perm::TenantWrite>());
        let of_isps =
            operator.0.iter().filter(|code| !code.starts_with("platform.") && *code != perm::SessionOwn::CODE);
        assert_eq!(of_isps.count(), 0);
    }
}
