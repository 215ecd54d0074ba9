//! A billing run in three steps on one page: choose, see, confirm. Below are the runs so far.

use crate::api::{RunDesk, StartRun, read_runs};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::AppError;
use model::billing::runs::{RunPreview, RunRow};

/// `/billing/runs`: the day of the preview stands in the address.
#[component]
pub fn RunsPage() -> impl IntoView {
    let query = use_query_state();
    let start = ServerAction::<StartRun>::new();
    let desk =
        Resource::new(move || (query.get("day").unwrap_or_default(), start.version().get()), |(day, _)| read_runs(day));
    view! {
        <PageFrame>
            <PageHeader title=t::nav_runs() crumbs=vec![Crumb::here(t::nav_billing()), Crumb::here(t::nav_runs())]/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match desk.await {
                            Ok(desk) => view! { <Desk desk start/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Desk(desk: RunDesk, start: ServerAction<StartRun>) -> impl IntoView {
    provide_context(desk.time);
    let query = use_query_state();
    let today = desk.today.to_string();
    let day = move || query.get("day").unwrap_or_else(|| today.clone());
    let can_start = desk.can_start;
    let preview = desk.preview.map(|preview| match preview {
        Ok(preview) => view! { <Preview preview start can_start/> }.into_any(),
        Err(AppError::Invalid(fields)) => {
            let sentence = fields.of("day").unwrap_or_default().to_owned();
            view! { <Note tone=Tone::Danger>{sentence}</Note> }.into_any()
        }
        Err(error) => view! { <ErrorState error/> }.into_any(),
    });
    view! {
        <Card title=t::runs_scope()>
            <form method="get" class="ask-day">
                <label class="field">
                    <span class="field__label">{t::runs_day()}</span>
                    <span class="input"><input type="date" name="day" value=day/></span>
                </label>
                <button type="submit" class="btn">{t::runs_show()}</button>
            </form>
        </Card>
        {preview}
        <PastRuns runs=desk.runs/>
    }
}

#[component]
fn Preview(preview: RunPreview, start: ServerAction<StartRun>, can_start: bool) -> impl IntoView {
    let confirm = (can_start && preview.invoices > 0).then(|| {
        view! {
            <Card title=t::runs_confirm()>
                <Form action=start>
                    <input type="hidden" name="day" value=preview.day.to_string()/>
                    <Field name="number" label=t::runs_number() kind=Kind::Number/>
                    <div class="row"><Submit>{t::runs_start()}</Submit></div>
                </Form>
            </Card>
        }
    });
    view! {
        <Card title=t::runs_preview() note=kit::values::date_text(preview.day)>
            {match preview.invoices {
                0 => view! { <p>{t::runs_nothing()}</p> }.into_any(),
                invoices => view! {
                    <Facts>
                        <Fact name=t::runs_invoices()>{model::money::grouped(invoices.unsigned_abs())}</Fact>
                        <Fact name=t::runs_total()><Amount money=preview.total/></Fact>
                    </Facts>
                }
                .into_any(),
            }}
            {(!preview.is_all).then(|| view! { <Note tone=Tone::Warn>{t::runs_partial()}</Note> })}
        </Card>
        {confirm}
    }
}

#[component]
fn PastRuns(runs: Vec<RunRow>) -> impl IntoView {
    if runs.is_empty() {
        return view! { <EmptyState icon=icondata_lu::LuCalendarClock title=t::runs_empty() text=t::runs_empty_text()/> }.into_any();
    }
    let unit = runs.first().map_or("", |run| run.total.currency.sign());
    let rows = runs
        .into_iter()
        .map(|run| {
            view! {
                <Tr>
                    <Td><Day date=run.for_day/></Td>
                    <Td label=t::col_invoices() num=true>{model::money::grouped(run.invoices.unsigned_abs())}</Td>
                    <Td label=t::col_total() num=true><Amount money=run.total/></Td>
                    <Td label=t::col_when() muted=true><When at=run.started_at/></Td>
                    <Td label=t::col_by() muted=true>{run.started_by}</Td>
                    <Td label=t::col_status()><State tone=words::run_tone(run.state)>{words::run_state(run.state)}</State></Td>
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::col_day()}</Th>
            <Th num=true>{t::col_invoices()}</Th>
            <Th num=true unit=unit>{t::col_total()}</Th>
            <Th>{t::col_when()}</Th>
            <Th>{t::col_by()}</Th>
            <Th>{t::col_status()}</Th>
        }
    };
    view! { <Card title=t::runs_past() flush=true><Table caption=t::runs_past() head>{rows}</Table></Card> }.into_any()
}
