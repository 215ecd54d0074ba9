//! Transaction status: asking about one receipt, and the asynchronous result that answers.
//! The one rule: the acknowledgement says only that the question was taken; the answer is posted later, or never.

use serde_json::json;

use super::reader::{Node, Object};
use super::{Daraja, PROVIDER, text_of};
use crate::http::Effect;
use crate::payments::minor_from_decimal;
use crate::{GatewayError, Malformed};

/// A question about one receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionStatusRequest {
    pub receipt: String,
    pub result_url: String,
    pub timeout_url: String,
    /// 2 to 100 characters for the operator's statement.
    pub remarks: String,
}

impl Daraja {
    /// Asks about a receipt. Returns the conversation id under which the result will be posted.
    ///
    /// # Errors
    /// Permanent when no API operator is configured or the provider refuses the credential.
    pub async fn ask_transaction_status(&self, request: &TransactionStatusRequest) -> Result<String, GatewayError> {
        let Some(initiator) = &self.config.initiator else {
            let message = "no API operator is configured for this short code; enter its name and credential first";
            return Err(GatewayError::permanent(PROVIDER, "request", message));
        };
        let body = json!({
            "Initiator": initiator.name,
            "SecurityCredential": initiator.security_credential.expose(),
            "CommandID": "TransactionStatusQuery",
            "TransactionID": request.receipt,
            "OriginalConversationID": "",
            "PartyA": self.config.short_code,
            "IdentifierType": "4",
            "ResultURL": request.result_url,
            "QueueTimeOutURL": request.timeout_url,
            "Remarks": request.remarks,
            "Occasion": request.remarks,
        });
        let (value, _) = self.post("/mpesa/transactionstatus/v1/query", &body, Effect::Reads).await?.done()?;
        match (text_of(&value, "ResponseCode").as_deref(), text_of(&value, "ConversationID")) {
            (Some("0"), Some(id)) => Ok(id),
            (code, _) => {
                let message = text_of(&value, "ResponseDescription").unwrap_or_default();
                Err(GatewayError::permanent(PROVIDER, code.unwrap_or("no-code"), message))
            }
        }
    }
}

/// The asynchronous result of a status, balance, payout or reversal request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsyncResult {
    /// Text, since `R000002` and `SFC_IC0003` exist. "0" is success.
    pub result_code: String,
    pub description: String,
    pub conversation_id: String,
    pub originator_conversation_id: Option<String>,
    pub transaction_id: Option<String>,
    /// In the provider's order; names may repeat and values may be absent.
    pub parameters: Vec<(String, Option<String>)>,
}

impl AsyncResult {
    /// Reads a result body.
    ///
    /// # Errors
    /// Names the field that is missing or wrong.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let result = Node::root(body)?.object()?.required("Result")?.object()?;
        Ok(Self {
            result_code: result.text("ResultCode")?,
            description: result.optional_text("ResultDesc")?.unwrap_or_default(),
            conversation_id: result.text("ConversationID")?,
            originator_conversation_id: result.optional_text("OriginatorConversationID")?,
            transaction_id: result.optional_text("TransactionID")?,
            parameters: parameters(&result)?,
        })
    }

    /// The first parameter of that name that has a value.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, value)| key == name && value.is_some())
            .and_then(|(_, value)| value.as_deref())
    }

    /// The receipt that the result speaks of.
    pub fn receipt(&self) -> Option<&str> {
        self.parameter("ReceiptNo").or_else(|| self.parameter("TransactionReceipt"))
    }

    /// The amount in cents.
    ///
    /// # Errors
    /// When there is an amount that cannot be read.
    pub fn amount_minor(&self) -> Result<Option<i64>, Malformed> {
        let Some(text) = self.parameter("Amount").or_else(|| self.parameter("TransactionAmount")) else {
            return Ok(None);
        };
        minor_from_decimal(text)
            .map(Some)
            .map_err(|error| Malformed::new("Result.ResultParameters.Amount", error.to_string()))
    }

    /// Whether the transaction asked about is final and successful.
    pub fn is_completed(&self) -> bool {
        self.result_code == "0" && self.parameter("TransactionStatus") == Some("Completed")
    }
}

fn parameters(result: &Object<'_>) -> Result<Vec<(String, Option<String>)>, Malformed> {
    let Some(parameters) = result.optional("ResultParameters") else { return Ok(Vec::new()) };
    let Some(entries) = parameters.object()?.optional("ResultParameter") else { return Ok(Vec::new()) };
    // A single parameter is sent as an object by some products.
    let entries = if entries.is_list() { entries.items()? } else { vec![entries] };
    entries
        .iter()
        .map(|entry| {
            let entry = entry.object()?;
            Ok((entry.text("Key")?, entry.optional_text("Value")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_status_is_read() {
        let body = br#"{"Result":{"ResultType":"0","ResultCode":0,"ResultDesc":"ok","OriginatorConversationID":"o-1",
            "ConversationID":"AG_1","TransactionID":"UCE4DEMO03","ResultParameters":{"ResultParameter":[
            {"Key":"DebitPartyName","Value":"254712000001 - Asha"},{"Key":"DebitPartyName"},
            {"Key":"TransactionStatus","Value":"Completed"},{"Key":"Amount","Value":2500.50},{"Key":"ReceiptNo","Value":"UCE4DEMO02"}]},
            "ReferenceData":{"ReferenceItem":{"Key":"QueueTimeoutURL","Value":"https://internal.example/x"}}}}"#;
        let result = AsyncResult::parse(body).unwrap();
        assert!(result.is_completed());
        assert_eq!(result.receipt(), Some("UCE4DEMO02"));
        assert_eq!(result.amount_minor(), Ok(Some(250_050)));
    }

    #[test]
    fn a_failure_without_parameters_is_read() {
        let body = br#"{"Result":{"ResultCode":"R000002","ResultDesc":"not found","ConversationID":"AG_1"}}"#;
        let result = AsyncResult::parse(body).unwrap();
        assert_eq!((result.result_code.as_str(), result.is_completed()), ("R000002", false));
    }

    #[test]
    fn a_result_without_its_code_names_it() {
        let error = AsyncResult::parse(br#"{"Result":{"ConversationID":"AG_1"}}"#).unwrap_err();
        assert_eq!(error.field, "Result.ResultCode");
    }
}
