//! The provider's own records: transaction status and pull.
//! The one rule: they tell what happened even when every callback was lost; pull looks back 48 hours and no further.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Payment, Refusal, authorised, body, required, url};
use crate::clock;
use crate::posts::{self, Parcel};
use crate::state::Shared;

const PAGE_ROWS: usize = 100;
const RETENTION: TimeDelta = TimeDelta::hours(48);

pub async fn transaction_status(
    State(state): State<Shared>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    for name in ["Initiator", "SecurityCredential", "Remarks"] {
        required(&request, name)?;
    }
    if required(&request, "CommandID")? != "TransactionStatusQuery" {
        return Err(Refusal::field("CommandID"));
    }
    let receipt = required(&request, "TransactionID")?;
    let result_url = url(&request, "ResultURL")?;
    url(&request, "QueueTimeOutURL")?;
    let (payment, gap) = {
        let inner = state.lock();
        let business = authorised(&inner, &headers)?;
        if required(&request, "PartyA")? != business.short_code {
            return Err(Refusal::field("PartyA"));
        }
        let found =
            inner.payments.iter().find(|payment| payment.receipt == receipt && payment.business == business.name);
        (found.cloned(), Duration::from_millis(inner.settings.callback_delay_ms))
    };
    let conversation = format!("AG_{}_{:08x}", clock::stamp(Utc::now()), rand::random::<u32>());
    let originator = super::request_id();
    let result = status_result(&conversation, &originator, &receipt, payment.as_ref());
    let phone = payment.map(|payment| payment.phone).unwrap_or_default();
    let background = Shared::clone(&state);
    state.spawn(async move {
        tokio::time::sleep(gap).await;
        let parcel = Parcel::json("Transaction status", result_url, &phone, result.to_string());
        posts::post(&background, parcel, Duration::from_secs(10)).await;
    });
    Ok(Json(json!({
        "OriginatorConversationID": originator,
        "ConversationID": conversation,
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    })))
}

fn status_result(conversation: &str, originator: &str, receipt: &str, payment: Option<&Payment>) -> Value {
    let mut result = json!({
        "ResultType": 0,
        "OriginatorConversationID": originator,
        "ConversationID": conversation,
        "TransactionID": receipt,
        "ReferenceData": {"ReferenceItem": {"Key": "Occasion"}},
    });
    match payment {
        None => {
            result["ResultCode"] = json!("R000002");
            result["ResultDesc"] = json!("The OriginalTransactionID is invalid.");
        }
        Some(payment) => {
            result["ResultCode"] = json!(0);
            result["ResultDesc"] = json!("The service request is processed successfully.");
            result["ResultParameters"] = json!({"ResultParameter": [
                {"Key": "DebitPartyName", "Value": format!("{} - {}", payment.phone, super::payer::first_name(&payment.phone))},
                {"Key": "CreditPartyName", "Value": format!("{} - {}", payment.short_code, payment.business)},
                {"Key": "InitiatedTime", "Value": clock::stamp(payment.at)},
                {"Key": "DebitAccountType", "Value": "MMF Account For Customer"},
                {"Key": "DebitPartyCharges"},
                {"Key": "TransactionReason"},
                {"Key": "ReasonType", "Value": "Pay Bill Online"},
                {"Key": "TransactionStatus", "Value": "Completed"},
                {"Key": "FinalisedTime", "Value": clock::stamp(payment.at)},
                {"Key": "Amount", "Value": payment.amount_shillings},
                {"Key": "ConversationID", "Value": conversation},
                {"Key": "ReceiptNo", "Value": payment.receipt},
            ]});
        }
    }
    json!({"Result": result})
}

pub async fn pull_register(
    State(state): State<Shared>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    let mut inner = state.lock();
    let business = authorised(&inner, &headers)?;
    if required(&request, "ShortCode")? != business.short_code {
        return Err(Refusal::field("ShortCode"));
    }
    if required(&request, "RequestType")? != "Pull" {
        return Err(Refusal::field("RequestType"));
    }
    required(&request, "NominatedNumber")?;
    url(&request, "CallBackURL")?;
    let again = inner.pull_registered.contains(&business.short_code);
    if !again {
        inner.pull_registered.push(business.short_code.clone());
    }
    // Older deployments write these keys with a space; the second answer does so here.
    let (status, text) =
        if again { ("Response Status", "Response Description") } else { ("ResponseStatus", "ResponseDescription") };
    Ok(Json(json!({
        "ResponseRefID": super::request_id(),
        status: if again { "1001" } else { "1000" },
        "ShortCode": business.short_code,
        text: if again { "Short code already registered" } else { "Short code registered successfully" },
    })))
}

pub async fn pull_query(State(state): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let request = body(&headers, &bytes);
    let inner = state.lock();
    let business = authorised(&inner, &headers)?;
    if required(&request, "ShortCode")? != business.short_code || !inner.pull_registered.contains(&business.short_code)
    {
        return Err(Refusal::new(400, "400.001", "Invalid ShortCode"));
    }
    let moment = |name: &str| {
        let text = required(&request, name)?;
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S")
            .map(|local| local - TimeDelta::hours(3))
            .map_err(|_| Refusal::field(name))
    };
    let (from, to) = (moment("StartDate")?, moment("EndDate")?);
    let offset: usize = required(&request, "OffSetValue")?.parse().map_err(|_| Refusal::field("OffSetValue"))?;
    let oldest = (Utc::now() - RETENTION).naive_utc();
    let rows: Vec<Value> = inner
        .payments
        .iter()
        .filter(|payment| payment.short_code == business.short_code)
        .filter(|payment| (from.max(oldest)..=to).contains(&payment.at.naive_utc()))
        .skip(offset)
        .take(PAGE_ROWS)
        .map(pulled)
        .collect();
    if rows.is_empty() {
        // Nothing found is told with a text where the list would be.
        return Ok(Json(
            json!({"ResponseRefID": super::request_id(), "ResponseCode": "1001", "ResponseMessage": "No transactions", "Response": "[[]]"}),
        ));
    }
    Ok(Json(
        json!({"ResponseRefID": super::request_id(), "ResponseCode": "1000", "ResponseMessage": "Success", "Response": [rows]}),
    ))
}

fn pulled(payment: &Payment) -> Value {
    // The number is cut short and the time is local although it ends in Z, as in the provider's samples.
    let shortened: u64 = payment.phone.get(3..11).and_then(|digits| digits.parse().ok()).unwrap_or_default();
    json!({
        "transactionId": payment.receipt,
        "trxDate": format!("{}Z", clock::spaced(payment.at).replace(' ', "T")),
        "msisdn": shortened,
        "sender": "MPESA",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": payment.reference,
        "amount": format!("{}.00", payment.amount_shillings),
        "organizationname": payment.business,
    })
}
