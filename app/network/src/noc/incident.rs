//! Incidents: the history, and one of them with its story, its subscribers and the work on it.

use crate::api::{IncidentModel, IncidentsModel, SaveIncident, TakeIncident, incident_detail, incident_list};
use crate::{live, t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::network::IncidentId;
use model::network::incidents::{
    AffectedRow, IncidentCause, IncidentEventKind, IncidentEventRow, IncidentRow, IncidentState,
};
use model::time::Timestamp;

const CHANGES: &[&str] = &["network.incident_"];

/// `/noc/incidents`
#[component]
pub fn IncidentsPage() -> impl IntoView {
    let changed = live::changes(CHANGES);
    let incidents = Resource::new(move || changed.get(), |_| incident_list());
    let crumbs = vec![Crumb::to(t::noc_title(), "/noc"), Crumb::here(t::incidents_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::incidents_title() crumbs/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match incidents.await {
                            Ok(model) => view! { <Incidents model/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Incidents(model: IncidentsModel) -> impl IntoView {
    provide_context(model.time);
    let now = model.time.now;
    if model.incidents.is_empty() {
        return view! { <EmptyState icon=icondata_lu::LuCircleCheck title=t::noc_quiet() text=t::incidents_none_hint()/> }
            .into_any();
    }
    let head = || {
        view! {
            <Th>{t::incidents_number()}</Th>
            <Th>{t::noc_place()}</Th>
            <Th>{t::status()}</Th>
            <Th>{t::noc_cause()}</Th>
            <Th num=true>{t::noc_affected_head()}</Th>
            <Th>{t::since()}</Th>
            <Th>{t::incidents_lasted()}</Th>
        }
    };
    let rows = model.incidents.into_iter().map(|incident| row(incident, now)).collect_view();
    view! { <Card title=t::incidents_title() flush=true><Table caption=t::incidents_title() head=head>{rows}</Table></Card> }
        .into_any()
}

fn row(incident: IncidentRow, now: Timestamp) -> impl IntoView {
    let (tone, word) = words::incident_state(incident.state);
    view! {
        <Tr>
            <Td mono=true><a class="link--quiet" href=format!("/noc/incidents/{}", incident.id)>{incident.number}</a></Td>
            <Td label=t::noc_place()>{incident.place}</Td>
            <Td label=t::status()><State tone>{word}</State></Td>
            <Td label=t::noc_cause()>{words::cause(incident.cause)}</Td>
            <Td label=t::noc_affected_head() num=true>{kit::texts::counted(incident.affected)}</Td>
            <Td label=t::since()><When at=incident.opened_at/></Td>
            <Td label=t::incidents_lasted()>
                {kit::values::lasting_text((incident.recovered_at.unwrap_or(now) - incident.opened_at).num_seconds())}
            </Td>
        </Tr>
    }
}

/// `/noc/incidents/:id`
#[component]
pub fn IncidentPage() -> impl IntoView {
    let params = use_params_map();
    let take = ServerAction::<TakeIncident>::new();
    let save = ServerAction::<SaveIncident>::new();
    let changed = live::changes(CHANGES);
    let incident = Resource::new(
        move || (params.with(|p| p.get("id")), take.version().get(), save.version().get(), changed.get()),
        |(id, ..)| async move {
            let id: IncidentId = id.and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)?;
            incident_detail(id).await
        },
    );
    let last = Last::<IncidentModel>::default();
    let is_same =
        move |model: &IncidentModel| params.with_untracked(|p| p.get("id")) == Some(model.view.incident.id.to_string());
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                let answer = incident.await;
                match last.or_last(answer, is_same) {
                    Ok(shown) => view! { <Incident model=shown.data is_old=shown.is_old take save/> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound home="/noc/incidents"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Incident(
    model: IncidentModel,
    is_old: bool,
    take: ServerAction<TakeIncident>,
    save: ServerAction<SaveIncident>,
) -> impl IntoView {
    provide_context(model.time);
    let IncidentModel { view, can_work, can_open_subscribers, time } = model;
    let incident = view.incident;
    let (tone, word) = words::incident_state(incident.state);
    let title = format!("{} · {}", incident.number, incident.place);
    let crumbs = vec![
        Crumb::to(t::noc_title(), "/noc"),
        Crumb::to(t::incidents_title(), "/noc/incidents"),
        Crumb::here(incident.number.clone()),
    ];
    let can_change = can_work && incident.state != IncidentState::Closed;
    let (state, told, total) = (incident.state, incident.told, incident.affected);
    let events = view.events.into_iter().map(event).collect_view();
    let form = can_change.then(|| view! { <Work incident=incident.clone() take save/> });
    view! {
        <PageFrame>
            <PageHeader title crumbs badge=move || view! { <Badge tone>{word}</Badge> }/>
            <PageBody>
                <OldNote is_old/>
                <Loop state told/>
                <div class="incident-page">
                    <Card title=t::incidents_facts()><FactList incident now=time.now/></Card>
                    {form}
                    <Card title=t::incidents_story()><Timeline>{events}</Timeline></Card>
                    <Affected rows=view.affected total can_open=can_open_subscribers/>
                </div>
            </PageBody>
        </PageFrame>
    }
}

/// Found, grouped, told, recovered: how far the loop has come.
#[component]
fn Loop(state: IncidentState, told: i64) -> impl IntoView {
    let is_over = state.is_over();
    let steps = [
        (t::loop_found(), true, false),
        (t::loop_grouped(), true, false),
        (t::loop_told(), told > 0, told == 0 && !is_over),
        (t::loop_recovery(), is_over, !is_over && told > 0),
        (t::loop_closed(), state == IncidentState::Closed, state == IncidentState::Recovered),
    ];
    let items = steps
        .into_iter()
        .map(|(word, done, now)| {
            let class = if done {
                "loop--done"
            } else if now {
                "loop--now"
            } else {
                ""
            };
            view! { <li class=class aria-current=now.then_some("step")>{word}</li> }
        })
        .collect_view();
    view! { <ol class="loop">{items}</ol> }
}

#[component]
fn FactList(incident: IncidentRow, now: Timestamp) -> impl IntoView {
    let lasted = kit::values::lasting_text((incident.recovered_at.unwrap_or(now) - incident.opened_at).num_seconds());
    let device = incident.device_id.map(|id| format!("/noc?device={id}"));
    view! {
        <Facts>
            <Fact name=t::noc_place()>
                {match device {
                    Some(href) => view! { <a class="link" href=href>{incident.place}</a> }.into_any(),
                    None => incident.place.into_any(),
                }}
            </Fact>
            <Fact name=t::noc_cause()>{words::cause(incident.cause)}</Fact>
            <Fact name=t::since()><When at=incident.opened_at/></Fact>
            <Fact name=t::incidents_lasted()>{lasted}</Fact>
            <Fact name=t::noc_affected_head()>{t::noc_subscribers(incident.affected)}</Fact>
            <Fact name=t::noc_evidence()>{t::noc_alarms(incident.alarms)}</Fact>
            <Fact name=t::noc_told()>{kit::texts::counted(incident.told)}</Fact>
            <Fact name=t::noc_owner()>{incident.owner.unwrap_or_else(|| t::noc_no_owner().into())}</Fact>
            {incident.expected_at.map(|at| view! { <Fact name=t::noc_expected()><When at/></Fact> })}
        </Facts>
    }
}

#[component]
fn Work(incident: IncidentRow, take: ServerAction<TakeIncident>, save: ServerAction<SaveIncident>) -> impl IntoView {
    let id = incident.id.to_string();
    let causes = IncidentCause::ALL.iter().map(|c| Choice::new(c.code(), words::cause(*c))).collect();
    let next = IncidentState::ALL
        .iter()
        .filter(|to| incident.state.can_become(**to))
        .map(|to| Choice::new(to.code(), words::incident_state(*to).1))
        .collect();
    let can_take = !incident.state.is_over();
    let look = if incident.owner.is_some() { Look::Plain } else { Look::Primary };
    let take_id = id.clone();
    view! {
        <Card title=t::incidents_work()>
            <div class="stack stack--4">
                {can_take.then(|| view! {
                    <Form action=take>
                        <input type="hidden" name="id" value=take_id/>
                        <Submit look icon=icondata_lu::LuHand>{t::incident_take()}</Submit>
                    </Form>
                })}
                <Form action=save>
                    <input type="hidden" name="form[id]" value=id/>
                    <div class="form-grid">
                        <Select name="form[cause]" label=t::noc_cause() choices=causes value=incident.cause.code()/>
                        <Select name="form[state]" label=t::status() choices=next empty=t::incidents_keep_state() optional=true/>
                        <Field name="expected" label=t::noc_expected() hint=t::incidents_expected_hint() optional=true/>
                    </div>
                    <TextArea name="form[note]" label=t::incidents_note() optional=true/>
                    <Submit look=Look::Plain>{t::incidents_save()}</Submit>
                </Form>
            </div>
        </Card>
    }
}

fn event(row: IncidentEventRow) -> impl IntoView {
    let icon = match row.kind {
        IncidentEventKind::Opened | IncidentEventKind::Reopened => icondata_lu::LuCircleAlert,
        IncidentEventKind::Alarm => icondata_lu::LuBellRing,
        IncidentEventKind::Cleared | IncidentEventKind::Recovered => icondata_lu::LuCircleCheck,
        IncidentEventKind::Merged => icondata_lu::LuMerge,
        IncidentEventKind::Acknowledged => icondata_lu::LuHand,
        IncidentEventKind::Cause => icondata_lu::LuSearch,
        IncidentEventKind::Note => icondata_lu::LuStickyNote,
        IncidentEventKind::Told => icondata_lu::LuMessageSquare,
        IncidentEventKind::Closed => icondata_lu::LuCheckCheck,
    };
    let title = words::event(row.kind, row.note.as_deref(), row.count);
    view! { <Event icon title note=row.actor at=move || view! { <When at=row.at/> }/> }
}

#[component]
fn Affected(rows: Vec<AffectedRow>, total: i64, can_open: bool) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::subscriber()}</Th>
            <Th>{t::incidents_account()}</Th>
            <Th>{t::incidents_address()}</Th>
            <Th>{t::status()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, word) =
                if row.is_online { (Tone::Ok, t::sessions_online()) } else { (Tone::Off, t::noc_offline()) };
            let name = if can_open {
                view! { <a class="link--quiet" href=format!("/subscribers/{}", row.subscriber_id)>{row.name}</a> }
                    .into_any()
            } else {
                row.name.into_any()
            };
            view! {
                <Tr>
                    <Td>{name}</Td>
                    <Td label=t::incidents_account() mono=true>{row.account_number}</Td>
                    <Td label=t::incidents_address()>{row.place}</Td>
                    <Td label=t::status()><State tone>{word}</State></Td>
                </Tr>
            }
        })
        .collect_view();
    view! {
        <Card title=t::noc_affected_head() note=t::noc_subscribers(total) flush=true>
            <Table caption=t::noc_affected_head() head=head>{rows}</Table>
        </Card>
    }
}
