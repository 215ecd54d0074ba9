//! Notices: what the system tells people by itself. The one rule: a notice about one event goes out once for each channel.

use super::MessageId;
use crate::crm::SubscriberId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

crate::codes! {
    /// What a notice is about.
    NoticeKind {
        LeadUnderstood => "lead_understood",
        Welcome => "welcome",
        InvoiceIssued => "invoice_issued",
        Reminder => "reminder",
        Locked => "locked",
        Receipt => "receipt",
        IncidentNotice => "incident_notice",
        IncidentOver => "incident_over",
        TechnicianComing => "technician_coming",
        PasswordReset => "password_reset",
        /// What we wrote into a subscriber's ticket.
        TicketAnswer => "ticket_answer",
        /// A person's own words to somebody who wrote to us.
        Reply => "reply",
    }
}

impl NoticeKind {
    /// Whether it may not wait for the morning: somebody is waiting for it, or has just paid.
    pub const fn ignores_quiet_hours(self) -> bool {
        matches!(
            self,
            Self::LeadUnderstood
                | Self::Welcome
                | Self::Receipt
                | Self::PasswordReset
                | Self::TicketAnswer
                | Self::Reply
        )
    }

    /// Whether its text opens a door: it is not shown in lists, or whoever reads them could walk in.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::PasswordReset)
    }

    /// Whether its text names an amount, which is for those who may see money.
    pub const fn is_about_money(self) -> bool {
        matches!(self, Self::InvoiceIssued | Self::Reminder | Self::Locked | Self::Receipt | Self::Welcome)
    }

    /// Whether a reader may refuse it. Money and security are part of the contract.
    pub const fn can_be_refused(self) -> bool {
        matches!(self, Self::Reminder | Self::IncidentNotice | Self::IncidentOver | Self::TechnicianComing)
    }
}

crate::codes! {
    /// How a message goes.
    Channel { Sms => "sms", WhatsApp => "whatsapp", Email => "email" }
}

crate::codes! {
    /// Which way a message went.
    Direction { In => "in", Out => "out" }
}

crate::codes! {
    /// Where a message out stands. Providers report in any order.
    DeliveryState {
        Queued => "queued",
        /// The provider did not say whether it took it. Never sent again by itself.
        Unknown => "unknown",
        Sent => "sent",
        Failed => "failed",
        Delivered => "delivered",
        Read => "read",
    }
}

impl DeliveryState {
    /// Whether a report changes it: only forward. A failure counts only until it is delivered, and a delivery report
    /// after a failure is believed.
    pub fn can_become(self, to: Self) -> bool {
        to > self
    }
}

/// Hours during which only urgent notices go out, in the tenant's wall clock. They may run over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// First quiet hour, 0–23.
    pub from: u8,
    /// First hour that is not quiet any more, 0–23.
    pub until: u8,
}

impl QuietHours {
    /// Whether an hour is quiet. No hour is, when both ends are the same.
    pub const fn contains(self, hour: u8) -> bool {
        if self.from <= self.until {
            self.from <= hour && hour < self.until
        } else {
            hour >= self.from || hour < self.until
        }
    }

    /// Whether a notice goes out at this hour.
    pub const fn lets_pass(self, kind: NoticeKind, hour: u8) -> bool {
        kind.ignores_quiet_hours() || !self.contains(hour)
    }
}

/// One message as lists and the outbox show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: MessageId,
    pub at: Timestamp,
    pub direction: Direction,
    pub channel: Channel,
    pub kind: Option<NoticeKind>,
    pub subscriber_id: Option<SubscriberId>,
    pub subscriber: Option<String>,
    /// Phone or address, for those who may see contacts.
    pub contact: Option<String>,
    pub text: String,
    pub state: DeliveryState,
    pub parts: Option<i32>,
    /// What the provider said when it refused.
    pub error: Option<String>,
}

crate::codes! {
    /// What became of a message that came in.
    InboundState {
        /// Stored, not looked at yet.
        Received => "received",
        /// A lead was made of it.
        Lead => "lead",
        /// It waits for a person.
        Inbox => "inbox",
        Handled => "handled",
        /// The provider sent something that is not one of its documented messages.
        Unreadable => "unreadable",
    }
}

/// One message of the inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundRow {
    pub id: MessageId,
    pub at: Timestamp,
    pub channel: Channel,
    /// Phone or user id, for those who may see contacts.
    pub sender: Option<String>,
    pub sender_name: Option<String>,
    pub subscriber_id: Option<SubscriberId>,
    pub subscriber: Option<String>,
    pub lead_id: Option<crate::crm::LeadId>,
    pub text: String,
    pub state: InboundState,
    pub handled_by: Option<String>,
}

/// Which messages a list shows. The next page starts below `after`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageFilter {
    /// A delivery state or an inbound state; empty for all.
    pub state: String,
    pub after: String,
}

/// Answers a message of the inbox on the channel it came by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplyForm {
    pub id: MessageId,
    #[serde(default)]
    pub text: String,
}

impl ReplyForm {
    /// Reads the form: some text, at most six SMS long.
    pub fn parse(self) -> Result<(MessageId, crate::text::Prose<900>), crate::FieldErrors> {
        let text = crate::text::Prose::parse(&self.text).map_err(|e| crate::FieldErrors::one("text", e.to_string()))?;
        Ok((self.id, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_run_over_midnight() {
        let night = QuietHours { from: 21, until: 7 };
        assert!(night.contains(21) && night.contains(0) && night.contains(6));
        assert!(!night.contains(7) && !night.contains(20));
        assert!(!QuietHours { from: 7, until: 7 }.contains(7));
        assert!(QuietHours { from: 12, until: 14 }.contains(13));
    }

    #[test]
    fn a_receipt_does_not_wait_for_the_morning_and_a_reminder_does() {
        let night = QuietHours { from: 21, until: 7 };
        assert!(night.lets_pass(NoticeKind::Receipt, 2) && !night.lets_pass(NoticeKind::Reminder, 2));
        assert!(night.lets_pass(NoticeKind::Reminder, 9));
    }

    #[test]
    fn reports_in_any_order_end_the_same() {
        use DeliveryState::*;
        assert!(Queued.can_become(Sent) && Sent.can_become(Delivered) && Failed.can_become(Delivered));
        assert!(!Delivered.can_become(Failed) && !Read.can_become(Delivered) && !Sent.can_become(Sent));
    }

    #[test]
    fn money_and_security_notices_are_not_refused() {
        assert!(!NoticeKind::Receipt.can_be_refused() && !NoticeKind::PasswordReset.can_be_refused());
        assert!(NoticeKind::IncidentNotice.can_be_refused());
    }
}
