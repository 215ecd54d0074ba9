//! Notices of payments that customers made themselves, and the answers to them.
//! The one rule: a confirmation cannot be refused. What cannot be matched goes to the suspense account, never away.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::reader::Node;
use super::super::time;
use super::is_receipt;
use crate::Malformed;

/// A validation request or a confirmation; both have the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct C2bNotice {
    /// `Pay Bill`, `Buy Goods` or something else: shown, never decided on.
    pub kind: Option<String>,
    /// The receipt: the key against counting a payment twice, together with the short code.
    pub receipt: String,
    pub paid_at: DateTime<Utc>,
    pub amount_minor: i64,
    pub short_code: String,
    /// What the payer typed as the account, as typed; absent for tills.
    pub bill_reference: Option<String>,
    /// The short code's balance after a confirmation; blank in a validation request.
    pub org_balance_minor: Option<i64>,
    /// What our validation answer supplied.
    pub third_party_id: Option<String>,
    /// Digits, masked or hashed: a hint, never the key of a match.
    pub phone: Option<String>,
    /// The names that the provider gave, in order; any may be absent.
    pub payer_name: Option<String>,
}

impl C2bNotice {
    /// Reads a validation or confirmation body.
    ///
    /// # Errors
    /// Names the field that is missing or wrong.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let notice = Node::root(body)?.object()?;
        let receipt = notice.text("TransID")?;
        if !is_receipt(&receipt) {
            return Err(Malformed::new("TransID", "is not a receipt number"));
        }
        let amount = notice.required("TransAmount")?;
        let amount_minor = amount.minor()?;
        if amount_minor == 0 {
            return Err(amount.wrong("is zero"));
        }
        let mut names = Vec::new();
        for field in ["FirstName", "MiddleName", "LastName"] {
            names.extend(notice.optional_text(field)?);
        }
        Ok(Self {
            kind: notice.optional_text("TransactionType")?,
            receipt,
            paid_at: time::parse("TransTime", &notice.text("TransTime")?)?,
            amount_minor,
            short_code: notice.text("BusinessShortCode")?,
            bill_reference: notice.optional_text("BillRefNumber")?,
            // A balance that cannot be read must not lose a payment.
            org_balance_minor: notice.optional("OrgAccountBalance").and_then(|node| node.minor().ok()),
            third_party_id: notice.optional_text("ThirdPartyTransID")?,
            phone: notice.optional_text("MSISDN")?,
            payer_name: Some(names.join(" ")).filter(|name| !name.is_empty()),
        })
    }
}

/// Why a payment is refused at validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum C2bRefusal {
    InvalidPhone,
    InvalidAccount,
    InvalidAmount,
    InvalidIdentity,
    InvalidShortCode,
    Other,
}

impl C2bRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidPhone => "C2B00011",
            Self::InvalidAccount => "C2B00012",
            Self::InvalidAmount => "C2B00013",
            Self::InvalidIdentity => "C2B00014",
            Self::InvalidShortCode => "C2B00015",
            Self::Other => "C2B00016",
        }
    }
}

/// The answer that lets a payment through; `third_party_id` comes back in the confirmation.
pub fn accept_validation(third_party_id: Option<&str>) -> Value {
    let mut answer = json!({"ResultCode": "0", "ResultDesc": "Accepted"});
    if let Some(id) = third_party_id {
        answer["ThirdPartyTransID"] = json!(id);
    }
    answer
}

/// The answer that stops a payment before any money moves.
pub fn refuse_validation(reason: C2bRefusal) -> Value {
    json!({"ResultCode": reason.code(), "ResultDesc": "Rejected"})
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOTICE: &str = r#"{"TransactionType":"Pay Bill","TransID":"UCE4DEMO02","TransTime":"20260314101500",
        "TransAmount":"2500.00","BusinessShortCode":"600777","BillRefNumber":" fbr 10021 ","InvoiceNumber":"",
        "OrgAccountBalance":"48210.00","ThirdPartyTransID":"","MSISDN":"2547 ***** 001","FirstName":"ASHA",
        "MiddleName":"","LastName":""}"#;

    #[test]
    fn a_confirmation_is_read() {
        let notice = C2bNotice::parse(NOTICE.as_bytes()).unwrap();
        assert_eq!((notice.amount_minor, notice.org_balance_minor), (250_000, Some(4_821_000)));
        assert_eq!(notice.bill_reference.as_deref(), Some("fbr 10021"));
        assert_eq!(notice.payer_name.as_deref(), Some("ASHA"));
        assert_eq!(notice.third_party_id, None);
        assert_eq!(notice.paid_at.to_rfc3339(), "2026-03-14T07:15:00+00:00");
    }

    #[test]
    fn a_till_payment_without_reference_and_with_numbers_is_read() {
        let body = br#"{"TransactionType":"","TransID":"UCE4DEMO02","TransTime":20260314101500,"TransAmount":5.5,
            "BusinessShortCode":600777,"BillRefNumber":null,"OrgAccountBalance":"","MSISDN":254712000001}"#;
        let notice = C2bNotice::parse(body).unwrap();
        assert_eq!((notice.amount_minor, notice.bill_reference, notice.payer_name), (550, None, None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |from: &str, to: &str| {
            assert!(NOTICE.contains(from), "{from}");
            C2bNotice::parse(NOTICE.replace(from, to).as_bytes()).unwrap_err().field
        };
        assert_eq!(field("\"2500.00\"", "\"-1\""), "TransAmount");
        assert_eq!(field("\"2500.00\"", "{}"), "TransAmount");
        assert_eq!(field("\"2500.00\"", "\"1.001\""), "TransAmount");
        assert_eq!(field("UCE4DEMO02", "x"), "TransID");
        assert_eq!(field("\"TransID\"", "\"Trans\""), "TransID");
        assert_eq!(field("20260314101500", "yesterday"), "TransTime");
        assert_eq!(field("\"600777\"", "null"), "BusinessShortCode");
        assert_eq!(field("\" fbr 10021 \"", &format!("\"{}\"", "x".repeat(501))), "BillRefNumber");
    }

    #[test]
    fn an_unreadable_balance_does_not_lose_the_payment() {
        let body = NOTICE.replace("48210.00", "n/a");
        assert_eq!(C2bNotice::parse(body.as_bytes()).unwrap().org_balance_minor, None);
    }

    #[test]
    fn answers_have_the_documented_shape() {
        assert_eq!(refuse_validation(C2bRefusal::InvalidAccount)["ResultCode"], "C2B00012");
        assert_eq!(accept_validation(Some("val-7781"))["ThirdPartyTransID"], "val-7781");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = C2bNotice::parse(&bytes);
        }

        #[test]
        fn any_field_values_are_read_without_a_panic(id in "\\PC{0,30}", time in "\\PC{0,20}", amount in "\\PC{0,20}") {
            let body = json!({"TransID": id, "TransTime": time, "TransAmount": amount, "BusinessShortCode": "1"});
            let _ = C2bNotice::parse(body.to_string().as_bytes());
        }
    }
}
