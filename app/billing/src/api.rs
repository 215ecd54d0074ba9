//! The doors of billing: each begins with its permission, calls one verb and commits.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::billing::invoices::{InvoiceCounts, InvoiceDetail, InvoiceRow, VoidInvoiceForm};
use model::billing::ledger::{BalanceLine, JournalRow};
use model::billing::locks::{CutOff, LiftLockForm, SetLockForm};
use model::billing::mpesa::{MpesaForm, MpesaSheet, RegisterMpesaForm};
use model::billing::payments::{CounterPaymentForm, CounterSheet, MoneyFigures, PaymentRow, ReceiptView};
use model::billing::policy::{BillingPolicyForm, BillingPolicySheet};
use model::billing::runs::{RunPreview, RunRow};
use model::billing::stk::{AttemptView, TakePaymentForm};
use model::billing::strays::{MatchStrayForm, StrayRow, UnmatchForm, Unreadable};
use model::billing::{InvoiceId, PaymentAttemptId, PaymentId};
use model::time::Date;
use model::{AppError, Page};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    chrono::Offset,
    model::billing::invoices::InvoiceStatus,
    model::billing::ledger::LedgerCode,
    model::billing::perm,
    model::crm::perm::SubscriberReadContact,
    model::crm::perm::SubscriberReadFinancial,
    model::identity::perm::{SettingRead, SettingWrite},
    platform::{Op, ctx, web::redirect},
};

/// The clock of a page: business time and the tenant's zone.
#[cfg(feature = "ssr")]
pub(crate) fn page_time(op: &Op) -> PageTime {
    let now = op.now();
    let offset_seconds = now.with_timezone(&op.zone()).offset().fix().local_minus_utc();
    PageTime { now, offset_minutes: offset_seconds / 60 }
}

/// The same for what happens in real time: payments and prompts.
#[cfg(feature = "ssr")]
fn real_time(op: &Op) -> PageTime {
    PageTime { now: op.real_now(), ..page_time(op) }
}

/// An id that came in an address; another text is somebody's typing and leads nowhere.
#[cfg(feature = "ssr")]
pub(crate) fn id_of<T>(text: &str) -> Result<model::Id<T>, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// The list of invoices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoicesList {
    pub time: PageTime,
    pub today: Date,
    pub counts: InvoiceCounts,
    pub page: Page<InvoiceRow>,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/invoices/list", input = GetUrl)]
pub async fn invoice_list(
    tab: String,
    q: String,
    sort: String,
    after: Option<String>,
) -> Result<InvoicesList, AppError> {
    let mut tx = ctx().await?.begin::<perm::InvoiceRead>().await?;
    let unnamed = model::billing::invoices::InvoiceTab::without_word(!q.trim().is_empty());
    let filter = billing::invoices::InvoiceFilter {
        tab: Some(tab.parse().unwrap_or(unnamed)),
        search: Some(q),
        account: None,
        by_due_up: sort == "due",
        after: after.and_then(|id| id_of::<()>(&id).ok()).map(|id| id.uuid()),
    };
    let page = billing::invoices::list(&mut tx, filter).await?;
    let counts = billing::invoices::counts(&mut tx).await?;
    let answer = InvoicesList { time: page_time(&tx), today: tx.today(), counts, page };
    tx.commit().await?;
    Ok(answer)
}

/// An invoice with what its reader may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceSheet {
    pub time: PageTime,
    pub today: Date,
    pub invoice: InvoiceDetail,
    /// `None` for readers without the ledger.
    pub journals: Option<Vec<JournalRow>>,
    pub can_void: bool,
    pub can_issue_again: bool,
    pub can_take: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/invoices/get", input = GetUrl)]
pub async fn read_invoice(id: String) -> Result<InvoiceSheet, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::InvoiceRead>().await?;
    let id: InvoiceId = id_of(&id)?;
    let mut invoice = billing::invoices::get_in_op(&mut tx, id).await?;
    if !ctx.can::<SubscriberReadContact>() {
        invoice.phone = None;
    }
    let journals = match (&invoice.number, ctx.can::<perm::LedgerRead>()) {
        (Some(number), true) => Some(billing::ledger::journals_of_reference_in_op(&mut tx, number).await?),
        _ => None,
    };
    let sheet = InvoiceSheet {
        time: page_time(&tx),
        today: tx.today(),
        can_issue_again: ctx.can::<perm::InvoiceWrite>() && invoice.status == InvoiceStatus::Void,
        can_void: ctx.can::<perm::InvoiceVoid>() && invoice.status.can_void(),
        can_take: ctx.can::<perm::PaymentTake>() && invoice.left.minor > 0,
        journals,
        invoice,
    };
    tx.commit().await?;
    Ok(sheet)
}

#[server(prefix = "/rpc/staff", endpoint = "billing/invoices/void")]
pub async fn void_invoice(form: VoidInvoiceForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::InvoiceVoid>().await?;
    let id = form.id;
    billing::invoices::void(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/billing/invoices/{id}"));
    Ok(())
}

/// Issues the period of a void invoice again; leads to the new one.
#[server(prefix = "/rpc/staff", endpoint = "billing/invoices/issue_again")]
pub async fn issue_invoice_again(id: InvoiceId) -> Result<InvoiceId, AppError> {
    let mut tx = ctx().await?.begin::<perm::InvoiceWrite>().await?;
    let issued = billing::invoices::issue_again(&mut tx, id).await?;
    tx.commit().await?;
    redirect(&format!("/billing/invoices/{issued}"));
    Ok(issued)
}

/// The list of payments with the figures above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentsList {
    pub time: PageTime,
    pub figures: MoneyFigures,
    pub page: Page<PaymentRow>,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/payments/list", input = GetUrl)]
pub async fn payment_list(tab: String, q: String, after: Option<String>) -> Result<PaymentsList, AppError> {
    let mut tx = ctx().await?.begin::<perm::PaymentRead>().await?;
    let filter = billing::payments::PaymentFilter {
        tab: tab.parse().ok(),
        search: Some(q),
        account: None,
        after: after.and_then(|id| id_of::<()>(&id).ok()).map(|id| id.uuid()),
    };
    let page = billing::payments::list(&mut tx, filter).await?;
    let figures = billing::payments::figures(&mut tx).await?;
    let answer = PaymentsList { time: page_time(&tx), figures, page };
    tx.commit().await?;
    Ok(answer)
}

/// A receipt on its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptSheet {
    pub time: PageTime,
    pub receipt: ReceiptView,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/payments/get", input = GetUrl)]
pub async fn read_receipt(id: String) -> Result<ReceiptSheet, AppError> {
    let mut tx = ctx().await?.begin::<perm::PaymentRead>().await?;
    let id: PaymentId = id_of(&id)?;
    let receipt = billing::payments::receipt_in_op(&mut tx, id).await?;
    let sheet = ReceiptSheet { time: page_time(&tx), receipt };
    tx.commit().await?;
    Ok(sheet)
}

/// Whom a payment is for: `account` is an id, `number` what somebody typed; with neither nobody is chosen yet.
#[server(prefix = "/rpc/staff", endpoint = "billing/payments/for", input = GetUrl)]
pub async fn read_counter(account: String, number: String) -> Result<Option<CounterSheet>, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::PaymentTake>().await?;
    let mut sheet = match (account.as_str(), number.as_str()) {
        ("", "") => return Ok(None),
        ("", typed) => billing::payments::sheet(&mut tx, Err(typed)).await?,
        (id, _) => billing::payments::sheet(&mut tx, Ok(id_of(id)?)).await?,
    };
    tx.commit().await?;
    if !ctx.can::<SubscriberReadContact>() {
        sheet.phone = None;
    }
    Ok(Some(sheet))
}

/// Cash or a bank transfer; leads to the receipt.
#[server(prefix = "/rpc/staff", endpoint = "billing/payments/take")]
pub async fn take_payment(form: CounterPaymentForm) -> Result<PaymentId, AppError> {
    let mut tx = ctx().await?.begin::<perm::PaymentTake>().await?;
    let id = billing::payments::take(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/billing/payments/{id}"));
    Ok(id)
}

/// A prompt on the payer's phone; leads to the page that waits for it.
#[server(prefix = "/rpc/staff", endpoint = "billing/payments/prompt")]
pub async fn send_prompt(form: TakePaymentForm) -> Result<PaymentAttemptId, AppError> {
    let mut tx = ctx().await?.begin::<perm::PaymentTake>().await?;
    let id = billing::payments::prompts::start(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/billing/prompts/{id}"));
    Ok(id)
}

/// A prompt under way, for staff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptSheet {
    pub time: PageTime,
    pub attempt: AttemptView,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/prompts/get", input = GetUrl)]
pub async fn read_prompt(id: String) -> Result<PromptSheet, AppError> {
    let mut tx = ctx().await?.begin::<perm::PaymentTake>().await?;
    let id: PaymentAttemptId = id_of(&id)?;
    let attempt = billing::payments::attempt_in_op(&mut tx, id).await?;
    let sheet = PromptSheet { time: real_time(&tx), attempt };
    tx.commit().await?;
    Ok(sheet)
}

/// The stray desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrayDesk {
    pub time: PageTime,
    pub strays: Vec<StrayRow>,
    /// Real time, in which reports come.
    pub real_time: PageTime,
    pub unreadable: Unreadable,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/strays/list", input = GetUrl)]
pub async fn read_strays() -> Result<StrayDesk, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StrayMatch>().await?;
    let mut strays = billing::payments::strays::list(&mut tx).await?;
    if !ctx.can::<SubscriberReadContact>() {
        for candidate in strays.iter_mut().flat_map(|stray| &mut stray.candidates) {
            candidate.phone = None;
        }
    }
    let unreadable = billing::payments::strays::unreadable(&mut tx).await?;
    let desk = StrayDesk { time: page_time(&tx), strays, real_time: real_time(&tx), unreadable };
    tx.commit().await?;
    Ok(desk)
}

#[server(prefix = "/rpc/staff", endpoint = "billing/strays/match")]
pub async fn match_stray(form: MatchStrayForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::StrayMatch>().await?;
    billing::payments::strays::match_to(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/billing/strays?matched={}", form.payment_id));
    Ok(())
}

/// Gives a stray to an account that was typed.
#[server(prefix = "/rpc/staff", endpoint = "billing/strays/match_number")]
pub async fn match_stray_number(payment_id: PaymentId, number: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::StrayMatch>().await?;
    billing::payments::strays::match_number(&mut tx, payment_id, &number).await?;
    tx.commit().await?;
    redirect(&format!("/billing/strays?matched={payment_id}"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "billing/strays/unmatch")]
pub async fn unmatch_stray(form: UnmatchForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::StrayMatch>().await?;
    billing::payments::strays::unmatch(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/billing/strays?open={}", form.payment_id));
    Ok(())
}

/// The runs so far and, with a day, what a run would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDesk {
    pub time: PageTime,
    pub today: Date,
    pub runs: Vec<RunRow>,
    pub preview: Option<Result<RunPreview, AppError>>,
    pub can_start: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/runs/list", input = GetUrl)]
pub async fn read_runs(day: String) -> Result<RunDesk, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::RunRead>().await?;
    let runs = billing::runs::list(&mut tx).await?;
    let preview = match model::time::parse_date(&day) {
        Ok(day) => Some(billing::runs::preview(&mut tx, day).await),
        Err(_) if day.is_empty() => None,
        Err(refusal) => Some(Err(AppError::invalid("day", refusal.to_string()))),
    };
    let (time, today) = (page_time(&tx), tx.today());
    tx.commit().await?;
    Ok(RunDesk { time, today, runs, preview, can_start: ctx.can::<perm::RunStart>() })
}

/// Starts the run that was previewed. `number` is the number of invoices, typed by the person.
#[server(prefix = "/rpc/staff", endpoint = "billing/runs/start")]
pub async fn start_run(day: Date, number: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::RunStart>().await?;
    let number = model::form::whole_number(&number, 0, 10_000_000)
        .map_err(|why| AppError::invalid("number", why.to_string()))?;
    billing::runs::start(&mut tx, day, i64::try_from(number).unwrap_or(i64::MAX)).await?;
    tx.commit().await?;
    redirect("/billing/runs");
    Ok(())
}

/// Who will be cut off soon. The amounts are there for those who may see money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CutOffs {
    pub time: PageTime,
    pub rows: Vec<CutOff>,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/locks/soon", input = GetUrl)]
pub async fn read_cut_offs() -> Result<CutOffs, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::LockRead>().await?;
    let rows = billing::locks::soon_cut_off(&mut tx, ctx.can::<SubscriberReadFinancial>()).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(CutOffs { time, rows })
}

/// Sets a lock by hand. The subscriber page has the form.
#[server(prefix = "/rpc/staff", endpoint = "billing/locks/set")]
pub async fn set_lock(form: SetLockForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::LockWrite>().await?;
    billing::locks::set(&mut tx, form).await?;
    tx.commit().await
}

/// Lifts a lock by hand. The subscriber page has the button.
#[server(prefix = "/rpc/staff", endpoint = "billing/locks/lift")]
pub async fn lift_lock(form: LiftLockForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::LockWrite>().await?;
    billing::locks::lift(&mut tx, form).await?;
    tx.commit().await
}

/// Balances as of a day, and the journals behind them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerBook {
    pub time: PageTime,
    pub on: Date,
    pub balances: Vec<BalanceLine>,
    pub page: Page<JournalRow>,
}

#[server(prefix = "/rpc/staff", endpoint = "billing/ledger/read", input = GetUrl)]
pub async fn read_ledger(
    on: String,
    ledger: String,
    reference: String,
    after: Option<String>,
) -> Result<LedgerBook, AppError> {
    let mut tx = ctx().await?.begin::<perm::LedgerRead>().await?;
    let on = model::time::parse_date(&on).unwrap_or(tx.today());
    let balances = billing::ledger::balances_on(&mut tx, on).await?;
    let filter = billing::ledger::JournalFilter {
        ledger: LedgerCode::from_code(&ledger),
        account: None,
        reference: Some(reference).filter(|text| !text.is_empty()),
        until: Some(on),
        after: after.and_then(|id| id_of::<()>(&id).ok()).map(|id| id.uuid()),
    };
    let page = billing::ledger::journals(&mut tx, filter).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(LedgerBook { time, on, balances, page })
}

/// How the ISP bills and reminds.
#[server(prefix = "/rpc/staff", endpoint = "billing/policy/get", input = GetUrl)]
pub async fn read_policy() -> Result<BillingPolicySheet, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingRead>().await?;
    let sheet = billing::policy::get(&mut tx, &ctx.person()?.permissions).await?;
    tx.commit().await?;
    Ok(sheet)
}

#[server(prefix = "/rpc/staff", endpoint = "billing/policy/save")]
pub async fn save_policy(form: BillingPolicyForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<SettingWrite>().await?;
    billing::policy::set(&mut tx, form).await?;
    tx.commit().await?;
    redirect("/admin/settings/billing?done=saved");
    Ok(())
}

/// M-Pesa as it is set up. It holds secret addresses, so only who may change it sees it.
#[server(prefix = "/rpc/staff", endpoint = "billing/mpesa/get", input = GetUrl)]
pub async fn read_mpesa() -> Result<MpesaSheet, AppError> {
    let mut tx = ctx().await?.begin::<SettingWrite>().await?;
    let sheet = billing::payments::mpesa::sheet(&mut tx).await?;
    tx.commit().await?;
    Ok(sheet)
}

#[server(prefix = "/rpc/staff", endpoint = "billing/mpesa/save")]
pub async fn save_mpesa(form: MpesaForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingWrite>().await?;
    billing::payments::mpesa::save(&mut tx, form).await?;
    tx.commit().await?;
    billing::payments::daraja::open_addresses(&ctx.app, ctx.tenant()?).await?;
    redirect("/admin/settings/mpesa?done=saved");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "billing/mpesa/register")]
pub async fn register_mpesa(form: RegisterMpesaForm) -> Result<(), AppError> {
    billing::payments::mpesa::register(&ctx().await?, &form).await?;
    redirect("/admin/settings/mpesa?done=registered");
    Ok(())
}
