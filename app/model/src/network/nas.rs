//! Routers that ask RADIUS. The one rule: the source address of a NAS names its tenant, so it is unique in the
//! installation.

use super::{NasId, SiteId};
use crate::FieldErrors;
use crate::form::{chosen, optional, ticked, whole_number};
use crate::net::parse_ip;
use crate::text::NonBlank;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

crate::codes! {
    /// Whose attributes a NAS understands.
    NasVendor {
        MikroTik => "mikrotik",
        Cisco => "cisco",
        Juniper => "juniper",
        Huawei => "huawei",
        Accel => "accel",
        Generic => "generic",
    }
}

impl NasVendor {
    /// What the form offers: routers whose dialect we speak, and those that get standard attributes only.
    pub const OFFERED: [Self; 2] = [Self::MikroTik, Self::Generic];

    /// The vendor as the form offers it.
    pub fn offered(self) -> Self {
        if Self::OFFERED.contains(&self) { self } else { Self::Generic }
    }
}

/// One row of the list of NAS devices. The secret never leaves the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NasRow {
    pub id: NasId,
    pub name: String,
    pub address: IpAddr,
    pub vendor: NasVendor,
    pub coa_port: u16,
    pub site: Option<String>,
    pub requires_message_authenticator: bool,
    pub sessions: i64,
    pub last_seen_at: Option<Timestamp>,
}

/// The form for a NAS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NasForm {
    /// Empty for a new one.
    pub id: String,
    pub name: String,
    pub address: String,
    pub vendor: String,
    /// Empty keeps the present secret.
    pub secret: String,
    pub coa_port: String,
    /// Chosen from the list, or empty.
    pub site_id: String,
    pub requires_message_authenticator: String,
}

/// A NAS that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveNas {
    pub id: Option<NasId>,
    pub name: NonBlank<60>,
    pub address: IpAddr,
    pub vendor: NasVendor,
    /// `None` keeps the present one.
    pub secret: Option<NasSecret>,
    pub coa_port: u16,
    pub site_id: Option<SiteId>,
    pub requires_message_authenticator: bool,
}

/// The port that routers listen on for CoA and Disconnect (RFC 5176).
pub const COA_PORT: u16 = 3799;

/// A shared secret. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct NasSecret(String);

impl NasSecret {
    /// Reads a secret of 16 to 64 printable characters without blanks and quotes: routers and FreeRADIUS differ on how
    /// these are escaped, and a short secret is found by trying (RFC 2865, section 3).
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let allowed = |b: u8| b.is_ascii_graphic() && !b"\"'\\#{}$%,".contains(&b);
        if !(16..=64).contains(&text.len()) {
            Err("Use a secret of 16 to 64 characters.")
        } else if !text.bytes().all(allowed) {
            Err("Use letters, digits and simple signs, without blanks, quotes, commas or any of \\ # { } $ %.")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The secret itself, for the vault and for the RADIUS client.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NasSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NasSecret(…)")
    }
}

impl NasForm {
    /// Reads the form. A new NAS needs a secret.
    pub fn parse(self) -> Result<SaveNas, FieldErrors> {
        let mut e = FieldErrors::default();
        let id = optional(&mut e, "id", &self.id, chosen);
        let name = e.take("name", NonBlank::parse(&self.name));
        let address = e.take("address", parse_ip(&self.address));
        let vendor = e.take("vendor", self.vendor.parse());
        let secret = optional(&mut e, "secret", &self.secret, NasSecret::parse);
        if id == Some(None) && secret == Some(None) {
            e.add("secret", "Enter the shared secret that the router uses.");
        }
        let coa_port = optional(&mut e, "coa_port", &self.coa_port, |text| whole_number(text, 1, 65_535));
        let site_id = optional(&mut e, "site_id", &self.site_id, chosen);
        match (id, name, address, vendor, secret, coa_port, site_id) {
            (Some(id), Some(name), Some(address), Some(vendor), Some(secret), Some(coa_port), Some(site_id))
                if e.is_empty() =>
            {
                let coa_port = coa_port.and_then(|port| u16::try_from(port).ok()).unwrap_or(COA_PORT);
                let requires_message_authenticator = ticked(&self.requires_message_authenticator);
                Ok(SaveNas { id, name, address, vendor, secret, coa_port, site_id, requires_message_authenticator })
            }
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(secret: &str, coa_port: &str) -> NasForm {
        NasForm {
            name: "Kahawa BNG".into(),
            address: "10.20.0.1".into(),
            vendor: "mikrotik".into(),
            secret: secret.into(),
            coa_port: coa_port.into(),
            ..NasForm::default()
        }
    }

    #[test]
    fn a_new_nas_needs_a_secret_and_an_old_one_keeps_its_own() {
        assert!(form("", "").parse().unwrap_err().of("secret").is_some());
        let old = NasForm { id: NasId::new().to_string(), ..form("", "") };
        assert_eq!(old.parse().map(|nas| (nas.secret, nas.coa_port)), Ok((None, COA_PORT)));
    }

    #[test]
    fn a_weak_or_unwritable_secret_is_refused() {
        for secret in ["short", "has blanks in the middle", "quote\"quote\"quote", "comma,comma,comma,comma"] {
            assert!(form(secret, "").parse().unwrap_err().of("secret").is_some(), "{secret}");
        }
        let nas = form("s3cret-0123456789", "1700").parse().unwrap();
        assert_eq!(nas.coa_port, 1700);
        assert!(!format!("{nas:?}").contains("s3cret"));
    }

    #[test]
    fn a_maker_whose_dialect_we_do_not_speak_is_offered_as_another_router() {
        assert_eq!(NasVendor::MikroTik.offered(), NasVendor::MikroTik);
        assert_eq!(NasVendor::Huawei.offered(), NasVendor::Generic);
    }

    #[test]
    fn a_port_out_of_range_is_refused() {
        assert!(form("s3cret-0123456789", "65536").parse().unwrap_err().of("coa_port").is_some());
    }
}
