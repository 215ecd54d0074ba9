//! Subscribers, their services and the badge that people see. The one rule: the badge is derived from stored states and
//! locks, never stored itself; what a reader may not see is `None`, never blank text.

use super::{AccountId, ServiceId, SubscriberId};
use crate::account_number::AccountNumber;
use crate::billing::locks::LockReason;
use crate::form::optional;
use crate::msisdn::Msisdn;
use crate::text::{EmailAddress, KraPin, NonBlank};
use crate::time::{Date, Timestamp};
use crate::{FieldErrors, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// What kind of party a subscriber is.
    SubscriberKind {
        Residential => "residential",
        Business => "business",
        Corporate => "corporate",
        Government => "government",
    }
}

crate::codes! {
    /// The stored life of a service. *Suspended* is active with a lock.
    ServiceState {
        Pending => "pending",
        Approved => "approved",
        Installing => "installing",
        Active => "active",
        Disconnected => "disconnected",
    }
}

impl ServiceState {
    /// Whether a service goes from here to there. A failed installation may go back to approved; a disconnected
    /// service may be approved again.
    pub const fn can_become(self, to: Self) -> bool {
        use ServiceState::*;
        matches!(
            (self, to),
            (Pending, Approved | Disconnected)
                | (Approved, Installing | Disconnected)
                | (Installing, Active | Approved | Disconnected)
                | (Active, Disconnected)
                | (Disconnected, Approved)
        )
    }
}

crate::codes! {
    /// How a service is reached.
    AccessKind {
        Pppoe => "pppoe",
        Mac => "mac",
        Hotspot => "hotspot",
        Static => "static",
    }
}

crate::codes! {
    /// Why a service was disconnected.
    DisconnectReason {
        Moved => "moved",
        Price => "price",
        Quality => "quality",
        Competitor => "competitor",
        NonPayment => "non_payment",
        Request => "request",
        Fraud => "fraud",
        Other => "other",
    }
}

crate::codes! {
    /// The state of a subscriber as people see it.
    Badge {
        Pending => "pending",
        Approved => "approved",
        Installing => "installing",
        Active => "active",
        Suspended => "suspended",
        Disconnected => "disconnected",
    }
}

impl Badge {
    /// The badge of one service.
    pub const fn of_service(state: ServiceState, is_locked: bool) -> Self {
        match (state, is_locked) {
            (ServiceState::Active, false) => Self::Active,
            (ServiceState::Active, true) => Self::Suspended,
            (ServiceState::Installing, _) => Self::Installing,
            (ServiceState::Approved, _) => Self::Approved,
            (ServiceState::Pending, _) => Self::Pending,
            (ServiceState::Disconnected, _) => Self::Disconnected,
        }
    }

    /// The badge of a subscriber: the best of the services', in the order active, suspended, installing, approved,
    /// pending, disconnected. Without a service: pending.
    pub fn of_subscriber(services: impl IntoIterator<Item = (ServiceState, bool)>) -> Self {
        let rank = |badge: &Self| match badge {
            Self::Active => 0,
            Self::Suspended => 1,
            Self::Installing => 2,
            Self::Approved => 3,
            Self::Pending => 4,
            Self::Disconnected => 5,
        };
        services
            .into_iter()
            .map(|(state, locked)| Self::of_service(state, locked))
            .min_by_key(rank)
            .unwrap_or(Self::Pending)
    }
}

/// The class *contact*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    pub phone: Msisdn,
    pub phone_other: Option<Msisdn>,
    pub email: Option<String>,
    pub address: String,
}

/// The class *financial*, as a header shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoneyHead {
    /// Negative means owed to us.
    pub balance: Money,
    /// The earliest unpaid due day.
    pub due_on: Option<Date>,
}

/// The class *technical*, as a header shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TechnicalHead {
    pub is_online: bool,
    /// The session is in the walled garden: connected, and not online.
    pub is_walled: bool,
    /// Since when the present session runs or is walled, or when the last one ended.
    pub since: Option<Timestamp>,
    pub username: Option<String>,
    pub address: Option<String>,
}

/// The class *private*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivateFacts {
    pub id_document: Option<String>,
    pub kra_pin: Option<String>,
    pub born_on: Option<Date>,
}

/// The sticky header of the subscriber page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriberHead {
    pub id: SubscriberId,
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub name: String,
    pub kind: SubscriberKind,
    pub badge: Badge,
    /// The plan of the first running service.
    pub plan: Option<String>,
    pub area: String,
    pub reseller: Option<String>,
    pub contact: Option<Contact>,
    pub money: Option<MoneyHead>,
    pub technical: Option<TechnicalHead>,
    pub private: Option<PrivateFacts>,
}

/// One row of the list of subscribers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriberRow {
    pub id: SubscriberId,
    pub account_number: AccountNumber,
    pub name: String,
    pub badge: Badge,
    pub plan: Option<String>,
    pub area: String,
    pub phone: Option<Msisdn>,
    pub balance: Option<Money>,
    pub is_online: Option<bool>,
    pub since: Date,
}

/// How many subscribers each tab holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriberCounts {
    pub all: i64,
    pub pending: i64,
    pub approved: i64,
    pub installing: i64,
    pub active: i64,
    pub suspended: i64,
    pub disconnected: i64,
}

/// One service on the subscriber page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceRow {
    pub id: ServiceId,
    pub plan: String,
    pub state: ServiceState,
    pub badge: Badge,
    /// Why it is off: every lock that is active.
    pub locks: Vec<LockReason>,
    pub address: String,
    pub access: Option<AccessKind>,
    pub username: Option<String>,
    pub price: Option<Money>,
    pub state_since: Timestamp,
    pub paid_until: Option<Timestamp>,
}

/// The form that changes a subscriber's basic and contact fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriberForm {
    pub id: SubscriberId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub phone_other: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub kra_pin: String,
}

/// A change of a subscriber that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveSubscriber {
    pub id: SubscriberId,
    pub name: NonBlank<120>,
    pub kind: SubscriberKind,
    pub phone: Msisdn,
    pub phone_other: Option<Msisdn>,
    pub email: Option<EmailAddress>,
    pub address: NonBlank<200>,
    pub kra_pin: Option<KraPin>,
}

impl SubscriberForm {
    /// Reads the form. Name, kind, phone and address are needed.
    pub fn parse(self) -> Result<SaveSubscriber, FieldErrors> {
        let mut e = FieldErrors::default();
        let name = e.take("name", NonBlank::parse(&self.name));
        let kind = e.take("kind", self.kind.parse());
        let phone = e.take("phone", Msisdn::parse(&self.phone));
        let phone_other = optional(&mut e, "phone_other", &self.phone_other, Msisdn::parse);
        let email = optional(&mut e, "email", &self.email, EmailAddress::parse);
        let address = e.take("address", NonBlank::parse(&self.address));
        let kra_pin = optional(&mut e, "kra_pin", &self.kra_pin, KraPin::parse);
        match (name, kind, phone, phone_other, email, address, kra_pin) {
            (Some(name), Some(kind), Some(phone), Some(phone_other), Some(email), Some(address), Some(kra_pin)) => {
                Ok(SaveSubscriber { id: self.id, name, kind, phone, phone_other, email, address, kra_pin })
            }
            _ => Err(e),
        }
    }
}

/// Disconnects a service for good, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisconnectForm {
    pub service_id: ServiceId,
    #[serde(default)]
    pub reason: String,
}

impl DisconnectForm {
    /// Reads the form. A reason is needed: churn is reported by it.
    pub fn parse(self) -> Result<(ServiceId, DisconnectReason), FieldErrors> {
        let reason = self.reason.parse().map_err(|_| FieldErrors::one("reason", "Choose why the service ends."))?;
        Ok((self.service_id, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ServiceState::*;

    #[test]
    fn a_service_goes_through_its_life_in_order() {
        for pair in [Pending, Approved, Installing, Active, Disconnected].windows(2) {
            assert!(pair[0].can_become(pair[1]));
        }
        for (from, to) in
            [(Pending, Active), (Pending, Installing), (Active, Pending), (Active, Approved), (Active, Active)]
        {
            assert!(!from.can_become(to), "{from} {to}");
        }
    }

    #[test]
    fn suspended_is_active_with_a_lock() {
        assert_eq!(Badge::of_service(Active, true), Badge::Suspended);
        assert_eq!(Badge::of_service(Active, false), Badge::Active);
        assert_eq!(Badge::of_service(Installing, true), Badge::Installing);
    }

    #[test]
    fn the_badge_of_a_subscriber_is_the_best_of_the_services() {
        assert_eq!(Badge::of_subscriber([]), Badge::Pending);
        assert_eq!(Badge::of_subscriber([(Disconnected, false), (Active, true)]), Badge::Suspended);
        assert_eq!(Badge::of_subscriber([(Active, true), (Active, false)]), Badge::Active);
        assert_eq!(Badge::of_subscriber([(Disconnected, true)]), Badge::Disconnected);
        assert_eq!(Badge::of_subscriber([(Pending, false), (Approved, false)]), Badge::Approved);
    }

    #[test]
    fn a_disconnection_needs_its_reason() {
        let id = ServiceId::new();
        let form = |reason: &str| DisconnectForm { service_id: id, reason: reason.into() }.parse();
        assert_eq!(form("moved"), Ok((id, DisconnectReason::Moved)));
        assert!(form("").is_err());
    }
}
