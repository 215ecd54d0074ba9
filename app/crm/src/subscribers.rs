//! The list of subscribers: tabs by state, search by name, phone or account. The page of one subscriber is elsewhere.

use crate::api::{SubscribersListPage, load_subscribers};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::crm::subscribers::{Badge as SubscriberBadge, SubscriberCounts, SubscriberRow};

/// `/subscribers`
#[component]
pub fn SubscribersPage() -> impl IntoView {
    let query = use_query_state();
    let get = move |key| query.get(key).unwrap_or_default();
    let state = move || (get("q"), get("tab"), query.get("after"), query.get("before"));
    let page = Resource::new(state, |(q, tab, after, before)| load_subscribers(q, tab, after, before));
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

fn tabs(counts: &SubscriberCounts) -> Vec<Tab> {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let mut tabs = vec![Tab::new("", t::subscribers_all()).count(count(counts.all))];
    for (badge, n) in [
        (SubscriberBadge::Active, counts.active),
        (SubscriberBadge::Suspended, counts.suspended),
        (SubscriberBadge::Installing, counts.installing),
        (SubscriberBadge::Approved, counts.approved),
        (SubscriberBadge::Pending, counts.pending),
        (SubscriberBadge::Disconnected, counts.disconnected),
    ] {
        tabs.push(Tab::new(badge.code(), words::badge(badge).1).count(count(n)));
    }
    tabs
}

#[component]
fn Loaded(page: SubscribersListPage) -> impl IntoView {
    let SubscribersListPage { page, counts, sees_phones } = page;
    let query = use_query_state();
    let shown = page.rows.len();
    let body = match (page.rows.is_empty(), counts.all) {
        (true, 0) => view! {
            <EmptyState icon=icondata_lu::LuUsers title=t::subscribers_none() text=t::subscribers_none_hint()>
                <LinkButton href="/sales/leads">{t::subscribers_to_leads()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        (true, _) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::subscribers_no_match() text=t::subscribers_no_match_hint()>
                <LinkButton href=query.href_only(&[])>{t::subscribers_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        (false, _) => {
            let (previous, next) = (page.previous.clone(), page.next.clone());
            let foot = move || view! { <Pagination previous next>{t::subscribers_shown(shown as i64)}</Pagination> };
            view! { <List foot><Rows rows=page.rows sees_phones/></List> }.into_any()
        }
    };
    let search = if sees_phones { t::subscribers_search() } else { t::subscribers_search_basic() };
    view! {
        <PageHeader title=t::subscribers_title()/>
        <Tabs name=t::subscribers_state() tabs=tabs(&counts)/>
        <Filters><FilterSearch placeholder=search/></Filters>
        {body}
    }
}

#[component]
fn Rows(rows: Vec<SubscriberRow>, sees_phones: bool) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::subscribers_name()}</Th>
            <Th>{t::subscribers_account()}</Th>
            <Th>{t::subscribers_state()}</Th>
            <Th>{t::subscribers_plan()}</Th>
            <Th>{t::subscribers_area()}</Th>
            {sees_phones.then(|| view! { <Th>{t::subscribers_phone()}</Th> })}
            <Th>{t::subscribers_since()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, badge) = words::badge(row.badge);
            let phone = row.phone.map(|phone| phone.to_string());
            view! {
                <Tr>
                    <Td><a class="link" href=format!("/subscribers/{}", row.id)>{row.name}</a></Td>
                    <Td label=t::subscribers_account() mono=true>{row.account_number.to_string()}</Td>
                    <Td label=t::subscribers_state()><State tone>{badge}</State></Td>
                    <Td label=t::subscribers_plan()>{row.plan}</Td>
                    <Td label=t::subscribers_area() muted=true>{row.area}</Td>
                    {sees_phones.then(|| view! { <Td label=t::subscribers_phone()><span class="num">{phone}</span></Td> })}
                    <Td label=t::subscribers_since() muted=true><Day date=row.since/></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::subscribers_caption() list=true head>{rows}</Table> }
}
