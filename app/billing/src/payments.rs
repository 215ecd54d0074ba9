//! Payments on screen: the list under its figures, the receipt with its way to online, and the counter.

use crate::api::{PaymentsList, ReceiptSheet, SendPrompt, TakePayment, payment_list, read_counter, read_receipt};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::Currency;
use model::billing::payments::{
    CounterSheet, MoneyFigures, PaymentMethod, PaymentRow, PaymentStage, PaymentTab, PaymentTimeline,
};

/// `/billing/payments`: tab, search and page stand in the address.
#[component]
pub fn PaymentsPage() -> impl IntoView {
    let query = use_query_state();
    let asked = move || (query.get("tab").unwrap_or_default(), query.get("q").unwrap_or_default(), query.get("after"));
    let list = Resource::new(asked, |(tab, q, after)| payment_list(tab, q, after));
    view! {
        <PageFrame fixed=true>
            <PageHeader title=t::nav_payments() crumbs=vec![Crumb::here(t::nav_billing()), Crumb::here(t::nav_payments())]
                actions=|| view! { <LinkButton look=Look::Primary href="/billing/payments/take".to_owned()>{t::payments_take()}</LinkButton> }
            />
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(list) => view! { <PaymentTable list/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Figures(figures: MoneyFigures) -> impl IntoView {
    let money = |money: model::Money| money.whole_figures();
    let sign = figures.today.currency.sign();
    let strays_tone = if figures.strays > 0 { Tone::Danger } else { Tone::Ok };
    let (p95, unit, note) = match figures.online_p95_ms {
        Some(ms) => (seconds_text(ms), t::payments_seconds(), t::payments_p95_note(figures.online, figures.ready)),
        None => ("–".to_owned(), "", t::payments_p95_none().to_owned()),
    };
    view! {
        <Stats>
            <Stat label=t::payments_today() value=money(figures.today) sign/>
            <Stat label=t::payments_week() value=money(figures.week) sign/>
            <Stat label=t::payments_month() value=money(figures.month) sign/>
            <Stat label=t::payments_strays() value=figures.strays.to_string() note=format!("{sign}\u{a0}{}", money(figures.strays_total)) tone=strays_tone/>
            <Stat label=t::payments_p95() value=p95 unit note/>
        </Stats>
    }
}

/// `1.3` from 1,250 milliseconds, without a float.
fn seconds_text(ms: i64) -> String {
    let tenths = (ms + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[component]
fn PaymentTable(list: PaymentsList) -> impl IntoView {
    provide_context(list.time);
    let query = use_query_state();
    let tabs = PaymentTab::ALL
        .iter()
        .map(|tab| Tab::new(if *tab == PaymentTab::All { "" } else { tab.code() }, words::payment_tab(*tab)))
        .collect();
    let is_filtered = query.get("q").is_some() || query.get("tab").is_some();
    let unit = list.page.rows.first().map_or("", |row| row.amount.currency.sign());
    let (shown, next) = (list.page.rows.len(), list.page.next);
    let rows = list.page.rows.into_iter().map(|row| view! { <PaymentLine row/> }).collect_view();
    let table = match (shown, is_filtered) {
        (0, false) => {
            view! { <EmptyState icon=icondata_lu::LuWallet title=t::payments_empty() text=t::payments_empty_text()/> }
                .into_any()
        }
        (0, true) => {
            view! { <EmptyState icon=icondata_lu::LuSearchX title=t::invoices_none() text=t::invoices_none_text()/> }
                .into_any()
        }
        _ => {
            let head = move || {
                view! {
                    <Th>{t::col_number()}</Th>
                    <Th>{t::col_reference()}</Th>
                    <Th>{t::col_subscriber()}</Th>
                    <Th>{t::col_method()}</Th>
                    <Th>{t::col_when()}</Th>
                    <Th num=true unit=unit>{t::col_amount()}</Th>
                    <Th num=true>{t::col_online()}</Th>
                    <Th>{t::col_status()}</Th>
                }
            };
            view! { <Table caption=t::nav_payments() list=true compact=true head>{rows}</Table> }.into_any()
        }
    };
    view! {
        <div class="money-figures"><Figures figures=list.figures/></div>
        <Tabs name=t::nav_payments() tabs/>
        <Filters><FilterSearch placeholder=t::payments_search()/></Filters>
        <List foot=move || view! { <Pagination previous=None next>{t::invoices_shown(shown)}</Pagination> }>{table}</List>
    }
}

#[component]
fn PaymentLine(row: PaymentRow) -> impl IntoView {
    let (state, tone) = words::payment_state(row.state);
    let href = match row.subscriber_id {
        Some(_) => format!("/billing/payments/{}", row.id),
        None => format!("/billing/strays?open={}", row.id),
    };
    let online = row.online_ms.map(|ms| format!("{} {}", seconds_text(ms), t::payments_seconds()));
    view! {
        <Tr>
            <Td><a class="link--quiet mono" href=href>{row.receipt}</a></Td>
            <Td label=t::col_reference() mono=true>{row.provider_reference}</Td>
            <Td label=t::col_subscriber()><span class="truncate">{row.subscriber.or(row.payer_name)}</span></Td>
            <Td label=t::col_method() muted=true>{words::method(row.method)}</Td>
            <Td label=t::col_when() muted=true><When at=row.paid_at/></Td>
            <Td label=t::col_amount() num=true><Amount money=row.amount/></Td>
            <Td label=t::col_online() num=true>{online}</Td>
            <Td label=t::col_status()><State tone>{state}</State></Td>
        </Tr>
    }
}

/// `/billing/payments/{id}`
#[component]
pub fn ReceiptPage() -> impl IntoView {
    let params = use_params_map();
    let sheet = Resource::new(move || params.with(|map| map.get("id").unwrap_or_default()), read_receipt);
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <Receipt sheet/> }.into_any(),
                    Err(model::AppError::NotFound) => view! { <NotFound home="/billing/payments"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Receipt(sheet: ReceiptSheet) -> impl IntoView {
    provide_context(sheet.time);
    let receipt = sheet.receipt;
    let title = t::payments_receipt(&receipt.receipt);
    let crumbs = vec![
        Crumb::here(t::nav_billing()),
        Crumb::to(t::nav_payments(), "/billing/payments"),
        Crumb::here(title.clone()),
    ];
    let paid = receipt
        .paid
        .into_iter()
        .map(|part| {
            view! {
                <dt><a class="link mono" href=format!("/billing/invoices/{}", part.id)>{part.number}</a></dt>
                <dd><Amount money=part.amount/></dd>
            }
        })
        .collect_view();
    view! {
        <PageFrame>
            <PageHeader title crumbs/>
            <PageBody narrow=true>
                <Card title=t::col_amount()>
                    <Facts>
                        <Fact name=t::col_amount()><Amount money=receipt.amount/></Fact>
                        <Fact name=t::col_subscriber()>
                            <a class="link" href=format!("/subscribers/{}", receipt.subscriber_id)>{receipt.subscriber}</a>
                        </Fact>
                        <Fact name=t::col_account()><span class="mono">{receipt.account_number.to_string()}</span></Fact>
                        <Fact name=t::col_method()>{words::method(receipt.method)}</Fact>
                        {receipt.provider_reference
                            .map(|text| view! { <Fact name=t::col_reference()><span class="mono">{text}</span></Fact> })}
                        <Fact name=t::col_when()><When at=receipt.paid_at/></Fact>
                    </Facts>
                </Card>
                <Card title=t::payments_paid_invoices()>
                    <Facts>
                        {paid}
                        <Fact name=t::payments_credit()><Amount money=receipt.credit/></Fact>
                    </Facts>
                </Card>
                <WayToOnline timeline=receipt.timeline/>
            </PageBody>
        </PageFrame>
    }
}

/// The stages of a payment by the wall clock, with the seconds since the provider's report. Without a date: a demo's
/// business days run ahead of it. Nothing for money from the counter.
#[component]
pub fn WayToOnline(timeline: PaymentTimeline) -> impl IntoView {
    let start = timeline.received_at?;
    let stages = PaymentStage::ALL
        .iter()
        .filter_map(|stage| timeline.at(*stage).map(|at| (*stage, at)))
        .map(|(stage, at)| {
            let ms = (at - start).num_milliseconds();
            let sign = if ms < 0 { '\u{2212}' } else { '+' };
            let since = format!("{sign}{} {}", seconds_text(ms.abs()), t::payments_seconds());
            view! { <Fact name=words::stage(stage)><When at clock=true/>" "<span class="faint num">{since}</span></Fact> }
        })
        .collect_view();
    Some(view! { <Card title=t::payments_timeline() note=t::payments_real_time()><Facts>{stages}</Facts></Card> })
}

/// `/billing/payments/take?account={id}`: a prompt on the payer's phone, or money over the counter. Without an account
/// its number is asked for first.
#[component]
pub fn TakePage() -> impl IntoView {
    let query = use_query_state();
    let asked = move || (query.get("account").unwrap_or_default(), query.get("number").unwrap_or_default());
    let sheet = Resource::new(asked, |(account, number)| read_counter(account, number));
    let crumbs = vec![
        Crumb::here(t::nav_billing()),
        Crumb::to(t::nav_payments(), "/billing/payments"),
        Crumb::here(t::payments_take()),
    ];
    view! {
        <PageFrame>
            <PageHeader title=t::payments_take() crumbs/>
            <PageBody narrow=true>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match sheet.await {
                            Ok(Some(sheet)) => view! { <Counter sheet/> }.into_any(),
                            Ok(None) => view! { <AskNumber/> }.into_any(),
                            Err(model::AppError::Invalid(fields)) => {
                                let why = fields.of("number").unwrap_or_default().to_owned();
                                view! { <Note tone=Tone::Danger>{why}</Note><AskNumber/> }.into_any()
                            }
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn AskNumber() -> impl IntoView {
    let query = use_query_state();
    view! {
        <Card title=t::payments_take_for()>
            <form method="get" class="ask-day">
                <label class="field">
                    <span class="field__label">{t::payments_number()}</span>
                    <span class="input mono">
                        <input type="text" name="number" value=move || query.get("number") autocomplete="off" autofocus=true/>
                    </span>
                </label>
                <button type="submit" class="btn">{t::payments_find()}</button>
            </form>
        </Card>
    }
}

#[component]
fn Counter(sheet: CounterSheet) -> impl IntoView {
    let take = ServerAction::<TakePayment>::new();
    let prompt = ServerAction::<SendPrompt>::new();
    let methods = [PaymentMethod::Cash, PaymentMethod::Bank];
    let choices = methods.iter().map(|method| Choice::new(method.code(), words::method(*method))).collect::<Vec<_>>();
    let (account, payment) = (sheet.account_id.to_string(), sheet.payment_id.to_string());
    let to_pay = sheet.to_pay.map(|money| money.short_figures()).unwrap_or_default();
    let phone = sheet.phone.map(|phone| phone.to_string()).unwrap_or_default();
    let (prompted, asked) = (account.clone(), to_pay.clone());
    let title = format!("{} · {}", sheet.subscriber, sheet.account_number);
    let note = sheet.to_pay.map_or_else(
        || t::payments_nothing_owed().to_owned(),
        |money| t::strays_owes(format!("{} {}", money.currency.sign(), money.short_figures())),
    );
    view! {
        <Card title note><p class="muted">{t::payments_rest()}</p></Card>
        <Card title=t::payments_prompt()>
            <Form action=prompt>
                <input type="hidden" name="form[account_id]" value=prompted/>
                <Field name="form[phone]" label=t::payments_phone() kind=Kind::Phone autocomplete="tel" value=phone/>
                <Field name="form[amount]" label=t::payments_amount() kind=Kind::Money(Currency::Kes) value=asked/>
                <div class="row"><Submit>{t::payments_prompt_send()}</Submit></div>
            </Form>
        </Card>
        <Card title=t::payments_counter()>
            <Form action=take>
                <input type="hidden" name="form[id]" value=payment/>
                <input type="hidden" name="form[account_id]" value=account/>
                <Radios name="form[method]" label=t::payments_method() choices value=PaymentMethod::Cash.code()/>
                <Field name="form[amount]" label=t::payments_amount() kind=Kind::Money(Currency::Kes) value=to_pay/>
                <Field name="form[reference]" label=t::payments_reference() kind=Kind::Code optional=true/>
                <Field name="form[payer_phone]" label=t::payments_payer_phone() kind=Kind::Phone optional=true/>
                <div class="row"><Submit look=Look::Plain>{t::payments_counter_take()}</Submit></div>
            </Form>
        </Card>
    }
}
