//! Stock by serial. The one rule: a piece is in one place and one state, and each move says from where to where.

use super::{StockItemId, WarehouseId, WorkOrderId};
use crate::FieldErrors;
use crate::crm::SubscriberId;
use crate::form::{chosen, optional};
use crate::mac::MacAddress;
use crate::text::NonBlank;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

crate::codes! {
    /// The life of a piece of equipment.
    StockState {
        InStock => "in_stock",
        /// Reserved for a work order.
        Assigned => "assigned",
        Installed => "installed",
        Returned => "returned",
        Repair => "repair",
        Retired => "retired",
    }
}

impl StockState {
    /// Whether it goes from here to there. A retired piece stays retired.
    pub const fn can_become(self, to: Self) -> bool {
        use StockState::*;
        matches!(
            (self, to),
            (InStock, Assigned | Repair | Retired)
                | (Assigned, InStock | Installed)
                | (Installed, Returned | Retired)
                | (Returned, InStock | Repair | Retired)
                | (Repair, InStock | Retired)
        )
    }
}

crate::codes! {
    /// What a piece is.
    StockKind {
        Onu => "onu",
        Router => "router",
        Radio => "radio",
        Switch => "switch",
        SetTopBox => "set_top_box",
        Other => "other",
    }
}

/// Why a typed serial was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Type the serial from the label: 4 to 40 letters and digits.")]
pub struct SerialError;

/// A serial number as on the label, in capitals, without blanks, dashes and colons: scanners and people differ on them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial(String);

impl Serial {
    /// Reads a serial. A leading `S/N` or `SN:` of the label is dropped.
    pub fn parse(text: &str) -> Result<Self, SerialError> {
        let text = text.trim().to_uppercase();
        let text = ["S/N", "SN:", "SN "].iter().find_map(|label| text.strip_prefix(label)).unwrap_or(&text);
        let serial: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | ':' | '.' | '_')).collect();
        let ok =
            (4..=40).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if ok { Ok(Self(serial)) } else { Err(SerialError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Serial {
    type Error = SerialError;
    fn try_from(text: String) -> Result<Self, SerialError> {
        Self::parse(&text)
    }
}
impl From<Serial> for String {
    fn from(serial: Serial) -> String {
        serial.0
    }
}
impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One row of the list of stock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockRow {
    pub id: StockItemId,
    pub serial: String,
    pub kind: StockKind,
    pub product: String,
    pub mac: Option<MacAddress>,
    pub state: StockState,
    pub warehouse: Option<String>,
    pub work_order: Option<String>,
    pub subscriber_id: Option<SubscriberId>,
    pub subscriber: Option<String>,
    pub since: Timestamp,
}

/// Which pieces a list shows. The next page starts below `after`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StockFilter {
    /// A state, or empty for all.
    pub tab: String,
    /// Serial or product.
    pub search: String,
    pub after: String,
}

/// A store or van that pieces are taken into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarehouseRow {
    pub id: WarehouseId,
    pub name: String,
}

/// A list with the stores to choose from and how many pieces are in which state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StockList {
    pub page: crate::page::Page<StockRow>,
    pub counts: Vec<(StockState, u64)>,
    pub warehouses: Vec<WarehouseRow>,
}

/// Takes a piece into stock.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiveStockForm {
    pub serial: String,
    pub kind: String,
    pub product: String,
    pub mac: String,
    pub warehouse_id: String,
}

/// A piece that can be taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiveStock {
    pub serial: Serial,
    pub kind: StockKind,
    pub product: NonBlank<80>,
    pub mac: Option<MacAddress>,
    pub warehouse_id: WarehouseId,
}

impl ReceiveStockForm {
    /// Reads the form. Serial, kind, product and store are needed.
    pub fn parse(self) -> Result<ReceiveStock, FieldErrors> {
        let mut e = FieldErrors::default();
        let serial = e.take("serial", Serial::parse(&self.serial));
        let kind = e.take("kind", self.kind.parse());
        let product = e.take("product", NonBlank::parse(&self.product));
        let mac = optional(&mut e, "mac", &self.mac, MacAddress::parse);
        let warehouse_id = e.take("warehouse_id", chosen(&self.warehouse_id));
        match (serial, kind, product, mac, warehouse_id) {
            (Some(serial), Some(kind), Some(product), Some(mac), Some(warehouse_id)) => {
                Ok(ReceiveStock { serial, kind, product, mac, warehouse_id })
            }
            _ => Err(e),
        }
    }
}

/// Reserves a piece for a work order by its serial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReserveForm {
    pub work_order_id: WorkOrderId,
    #[serde(default)]
    pub serial: String,
}

impl ReserveForm {
    /// Reads the form.
    pub fn parse(self) -> Result<(WorkOrderId, Serial), FieldErrors> {
        let serial = Serial::parse(&self.serial).map_err(|refusal| FieldErrors::one("serial", refusal.to_string()))?;
        Ok((self.work_order_id, serial))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_lives_from_store_to_home_and_back() {
        use StockState::*;
        for pair in [InStock, Assigned, Installed, Returned, InStock].windows(2) {
            assert!(pair[0].can_become(pair[1]));
        }
        assert!(!InStock.can_become(Installed), "only a reserved piece is installed");
        for to in StockState::ALL {
            assert!(!Retired.can_become(*to));
        }
    }

    #[test]
    fn a_serial_is_one_however_it_is_scanned() {
        for text in ["hwtc-1a2b3c4d", "S/N HWTC1A2B3C4D", "SN: HWTC 1A2B 3C4D", "HWTC1A2B3C4D\n"] {
            assert_eq!(Serial::parse(text).map(String::from), Ok("HWTC1A2B3C4D".into()), "{text}");
        }
        for text in ["", "ABC", "ABCD;DROP", "ÄÖÜ12345"] {
            assert_eq!(Serial::parse(text), Err(SerialError), "{text}");
        }
        assert!(Serial::parse(&"A".repeat(41)).is_err());
    }

    #[test]
    fn a_piece_without_serial_or_store_is_not_taken_in() {
        let errors = ReceiveStockForm { mac: "xx".into(), ..ReceiveStockForm::default() }.parse().unwrap_err();
        for field in ["serial", "kind", "product", "mac", "warehouse_id"] {
            assert!(errors.of(field).is_some(), "{field}");
        }
    }
}
