//! Payments and the way from payment to online. The one rule: payment-to-online runs in real time, from the first byte of
//! the provider's first report to the router's answer.

use super::{InvoiceId, PaymentId};
use crate::account_number::{AccountNumber, normalise_reference};
use crate::crm::{AccountId, SubscriberId};
use crate::form::optional;
use crate::msisdn::Msisdn;
use crate::text::NonBlank;
use crate::time::Timestamp;
use crate::{Currency, FieldErrors, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// How money came in.
    PaymentMethod {
        MpesaStk => "mpesa_stk",
        MpesaC2b => "mpesa_c2b",
        Cash => "cash",
        Bank => "bank",
    }
}

impl PaymentMethod {
    /// The cash account that it is booked on.
    pub const fn cash(self) -> super::ledger::CashAccount {
        use super::ledger::CashAccount;
        match self {
            Self::MpesaStk | Self::MpesaC2b => CashAccount::Mpesa,
            Self::Cash => CashAccount::Hand,
            Self::Bank => CashAccount::Bank,
        }
    }
}

crate::codes! {
    /// The tabs of the list of payments.
    PaymentTab { All => "all", Matched => "matched", Stray => "stray" }
}

crate::codes! {
    /// Where a payment stands. Matched and stray are both money that we have.
    PaymentState { Matched => "matched", Stray => "stray", Reversed => "reversed" }
}

/// One row of the list of payments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentRow {
    pub id: PaymentId,
    pub receipt: String,
    /// The provider's own reference: the M-Pesa receipt.
    pub provider_reference: Option<String>,
    pub method: PaymentMethod,
    pub amount: Money,
    pub state: PaymentState,
    pub subscriber_id: Option<SubscriberId>,
    pub subscriber: Option<String>,
    pub account_number: Option<AccountNumber>,
    pub payer_name: Option<String>,
    /// Business time.
    pub paid_at: Timestamp,
    /// Milliseconds from payment to online, when it brought somebody back online.
    pub online_ms: Option<i64>,
}

/// A receipt as it is shown and printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptView {
    pub id: PaymentId,
    pub receipt: String,
    pub provider_reference: Option<String>,
    pub method: PaymentMethod,
    pub amount: Money,
    /// Business time.
    pub paid_at: Timestamp,
    pub subscriber_id: SubscriberId,
    pub subscriber: String,
    pub account_number: AccountNumber,
    pub paid: Vec<PaidInvoice>,
    /// What stayed as credit.
    pub credit: Money,
    pub timeline: PaymentTimeline,
}

/// An invoice that a payment paid, and how much of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaidInvoice {
    pub id: InvoiceId,
    pub number: String,
    pub amount: Money,
}

crate::codes! {
    /// The stages of a payment, in order.
    PaymentStage {
        Sent => "sent",
        Received => "received",
        Posted => "posted",
        LockLifted => "lock_lifted",
        RouterTold => "router_told",
        Online => "online",
    }
}

/// When each stage was reached, in real time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentTimeline {
    /// The prompt was sent to the phone.
    pub sent_at: Option<Timestamp>,
    /// The first byte of the first report of the provider.
    pub received_at: Option<Timestamp>,
    /// Journal, receipt and lock are committed.
    pub posted_at: Option<Timestamp>,
    /// The money lock was lifted; `None` when there was none.
    pub lock_lifted_at: Option<Timestamp>,
    /// CoA or Disconnect left for the router; `None` without a session.
    pub router_told_at: Option<Timestamp>,
    /// CoA-ACK, or the Acct-Start after a Disconnect.
    pub online_at: Option<Timestamp>,
}

crate::codes! {
    /// How a payment ended for the service.
    PaymentOutcome {
        /// The provider has not reported yet.
        Waiting => "waiting",
        /// Posted; the service was on anyway.
        Posted => "posted",
        /// Lock lifted and no session at the time: it is on as soon as the router dials.
        Ready => "ready",
        /// The router was told and has not answered yet.
        Reconnecting => "reconnecting",
        /// Back online; only this one is in the p95.
        Online => "online",
    }
}

impl PaymentTimeline {
    /// The moment of a stage.
    pub const fn at(&self, stage: PaymentStage) -> Option<Timestamp> {
        match stage {
            PaymentStage::Sent => self.sent_at,
            PaymentStage::Received => self.received_at,
            PaymentStage::Posted => self.posted_at,
            PaymentStage::LockLifted => self.lock_lifted_at,
            PaymentStage::RouterTold => self.router_told_at,
            PaymentStage::Online => self.online_at,
        }
    }

    pub const fn outcome(&self) -> PaymentOutcome {
        match (self.posted_at, self.lock_lifted_at, self.router_told_at, self.online_at) {
            (None, ..) => PaymentOutcome::Waiting,
            (Some(_), None, ..) => PaymentOutcome::Posted,
            (Some(_), Some(_), Some(_), Some(_)) => PaymentOutcome::Online,
            (Some(_), Some(_), Some(_), None) => PaymentOutcome::Reconnecting,
            (Some(_), Some(_), None, _) => PaymentOutcome::Ready,
        }
    }

    /// Milliseconds from the provider's first report to the router's answer; `None` unless the outcome is online.
    pub fn payment_to_online_ms(&self) -> Option<i64> {
        match (self.outcome(), self.received_at, self.online_at) {
            (PaymentOutcome::Online, Some(received), Some(online)) => {
                Some((online - received).num_milliseconds().max(0))
            }
            _ => None,
        }
    }
}

/// The value that `share` per cent of the sorted values do not exceed (nearest rank): `percentile(&ms, 95)` is the p95.
pub fn percentile(sorted: &[i64], share: u8) -> Option<i64> {
    let rank = (sorted.len() * usize::from(share.min(100))).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// What came in, and how quickly it brought people back: the cards above the money screens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyFigures {
    pub today: Money,
    pub week: Money,
    pub month: Money,
    pub strays: i64,
    pub strays_total: Money,
    /// Payment-to-online of today, in milliseconds; `None` when nobody came back by a payment.
    pub online_p95_ms: Option<i64>,
    /// How many payments the p95 is made of.
    pub online: i64,
    /// Lock lifted without a session: counted apart, never in the p95.
    pub ready: i64,
}

/// For whom a payment is taken, and what the form starts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CounterSheet {
    /// The payment that this form will be: sent twice, it is one payment.
    pub payment_id: PaymentId,
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub subscriber: String,
    pub phone: Option<Msisdn>,
    /// In whole shillings; `None` when nothing is owed.
    pub to_pay: Option<Money>,
}

/// Cash or a bank transfer taken at the counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CounterPaymentForm {
    /// As the form was given it.
    pub id: PaymentId,
    pub account_id: AccountId,
    #[serde(default)]
    pub method: String,
    #[serde(default)]
    pub amount: String,
    /// The bank's reference; empty for cash.
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub payer_phone: String,
}

/// A payment at the counter that can be posted.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterPayment {
    pub id: PaymentId,
    pub account_id: AccountId,
    pub method: PaymentMethod,
    pub amount: Money,
    pub reference: Option<NonBlank<40>>,
    pub payer_phone: Option<Msisdn>,
}

impl CounterPaymentForm {
    /// Reads the form. Only cash and bank are taken by hand; a bank transfer needs its reference, which keeps it from
    /// being posted twice, however it is spelt. Cash has none but our receipt.
    pub fn parse(self, currency: Currency) -> Result<CounterPayment, FieldErrors> {
        let mut e = FieldErrors::default();
        let by_hand = |method: &PaymentMethod| matches!(method, PaymentMethod::Cash | PaymentMethod::Bank);
        let method = self.method.parse::<PaymentMethod>().ok().filter(by_hand);
        if method.is_none() {
            e.add("method", "Choose cash or bank transfer. M-Pesa payments come in by themselves.");
        }
        let amount = e.take("amount", Money::parse_positive(&self.amount, currency));
        let typed = if method == Some(PaymentMethod::Cash) { "" } else { &self.reference };
        let reference = optional(&mut e, "reference", &normalise_reference(typed), NonBlank::parse);
        if method == Some(PaymentMethod::Bank) && reference == Some(None) {
            e.add("reference", "Enter the reference of the bank transfer.");
        }
        let payer_phone = optional(&mut e, "payer_phone", &self.payer_phone, Msisdn::parse);
        match (method, amount, reference, payer_phone) {
            (Some(method), Some(amount), Some(reference), Some(payer_phone)) if e.is_empty() => {
                Ok(CounterPayment { id: self.id, account_id: self.account_id, method, amount, reference, payer_phone })
            }
            _ => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: &str) -> Option<Timestamp> {
        Some(format!("2026-11-24T12:00:{second}Z").parse().unwrap())
    }

    #[test]
    fn payment_to_online_runs_from_the_report_to_the_routers_answer() {
        let timeline = PaymentTimeline {
            sent_at: at("00"),
            received_at: at("20"),
            posted_at: at("20.1"),
            lock_lifted_at: at("20.1"),
            router_told_at: at("20.3"),
            online_at: at("21.25"),
        };
        assert_eq!((timeline.outcome(), timeline.payment_to_online_ms()), (PaymentOutcome::Online, Some(1250)));
    }

    #[test]
    fn without_a_session_it_is_ready_and_not_measured() {
        let timeline = PaymentTimeline {
            received_at: at("20"),
            posted_at: at("20"),
            lock_lifted_at: at("20"),
            online_at: at("59"),
            ..PaymentTimeline::default()
        };
        assert_eq!((timeline.outcome(), timeline.payment_to_online_ms()), (PaymentOutcome::Ready, None));
        assert_eq!(PaymentTimeline::default().outcome(), PaymentOutcome::Waiting);
        let on_anyway = PaymentTimeline { lock_lifted_at: None, ..timeline };
        assert_eq!(on_anyway.outcome(), PaymentOutcome::Posted);
    }

    #[test]
    fn the_p95_is_the_nearest_rank() {
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 95), Some(95));
        assert_eq!(percentile(&[7], 95), Some(7));
        assert_eq!(percentile(&[], 95), None);
    }

    #[test]
    fn a_bank_transfer_needs_its_reference_and_m_pesa_is_not_typed() {
        let form = |method: &str, reference: &str| {
            CounterPaymentForm {
                id: PaymentId::new(),
                account_id: AccountId::new(),
                method: method.into(),
                amount: "1500".into(),
                reference: reference.into(),
                payer_phone: String::new(),
            }
            .parse(Currency::Kes)
        };
        assert!(form("cash", "").is_ok() && form("bank", "FT1").is_ok());
        assert!(form("bank", "").unwrap_err().of("reference").is_some());
        assert!(form("bank", " - ").unwrap_err().of("reference").is_some());
        assert!(form("mpesa_stk", "").unwrap_err().of("method").is_some());
        let reference = |method, typed| form(method, typed).unwrap().reference.map(NonBlank::into_string);
        for spelling in ["FT001", "ft001", " FT 001", "ft-001"] {
            assert_eq!(reference("bank", spelling).as_deref(), Some("FT001"), "{spelling}");
        }
        assert_eq!(reference("cash", "RCT-000124"), None, "only a bank has a reference of its own");
    }

    proptest! {
        #[test]
        fn a_percentile_is_one_of_the_values(mut values in prop::collection::vec(any::<i64>(), 1..50), share: u8) {
            values.sort_unstable();
            prop_assert!(values.contains(&percentile(&values, share).unwrap()));
        }
    }
}
