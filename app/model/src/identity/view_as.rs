//! Looking at a subscriber's portal as the subscriber does. The one rule: with a reason, for half an hour, without
//! changing anything, and with both names in the log.

use super::LoginId;
use crate::FieldErrors;
use crate::text::NonBlank;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Minutes that it lasts.
pub const VIEW_AS_MINUTES: i64 = 30;

/// The logins of an account, to choose whom to view as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewAsChoice {
    /// The account's number, as on the invoice.
    pub account: String,
    pub logins: Vec<ViewAsLogin>,
}

/// One login of a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewAsLogin {
    pub id: LoginId,
    pub name: String,
}

/// Begins to view as a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewAsForm {
    pub login: LoginId,
    #[serde(default)]
    pub reason: String,
}

impl ViewAsForm {
    /// Reads the form: a reason is a must.
    pub fn parse(self) -> Result<(LoginId, NonBlank<200>), FieldErrors> {
        let reason = NonBlank::parse(&self.reason).map_err(|e| FieldErrors::one("reason", e.to_string()))?;
        Ok((self.login, reason))
    }
}

/// Somebody of the staff who views as the signed-in subscriber, kept in the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub view_id: Uuid,
    pub staff_id: Uuid,
    pub name: String,
    pub until: Timestamp,
}
