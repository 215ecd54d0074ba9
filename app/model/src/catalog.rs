//! `catalog`: types, forms and pure rules of this context.

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        PlanRead => "catalog.plan.read": "See plans and prices",
        PlanWrite => "catalog.plan.write": "Add and change plans",
    }
}
