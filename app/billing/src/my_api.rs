//! The subscriber's doors to money. The one rule: the session's accounts narrow every row; nothing here takes an account.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::billing::PaymentAttemptId;
use model::billing::invoices::{InvoiceDetail, InvoiceRow};
use model::billing::stk::{AttemptView, PayForm};
use model::{AppError, Money};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    crate::api::id_of,
    model::billing::{InvoiceId, perm},
    platform::{ctx, web::redirect},
};

/// Invoices that are shown at once.
#[cfg(feature = "ssr")]
const INVOICES_MAX: i64 = 24;

/// What a subscriber owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyBalance {
    /// Negative means owed to us.
    pub balance: Money,
    /// What must be paid by now.
    pub due: Money,
    /// What *Pay* asks for, in whole shillings; `None` when nothing is owed.
    pub to_pay: Option<Money>,
}

#[server(prefix = "/rpc/my", endpoint = "billing/balance", input = GetUrl)]
pub async fn read_my_balance() -> Result<MyBalance, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyMoney>().await?;
    let (owed, due) = billing::payments::prompts::own_balance(&mut tx).await?;
    tx.commit().await?;
    let balance = model::billing::ledger::balance_of(owed);
    Ok(MyBalance { balance, due, to_pay: model::billing::stk::amount_to_ask(owed) })
}

#[server(prefix = "/rpc/my", endpoint = "billing/invoices/list", input = GetUrl)]
pub async fn my_invoices() -> Result<Vec<InvoiceRow>, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyMoney>().await?;
    let rows = billing::invoices::list_of_account_in_op(&mut tx, None, INVOICES_MAX).await?;
    tx.commit().await?;
    Ok(rows)
}

#[server(prefix = "/rpc/my", endpoint = "billing/invoices/get", input = GetUrl)]
pub async fn my_invoice(id: String) -> Result<InvoiceDetail, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyMoney>().await?;
    let id: InvoiceId = id_of(&id)?;
    let invoice = billing::invoices::get_in_op(&mut tx, id).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// Sends a prompt to the phone that was typed and leads to the page that waits for the answer.
#[server(prefix = "/rpc/my", endpoint = "billing/pay")]
pub async fn my_pay(form: PayForm) -> Result<PaymentAttemptId, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyMoney>().await?;
    let id = billing::payments::prompts::start_mine(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/my/pay/{id}"));
    Ok(id)
}

#[server(prefix = "/rpc/my", endpoint = "billing/attempts/get", input = GetUrl)]
pub async fn my_attempt(id: String) -> Result<AttemptView, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyMoney>().await?;
    let id: PaymentAttemptId = id_of(&id)?;
    let attempt = billing::payments::attempt_in_op(&mut tx, id).await?;
    tx.commit().await?;
    Ok(attempt)
}
