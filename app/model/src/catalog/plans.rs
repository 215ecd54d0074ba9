//! Plans and their versions. The one rule: what a subscriber pays is in the plan version, never in the plan.

use super::speeds::{Speeds, parse_mbps};
use super::{PlanId, PlanVersionId};
use crate::form::{optional, ticked, whole_number};
use crate::text::{NonBlank, Prose};
use crate::time::{Date, parse_date};
use crate::{Currency, FieldErrors, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// What kind of thing a plan sells.
    PlanKind {
        Fibre => "fibre",
        Wireless => "wireless",
        Hotspot => "hotspot",
        Recurring => "recurring",
        OneTime => "one_time",
    }
}

impl PlanKind {
    /// Whether it is internet access and so has speeds.
    pub const fn has_speeds(self) -> bool {
        matches!(self, Self::Fibre | Self::Wireless | Self::Hotspot)
    }
}

crate::codes! {
    /// How a plan is paid: afterwards by the month, or before by a number of hours, days, weeks or months.
    BillingMode {
        PostpaidMonthly => "postpaid_monthly",
        PrepaidHours => "prepaid_hours",
        PrepaidDays => "prepaid_days",
        PrepaidWeeks => "prepaid_weeks",
        PrepaidMonths => "prepaid_months",
    }
}

impl BillingMode {
    pub const fn is_prepaid(self) -> bool {
        !matches!(self, Self::PostpaidMonthly)
    }
}

crate::codes! {
    /// Which taxes are on a price. The rates are data, by day (`billing::tax`).
    TaxTreatment {
        /// Internet and telephone services: excise, then VAT on value and excise.
        ExciseAndVat => "excise_and_vat",
        /// Goods and installation.
        VatOnly => "vat_only",
        Exempt => "exempt",
    }
}

/// A plan version as every reader of the catalogue sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanVersionView {
    pub id: PlanVersionId,
    pub plan_id: PlanId,
    pub version: i32,
    pub name: String,
    pub kind: PlanKind,
    /// `None` for what is not internet access.
    pub speeds: Option<Speeds>,
    pub price: Money,
    pub setup_fee: Money,
    pub price_includes_tax: bool,
    pub tax: TaxTreatment,
    pub mode: BillingMode,
    /// How many hours, days, weeks or months one payment lasts. 1 for postpaid.
    pub mode_count: u16,
    pub valid_from: Date,
}

/// One row of the list of plans.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    pub current: PlanVersionView,
    pub description: Option<String>,
    pub is_sold: bool,
    /// Services on any version of the plan.
    pub services: i64,
}

/// A plan as an entry in a list of choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanChoice {
    pub id: PlanId,
    pub name: String,
    pub price: Money,
    pub speeds: Option<Speeds>,
}

/// The form for a plan; saving a changed price, speed or tax makes a new version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanForm {
    /// Empty for a new plan.
    pub id: String,
    pub name: String,
    pub description: String,
    pub kind: String,
    /// In Mbps.
    pub speed_down: String,
    /// In Mbps.
    pub speed_up: String,
    pub price: String,
    pub setup_fee: String,
    pub price_includes_tax: String,
    pub tax: String,
    pub mode: String,
    pub mode_count: String,
    pub valid_from: String,
}

/// A plan that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SavePlan {
    pub id: Option<PlanId>,
    pub name: NonBlank<80>,
    pub description: Option<Prose<500>>,
    pub kind: PlanKind,
    pub speeds: Option<Speeds>,
    pub price: Money,
    pub setup_fee: Money,
    pub price_includes_tax: bool,
    pub tax: TaxTreatment,
    pub mode: BillingMode,
    pub mode_count: u16,
    /// `None` means from today.
    pub valid_from: Option<Date>,
}

/// Most hours, days, weeks or months that one payment lasts.
const MODE_COUNT_MAX: u64 = 366;

impl PlanForm {
    /// Reads the form in the tenant's currency. Internet plans need both speeds; an empty set-up fee is none.
    pub fn parse(self, currency: Currency) -> Result<SavePlan, FieldErrors> {
        let mut e = FieldErrors::default();
        let id = optional(&mut e, "id", &self.id, crate::form::chosen);
        let name = e.take("name", NonBlank::parse(&self.name));
        let description = optional(&mut e, "description", &self.description, Prose::parse);
        let kind = e.take("kind", self.kind.parse::<PlanKind>());
        let speeds = match kind {
            Some(kind) if kind.has_speeds() => {
                let down = e.take("speed_down", parse_mbps(&self.speed_down));
                let up = e.take("speed_up", parse_mbps(&self.speed_up));
                down.zip(up).map(|(down_kbps, up_kbps)| Some(Speeds { down_kbps, up_kbps }))
            }
            _ => Some(None),
        };
        let price = e.take("price", Money::parse_positive(&self.price, currency));
        let fee_is_none = matches!(self.setup_fee.trim(), "" | "0" | "0.00");
        let setup_fee = match fee_is_none {
            true => Some(Money::zero(currency)),
            false => e.take("setup_fee", Money::parse_positive(&self.setup_fee, currency)),
        };
        let tax = e.take("tax", self.tax.parse());
        let mode = e.take("mode", self.mode.parse::<BillingMode>());
        let mode_count = match mode {
            Some(mode) if mode.is_prepaid() => e.take("mode_count", whole_number(&self.mode_count, 1, MODE_COUNT_MAX)),
            _ => Some(1),
        };
        let valid_from = optional(&mut e, "valid_from", &self.valid_from, parse_date);
        match (id, name, description, kind, speeds, price, setup_fee, tax, mode, mode_count, valid_from) {
            (
                Some(id),
                Some(name),
                Some(description),
                Some(kind),
                Some(speeds),
                Some(price),
                Some(setup_fee),
                Some(tax),
                Some(mode),
                Some(mode_count),
                Some(valid_from),
            ) => Ok(SavePlan {
                id,
                name,
                description,
                kind,
                speeds,
                price,
                setup_fee,
                price_includes_tax: ticked(&self.price_includes_tax),
                tax,
                mode,
                mode_count: u16::try_from(mode_count).unwrap_or(1),
                valid_from,
            }),
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home_20() -> PlanForm {
        PlanForm {
            name: "Home 20".into(),
            kind: "fibre".into(),
            speed_down: "20".into(),
            speed_up: "5".into(),
            price: "1,500".into(),
            tax: "excise_and_vat".into(),
            mode: "postpaid_monthly".into(),
            price_includes_tax: "on".into(),
            ..PlanForm::default()
        }
    }

    #[test]
    fn a_plan_is_read_with_honest_defaults() {
        let plan = home_20().parse(Currency::Kes).unwrap();
        assert_eq!(plan.speeds, Some(Speeds { down_kbps: 20_000, up_kbps: 5_000 }));
        assert_eq!((plan.price, plan.setup_fee, plan.mode_count), (Money::kes(150_000), Money::kes(0), 1));
        assert!(plan.price_includes_tax && plan.valid_from.is_none());
    }

    #[test]
    fn an_internet_plan_needs_speeds_and_a_fee_does_not() {
        let form = PlanForm { speed_down: String::new(), ..home_20() };
        assert!(form.parse(Currency::Kes).unwrap_err().of("speed_down").is_some());
        let form =
            PlanForm { kind: "one_time".into(), speed_down: String::new(), speed_up: String::new(), ..home_20() };
        assert_eq!(form.parse(Currency::Kes).map(|plan| plan.speeds), Ok(None));
    }

    #[test]
    fn a_prepaid_plan_says_how_long_a_payment_lasts() {
        let form = PlanForm { mode: "prepaid_days".into(), ..home_20() };
        assert!(form.clone().parse(Currency::Kes).unwrap_err().of("mode_count").is_some());
        let form = PlanForm { mode_count: "30".into(), ..form };
        assert_eq!(form.parse(Currency::Kes).map(|plan| plan.mode_count), Ok(30));
    }

    #[test]
    fn a_negative_price_or_fee_is_refused_by_name() {
        let form = PlanForm { price: "-1".into(), setup_fee: "-5".into(), ..home_20() };
        let errors = form.parse(Currency::Kes).unwrap_err();
        assert!(errors.of("price").is_some() && errors.of("setup_fee").is_some());
    }
}
