//! Reading payments, receipts and attempts. The one rule: what lies in suspense is shown as such and never as somebody's.

use super::timeline::timeline_in_op;
use crate::ledger::currency_of;
use crate::paging;
use model::billing::payments::{PaidInvoice, PaymentMethod, PaymentRow, PaymentState, PaymentTab, ReceiptView};
use model::billing::stk::{AttemptState, AttemptView, StkOutcome};
use model::billing::{PaymentAttemptId, PaymentId, perm};
use model::crm::AccountId;
use model::page::PAGE_ROWS;
use model::{AppError, Money, Page};
use platform::error::from_sql;
use platform::{Op, Tx};
use uuid::Uuid;

/// Which payments are listed.
#[derive(Debug, Clone, Default)]
pub struct PaymentFilter {
    pub tab: Option<PaymentTab>,
    /// Receipt, M-Pesa reference, account number or the beginning of a name.
    pub search: Option<String>,
    pub account: Option<AccountId>,
    pub after: Option<Uuid>,
}

/// Payments, the newest first.
pub async fn list(tx: &mut Tx<perm::PaymentRead>, filter: PaymentFilter) -> Result<Page<PaymentRow>, AppError> {
    list_in_op(tx, filter, PAGE_ROWS).await
}

/// The latest payments of an account.
pub async fn list_of_account_in_op(op: &mut Op, account: AccountId, most: i64) -> Result<Vec<PaymentRow>, AppError> {
    let filter = PaymentFilter { account: Some(account), ..PaymentFilter::default() };
    Ok(list_in_op(op, filter, most).await?.rows)
}

async fn list_in_op(op: &mut Op, filter: PaymentFilter, size: i64) -> Result<Page<PaymentRow>, AppError> {
    let state = match filter.tab.unwrap_or(PaymentTab::All) {
        PaymentTab::All => None,
        PaymentTab::Matched => Some("posted"),
        PaymentTab::Stray => Some("suspense"),
    };
    let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let number = search.map(model::account_number::normalise_reference);
    let rows = sqlx::query!(
        r#"SELECT p.id, p.number, p.gateway, p.gateway_reference, p.amount_minor, p.currency, p.state, p.payer_name, p.paid_at,
             u.id AS "subscriber_id?", u.full_name AS "subscriber?", a.number AS "account_number?",
             EXISTS (SELECT FROM payment_attempt t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id) AS "is_prompted!",
             (SELECT (extract(epoch FROM l.online_at - l.callback_at) * 1000)::bigint FROM payment_timeline l
              WHERE l.tenant_id = p.tenant_id AND l.payment_id = p.id AND l.outcome = 'online') AS online_ms
           FROM payment p
           LEFT JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
           LEFT JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
           WHERE ($1::text IS NULL OR p.state = $1) AND ($2::uuid IS NULL OR p.account_id = $2)
             AND ($3::text IS NULL OR p.number = upper($3) OR upper(p.gateway_reference) = upper($3) OR a.number = $4
                  OR u.name_key LIKE lower($3) || '%')
             AND ($5::uuid IS NULL OR p.id < $5)
           ORDER BY p.id DESC LIMIT $6"#,
        state,
        filter.account.map(|id| id.uuid()),
        search.map(|text| text.replace(['%', '_', '\\'], "")),
        number,
        filter.after,
        size + 1,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let rows = rows
        .into_iter()
        .map(|row| PaymentRow {
            id: PaymentId::from_uuid(row.id),
            provider_reference: Some(row.gateway_reference).filter(|reference| *reference != row.number),
            receipt: row.number,
            method: method_of(&row.gateway, row.is_prompted),
            amount: Money::new(row.amount_minor, currency_of(&row.currency)),
            state: state_of(&row.state),
            subscriber_id: row.subscriber_id.map(Into::into),
            subscriber: row.subscriber,
            account_number: row.account_number.and_then(|number| number.parse().ok()),
            payer_name: row.payer_name,
            paid_at: row.paid_at,
            online_ms: row.online_ms,
        })
        .collect();
    Ok(paging::page(rows, size, |row: &PaymentRow| row.id.to_string()))
}

pub(crate) fn method_of(gateway: &str, is_prompted: bool) -> PaymentMethod {
    match (gateway, is_prompted) {
        ("cash", _) => PaymentMethod::Cash,
        ("bank", _) => PaymentMethod::Bank,
        (_, true) => PaymentMethod::MpesaStk,
        (_, false) => PaymentMethod::MpesaC2b,
    }
}

fn state_of(code: &str) -> PaymentState {
    match code {
        "posted" => PaymentState::Matched,
        "reversed" => PaymentState::Reversed,
        _ => PaymentState::Stray,
    }
}

/// A receipt with what it paid and how quickly it brought the service back.
///
/// # Errors
/// `NotFound` for a payment of somebody else and for one that belongs to nobody yet.
pub async fn receipt_in_op(op: &mut Op, id: PaymentId) -> Result<ReceiptView, AppError> {
    let row = sqlx::query!(
        r#"SELECT p.number, p.gateway, p.gateway_reference, p.amount_minor, p.currency, p.paid_at,
             u.id AS subscriber_id, u.full_name, a.number AS account_number,
             EXISTS (SELECT FROM payment_attempt t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id) AS "is_prompted!"
           FROM payment p
           JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
           JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
           WHERE p.id = $1"#,
        id.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let currency = currency_of(&row.currency);
    let paid = sqlx::query!(
        r#"SELECT i.id, i.number AS "number!", l.amount_minor FROM payment_allocation l
           JOIN invoice i ON i.tenant_id = l.tenant_id AND i.id = l.invoice_id
           WHERE l.payment_id = $1 ORDER BY i.due_at, i.id"#,
        id.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let used: i64 = paid.iter().map(|part| part.amount_minor).sum();
    let timeline = timeline_in_op(op, id).await?;
    Ok(ReceiptView {
        id,
        provider_reference: Some(row.gateway_reference).filter(|reference| *reference != row.number),
        receipt: row.number,
        method: method_of(&row.gateway, row.is_prompted),
        amount: Money::new(row.amount_minor, currency),
        paid_at: row.paid_at,
        subscriber_id: row.subscriber_id.into(),
        subscriber: row.full_name,
        account_number: row.account_number.parse().map_err(platform::internal)?,
        paid: paid
            .into_iter()
            .map(|part| PaidInvoice {
                id: part.id.into(),
                number: part.number,
                amount: Money::new(part.amount_minor, currency),
            })
            .collect(),
        credit: Money::new(row.amount_minor - used, currency),
        timeline,
    })
}

/// An attempt as the waiting page shows it.
pub async fn attempt_in_op(op: &mut Op, id: PaymentAttemptId) -> Result<AttemptView, AppError> {
    let row = sqlx::query!(
        r#"SELECT t.msisdn, t.amount_minor, t.currency, t.state, t.result_code, t.created_at, t.sent_at, t.payment_id,
             p.number AS "receipt?"
           FROM payment_attempt t LEFT JOIN payment p ON p.tenant_id = t.tenant_id AND p.id = t.payment_id
           WHERE t.id = $1"#,
        id.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let mut timeline = match row.payment_id {
        Some(payment) => timeline_in_op(op, PaymentId::from_uuid(payment)).await?,
        None => Default::default(),
    };
    timeline.sent_at = timeline.sent_at.or(row.sent_at);
    let reason = match row.result_code.as_deref().map(StkOutcome::of_result_code) {
        Some(StkOutcome::Ended(_, reason)) => Some(reason),
        _ => None,
    };
    Ok(AttemptView {
        id,
        phone: row.msisdn.parse().map_err(platform::internal)?,
        amount: Money::new(row.amount_minor, currency_of(&row.currency)),
        state: AttemptState::from_code(&row.state).ok_or_else(|| platform::internal("an unknown attempt state"))?,
        reason,
        created_at: row.created_at,
        receipt: row.receipt,
        timeline,
    })
}

/// The first account that this context may see: a subscriber's own.
pub(super) async fn first_account_in_op(op: &mut Op) -> Result<AccountId, AppError> {
    sqlx::query_scalar!("SELECT id FROM account ORDER BY created_at, id LIMIT 1")
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?
        .map(AccountId::from_uuid)
        .ok_or(AppError::NotFound)
}
