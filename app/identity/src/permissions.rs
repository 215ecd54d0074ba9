//! The permissions in the reader's words. The list itself stands in the model, one for each context.

use crate::t;

/// What a permission allows. One without words of its own is shown as the model names it.
pub(crate) fn words(code: &str, says: String) -> String {
    let words = match code {
        "identity.staff.read" => t::permission_identity_staff_read(),
        "identity.staff.write" => t::permission_identity_staff_write(),
        "identity.role.read" => t::permission_identity_role_read(),
        "identity.role.write" => t::permission_identity_role_write(),
        "identity.setting.read" => t::permission_identity_setting_read(),
        "identity.setting.write" => t::permission_identity_setting_write(),
        "identity.audit.read" => t::permission_identity_audit_read(),
        "identity.session.own" => t::permission_identity_session_own(),
        "identity.impersonation.start" => t::permission_identity_impersonation_start(),
        "identity.job.read" => t::permission_identity_job_read(),
        "identity.job.write" => t::permission_identity_job_write(),
        "identity.demo.use" => t::permission_identity_demo_use(),
        "identity.reseller.read" => t::permission_identity_reseller_read(),
        "identity.reseller.write" => t::permission_identity_reseller_write(),
        "platform.tenant.read" => t::permission_platform_tenant_read(),
        "platform.tenant.write" => t::permission_platform_tenant_write(),
        "platform.tenant.enter" => t::permission_platform_tenant_enter(),
        "catalog.plan.read" => t::permission_catalog_plan_read(),
        "catalog.plan.write" => t::permission_catalog_plan_write(),
        "crm.lead.read" => t::permission_crm_lead_read(),
        "crm.lead.write" => t::permission_crm_lead_write(),
        "crm.lead.convert" => t::permission_crm_lead_convert(),
        "crm.lead.receive" => t::permission_crm_lead_receive(),
        "crm.partner.read" => t::permission_crm_partner_read(),
        "crm.partner.write" => t::permission_crm_partner_write(),
        "crm.building.read" => t::permission_crm_building_read(),
        "crm.building.write" => t::permission_crm_building_write(),
        "crm.subscriber.read" => t::permission_crm_subscriber_read(),
        "crm.subscriber.read_contact" => t::permission_crm_subscriber_read_contact(),
        "crm.subscriber.read_private" => t::permission_crm_subscriber_read_private(),
        "crm.subscriber.read_financial" => t::permission_crm_subscriber_read_financial(),
        "crm.subscriber.read_technical" => t::permission_crm_subscriber_read_technical(),
        "crm.subscriber.write" => t::permission_crm_subscriber_write(),
        "crm.service.approve" => t::permission_crm_service_approve(),
        "billing.invoice.read" => t::permission_billing_invoice_read(),
        "billing.invoice.write" => t::permission_billing_invoice_write(),
        "billing.invoice.void" => t::permission_billing_invoice_void(),
        "billing.payment.read" => t::permission_billing_payment_read(),
        "billing.payment.take" => t::permission_billing_payment_take(),
        "billing.payment.receive" => t::permission_billing_payment_receive(),
        "billing.stray.match" => t::permission_billing_stray_match(),
        "billing.run.read" => t::permission_billing_run_read(),
        "billing.run.start" => t::permission_billing_run_start(),
        "billing.lock.read" => t::permission_billing_lock_read(),
        "billing.lock.write" => t::permission_billing_lock_write(),
        "billing.ledger.read" => t::permission_billing_ledger_read(),
        "billing.commission.read" => t::permission_billing_commission_read(),
        "my.money" => t::permission_my_money(),
        "partner.money" => t::permission_partner_money(),
        "network.nas.read" => t::permission_network_nas_read(),
        "network.nas.write" => t::permission_network_nas_write(),
        "network.session.read" => t::permission_network_session_read(),
        "network.session.disconnect" => t::permission_network_session_disconnect(),
        "network.pool.read" => t::permission_network_pool_read(),
        "network.pool.write" => t::permission_network_pool_write(),
        "network.activation.read" => t::permission_network_activation_read(),
        "network.activation.retry" => t::permission_network_activation_retry(),
        "network.device.read" => t::permission_network_device_read(),
        "network.device.write" => t::permission_network_device_write(),
        "network.incident.read" => t::permission_network_incident_read(),
        "network.incident.write" => t::permission_network_incident_write(),
        "field.work_order.read" => t::permission_field_work_order_read(),
        "field.work_order.write" => t::permission_field_work_order_write(),
        "field.own_work.read" => t::permission_field_own_work_read(),
        "field.own_work.write" => t::permission_field_own_work_write(),
        "field.stock.read" => t::permission_field_stock_read(),
        "field.stock.write" => t::permission_field_stock_write(),
        "comms.ticket.read" => t::permission_comms_ticket_read(),
        "comms.ticket.write" => t::permission_comms_ticket_write(),
        "comms.message.read" => t::permission_comms_message_read(),
        "comms.message.send" => t::permission_comms_message_send(),
        "comms.notice.send" => t::permission_comms_notice_send(),
        "portal.search.use" => t::permission_portal_search_use(),
        "portal.dashboard.read" => t::permission_portal_dashboard_read(),
        "my.home" => t::permission_my_home(),
        "partner.home" => t::permission_partner_home(),
        _ => return says,
    };
    words.to_owned()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    #[test]
    fn every_permission_of_every_context_has_words() {
        use model::{billing, catalog, comms, crm, field, identity, network, portal};
        let all = [
            identity::perm::ALL,
            catalog::perm::ALL,
            crm::perm::ALL,
            billing::perm::ALL,
            network::perm::ALL,
            field::perm::ALL,
            comms::perm::ALL,
            portal::perm::ALL,
        ];
        for permission in all.iter().flat_map(|list| list.iter()) {
            assert_ne!(super::words(permission.code, String::new()), "", "{}", permission.code);
        }
    }
}
