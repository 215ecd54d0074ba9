//! The ledger on screen: balances as of any day, each a link to the journals behind it.

use crate::api::{LedgerBook, read_ledger};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::Money;
use model::billing::ledger::{BalanceLine, JournalRow, LedgerCode};

/// `/billing/ledger`: day, ledger account, reference and page stand in the address.
#[component]
pub fn LedgerPage() -> impl IntoView {
    let query = use_query_state();
    let asked = move || {
        let get = |key| query.get(key).unwrap_or_default();
        (get("on"), get("ledger"), get("reference"), query.get("after"))
    };
    let book = Resource::new(asked, |(on, ledger, reference, after)| read_ledger(on, ledger, reference, after));
    view! {
        <PageFrame>
            <PageHeader title=t::nav_ledger() crumbs=vec![Crumb::here(t::nav_billing()), Crumb::here(t::nav_ledger())]/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match book.await {
                            Ok(book) => view! { <Book book/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Book(book: LedgerBook) -> impl IntoView {
    provide_context(book.time);
    let next = book.page.next;
    let shown = book.page.rows.len();
    let choices = LedgerCode::ALL
        .iter()
        .map(|code| (code.code().to_owned(), words::ledger(*code).to_owned()))
        .collect::<Vec<_>>();
    let query = use_query_state();
    let reference = move || {
        query.get("reference").map(|value| view! { <FilterChip key="reference" name=t::col_reference() value/> })
    };
    let journals = match shown {
        0 => view! { <EmptyState icon=icondata_lu::LuBookOpen title=t::ledger_empty() text=t::ledger_empty_text()/> }
            .into_any(),
        _ => view! { <Journals rows=book.page.rows/> }.into_any(),
    };
    view! {
        <Card title=t::ledger_balances() flush=true>
            <form method="get" class="ask-day card__body">
                <label class="field">
                    <span class="field__label">{t::ledger_as_of()}</span>
                    <span class="input"><input type="date" name="on" value=book.on.to_string()/></span>
                </label>
                <button type="submit" class="btn">{t::ledger_show()}</button>
            </form>
            <Balances lines=book.balances/>
        </Card>
        <Card title=t::ledger_journals() flush=true>
            <Filters><FilterMenu key="ledger" name=t::col_ledger() choices/>{reference}</Filters>
            {journals}
            <Pagination previous=None next>{t::invoices_shown(shown)}</Pagination>
        </Card>
    }
}

#[component]
fn Balances(lines: Vec<BalanceLine>) -> impl IntoView {
    let query = use_query_state();
    let totals = totals(lines.iter().map(|line| line.balance));
    let foot = totals.map(|(debit, credit)| {
        ViewFnOnce::from(move || view! { <Tr><Td>{t::col_total()}</Td><Sums debit credit/></Tr> })
    });
    let rows = lines
        .into_iter()
        .map(|line| {
            let (debit, credit) = sides(line.balance);
            view! {
                <Tr>
                    <Td><a class="link" href=move || query.href("ledger", line.ledger.code())>{words::ledger(line.ledger)}</a></Td>
                    <Td label=t::col_debit() num=true>{debit.map(|money| view! { <Amount money bare=true/> })}</Td>
                    <Td label=t::col_credit() num=true>{credit.map(|money| view! { <Amount money bare=true/> })}</Td>
                </Tr>
            }
        })
        .collect_view();
    let head = || {
        view! {
            <Th>{t::col_ledger()}</Th>
            <Th num=true>{t::col_debit()}</Th>
            <Th num=true>{t::col_credit()}</Th>
        }
    };
    view! { <Table caption=t::ledger_balances() compact=true head foot>{rows}</Table> }
}

/// An amount on its side of the book: debit, credit.
fn sides(amount: Money) -> (Option<Money>, Option<Money>) {
    match amount.minor {
        0 => (None, None),
        1.. => (Some(amount), None),
        _ => (None, Some(amount.negated())),
    }
}

/// The sums of both sides; none of nothing.
fn totals(amounts: impl Iterator<Item = Money>) -> Option<(Money, Money)> {
    amounts.fold(None, |sums: Option<(Money, Money)>, amount| {
        let (mut debit, mut credit) = sums.unwrap_or((Money::zero(amount.currency), Money::zero(amount.currency)));
        debit.minor += amount.minor.max(0);
        credit.minor += (-amount.minor).max(0);
        Some((debit, credit))
    })
}

#[component]
fn Sums(debit: Money, credit: Money) -> impl IntoView {
    view! {
        <Td label=t::col_debit() num=true><Amount money=debit bare=true/></Td>
        <Td label=t::col_credit() num=true><Amount money=credit bare=true/></Td>
    }
}

/// Journals with their postings; the one table of them, also on an invoice's page.
#[component]
pub fn Journals(rows: Vec<JournalRow>) -> impl IntoView {
    let totals = totals(rows.iter().flat_map(|journal| &journal.postings).map(|posting| posting.amount));
    let foot = totals.map(|(debit, credit)| {
        ViewFnOnce::from(move || {
            view! { <Tr><Td>{t::col_total()}</Td><Td>""</Td><Td>""</Td><Sums debit credit/></Tr> }
        })
    });
    let rows = rows
        .into_iter()
        .flat_map(|journal| {
            let kind = words::journal(journal.kind);
            let head = format!("{kind} · {}", journal.reference);
            let note = journal.is_reversal.then(|| format!(" ({})", t::ledger_reversal()));
            let first = view! {
                <Tr>
                    <Td><b class="medium">{head}</b>{note}</Td>
                    <Td label=t::col_when() muted=true><When at=journal.at/></Td>
                    <Td label=t::col_by() muted=true>{journal.actor}</Td>
                    <Td num=true>""</Td>
                    <Td num=true>""</Td>
                </Tr>
            }
            .into_any();
            let postings = journal.postings.into_iter().map(|posting| {
                let (debit, credit) = sides(posting.amount);
                let account = posting.account_number.map(|number| number.to_string());
                view! {
                    <Tr>
                        <Td muted=true>{words::ledger(posting.ledger)}</Td>
                        <Td mono=true muted=true>{account}</Td>
                        <Td>""</Td>
                        <Td label=t::col_debit() num=true>{debit.map(|money| view! { <Amount money bare=true/> })}</Td>
                        <Td label=t::col_credit() num=true>{credit.map(|money| view! { <Amount money bare=true/> })}</Td>
                    </Tr>
                }
                .into_any()
            });
            std::iter::once(first).chain(postings).collect::<Vec<_>>()
        })
        .collect_view();
    let head = || {
        view! {
            <Th>{t::col_kind()}</Th>
            <Th>{t::col_when()}</Th>
            <Th>{t::col_by()}</Th>
            <Th num=true>{t::col_debit()}</Th>
            <Th num=true>{t::col_credit()}</Th>
        }
    };
    view! { <Table caption=t::ledger_journals() compact=true head foot>{rows}</Table> }
}
