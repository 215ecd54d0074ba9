//! `portal`: types of pages that join contexts. The one rule: a page model carries exactly what its reader may see.

pub mod clock;
pub mod dashboard;
pub mod my;
pub mod search;
pub mod subscriber_page;
pub mod timeline;

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        SearchUse => "portal.search.use": "Search everywhere",
        DashboardRead => "portal.dashboard.read": "See the dashboard",
        MyHome => "my.home": "See own account",
        PartnerHome => "partner.home": "See own subscribers",
    }
}
