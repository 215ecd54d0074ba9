//! Invoices on screen: the list with its tabs, one invoice beside it, and its own page.

use crate::api::{InvoiceSheet, InvoicesList, IssueInvoiceAgain, VoidInvoice, invoice_list, read_invoice};
use crate::ledger::Journals;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::billing::invoices::{InvoiceDetail, InvoiceRow, InvoiceTab};
use model::time::Date;

/// `/billing/invoices`: tab, search, order, page and the open invoice stand in the address.
#[component]
pub fn InvoicesPage() -> impl IntoView {
    let query = use_query_state();
    let asked = move || {
        let get = |key| query.get(key).unwrap_or_default();
        (get("tab"), get("q"), get("sort"), query.get("after"))
    };
    let list = Resource::new(asked, |(tab, q, sort, after)| invoice_list(tab, q, sort, after));
    let open = Resource::new(
        move || query.get("open"),
        |open| async move {
            match open {
                Some(id) => Some(read_invoice(id).await),
                None => None,
            }
        },
    );
    view! {
        <PageFrame fixed=true>
            <PageHeader title=t::nav_invoices() crumbs=vec![Crumb::here(t::nav_billing()), Crumb::here(t::nav_invoices())]/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(list) => view! { <InvoiceTable list/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
        <Transition>
            {move || Suspend::new(async move {
                match open.await {
                    Some(Ok(sheet)) => view! { <InvoicePanel sheet/> }.into_any(),
                    Some(Err(error)) => view! { <aside class="side-panel"><ErrorState error/></aside> }.into_any(),
                    None => ().into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn InvoiceTable(list: InvoicesList) -> impl IntoView {
    provide_context(list.time);
    let query = use_query_state();
    let counts = list.counts;
    let is_searched = query.get("q").is_some();
    let tabs = InvoiceTab::ALL
        .iter()
        .map(|tab| {
            let value = if *tab == InvoiceTab::without_word(is_searched) { "" } else { tab.code() };
            Tab::new(value, words::invoice_tab(*tab)).count(counts.of(*tab).unsigned_abs())
        })
        .collect();
    let is_filtered = is_searched || counts.of(InvoiceTab::All) > 0;
    let unit = list.page.rows.first().map_or("", |row| row.total.currency.sign());
    let (shown, next) = (list.page.rows.len(), list.page.next);
    let today = list.today;
    let rows = list.page.rows.into_iter().map(|row| view! { <InvoiceLine row today/> }).collect_view();
    let table = move || match (shown, is_filtered) {
        (0, false) => view! {
            <EmptyState icon=icondata_lu::LuReceiptText title=t::invoices_empty() text=t::invoices_empty_text()/>
        }
        .into_any(),
        (0, true) => {
            view! { <EmptyState icon=icondata_lu::LuSearchX title=t::invoices_none() text=t::invoices_none_text()/> }
                .into_any()
        }
        _ => {
            let head = move || {
                view! {
                    <Th>{t::col_number()}</Th>
                    <Th>{t::col_subscriber()}</Th>
                    <Th>{t::col_site()}</Th>
                    <Th sort="due" default_sort="-due">{t::col_due()}</Th>
                    <Th num=true unit=unit>{t::col_total()}</Th>
                    <Th num=true unit=unit>{t::col_left()}</Th>
                    <Th>{t::col_status()}</Th>
                }
            };
            view! { <Table caption=t::nav_invoices() list=true compact=true head>{rows}</Table> }.into_any()
        }
    };
    view! {
        <Tabs name=t::nav_invoices() tabs/>
        <Filters><FilterSearch placeholder=t::invoices_search()/></Filters>
        <List foot=move || view! { <Pagination previous=None next>{t::invoices_shown(shown)}</Pagination> }>{table()}</List>
    }
}

#[component]
fn InvoiceLine(row: InvoiceRow, today: Date) -> impl IntoView {
    let query = use_query_state();
    let id = row.id.to_string();
    let here = id.clone();
    let number = row.number.clone().unwrap_or_else(|| words::badge(row.badge).to_owned());
    view! {
        <Tr open=Signal::derive(move || query.is("open", &here))>
            <Td><a class="link--quiet mono" href=move || query.href_keep("open", &id)>{number}</a></Td>
            <Td label=t::col_subscriber()><span class="truncate">{row.subscriber}</span></Td>
            <Td label=t::col_site() muted=true>{row.site}</Td>
            <Td label=t::col_due()>
                {match row.left.minor > 0 {
                    true => view! { <Day date=row.due_on today/> }.into_any(),
                    false => view! { <Day date=row.due_on/> }.into_any(),
                }}
            </Td>
            <Td label=t::col_total() num=true muted=true><Amount money=row.total/></Td>
            <Td label=t::col_left() num=true><Amount money=row.left/></Td>
            <Td label=t::col_status()><State tone=words::badge_tone(row.badge)>{words::badge(row.badge)}</State></Td>
        </Tr>
    }
}

#[component]
fn InvoicePanel(sheet: InvoiceSheet) -> impl IntoView {
    let invoice = &sheet.invoice;
    let title = invoice.number.clone().unwrap_or_default();
    let page = format!("/billing/invoices/{}", invoice.id);
    let (badge, account, can_take) = (invoice.badge, invoice.account_id, sheet.can_take);
    let foot = move || {
        can_take.then(|| {
            let href = format!("/billing/payments/take?account={account}");
            view! { <LinkButton look=Look::Primary href=href>{t::payments_take()}</LinkButton> }
        })
    };
    view! {
        <SidePanel
            title
            page
            badge=move || view! { <Badge tone=words::badge_tone(badge)>{words::badge(badge)}</Badge> }
            foot
        >
            <InvoiceFacts sheet/>
        </SidePanel>
    }
}

/// `/billing/invoices/{id}`
#[component]
pub fn InvoicePage() -> impl IntoView {
    let params = use_params_map();
    let void = ServerAction::<VoidInvoice>::new();
    let again = ServerAction::<IssueInvoiceAgain>::new();
    let sheet = Resource::new(
        move || (params.with(|map| map.get("id").unwrap_or_default()), void.version().get()),
        |(id, _)| read_invoice(id),
    );
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <InvoiceWhole sheet void again/> }.into_any(),
                    Err(model::AppError::NotFound) => view! { <NotFound home="/billing/invoices"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn InvoiceWhole(
    sheet: InvoiceSheet,
    void: ServerAction<VoidInvoice>,
    again: ServerAction<IssueInvoiceAgain>,
) -> impl IntoView {
    provide_context(sheet.time);
    let invoice = &sheet.invoice;
    let title = invoice.number.clone().unwrap_or_else(|| words::badge(invoice.badge).to_owned());
    let crumbs = vec![
        Crumb::here(t::nav_billing()),
        Crumb::to(t::nav_invoices(), "/billing/invoices"),
        Crumb::here(title.clone()),
    ];
    let (id, badge, account) = (invoice.id.to_string(), invoice.badge, invoice.account_id);
    let (can_take, can_void, can_issue_again) = (sheet.can_take, sheet.can_void, sheet.can_issue_again);
    let void_id = id.clone();
    let actions = move || {
        can_take.then(|| {
            let href = format!("/billing/payments/take?account={account}");
            view! { <LinkButton look=Look::Primary href=href>{t::payments_take()}</LinkButton> }
        })
    };
    let journals = sheet.journals.clone();
    view! {
        <PageFrame>
            <PageHeader
                title
                crumbs
                badge=move || view! { <Badge tone=words::badge_tone(badge)>{words::badge(badge)}</Badge> }
                actions
            />
            <PageBody narrow=true>
                <Card title=t::col_invoice()><div class="stack"><InvoiceFacts sheet/></div></Card>
                {journals
                    .map(|rows| {
                        view! { <Card title=t::invoices_postings() flush=true><Journals rows/></Card> }
                    })}
                {can_void
                    .then(|| {
                        view! {
                            <Card title=t::invoices_void()>
                                <Form action=void>
                                    <input type="hidden" name="form[id]" value=id.clone()/>
                                    <Field name="form[reason]" label=t::invoices_void_reason() hint=t::invoices_void_hint()/>
                                    <div class="row"><Submit look=Look::Danger>{t::invoices_void()}</Submit></div>
                                </Form>
                            </Card>
                        }
                    })}
                {can_issue_again
                    .then(|| {
                        view! {
                            <Card title=t::invoices_issue_again()>
                                <Form action=again>
                                    <input type="hidden" name="id" value=void_id.clone()/>
                                    <p class="muted">{t::invoices_issue_again_hint()}</p>
                                    <div class="row"><Submit look=Look::Plain>{t::invoices_issue_again()}</Submit></div>
                                </Form>
                            </Card>
                        }
                    })}
            </PageBody>
        </PageFrame>
    }
}

/// What both the panel and the page show of an invoice.
#[component]
fn InvoiceFacts(sheet: InvoiceSheet) -> impl IntoView {
    provide_context(sheet.time);
    let InvoiceSheet { mut invoice, today, .. } = sheet;
    let subscriber = format!("/subscribers/{}", invoice.subscriber_id);
    let phone = invoice.phone.map(|phone| format!(" · {phone}"));
    let void_reason = invoice.void_reason.clone();
    let has_payments = !invoice.payments.is_empty();
    let payments = std::mem::take(&mut invoice.payments)
        .into_iter()
        .map(|payment| {
            let (at, receipt) = (payment.at, payment.receipt.clone());
            view! {
                <Fact name=format!("{} · {receipt}", words::method(payment.method))>
                    <Amount money=payment.amount/>
                    " "
                    <span class="faint"><When at/></span>
                </Fact>
            }
        })
        .collect_view();
    view! {
        <div class="row row--3">
            <Avatar name=invoice.subscriber.clone()/>
            <span class="t13">
                <a class="link--quiet" href=subscriber>{invoice.subscriber.clone()}</a>
                <br/>
                <span class="muted"><span class="mono">{invoice.account_number.to_string()}</span>{phone}</span>
            </span>
        </div>
        <div class="panel-amount">
            <div><span class="small muted">{t::col_total()}</span><b><Amount money=invoice.total bare=true/></b></div>
            <div><span class="small muted">{t::invoices_paid()}</span><b><Amount money=invoice.paid bare=true/></b></div>
            <div><span class="small muted">{t::invoices_left(invoice.left.currency.sign())}</span><b><Amount money=invoice.left bare=true/></b></div>
        </div>
        {void_reason.map(|reason| view! { <Note tone=Tone::Off>{t::invoices_void_because(reason)}</Note> })}
        <Facts end=true>
            {invoice.issued_at.map(|at| view! { <Fact name=t::invoices_issued()><When at/></Fact> })}
            <Fact name=t::col_due()><Day date=invoice.due_on today/></Fact>
        </Facts>
        <InvoiceLines invoice=invoice/>
        {has_payments
            .then(|| {
                view! {
                    <div>
                        <h3>{t::invoices_payments()}</h3>
                        <Facts end=true>{payments}</Facts>
                    </div>
                }
            })}
    }
}

#[component]
fn InvoiceLines(invoice: InvoiceDetail) -> impl IntoView {
    let lines = invoice
        .lines
        .into_iter()
        .map(|line| {
            let period = line.from.zip(line.until).map(|(from, until)| {
                t::invoices_until(kit::values::date_text(from), kit::values::date_text(until))
            });
            view! {
                <tr class="line-table__gap">
                    <td>{words::line(line.kind, &line.text)}{period.map(|p| view! { <br/><span class="small muted">{p}</span> })}</td>
                    <td><Amount money=line.net bare=true/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div>
            <h3>{t::invoices_lines()}</h3>
            <table class="line-table">
                <tbody>
                    {lines}
                    <tr><td class="muted">{t::invoices_excise()}</td><td class="muted"><Amount money=invoice.excise bare=true/></td></tr>
                    <tr class="line-table__gap">
                        <td class="muted">{t::invoices_vat()}</td>
                        <td class="muted"><Amount money=invoice.vat bare=true/></td>
                    </tr>
                    <tr class="line-table__total"><td>{t::col_total()}</td><td><Amount money=invoice.total/></td></tr>
                </tbody>
            </table>
        </div>
    }
}
