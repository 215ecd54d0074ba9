//! Reporting results to the ISP.
//! The one rule: the bodies have the documented shape, digit by digit: a decimal amount, whole numbers for time and
//! phone in a callback, and nothing but text in a confirmation.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Attempt, Delivery, Payment, PaymentKind, PromptResult, payer};
use crate::clock;
use crate::posts::{self, Parcel};
use crate::settings::MsisdnForm;
use crate::state::{Inner, Shared};

/// How long the provider waits for the answer to a callback.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);

/// Reports the end of a prompt in the background.
pub fn prompt(state: &Shared, attempt: Attempt, result: PromptResult, payment: Option<Payment>, delivery: Delivery) {
    let background = Shared::clone(state);
    state.spawn(async move { report_prompt(&background, &attempt, &result, payment, delivery).await });
}

async fn report_prompt(
    state: &Shared,
    attempt: &Attempt,
    result: &PromptResult,
    payment: Option<Payment>,
    delivery: Delivery,
) {
    let (gap, late) = {
        let settings = &state.lock().settings;
        (Duration::from_millis(settings.callback_delay_ms), Duration::from_millis(settings.late_callback_ms))
    };
    let callback = || async {
        let body = callback_body(attempt, result, payment.as_ref());
        let parcel = Parcel::json("STK callback", attempt.callback_url.clone(), &attempt.phone, body);
        posts::post(state, parcel, CALLBACK_TIMEOUT).await;
    };
    let confirmation = || async {
        if let Some(payment) = &payment {
            confirm(state, payment, "").await;
        }
    };
    tokio::time::sleep(if delivery == Delivery::Late { late } else { gap }).await;
    match delivery {
        Delivery::Lost => {}
        Delivery::Once | Delivery::Late => {
            callback().await;
            tokio::time::sleep(gap).await;
            confirmation().await;
        }
        Delivery::ConfirmationFirst => {
            confirmation().await;
            tokio::time::sleep(gap).await;
            callback().await;
        }
        Delivery::Twice => {
            callback().await;
            tokio::time::sleep(gap).await;
            callback().await;
            confirmation().await;
            tokio::time::sleep(gap).await;
            confirmation().await;
        }
    }
}

/// Posts the confirmation of a payment, if addresses are registered for its short code.
pub async fn confirm(state: &Shared, payment: &Payment, third_party_id: &str) {
    let parcel = {
        let inner = state.lock();
        let Some(registration) = inner.registrations.get(&payment.short_code) else { return };
        let body = notice_body(&inner, payment, third_party_id, true).to_string();
        Parcel::json("C2B confirmation", registration.confirmation_url.clone(), &payment.phone, body)
    };
    posts::post(state, parcel, CALLBACK_TIMEOUT).await;
}

fn callback_body(attempt: &Attempt, result: &PromptResult, payment: Option<&Payment>) -> String {
    let mut callback = json!({
        "MerchantRequestID": attempt.merchant_request_id,
        "CheckoutRequestID": attempt.checkout_request_id,
        "ResultCode": result.code.parse::<u32>().map_or_else(|_| json!(result.code), |code| json!(code)),
        "ResultDesc": result.description,
    });
    let Some(payment) = payment else {
        return json!({"Body": {"stkCallback": callback}}).to_string();
    };
    // Written by hand: the amount has two decimals, which a JSON number made from an integer would not have.
    callback["CallbackMetadata"] = json!("@metadata");
    let metadata = format!(
        "{{\"Item\":[{{\"Name\":\"Amount\",\"Value\":{}.00}},{{\"Name\":\"MpesaReceiptNumber\",\"Value\":\"{}\"}},\
         {{\"Name\":\"Balance\"}},{{\"Name\":\"TransactionDate\",\"Value\":{}}},{{\"Name\":\"PhoneNumber\",\"Value\":{}}}]}}",
        payment.amount_shillings,
        payment.receipt,
        clock::stamp(payment.at),
        payment.phone
    );
    json!({"Body": {"stkCallback": callback}}).to_string().replace("\"@metadata\"", &metadata)
}

/// The shape of validation requests and confirmations; only a confirmation tells the balance.
pub fn notice_body(inner: &Inner, payment: &Payment, third_party_id: &str, confirmed: bool) -> Value {
    let collected: i64 = inner
        .payments
        .iter()
        .filter(|other| other.short_code == payment.short_code)
        .map(|other| other.amount_shillings)
        .sum();
    json!({
        "TransactionType": match payment.kind { PaymentKind::PayBill => "Pay Bill", PaymentKind::BuyGoods => "Buy Goods" },
        "TransID": payment.receipt,
        "TransTime": clock::stamp(payment.at),
        "TransAmount": format!("{}.00", payment.amount_shillings),
        "BusinessShortCode": payment.short_code,
        "BillRefNumber": payment.reference,
        "InvoiceNumber": "",
        "OrgAccountBalance": if confirmed { format!("{collected}.00") } else { String::new() },
        "ThirdPartyTransID": third_party_id,
        "MSISDN": written_number(inner, payment),
        "FirstName": payer::first_name(&payment.phone),
        "MiddleName": "",
        "LastName": "",
    })
}

fn written_number(inner: &Inner, payment: &Payment) -> String {
    let registered = inner.registrations.get(&payment.short_code).map(|registration| registration.hashes_numbers);
    let form = match (inner.settings.msisdn_form, registered) {
        (MsisdnForm::Registered, Some(true)) => MsisdnForm::Hashed,
        (MsisdnForm::Registered, _) => MsisdnForm::Masked,
        (form, _) => form,
    };
    let phone = &payment.phone;
    match form {
        MsisdnForm::Hashed => hex::encode(Sha256::digest(phone.as_bytes())),
        MsisdnForm::Masked if phone.len() == 12 && phone.is_ascii() => format!("{} ***** {}", &phone[..4], &phone[9..]),
        MsisdnForm::Masked | MsisdnForm::Plain | MsisdnForm::Registered => phone.clone(),
    }
}
