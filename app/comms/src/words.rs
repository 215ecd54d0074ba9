//! The codes of messages and tickets in the reader's words, with the tone that says what they mean.

use crate::t;
use kit::tone::Tone;
use model::comms::notices::{Channel, DeliveryState, InboundState, NoticeKind};
use model::comms::tickets::{Priority, TicketStatus, TicketTopic};

pub(crate) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => t::channel_sms(),
        Channel::WhatsApp => t::channel_whatsapp(),
        Channel::Email => t::channel_email(),
    }
}

pub(crate) fn delivery(state: DeliveryState) -> (Tone, &'static str) {
    match state {
        DeliveryState::Queued => (Tone::Info, t::delivery_queued()),
        DeliveryState::Unknown => (Tone::Warn, t::delivery_unknown()),
        DeliveryState::Sent => (Tone::Info, t::delivery_sent()),
        DeliveryState::Failed => (Tone::Danger, t::delivery_failed()),
        DeliveryState::Delivered => (Tone::Ok, t::delivery_delivered()),
        DeliveryState::Read => (Tone::Ok, t::delivery_read()),
    }
}

pub(crate) fn inbound(state: InboundState) -> (Tone, &'static str) {
    match state {
        InboundState::Received => (Tone::Info, t::inbound_received()),
        InboundState::Lead => (Tone::Ok, t::inbound_lead()),
        InboundState::Inbox => (Tone::Warn, t::inbound_inbox()),
        InboundState::Handled => (Tone::Off, t::inbound_handled()),
        InboundState::Unreadable => (Tone::Danger, t::inbound_unreadable()),
    }
}

pub(crate) fn notice(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::LeadUnderstood => t::notice_lead_understood(),
        NoticeKind::Welcome => t::notice_welcome(),
        NoticeKind::InvoiceIssued => t::notice_invoice_issued(),
        NoticeKind::Reminder => t::notice_reminder(),
        NoticeKind::Locked => t::notice_locked(),
        NoticeKind::Receipt => t::notice_receipt(),
        NoticeKind::IncidentNotice => t::notice_incident_notice(),
        NoticeKind::IncidentOver => t::notice_incident_over(),
        NoticeKind::TechnicianComing => t::notice_technician_coming(),
        NoticeKind::PasswordReset => t::notice_password_reset(),
        NoticeKind::TicketAnswer => t::notice_ticket_answer(),
        NoticeKind::Reply => t::notice_reply(),
    }
}

pub(crate) fn topic(topic: TicketTopic) -> &'static str {
    match topic {
        TicketTopic::NoInternet => t::topic_no_internet(),
        TicketTopic::Slow => t::topic_slow(),
        TicketTopic::Billing => t::topic_billing(),
        TicketTopic::Moving => t::topic_moving(),
        TicketTopic::PlanChange => t::topic_plan_change(),
        TicketTopic::Other => t::topic_other(),
    }
}

pub(crate) fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Urgent => t::priority_urgent(),
        Priority::High => t::priority_high(),
        Priority::Normal => t::priority_normal(),
        Priority::Low => t::priority_low(),
    }
}

pub(crate) fn ticket(status: TicketStatus) -> (Tone, &'static str) {
    match status {
        TicketStatus::Open => (Tone::Warn, t::ticket_status_open()),
        TicketStatus::InProgress => (Tone::Info, t::ticket_status_in_progress()),
        TicketStatus::Waiting => (Tone::Info, t::ticket_status_waiting()),
        TicketStatus::Resolved => (Tone::Ok, t::ticket_status_resolved()),
        TicketStatus::Closed => (Tone::Off, t::ticket_status_closed()),
    }
}
