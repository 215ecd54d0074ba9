//! `catalog`: types, forms and pure rules of this context. The one rule: a price change makes a new plan version and never
//! rewrites an old one.

pub mod plans;
pub mod speeds;

crate::ids! {
    /// What is offered under one name.
    Plan => PlanId,
    /// A plan as it was offered from a certain day: speeds, price, tax.
    PlanVersion => PlanVersionId,
}

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        PlanRead => "catalog.plan.read": "See plans and prices",
        PlanWrite => "catalog.plan.write": "Add and change plans",
    }
}
