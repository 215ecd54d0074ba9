//! Money over the counter: cash, and bank transfers with their reference.

use super::receive::{MoneyIn, Received, gateway_of, receive_as_in_op};
use model::AppError;
use model::account_number::{AccountNumber, AccountNumberError};
use model::billing::payments::{CounterPayment, CounterPaymentForm, CounterSheet};
use model::billing::stk::amount_to_ask;
use model::billing::{PaymentId, perm};
use model::crm::AccountId;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// Whom a payment is for: by the account's id, or by its number as somebody typed it. The phone is given: a door takes it
/// out for readers without contact rights.
///
/// # Errors
/// `Invalid` on `number` for a number that is wrong or nobody's; `NotFound` for an id of somebody else.
pub async fn sheet(tx: &mut Tx<perm::PaymentTake>, account: Result<AccountId, &str>) -> Result<CounterSheet, AppError> {
    let head = match account {
        Ok(id) => crm::accounts::get_in_op(tx, id).await?,
        Err(typed) => {
            let number: AccountNumber = typed
                .parse()
                .map_err(|refusal: AccountNumberError| AppError::invalid("number", refusal.to_string()))?;
            let found = crm::accounts::by_number_in_op(tx, number).await?;
            found.ok_or_else(|| AppError::invalid("number", "No account has this number. Check it with the payer."))?
        }
    };
    let owed = crate::ledger::owed_in_op(tx, head.id).await?;
    Ok(CounterSheet {
        payment_id: PaymentId::new(),
        account_id: head.id,
        account_number: head.number,
        subscriber: head.name,
        phone: Some(head.phone),
        to_pay: amount_to_ask(owed),
    })
}

/// Takes cash or a bank transfer for an account and gives the receipt. Idempotent by the form: the same one sent again gives
/// the first receipt. A bank transfer is taken once per reference; in a second form it is refused, because somebody else may
/// have typed it.
///
/// # Errors
/// `Invalid` names the fields, `NotFound` for an account of somebody else, `Conflict` for a reference that is known and for
/// a form that was sent with other contents.
pub async fn take(tx: &mut Tx<perm::PaymentTake>, form: CounterPaymentForm) -> Result<PaymentId, AppError> {
    let currency = catalog::plans::currency_in_op(tx).await?;
    let payment = form.parse(currency).map_err(AppError::Invalid)?;
    sqlx::query_scalar!("SELECT id FROM account WHERE id = $1", payment.account_id.uuid())
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    if let Some(id) = taken_in_op(tx, &payment).await? {
        return Ok(id);
    }
    let paid_at = tx.now();
    let money = MoneyIn {
        method: payment.method,
        reference: payment.reference.map(|text| text.into_string()),
        amount: payment.amount,
        payer_phone: payment.payer_phone.map(|phone| phone.canonical()),
        payer_name: None,
        bill_reference: None,
        paid_at,
        callback_at: None,
        attempt: None,
        to: Ok(payment.account_id),
    };
    let received = receive_as_in_op(tx, payment.id, money).await?;
    let Received::Posted(id) = received else {
        return Err(AppError::Conflict(
            "A payment with this reference was posted before. Look it up under Payments.".into(),
        ));
    };
    tx.audit(Change::new("billing.payment.take", "payment", id).after(serde_json::json!({
        "account_id": payment.account_id, "method": payment.method, "amount_minor": payment.amount.minor,
    })));
    Ok(id)
}

/// The payment that this form brought before. Two that are sent at once wait for each other here.
async fn taken_in_op(op: &mut Op, payment: &CounterPayment) -> Result<Option<PaymentId>, AppError> {
    let key = format!("counter:{}:{}", op.tenant(), payment.id);
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    let taken =
        sqlx::query!("SELECT number, gateway, account_id, amount_minor FROM payment WHERE id = $1", payment.id.uuid())
            .fetch_optional(op.conn())
            .await
            .map_err(from_sql)?;
    let Some(taken) = taken else { return Ok(None) };
    let is_same = taken.account_id == Some(payment.account_id.uuid())
        && taken.amount_minor == payment.amount.minor
        && taken.gateway == gateway_of(payment.method);
    if is_same {
        return Ok(Some(payment.id));
    }
    Err(AppError::Conflict(format!(
        "This form was sent before and gave receipt {}. Open it anew to take another payment.",
        taken.number
    )))
}
