//! `/my/pay`: phone and amount, both to be changed.

use super::Failed;
use super::home::{Paybill, plain};
use crate::api::{SendMyPay, my_pay_form};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::Currency;

/// `/my/pay`
#[component]
pub fn PayPage() -> impl IntoView {
    let pay = ServerAction::<SendMyPay>::new();
    let form = Resource::new(|| (), |()| my_pay_form());
    view! {
        <leptos_meta::Title text=t::mypay_title()/>
        <Suspense>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(start) => {
                        let phone = start.phone.map(|phone| phone.to_string()).unwrap_or_default();
                        let amount = start.to_pay.map(plain).unwrap_or_default();
                        let due = start.to_pay.map(t::mypay_due);
                        let account = start.account_number.to_string();
                        view! {
                            <section class="my-card">
                                <h1 class="my-state">{t::mypay_title()}</h1>
                                <p class="t14 muted">{t::mypay_lead()}</p>
                                {due.map(|due| view! { <p class="t14">{due}</p> })}
                                <Form action=pay>
                                    <Field name="form[phone]" label=t::mypay_phone() kind=Kind::Phone value=phone autocomplete="tel"/>
                                    <Field name="form[amount]" label=t::mypay_amount() kind=Kind::Money(Currency::Kes) value=amount/>
                                    <Submit size=Size::Large>{t::mypay_submit()}</Submit>
                                </Form>
                            </section>
                            {start
                                .paybill
                                .map(|number| {
                                    view! {
                                        <section class="my-card">
                                            <p class="t14">{t::wait_yourself()}</p>
                                            <Paybill number account/>
                                        </section>
                                    }
                                })}
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
