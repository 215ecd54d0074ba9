//! Roles as the editor shows them: permissions in groups, and the classes of a subscriber's fields in words.

use super::RoleId;
use crate::permission::{Audience, FieldClass};
use crate::text::NonBlank;
use crate::{FieldErrors, PermissionInfo};
use serde::{Deserialize, Serialize};

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    pub id: RoleId,
    pub name: String,
    pub audience: Audience,
    pub is_built_in: bool,
    pub people: i64,
    pub permissions: i64,
}

/// One permission with its box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionBox {
    pub code: String,
    pub says: String,
    pub is_chosen: bool,
    /// The reader has it, and so may hand it out.
    pub can_give: bool,
}

/// The permissions of one context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionGroup {
    pub context: String,
    pub boxes: Vec<PermissionBox>,
}

/// One role in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSheet {
    pub row: RoleRow,
    pub groups: Vec<PermissionGroup>,
    /// Which of a subscriber's fields are sent to this role.
    pub classes: Vec<FieldClass>,
    pub people: Vec<String>,
    pub can_write: bool,
}

/// Gives a role of one's own a name and exactly these permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleForm {
    pub id: RoleId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// Makes a role of one's own that begins with what another one may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRoleForm {
    pub of: RoleId,
    #[serde(default)]
    pub name: String,
}

/// The name of a role.
pub type RoleName = NonBlank<60>;

/// Reads the name of a role.
pub fn role_name(name: &str) -> Result<RoleName, FieldErrors> {
    RoleName::parse(name).map_err(|e| FieldErrors::one("name", e.to_string()))
}

/// The permission that every role has: without it a person could not end their own sessions.
pub const OWN_SESSIONS: &str = "identity.session.own";

/// Whether people of this audience may have the permission at all.
pub fn is_for(audience: Audience, code: &str) -> bool {
    let own = |start: &str| code.starts_with(start);
    code == OWN_SESSIONS
        || match audience {
            Audience::My => own("my."),
            Audience::Partner => own("partner."),
            Audience::Platform => own("platform."),
            Audience::Staff => !own("my.") && !own("partner.") && !own("platform."),
        }
}

/// The context that a permission stands under in the editor: the first word of its code.
pub fn context_of(permission: &PermissionInfo) -> &'static str {
    permission.code.split('.').next().unwrap_or_default()
}

/// The class of a subscriber's fields that a permission opens, if it is one of those.
pub fn class_of(code: &str) -> Option<FieldClass> {
    match code {
        "crm.subscriber.read" => Some(FieldClass::Basic),
        "crm.subscriber.read_contact" => Some(FieldClass::Contact),
        "crm.subscriber.read_financial" => Some(FieldClass::Financial),
        "crm.subscriber.read_technical" => Some(FieldClass::Technical),
        "crm.subscriber.read_private" => Some(FieldClass::Private),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reseller_cannot_be_given_a_permission_of_the_staff() {
        assert!(is_for(Audience::Staff, "billing.invoice.void") && !is_for(Audience::Partner, "billing.invoice.void"));
        assert!(is_for(Audience::My, "my.money") && !is_for(Audience::Staff, "my.money"));
        for audience in Audience::ALL {
            assert!(is_for(audience, OWN_SESSIONS), "{audience:?}");
        }
    }

    #[test]
    fn each_class_of_fields_has_its_permission() {
        let codes = crate::crm::perm::ALL.iter().filter_map(|p| class_of(p.code)).count();
        assert_eq!(codes, 5);
    }
}
