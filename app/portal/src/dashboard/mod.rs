//! `/`: the first page after sign-in. What needs attention stands first; cards are there for those who may read them.

mod manager;

use crate::api::read_dashboard;
use crate::{clock, t, words};
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use model::portal::dashboard::{Attention, AttentionKind, Dashboard, OnlineCount, OnlineProof};

/// `/`
#[component]
pub fn DashboardPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| read_dashboard());
    view! {
        <PageFrame>
            <PageHeader title=t::dashboard_title()/>
            <Suspense fallback=|| view! { <Skeleton lines=6/> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(Some(page)) => view! { <Cards page/> }.into_any(),
                        Ok(None) => view! { <PageBody><Links/></PageBody> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Suspense>
        </PageFrame>
    }
}

#[component]
fn Cards(page: Dashboard) -> impl IntoView {
    let has_proof = page.proof.is_some();
    view! {
        <Provider value=clock::business(page.clock)>
            <div class="dash">
                <div class=if has_proof { "dash__8" } else { "" }><AttentionCard list=page.attention/></div>
                {page.proof.map(|proof| view! { <div class="dash__4"><ProofCard proof/></div> })}
                {page.online.map(|online| view! { <Online online/> })}
                {page.manager.map(|cards| view! { <manager::Manager cards/> })}
            </div>
        </Provider>
    }
}

#[component]
fn AttentionCard(list: Vec<Attention>) -> impl IntoView {
    let body = match list.is_empty() {
        true => view! {
            <EmptyState icon=icondata_lu::LuCircleCheck title=t::dashboard_attention_none() text=t::dashboard_attention_none_text()/>
        }
        .into_any(),
        false => {
            let rows = list
                .into_iter()
                .map(|item| {
                    let tone = if item.kind.is_urgent() { Tone::Danger } else { Tone::Warn };
                    let amount = item.amount.filter(|amount| amount.minor > 0);
                    view! {
                        <li>
                            <StateDot tone/>
                            <span class="attention__text">
                                <b>{sentence(&item)}</b>
                                {amount.map(|money| view! { ", " <Amount money/> })}
                            </span>
                            <span class="small faint num">{item.since.map(|at| view! { <When at age=true/> })}</span>
                            <a class="btn btn--small" href=item.link>{t::dashboard_open()}</a>
                        </li>
                    }
                })
                .collect_view();
            view! { <ul class="attention">{rows}</ul> }.into_any()
        }
    };
    view! { <Card title=t::dashboard_attention() note=t::dashboard_worst_first() flush=true>{body}</Card> }
}

fn sentence(item: &Attention) -> String {
    let n = item.count;
    match item.kind {
        AttentionKind::Incident => t::dashboard_incident(n, item.about.clone().unwrap_or_default()),
        AttentionKind::StrayPayments => t::dashboard_stray_payments(n),
        AttentionKind::FailedActivation => t::dashboard_failed_activation(n),
        AttentionKind::FailedJobs => t::dashboard_failed_jobs(n),
        AttentionKind::LateTickets => t::dashboard_late_tickets(n),
        AttentionKind::CutOffs => t::dashboard_cut_offs(n),
        AttentionKind::Overdue => t::dashboard_overdue(n),
        AttentionKind::Suspended => t::dashboard_suspended_now(n),
        AttentionKind::Approvals => t::dashboard_approvals(n),
        AttentionKind::NewLeads => t::dashboard_new_leads(n),
        AttentionKind::UnplannedWork => t::dashboard_unplanned_work(n),
    }
}

/// The goal of payment-to-online, in milliseconds.
const GOAL_MS: i64 = 5_000;

#[component]
fn ProofCard(proof: OnlineProof) -> impl IntoView {
    let badge = proof.p95_ms.map(|ms| {
        if ms <= GOAL_MS { (Tone::Ok, t::dashboard_in_goal()) } else { (Tone::Danger, t::dashboard_over_goal()) }
    });
    let body = match proof.p95_ms {
        None => view! { <p class="small muted">{t::dashboard_no_proof()}</p> }.into_any(),
        Some(p95) => view! {
            <p class="row proof-line">
                <span class="stat__value">{t::money_seconds(words::seconds(p95))} " "<small>{t::dashboard_p95()}</small></span>
                {proof.median_ms.map(|ms| view! { <span class="t13 muted num">{t::dashboard_median(words::seconds(ms))}</span> })}
                {proof.slowest_ms.map(|ms| view! { <span class="t13 muted num">{t::dashboard_slowest(words::seconds(ms))}</span> })}
            </p>
            <p class="small muted">{t::dashboard_counted(proof.online)} " · " {t::dashboard_goal()}</p>
        }
        .into_any(),
    };
    let ready = (proof.ready > 0).then(|| view! { <p class="small muted">{t::dashboard_ready(proof.ready)}</p> });
    view! {
        <Card
            title=t::dashboard_proof()
            note=t::dashboard_proof_note()
            actions=move || badge.map(|(tone, word)| view! { <Badge tone>{word}</Badge> })
        >
            {body}
            {ready}
        </Card>
    }
}

#[component]
fn Online(online: OnlineCount) -> impl IntoView {
    let offline = (online.active - online.online - online.suspended).max(0);
    let figure = |n: i64| kit::texts::counted(n);
    view! {
        <Stats>
            <Stat label=t::dashboard_online() value=figure(online.online) note=t::dashboard_online_note(figure(online.active)) tone=Tone::Ok/>
            <Stat label=t::dashboard_offline() value=figure(offline) note=t::dashboard_offline_note() tone=Tone::Warn.of(offline)/>
            <Stat label=t::dashboard_suspended() value=figure(online.suspended) note=t::dashboard_suspended_note() tone=Tone::Danger.of(online.suspended)/>
        </Stats>
    }
}

/// For a role without a dashboard that is not led on to a page of its own.
#[component]
fn Links() -> impl IntoView {
    view! {
        <Card title=t::dashboard_links()>
            <p class="row"><a class="link" href="/profile">{t::me_title()}</a></p>
        </Card>
    }
}
