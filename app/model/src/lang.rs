//! The languages that Mtandao speaks. Adding one is adding its text files and one line here.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Sw,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Sw];

    /// The tag of BCP 47, as it stands in `<html lang>`.
    pub const fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Sw => "sw",
        }
    }

    /// The language's own name for itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::Sw => "Kiswahili",
        }
    }
}

impl FromStr for Lang {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.get(..2) {
            Some("en") => Ok(Lang::En),
            Some("sw") => Ok(Lang::Sw),
            _ => Err(()),
        }
    }
}
