//! The timeline of a subscriber: what happened, from all contexts. The one rule: newest first, and an entry of a class that
//! may not be seen is not sent.

use crate::permission::FieldClass;
use crate::time::Timestamp;
use crate::{Money, PermissionSet};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// What kind of thing happened.
    TimelineKind {
        LeadReceived => "lead_received",
        Converted => "converted",
        Approved => "approved",
        WorkOrder => "work_order",
        Activated => "activated",
        Online => "online",
        Offline => "offline",
        Invoice => "invoice",
        Payment => "payment",
        LockSet => "lock_set",
        LockLifted => "lock_lifted",
        Message => "message",
        Ticket => "ticket",
        Incident => "incident",
        PlanChanged => "plan_changed",
        Disconnected => "disconnected",
        Note => "note",
    }
}

impl TimelineKind {
    /// The class of fields that it belongs to.
    pub const fn class(self) -> FieldClass {
        match self {
            Self::Invoice | Self::Payment => FieldClass::Financial,
            Self::Online | Self::Offline | Self::Activated => FieldClass::Technical,
            Self::Message => FieldClass::Contact,
            _ => FieldClass::Basic,
        }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineItem {
    pub at: Timestamp,
    pub kind: TimelineKind,
    /// The number, name or reason, in the words of the thing itself.
    pub text: String,
    pub amount: Option<Money>,
    /// Who did it; `None` for the system.
    pub by: Option<String>,
    /// The address of the page of the thing.
    pub link: Option<String>,
}

/// Whether a reader of subscribers may see a class.
pub fn may_read(permissions: &PermissionSet, class: FieldClass) -> bool {
    use crate::crm::perm;
    match class {
        FieldClass::Basic => permissions.can::<perm::SubscriberRead>(),
        FieldClass::Contact => permissions.can::<perm::SubscriberReadContact>(),
        FieldClass::Financial => permissions.can::<perm::SubscriberReadFinancial>(),
        FieldClass::Technical => permissions.can::<perm::SubscriberReadTechnical>(),
        FieldClass::Private => permissions.can::<perm::SubscriberReadPrivate>(),
    }
}

/// The entries that a reader may see, newest first.
pub fn visible(mut items: Vec<TimelineItem>, permissions: &PermissionSet) -> Vec<TimelineItem> {
    items.retain(|item| may_read(permissions, item.kind.class()));
    items.sort_by_key(|item| std::cmp::Reverse(item.at));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_sees_no_payment_and_the_newest_comes_first() {
        let item = |kind, at: &str| TimelineItem {
            at: at.parse().unwrap(),
            kind,
            text: String::new(),
            amount: None,
            by: None,
            link: None,
        };
        let items = vec![
            item(TimelineKind::Ticket, "2026-11-01T08:00:00Z"),
            item(TimelineKind::Payment, "2026-11-02T08:00:00Z"),
            item(TimelineKind::Online, "2026-11-03T08:00:00Z"),
        ];
        let support = PermissionSet::from_iter(["crm.subscriber.read", "crm.subscriber.read_technical"]);
        let seen: Vec<_> = visible(items, &support).into_iter().map(|item| item.kind).collect();
        assert_eq!(seen, [TimelineKind::Online, TimelineKind::Ticket]);
    }
}
