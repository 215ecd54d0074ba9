//! Invoices. The one rule: four states are stored; part-paid and overdue are derived from money and day.

use super::InvoiceId;
use crate::account_number::AccountNumber;
use crate::crm::{AccountId, SubscriberId};
use crate::msisdn::Msisdn;
use crate::text::NonBlank;
use crate::time::{Date, Timestamp};
use crate::{FieldErrors, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// The stored state of an invoice.
    InvoiceStatus { Draft => "draft", Issued => "issued", Paid => "paid", Void => "void" }
}

impl InvoiceStatus {
    /// Whether it may be voided. A paid invoice is credited instead.
    pub const fn can_void(self) -> bool {
        matches!(self, Self::Draft | Self::Issued)
    }

    pub const fn can_become(self, to: Self) -> bool {
        use InvoiceStatus::*;
        // Paid goes back to issued when its payment is reversed.
        matches!((self, to), (Draft, Issued | Void) | (Issued, Paid | Void) | (Paid, Issued))
    }
}

crate::codes! {
    /// The state of an invoice as people see it.
    InvoiceBadge {
        Draft => "draft",
        Open => "open",
        PartPaid => "part_paid",
        Overdue => "overdue",
        OverduePartPaid => "overdue_part_paid",
        Paid => "paid",
        Void => "void",
    }
}

impl InvoiceBadge {
    /// Derives it. An invoice is overdue from the day after its due day.
    pub fn of(status: InvoiceStatus, total: Money, left: Money, due_on: Date, today: Date) -> Self {
        match status {
            InvoiceStatus::Draft => Self::Draft,
            InvoiceStatus::Paid => Self::Paid,
            InvoiceStatus::Void => Self::Void,
            InvoiceStatus::Issued => match (today > due_on, left.minor < total.minor) {
                (false, false) => Self::Open,
                (false, true) => Self::PartPaid,
                (true, false) => Self::Overdue,
                (true, true) => Self::OverduePartPaid,
            },
        }
    }
}

crate::codes! {
    /// The tabs of the list. Open is issued; overdue is the part of it that is late.
    InvoiceTab {
        Open => "open",
        Overdue => "overdue",
        Draft => "draft",
        Paid => "paid",
        Void => "void",
        All => "all",
    }
}

impl InvoiceTab {
    /// The tab that is shown when the address names none: open invoices are what people come for, and a search looks at
    /// all of them.
    pub const fn without_word(is_searched: bool) -> Self {
        if is_searched { Self::All } else { Self::Open }
    }
}

/// How many invoices each tab holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceCounts {
    pub open: i64,
    pub overdue: i64,
    pub draft: i64,
    pub paid: i64,
    pub void: i64,
}

impl InvoiceCounts {
    pub const fn of(self, tab: InvoiceTab) -> i64 {
        match tab {
            InvoiceTab::Open => self.open,
            InvoiceTab::Overdue => self.overdue,
            InvoiceTab::Draft => self.draft,
            InvoiceTab::Paid => self.paid,
            InvoiceTab::Void => self.void,
            // Overdue invoices are open ones, and not counted twice.
            InvoiceTab::All => self.open + self.draft + self.paid + self.void,
        }
    }
}

crate::codes! {
    /// What a line of an invoice is for.
    LineKind {
        Service => "service",
        Setup => "setup",
        Equipment => "equipment",
        Deposit => "deposit",
        Discount => "discount",
        Credit => "credit",
    }
}

/// One row of the list of invoices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceRow {
    pub id: InvoiceId,
    /// `None` for a draft: a number is given when it is issued, so that there are no gaps.
    pub number: Option<String>,
    pub subscriber_id: SubscriberId,
    pub subscriber: String,
    pub site: Option<String>,
    pub due_on: Date,
    pub total: Money,
    pub left: Money,
    pub status: InvoiceStatus,
    pub badge: InvoiceBadge,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceLineView {
    /// Its place on the invoice, from 1.
    pub line: i16,
    pub kind: LineKind,
    pub text: String,
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub net: Money,
    pub excise: Money,
    pub vat: Money,
    pub total: Money,
}

/// A payment as an invoice lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoicePayment {
    pub at: Timestamp,
    pub receipt: String,
    pub method: super::payments::PaymentMethod,
    pub amount: Money,
}

/// An invoice as its own page shows and prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceDetail {
    pub id: InvoiceId,
    pub number: Option<String>,
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub subscriber_id: SubscriberId,
    pub subscriber: String,
    pub phone: Option<Msisdn>,
    pub kra_pin: Option<String>,
    pub issued_at: Option<Timestamp>,
    pub due_on: Date,
    pub lines: Vec<InvoiceLineView>,
    pub net: Money,
    pub excise: Money,
    pub vat: Money,
    pub total: Money,
    pub paid: Money,
    /// What is still to be paid: nothing of a void one.
    pub left: Money,
    pub status: InvoiceStatus,
    pub badge: InvoiceBadge,
    pub void_reason: Option<String>,
    pub payments: Vec<InvoicePayment>,
}

/// Voids an unpaid invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VoidInvoiceForm {
    pub id: InvoiceId,
    #[serde(default)]
    pub reason: String,
}

impl VoidInvoiceForm {
    /// Reads the form. The reason is needed: the auditor asks for it.
    pub fn parse(self) -> Result<(InvoiceId, NonBlank<200>), FieldErrors> {
        let reason =
            NonBlank::parse(&self.reason).map_err(|refusal| FieldErrors::one("reason", refusal.to_string()))?;
        Ok((self.id, reason))
    }
}

/// Divides a payment over unpaid invoices, the oldest first. `left` holds what each still wants, in that order. Gives
/// what each gets and what stays as credit, in minor units.
pub fn allocate_oldest_first(payment: i64, left: &[i64]) -> (Vec<i64>, i64) {
    let mut rest = payment.max(0);
    let parts = left
        .iter()
        .map(|wanted| {
            let part = rest.min((*wanted).max(0));
            rest -= part;
            part
        })
        .collect();
    (parts, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn badge(status: InvoiceStatus, left: i64, today: &str) -> InvoiceBadge {
        let due_on = "2026-11-24".parse().unwrap();
        InvoiceBadge::of(status, Money::kes(1000), Money::kes(left), due_on, today.parse().unwrap())
    }

    #[test]
    fn overdue_and_part_paid_are_derived() {
        use InvoiceStatus::*;
        assert_eq!(badge(Issued, 1000, "2026-11-24"), InvoiceBadge::Open);
        assert_eq!(badge(Issued, 1000, "2026-11-25"), InvoiceBadge::Overdue);
        assert_eq!(badge(Issued, 400, "2026-11-24"), InvoiceBadge::PartPaid);
        assert_eq!(badge(Issued, 400, "2026-11-25"), InvoiceBadge::OverduePartPaid);
        assert_eq!(badge(Paid, 0, "2027-01-01"), InvoiceBadge::Paid);
        assert_eq!(badge(Void, 1000, "2027-01-01"), InvoiceBadge::Void);
        assert_eq!(badge(Draft, 1000, "2027-01-01"), InvoiceBadge::Draft);
    }

    #[test]
    fn voiding_a_paid_invoice_is_refused() {
        assert!(!InvoiceStatus::Paid.can_void() && !InvoiceStatus::Void.can_void());
        assert!(InvoiceStatus::Issued.can_void());
        assert!(!InvoiceStatus::Paid.can_become(InvoiceStatus::Void));
        assert!(!InvoiceStatus::Void.can_become(InvoiceStatus::Issued));
    }

    #[test]
    fn overdue_invoices_are_not_counted_twice() {
        let counts = InvoiceCounts { open: 212, overdue: 41, draft: 6, paid: 1688, void: 9 };
        assert_eq!(counts.of(InvoiceTab::All), 1915);
    }

    #[test]
    fn voiding_needs_a_reason() {
        let form = |reason: &str| VoidInvoiceForm { id: InvoiceId::new(), reason: reason.into() }.parse();
        assert!(form(" ").unwrap_err().of("reason").is_some());
        assert!(form("Wrong plan").is_ok());
    }

    #[test]
    fn the_oldest_invoice_is_paid_first_and_the_rest_is_credit() {
        assert_eq!(allocate_oldest_first(250, &[100, 100, 100]), (vec![100, 100, 50], 0));
        assert_eq!(allocate_oldest_first(350, &[100, 0, 200]), (vec![100, 0, 200], 50));
        assert_eq!(allocate_oldest_first(-5, &[100]), (vec![0], 0));
    }

    proptest! {
        #[test]
        fn nothing_of_a_payment_is_lost(payment in 0i64..1_000_000, left in prop::collection::vec(0i64..100_000, 0..20)) {
            let (parts, credit) = allocate_oldest_first(payment, &left);
            prop_assert_eq!(parts.iter().sum::<i64>() + credit, payment);
            prop_assert!(parts.iter().zip(&left).all(|(part, left)| part <= left));
            prop_assert!(credit == 0 || parts == left);
        }
    }
}
