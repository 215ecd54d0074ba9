//! The subscriber's own pages. The one rule: rows are those of the session's accounts, which the database's policies see to;
//! the account that is shown is the first of them.

mod sql;

use crate::clock::page_clock;
use crate::subscriber::{balance, open_sessions, usage};
use chrono::Datelike;
use model::AppError;
use model::billing::invoices::InvoiceStatus;
use model::billing::payments::ReceiptView;
use model::billing::stk::amount_to_ask;
use model::billing::{InvoiceId, PaymentAttemptId, PaymentId, perm::MyMoney};
use model::crm::subscribers::Badge;
use model::identity::perm::SessionOwn;
use model::portal::my::{
    HavePaidForm, MyBill, MyBills, MyHelp, MyHome, MyPay, MyProfile, MyState, MyUsage, MyUsagePage, Waiting,
};
use model::portal::perm::MyHome as MyHomePermission;
use platform::error::from_sql;
use platform::{Op, RequestCtx, Tx};

/// Invoices and payments on one page: some years of them.
const LINES_MAX: i64 = 60;

/// The first page: how things are, what is due, and the way to pay it.
///
/// # Errors
/// `NotFound` for a login without an account.
pub async fn home(tx: &mut Tx<MyHomePermission>) -> Result<MyHome, AppError> {
    let account = sql::account(tx).await?;
    let money = balance(tx, account.id).await?;
    let service = sql::service(tx.conn(), account.id).await.map_err(from_sql)?;
    let is_online = !open_sessions(tx.conn(), account.subscriber_id).await.map_err(from_sql)?.is_empty();
    let state = match &service {
        Some(service) => MyState::of(service.state, &service.locks, is_online, service.incident.is_some()),
        None => MyState::Coming,
    };
    let badge = service.as_ref().map_or(Badge::Pending, |s| Badge::of_service(s.state, !s.locks.is_empty()));
    let usage = usage_now(tx, &account, service.as_ref()).await?;
    let help = help(tx).await?;
    Ok(MyHome {
        clock: page_clock(tx),
        name: account.name.clone(),
        account_number: account.number,
        state,
        badge,
        plan: service.as_ref().map(|s| s.plan.clone()),
        paid_until: service.as_ref().and_then(|s| s.paid_until),
        due: money.due,
        due_on: money.due_on,
        balance: money.balance,
        to_pay: amount_to_ask(money.due),
        phone: Some(account.phone),
        usage,
        incident: service.and_then(|s| s.incident),
        open_tickets: sql::open_tickets(tx.conn(), account.id).await.map_err(from_sql)?,
        help,
        lang: tx.origin().lang,
    })
}

/// What the form for a payment starts with.
pub async fn pay_form(tx: &mut Tx<MyMoney>) -> Result<MyPay, AppError> {
    let account = sql::account(tx).await?;
    let money = balance(tx, account.id).await?;
    let paybill = billing::payments::daraja::short_code_in_op(tx).await?;
    Ok(MyPay { account_number: account.number, phone: Some(account.phone), to_pay: amount_to_ask(money.due), paybill })
}

/// A prompt while it is under way, for its subscriber.
///
/// # Errors
/// `NotFound`, also for a prompt of somebody else.
pub async fn waiting(tx: &mut Tx<MyMoney>, id: PaymentAttemptId) -> Result<Waiting, AppError> {
    waiting_in_op(tx, id).await
}

/// The same for staff who took the payment.
pub async fn waiting_in_op(op: &mut Op, id: PaymentAttemptId) -> Result<Waiting, AppError> {
    let attempt = billing::payments::attempt_in_op(op, id).await?;
    let (payment_id, account_number) = sql::payment_of(op, id).await?;
    let paybill = billing::payments::daraja::short_code_in_op(op).await?;
    Ok(Waiting { attempt, payment_id, account_number, paybill, clock: page_clock(op) })
}

/// "I have paid": looks for the receipt code among the payments of this subscriber. Gives the payment when it is here.
///
/// # Errors
/// `Invalid` on `code` when nothing of that code has come in.
pub async fn have_paid(tx: &mut Tx<MyMoney>, form: HavePaidForm) -> Result<PaymentId, AppError> {
    let code = model::account_number::normalise_reference(&form.code);
    let found = sql::payment_by_code(tx.conn(), &code).await.map_err(from_sql)?;
    let (posted, _) = sql::payment_of(tx, form.attempt).await?;
    match found.or(posted) {
        Some(id) => Ok(id),
        None if code.is_empty() => Err(AppError::invalid("code", NOT_HERE_YET)),
        None => Err(AppError::invalid("code", CODE_NOT_HERE)),
    }
}

const NOT_HERE_YET: &str =
    "The payment has not reached us yet. Type the code from the M-Pesa message, for example UJO7K2M9TD.";
const CODE_NOT_HERE: &str =
    "No payment with this code has reached your account. Compare each letter, or wait a minute and try again.";

/// A receipt of one's own.
///
/// # Errors
/// `NotFound`, also for a payment of somebody else.
pub async fn receipt(tx: &mut Tx<MyMoney>, id: PaymentId) -> Result<ReceiptView, AppError> {
    billing::payments::receipt_in_op(tx, id).await
}

/// Invoices and payments, newest first.
pub async fn bills(tx: &mut Tx<MyMoney>) -> Result<MyBills, AppError> {
    let account = sql::account(tx).await?;
    let money = balance(tx, account.id).await?;
    let invoices = billing::invoices::list_of_account_in_op(tx, Some(account.id), LINES_MAX).await?;
    let payments = billing::payments::list_of_account_in_op(tx, account.id, LINES_MAX).await?;
    Ok(MyBills { clock: page_clock(tx), balance: money.balance, invoices, payments })
}

/// One invoice of one's own, and what the button asks for: of the account's debt no more than this bill.
///
/// # Errors
/// `NotFound`, also for an invoice of somebody else and for a draft, which is not sent yet.
pub async fn bill(tx: &mut Tx<MyMoney>, id: InvoiceId) -> Result<MyBill, AppError> {
    let invoice = billing::invoices::get_in_op(tx, id).await?;
    if invoice.status == InvoiceStatus::Draft {
        return Err(AppError::NotFound);
    }
    let due = balance(tx, invoice.account_id).await?.due;
    let asked = if due.minor < invoice.left.minor { due } else { invoice.left };
    Ok(MyBill { clock: page_clock(tx), to_pay: amount_to_ask(asked), invoice })
}

/// Use by day of the last month, newest first.
pub async fn usage_page(tx: &mut Tx<MyHomePermission>) -> Result<MyUsagePage, AppError> {
    let account = sql::account(tx).await?;
    let service = sql::service(tx.conn(), account.id).await.map_err(from_sql)?;
    let now = usage_now(tx, &account, service.as_ref()).await?;
    let (zone, since) = (tx.zone().name(), real_today(tx) - chrono::Days::new(30));
    let mut days = usage(tx.conn(), account.subscriber_id, zone, since).await.map_err(from_sql)?;
    days.reverse();
    Ok(MyUsagePage { usage: now, days })
}

/// Name, accounts and sessions of the person who is signed in.
pub async fn profile(ctx: &RequestCtx) -> Result<MyProfile, AppError> {
    let mut tx = ctx.begin::<SessionOwn>().await?;
    let accounts = sql::accounts(&mut tx).await?;
    let clock = page_clock(&tx);
    tx.commit().await?;
    let person = ctx.person()?;
    let sessions = platform::sessions::list(&ctx.app, ctx.tenant()?, person.id, ctx.session.as_ref()).await?;
    Ok(MyProfile { clock, name: person.name.clone(), login_name: person.login_name.clone(), accounts, sessions })
}

/// Use since the billing day, which is counted in real time like all accounting.
async fn usage_now(
    op: &mut Op,
    account: &sql::Account,
    service: Option<&sql::Service>,
) -> Result<Option<MyUsage>, AppError> {
    let Some(service) = service else { return Ok(None) };
    let today = real_today(op);
    let day = u32::try_from(account.billing_day).unwrap_or(1).clamp(1, 28);
    let this_month = today.with_day(day).unwrap_or(today);
    let since = if this_month > today { this_month - chrono::Months::new(1) } else { this_month };
    let zone = op.zone().name();
    let days = usage(op.conn(), account.subscriber_id, zone, since).await.map_err(from_sql)?;
    let bytes = days.iter().map(|d| d.bytes_up + d.bytes_down).sum();
    Ok(Some(MyUsage { since, bytes, limit_bytes: service.quota_bytes }))
}

fn real_today(op: &Op) -> model::time::Date {
    crate::clock::day_of(op, chrono::Utc::now())
}

async fn help(op: &mut Op) -> Result<MyHelp, AppError> {
    let (app, tenant) = (op.app().clone(), op.tenant());
    let head = platform::tenants::head(&app, tenant).await?;
    Ok(MyHelp {
        whatsapp: head.whatsapp,
        phone: head.phone,
        paybill: billing::payments::daraja::short_code_in_op(op).await?,
    })
}
