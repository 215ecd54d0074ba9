//! The doors of comms.

use super::{Door, needs};

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/comms/messages/list", "comms.message.read"),
    needs("/rpc/staff/comms/messages/resend", "comms.message.send"),
    needs("/rpc/staff/comms/inbox/list", "comms.message.read"),
    needs("/rpc/staff/comms/inbox/reply", "comms.message.send"),
    needs("/rpc/staff/comms/inbox/handled", "comms.message.send"),
    needs("/rpc/staff/comms/tickets/list", "comms.ticket.read"),
    needs("/rpc/staff/comms/tickets/open", "comms.ticket.write"),
    needs("/rpc/staff/comms/tickets/get", "comms.ticket.read"),
    needs("/rpc/staff/comms/tickets/answer", "comms.ticket.write"),
    needs("/rpc/staff/comms/tickets/close", "comms.ticket.write"),
    needs("/rpc/staff/comms/connections/get", "identity.setting.write"),
    needs("/rpc/staff/comms/connections/save_sms", "identity.setting.write"),
    needs("/rpc/staff/comms/connections/save_whatsapp", "identity.setting.write"),
    needs("/rpc/staff/comms/connections/save_mail", "identity.setting.write"),
    needs("/rpc/staff/comms/connections/remove", "identity.setting.write"),
    needs("/rpc/staff/comms/connections/test", "identity.setting.write"),
];
