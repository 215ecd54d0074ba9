//! The list of leads: tabs by status, filters, pages.

use super::{LeadFilters, NewLeadLink, ViewSwitch, lead_query};
use crate::api::{LeadsListPage, load_leads};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::crm::leads::{LeadRow, LeadStatus};

#[component]
pub(super) fn LeadListView() -> impl IntoView {
    let query = use_query_state();
    let state =
        move || (lead_query(query), query.get("status").unwrap_or_default(), query.get("after"), query.get("before"));
    let page = Resource::new(state, |(filter, status, after, before)| load_leads(filter, status, after, before));
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
fn Loaded(page: LeadsListPage) -> impl IntoView {
    let LeadsListPage { page, counts, partners, can, time } = page;
    provide_context(time);
    let query = use_query_state();
    let of = |status| counts.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| u64::try_from(*n).unwrap_or(0));
    let all = LeadStatus::ALL.iter().map(|status| of(*status)).sum();
    let mut tabs = vec![Tab::new("", t::leads_all()).count(all)];
    tabs.extend(LeadStatus::ALL.iter().map(|s| Tab::new(s.code(), words::status(*s)).count(of(*s))));
    let shown = page.rows.len();
    let actions = move || view! { <ViewSwitch/><NewLeadLink can_write=can.write/> };
    let crumbs = vec![Crumb::to(t::nav_sales(), "/sales/leads"), Crumb::here(t::leads_list())];
    let body = match (page.rows.is_empty(), all) {
        (true, 0) if query.rest("view").is_empty() => view! {
            <EmptyState icon=icondata_lu::LuHandshake title=t::leads_none() text=t::leads_none_hint()>
                <NewLeadLink can_write=can.write/>
            </EmptyState>
        }
        .into_any(),
        (true, _) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::leads_no_match() text=t::leads_no_match_hint()>
                <LinkButton href=query.href_only(&["view"])>{t::leads_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        (false, _) => {
            let (previous, next) = (page.previous.clone(), page.next.clone());
            let foot = move || view! { <Pagination previous next>{t::leads_shown(shown as i64)}</Pagination> };
            view! { <List foot><Rows rows=page.rows/></List> }.into_any()
        }
    };
    view! {
        <PageHeader title=t::leads_title() crumbs actions/>
        <Tabs name=t::leads_status() tabs key="status"/>
        <LeadFilters partners/>
        {body}
    }
}

#[component]
fn Rows(rows: Vec<LeadRow>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::leads_name()}</Th>
            <Th>{t::leads_phone()}</Th>
            <Th>{t::leads_place()}</Th>
            <Th>{t::leads_status()}</Th>
            <Th>{t::leads_source()}</Th>
            <Th>{t::leads_owner()}</Th>
            <Th>{t::leads_came()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (_, by) = words::brought_by(row.partner.as_deref().unwrap_or(row.source.code()));
            view! {
                <Tr>
                    <Td><a class="link" href=format!("/sales/leads/{}", row.id)>{row.name}</a></Td>
                    <Td label=t::leads_phone()><span class="num">{row.phone.map(|phone| phone.to_string())}</span></Td>
                    <Td label=t::leads_place()>{row.place}</Td>
                    <Td label=t::leads_status()>
                        <State tone=words::status_tone(row.status)>{words::status(row.status)}</State>
                    </Td>
                    <Td label=t::leads_source()>{by}</Td>
                    <Td label=t::leads_owner() muted=true>{row.owner}</Td>
                    <Td label=t::leads_came() muted=true><When at=row.created_at age=true/></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::leads_caption() list=true head>{rows}</Table> }
}
