//! The two towns of the demo: areas, buildings, and where they lie.

/// A town with its county and middle.
pub struct Town {
    pub name: &'static str,
    pub county: &'static str,
    pub areas: &'static [Area],
}

/// A part of a town with its buildings.
pub struct Area {
    pub name: &'static str,
    pub at: (f64, f64),
    pub buildings: &'static [&'static str],
}

impl Area {
    /// Where a building stands: the buildings of an area lie some three hundred metres apart.
    pub fn position_of(&self, building: &str) -> (f64, f64) {
        const STEPS: [(f64, f64); 3] = [(0.003, -0.002), (0.0, 0.003), (-0.003, -0.001)];
        let index = self.buildings.iter().position(|name| *name == building).unwrap_or_default();
        let (north, east) = STEPS[index % STEPS.len()];
        (self.at.0 + north, self.at.1 + east)
    }
}

pub const TOWNS: &[Town] = &[
    Town {
        name: "Ruiru",
        county: "Kiambu",
        areas: &[
            Area {
                name: "Kahawa West",
                at: (-1.1843, 36.9010),
                buildings: &["Jacaranda Court", "Sunrise Flats", "Baraka House"],
            },
            Area {
                name: "Kimbo",
                at: (-1.1330, 36.9740),
                buildings: &["Mwihoko Plaza", "Kimbo Heights", "Amani Court"],
            },
            Area {
                name: "Membley",
                at: (-1.1620, 36.9280),
                buildings: &["Membley Gardens", "Palm View", "Tulia Apartments"],
            },
            Area {
                name: "Ruiru Town",
                at: (-1.1466, 36.9609),
                buildings: &["Equator House", "Station Road 12", "Spur Mall Flats"],
            },
        ],
    },
    Town {
        name: "Thika",
        county: "Kiambu",
        areas: &[
            Area {
                name: "Makongeni",
                at: (-1.0480, 37.1120),
                buildings: &["Phase 7 Court", "Chania View", "Delmonte Flats"],
            },
            Area {
                name: "Section 9",
                at: (-1.0290, 37.0720),
                buildings: &["Engen Heights", "Pilot House", "Ananas Court"],
            },
            Area {
                name: "Kiganjo",
                at: (-1.0610, 37.0880),
                buildings: &["Umoja Flats", "Kiganjo Plaza", "Highway Court"],
            },
            Area {
                name: "Thika Town",
                at: (-1.0396, 37.0834),
                buildings: &["Uhuru Street 4", "Stadium View", "Blue Post Flats"],
            },
        ],
    },
];
