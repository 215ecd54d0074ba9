//! `identity`: types, forms and pure rules of this context.

pub mod audit;
pub mod jobs;
pub mod links;
pub mod operators;
pub mod roles;
pub mod second_factor;
pub mod settings;
pub mod staff;
pub mod view_as;

use crate::error::FieldErrors;
use crate::msisdn::MsisdnError;
use crate::permission::{Audience, PermissionSet};
use crate::text::TextError;
use crate::{Currency, Lang};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a refused sign-in says: not which of the two was wrong.
pub const WRONG_SIGN_IN: &str = "The phone or e-mail, or the password, is wrong. Check both and try again.";
/// The same for subscribers, who sign in by their phone number.
pub const WRONG_MY_SIGN_IN: &str = "The phone number or the password is wrong. Check both and try again.";

/// What a refused sign-in of this audience says, in the words of its form.
pub const fn wrong_sign_in(audience: Audience) -> &'static str {
    match audience {
        Audience::My => WRONG_MY_SIGN_IN,
        _ => WRONG_SIGN_IN,
    }
}

crate::ids! {
    /// One ISP.
    Tenant => TenantId,
    /// A person with a login, of any audience.
    Login => LoginId,
    /// A named set of permissions.
    Role => RoleId,
}

/// What every page knows of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantHead {
    pub id: TenantId,
    pub code: String,
    pub name: String,
    /// Two or three capital letters before account numbers.
    pub prefix: String,
    pub currency: Currency,
    pub time_zone: String,
    pub lang: Lang,
    /// Hue of the brand colour in degrees, when it is not Mtandao's own.
    pub brand_hue: Option<i16>,
    pub phone: Option<String>,
    pub whatsapp: Option<String>,
    pub is_demo: bool,
    pub mfa_required: bool,
}

/// What the shell of every page needs: tenant, person, permissions, and the ribbon's facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    pub audience: Audience,
    pub tenant: Option<TenantHead>,
    pub person: Option<ShellPerson>,
    pub is_demo: bool,
    /// Business time on the ISP's wall clock, when it is not real time.
    pub business_time: Option<chrono::NaiveDateTime>,
    /// Where the simulators' pages are, in a demo.
    pub simulators_url: Option<String>,
}

/// The signed-in person as the shell shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellPerson {
    pub id: Uuid,
    pub name: String,
    pub login_name: String,
    pub roles: Vec<String>,
    pub permissions: PermissionSet,
    /// Somebody of the staff views as this person.
    pub viewer: Option<ShellViewer>,
}

/// Who views as somebody else, and until when, on the ISP's wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellViewer {
    pub name: String,
    pub until: String,
}

/// One of a person's sessions, for the list that ends them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: Uuid,
    pub is_current: bool,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// A browser as its owner would name it: "Chrome, Android". An unknown one is `None`.
pub fn device_name(user_agent: &str) -> Option<String> {
    // The order matters: Edge and Opera also say Chrome, Chrome also says Safari.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (one, other) => one.or(other),
    }
}

/// What comes after a password that was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginStep {
    /// Signed in: go on to this path of ours.
    Done { next: String },
    /// A second factor is wanted at `/mfa`.
    SecondFactor { next: String },
}

/// The sign-in form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginForm {
    pub name: String,
    pub password: String,
    /// The path of ours to go on to.
    #[serde(default)]
    pub next: String,
}

impl LoginForm {
    /// Names the fields that are empty.
    ///
    /// # Errors
    /// The refusal of each.
    pub fn check(&self, audience: Audience) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.name.trim().is_empty() {
            match audience {
                Audience::My => errors.add("name", MsisdnError::Blank.to_string()),
                _ => errors.add("name", TextError::Blank.to_string()),
            }
        }
        if self.password.is_empty() {
            errors.add("password", TextError::Blank.to_string());
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The form of the second factor: a code of six digits, or a recovery code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaForm {
    pub code: String,
    #[serde(default)]
    pub next: String,
}

/// The form of the first start: platform administrator, first ISP, its first admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupForm {
    pub isp: operators::IspForm,
    pub operator_name: String,
    pub operator_login: String,
    pub operator_password: String,
}

/// Keeps a redirect inside our own pages: a path with one leading slash, nothing that a browser reads as another host.
pub fn safe_next(next: &str, fallback: &str) -> String {
    let inside =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    if inside { next.to_owned() } else { fallback.to_owned() }
}

/// The shortest passwords: staff see other people's data, subscribers their own.
pub const fn password_min(audience: Audience) -> usize {
    match audience {
        Audience::Staff | Audience::Platform | Audience::Partner => 12,
        Audience::My => 8,
    }
}

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        StaffRead => "identity.staff.read": "See staff",
        StaffWrite => "identity.staff.write": "Add, change and block staff",
        RoleRead => "identity.role.read": "See roles",
        RoleWrite => "identity.role.write": "Change roles",
        SettingRead => "identity.setting.read": "See settings",
        SettingWrite => "identity.setting.write": "Change settings",
        AuditRead => "identity.audit.read": "Read the audit log",
        SessionOwn => "identity.session.own": "Own sessions, password and second factor",
        ImpersonateStart => "identity.impersonation.start": "View the portal as a subscriber, audited",
        JobRead => "identity.job.read": "See background work",
        JobWrite => "identity.job.write": "Retry and drop failed background work",
        DemoUse => "identity.demo.use": "Use the demo's clock and simulators",
        ResellerRead => "identity.reseller.read": "See resellers",
        ResellerWrite => "identity.reseller.write": "Add and change resellers",
        TenantRead => "platform.tenant.read": "See the ISPs of this installation",
        TenantWrite => "platform.tenant.write": "Add ISPs",
        TenantEnter => "platform.tenant.enter": "Look at an ISP as its admin, audited",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_its_owner_would() {
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(device_name(edge).as_deref(), Some("Edge, Windows"));
        assert_eq!(device_name("curl/8.0"), None);
    }

    #[test]
    fn a_redirect_never_leaves_our_pages() {
        assert_eq!(safe_next("/billing/invoices?tab=open", "/"), "/billing/invoices?tab=open");
        for evil in ["//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:alert(1)", "/a\nb"] {
            assert_eq!(safe_next(evil, "/staff"), "/staff", "{evil}");
        }
    }
}
