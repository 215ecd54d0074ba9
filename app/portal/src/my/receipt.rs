//! `/my/receipts/{payment}`: thank you, and how quickly it worked.

use super::Failed;
use crate::api::{my_clock, my_receipt};
use crate::{clock, t, words};
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::billing::PaymentId;
use model::billing::payments::{PaymentOutcome, ReceiptView};
use model::portal::clock::PageClock;

/// `/my/receipts/{payment}`
#[component]
pub fn ReceiptPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|map| map.get("payment")).and_then(|id| id.parse::<PaymentId>().ok()));
    let receipt = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => Ok((my_receipt(id).await?, my_clock().await?)),
                None => Err(AppError::NotFound),
            }
        },
    );
    view! {
        <leptos_meta::Title text=t::receipt_title()/>
        <Suspense>
            {move || Suspend::new(async move {
                match receipt.await {
                    Ok((receipt, time)) => view! { <Receipt receipt time/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Receipt(receipt: ReceiptView, time: PageClock) -> impl IntoView {
    let outcome = match (receipt.timeline.outcome(), receipt.timeline.payment_to_online_ms()) {
        (PaymentOutcome::Online, Some(ms)) => t::receipt_online(words::seconds(ms)),
        (PaymentOutcome::Ready, _) => t::receipt_ready().to_owned(),
        (PaymentOutcome::Reconnecting, _) => t::receipt_reconnecting().to_owned(),
        _ => t::receipt_was_on().to_owned(),
    };
    let paid = receipt
        .paid
        .into_iter()
        .map(|part| {
            view! {
                <dt>{t::receipt_for_invoice()} " " <a class="link mono" href=format!("/my/bills/{}", part.id)>{part.number}</a></dt>
                <dd><Amount money=part.amount short=true/></dd>
            }
        })
        .collect_view();
    let credit = (receipt.credit.minor > 0).then_some(receipt.credit);
    view! {
        <Provider value=clock::business(time)>
            <div class="my-done">
                <span class="my-done__mark"><Icon icon=icondata_lu::LuCheck/></span>
                <h1>{t::receipt_title()}</h1>
                <p class="muted">{outcome}</p>
            </div>
            <section class="my-card receipt">
                <div class="receipt__top">
                    <p class="t14 muted">{t::receipt_paid()}</p>
                    <p class="my-due"><small>{receipt.amount.currency.sign()}</small> " " {receipt.amount.short_figures()}</p>
                </div>
                <dl>
                    <dt>{t::receipt_number()}</dt>
                    <dd class="mono">{receipt.receipt}</dd>
                    {receipt
                        .provider_reference
                        .map(|code| view! { <dt>{t::receipt_mpesa()}</dt><dd class="mono">{code}</dd> })}
                    <dt>{t::receipt_date()}</dt>
                    <dd><When at=receipt.paid_at/></dd>
                    <dt>{t::receipt_account()}</dt>
                    <dd>{receipt.account_number.to_string()}</dd>
                    <dt>{t::receipt_method()}</dt>
                    <dd>{words::method(receipt.method)}</dd>
                    {paid}
                    {credit.map(|money| view! { <dt>{t::receipt_credit()}</dt><dd><Amount money short=true/></dd> })}
                </dl>
            </section>
            <a class="btn btn--large" href="/my">{t::receipt_home()}</a>
        </Provider>
    }
}
