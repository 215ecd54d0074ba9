//! People who work for the ISP. The one rule: nobody hands out more than they have, and one administrator always stays.

use super::{LoginId, RoleId};
use crate::form::optional;
use crate::msisdn::Msisdn;
use crate::text::{EmailAddress, NonBlank};
use crate::time::Timestamp;
use crate::{FieldErrors, Lang};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// How a login stands.
    StaffState {
        /// Has chosen a password and may sign in.
        Active => "active",
        /// Was sent a link and has no password yet.
        Invited => "invited",
        /// May not sign in.
        Blocked => "blocked",
    }
}

impl StaffState {
    /// From what is stored: blocked wins.
    pub const fn of(is_blocked: bool, has_password: bool) -> Self {
        match (is_blocked, has_password) {
            (true, _) => Self::Blocked,
            (false, true) => Self::Active,
            (false, false) => Self::Invited,
        }
    }
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffRow {
    pub id: LoginId,
    pub name: String,
    pub full_name: String,
    pub roles: Vec<String>,
    pub state: StaffState,
    pub has_second_factor: bool,
    pub sessions: i64,
    pub seen_at: Option<Timestamp>,
}

/// One person in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSheet {
    pub row: StaffRow,
    pub phone: Option<Msisdn>,
    pub email: Option<String>,
    pub lang: Option<Lang>,
    pub roles: Vec<RoleChoice>,
    /// It is the reader's own login: it is changed under "Your profile".
    pub is_self: bool,
    pub can_write: bool,
}

/// A role to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChoice {
    pub id: RoleId,
    pub name: String,
    pub is_chosen: bool,
}

/// Invites somebody: the link goes to the phone, else to the e-mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InviteForm {
    pub full_name: String,
    pub email: String,
    pub phone: String,
    pub lang: String,
    pub roles: Vec<RoleId>,
}

/// What an invitation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub person: Contact,
    pub roles: Vec<RoleId>,
}

/// Name and ways to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub full_name: NonBlank<120>,
    pub email: Option<EmailAddress>,
    pub phone: Option<Msisdn>,
    pub lang: Option<Lang>,
}

impl Contact {
    /// What they sign in with: the e-mail address, else the phone in its one form.
    pub fn login_name(&self) -> Option<String> {
        let email = self.email.as_ref().map(|email| email.as_str().to_lowercase());
        email.or_else(|| self.phone.map(Msisdn::canonical))
    }
}

fn contact(errors: &mut FieldErrors, full_name: &str, email: &str, phone: &str, lang: &str) -> Option<Contact> {
    let full_name = errors.take("full_name", NonBlank::parse(full_name));
    let email = optional(errors, "email", email, EmailAddress::parse);
    let phone = optional(errors, "phone", phone, Msisdn::parse);
    let lang = optional(errors, "lang", lang, |l| l.parse().map_err(|()| "Choose one of the languages in the list."));
    if email == Some(None) && phone == Some(None) {
        errors.add("email", "Enter an e-mail address or a phone number: the link to choose a password goes there.");
    }
    Some(Contact { full_name: full_name?, email: email?, phone: phone?, lang: lang? })
}

impl InviteForm {
    /// Reads the form: a name, a way to reach them, at least one role.
    pub fn parse(self) -> Result<Invite, FieldErrors> {
        let mut errors = FieldErrors::default();
        let person = contact(&mut errors, &self.full_name, &self.email, &self.phone, &self.lang);
        if self.roles.is_empty() {
            errors.add("roles", "Choose at least one role: without one nothing opens.");
        }
        match person {
            Some(person) if errors.is_empty() => Ok(Invite { person, roles: self.roles }),
            _ => Err(errors),
        }
    }
}

/// Corrects name and ways to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactForm {
    pub id: LoginId,
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub lang: String,
}

impl ContactForm {
    /// Reads the form: a name and a way to reach them.
    pub fn parse(self) -> Result<(LoginId, Contact), FieldErrors> {
        let mut errors = FieldErrors::default();
        let person = contact(&mut errors, &self.full_name, &self.email, &self.phone, &self.lang);
        match person {
            Some(person) if errors.is_empty() => Ok((self.id, person)),
            _ => Err(errors),
        }
    }
}

/// Gives a person exactly these roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffRolesForm {
    pub id: LoginId,
    #[serde(default)]
    pub roles: Vec<RoleId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_needs_a_name_a_way_to_send_the_link_and_a_role() {
        let refused = InviteForm::default().parse().unwrap_err();
        for field in ["full_name", "email", "roles"] {
            assert!(refused.of(field).is_some(), "{field}");
        }
        let form = InviteForm {
            full_name: " Achieng Otieno ".into(),
            phone: "0712 000 111".into(),
            roles: vec![RoleId::new()],
            ..InviteForm::default()
        };
        let invite = form.clone().parse().unwrap();
        assert_eq!(invite.person.login_name().as_deref(), Some("254712000111"));
        let both = InviteForm { email: "Achieng@Kilele.example".into(), ..form }.parse().unwrap();
        assert_eq!(both.person.login_name().as_deref(), Some("achieng@kilele.example"));
    }

    #[test]
    fn a_blocked_login_is_blocked_whether_it_had_a_password_or_not() {
        assert_eq!(StaffState::of(true, true), StaffState::Blocked);
        assert_eq!(StaffState::of(true, false), StaffState::Blocked);
        assert_eq!(StaffState::of(false, false), StaffState::Invited);
    }
}
