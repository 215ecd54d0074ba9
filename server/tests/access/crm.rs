//! The doors of crm.

use super::{Door, needs};

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/crm/partners/list", "crm.partner.read"),
    needs("/rpc/staff/crm/partners/create", "crm.partner.write"),
    needs("/rpc/staff/crm/partners/set_active", "crm.partner.write"),
    needs("/rpc/staff/crm/buildings/list", "crm.building.read"),
    needs("/rpc/staff/crm/buildings/create", "crm.building.write"),
    needs("/rpc/staff/crm/buildings/detail", "crm.building.read"),
    needs("/rpc/staff/crm/buildings/add_units", "crm.building.write"),
    needs("/rpc/staff/crm/buildings/set_coverage", "crm.building.write"),
    needs("/rpc/staff/crm/units/set_status", "crm.building.write"),
    needs("/rpc/staff/crm/services/pending", "crm.service.approve"),
    needs("/rpc/staff/crm/services/approve", "crm.service.approve"),
    needs("/rpc/staff/crm/subscribers/list", "crm.subscriber.read"),
    needs("/rpc/staff/crm/subscribers/update", "crm.subscriber.write"),
    needs("/rpc/staff/crm/services/disconnect", "crm.subscriber.write"),
    needs("/rpc/staff/crm/leads/board", "crm.lead.read"),
    needs("/rpc/staff/crm/leads/list", "crm.lead.read"),
    needs("/rpc/staff/crm/leads/detail", "crm.lead.read"),
    needs("/rpc/staff/crm/leads/choices", "crm.lead.read"),
    needs("/rpc/staff/crm/leads/create", "crm.lead.write"),
    needs("/rpc/staff/crm/leads/move", "crm.lead.write"),
    needs("/rpc/staff/crm/leads/note", "crm.lead.write"),
    needs("/rpc/staff/crm/leads/quote", "crm.lead.write"),
    needs("/rpc/staff/crm/leads/convert_preview", "crm.lead.convert"),
    needs("/rpc/staff/crm/leads/convert", "crm.lead.convert"),
];
