//! Looking at a subscriber's portal as the subscriber does, or at an ISP as its admin does. The one rule: with a reason, for half an hour, without
//! changing anything, and with both names in the log.

use super::{LoginId, TenantId};
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
        Ok((self.login, reason(&self.reason)?))
    }
}

/// Begins to look at an ISP as its admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterIspForm {
    pub isp: TenantId,
    #[serde(default)]
    pub reason: String,
}

/// Why somebody looks: nobody does so without a reason.
pub fn reason(typed: &str) -> Result<NonBlank<200>, FieldErrors> {
    NonBlank::parse(typed).map_err(|e| FieldErrors::one("reason", e.to_string()))
}

/// Somebody who views as the signed-in person, kept in the session: of the staff at `/my`, an operator at the staff's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub view_id: Uuid,
    /// The staff member, or the operator.
    pub staff_id: Uuid,
    pub name: String,
    pub until: Timestamp,
}
