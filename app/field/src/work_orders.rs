//! The list of work orders: tabs by status, search by number or name.

use crate::api::{WorkOrdersPageData, load_work_orders};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::field::work_orders::WorkOrderRow;

/// The tabs after the first.
const TABS: [&str; 3] = ["pending", "completed", "all"];

/// `/field/work-orders`
#[component]
pub fn WorkOrdersPage() -> impl IntoView {
    let query = use_query_state();
    let get = move |key| query.get(key).unwrap_or_default();
    let page = Resource::new(
        move || (query.one_of("tab", &TABS), get("q"), get("after")),
        |(tab, search, after)| load_work_orders(tab, search, after),
    );
    view! {
        <PageFrame fixed=true>
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Loaded page/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Loaded(page: WorkOrdersPageData) -> impl IntoView {
    let WorkOrdersPageData { list, time } = page;
    let query = use_query_state();
    let tabs = vec![
        Tab::new("", t::orders_open()).count(list.open),
        Tab::new("pending", t::orders_pending()).count(list.pending),
        Tab::new("completed", t::orders_completed()),
        Tab::new("all", t::orders_all()),
    ];
    let is_narrowed = query.get("q").is_some() || !query.one_of("tab", &TABS).is_empty();
    let shown = list.page.rows.len();
    let body = match (shown, is_narrowed) {
        (0, false) => view! {
            <EmptyState icon=icondata_lu::LuClipboardList title=t::orders_none() text=t::orders_none_hint()>
                <LinkButton href="/noc/approvals">{t::orders_approvals()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        (0, true) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::orders_no_match() text=t::orders_no_match_hint()>
                <LinkButton href=query.href_only(&[])>{t::orders_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        _ => {
            let next = list.page.next.clone();
            let foot = move || view! { <Pagination previous=None next>{t::orders_shown(shown as i64)}</Pagination> };
            view! { <List foot><Rows rows=list.page.rows time/></List> }.into_any()
        }
    };
    view! {
        <PageHeader title=t::orders_title()/>
        <Tabs name=t::orders_tabs() tabs/>
        <Filters><FilterSearch placeholder=t::orders_search()/></Filters>
        {body}
    }
}

#[component]
fn Rows(rows: Vec<WorkOrderRow>, time: PageTime) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::orders_number()}</Th>
            <Th>{t::orders_kind()}</Th>
            <Th>{t::orders_status()}</Th>
            <Th>{t::orders_customer()}</Th>
            <Th>{t::orders_place()}</Th>
            <Th>{t::orders_technician()}</Th>
            <Th>{t::orders_slot()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, status) = words::status(row.status);
            let slot = row.slot_from.zip(row.slot_until).map(|(from, until)| words::slot(from, until, time));
            let technician = row.technician.unwrap_or_else(|| t::orders_nobody().to_owned());
            view! {
                <Tr>
                    <Td><a class="link mono" href=format!("/field/work-orders/{}", row.id)>{row.number}</a></Td>
                    <Td label=t::orders_kind()>{words::kind(row.kind)}</Td>
                    <Td label=t::orders_status()><State tone>{status}</State></Td>
                    <Td label=t::orders_customer()>{row.subscriber}</Td>
                    <Td label=t::orders_place() muted=true>{row.address}</Td>
                    <Td label=t::orders_technician()>{technician}</Td>
                    <Td label=t::orders_slot()>
                        <span class="num nowrap">{slot.unwrap_or_else(|| t::orders_no_slot().to_owned())}</span>
                    </Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::orders_caption() list=true head>{rows}</Table> }
}
