//! The result of a prompt.
//! The one rule: the result code is text, and a success without amount and receipt is malformed, not paid.

use chrono::{DateTime, Utc};

use super::super::reader::{Node, Object};
use super::super::time;
use super::is_receipt;
use crate::Malformed;
use crate::payments::StkState;

/// The result of one prompt. It does not repeat the account reference: match it by the checkout request id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StkCallback {
    pub checkout_request_id: String,
    pub merchant_request_id: Option<String>,
    pub result_code: String,
    pub result_description: String,
    /// Present exactly when the result code is "0".
    pub paid: Option<StkPaid>,
}

/// The payment that a successful prompt made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StkPaid {
    pub amount_minor: i64,
    /// Equals the receipt of the confirmation that reports the same payment.
    pub receipt: String,
    pub paid_at: Option<DateTime<Utc>>,
    /// As written by the provider: digits, masked or hashed.
    pub phone: Option<String>,
}

impl StkCallback {
    /// Reads a body posted to the callback address.
    ///
    /// # Errors
    /// Names the field that is missing or wrong.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let callback = Node::root(body)?.object()?.required("Body")?.object()?.required("stkCallback")?.object()?;
        let result_code = callback.text("ResultCode")?;
        let paid = if result_code == "0" { Some(paid(&callback)?) } else { None };
        Ok(Self {
            checkout_request_id: callback.text("CheckoutRequestID")?,
            merchant_request_id: callback.optional_text("MerchantRequestID")?,
            result_description: callback.optional_text("ResultDesc")?.unwrap_or_default(),
            result_code,
            paid,
        })
    }

    /// What the result means.
    pub fn state(&self) -> StkState {
        StkState::from_result(&self.result_code, &self.result_description)
    }
}

fn paid(callback: &Object<'_>) -> Result<StkPaid, Malformed> {
    let metadata = callback.required("CallbackMetadata")?.object()?;
    let path = |name: &str| format!("{}.{name}", metadata.path_of("Item"));
    let (mut amount, mut receipt, mut date, mut phone) = (None, None, None, None);
    // The order of the items is not part of the contract, and an item may have no value.
    for item in metadata.required("Item")?.items()? {
        let item = item.object()?;
        let Some(value) = item.optional("Value") else { continue };
        match item.text("Name")?.as_str() {
            "Amount" => amount = Some(value),
            "MpesaReceiptNumber" => receipt = Some(value),
            "TransactionDate" => date = Some(value),
            "PhoneNumber" => phone = Some(value),
            _ => {}
        }
    }
    let amount = amount.ok_or_else(|| Malformed::missing(path("Amount")))?;
    let amount_minor = crate::payments::minor_from_decimal(&amount.text()?)
        .map_err(|error| Malformed::new(path("Amount"), error.to_string()))?;
    if amount_minor == 0 {
        return Err(Malformed::new(path("Amount"), "is zero"));
    }
    let receipt = receipt.ok_or_else(|| Malformed::missing(path("MpesaReceiptNumber")))?.text()?;
    if !is_receipt(&receipt) {
        return Err(Malformed::new(path("MpesaReceiptNumber"), "is not a receipt number"));
    }
    let paid_at = match date {
        Some(node) => Some(time::parse(&path("TransactionDate"), &node.text()?)?),
        None => None,
    };
    let phone = phone.map(|node| node.text()).transpose()?.filter(|text| !text.is_empty());
    Ok(StkPaid { amount_minor, receipt, paid_at, phone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAID: &str = r#"{"Body":{"stkCallback":{"MerchantRequestID":"aa10-4c1e-demo-1",
        "CheckoutRequestID":"ws_CO_140320260930161712000001","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[
        {"Name":"Balance"},{"Name":"PhoneNumber","Value":254712000001},{"Name":"MpesaReceiptNumber","Value":"UCE4DEMO01"},
        {"Name":"TransactionDate","Value":20260314093041},{"Name":"Amount","Value":2500.00}]}}}}"#;

    #[test]
    fn a_payment_is_read_whatever_the_order_of_its_items() {
        let callback = StkCallback::parse(PAID.as_bytes()).unwrap();
        let paid = callback.paid.clone().unwrap();
        assert_eq!((paid.amount_minor, paid.receipt.as_str()), (250_000, "UCE4DEMO01"));
        assert_eq!(paid.paid_at.unwrap().to_rfc3339(), "2026-03-14T06:30:41+00:00");
        assert_eq!(paid.phone.as_deref(), Some("254712000001"));
        assert_eq!(callback.state(), StkState::Paid);
    }

    #[test]
    fn a_failure_has_no_metadata() {
        let body = br#"{"Body":{"stkCallback":{"MerchantRequestID":"a","CheckoutRequestID":"ws_CO_1","ResultCode":1032,
            "ResultDesc":"Request cancelled by user"}}}"#;
        let callback = StkCallback::parse(body).unwrap();
        assert_eq!((callback.result_code.as_str(), callback.paid.is_none()), ("1032", true));
    }

    #[test]
    fn a_result_code_may_be_text() {
        let body = br#"{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":"SFC_IC0003"}}}"#;
        assert_eq!(StkCallback::parse(body).unwrap().result_code, "SFC_IC0003");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |from: &str, to: &str| {
            assert!(PAID.contains(from), "{from}");
            StkCallback::parse(PAID.replace(from, to).as_bytes()).unwrap_err().field
        };
        let items = "Body.stkCallback.CallbackMetadata.Item";
        assert_eq!(field("\"ResultCode\":0,", ""), "Body.stkCallback.ResultCode");
        assert_eq!(field("2500.00", "\"a lot\""), format!("{items}.Amount"));
        assert_eq!(field("2500.00", "-2500.00"), format!("{items}.Amount"));
        assert_eq!(field("2500.00", "0.00"), format!("{items}.Amount"));
        assert_eq!(field("2500.00", "99999999999999999999"), format!("{items}.Amount"));
        assert_eq!(field("UCE4DEMO01", "'; drop"), format!("{items}.MpesaReceiptNumber"));
        assert_eq!(field("20260314093041", "20261399999999"), format!("{items}.TransactionDate"));
        assert_eq!(field("\"Name\":\"Amount\"", "\"Name\":\"Sum\""), format!("{items}.Amount"));
        assert_eq!(field("\"CheckoutRequestID\"", "\"Checkout\""), "Body.stkCallback.CheckoutRequestID");
        assert_eq!(field("\"stkCallback\"", "\"callback\""), "Body.stkCallback");
        assert_eq!(StkCallback::parse(b"not json").unwrap_err().field, "body");
        assert_eq!(StkCallback::parse(&[0xff, 0xfe]).unwrap_err().field, "body");
        assert_eq!(StkCallback::parse(b"[]").unwrap_err().field, "body");
    }

    #[test]
    fn control_characters_do_not_reach_the_database() {
        let body = PAID.replace("processed successfully", "pro\\u0000cessed\\u001b");
        assert!(!StkCallback::parse(body.as_bytes()).unwrap().result_description.chars().any(char::is_control));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = StkCallback::parse(&bytes);
        }

        #[test]
        fn a_damaged_body_is_read_without_a_panic(at in 0usize..500, byte in any::<u8>()) {
            let mut bytes = PAID.as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = StkCallback::parse(&bytes);
        }

        #[test]
        fn every_amount_keeps_its_cents(minor in 1i64..25_000_000) {
            let body = PAID.replace("2500.00", &format!("{}.{:02}", minor / 100, minor % 100));
            prop_assert_eq!(StkCallback::parse(body.as_bytes()).unwrap().paid.unwrap().amount_minor, minor);
        }
    }
}
