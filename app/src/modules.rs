//! The modules in the side navigation, each shown to those who may open it.

use crate::t;
use kit::shell::NavItem;
use model::identity::Shell;

/// The entries that this person's permissions open, in the order of the day's work.
pub fn navigation(shell: &Shell) -> Vec<NavItem> {
    let Some(person) = &shell.person else { return vec![] };
    let can = |code: &str| person.permissions.has(code);
    let mut items = Vec::new();
    if can("portal.dashboard.read") {
        items.push(NavItem::new(t::nav_dashboard(), "/", icondata_lu::LuLayoutDashboard));
    }
    if can("crm.subscriber.read") {
        items.push(NavItem::new(crm_ui::t::nav_subscribers(), "/subscribers", icondata_lu::LuUsers));
    }
    if can("crm.lead.read") {
        let mut below = vec![NavItem::sub(crm_ui::t::nav_pipeline(), "/sales/leads")];
        if can("crm.partner.read") {
            below.push(NavItem::sub(crm_ui::t::nav_partners(), "/sales/partners"));
        }
        if can("crm.building.read") {
            below.push(NavItem::sub(crm_ui::t::nav_buildings(), "/sales/buildings"));
        }
        items.push(NavItem::new(crm_ui::t::nav_sales(), "/sales/leads", icondata_lu::LuHandshake).children(below));
    }
    if can("crm.service.approve") {
        items.push(NavItem::new(crm_ui::t::nav_approvals(), "/noc/approvals", icondata_lu::LuClipboardCheck));
    }
    items
}
