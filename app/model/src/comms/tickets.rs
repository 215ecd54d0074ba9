//! Tickets. The one rule: a closed ticket is not opened again; what comes after is a new one.

use super::TicketId;
use crate::FieldErrors;
use crate::crm::SubscriberId;
use crate::form::optional;
use crate::network::IncidentId;
use crate::text::{NonBlank, Prose};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Where a ticket stands.
    TicketStatus {
        Open => "open",
        InProgress => "in_progress",
        /// On the customer; the clock stands.
        Waiting => "waiting",
        Resolved => "resolved",
        Closed => "closed",
    }
}

impl TicketStatus {
    /// Whether it goes from here to there. A resolved ticket that the customer does not confirm is open again.
    pub const fn can_become(self, to: Self) -> bool {
        use TicketStatus::*;
        matches!(
            (self, to),
            (Open, InProgress | Waiting | Resolved | Closed)
                | (InProgress, Open | Waiting | Resolved | Closed)
                | (Waiting, Open | InProgress | Resolved | Closed)
                | (Resolved, Open | Closed)
        )
    }

    /// Whether the time for an answer runs.
    pub const fn is_clock_running(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }
}

crate::codes! {
    /// How much a ticket hurries, the most urgent first.
    Priority { Urgent => "urgent", High => "high", Normal => "normal", Low => "low" }
}

impl Priority {
    /// Hours to the first answer, unless the tenant says otherwise.
    pub const fn answer_hours(self) -> u16 {
        match self {
            Self::Urgent => 1,
            Self::High => 4,
            Self::Normal => 24,
            Self::Low => 72,
        }
    }
}

crate::codes! {
    /// What a ticket is about.
    TicketTopic {
        NoInternet => "no_internet",
        Slow => "slow",
        Billing => "billing",
        Moving => "moving",
        PlanChange => "plan_change",
        Other => "other",
    }
}

/// One row of the list of tickets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketRow {
    pub id: TicketId,
    pub number: String,
    pub subject: String,
    pub topic: TicketTopic,
    pub status: TicketStatus,
    pub priority: Priority,
    pub subscriber_id: SubscriberId,
    pub subscriber: String,
    pub owner: Option<String>,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub answer_due_at: Option<Timestamp>,
}

/// One entry of a ticket. Internal notes are never sent to the subscriber.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketEntry {
    pub at: Timestamp,
    pub by: String,
    pub is_ours: bool,
    pub is_internal: bool,
    pub text: String,
}

/// A ticket as its own page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketDetail {
    pub row: TicketRow,
    pub incident_id: Option<IncidentId>,
    pub incident: Option<String>,
    pub entries: Vec<TicketEntry>,
}

/// Opens a ticket. At `/my` the subscriber comes from the session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketForm {
    pub topic: String,
    pub subject: String,
    pub text: String,
    pub priority: String,
}

/// A ticket that can be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenTicket {
    pub topic: TicketTopic,
    pub subject: NonBlank<120>,
    pub text: Prose<4000>,
    pub priority: Priority,
}

impl TicketForm {
    /// Reads the form. Topic, subject and text are needed; the priority is normal when nothing was chosen.
    pub fn parse(self) -> Result<OpenTicket, FieldErrors> {
        let mut e = FieldErrors::default();
        let topic = e.take("topic", self.topic.parse());
        let subject = e.take("subject", NonBlank::parse(&self.subject));
        let text = e.take("text", Prose::parse(&self.text));
        let priority = optional(&mut e, "priority", &self.priority, str::parse);
        match (topic, subject, text, priority) {
            (Some(topic), Some(subject), Some(text), Some(priority)) => {
                Ok(OpenTicket { topic, subject, text, priority: priority.unwrap_or(Priority::Normal) })
            }
            _ => Err(e),
        }
    }
}

/// Which tickets a list shows. The next page starts below `after`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketFilter {
    /// Empty for those that are not closed, a status, or `all`.
    pub tab: String,
    /// Number, subject or name.
    pub search: String,
    pub after: String,
}

/// A list with the counts of its tabs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TicketList {
    pub page: crate::page::Page<TicketRow>,
    pub open: u64,
    pub waiting: u64,
}

/// Answers a ticket, or notes something for colleagues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerTicketForm {
    pub id: TicketId,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub is_internal: String,
    /// The status afterwards; empty keeps it.
    #[serde(default)]
    pub status: String,
}

/// An answer that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerTicket {
    pub id: TicketId,
    pub text: Prose<4000>,
    pub is_internal: bool,
    pub status: Option<TicketStatus>,
}

impl AnswerTicketForm {
    /// Reads the form.
    pub fn parse(self) -> Result<AnswerTicket, FieldErrors> {
        let mut e = FieldErrors::default();
        let text = e.take("text", Prose::parse(&self.text));
        let status = optional(&mut e, "status", &self.status, str::parse);
        match (text, status) {
            (Some(text), Some(status)) => {
                Ok(AnswerTicket { id: self.id, text, is_internal: crate::form::ticked(&self.is_internal), status })
            }
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_ticket_stays_closed() {
        for to in TicketStatus::ALL {
            assert!(!TicketStatus::Closed.can_become(*to));
        }
        assert!(TicketStatus::Resolved.can_become(TicketStatus::Open));
        assert!(!TicketStatus::Resolved.can_become(TicketStatus::Waiting));
    }

    #[test]
    fn the_clock_stands_while_the_customer_is_asked() {
        assert!(TicketStatus::Open.is_clock_running() && !TicketStatus::Waiting.is_clock_running());
        assert!(Priority::Urgent.answer_hours() < Priority::Low.answer_hours());
    }

    #[test]
    fn a_ticket_needs_topic_subject_and_text() {
        let errors = TicketForm::default().parse().unwrap_err();
        assert!(["topic", "subject", "text"].iter().all(|field| errors.of(field).is_some()));
        let form = TicketForm {
            topic: "slow".into(),
            subject: "Slow".into(),
            text: "At night".into(),
            ..TicketForm::default()
        };
        assert_eq!(form.parse().map(|ticket| ticket.priority), Ok(Priority::Normal));
    }

    #[test]
    fn an_internal_note_is_marked() {
        let form = AnswerTicketForm {
            id: TicketId::new(),
            text: "Called".into(),
            is_internal: "on".into(),
            status: String::new(),
        };
        assert_eq!(form.parse().map(|answer| (answer.is_internal, answer.status)), Ok((true, None)));
    }
}
