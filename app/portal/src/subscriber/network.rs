//! The network's facts, each with its source and its age. Their times are real time.

use super::Acts;
use crate::{clock, t, words};
use kit::prelude::*;
use kit::values::day_text;
use leptos::context::Provider;
use leptos::prelude::*;
use model::catalog::speeds;
use model::field::stock::StockRow;
use model::network::activation::{ActivationView, StepState};
use model::network::offline::{Diagnosis, OfflineCause, Verdict};
use model::network::sessions::{SessionRow, UsageDay, shown_bytes};
use model::portal::clock::PageClock;
use model::portal::subscriber_page::{NetworkSection, SubscriberActions};
use model::time::Date;

/// A session that has not reported for so long may be gone already: two of the usual reports.
const STALE_S: i64 = 660;

/// The card *Network now*.
#[component]
pub(super) fn NetworkNow(
    network: NetworkSection,
    clock: PageClock,
    can: SubscriberActions,
    acts: Acts,
) -> impl IntoView {
    let session = network.sessions.first().cloned();
    let (tone, word) = match &session {
        Some(session) if session.is_walled => (Tone::Warn, t::network_limited()),
        Some(_) => (Tone::Ok, t::network_healthy()),
        None => (Tone::Danger, t::network_down()),
    };
    let is_offline = session.is_none();
    let is_off = session.as_ref().is_none_or(|session| session.is_walled);
    let cause = network.diagnosis.as_ref().filter(|d| is_offline && d.cause != OfflineCause::Online).map(|d| d.cause);
    let address = session.as_ref().and_then(|s| s.address).map(|a| a.to_string());
    let reserved = network.addresses.iter().find(|a| a.until.is_none()).map(|a| a.network.addr().to_string());
    let source = if address.is_some() { t::network_from_radius() } else { t::network_from_ipam() };
    let rate = network.speeds.map(|s| t::network_rate_value(speeds::shown(s.down_kbps), speeds::shown(s.up_kbps)));
    let incident = match network.incident {
        Some(incident) => {
            let href = format!("/noc/incidents/{}", incident.id);
            view! {
                <a class="link" href=href>{t::network_incident_value(incident.number, incident.device)}</a>
                " "<When at=incident.since age=true/>
            }
            .into_any()
        }
        None => t::network_no_incident().into_any(),
    };
    let query = use_query_state();
    let why = move || {
        let href = move || query.href("tab", "network");
        is_off.then(|| view! { <a class="btn btn--small btn--ghost" href=href>{t::network_why_offline()}</a> })
    };
    view! {
        <Card title=t::network_title() actions=move || view! { <Badge tone>{word}</Badge>{why()} }>
            <Provider value=clock::real(clock)>
                <dl class="facts facts--source">
                    <SessionFacts session clock can acts/>
                    {cause.map(|cause| view! { <Fact name=t::network_cause() source="">{words::cause(cause)}</Fact> })}
                    <Fact name=t::network_address() source=source>
                        <span class="mono">{address.or(reserved).unwrap_or_else(|| "–".into())}</span>
                    </Fact>
                    {rate.map(|rate| view! { <Fact name=t::network_rate() source=t::network_from_catalogue()>{rate}</Fact> })}
                    <Fact name=t::network_incident() source=t::network_from_topology()>{incident}</Fact>
                </dl>
            </Provider>
        </Card>
    }
}

#[component]
fn SessionFacts(session: Option<SessionRow>, clock: PageClock, can: SubscriberActions, acts: Acts) -> impl IntoView {
    let Some(session) = session else {
        return view! { <Fact name=t::network_session() source=t::network_from_radius()>{t::network_no_session()}</Fact> }.into_any();
    };
    let age = (clock.real - session.updated_at).num_seconds();
    let source = format!("{} · {}", t::network_from_radius(), kit::values::age_text(age));
    let used = t::network_used_value(shown_bytes(session.bytes_down), shown_bytes(session.bytes_up));
    let id = session.id.clone();
    let end = can.can_disconnect_session.then(|| {
        view! {
            <ActionForm action=acts.disconnect>
                <input type="hidden" name="form[id]" value=id/>
                <button class="btn btn--small">{t::network_disconnect()}</button>
            </ActionForm>
        }
    });
    view! {
        <Fact name=t::network_session() source=source stale={age > STALE_S}>
            {if session.is_walled { Some(format!("{}, ", t::subscriber_walled())) } else { None }}
            {session.nas} ", " {t::network_since_start()} " " <When at=session.started_at lasting=true/> {end}
        </Fact>
        <Fact name=t::network_used() source=t::network_from_radius()>{used}</Fact>
    }
    .into_any()
}

/// The bytes of each of the thirty days up to the last one, also of those without a session.
fn month_of(days: &[UsageDay]) -> Vec<(Date, i64)> {
    let Some(last) = days.iter().map(|day| day.day).max() else { return vec![] };
    let used = |day| days.iter().filter(|d| d.day == day).map(|d| d.bytes_up + d.bytes_down).sum::<i64>();
    (0..30).rev().map(|back| last - chrono::Days::new(back)).map(|day| (day, used(day))).collect()
}

/// The names of the days below their bars: one a week, counted back from the last, for more have no room.
fn week_names(month: &[(Date, i64)]) -> Vec<(String, String)> {
    let name = |(i, (day, _)): (usize, &(Date, i64))| {
        let is_named = (month.len() - 1 - i).is_multiple_of(7);
        (if is_named { day_text(*day) } else { String::new() }, String::new())
    };
    month.iter().enumerate().map(name).collect()
}

/// Bars of a month.
#[component]
pub(super) fn Usage(days: Vec<UsageDay>) -> impl IntoView {
    let total: i64 = days.iter().map(|day| day.bytes_up + day.bytes_down).sum();
    let label = t::network_usage_label(shown_bytes(total));
    let body = match total == 0 {
        true => view! { <p class="small muted">{t::network_no_usage()}</p> }.into_any(),
        false => {
            let month = month_of(&days);
            let most = month.iter().max_by_key(|(_, bytes)| *bytes);
            let most = most.map(|(day, bytes)| t::network_usage_most(day_text(*day), shown_bytes(*bytes)));
            let (values, names) = (month.iter().map(|(_, bytes)| *bytes as f64).collect(), week_names(&month));
            view! {
                <Bars values label=label.clone() unfinished=true names/>
                <p class="small muted num">{label} {most.map(|most| format!(" · {most}"))}</p>
            }
            .into_any()
        }
    };
    view! { <Card title=t::network_usage() note=t::network_usage_note()>{body}</Card> }
}

/// The tab *Network*: why offline, addresses, equipment, activation, use.
#[component]
pub(super) fn NetworkTab(
    network: NetworkSection,
    clock: PageClock,
    can: SubscriberActions,
    acts: Acts,
) -> impl IntoView {
    let addresses = network
        .addresses
        .iter()
        .cloned()
        .map(|row| {
            let until = match row.until {
                Some(at) => view! { <When at/> }.into_any(),
                None => t::network_now().into_any(),
            };
            view! {
                <Tr>
                    <Td mono=true>{row.network.to_string()}</Td>
                    <Td label=t::network_from()><When at=row.from/></Td>
                    <Td label=t::network_until()>{until}</Td>
                </Tr>
            }
        })
        .collect_view();
    let head = || view! { <Th>{t::network_address()}</Th><Th>{t::network_from()}</Th><Th>{t::network_until()}</Th> };
    let days = network.usage.clone();
    let equipment = network.equipment.clone();
    let diagnosis = network.diagnosis.clone().filter(|diagnosis| diagnosis.cause != OfflineCause::Online);
    let activation = network.activation.clone();
    view! {
        <Provider value=clock::real(clock)>
            <div class="subscriber-grid subscriber-grid--split">
                <div class="stack stack--4">
                    <NetworkNow network clock can acts/>
                    {diagnosis.map(|diagnosis| view! { <Why diagnosis/> })}
                    {activation.map(|activation| view! { <Steps activation/> })}
                    <Equipment pieces=equipment/>
                </div>
                <div class="subscriber-grid__wide">
                    <Usage days/>
                    <Card title=t::network_addresses() flush=true>
                        <Table caption=t::network_addresses() compact=true head=head>{addresses}</Table>
                    </Card>
                </div>
            </div>
        </Provider>
    }
}

/// What stands at the subscriber's.
#[component]
fn Equipment(pieces: Vec<StockRow>) -> impl IntoView {
    let rows = pieces
        .into_iter()
        .map(|item| {
            view! {
                <p class="row row--between t13">
                    <span>{item.product}</span>
                    <Copy value=item.serial what=t::network_equipment() mono=true/>
                </p>
            }
        })
        .collect_view();
    let none = rows.is_empty().then(|| view! { <p class="small muted">{t::network_no_equipment()}</p> });
    view! { <Card title=t::network_equipment()>{none}{rows}</Card> }
}

/// Evidence first, then the cause that it proves.
#[component]
fn Why(diagnosis: Diagnosis) -> impl IntoView {
    let rows = diagnosis
        .evidence
        .into_iter()
        .map(|piece| {
            let (tone, word) = match piece.verdict {
                Verdict::Good => (Tone::Ok, t::network_good()),
                Verdict::Bad => (Tone::Danger, t::network_bad()),
                Verdict::Unknown => (Tone::Off, t::network_unknown()),
            };
            view! {
                <tr>
                    <td>{words::evidence(piece.about)}</td>
                    <td><State tone>{piece.value.map_or_else(|| word.to_owned(), |value| words::found(piece.about, value))}</State></td>
                    <td class="end small faint">{piece.at.map(|at| view! { <When at age=true/> })}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title=t::network_why_offline() note=t::network_evidence()>
            <table class="mini-table"><tbody>{rows}</tbody></table>
            <hr class="rule"/>
            <p class="t13"><span class="muted">{t::network_cause()} ": "</span><b class="medium">{words::cause(diagnosis.cause)}</b></p>
        </Card>
    }
}

#[component]
fn Steps(activation: ActivationView) -> impl IntoView {
    let steps = activation
        .steps
        .into_iter()
        .enumerate()
        .map(|(i, step)| {
            let progress = match step.state {
                StepState::Done => Progress::Done,
                StepState::Running => Progress::Now,
                StepState::Failed => Progress::Failed,
                StepState::Waiting | StepState::Undone => Progress::Todo,
            };
            let ms = step.ended_at.map(|at| (at - activation.started_at).num_milliseconds());
            let time = ms.map(|ms| t::money_seconds(words::seconds(ms)));
            let number = u8::try_from(i + 1).unwrap_or(u8::MAX);
            view! { <Stage number progress title=words::step(step.step) note=step.note time/> }
        })
        .collect_view();
    view! { <Card title=t::network_activation()><Stages>{steps}</Stages></Card> }
}
