//! `portal`: types, forms and pure rules of this context.

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        SearchUse => "portal.search.use": "Search everywhere",
        DashboardRead => "portal.dashboard.read": "See the dashboard",
        MyHome => "my.home": "See own account",
        PartnerHome => "partner.home": "See own subscribers",
    }
}
