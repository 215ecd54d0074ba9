//! `/admin/jobs`: background work that waits, runs, failed or was done.

use crate::api::admin::{DropJob, RetryJob, read_jobs};
use crate::t;
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use model::identity::jobs::{JobRow, JobState, JobsPage};

fn state_words(state: JobState) -> (Tone, &'static str) {
    match state {
        JobState::Ready => (Tone::Info, t::jobs_ready()),
        JobState::Running => (Tone::Info, t::jobs_running()),
        JobState::Dead => (Tone::Danger, t::jobs_dead()),
        JobState::Done => (Tone::Ok, t::jobs_done()),
        JobState::Dropped => (Tone::Off, t::jobs_dropped()),
    }
}

/// `/admin/jobs`: what failed comes first, because a person has to decide.
#[component]
pub fn BackgroundPage() -> impl IntoView {
    let query = use_query_state();
    let retry = ServerAction::<RetryJob>::new();
    let dropped = ServerAction::<DropJob>::new();
    let asked = move || {
        let get = |key| query.get(key).unwrap_or_default();
        (get("tab"), get("after"), get("before"), retry.version().get(), dropped.version().get())
    };
    let page = Resource::new(asked, |(state, after, before, ..)| read_jobs(state, after, before));
    view! {
        <PageFrame>
            <PageHeader title=t::nav_jobs() crumbs=vec![Crumb::here(t::nav_admin()), Crumb::here(t::nav_jobs())]/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Queue page retry dropped/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Queue(page: JobsPage, retry: ServerAction<RetryJob>, dropped: ServerAction<DropJob>) -> impl IntoView {
    let query = use_query_state();
    let counted = |n: i64| n.unsigned_abs();
    let tabs = vec![
        // The dashboard leads here by its word; without one the same is shown.
        Tab::new(if query.is("tab", "dead") { "dead" } else { "" }, t::jobs_dead()).count(counted(page.counts.failed)),
        Tab::new("ready", t::jobs_ready()).count(counted(page.counts.waiting)),
        Tab::new("running", t::jobs_running()).count(counted(page.counts.running)),
        Tab::new("done", t::jobs_done()),
        Tab::new("dropped", t::jobs_dropped()),
    ];
    let JobsPage { page, now, can_write, .. } = page;
    let (previous, next, shown) = (page.previous, page.next, page.rows.len());
    let body = match shown {
        0 => view! { <EmptyState icon=icondata_lu::LuCircleCheck title=t::jobs_none() text=t::jobs_none_text()/> }
            .into_any(),
        _ => view! { <Works rows=page.rows can_write retry dropped/> }.into_any(),
    };
    view! {
        <Provider value=PageTime { now, offset_minutes: 0 }>
            <Tabs name=t::nav_jobs() tabs/>
            <PageBody>
                <Refused retry dropped/>
                <section class="card clip">
                    {body}
                    <Pagination previous next>{t::jobs_shown(i64::try_from(shown).unwrap_or(i64::MAX))}</Pagination>
                </section>
            </PageBody>
        </Provider>
    }
}

/// Why the last step was refused.
#[component]
fn Refused(retry: ServerAction<RetryJob>, dropped: ServerAction<DropJob>) -> impl IntoView {
    let (one, other) = (action_error(retry), action_error(dropped));
    move || {
        one.get().or_else(|| other.get()).map(|error| {
            view! { <div role="alert"><Note tone=Tone::Danger>{error_text(&error)}</Note></div> }
        })
    }
}

#[component]
fn Works(
    rows: Vec<JobRow>,
    can_write: bool,
    retry: ServerAction<RetryJob>,
    dropped: ServerAction<DropJob>,
) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::jobs_kind()}</Th>
            <Th>{t::jobs_state()}</Th>
            <Th num=true>{t::jobs_tries()}</Th>
            <Th>{t::jobs_when()}</Th>
            <Th>{t::jobs_error()}</Th>
            <Th><span class="visually-hidden">{t::jobs_retry()}</span></Th>
        }
    };
    let lines = rows
        .into_iter()
        .map(|row| {
            let (tone, word) = state_words(row.state);
            let may = can_write && row.state == JobState::Dead;
            let id = row.id.to_string();
            let buttons = may.then(|| {
                let (for_retry, for_drop) = (id.clone(), id);
                let (again, never) = (t::jobs_retry_of(row.kind.clone()), t::jobs_drop_of(row.kind.clone()));
                view! {
                    <span class="row">
                        <ActionForm action=retry>
                            <input type="hidden" name="id" value=for_retry/>
                            <button class="btn btn--small" aria-label=again>{t::jobs_retry()}</button>
                        </ActionForm>
                        <ActionForm action=dropped>
                            <input type="hidden" name="id" value=for_drop/>
                            <button class="btn btn--small btn--danger" aria-label=never>{t::jobs_drop()}</button>
                        </ActionForm>
                    </span>
                }
            });
            let tries = t::jobs_tries_of(row.attempts, row.attempts_max);
            view! {
                <Tr>
                    <Td><span class="mono">{row.kind.clone()}</span></Td>
                    <Td label=t::jobs_state()><State tone>{word}</State></Td>
                    <Td label=t::jobs_tries() num=true muted=true>{tries}</Td>
                    <Td label=t::jobs_when()><When at=row.finished_at.unwrap_or(row.run_at) age=true/></Td>
                    <Td label=t::jobs_error()>{row.error}</Td>
                    <Td>{buttons}</Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::nav_jobs() list=true head>{lines}</Table> }
}
