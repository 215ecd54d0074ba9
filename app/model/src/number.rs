//! Business numbers: invoice, receipt, ticket, work order. The one rule: a number comes from a counter of the tenant and
//! never changes; its form only makes it easy to read out.

crate::codes! {
    /// The documents that are numbered, each by its own counter.
    Series {
        Invoice => "invoice",
        Receipt => "receipt",
        CreditNote => "credit_note",
        Ticket => "ticket",
        WorkOrder => "work_order",
        Incident => "incident",
    }
}

impl Series {
    /// The letters in front.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::Receipt => "RCT",
            Self::CreditNote => "CRN",
            Self::Ticket => "TKT",
            Self::WorkOrder => "WO",
            Self::Incident => "INC",
        }
    }

    /// `INV-018842`, or `INV-2026-000042` for a tenant that starts its counters each year. Six digits, more when
    /// the counter is larger.
    pub fn number(self, year: Option<i32>, counter: u64) -> String {
        match year {
            Some(year) => format!("{}-{year}-{counter:06}", self.letters()),
            None => format!("{}-{counter:06}", self.letters()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_letters_perhaps_a_year_and_six_digits() {
        assert_eq!(Series::Invoice.number(None, 18_842), "INV-018842");
        assert_eq!(Series::Receipt.number(Some(2026), 42), "RCT-2026-000042");
        assert_eq!(Series::WorkOrder.number(None, 12_345_678), "WO-12345678");
    }
}
