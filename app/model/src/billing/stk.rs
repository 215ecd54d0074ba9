//! Payment prompts on a phone (M-Pesa STK push). The one rule: an attempt only moves forward, and only money that came in
//! makes it paid.

use super::PaymentAttemptId;
use crate::crm::AccountId;
use crate::msisdn::Msisdn;
use crate::time::Timestamp;
use crate::{Currency, FieldErrors, Money};
use serde::{Deserialize, Serialize};

/// The most that M-Pesa takes in one payment, in shillings.
pub const MPESA_SHILLINGS_MAX: i64 = 250_000;

crate::codes! {
    /// Where an attempt stands.
    AttemptState {
        /// Written down, not yet sent.
        Created => "created",
        /// The provider has taken it: the phone rings, or will.
        Sent => "sent",
        /// We do not know whether the provider took it, or what became of it. Reconciliation finds out.
        Unknown => "unknown",
        /// The provider did not take it.
        Refused => "refused",
        Cancelled => "cancelled",
        TimedOut => "timed_out",
        Failed => "failed",
        Paid => "paid",
    }
}

impl AttemptState {
    /// Whether an attempt goes from here to there. Paid is the end. An attempt that was given up becomes paid when
    /// the money came after all; a late failure after success is recorded elsewhere, not applied.
    pub const fn can_become(self, to: Self) -> bool {
        use AttemptState::*;
        matches!(
            (self, to),
            (Created, Sent | Unknown | Refused | Paid)
                | (Sent, Unknown | Cancelled | TimedOut | Failed | Paid)
                | (Unknown, Sent | Refused | Cancelled | TimedOut | Failed | Paid)
                | (Refused | Cancelled | TimedOut | Failed, Paid)
        )
    }

    /// Whether the payer may still be looking at the prompt.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Created | Self::Sent | Self::Unknown)
    }
}

crate::codes! {
    /// Why a prompt did not end in a payment, as the payer is told.
    AttemptReason {
        Cancelled => "cancelled",
        NoAnswer => "no_answer",
        WrongPin => "wrong_pin",
        TooLittleMoney => "too_little_money",
        OverLimit => "over_limit",
        Busy => "busy",
        SameAmountTooSoon => "same_amount_too_soon",
        Expired => "expired",
        PhoneBlocked => "phone_blocked",
        OurSetting => "our_setting",
        Other => "other",
    }
}

/// What a result code of the provider means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StkOutcome {
    Paid,
    /// Still under way.
    Pending,
    Ended(AttemptState, AttemptReason),
    /// A code that we do not know: reconcile; neither paid nor unpaid.
    Unknown,
}

impl StkOutcome {
    /// Reads a Daraja result code: a number in callbacks, text in query replies, sometimes not a number at all.
    pub fn of_result_code(code: &str) -> Self {
        use AttemptReason::*;
        use AttemptState as S;
        match code.trim() {
            "0" => Self::Paid,
            "4999" => Self::Pending,
            "1032" => Self::Ended(S::Cancelled, Cancelled),
            "1037" => Self::Ended(S::TimedOut, NoAnswer),
            "1019" => Self::Ended(S::TimedOut, Expired),
            "2001" => Self::Ended(S::Failed, WrongPin),
            "1" => Self::Ended(S::Failed, TooLittleMoney),
            "2" | "3" | "4" => Self::Ended(S::Failed, OverLimit),
            "17" => Self::Ended(S::Failed, SameAmountTooSoon),
            "26" | "1001" => Self::Ended(S::Failed, Busy),
            "11" | "8006" => Self::Ended(S::Failed, PhoneBlocked),
            "8" | "1025" | "2028" | "9999" | "SFC_IC0003" => Self::Ended(S::Failed, OurSetting),
            _ => Self::Unknown,
        }
    }
}

/// An attempt as the waiting page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptView {
    pub id: PaymentAttemptId,
    pub phone: Msisdn,
    pub amount: Money,
    pub state: AttemptState,
    pub reason: Option<AttemptReason>,
    pub created_at: Timestamp,
    /// The receipt, once paid.
    pub receipt: Option<String>,
    pub timeline: super::payments::PaymentTimeline,
}

/// Pay by a prompt on a phone. The account comes from the session at `/my` and from the page for staff.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PayForm {
    pub phone: String,
    pub amount: String,
}

/// The same form on the subscriber page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakePaymentForm {
    pub account_id: AccountId,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub amount: String,
}

/// A prompt that can be sent: whole shillings to a phone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pay {
    pub phone: Msisdn,
    pub amount: Money,
}

impl PayForm {
    /// Reads the form. M-Pesa takes whole shillings, from 1 to 250,000.
    pub fn parse(self) -> Result<Pay, FieldErrors> {
        let mut e = FieldErrors::default();
        let phone = e.take("phone", Msisdn::parse(&self.phone));
        let amount = e.take("amount", parse_mpesa_amount(&self.amount));
        match (phone, amount) {
            (Some(phone), Some(amount)) => Ok(Pay { phone, amount }),
            _ => Err(e),
        }
    }
}

impl TakePaymentForm {
    /// Reads the form as `PayForm` does.
    pub fn parse(self) -> Result<(AccountId, Pay), FieldErrors> {
        PayForm { phone: self.phone, amount: self.amount }.parse().map(|pay| (self.account_id, pay))
    }
}

/// Reads an amount that M-Pesa can be asked for.
fn parse_mpesa_amount(text: &str) -> Result<Money, String> {
    let amount = Money::parse_positive(text, Currency::Kes).map_err(|refusal| refusal.to_string())?;
    let shillings = amount.whole_units_up();
    if amount.minor % 100 != 0 {
        return Err(format!("M-Pesa takes whole shillings. Enter {shillings}; what is too much stays as credit."));
    }
    if shillings > MPESA_SHILLINGS_MAX {
        return Err("M-Pesa takes at most 250,000 in one payment. Pay the rest in a second one.".into());
    }
    Ok(amount)
}

/// What to ask for when `due` is open: rounded up to whole shillings, at most what M-Pesa takes; `None` when nothing
/// is due. What is too much stays as credit.
pub fn amount_to_ask(due: Money) -> Option<Money> {
    let shillings = due.whole_units_up().min(MPESA_SHILLINGS_MAX);
    (shillings > 0).then(|| Money::new(shillings * 100, due.currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use AttemptState::*;

    #[test]
    fn a_paid_attempt_never_changes_again() {
        for to in AttemptState::ALL {
            assert!(!Paid.can_become(*to));
        }
    }

    #[test]
    fn money_that_comes_late_still_counts() {
        for from in [Created, Sent, Unknown, Refused, Cancelled, TimedOut, Failed] {
            assert!(from.can_become(Paid), "{from}");
        }
    }

    #[test]
    fn an_ended_attempt_does_not_wait_again() {
        for from in [Refused, Cancelled, TimedOut, Failed] {
            for to in [Created, Sent, Unknown, Cancelled, TimedOut, Failed] {
                assert!(!from.can_become(to), "{from} {to}");
            }
        }
        assert!(!Sent.can_become(Created));
    }

    #[test]
    fn an_unknown_code_is_neither_paid_nor_unpaid() {
        assert_eq!(StkOutcome::of_result_code("0"), StkOutcome::Paid);
        assert_eq!(StkOutcome::of_result_code("4999"), StkOutcome::Pending);
        assert_eq!(StkOutcome::of_result_code("1032"), StkOutcome::Ended(Cancelled, AttemptReason::Cancelled));
        for code in ["", "00", "77777", "SFC_XX"] {
            assert_eq!(StkOutcome::of_result_code(code), StkOutcome::Unknown, "{code}");
        }
    }

    #[test]
    fn cents_are_refused_with_the_amount_to_type_instead() {
        let pay = |amount: &str| PayForm { phone: "0712345678".into(), amount: amount.into() }.parse();
        assert_eq!(pay("1,500").map(|pay| pay.amount), Ok(Money::kes(150_000)));
        let refusal = pay("1500.50").unwrap_err();
        assert_eq!(
            refusal.of("amount"),
            Some("M-Pesa takes whole shillings. Enter 1501; what is too much stays as credit.")
        );
        assert!(pay("250001").unwrap_err().of("amount").is_some());
        assert!(pay("-5").unwrap_err().of("amount").is_some());
    }

    #[test]
    fn the_due_amount_is_asked_for_rounded_up() {
        assert_eq!(amount_to_ask(Money::kes(150_001)), Some(Money::kes(150_100)));
        assert_eq!(amount_to_ask(Money::kes(0)), None);
        assert_eq!(amount_to_ask(Money::kes(-50)), None);
        assert_eq!(amount_to_ask(Money::kes(99_999_999)), Some(Money::kes(25_000_000)));
    }
}
