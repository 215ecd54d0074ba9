//! The modules in the side navigation, each shown to those who may open it.

use crate::t;
use kit::shell::NavItem;
use model::identity::Shell;

/// The entries that this person's permissions open, in the order of the day's work. Where one may do the daily work of a
/// module, and not only look at it, it is among the main ones.
pub fn navigation(shell: &Shell) -> Vec<NavItem> {
    let Some(person) = &shell.person else { return vec![] };
    let can = |code: &str| person.permissions.has(code);
    let mut items = Vec::new();
    if can("portal.dashboard.read") {
        items.push(NavItem::new(t::nav_dashboard(), "/", icondata_lu::LuLayoutDashboard).main(true));
    }
    if can("crm.subscriber.read") {
        items.push(NavItem::new(crm_ui::t::nav_subscribers(), "/subscribers", icondata_lu::LuUsers).main(true));
    }
    if can("crm.lead.read") {
        let mut below = vec![NavItem::sub(crm_ui::t::nav_pipeline(), "/sales/leads")];
        if can("crm.partner.read") {
            below.push(NavItem::sub(crm_ui::t::nav_partners(), "/sales/partners"));
        }
        if can("crm.building.read") {
            below.push(NavItem::sub(crm_ui::t::nav_buildings(), "/sales/buildings"));
        }
        items.push(
            NavItem::new(crm_ui::t::nav_sales(), "/sales/leads", icondata_lu::LuHandshake)
                .children(below)
                .main(can("crm.lead.write")),
        );
    }
    if can("crm.service.approve") {
        items.push(NavItem::new(crm_ui::t::nav_approvals(), "/noc/approvals", icondata_lu::LuClipboardCheck));
    }
    let money = group(
        &can,
        &[
            ("billing.invoice.read", billing_ui::t::nav_invoices(), "/billing/invoices"),
            ("billing.payment.read", billing_ui::t::nav_payments(), "/billing/payments"),
            ("billing.stray.match", billing_ui::t::nav_strays(), "/billing/strays"),
            ("billing.run.read", billing_ui::t::nav_runs(), "/billing/runs"),
            ("billing.lock.read", billing_ui::t::nav_locks(), "/billing/locks"),
            ("billing.ledger.read", billing_ui::t::nav_ledger(), "/billing/ledger"),
        ],
    );
    if let Some(first) = money.first().map(|item| item.href.clone()) {
        items.push(
            NavItem::new(billing_ui::t::nav_billing(), first, icondata_lu::LuReceiptText)
                .children(money)
                .main(can("billing.payment.take")),
        );
    }
    let network = group(
        &can,
        &[
            ("network.device.read", network_ui::t::nav_overview(), "/noc"),
            ("network.incident.read", network_ui::t::nav_incidents(), "/noc/incidents"),
            ("network.device.read", network_ui::t::nav_devices(), "/network/devices"),
            ("network.session.read", network_ui::t::nav_sessions(), "/network/sessions"),
            ("network.activation.read", network_ui::t::nav_activations(), "/network/activations"),
            ("network.pool.read", network_ui::t::nav_pools(), "/network/pools"),
            ("network.nas.read", network_ui::t::nav_nas(), "/network/nas"),
        ],
    );
    if let Some(first) = network.first().map(|item| item.href.clone()) {
        items.push(
            NavItem::new(network_ui::t::nav_network(), first, icondata_lu::LuNetwork)
                .children(network)
                .main(can("network.incident.write")),
        );
    }
    let support = group(
        &can,
        &[
            ("comms.ticket.read", t::nav_tickets(), "/support/tickets"),
            ("comms.message.read", t::nav_messages(), "/comms/messages"),
        ],
    );
    if let Some(first) = support.first().map(|item| item.href.clone()) {
        items.push(
            NavItem::new(t::nav_support(), first, icondata_lu::LuLifeBuoy)
                .children(support)
                .main(can("comms.ticket.write")),
        );
    }
    let field = group(
        &can,
        &[
            ("field.work_order.read", t::nav_work_orders(), "/field/work-orders"),
            ("field.stock.read", t::nav_stock(), "/field/stock"),
        ],
    );
    if let Some(first) = field.first().map(|item| item.href.clone()) {
        items.push(
            NavItem::new(t::nav_field(), first, icondata_lu::LuWrench)
                .children(field)
                .main(can("field.work_order.write")),
        );
    }
    if can("catalog.plan.read") {
        items.push(NavItem::new(catalog_ui::t::nav_plans(), "/admin/plans", icondata_lu::LuPackage));
    }
    let office = group(
        &can,
        &[
            ("identity.staff.read", identity_ui::t::nav_staff(), "/admin/staff"),
            ("identity.role.read", identity_ui::t::nav_roles(), "/admin/roles"),
            ("identity.audit.read", identity_ui::t::nav_audit(), "/admin/audit"),
            ("identity.setting.read", identity_ui::t::nav_settings(), "/admin/settings"),
            ("identity.job.read", identity_ui::t::nav_jobs(), "/admin/jobs"),
        ],
    );
    if let Some(first) = office.first().map(|item| item.href.clone()) {
        items.push(NavItem::new(identity_ui::t::nav_admin(), first, icondata_lu::LuSettings).children(office));
    }
    items
}

/// The pages of a group that this person may open.
fn group(can: &impl Fn(&str) -> bool, pages: &[(&str, &'static str, &'static str)]) -> Vec<NavItem> {
    pages.iter().filter(|(code, ..)| can(code)).map(|(_, label, href)| NavItem::sub(*label, *href)).collect()
}
