//! The codes of the catalogue in the reader's words.

use crate::t;
use model::catalog::plans::{PlanKind, TaxTreatment};

pub(crate) fn kind(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Fibre => t::kind_fibre(),
        PlanKind::Wireless => t::kind_wireless(),
        PlanKind::Hotspot => t::kind_hotspot(),
        PlanKind::Recurring => t::kind_recurring(),
        PlanKind::OneTime => t::kind_one_time(),
    }
}

pub(crate) fn tax(tax: TaxTreatment) -> &'static str {
    match tax {
        TaxTreatment::ExciseAndVat => t::tax_excise_and_vat(),
        TaxTreatment::VatOnly => t::tax_vat_only(),
        TaxTreatment::Exempt => t::tax_exempt(),
    }
}
