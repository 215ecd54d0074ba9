//! The doors of comms.

use super::Door;

pub const DOORS: &[Door] = &[];
