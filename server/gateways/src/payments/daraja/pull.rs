//! Pull transactions: the provider's own list of the last 48 hours, for reconciliation.
//! The one rule: a pulled row is matched by its receipt only; its phone is masked and its time zone is doubtful.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::reader::Node;
use super::{Daraja, PROVIDER, text_of, time};
use crate::http::Effect;
use crate::{GatewayError, Malformed};

/// One received payment, as the list gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledTransaction {
    pub receipt: String,
    pub amount_minor: i64,
    /// What the payer typed as the account; absent for tills.
    pub bill_reference: Option<String>,
    pub phone: Option<String>,
    /// As written by the provider, unparsed: samples say UTC and hold local time.
    pub transacted_at: Option<String>,
    pub kind: Option<String>,
}

/// A page of the list. A row that cannot be read keeps its place in the count and does not hide its neighbours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PulledPage {
    pub transactions: Vec<PulledTransaction>,
    /// Why the other rows of the page could not be read.
    pub unreadable: Vec<Malformed>,
}

impl PulledPage {
    /// The rows that the provider gave, readable or not: what the next page's offset goes on by.
    pub fn rows(&self) -> usize {
        self.transactions.len() + self.unreadable.len()
    }
}

impl Daraja {
    /// Enables pull for the short code. Idempotent: a short code that is registered already is a success.
    ///
    /// # Errors
    /// Permanent when the provider does not accept the nominated number, which must be the one in its records.
    pub async fn register_pull(&self, nominated_number: &str, callback_url: &str) -> Result<(), GatewayError> {
        let body = json!({
            "ShortCode": self.config.short_code,
            "RequestType": "Pull",
            "NominatedNumber": nominated_number,
            "CallBackURL": callback_url,
        });
        let (value, _) = self.post("/pulltransactions/v1/register", &body, Effect::Reads).await?.done()?;
        let either = |spellings: [&str; 2]| spellings.iter().find_map(|name| text_of(&value, name));
        match either(["ResponseStatus", "Response Status"]).as_deref() {
            Some("1000" | "1001") => Ok(()),
            code => {
                let message = either(["ResponseDescription", "Response Description"]).unwrap_or_default();
                Err(GatewayError::permanent(PROVIDER, code.unwrap_or("no-code"), message))
            }
        }
    }

    /// One page of payments received in a window of at most 48 hours back. `offset` counts rows; ask again with
    /// `offset` plus the page's `rows` until a page has none.
    ///
    /// # Errors
    /// Transient when the provider cannot answer now.
    pub async fn pull(&self, from: DateTime<Utc>, to: DateTime<Utc>, offset: u32) -> Result<PulledPage, GatewayError> {
        let body = json!({
            "ShortCode": self.config.short_code,
            "StartDate": time::spaced(from),
            "EndDate": time::spaced(to),
            "OffSetValue": offset.to_string(),
        });
        let (_, text) = self.post("/pulltransactions/v1/query", &body, Effect::Reads).await?.done()?;
        parse_pull(text.as_bytes()).map_err(|error| GatewayError::transient(PROVIDER, "malformed", error.to_string()))
    }
}

/// Reads a page of the list row by row: an array of arrays, a flat array, or the text `"[[]]"` when there is nothing.
///
/// # Errors
/// Names the field of the page that is missing or wrong; a row that is wrong is among the page's `unreadable`.
pub fn parse_pull(body: &[u8]) -> Result<PulledPage, Malformed> {
    let reply = Node::root(body)?.object()?;
    let code = reply.optional_text("ResponseCode")?.unwrap_or_default();
    let Some(rows) = reply.optional("Response") else {
        return match code.as_str() {
            "1000" | "1001" | "500" => Ok(PulledPage::default()),
            _ => Err(Malformed::missing("Response")),
        };
    };
    if !rows.is_list() {
        return match rows.text()?.trim() {
            "" | "[]" | "[[]]" => Ok(PulledPage::default()),
            _ => Err(rows.wrong("is a text that is not an empty list")),
        };
    }
    let mut page = PulledPage::default();
    for entry in rows.items()? {
        let entries = if entry.is_list() { entry.items()? } else { vec![entry] };
        for row in entries {
            match transaction(&row) {
                Ok(transaction) => page.transactions.push(transaction),
                Err(problem) => page.unreadable.push(problem),
            }
        }
    }
    Ok(page)
}

fn transaction(row: &Node<'_>) -> Result<PulledTransaction, Malformed> {
    let row = row.object()?;
    let amount = row.required("amount")?;
    let amount_minor = amount.minor()?;
    if amount_minor == 0 {
        return Err(amount.wrong("is zero"));
    }
    Ok(PulledTransaction {
        receipt: row.text("transactionId")?,
        amount_minor,
        bill_reference: row.optional_text("billreference")?,
        phone: row.optional_text("msisdn")?,
        transacted_at: row.optional_text("trxDate")?,
        kind: row.optional_text("transactiontype")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_lists_and_empty_texts_are_read() {
        let body = br#"{"ResponseRefID":"26178-demo-2","ResponseCode":"1000","ResponseMessage":"Success","Response":[[
            {"transactionId":"UCE4DEMO02","trxDate":"2026-03-14T10:15:00Z","msisdn":72200000,"sender":"MPESA",
             "transactiontype":"c2b-pay-bill-debit","billreference":"FBR10021","amount":"2500.00","organizationname":"Demo ISP"}]]}"#;
        let rows = parse_pull(body).unwrap().transactions;
        assert_eq!((rows[0].receipt.as_str(), rows[0].amount_minor), ("UCE4DEMO02", 250_000));
        assert_eq!(parse_pull(br#"{"ResponseCode":"1001","Response":"[[]]"}"#), Ok(PulledPage::default()));
        assert_eq!(parse_pull(br#"{"ResponseCode":"1001","Response":[[]]}"#), Ok(PulledPage::default()));
        assert_eq!(parse_pull(br#"{"ResponseCode":"1001"}"#), Ok(PulledPage::default()));
    }

    #[test]
    fn a_row_without_a_receipt_names_the_row() {
        let page = parse_pull(br#"{"ResponseCode":"1000","Response":[[{"amount":"1"}]]}"#).unwrap();
        assert_eq!(page.unreadable[0].field, "Response[0][0].transactionId");
    }

    #[test]
    fn a_row_that_is_wrong_or_of_zero_keeps_its_place_and_the_others_are_read() {
        let body = br#"{"ResponseCode":"1000","Response":[[{"transactionId":"UCE4DEMO01","amount":"0.00"},
            "not a row", {"transactionId":"UCE4DEMO02","amount":"2500.00"}]]}"#;
        let page = parse_pull(body).unwrap();
        let fields: Vec<&str> = page.unreadable.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["Response[0][0].amount", "Response[0][1]"]);
        assert_eq!((page.transactions[0].receipt.as_str(), page.rows()), ("UCE4DEMO02", 3));
    }
}
