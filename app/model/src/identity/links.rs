//! Links that let a person choose a password. The one rule: asking for one tells nobody whether the login exists.

use serde::{Deserialize, Serialize};

crate::codes! {
    /// Why somebody gets a link.
    LinkPurpose {
        /// Forgot the password, or an administrator thinks so.
        Reset => "reset",
        /// Was invited and has none yet.
        Invite => "invite",
    }
}

impl LinkPurpose {
    /// Minutes that a link lives. An invitation may wait over a weekend.
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Reset => 30,
            Self::Invite => 3 * 24 * 60,
        }
    }
}

crate::codes! {
    /// How a link goes to its reader.
    LinkWay {
        /// To the phone, or by e-mail to who has none.
        Phone => "phone",
        /// By e-mail: that is how the person asked.
        Email => "email",
    }
}

/// Asks for a link: the login name, or the phone or e-mail that belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskLinkForm {
    #[serde(default)]
    pub name: String,
}

/// Chooses a password by a link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoosePasswordForm {
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub password: String,
}

/// Changes one's own password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePasswordForm {
    #[serde(default)]
    pub current: String,
    #[serde(default)]
    pub password: String,
}
