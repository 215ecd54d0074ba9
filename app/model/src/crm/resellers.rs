//! Resellers: companies that sell our service under their own name. The one rule: a reseller sees its own subtree, never a
//! sibling or its parent.

use super::ResellerId;
use crate::billing::commissions::CommissionRule;
use crate::form::{chosen, optional};
use crate::msisdn::Msisdn;
use crate::text::{EmailAddress, NonBlank};
use crate::{FieldErrors, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One row of the list of resellers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResellerRow {
    pub id: ResellerId,
    pub parent_id: Option<ResellerId>,
    pub name: String,
    pub phone: Msisdn,
    pub rule: CommissionRule,
    pub subscribers: i64,
    /// Earned and not paid out, for those who may see money.
    pub wallet: Option<Money>,
    pub is_active: bool,
}

/// The form for a reseller.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResellerForm {
    /// Empty for a new one.
    pub id: String,
    /// Chosen from the list, or empty.
    pub parent_id: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    /// `share` or `flat`.
    pub commission_kind: String,
    pub commission: String,
}

/// A reseller that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveReseller {
    pub id: Option<ResellerId>,
    pub parent_id: Option<ResellerId>,
    pub name: NonBlank<120>,
    pub phone: Msisdn,
    pub email: Option<EmailAddress>,
    pub rule: CommissionRule,
}

impl ResellerForm {
    /// Reads the form. Name, phone and commission are needed; nobody is its own parent.
    pub fn parse(self) -> Result<SaveReseller, FieldErrors> {
        let mut e = FieldErrors::default();
        let id = optional(&mut e, "id", &self.id, chosen);
        let parent_id = optional(&mut e, "parent_id", &self.parent_id, chosen);
        if let (Some(Some(id)), Some(Some(parent))) = (id, parent_id)
            && id == parent
        {
            e.add("parent_id", "A reseller cannot stand above itself. Choose another one.");
        }
        let name = e.take("name", NonBlank::parse(&self.name));
        let phone = e.take("phone", Msisdn::parse(&self.phone));
        let email = optional(&mut e, "email", &self.email, EmailAddress::parse);
        let rule = e.take("commission", CommissionRule::parse(&self.commission_kind, &self.commission));
        match (id, parent_id, name, phone, email, rule) {
            (Some(id), Some(parent_id), Some(name), Some(phone), Some(email), Some(rule)) if e.is_empty() => {
                Ok(SaveReseller { id, parent_id, name, phone, email, rule })
            }
            _ => Err(e),
        }
    }
}

/// All pairs of ancestor and descendant with their distance, each with itself at 0: what the closure table holds.
/// `parents` maps a child to its parent. A loop in the data ends where it begins.
pub fn closure(parents: &BTreeMap<ResellerId, Option<ResellerId>>) -> Vec<(ResellerId, ResellerId, u16)> {
    let mut pairs = Vec::new();
    for child in parents.keys() {
        let mut at = Some(*child);
        let mut distance = 0u16;
        while let Some(ancestor) = at {
            pairs.push((ancestor, *child, distance));
            distance += 1;
            at = parents.get(&ancestor).copied().flatten().filter(|_| usize::from(distance) < parents.len());
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reseller_is_never_its_own_parent() {
        let id = ResellerId::new().to_string();
        let form = ResellerForm {
            id: id.clone(),
            parent_id: id,
            name: "Mwangaza".into(),
            phone: "0724881305".into(),
            commission_kind: "share".into(),
            commission: "10".into(),
            ..ResellerForm::default()
        };
        assert!(form.clone().parse().unwrap_err().of("parent_id").is_some());
        let top = ResellerForm { parent_id: String::new(), ..form };
        assert_eq!(top.parse().map(|r| r.rule), Ok(CommissionRule::Share { basis_points: 1000 }));
    }

    #[test]
    fn the_closure_holds_every_ancestor_and_no_sibling() {
        let [top, left, right, leaf]: [ResellerId; 4] = std::array::from_fn(|_| ResellerId::new());
        let parents = BTreeMap::from([(top, None), (left, Some(top)), (right, Some(top)), (leaf, Some(left))]);
        let pairs = closure(&parents);
        assert_eq!(pairs.len(), 4 + 3 + 1);
        assert!(
            pairs.contains(&(top, leaf, 2)) && pairs.contains(&(left, leaf, 1)) && pairs.contains(&(leaf, leaf, 0))
        );
        assert!(!pairs.iter().any(|(ancestor, child, _)| (*ancestor, *child) == (right, leaf)));
    }

    #[test]
    fn a_loop_in_the_data_does_not_hang_it() {
        let [a, b]: [ResellerId; 2] = std::array::from_fn(|_| ResellerId::new());
        assert_eq!(closure(&BTreeMap::from([(a, Some(b)), (b, Some(a))])).len(), 4);
    }
}
