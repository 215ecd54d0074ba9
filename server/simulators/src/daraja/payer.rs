//! The payer: answering a prompt, and paying a business number by oneself.
//! The one rule: money moves exactly once, in the same step that ends the prompt.

use chrono::Utc;
use serde::Deserialize;

use super::{Attempt, Payment, PaymentKind, PromptResult, report};
use crate::clock;
use crate::state::{Inner, Shared};

/// The PIN of every simulated phone.
pub const PIN: &str = "1234";

/// What happens to a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Pin(String),
    Cancel,
    /// Nobody answers.
    NoResponse,
    /// The PIN is right and the wallet is empty, whatever it holds.
    Insufficient,
    /// The provider's rule against paying the same amount twice within two minutes.
    Repeated,
    /// The request names a receiver that the short code may not use.
    NotPermitted,
}

/// How the result is reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Callback, then confirmation.
    #[default]
    Once,
    /// The callback twice, then the confirmation twice.
    Twice,
    /// Everything much later.
    Late,
    /// The confirmation before the callback.
    ConfirmationFirst,
    /// Nothing is posted; only a query tells.
    Lost,
}

/// There is no open prompt of that id: it was never sent, or it has ended.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSuchPrompt;

/// Ends a prompt and starts reporting its result. A prompt ends once; a second answer is refused.
pub fn answer(
    state: &Shared,
    checkout_request_id: &str,
    answer: Answer,
    delivery: Delivery,
) -> Result<PromptResult, NoSuchPrompt> {
    let (attempt, result, payment) = {
        let mut inner = state.lock();
        let attempt = inner
            .attempts
            .iter()
            .find(|attempt| attempt.checkout_request_id == checkout_request_id && attempt.result.is_none())
            .cloned()
            .ok_or(NoSuchPrompt)?;
        let (code, description) = judge(&answer, &attempt, inner.balance(&attempt.phone));
        let payment = (code == "0").then(|| pay(&mut inner, &attempt));
        let receipt = payment.as_ref().map(|payment| payment.receipt.clone());
        let result = PromptResult { code, description, receipt, at: Utc::now() };
        if let Some(stored) = inner.attempts.iter_mut().find(|stored| stored.checkout_request_id == checkout_request_id)
        {
            stored.result = Some(result.clone());
        }
        (attempt, result, payment)
    };
    report::prompt(state, attempt, result.clone(), payment, delivery);
    Ok(result)
}

fn judge(answer: &Answer, attempt: &Attempt, balance: i64) -> (&'static str, &'static str) {
    match answer {
        Answer::Cancel => ("1032", "Request cancelled by user"),
        Answer::NoResponse => ("1037", "DS timeout user cannot be reached"),
        Answer::Pin(pin) if pin != PIN => ("2001", "The initiator information is invalid."),
        Answer::Repeated => ("17", "Rule limited."),
        Answer::NotPermitted => ("2028", "The request is not permitted according to product assignment."),
        Answer::Insufficient => ("1", "The balance is insufficient for the transaction."),
        Answer::Pin(_) if balance < attempt.amount_shillings => {
            ("1", "The balance is insufficient for the transaction.")
        }
        Answer::Pin(_) => ("0", "The service request is processed successfully."),
    }
}

fn pay(inner: &mut Inner, attempt: &Attempt) -> Payment {
    record(inner, &attempt.phone, &attempt.short_code, &attempt.reference, attempt.amount_shillings)
}

/// Takes the money from the wallet and gives it a receipt.
pub fn record(inner: &mut Inner, phone: &str, short_code: &str, reference: &str, amount_shillings: i64) -> Payment {
    let left = inner.balance(phone) - amount_shillings;
    inner.set_balance(phone, left);
    let business = inner.business(short_code);
    let is_till = business.is_some_and(|business| business.short_code != short_code);
    let payment = Payment {
        receipt: new_receipt(inner),
        short_code: short_code.to_owned(),
        business: business.map_or_else(|| short_code.to_owned(), |business| business.name.clone()),
        phone: phone.to_owned(),
        amount_shillings,
        reference: reference.to_owned(),
        at: Utc::now(),
        kind: if is_till { PaymentKind::BuyGoods } else { PaymentKind::PayBill },
    };
    inner.payments.push(payment.clone());
    payment
}

/// Ten letters and digits that no kept payment has.
pub fn new_receipt(inner: &Inner) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    loop {
        let mut receipt = clock::receipt_prefix(Utc::now());
        for _ in 0..7 {
            receipt.push(char::from(ALPHABET[usize::from(rand::random::<u8>()) % ALPHABET.len()]));
        }
        if inner.payments.iter().all(|payment| payment.receipt != receipt) {
            return receipt;
        }
    }
}

/// The first name that goes with a number: always the same one, so that pages and notices agree.
pub fn first_name(phone: &str) -> &'static str {
    const NAMES: [&str; 12] =
        ["ASHA", "BRIAN", "CHEBET", "DANIEL", "ESTHER", "FAITH", "GEORGE", "HALIMA", "ISAAC", "JOYCE", "KEVIN", "LUCY"];
    let sum: usize = phone.bytes().map(usize::from).sum();
    NAMES[sum % NAMES.len()]
}
