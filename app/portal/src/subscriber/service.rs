//! Why a service is on or off: evidence first, then the locks with their reason and the way to lift them.

use super::Acts;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::billing::invoices::InvoiceBadge;
use model::billing::locks::{LockReason, LockRow};
use model::crm::ServiceId;
use model::crm::subscribers::{Badge as ServiceBadge, ServiceRow, ServiceState};
use model::network::offline::{EvidenceKind, Verdict};
use model::portal::subscriber_page::{MoneySection, SubscriberPage};
use model::time::Timestamp;

/// The card *Service now*, about the first service.
#[component]
pub(super) fn ServiceNow(page: SubscriberPage, acts: Acts) -> impl IntoView {
    let Some(service) = page.services.first().cloned() else {
        return view! {
            <Card title=t::service_title()>
                <EmptyState icon=icondata_lu::LuPackage title=t::service_none() text=t::service_none_text()/>
            </Card>
        }
        .into_any();
    };
    let is_on = service.badge == ServiceBadge::Active;
    let (tone, word) = match (service.state, is_on) {
        (ServiceState::Active, true) => (Tone::Ok, t::service_on()),
        (ServiceState::Active, false) => (Tone::Danger, t::service_off()),
        _ => (Tone::Off, t::service_not_yet()),
    };
    let why = match (service.state, is_on) {
        (ServiceState::Active, true) => t::service_why_on(),
        (ServiceState::Active, false) | (ServiceState::Disconnected, _) => t::service_why_off(),
        _ => t::service_why_not_yet(),
    };
    let reasons = reasons(&page, &service);
    let locks: Vec<LockRow> = page.locks.iter().filter(|lock| lock.service_id == service.id).cloned().collect();
    let can_lock = page.can.can_lock;
    view! {
        <Card title=t::service_title() actions=move || view! { <Badge tone>{word}</Badge> }>
            <p class="section-label">{why}</p>
            <ul class="reason-list">{reasons}</ul>
            <Locks locks can_lock acts/>
            {(can_lock && service.state == ServiceState::Active).then(|| view! { <SetLockForm id=service.id acts/> })}
        </Card>
    }
    .into_any()
}

/// Each piece of evidence with the context that says so.
fn reasons(page: &SubscriberPage, service: &ServiceRow) -> Vec<AnyView> {
    let mut list = Vec::new();
    let waits = match service.state {
        ServiceState::Pending => Some(t::service_waits_approval()),
        ServiceState::Approved | ServiceState::Installing => Some(t::service_waits_installation()),
        ServiceState::Disconnected => Some(t::service_ended()),
        ServiceState::Active => None,
    };
    if let Some(words) = waits {
        list.push(view! { <Reason good=false from=t::service_from_sales()>{words}</Reason> }.into_any());
    } else if let Some(money) = &page.money {
        let (good, words) = paid(service, money, page.clock.business);
        list.push(view! { <Reason good from=t::service_from_billing()>{words}</Reason> }.into_any());
    }
    let active = service.locks.len();
    let words = match active {
        0 => t::service_no_lock().to_owned(),
        n => t::service_locks_active(i64::try_from(n).unwrap_or(i64::MAX)),
    };
    // Where nothing runs yet, a lock that is not there explains nothing.
    if waits.is_none() || active > 0 {
        list.push(view! { <Reason good=active == 0 from=t::service_from_locks()>{words}</Reason> }.into_any());
    }
    if let Some(network) = &page.network {
        let account =
            network.diagnosis.as_ref().and_then(|d| d.evidence.iter().find(|e| e.about == EvidenceKind::Account));
        if let Some(account) = account {
            let good = account.verdict == Verdict::Good;
            let words = if good { t::service_radius_live() } else { t::service_radius_missing() };
            list.push(view! { <Reason good from=t::service_from_radius()>{words}</Reason> }.into_any());
        }
        let installed = network.equipment.len();
        if installed > 0 {
            let words = t::service_equipment(i64::try_from(installed).unwrap_or(i64::MAX));
            list.push(view! { <Reason good=true from=t::service_from_stock()>{words}</Reason> }.into_any());
        }
    }
    list
}

/// Until when a running service is paid. One whose first bill is not due yet runs on credit; a late bill is said.
fn paid(service: &ServiceRow, money: &MoneySection, now: Timestamp) -> (bool, AnyView) {
    let is_late =
        money.invoices.iter().any(|i| matches!(i.badge, InvoiceBadge::Overdue | InvoiceBadge::OverduePartPaid));
    match service.paid_until {
        Some(until) if until >= now => (true, view! { {t::service_paid_until()} " " <When at=until/> }.into_any()),
        _ if is_late => (false, t::service_late().into_any()),
        Some(until) => {
            let is_on = service.locks.is_empty();
            let credit = is_on.then(|| view! { " · " {t::service_not_due()} });
            (is_on, view! { {t::service_paid_until()} " " <When at=until/> {credit} }.into_any())
        }
        None => (true, t::service_not_due().into_any()),
    }
}

#[component]
fn Reason(good: bool, from: &'static str, children: Children) -> impl IntoView {
    let icon = match good {
        true => view! { <Icon icon=icondata_lu::LuCheck class="icon--yes"/> },
        false => view! { <Icon icon=icondata_lu::LuX class="icon--no"/> },
    };
    view! { <li class="reason-list__item">{icon}<span>{children()}</span><span class="small faint">{from}</span></li> }
}

/// Active locks in red with the way to lift them, earlier ones as history.
#[component]
fn Locks(locks: Vec<LockRow>, can_lock: bool, acts: Acts) -> impl IntoView {
    let (active, earlier): (Vec<_>, Vec<_>) = locks.into_iter().partition(|lock| lock.lifted_at.is_none());
    let has_any = !active.is_empty() || !earlier.is_empty();
    let active = active.into_iter().map(|lock| view! { <ActiveLock lock can_lock acts/> }).collect_view();
    let earlier = earlier
        .into_iter()
        .take(3)
        .map(|lock| {
            let by = lock.lifted_by.map(t::service_lifted_by);
            view! {
                <div class="reason-list__item muted">
                    <Icon icon=icondata_lu::LuLockOpen/>
                    <span class="truncate">
                        {words::lock(lock.reason)} ", " <When at=lock.set_at/>
                        {lock.lifted_at.map(|at| view! { " – " <When at/> })}
                    </span>
                    <span class="small faint">{by}</span>
                </div>
            }
        })
        .collect_view();
    has_any.then(|| view! { <hr class="rule"/><p class="section-label">{t::service_locks()}</p>{active}{earlier} })
}

#[component]
fn ActiveLock(lock: LockRow, can_lock: bool, acts: Acts) -> impl IntoView {
    let how = match (lock.reason.is_money_lock(), lock.due.filter(|due| due.minor > 0)) {
        (true, Some(due)) => Some(t::service_paying_lifts(due)),
        (true, None) => Some(t::service_paying_lifts_it().to_owned()),
        (false, _) => lock.set_by.map(t::service_set_by),
    };
    let note = [lock.note, how].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let id = lock.id.to_string();
    let lift = can_lock.then(|| {
        view! {
            <ActionForm action=acts.lift_lock>
                <input type="hidden" name="form[id]" value=id/>
                <button class="btn btn--small">{t::service_lift()}</button>
            </ActionForm>
        }
    });
    view! {
        <div class="lock-row">
            <Icon icon=icondata_lu::LuLock/>
            <span>
                <b>{words::lock(lock.reason)}</b> " " {t::subscriber_since()} " " <When at=lock.set_at/>
                <br/>
                <span class="small muted">{note}</span>
            </span>
            {lift}
        </div>
    }
}

/// Sets a lock by hand, folded away until it is wanted.
#[component]
fn SetLockForm(id: ServiceId, acts: Acts) -> impl IntoView {
    let choices = LockReason::ALL
        .iter()
        .filter(|reason| reason.is_set_by_hand())
        .map(|reason| Choice::new(reason.code(), words::lock(*reason)))
        .collect();
    view! {
        <details class="fold">
            <summary class="small">{t::service_set_lock()}</summary>
            <Form action=acts.set_lock>
                <input type="hidden" name="form[service_id]" value=id.to_string()/>
                <Select name="form[reason]" label=t::service_lock_reason() choices/>
                <Field name="form[note]" label=t::service_lock_note()/>
                <Submit look=Look::Danger>{t::service_lock_service()}</Submit>
            </Form>
        </details>
    }
}

/// The tab *Services*: all of them in a table, and the locks of the first.
#[component]
pub(super) fn Services(page: SubscriberPage, acts: Acts) -> impl IntoView {
    let sees_money = page.money.is_some();
    let unit = page.money.as_ref().map_or("", |money| money.balance.currency.sign());
    let rows = page
        .services
        .iter()
        .cloned()
        .map(|service| {
            let (tone, word) = words::badge(service.badge);
            let access = [service.access.map(|kind| kind.code().to_owned()), service.username];
            let access = access.into_iter().flatten().collect::<Vec<_>>().join(" ");
            view! {
                <Tr>
                    <Td><b class="medium">{service.plan}</b></Td>
                    <Td label=t::service_where()>{service.address}</Td>
                    <Td label=t::service_state()>
                        <State tone>{word}</State> " " <span class="small faint"><When at=service.state_since/></span>
                    </Td>
                    <Td label=t::service_access() mono=true>{access}</Td>
                    {sees_money
                        .then(|| {
                            view! {
                                <Td label=t::service_price() num=true>
                                    {service.price.map(|money| view! { <Amount money/> })}
                                </Td>
                            }
                        })}
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::service_plan()}</Th>
            <Th>{t::service_where()}</Th>
            <Th>{t::service_state()}</Th>
            <Th>{t::service_access()}</Th>
            {sees_money.then(|| view! { <Th num=true unit=unit>{t::service_price()}</Th> })}
        }
    };
    view! {
        <div class="stack">
            <section class="card clip"><Table caption=t::subscriber_tab_services() head=head>{rows}</Table></section>
            <ServiceNow page acts/>
        </div>
    }
}
