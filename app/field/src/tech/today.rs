//! Today's jobs in the order of their slots.

use super::sync::SyncBar;
use crate::api::{TodayData, load_today};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::field::work_orders::WorkOrderRow;

/// `/tech`
#[component]
pub fn TodayPage() -> impl IntoView {
    let today = Resource::new(|| (), |()| load_today());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match today.await {
                    Ok(today) => view! { <Loaded today/> }.into_any(),
                    Err(error) => view! {
                        <MyShell brand="Mtandao" home="/tech"><ErrorState error/></MyShell>
                    }
                    .into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Loaded(today: TodayData) -> impl IntoView {
    let TodayData { isp, rows, later, time } = today;
    let (earlier, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| is_earlier(row, time));
    let count = rows.len();
    let jobs = match rows.is_empty() {
        true => view! {
            <EmptyState icon=icondata_lu::LuCalendarCheck title=t::tech_none() text=t::tech_none_hint()/>
        }
        .into_any(),
        false => view! { <Jobs rows time/> }.into_any(),
    };
    let earlier = (!earlier.is_empty()).then(|| {
        view! { <h2 class="my-card__title">{t::tech_earlier()}</h2><Jobs rows=earlier time/> }
    });
    view! {
        <leptos_meta::Title text=t::tech_title()/>
        <MyShell brand=isp home="/tech" notice=move || view! { <SyncBar time/> }>
            <div class="row row--between">
                <h1 class="my-state">{t::tech_title()}</h1>
                <span class="muted num">{t::tech_lead(count as i64)}</span>
            </div>
            {jobs}
            {earlier}
            {(later > 0).then(|| view! { <p class="t14 muted">{t::tech_later(later as i64)}</p> })}
            <a class="my-line" href="/profile" rel="external">
                <Icon icon=icondata_lu::LuCircleUser/>
                {t::tech_me()}
            </a>
        </MyShell>
    }
}

/// Whether it was planned for a day before this one and is left over.
fn is_earlier(row: &WorkOrderRow, time: PageTime) -> bool {
    row.status.is_open() && row.slot_from.is_some_and(|from| words::day(from, time) < words::day(time.now, time))
}

#[component]
fn Jobs(rows: Vec<WorkOrderRow>, time: PageTime) -> impl IntoView {
    let cards = rows.into_iter().map(|row| view! { <li><JobCard row time/></li> }).collect_view();
    view! { <ol class="job-list">{cards}</ol> }
}

#[component]
fn JobCard(row: WorkOrderRow, time: PageTime) -> impl IntoView {
    let (tone, status) = words::status(row.status);
    let slot = row.slot_from.zip(row.slot_until).map(|(from, until)| words::slot(from, until, time));
    view! {
        <a class="job-card job-card--link" href=format!("/tech/{}", row.id)>
            <span class="row row--between">
                <b>{row.subscriber}</b>
                <span class="t14 num medium">{slot}</span>
            </span>
            <span class="t14 muted">{row.address}</span>
            <span class="row row--between">
                <span class="t14">
                    {words::kind(row.kind)} " · " <span class="mono">{row.number}</span>
                </span>
                <Badge tone>{status}</Badge>
            </span>
        </a>
    }
}
