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
    items
}
