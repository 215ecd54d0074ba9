//! What RADIUS tells a router about one service. The one rule: a lock means the walled garden, whatever the plan says.

use crate::billing::locks::LockReason;
use crate::catalog::speeds::Speeds;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The speed inside the walled garden: enough for the payment page and M-Pesa, too little for anything else.
pub const WALLED_SPEEDS: Speeds = Speeds { down_kbps: 512, up_kbps: 512 };
/// The firewall list that routers put locked subscribers on.
pub const WALLED_LIST: &str = "suspended";

/// The profile of a service at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProfile {
    pub speeds: Speeds,
    pub is_walled: bool,
}

impl ServiceProfile {
    /// The plan's speed without locks, else the walled garden.
    pub fn of(plan: Speeds, locks: &[LockReason]) -> Self {
        if locks.is_empty() {
            Self { speeds: plan, is_walled: false }
        } else {
            Self { speeds: WALLED_SPEEDS, is_walled: true }
        }
    }
}

/// Why a typed user name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Use 3 to 64 small letters, digits, dots, dashes or underlines, for example mnjeri or mt0042178.")]
pub struct UsernameError;

/// The user name of an access. Small letters only: routers and people differ on case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessUsername(String);

impl AccessUsername {
    /// Reads a user name; large letters become small. A realm (`@isp`) is allowed.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let name = text.trim().to_ascii_lowercase();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_@".contains(&b);
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        let ok = (3..=64).contains(&name.len()) && name.bytes().all(allowed) && begins_well;
        if ok { Ok(Self(name)) } else { Err(UsernameError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccessUsername {
    type Error = UsernameError;
    fn try_from(text: String) -> Result<Self, UsernameError> {
        Self::parse(&text)
    }
}
impl From<AccessUsername> for String {
    fn from(name: AccessUsername) -> String {
        name.0
    }
}
impl fmt::Display for AccessUsername {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_lock_means_the_walled_garden() {
        let plan = Speeds { down_kbps: 20_000, up_kbps: 5_000 };
        assert_eq!(ServiceProfile::of(plan, &[]), ServiceProfile { speeds: plan, is_walled: false });
        for reason in LockReason::ALL {
            assert!(ServiceProfile::of(plan, &[*reason]).is_walled);
        }
    }

    #[test]
    fn a_user_name_is_small_letters_and_few_signs() {
        assert_eq!(AccessUsername::parse(" MNjeri@kilele ").map(String::from), Ok("mnjeri@kilele".into()));
        for text in ["", "ab", "a b c", "jane'--", ".jane", "ñandu", "jane\n"] {
            assert_eq!(AccessUsername::parse(text).is_ok(), text == "jane\n", "{text:?}");
        }
    }
}
