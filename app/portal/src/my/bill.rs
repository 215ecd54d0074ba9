//! `/my/bills/{invoice}`: what a bill is for, and the button that pays it.

use super::home::PayNow;
use super::{Failed, Line};
use crate::api::{SendMyPay, read_my_bill};
use crate::{clock, t, words};
use kit::prelude::*;
use kit::values::{date_text, day_text};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::billing::InvoiceId;
use model::billing::invoices::InvoiceLineView;
use model::portal::my::MyBill;

/// `/my/bills/{invoice}`
#[component]
pub fn BillPage() -> impl IntoView {
    let params = use_params_map();
    let pay = ServerAction::<SendMyPay>::new();
    let id = Memo::new(move |_| params.with(|map| map.get("invoice")).and_then(|id| id.parse::<InvoiceId>().ok()));
    let bill = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_my_bill(id).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match bill.await {
                    Ok(bill) => view! { <Bill bill pay/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Bill(bill: MyBill, pay: ServerAction<SendMyPay>) -> impl IntoView {
    // Before the rows are made: they write their times at once.
    provide_context(clock::business(bill.clock));
    let invoice = bill.invoice;
    let title = t::bills_bill(invoice.number.clone().unwrap_or_default());
    let (tone, word) = words::invoice(invoice.badge);
    let button = bill.to_pay.zip(invoice.phone).map(|(amount, phone)| view! { <PayNow amount phone pay/> });
    let lines = invoice.lines.into_iter().map(|line| view! { <BillLine line/> }).collect_view();
    let taxes = [(t::bills_excise(), invoice.excise), (t::bills_vat(), invoice.vat)];
    let taxes = taxes
        .into_iter()
        .filter(|(_, money)| !money.is_zero())
        .map(|(name, money)| view! { <Line name><Amount money/></Line> })
        .collect_view();
    view! {
        <leptos_meta::Title text=title.clone()/>
        <h1 class="my-state">{title}</h1>
        <section class="my-card my-rows">
            <Line name=t::bills_state()><State tone>{word}</State></Line>
            <Line name=t::bills_due_on()>{date_text(invoice.due_on)}</Line>
        </section>
        <section class="my-card my-rows">
            <h2 class="my-card__title my-line">{t::bills_lines()}</h2>
            {lines}
            {taxes}
            <Line name=t::bills_total()><b><Amount money=invoice.total/></b></Line>
            <Line name=t::bills_paid()><Amount money=invoice.paid/></Line>
            <Line name=t::bills_rest()><b><Amount money=invoice.left/></b></Line>
        </section>
        {button.map(|button| view! { <section class="my-card">{button}</section> })}
        <a class="btn btn--large" href="/my/bills">{t::bills_all()}</a>
    }
}

/// What it is for and its days, without tax: taxes stand below.
#[component]
fn BillLine(line: InvoiceLineView) -> impl IntoView {
    let days = line.from.zip(line.until).map(|(from, until)| {
        view! { <br/><span class="small muted">{t::bills_days(day_text(from), day_text(until))}</span> }
    });
    view! {
        <div class="my-line">
            <span>{words::line(line.kind, &line.text)}{days}</span>
            <span class="push num"><Amount money=line.net/></span>
        </div>
    }
}
