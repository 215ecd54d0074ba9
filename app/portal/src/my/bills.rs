//! `/my/bills`: what was billed and what was paid.

use super::Failed;
use crate::api::read_my_bills;
use crate::{clock, t, words};
use kit::prelude::*;
use kit::values::date_text;
use leptos::prelude::*;
use model::billing::invoices::InvoiceStatus;
use model::portal::my::MyBills;

/// `/my/bills`
#[component]
pub fn BillsPage() -> impl IntoView {
    let bills = Resource::new(|| (), |()| read_my_bills());
    view! {
        <leptos_meta::Title text=t::bills_title()/>
        <Suspense>
            {move || Suspend::new(async move {
                match bills.await {
                    Ok(bills) => view! { <Bills bills/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Bills(bills: MyBills) -> impl IntoView {
    // Before the rows are made: they write their times at once.
    provide_context(clock::business(bills.clock));
    let balance = match bills.balance.minor {
        0 => t::bills_even().to_owned(),
        1.. => t::bills_credit(bills.balance),
        _ => t::bills_owe(bills.balance.negated()),
    };
    let invoices: Vec<_> = bills
        .invoices
        .into_iter()
        .filter(|invoice| invoice.status != InvoiceStatus::Draft)
        .map(|invoice| {
            let (tone, word) = words::invoice(invoice.badge);
            let part = (invoice.left.minor > 0 && invoice.left != invoice.total).then(|| t::bills_left(invoice.left));
            view! {
                <a class="my-line" href=format!("/my/bills/{}", invoice.id)>
                    <span>
                        <span class="mono">{invoice.number}</span>
                        <br/>
                        <span class="small muted">{t::bills_due(date_text(invoice.due_on))}</span>
                    </span>
                    <span class="push end">
                        <b class="medium"><Amount money=invoice.total short=true/></b>
                        <br/>
                        <State tone>{word}</State>
                        {part.map(|text| view! { <br/><span class="small muted">{text}</span> })}
                    </span>
                    <Icon icon=icondata_lu::LuChevronRight/>
                </a>
            }
        })
        .collect();
    let payments: Vec<_> = bills
        .payments
        .into_iter()
        .map(|payment| {
            let code = payment.provider_reference.unwrap_or(payment.receipt);
            view! {
                <a class="my-line" href=format!("/my/receipts/{}", payment.id)>
                    <span>
                        <When at=payment.paid_at/>
                        <br/>
                        <span class="small muted"><span class="mono">{code}</span> " · " {words::method(payment.method)}</span>
                    </span>
                    <span class="push"><b class="medium"><Amount money=payment.amount short=true/></b></span>
                    <Icon icon=icondata_lu::LuChevronRight/>
                </a>
            }
        })
        .collect();
    let (no_invoices, no_payments) = (invoices.is_empty(), payments.is_empty());
    view! {
            <h1 class="my-state">{t::bills_title()}</h1>
            <section class="my-card">
                <p class="t14 muted">{t::bills_balance()}</p>
                <p class="my-state">{balance}</p>
            </section>
            <section class="my-card my-rows">
                <h2 class="my-card__title my-line">{t::bills_invoices()}</h2>
                {no_invoices.then(|| view! { <p class="my-line muted">{t::bills_no_invoices()}</p> })}
                {invoices}
            </section>
            <section class="my-card my-rows">
                <h2 class="my-card__title my-line">{t::bills_payments()}</h2>
                {no_payments.then(|| view! { <p class="my-line muted">{t::bills_no_payments()}</p> })}
                {payments}
            </section>
    }
}
