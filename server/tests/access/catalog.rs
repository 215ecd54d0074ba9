//! The doors of catalog.

use super::{Door, needs};

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/catalog/plans/list", "catalog.plan.read"),
    needs("/rpc/staff/catalog/plans/get", "catalog.plan.read"),
    needs("/rpc/staff/catalog/plans/save", "catalog.plan.write"),
    needs("/rpc/staff/catalog/plans/set_sold", "catalog.plan.write"),
];
