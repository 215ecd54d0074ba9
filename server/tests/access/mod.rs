//! Who may pass which door: one line for each server function, one file for each context.
//!
//! The one rule: the list of doors is the program's own registry. A door without a line fails, and so does a line
//! without a door.

mod billing;
mod catalog;
mod comms;
mod crm;
mod field;
mod identity;
mod network;
mod portal;
pub mod routes;

/// What a door asks for.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// This permission.
    Needs(&'static str),
    /// A session, whatever its role; the reason why no permission is asked.
    SignedIn(&'static str),
    /// Nothing: strangers pass, for this reason.
    Open(&'static str),
}

/// One server function: `needs("/rpc/staff/crm/leads/list", "crm.lead.read")`.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    pub path: &'static str,
    pub rule: Rule,
    /// Arguments in form encoding, where those that are guessed from the sources do not fit.
    pub arguments: Option<&'static str>,
}

pub const fn needs(path: &'static str, permission: &'static str) -> Door {
    Door { path, rule: Rule::Needs(permission), arguments: None }
}

pub const fn signed_in(path: &'static str, reason: &'static str) -> Door {
    Door { path, rule: Rule::SignedIn(reason), arguments: None }
}

pub const fn open(path: &'static str, reason: &'static str) -> Door {
    Door { path, rule: Rule::Open(reason), arguments: None }
}

impl Door {
    /// The same with arguments that can be read: `id=…&form[name]=Asha`.
    #[allow(dead_code, reason = "guessed arguments may fit all doors")]
    pub const fn with(self, arguments: &'static str) -> Self {
        Self { arguments: Some(arguments), ..self }
    }
}

/// All doors, in the order of the contexts.
pub fn doors() -> Vec<Door> {
    [
        identity::DOORS,
        catalog::DOORS,
        crm::DOORS,
        billing::DOORS,
        network::DOORS,
        field::DOORS,
        comms::DOORS,
        portal::DOORS,
    ]
    .concat()
}
