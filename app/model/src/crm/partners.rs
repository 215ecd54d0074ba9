//! Referral partners: caretakers and others who send leads by message. The one rule: a partner is known by the phone that
//! the message comes from.

use super::{BuildingId, ReferralPartnerId};
use crate::FieldErrors;
use crate::billing::commissions::CommissionRule;
use crate::form::{chosen, optional};
use crate::msisdn::Msisdn;
use crate::text::NonBlank;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One row of the list of partners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerRow {
    pub id: ReferralPartnerId,
    pub name: String,
    pub phone: Msisdn,
    pub building: Option<String>,
    pub rule: CommissionRule,
    pub leads: i64,
    pub converted: i64,
    pub is_active: bool,
    pub created_at: Timestamp,
}

/// The form for a partner. The commission is a share in per cent, or a flat amount in shillings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartnerForm {
    pub name: String,
    pub phone: String,
    /// Chosen from the list, or empty.
    pub building_id: String,
    /// `share` or `flat`.
    pub commission_kind: String,
    pub commission: String,
}

/// A partner that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SavePartner {
    pub name: NonBlank<120>,
    pub phone: Msisdn,
    pub building_id: Option<BuildingId>,
    pub rule: CommissionRule,
}

impl PartnerForm {
    /// Reads the form. Name, phone and commission are needed.
    pub fn parse(self) -> Result<SavePartner, FieldErrors> {
        let mut e = FieldErrors::default();
        let name = e.take("name", NonBlank::parse(&self.name));
        let phone = e.take("phone", Msisdn::parse(&self.phone));
        let building_id = optional(&mut e, "building_id", &self.building_id, chosen);
        let rule = e.take("commission", CommissionRule::parse(&self.commission_kind, &self.commission));
        match (name, phone, building_id, rule) {
            (Some(name), Some(phone), Some(building_id), Some(rule)) => {
                Ok(SavePartner { name, phone, building_id, rule })
            }
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_has_a_name_a_phone_and_a_commission() {
        let errors = PartnerForm::default().parse().unwrap_err();
        assert!(errors.of("name").is_some() && errors.of("phone").is_some() && errors.of("commission").is_some());
        let form = PartnerForm {
            name: "Juma".into(),
            phone: "0724881305".into(),
            commission_kind: "flat".into(),
            commission: "500".into(),
            ..PartnerForm::default()
        };
        assert_eq!(form.parse().map(|p| p.rule), Ok(CommissionRule::Flat { amount_minor: 50_000 }));
    }
}
