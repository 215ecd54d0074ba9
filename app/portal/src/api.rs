//! The doors of portal.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::billing::locks::{LiftLockForm, SetLockForm};
use model::billing::payments::{CounterPaymentForm, ReceiptView};
use model::billing::stk::{PayForm, TakePaymentForm};
use model::billing::{InvoiceId, PaymentAttemptId, PaymentId};
use model::comms::tickets::TicketForm;
use model::crm::SubscriberId;
use model::identity::links::{AskLinkForm, ChoosePasswordForm};
use model::identity::{LoginForm, LoginStep, MfaForm};
use model::network::sessions::DisconnectSessionForm;
use model::portal::clock::{MoveClockForm, PageClock};
use model::portal::dashboard::{Dashboard, PartnerHome};
use model::portal::my::{
    AskCodeForm, HavePaidForm, MyBill, MyBills, MyHome, MyPay, MyProfile, MyUsagePage, SetPasswordForm, Waiting,
};
use model::portal::search::SearchHit;
use model::portal::subscriber_page::SubscriberPage;
use model::time::Timestamp;

#[cfg(feature = "ssr")]
use {
    model::billing::perm as billing_perm,
    model::comms::perm::TicketWrite,
    model::crm::perm::SubscriberRead,
    model::identity::perm::{DemoUse, SessionOwn},
    model::network::perm::SessionDisconnect,
    model::portal::perm,
    platform::ctx,
};

/// The clock of staff pages.
#[server(prefix = "/rpc/staff", endpoint = "portal/clock", input = GetUrl)]
pub async fn staff_clock() -> Result<PageClock, AppError> {
    clock_now().await
}

/// The clock of the phone program.
#[server(prefix = "/rpc/my", endpoint = "portal/clock", input = GetUrl)]
pub async fn my_clock() -> Result<PageClock, AppError> {
    clock_now().await
}

#[cfg(feature = "ssr")]
async fn clock_now() -> Result<PageClock, AppError> {
    let tx = ctx().await?.begin::<SessionOwn>().await?;
    let clock = portal::page_clock(&tx);
    tx.commit().await?;
    Ok(clock)
}

/// Moves a demo's business time on; returns where it will stand. `go` is where a browser without scripts goes on to.
#[server(prefix = "/rpc/staff", endpoint = "portal/clock/move")]
pub async fn move_clock(form: MoveClockForm, #[server(default)] go: String) -> Result<Timestamp, AppError> {
    let mut tx = ctx().await?.begin::<DemoUse>().await?;
    let until = portal::move_on(&mut tx, form).await?;
    tx.commit().await?;
    if !go.is_empty() {
        platform::web::redirect(&model::identity::safe_next(&go, "/"));
    }
    Ok(until)
}

/// Whether a move of the demo's clock is not done yet.
#[server(prefix = "/rpc/staff", endpoint = "portal/clock/moving", input = GetUrl)]
pub async fn clock_moves() -> Result<bool, AppError> {
    let mut tx = ctx().await?.begin::<DemoUse>().await?;
    let moves = portal::is_moving(&mut tx).await?;
    tx.commit().await?;
    Ok(moves)
}

/// The whole subscriber page, as its reader may see it.
#[server(prefix = "/rpc/staff", endpoint = "portal/subscribers/page", input = GetUrl)]
pub async fn read_subscriber(id: SubscriberId) -> Result<SubscriberPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SubscriberRead>().await?;
    let page = portal::subscriber::page(&mut tx, &ctx.person()?.permissions, id).await?;
    tx.commit().await?;
    Ok(page)
}

/// Sends a payment prompt. `go` is where a browser without scripts goes on to; a dialog leaves it empty.
#[server(prefix = "/rpc/staff", endpoint = "portal/payments/prompt")]
pub async fn start_prompt(form: TakePaymentForm, #[server(default)] go: String) -> Result<PaymentAttemptId, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::PaymentTake>().await?;
    let id = billing::payments::prompts::start(&mut tx, form).await?;
    tx.commit().await?;
    if !go.is_empty() {
        let path = model::identity::safe_next(&go, "/");
        platform::web::redirect(&format!("{path}?attempt={id}"));
    }
    Ok(id)
}

/// How far a prompt is.
#[server(prefix = "/rpc/staff", endpoint = "portal/payments/attempt", input = GetUrl)]
pub async fn prompt_state(id: PaymentAttemptId) -> Result<Waiting, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::PaymentTake>().await?;
    let waiting = portal::my::waiting_in_op(&mut tx, id).await?;
    tx.commit().await?;
    Ok(waiting)
}

/// Takes cash or a bank transfer.
#[server(prefix = "/rpc/staff", endpoint = "portal/payments/counter")]
pub async fn take_counter_payment(
    form: CounterPaymentForm,
    #[server(default)] go: String,
) -> Result<PaymentId, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::PaymentTake>().await?;
    let id = billing::payments::take(&mut tx, form).await?;
    tx.commit().await?;
    if !go.is_empty() {
        platform::web::redirect(&model::identity::safe_next(&go, "/"));
    }
    Ok(id)
}

/// Sets a lock by hand.
#[server(prefix = "/rpc/staff", endpoint = "portal/locks/set")]
pub async fn set_lock(form: SetLockForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::LockWrite>().await?;
    billing::locks::set(&mut tx, form).await?;
    tx.commit().await
}

/// Lifts a lock by hand.
#[server(prefix = "/rpc/staff", endpoint = "portal/locks/lift")]
pub async fn lift_lock(form: LiftLockForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::LockWrite>().await?;
    billing::locks::lift(&mut tx, form).await?;
    tx.commit().await
}

/// Opens a ticket for the account with this number.
#[server(prefix = "/rpc/staff", endpoint = "portal/tickets/open")]
pub async fn open_ticket(account: String, form: TicketForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<TicketWrite>().await?;
    comms::tickets::open(&mut tx, &account, form).await?;
    tx.commit().await
}

/// Ends a session; the subscriber's router dials again by itself.
#[server(prefix = "/rpc/staff", endpoint = "portal/sessions/disconnect")]
pub async fn disconnect_session(form: DisconnectSessionForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<SessionDisconnect>().await?;
    network::sessions::disconnect(&mut tx, form).await?;
    tx.commit().await
}

/// Looks everywhere that the reader may open.
#[server(prefix = "/rpc/staff", endpoint = "portal/search", input = GetUrl)]
pub async fn search(text: String) -> Result<Vec<SearchHit>, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::SearchUse>().await?;
    let hits = portal::search::everywhere(&mut tx, &ctx.person()?.permissions, &text).await?;
    tx.commit().await?;
    Ok(hits)
}

/// The first page after sign-in; `None` for a role that has no dashboard.
#[server(prefix = "/rpc/staff", endpoint = "portal/dashboard", input = GetUrl)]
pub async fn read_dashboard() -> Result<Option<Dashboard>, AppError> {
    let ctx = ctx().await?;
    let Some(mut tx) = ctx.begin_if::<perm::DashboardRead>().await? else {
        if let Some(first) = first_page(&ctx.person()?.permissions) {
            platform::web::redirect(first);
        }
        return Ok(None);
    };
    let page = portal::dashboard::page(&mut tx, &ctx.person()?.permissions).await?;
    tx.commit().await?;
    Ok(Some(page))
}

/// Where a role without a dashboard begins its day.
#[cfg(feature = "ssr")]
fn first_page(permissions: &model::PermissionSet) -> Option<&'static str> {
    use model::field::perm::{OwnWorkRead, StockRead};
    use model::network::perm::SessionRead;
    match () {
        () if permissions.can::<OwnWorkRead>() => Some("/tech"),
        () if permissions.can::<StockRead>() => Some("/field/stock"),
        () if permissions.can::<SessionRead>() => Some("/network/sessions"),
        () => None,
    }
}

/// The first page of a reseller.
#[server(prefix = "/rpc/partner", endpoint = "portal/home", input = GetUrl)]
pub async fn read_partner_home() -> Result<PartnerHome, AppError> {
    portal::partner::home(&ctx().await?).await
}

/// Ends the reseller's session.
#[server(prefix = "/rpc/partner", endpoint = "portal/sign_out")]
pub async fn partner_sign_out() -> Result<(), AppError> {
    identity::sign_in::sign_out(&ctx().await?).await?;
    platform::web::leave("/partner/login");
    Ok(())
}

/// The subscriber's first page.
#[server(prefix = "/rpc/my", endpoint = "portal/home", input = GetUrl)]
pub async fn read_my_home() -> Result<MyHome, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyHome>().await?;
    let home = portal::my::home(&mut tx).await?;
    tx.commit().await?;
    Ok(home)
}

/// What the form for a payment starts with.
#[server(prefix = "/rpc/my", endpoint = "portal/pay_form", input = GetUrl)]
pub async fn my_pay_form() -> Result<MyPay, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let form = portal::my::pay_form(&mut tx).await?;
    tx.commit().await?;
    Ok(form)
}

/// Sends a prompt to a phone and leads to the page that waits for it.
#[server(prefix = "/rpc/my", endpoint = "portal/pay")]
pub async fn send_my_pay(form: PayForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let id = billing::payments::prompts::start_mine(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/my/pay/{id}"));
    Ok(())
}

/// How far a prompt is; a finished one leads on to its receipt.
#[server(prefix = "/rpc/my", endpoint = "portal/attempt", input = GetUrl)]
pub async fn my_waiting(id: PaymentAttemptId) -> Result<Waiting, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let waiting = portal::my::waiting(&mut tx, id).await?;
    tx.commit().await?;
    // Without a report nothing is measured, and so there is nothing to wait for.
    let found_on_the_list = waiting.attempt.timeline.posted_at.is_none();
    if let Some(payment) = waiting.payment_id.filter(|_| !waiting.is_going_on() || found_on_the_list) {
        platform::web::redirect(&format!("/my/receipts/{payment}"));
    }
    Ok(waiting)
}

/// "I have paid": leads to the receipt when the money is here.
#[server(prefix = "/rpc/my", endpoint = "portal/have_paid")]
pub async fn have_paid(form: HavePaidForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let payment = portal::my::have_paid(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/my/receipts/{payment}"));
    Ok(())
}

/// A receipt of one's own.
#[server(prefix = "/rpc/my", endpoint = "portal/receipt", input = GetUrl)]
pub async fn my_receipt(id: PaymentId) -> Result<ReceiptView, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let receipt = portal::my::receipt(&mut tx, id).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// Own invoices and payments.
#[server(prefix = "/rpc/my", endpoint = "portal/bills", input = GetUrl)]
pub async fn read_my_bills() -> Result<MyBills, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let bills = portal::my::bills(&mut tx).await?;
    tx.commit().await?;
    Ok(bills)
}

/// One own invoice.
#[server(prefix = "/rpc/my", endpoint = "portal/bill", input = GetUrl)]
pub async fn read_my_bill(id: InvoiceId) -> Result<MyBill, AppError> {
    let mut tx = ctx().await?.begin::<billing_perm::MyMoney>().await?;
    let bill = portal::my::bill(&mut tx, id).await?;
    tx.commit().await?;
    Ok(bill)
}

/// Own use by day.
#[server(prefix = "/rpc/my", endpoint = "portal/usage", input = GetUrl)]
pub async fn my_usage() -> Result<MyUsagePage, AppError> {
    let mut tx = ctx().await?.begin::<perm::MyHome>().await?;
    let usage = portal::my::usage_page(&mut tx).await?;
    tx.commit().await?;
    Ok(usage)
}

/// Own name, accounts and sessions.
#[server(prefix = "/rpc/my", endpoint = "portal/profile", input = GetUrl)]
pub async fn read_my_profile() -> Result<MyProfile, AppError> {
    portal::my::profile(&ctx().await?).await
}

/// Ends one of one's own sessions.
#[server(prefix = "/rpc/my", endpoint = "portal/end_session")]
pub async fn my_end_session(id: String) -> Result<(), AppError> {
    let ctx = ctx().await?;
    ctx.begin::<SessionOwn>().await?.commit().await?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    platform::sessions::revoke(&ctx.app, ctx.tenant()?, ctx.person()?.id, id).await
}

/// Signs a subscriber in by phone and password.
#[server(prefix = "/rpc/my", endpoint = "portal/sign_in")]
pub async fn my_sign_in(form: LoginForm) -> Result<LoginStep, AppError> {
    let name = form.name.clone();
    let step = platform::web::keep_typed_name(&name, portal::access::sign_in(&ctx().await?, form).await)?;
    match &step {
        LoginStep::Done { next } => platform::web::redirect(next),
        LoginStep::SecondFactor { next } => {
            platform::web::redirect(&format!("/my/mfa?next={}", platform::web::in_query(next)));
        }
    }
    Ok(step)
}

/// Finishes a sign-in by the second factor.
#[server(prefix = "/rpc/my", endpoint = "portal/confirm")]
pub async fn my_confirm(form: MfaForm) -> Result<LoginStep, AppError> {
    let step = identity::mfa::confirm(&ctx().await?, form).await?;
    if let LoginStep::Done { next } = &step {
        platform::web::redirect(next);
    }
    Ok(step)
}

/// Ends the subscriber's session.
#[server(prefix = "/rpc/my", endpoint = "portal/sign_out")]
pub async fn my_sign_out() -> Result<(), AppError> {
    identity::sign_in::sign_out(&ctx().await?).await?;
    platform::web::leave("/my/login");
    Ok(())
}

/// Sends a code by SMS, and says the same to everybody.
#[server(prefix = "/rpc/my", endpoint = "portal/ask_code")]
pub async fn ask_code(form: AskCodeForm) -> Result<(), AppError> {
    let request = portal::access::ask_code(&ctx().await?, form).await?;
    platform::web::redirect(&format!("/my/password?request={request}"));
    Ok(())
}

/// Has a link sent by e-mail, and says the same to everybody.
#[server(prefix = "/rpc/my", endpoint = "portal/ask_link")]
pub async fn ask_link(form: AskLinkForm) -> Result<(), AppError> {
    identity::links::ask(&ctx().await?, form).await?;
    platform::web::redirect("/my/password?sent=1");
    Ok(())
}

/// Chooses a password by the link of the e-mail and leads to the sign-in.
#[server(prefix = "/rpc/my", endpoint = "portal/choose_password")]
pub async fn choose_password(form: ChoosePasswordForm) -> Result<(), AppError> {
    identity::links::choose_password(&ctx().await?, form).await?;
    platform::web::redirect("/my/login?done=password");
    Ok(())
}

/// Sets a password by the code of the SMS and leads to the sign-in.
#[server(prefix = "/rpc/my", endpoint = "portal/set_password")]
pub async fn set_password(form: SetPasswordForm) -> Result<(), AppError> {
    portal::access::set_password(&ctx().await?, form).await?;
    platform::web::redirect("/my/login?done=password");
    Ok(())
}
