//! What happens to money, for the contexts to the right.

use model::billing::{InvoiceId, PaymentAttemptId, PaymentId};
use model::crm::{AccountId, ServiceId};
use platform::events::Event;
use serde::{Deserialize, Serialize};

/// An invoice was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvoiceIssued {
    pub invoice_id: InvoiceId,
    pub account_id: AccountId,
}
impl Event for InvoiceIssued {
    const NAME: &'static str = "billing.invoice_issued";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// An invoice is due in so many hours and not paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReminderDue {
    pub invoice_id: InvoiceId,
    pub account_id: AccountId,
    pub hours_before: i16,
}
impl Event for ReminderDue {
    const NAME: &'static str = "billing.reminder_due";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// A lock was set on a service: it is off from now on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LockSet {
    pub service_id: ServiceId,
    pub account_id: AccountId,
    pub reason: String,
}
impl Event for LockSet {
    const NAME: &'static str = "billing.lock_set";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// A lock was lifted. The service is on when no other lock is active.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LockLifted {
    pub service_id: ServiceId,
    pub account_id: AccountId,
    pub reason: String,
    /// The payment that lifted it: its timeline waits for the answer of the network.
    pub payment_id: Option<PaymentId>,
}
impl Event for LockLifted {
    const NAME: &'static str = "billing.lock_lifted";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// Money was posted to an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentPosted {
    pub payment_id: PaymentId,
    pub account_id: AccountId,
}
impl Event for PaymentPosted {
    const NAME: &'static str = "billing.payment_posted";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
}

/// Money came in that belongs to nobody yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentStrayed {
    pub payment_id: PaymentId,
}
impl Event for PaymentStrayed {
    const NAME: &'static str = "billing.payment_strayed";
    fn subject(&self) -> String {
        self.payment_id.to_string()
    }
}

/// A request to a payer's phone moved on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttemptChanged {
    pub attempt_id: PaymentAttemptId,
    pub account_id: AccountId,
}
impl Event for AttemptChanged {
    const NAME: &'static str = "billing.attempt_changed";
    fn subject(&self) -> String {
        self.attempt_id.to_string()
    }
}
