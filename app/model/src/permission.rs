//! Permissions: declared once per context, checked before a connection is handed out, shown in the role editor.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who a portal is for. Each audience has its own cookie, its own login form and its own server functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    Staff,
    My,
    Partner,
    Platform,
}

impl Audience {
    pub const ALL: [Audience; 4] = [Self::Staff, Self::My, Self::Partner, Self::Platform];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::My => "my",
            Self::Partner => "partner",
            Self::Platform => "platform",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.code() == code)
    }
}

/// The classes of a subscriber's fields. A role reads and writes by class; a column that may not be seen is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldClass {
    Basic,
    Contact,
    Financial,
    Technical,
    Private,
}

/// A permission as a type: the signature of a verb names it, so a verb cannot be called without it.
pub trait Permission: Send + Sync + 'static {
    const CODE: &'static str;
}

/// A permission as the role editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionInfo {
    pub code: &'static str,
    pub says: &'static str,
}

/// The codes that a session holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionSet(pub BTreeSet<String>);

impl PermissionSet {
    pub fn has(&self, code: &str) -> bool {
        self.0.contains(code)
    }

    pub fn can<P: Permission>(&self) -> bool {
        self.has(P::CODE)
    }
}

impl<S: Into<String>> FromIterator<S> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = S>>(codes: I) -> Self {
        Self(codes.into_iter().map(Into::into).collect())
    }
}

/// Declares the permissions of a context: a type each, and the list that editor, seed roles and tests read.
/// `permissions! { InvoiceVoid => "billing.invoice.void": "Void an unpaid invoice", … }`
#[macro_export]
macro_rules! permissions {
    ($($name:ident => $code:literal : $says:literal),+ $(,)?) => {
        $(
            #[doc = $says]
            #[derive(Debug)]
            pub enum $name {}
            impl $crate::Permission for $name { const CODE: &'static str = $code; }
        )+
        /// Every permission of this context, in the order of the role editor.
        pub const ALL: &[$crate::PermissionInfo] = &[$($crate::PermissionInfo { code: $code, says: $says }),+];
    };
}
