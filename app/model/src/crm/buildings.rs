//! Buildings and units as sales inventory. The one rule: nobody is called in a unit that asked not to be.

use super::{BuildingId, UnitId};
use crate::form::{chosen, optional};
use crate::network::SiteId;
use crate::text::NonBlank;
use crate::{FieldErrors, crm::leads::Coverage};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Who lives in a unit, as sales sees it.
    UnitStatus {
        Vacant => "vacant",
        Lead => "lead",
        Active => "active",
        Former => "former",
        Competitor => "competitor",
        DoNotSolicit => "do_not_solicit",
    }
}

impl UnitStatus {
    /// Whether sales may call there.
    pub const fn may_solicit(self) -> bool {
        !matches!(self, Self::DoNotSolicit | Self::Active)
    }
}

/// One row of the list of buildings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildingRow {
    pub id: BuildingId,
    pub name: String,
    pub area: String,
    pub county: String,
    pub units: i64,
    pub active: i64,
    pub leads: i64,
    pub coverage: Coverage,
}

/// One unit on the page of its building.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitRow {
    pub id: UnitId,
    pub label: String,
    pub status: UnitStatus,
    /// The subscriber or lead that lives there, for those who may see it.
    pub occupant: Option<String>,
}

/// The form for a building.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildingForm {
    pub name: String,
    pub area: String,
    pub county: String,
    /// Chosen from the list, or empty: the site that serves the building.
    pub site_id: String,
    /// Labels of units, separated by commas or lines.
    pub units: String,
}

/// A building that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveBuilding {
    pub name: NonBlank<120>,
    pub area: NonBlank<120>,
    pub county: NonBlank<60>,
    pub site_id: Option<SiteId>,
    /// Each label once, in the order typed.
    pub units: Vec<NonBlank<30>>,
}

/// The most units that one form adds: above it a list was pasted into the wrong field.
const UNITS_MAX: usize = 500;

impl BuildingForm {
    /// Reads the form. Units may be left empty and added later.
    pub fn parse(self) -> Result<SaveBuilding, FieldErrors> {
        let mut e = FieldErrors::default();
        let name = e.take("name", NonBlank::parse(&self.name));
        let area = e.take("area", NonBlank::parse(&self.area));
        let county = e.take("county", NonBlank::parse(&self.county));
        let site_id = optional(&mut e, "site_id", &self.site_id, chosen);
        let mut units: Vec<NonBlank<30>> = Vec::new();
        for label in self.units.split([',', '\n', ';']).filter(|label| !label.trim().is_empty()) {
            let Some(label) = e.take("units", NonBlank::parse(label)) else { break };
            if !units.contains(&label) {
                units.push(label);
            }
            if units.len() > UNITS_MAX {
                e.add("units", format!("Add at most {UNITS_MAX} units at once."));
                break;
            }
        }
        match (name, area, county, site_id) {
            (Some(name), Some(area), Some(county), Some(site_id)) if e.is_empty() => {
                Ok(SaveBuilding { name, area, county, site_id, units })
            }
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(units: &str) -> BuildingForm {
        BuildingForm {
            name: "Jacaranda Court".into(),
            area: "Kahawa West".into(),
            county: "Nairobi".into(),
            site_id: String::new(),
            units: units.into(),
        }
    }

    #[test]
    fn units_are_read_once_each_in_order() {
        let building = form("B1, B2\r\nB3,B2,,").parse().unwrap();
        assert_eq!(building.units.iter().map(NonBlank::as_str).collect::<Vec<_>>(), ["B1", "B2", "B3"]);
    }

    #[test]
    fn too_many_or_too_long_units_are_refused() {
        let many: Vec<String> = (0..=UNITS_MAX).map(|n| n.to_string()).collect();
        assert!(form(&many.join(",")).parse().unwrap_err().of("units").is_some());
        assert!(form(&"x".repeat(31)).parse().unwrap_err().of("units").is_some());
    }

    #[test]
    fn who_asked_for_peace_is_left_in_peace() {
        assert!(!UnitStatus::DoNotSolicit.may_solicit());
        assert!(UnitStatus::Competitor.may_solicit());
    }
}
