//! Forms for sites and devices. The one rule: a place is on the map of the world or it is nowhere.

use super::devices::{DeviceKind, Position};
use super::{DeviceId, SiteId};
use crate::FieldErrors;
use crate::crm::BuildingId;
use crate::form::{chosen, optional};
use crate::net::parse_ip;
use crate::text::NonBlank;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Why a typed place was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter latitude and longitude in degrees, for example -1.1833, 36.9000.")]
pub struct PositionError;

/// Reads `latitude, longitude` in decimal degrees, as map programs copy them.
pub fn parse_position(text: &str) -> Result<Position, PositionError> {
    let degrees = |part: &str, most: f64| {
        let plain = part.trim();
        let is_number = plain.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'));
        plain.parse::<f64>().ok().filter(|value| is_number && value.abs() <= most)
    };
    let (latitude, longitude) = text.trim().split_once([',', ' ']).ok_or(PositionError)?;
    let latitude = degrees(latitude, 90.0).ok_or(PositionError)?;
    let longitude = degrees(longitude, 180.0).ok_or(PositionError)?;
    Ok(Position { latitude, longitude })
}

/// One row of the list of sites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteRow {
    pub id: SiteId,
    pub name: String,
    pub county: String,
    pub position: Option<Position>,
    pub devices: i64,
    pub subscribers: i64,
}

/// The form for a site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteForm {
    /// Empty for a new one.
    pub id: String,
    pub name: String,
    pub county: String,
    pub position: String,
}

/// A site that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveSite {
    pub id: Option<SiteId>,
    pub name: NonBlank<80>,
    pub county: NonBlank<60>,
    pub position: Option<Position>,
}

impl SiteForm {
    /// Reads the form. Name and county are needed.
    pub fn parse(self) -> Result<SaveSite, FieldErrors> {
        let mut e = FieldErrors::default();
        let id = optional(&mut e, "id", &self.id, chosen);
        let name = e.take("name", NonBlank::parse(&self.name));
        let county = e.take("county", NonBlank::parse(&self.county));
        let position = optional(&mut e, "position", &self.position, parse_position);
        match (id, name, county, position) {
            (Some(id), Some(name), Some(county), Some(position)) => Ok(SaveSite { id, name, county, position }),
            _ => Err(e),
        }
    }
}

/// The form for a device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceForm {
    /// Empty for a new one.
    pub id: String,
    pub name: String,
    pub kind: String,
    /// Chosen from the list, or empty.
    pub site_id: String,
    /// Chosen from the list, or empty: what it hangs on.
    pub parent_id: String,
    pub address: String,
    /// Empty takes the site's.
    pub position: String,
}

/// A device that can be stored; whether its parent makes a loop, `Topology::can_attach` says.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveDevice {
    pub id: Option<DeviceId>,
    pub name: NonBlank<80>,
    pub kind: DeviceKind,
    pub site_id: Option<SiteId>,
    pub parent_id: Option<DeviceId>,
    pub address: Option<IpAddr>,
    pub position: Option<Position>,
}

impl DeviceForm {
    /// Reads the form. Name and kind are needed.
    pub fn parse(self) -> Result<SaveDevice, FieldErrors> {
        let mut e = FieldErrors::default();
        let id = optional(&mut e, "id", &self.id, chosen);
        let name = e.take("name", NonBlank::parse(&self.name));
        let kind = e.take("kind", self.kind.parse());
        let site_id = optional(&mut e, "site_id", &self.site_id, chosen);
        let parent_id = optional(&mut e, "parent_id", &self.parent_id, chosen);
        let address = optional(&mut e, "address", &self.address, parse_ip);
        let position = optional(&mut e, "position", &self.position, parse_position);
        match (id, name, kind, site_id, parent_id, address, position) {
            (Some(id), Some(name), Some(kind), Some(site_id), Some(parent_id), Some(address), Some(position)) => {
                Ok(SaveDevice { id, name, kind, site_id, parent_id, address, position })
            }
            _ => Err(e),
        }
    }
}

/// Says which device serves a building.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HangBuildingForm {
    pub device_id: DeviceId,
    /// Chosen from the list.
    #[serde(default)]
    pub building_id: String,
}

impl HangBuildingForm {
    /// Reads the form. A building has to be chosen.
    pub fn parse(self) -> Result<(DeviceId, BuildingId), FieldErrors> {
        let mut e = FieldErrors::default();
        match e.take("building_id", chosen(&self.building_id)) {
            Some(building) => Ok((self.device_id, building)),
            None => Err(e),
        }
    }
}

/// Says which device a service hangs on; people know a service by the name that its router dials with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HangServiceForm {
    pub device_id: DeviceId,
    #[serde(default)]
    pub username: String,
}

impl HangServiceForm {
    /// Reads the form. A user name is needed.
    pub fn parse(self) -> Result<(DeviceId, NonBlank<253>), FieldErrors> {
        let mut e = FieldErrors::default();
        match e.take("username", NonBlank::parse(&self.username)) {
            Some(username) => Ok((self.device_id, username)),
            None => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_maps_copy_it() {
        let kahawa = Position { latitude: -1.1833, longitude: 36.9 };
        for text in ["-1.1833, 36.9000", "-1.1833 36.9", " -1.1833,36.9 "] {
            assert_eq!(parse_position(text), Ok(kahawa), "{text}");
        }
        for text in ["", "-1.18", "91, 0", "0, 181", "nan, nan", "inf, 0", "1e1, 2", "a, b", "1,2,3"] {
            assert_eq!(parse_position(text), Err(PositionError), "{text}");
        }
    }

    #[test]
    fn what_is_to_hang_on_a_device_has_to_be_named() {
        let device_id = DeviceId::new();
        let building = HangBuildingForm { device_id, building_id: String::new() };
        assert!(building.parse().unwrap_err().of("building_id").is_some());
        let service = HangServiceForm { device_id, username: " ".into() };
        assert!(service.parse().unwrap_err().of("username").is_some());
    }

    #[test]
    fn a_device_needs_a_name_and_a_kind_and_every_wrong_field_is_named() {
        let form = DeviceForm { address: "10.0.0".into(), position: "x".into(), ..DeviceForm::default() };
        let errors = form.parse().unwrap_err();
        assert!(["name", "kind", "address", "position"].iter().all(|field| errors.of(field).is_some()));
        let form = DeviceForm { name: "OLT-2".into(), kind: "olt".into(), ..DeviceForm::default() };
        assert!(form.parse().is_ok());
        let site = SiteForm { name: "Kahawa West".into(), county: "Nairobi".into(), ..SiteForm::default() };
        assert_eq!(site.parse().map(|site| site.position), Ok(None));
    }
}
