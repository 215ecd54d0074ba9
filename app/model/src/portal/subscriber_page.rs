//! The subscriber page, the most used screen: one section for each context. The one rule: a section that the reader may not
//! see is `None`, and its tab is not there.

use crate::Money;
use crate::billing::PaymentId;
use crate::billing::invoices::InvoiceRow;
use crate::billing::ledger::StatementRow;
use crate::billing::locks::LockRow;
use crate::billing::payments::PaymentRow;
use crate::catalog::speeds::Speeds;
use crate::comms::notices::MessageRow;
use crate::comms::tickets::TicketRow;
use crate::crm::subscribers::{ServiceRow, SubscriberHead};
use crate::field::stock::StockRow;
use crate::field::work_orders::WorkOrderRow;
use crate::network::IncidentId;
use crate::network::activation::ActivationView;
use crate::network::offline::Diagnosis;
use crate::network::pools::AllocationRow;
use crate::network::sessions::{SessionRow, UsageDay};
use crate::portal::clock::PageClock;
use crate::portal::timeline::TimelineItem;
use crate::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// The tabs, in order.
    SubscriberTab {
        Overview => "overview",
        Services => "services",
        Money => "money",
        Network => "network",
        Tickets => "tickets",
        Work => "work",
        Messages => "messages",
        Timeline => "timeline",
    }
}

/// What the reader may do here; the verbs check again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberActions {
    pub can_take_payment: bool,
    pub can_edit: bool,
    pub can_approve: bool,
    pub can_lock: bool,
    pub can_message: bool,
    pub can_open_ticket: bool,
    pub can_plan_work: bool,
    pub can_disconnect_session: bool,
    pub can_impersonate: bool,
}

/// The section *Money*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoneySection {
    /// Negative means owed to us.
    pub balance: Money,
    /// What is open on issued invoices.
    pub due: Money,
    pub next_charge: Option<(Date, Money)>,
    pub invoices: Vec<InvoiceRow>,
    pub payments: Vec<PaymentRow>,
    pub statement: Vec<StatementRow>,
    pub as_of: Timestamp,
}

/// An incident on the path of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathIncident {
    pub id: IncidentId,
    pub number: String,
    pub device: String,
    pub since: Timestamp,
}

/// The section *Network*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkSection {
    /// What the plan promises.
    pub speeds: Option<Speeds>,
    pub incident: Option<PathIncident>,
    pub sessions: Vec<SessionRow>,
    pub addresses: Vec<AllocationRow>,
    pub usage: Vec<UsageDay>,
    pub diagnosis: Option<Diagnosis>,
    pub activation: Option<ActivationView>,
    pub equipment: Vec<StockRow>,
}

/// The whole page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriberPage {
    pub clock: PageClock,
    pub head: SubscriberHead,
    pub can: SubscriberActions,
    /// The payment that the counter form on this page will be: sent twice, it is one payment.
    pub payment_id: PaymentId,
    pub services: Vec<ServiceRow>,
    pub locks: Vec<LockRow>,
    pub money: Option<MoneySection>,
    pub network: Option<NetworkSection>,
    pub tickets: Option<Vec<TicketRow>>,
    pub work: Option<Vec<WorkOrderRow>>,
    pub messages: Option<Vec<MessageRow>>,
    pub timeline: Vec<TimelineItem>,
}

impl SubscriberPage {
    /// The tabs that this reader has.
    pub fn tabs(&self) -> Vec<SubscriberTab> {
        let has = |tab: &SubscriberTab| match tab {
            SubscriberTab::Overview | SubscriberTab::Services | SubscriberTab::Timeline => true,
            SubscriberTab::Money => self.money.is_some(),
            SubscriberTab::Network => self.network.is_some(),
            SubscriberTab::Tickets => self.tickets.is_some(),
            SubscriberTab::Work => self.work.is_some(),
            SubscriberTab::Messages => self.messages.is_some(),
        };
        SubscriberTab::ALL.iter().copied().filter(has).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account_number::AccountNumber;
    use crate::crm::subscribers::{Badge, SubscriberKind};
    use crate::crm::{AccountId, SubscriberId};

    #[test]
    fn a_tab_that_may_not_be_seen_is_not_there() {
        let account_number = AccountNumber::parse("MT0000000").unwrap();
        let head = SubscriberHead {
            id: SubscriberId::new(),
            account_id: AccountId::new(),
            account_number,
            name: "Mama Njeri Kamau".into(),
            kind: SubscriberKind::Residential,
            badge: Badge::Active,
            plan: None,
            area: "Kahawa West".into(),
            reseller: None,
            contact: None,
            money: None,
            technical: None,
            private: None,
        };
        let page = SubscriberPage {
            clock: PageClock::default(),
            head,
            can: SubscriberActions::default(),
            payment_id: PaymentId::new(),
            services: vec![],
            locks: vec![],
            money: None,
            network: None,
            tickets: Some(vec![]),
            work: None,
            messages: None,
            timeline: vec![],
        };
        use SubscriberTab::*;
        assert_eq!(page.tabs(), [Overview, Services, Tickets, Timeline]);
        let wire = serde_json::to_string(&page).unwrap();
        assert_eq!(serde_json::from_str::<SubscriberPage>(&wire).unwrap(), page);
    }
}
