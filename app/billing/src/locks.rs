//! Who will be cut off in the next 24 hours, and why: the list that is called through before it happens.

use crate::api::{CutOffs, read_cut_offs};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;

/// `/billing/locks`
#[component]
pub fn LocksPage() -> impl IntoView {
    let rows = Resource::new(|| (), |()| read_cut_offs());
    view! {
        <PageFrame>
            <PageHeader title=t::locks_title() crumbs=vec![Crumb::here(t::nav_billing()), Crumb::here(t::nav_locks())]/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match rows.await {
                            Ok(soon) => view! { <Soon soon/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Soon(soon: CutOffs) -> impl IntoView {
    provide_context(soon.time);
    if soon.rows.is_empty() {
        return view! { <EmptyState icon=icondata_lu::LuCircleCheck title=t::locks_empty() text=t::locks_empty_text()/> }.into_any();
    }
    let count = t::locks_count(i64::try_from(soon.rows.len()).unwrap_or(i64::MAX));
    let unit = soon.rows.iter().find_map(|row| row.left).map_or("", |left| left.currency.sign());
    let with_money = !unit.is_empty();
    let rows = soon
        .rows
        .into_iter()
        .map(|row| {
            let number = row.account_number.map(|number| number.to_string());
            view! {
                <Tr>
                    <Td><a class="link--quiet" href=format!("/subscribers/{}", row.subscriber_id)>{row.subscriber}</a></Td>
                    <Td label=t::col_account() mono=true>{number}</Td>
                    <Td label=t::col_why()>{t::locks_why(row.invoice)}</Td>
                    <Td label=t::col_due()><Day date=row.due_on/></Td>
                    <Td label=t::col_cut_off()><When at=row.cut_off_at age=true/></Td>
                    {with_money.then(|| view! { <Td label=t::col_left() num=true>{row.left.map(|left| view! { <Amount money=left/> })}</Td> })}
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::col_subscriber()}</Th>
            <Th>{t::col_account()}</Th>
            <Th>{t::col_why()}</Th>
            <Th>{t::col_due()}</Th>
            <Th>{t::col_cut_off()}</Th>
            {with_money.then(|| view! { <Th num=true unit=unit>{t::col_left()}</Th> })}
        }
    };
    view! { <Card title=count flush=true><Table caption=t::locks_title() head>{rows}</Table></Card> }.into_any()
}
