//! What is owed, what came in, and how quickly it brought the subscriber back online.

use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::billing::invoices::InvoiceRow;
use model::billing::payments::{PaymentRow, PaymentState};
use model::portal::subscriber_page::MoneySection;

/// The card *Money*.
#[component]
pub(super) fn MoneyNow(money: MoneySection) -> impl IntoView {
    let open: Vec<_> =
        money.invoices.iter().filter(|invoice| invoice.left.minor > 0 && invoice.number.is_some()).collect();
    let open_invoice = open.iter().min_by_key(|invoice| invoice.due_on).map(|invoice| {
        let href = format!("/billing/invoices/{}", invoice.id);
        view! {
            <dt>{t::money_open_invoice()}</dt>
            <dd class="end"><a class="link mono" href=href>{invoice.number.clone()}</a></dd>
        }
    });
    let due_on = open.iter().map(|invoice| invoice.due_on).min();
    let today = money.as_of.date_naive();
    let next = money.next_charge.map(|(day, sum)| {
        view! {
            <dt>{t::money_next_charge()}</dt>
            <dd class="end"><b class="medium"><Amount money=sum bare=true/></b> " " <Day date=day/></dd>
        }
    });
    let late = due_on.is_some_and(|day| day < today);
    view! {
        <Card title=t::money_title()>
            <div class="money-now">
                <span class="money-now__value">
                    <small>{money.balance.currency.sign()}</small> " " {money.balance.figures()}
                </span>
                {due_on
                    .map(|day| {
                        view! { <span class=if late { "small danger" } else { "small muted" }>{t::subscriber_due()} " " <Day date=day today/></span> }
                    })}
            </div>
            <dl class="facts facts--end">{open_invoice}{next}</dl>
            <hr class="rule"/>
            <LastPayments payments=money.payments.into_iter().take(3).collect()/>
        </Card>
    }
}

#[component]
fn LastPayments(payments: Vec<PaymentRow>) -> impl IntoView {
    if payments.is_empty() {
        return view! { <p class="small muted">{t::money_no_payments()}</p> }.into_any();
    }
    let unit = payments.first().map_or("", |payment| payment.amount.currency.sign());
    let rows = payments
        .into_iter()
        .map(|payment| {
            let online = match payment.online_ms {
                Some(ms) => t::money_seconds(words::seconds(ms)),
                None => "–".to_owned(),
            };
            let receipt = payment.provider_reference.unwrap_or(payment.receipt);
            view! {
                <tr>
                    <td><When at=payment.paid_at/></td>
                    <td class="mono mini-table__wide">{receipt}</td>
                    <td class="end"><Amount money=payment.amount bare=true/></td>
                    <td class="end">{online}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="mini-table">
            <thead>
                <tr>
                    <th scope="col">{t::money_last_payments()}</th>
                    <th scope="col" class="mini-table__wide">{t::money_receipt()}</th>
                    <th scope="col" class="end">{unit}</th>
                    <th scope="col" class="end">{t::money_to_online()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// The tab *Money*: invoices, payments and the statement.
#[component]
pub(super) fn MoneyTab(money: MoneySection) -> impl IntoView {
    let unit = money.balance.currency.sign();
    let lines = money
        .statement
        .into_iter()
        .map(|line| {
            view! {
                <Tr>
                    <Td><When at=line.at/></Td>
                    <Td label=t::money_what()>{words::journal(line.kind)} " " <span class="mono faint">{line.reference}</span></Td>
                    <Td label=t::money_amount() num=true><Amount money=line.amount.negated()/></Td>
                    <Td label=t::money_balance() num=true><Amount money=line.balance/></Td>
                </Tr>
            }
        })
        .collect_view();
    let statement_head = move || {
        view! {
            <Th>{t::money_when()}</Th>
            <Th>{t::money_what()}</Th>
            <Th num=true unit=unit>{t::money_amount()}</Th>
            <Th num=true unit=unit>{t::money_balance()}</Th>
        }
    };
    view! {
        <div class="stack">
            <Card title=t::money_invoices() flush=true><Invoices rows=money.invoices/></Card>
            <Card title=t::money_payments() flush=true><Payments rows=money.payments/></Card>
            <Card title=t::money_statement() flush=true>
                <Table caption=t::money_statement() compact=true head=statement_head>{lines}</Table>
            </Card>
        </div>
    }
}

#[component]
fn Invoices(rows: Vec<InvoiceRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="card__body small muted">{t::money_no_invoices()}</p> }.into_any();
    }
    let unit = rows.first().map_or("", |invoice| invoice.total.currency.sign());
    let rows = rows
        .into_iter()
        .map(|invoice| {
            let (tone, word) = words::invoice(invoice.badge);
            let number = invoice.number.unwrap_or_else(|| t::money_draft().to_owned());
            view! {
                <Tr>
                    <Td><a class="link--quiet mono" href=format!("/billing/invoices/{}", invoice.id)>{number}</a></Td>
                    <Td label=t::money_due_on()><Day date=invoice.due_on/></Td>
                    <Td label=t::money_total() num=true><Amount money=invoice.total/></Td>
                    <Td label=t::money_left() num=true><Amount money=invoice.left/></Td>
                    <Td label=t::service_state()><State tone>{word}</State></Td>
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::money_number()}</Th>
            <Th>{t::money_due_on()}</Th>
            <Th num=true unit=unit>{t::money_total()}</Th>
            <Th num=true unit=unit>{t::money_left()}</Th>
            <Th>{t::service_state()}</Th>
        }
    };
    view! { <Table caption=t::money_invoices() compact=true head=head>{rows}</Table> }.into_any()
}

#[component]
fn Payments(rows: Vec<PaymentRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="card__body small muted">{t::money_no_payments()}</p> }.into_any();
    }
    let unit = rows.first().map_or("", |payment| payment.amount.currency.sign());
    let rows = rows
        .into_iter()
        .map(|payment| {
            let online = payment.online_ms.map(|ms| t::money_seconds(words::seconds(ms)));
            let reversed = payment.state == PaymentState::Reversed;
            view! {
                <Tr>
                    <Td><a class="link--quiet mono" href=format!("/billing/payments/{}", payment.id)>{payment.receipt}</a></Td>
                    <Td label=t::money_when()><When at=payment.paid_at/></Td>
                    <Td label=t::money_reference() mono=true>{payment.provider_reference}</Td>
                    <Td label=t::pay_method()>{words::method(payment.method)}</Td>
                    <Td label=t::money_amount() num=true muted=reversed><Amount money=payment.amount/></Td>
                    <Td label=t::money_to_online() num=true>{online}</Td>
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::money_receipt()}</Th>
            <Th>{t::money_when()}</Th>
            <Th>{t::money_reference()}</Th>
            <Th>{t::pay_method()}</Th>
            <Th num=true unit=unit>{t::money_amount()}</Th>
            <Th num=true>{t::money_to_online()}</Th>
        }
    };
    view! { <Table caption=t::money_payments() compact=true head=head>{rows}</Table> }.into_any()
}
