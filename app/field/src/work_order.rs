//! One work order for the dispatcher: the job, its plan, its equipment, what was reported, what happened.

use crate::api::{
    CancelWork, OpenInstallation, ReleaseStock, ReserveStock, ScheduleWork, WorkOrderPageData, load_work_order,
};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::crm::ServiceId;
use model::field::WorkOrderId;
use model::field::work_orders::{
    EvidenceKind, ReservedItem, Technician, WorkOrderDetail, WorkOrderEvent, WorkOrderStatus,
};

/// The id in the address; one that does not read is not there.
pub(crate) fn order_id() -> Memo<Result<WorkOrderId, AppError>> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse().ok()).ok_or(AppError::NotFound))
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Actions {
    schedule: ServerAction<ScheduleWork>,
    reserve: ServerAction<ReserveStock>,
    release: ServerAction<ReleaseStock>,
    cancel: ServerAction<CancelWork>,
    open: ServerAction<OpenInstallation>,
}

/// `/field/work-orders/{id}`
#[component]
pub fn WorkOrderPage() -> impl IntoView {
    let id = order_id();
    let actions = Actions {
        schedule: ServerAction::new(),
        reserve: ServerAction::new(),
        release: ServerAction::new(),
        cancel: ServerAction::new(),
        open: ServerAction::new(),
    };
    let state = move || {
        let done = (actions.schedule.version().get(), actions.reserve.version().get());
        (id.get(), done, actions.release.version().get(), actions.cancel.version().get())
    };
    let order = Resource::new(state, |(id, ..)| async move { load_work_order(id?).await });
    let toasts = use_toasts();
    Effect::new(move |_| {
        if actions.schedule.value().with(|answer| matches!(answer, Some(Ok(())))) {
            toasts.done(t::order_planned());
        }
    });
    Effect::new(move |_| {
        if actions.reserve.value().with(|answer| matches!(answer, Some(Ok(())))) {
            toasts.done(t::order_reserved());
        }
    });
    let last = Last::<WorkOrderPageData>::default();
    view! {
        <PageFrame>
            <Transition>
                {move || Suspend::new(async move {
                    let answer = order.await;
                    match last.or_last(answer, |page| id.get_untracked() == Ok(page.order.row.id)) {
                        Ok(shown) => view! { <Loaded page=shown.data is_old=shown.is_old actions/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/field/work-orders"/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Loaded(page: WorkOrderPageData, is_old: bool, actions: Actions) -> impl IntoView {
    let WorkOrderPageData { order, technicians, can_write, can_open_again, time } = page;
    provide_context(time);
    let number = order.row.number.clone();
    let crumbs = vec![Crumb::to(t::orders_title(), "/field/work-orders"), Crumb::here(number.clone())];
    let (tone, status) = words::status(order.row.status);
    let badge = move || view! { <Badge tone>{status}</Badge> };
    let title = format!("{number} · {}", words::kind(order.row.kind));
    let (id, is_open) = (order.row.id, order.row.status.is_open());
    let can_plan =
        order.row.status == WorkOrderStatus::Scheduled || order.row.status.can_become(WorkOrderStatus::Scheduled);
    let can_cancel = order.row.status.can_become(WorkOrderStatus::Cancelled);
    let is_planned = order.row.slot_from.is_some();
    let service = order.service_id.filter(|_| can_open_again);
    let steps = can_write.then(|| {
        view! {
            {service.map(|service| view! { <AnotherVisitCard service action=actions.open/> })}
            {can_plan.then(|| view! { <ScheduleCard id technicians is_planned action=actions.schedule/> })}
            {can_cancel.then(|| view! { <CancelCard id action=actions.cancel/> })}
        }
    });
    view! {
        <PageHeader title crumbs badge/>
        <PageBody>
            <OldNote is_old/>
            <div class="work-page">
                <div class="stack stack--4">
                    <FactsCard order=order.clone() time/>
                    <EvidenceCard order=order.clone()/>
                    <HistoryCard events=order.events/>
                </div>
                <div class="stack stack--4">
                    <EquipmentCard id items=order.reserved can_write=can_write && is_open actions/>
                    {steps}
                </div>
            </div>
        </PageBody>
    }
}

#[component]
fn FactsCard(order: WorkOrderDetail, time: PageTime) -> impl IntoView {
    let row = order.row;
    let slot = row.slot_from.zip(row.slot_until).map(|(from, until)| words::slot(from, until, time));
    let phone = match row.phone {
        Some(phone) => view! { <Copy value=phone.to_string() what=t::order_phone()/> }.into_any(),
        None => view! { <span class="faint">{t::order_hidden()}</span> }.into_any(),
    };
    let customer = match row.subscriber_id {
        Some(id) => view! { <a class="link" href=format!("/subscribers/{id}")>{row.subscriber}</a> }.into_any(),
        None => row.subscriber.into_any(),
    };
    view! {
        <Card title=t::order_facts()>
            <Facts>
                <Fact name=t::orders_customer()>{customer}</Fact>
                <Fact name=t::order_phone()>{phone}</Fact>
                <Fact name=t::orders_place()>{row.address}</Fact>
                {order.plan.map(|plan| view! { <Fact name=t::order_plan_name()>{plan}</Fact> })}
                {order
                    .username
                    .map(|name| view! { <Fact name=t::order_username()><span class="mono">{name}</span></Fact> })}
                <Fact name=t::orders_technician()>
                    {row.technician.unwrap_or_else(|| t::orders_nobody().to_owned())}
                </Fact>
                <Fact name=t::orders_slot()>{slot.unwrap_or_else(|| t::orders_no_slot().to_owned())}</Fact>
                {order.note.map(|note| view! { <Fact name=t::order_note()>{note}</Fact> })}
            </Facts>
        </Card>
    }
}

#[component]
fn EquipmentCard(id: WorkOrderId, items: Vec<ReservedItem>, can_write: bool, actions: Actions) -> impl IntoView {
    let rows = items
        .into_iter()
        .map(|item| {
            let label = t::order_release_of(&item.serial);
            let serial = item.serial.clone();
            view! {
                <li class="work-item">
                    <span>
                        <b class="mono">{item.serial}</b>
                        <small class="muted">{words::stock_kind(item.kind)} ", " {item.product}</small>
                    </span>
                    {can_write
                        .then(|| {
                            view! {
                                <ActionForm action=actions.release>
                                    <input type="hidden" name="form[work_order_id]" value=id.to_string()/>
                                    <input type="hidden" name="form[serial]" value=serial/>
                                    <button class="btn btn--ghost btn--small" aria-label=label>
                                        {t::order_release()}
                                    </button>
                                </ActionForm>
                            }
                        })}
                </li>
            }
        })
        .collect::<Vec<_>>();
    let body = match rows.is_empty() {
        true => view! { <p class="muted">{t::order_equipment_none()}</p> }.into_any(),
        false => view! { <ul class="work-items">{rows}</ul> }.into_any(),
    };
    let form = can_write.then(|| {
        view! {
            <Form action=actions.reserve empties=true>
                <input type="hidden" name="form[work_order_id]" value=id.to_string()/>
                <Field name="form[serial]" label=t::order_serial() kind=Kind::Code hint=t::order_serial_hint()/>
                <div class="form__actions"><Submit look=Look::Plain>{t::order_reserve()}</Submit></div>
            </Form>
        }
    });
    view! { <Card title=t::order_equipment()><div class="stack stack--3">{body}{form}</div></Card> }
}

#[component]
fn ScheduleCard(
    id: WorkOrderId,
    technicians: Vec<Technician>,
    is_planned: bool,
    action: ServerAction<ScheduleWork>,
) -> impl IntoView {
    let nobody = technicians.is_empty();
    let choices = technicians.into_iter().map(|person| Choice::new(person.id.to_string(), person.name)).collect();
    let title = if is_planned { t::order_schedule_again() } else { t::order_schedule() };
    let form = view! {
        <Form action>
            <input type="hidden" name="form[id]" value=id.to_string()/>
            <Select
                name="form[technician_id]"
                label=t::order_technician()
                choices
                empty=t::order_choose_technician()
            />
            <Field name="form[day]" label=t::order_day() kind=Kind::Date/>
            <Field name="form[from]" label=t::order_from() kind=Kind::Time/>
            <Field name="form[hours]" label=t::order_hours() kind=Kind::Number value="2".to_owned()/>
            <div class="form__actions"><Submit>{t::order_schedule_submit()}</Submit></div>
        </Form>
    };
    view! {
        <Card title>
            {nobody.then(|| view! { <Note tone=Tone::Warn>{t::order_no_technician()}</Note> })}
            {form}
        </Card>
    }
}

/// The way on for an installation whose visit was called off, or whose activation was taken back.
#[component]
fn AnotherVisitCard(service: ServiceId, action: ServerAction<OpenInstallation>) -> impl IntoView {
    view! {
        <Card title=t::order_another()>
            <p class="muted">{t::order_another_hint()}</p>
            <Form action>
                <input type="hidden" name="service_id" value=service.to_string()/>
                <div class="form__actions"><Submit>{t::order_another_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

#[component]
fn CancelCard(id: WorkOrderId, action: ServerAction<CancelWork>) -> impl IntoView {
    view! {
        <Card title=t::order_cancel()>
            <Form action>
                <input type="hidden" name="form[id]" value=id.to_string()/>
                <Field name="form[reason]" label=t::order_reason() hint=t::order_cancel_hint()/>
                <div class="form__actions"><Submit look=Look::Danger>{t::order_cancel_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

#[component]
fn EvidenceCard(order: WorkOrderDetail) -> impl IntoView {
    let number = order.row.number;
    let evidence = order.evidence;
    let pictures = order
        .files
        .into_iter()
        .map(|file| {
            let address = format!("/field/evidence/{}", file.id);
            let name = match file.kind {
                EvidenceKind::Photo => t::order_photo_alt(&number),
                EvidenceKind::Signature => t::order_signature_alt(&number),
            };
            let image = address.clone();
            view! {
                <a class="work-picture" href=address rel="external">
                    <img src=image alt=name loading="lazy" width="160" height="120"/>
                </a>
            }
        })
        .collect_view();
    let state = match order.missing.is_empty() {
        true => view! { <State tone=Tone::Ok>{t::order_complete()}</State> }.into_any(),
        false => view! { <Note tone=Tone::Warn>{t::order_missing(words::gates(&order.missing))}</Note> }.into_any(),
    };
    let signed = if evidence.has_signature { t::order_signed_yes() } else { t::order_signed_no() };
    view! {
        <Card title=t::order_evidence()>
            <div class="stack stack--3">
                {state}
                <Facts>
                    {evidence
                        .serial
                        .map(|serial| view! { <Fact name=t::order_serial()><span class="mono">{serial}</span></Fact> })}
                    {evidence
                        .signal_tenths_dbm
                        .map(|level| {
                            view! { <Fact name=t::order_signal()>{t::order_dbm(words::level(level))}</Fact> }
                        })}
                    {evidence
                        .no_photo_reason
                        .map(|reason| view! { <Fact name=t::order_no_photo()>{reason}</Fact> })}
                    <Fact name=t::order_signed()>{signed}</Fact>
                </Facts>
                <div class="work-pictures">{pictures}</div>
            </div>
        </Card>
    }
}

#[component]
fn HistoryCard(events: Vec<WorkOrderEvent>) -> impl IntoView {
    let lines = events
        .into_iter()
        .rev()
        .map(|line| {
            let at = line.at;
            let title = match line.note {
                Some(note) => format!("{}: {note}", words::status(line.status).1),
                None => words::status(line.status).1.to_owned(),
            };
            view! {
                <Event
                    icon=icondata_lu::LuCircleDot
                    title
                    note=t::order_by(line.by)
                    at=move || view! { <When at age=true/> }
                />
            }
        })
        .collect_view();
    view! { <Card title=t::order_history()><Timeline>{lines}</Timeline></Card> }
}
