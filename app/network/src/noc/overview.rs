//! The overview: large figures, map, incidents, outages, and the same as a table.

use super::map::NetworkMap;
use super::marks::{Drawing, drawing};
use crate::api::{NocModel, ReportDevice, TakeIncident, network_now};
use crate::report::ReportForm;
use crate::{live, t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::AppError;
use model::network::DeviceId;
use model::network::devices::{DeviceRow, DeviceState, NocOverview};
use model::network::incidents::IncidentRow;
use model::time::Timestamp;

const CHANGES: &[&str] =
    &["network.device_changed", "network.incident_", "network.session_changed", "network.activation_changed"];

type Overview = Resource<Result<NocModel, AppError>>;

/// `/noc`; `?device=<id>` shows one device's card on the map.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let take = ServerAction::<TakeIncident>::new();
    let report = ServerAction::<ReportDevice>::new();
    let changed = live::changes(CHANGES);
    let overview =
        Resource::new(move || (take.version().get(), report.version().get(), changed.get()), |_| network_now());
    let drawn = RwSignal::new(Drawing::default());
    // The map stays while the figures are asked for again.
    Effect::new(move |_| {
        if let Some(Ok(model)) = overview.get() {
            let fresh = drawing(&model.overview.devices, &model.overview.links);
            if drawn.with_untracked(|old| *old != fresh) {
                drawn.set(fresh);
            }
        }
    });
    let query = use_query_state();
    let navigate = use_navigate();
    let on_select = Callback::new(move |device: DeviceId| {
        navigate(
            &query.href_keep("device", &device.to_string()),
            leptos_router::NavigateOptions { scroll: false, ..Default::default() },
        );
    });
    view! {
        <leptos_meta::Title text=t::noc_title()/>
        <PageFrame>
            <div class="noc">
                <Part overview view=move |model| view! { <Head overview=model.overview/> }.into_any()/>
                <section class="card noc-map" aria-label=t::noc_map()>
                    <NetworkMap drawing=drawn.into() on_select/>
                    <noscript><p class="noc-map__note muted">{t::noc_no_scripts()}</p></noscript>
                    <Legend/>
                    <Part overview view=move |model| view! { <DeviceCard model report/> }.into_any()/>
                </section>
                <Part overview view=move |model| view! { <Incidents model take/> }.into_any()/>
                <Part overview view=move |model| view! { <Outages model/> }.into_any()/>
            </div>
        </PageFrame>
    }
}

/// A part of the page that is drawn anew when the figures come; the parts fail and wait together.
#[component]
fn Part(overview: Overview, view: impl Fn(NocModel) -> AnyView + Clone + Send + Sync + 'static) -> impl IntoView {
    view! {
        <Transition>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match overview.await {
                        Ok(model) => {
                            provide_context(model.time);
                            view(model)
                        }
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Head(overview: NocOverview) -> impl IntoView {
    let devices = overview.devices.len() as i64;
    // One that has recovered is shown until it is closed, and nobody is off by it any more.
    let going_on = || overview.incidents.iter().filter(|i| !i.state.is_over());
    let (failures, affected) = (going_on().count() as i64, going_on().map(|i| i.affected).sum::<i64>());
    let total = overview.offline as f64;
    let causes: Vec<_> = overview
        .offline_by_cause
        .iter()
        .map(|(cause, n)| {
            let (tone, word) = words::offline(*cause);
            (tone, word, *n)
        })
        .collect();
    let parts = causes.iter().map(|(tone, _, n)| kit::chart::Part::new(*n as f64, *tone)).collect();
    let label = match causes.is_empty() {
        true => format!("{} 0", t::noc_offline()),
        false => causes.iter().map(|(_, word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", "),
    };
    let causes = causes
        .into_iter()
        .map(|(tone, word, n)| {
            view! { <span><StateDot tone/>{format!("{word} {}", kit::texts::counted(n))}</span> }
        })
        .collect_view();
    let counted = kit::texts::counted;
    view! {
        <div class="noc__head">
            <div class="row row--3">
                <h1>{t::noc_title()}</h1>
                <span class="small faint">{t::noc_devices(devices)}</span>
                <span class="row push">
                    <a class="btn" href="/network/devices"><Icon icon=icondata_lu::LuList/>{t::noc_list()}</a>
                </span>
            </div>
            <div class="stats">
                <Stat label=t::noc_online() value=counted(overview.online) tone=Tone::Ok/>
                <div class="stat">
                    <span class="stat__label"><StateDot tone=Tone::Danger.of(overview.offline)/>{t::noc_offline()}</span>
                    <div class="row row--4">
                        <span class="stat__value">{counted(overview.offline)}</span>
                        <span class="noc__meter"><Meter parts total label tall=true/></span>
                    </div>
                    <span class="stat__note cause">{causes}</span>
                    // A session lives on for some minutes after its line is dead.
                    {(affected > 0).then(|| view! { <span class="stat__note">{t::noc_by_incident(affected)}</span> })}
                </div>
                <Stat label=t::noc_walled() value=counted(overview.walled) note=t::noc_walled_note() tone=Tone::Warn.of(overview.walled)/>
                <a class="stat stat--link" href="/network/activations">
                    <span class="stat__label"><StateDot tone=Tone::Info.of(overview.waiting_activation)/>{t::noc_waiting()}</span>
                    <span class="stat__value">{counted(overview.waiting_activation)}</span>
                    <span class="stat__note">{t::noc_waiting_note()}</span>
                </a>
                <Stat
                    label=t::noc_incidents()
                    value=counted(failures)
                    note=t::noc_affected(affected)
                    tone=Tone::Danger.of(overview.incidents.len() as i64)
                />
            </div>
        </div>
    }
}

#[component]
fn Legend() -> impl IntoView {
    let states =
        [DeviceState::Up, DeviceState::Degraded, DeviceState::Down, DeviceState::Unreachable, DeviceState::Unknown];
    let entries = states
        .map(|state| {
            let (tone, word) = words::device_state(state);
            let hollow = state == DeviceState::Unreachable;
            view! { <span class:noc-map__hollow=hollow><StateDot tone/>{word}</span> }
        })
        .collect_view();
    let line = |kind, class: &'static str| {
        view! {
            <span>
                <svg viewBox="0 0 18 8" aria-hidden="true"><path class=class d="M0 4H18"></path></svg>
                {words::link_kind(kind)}
            </span>
        }
    };
    view! {
        <div class="noc-map__legend row small">
            {entries}
            {line(model::network::devices::LinkKind::Fibre, "map__link")}
            {line(model::network::devices::LinkKind::Radio, "map__link map__link--radio")}
        </div>
    }
}

/// The chosen device on the map. It says what hangs on it, and a person on site can say that it is back.
#[component]
fn DeviceCard(model: NocModel, report: ServerAction<ReportDevice>) -> impl IntoView {
    let query = use_query_state();
    let (can_report, now) = (model.can_report, model.time.now);
    let devices = StoredValue::new(model.overview.devices);
    let incidents = StoredValue::new(model.overview.incidents);
    move || {
        let chosen = query.get("device")?;
        let device = devices.with_value(|all| all.iter().find(|d| d.id.to_string() == chosen).cloned())?;
        let incident = incidents.with_value(|all| all.iter().find(|i| i.device_id == Some(device.id)).cloned());
        Some(view! { <Chosen device incident can_report now report/> })
    }
}

#[component]
fn Chosen(
    device: DeviceRow,
    incident: Option<IncidentRow>,
    can_report: bool,
    now: Timestamp,
    report: ServerAction<ReportDevice>,
) -> impl IntoView {
    let query = use_query_state();
    let (tone, word) = words::device_state(device.state);
    let facts = format!(
        "{} · {word}, {}",
        words::device_kind(device.kind),
        kit::values::lasting_text((now - device.since).num_seconds())
    );
    let (shown, name) = (device.clone(), device.name.clone());
    let open = format!("/network/devices?open={}", device.id);
    view! {
        <div class="noc-map__card" role="region" aria-label=name>
            <div class="row">
                <StateDot tone/>
                <b class="truncate">{device.name}</b>
                <a class="icon-btn push" href=move || query.href_keep("device", "") aria-label=t::close() title=t::close()>
                    <Icon icon=icondata_lu::LuX/>
                </a>
            </div>
            <span class="muted">{facts}</span>
            <b class="medium">{t::noc_subscribers(device.subscribers)}</b>
            <span class="row">
                <a class="link" href=open>{t::noc_open_device()}</a>
                {incident.map(|i| view! { <a class="link" href=format!("/noc/incidents/{}", i.id)>{i.number}</a> })}
            </span>
            {can_report.then(|| view! { <ReportForm device=shown report size=Size::Small/> })}
        </div>
    }
}

#[component]
fn Incidents(model: NocModel, take: ServerAction<TakeIncident>) -> impl IntoView {
    let (now, can_work) = (model.time.now, model.can_work);
    let going_on = model.overview.incidents.iter().filter(|i| !i.state.is_over()).count();
    let note = t::noc_open(going_on as i64);
    let history = || view! { <a class="link small" href="/noc/incidents">{t::noc_history()}</a> };
    let is_quiet = model.overview.incidents.is_empty();
    let items = model
        .overview
        .incidents
        .into_iter()
        .map(|incident| view! { <IncidentItem incident now can_work take/> })
        .collect_view();
    view! {
        <Card title=t::noc_incidents() note actions=history flush=true>
            {is_quiet.then(|| view! {
                <EmptyState icon=icondata_lu::LuCircleCheck title=t::noc_quiet() text=t::noc_quiet_hint()/>
            })}
            {items}
        </Card>
    }
}

#[component]
fn IncidentItem(
    incident: IncidentRow,
    now: Timestamp,
    can_work: bool,
    take: ServerAction<TakeIncident>,
) -> impl IntoView {
    let (tone, word) = words::incident_state(incident.state);
    let lasted = kit::values::lasting_text((incident.recovered_at.unwrap_or(now) - incident.opened_at).num_seconds());
    let owner = incident.owner.clone().unwrap_or_else(|| t::noc_no_owner().into());
    let line = format!("{} · {} · {lasted} · {owner}", word, t::noc_subscribers(incident.affected));
    let can_take = can_work && incident.owner.is_none() && !incident.state.is_over();
    view! {
        <article class="incident">
            <div class="row">
                <StateDot tone/>
                <a class="link--quiet medium truncate" href=format!("/noc/incidents/{}", incident.id)>{incident.place}</a>
                <span class="push mono small faint">{incident.number}</span>
            </div>
            <span class="muted">{line}</span>
            <span class="muted">{t::noc_alarms(incident.alarms)}" · "{words::cause(incident.cause)}</span>
            {can_take.then(|| {
                view! {
                    <ActionForm action=take>
                        <input type="hidden" name="id" value=incident.id.to_string()/>
                        <button class="btn btn--small">{t::incident_take()}</button>
                    </ActionForm>
                }
            })}
        </article>
    }
}

#[component]
fn Outages(model: NocModel) -> impl IntoView {
    let now = model.time.now;
    let incidents: Vec<_> = model.overview.incidents.into_iter().filter(|i| !i.state.is_over()).collect();
    let (title, is_quiet) = (t::noc_outages(incidents.len() as i64), incidents.is_empty());
    let head = || {
        view! {
            <Th>{t::noc_place()}</Th>
            <Th>{t::since()}</Th>
            <Th num=true>{t::noc_affected_head()}</Th>
            <Th>{t::noc_cause()}</Th>
            <Th>{t::noc_evidence()}</Th>
            <Th>{t::noc_owner()}</Th>
            <Th>{t::noc_expected()}</Th>
            <Th num=true>{t::noc_told()}</Th>
        }
    };
    let rows = incidents.into_iter().map(|incident| outage(incident, now)).collect_view();
    let places = places(model.overview.devices);
    view! {
        <div class="noc__foot">
            {(!is_quiet).then(|| {
                view! {
                    <Card title=title flush=true>
                        <Table caption=t::noc_incidents() compact=true head=head>{rows}</Table>
                    </Card>
                }
            })}
            <details class="card noc__list">
                <summary class="card__head">{t::noc_same_as_table()}</summary>
                {places}
            </details>
        </div>
    }
}

fn outage(incident: IncidentRow, now: Timestamp) -> impl IntoView {
    let (tone, _) = words::incident_state(incident.state);
    let lasted = kit::values::lasting_text((incident.recovered_at.unwrap_or(now) - incident.opened_at).num_seconds());
    view! {
        <Tr>
            <Td>
                <StateDot tone/>
                <a class="link--quiet" href=format!("/noc/incidents/{}", incident.id)>{incident.place}</a>
            </Td>
            <Td label=t::since()><When at=incident.opened_at/>" "<span class="faint small">{lasted}</span></Td>
            <Td label=t::noc_affected_head() num=true>{kit::texts::counted(incident.affected)}</Td>
            <Td label=t::noc_cause()>{words::cause(incident.cause)}</Td>
            <Td label=t::noc_evidence() muted=true>{t::noc_alarms(incident.alarms)}</Td>
            <Td label=t::noc_owner()>
                {match incident.owner {
                    Some(owner) => owner.into_any(),
                    None => view! { <span class="warn">{t::noc_no_owner()}</span> }.into_any(),
                }}
            </Td>
            <Td label=t::noc_expected()>
                {incident.expected_at.map(|at| view! { <When at/> })}
            </Td>
            <Td label=t::noc_told() num=true>{kit::texts::counted(incident.told)}</Td>
        </Tr>
    }
}

/// What the map shows, for those who do not see it.
fn places(devices: Vec<DeviceRow>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::name()}</Th>
            <Th>{t::status()}</Th>
            <Th>{t::site()}</Th>
            <Th num=true>{t::devices_subscribers()}</Th>
            <Th>{t::since()}</Th>
        }
    };
    let rows = devices
        .into_iter()
        .map(|device| {
            let (tone, word) = words::device_state(device.state);
            view! {
                <Tr>
                    <Td><a class="link--quiet" href=format!("?device={}", device.id)>{device.name}</a></Td>
                    <Td label=t::status()><State tone>{word}</State></Td>
                    <Td label=t::site()>{device.site.unwrap_or_default()}</Td>
                    <Td label=t::devices_subscribers() num=true>{kit::texts::counted(device.subscribers)}</Td>
                    <Td label=t::since()><When at=device.since age=true/></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::noc_same_as_table() compact=true head=head>{rows}</Table> }
}
