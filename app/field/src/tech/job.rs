//! One job on the phone: where, what to take, the steps on site, the way online.

use super::complete::CompleteCard;
use super::login::LoginCard;
use super::photos::{PhotosCard, Sending};
use super::signature::SignatureCard;
use super::sync::SyncBar;
use crate::api::{CompleteJob, JobData, ProgressJob, SignJob, load_job};
use crate::work_order::order_id;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::AppError;
use model::field::WorkOrderId;
use model::field::work_orders::{Gate, ReservedItem, WorkOrderDetail, WorkOrderKind, WorkOrderStatus};
use model::network::activation::{ActivationState, ActivationView, StepState};

/// The forms of the page, and what lives as long as the page: it is drawn anew after each step.
#[derive(Clone, Copy)]
struct Actions {
    progress: ServerAction<ProgressJob>,
    sign: ServerAction<SignJob>,
    complete: ServerAction<CompleteJob>,
    photo: RwSignal<Sending>,
    /// Scripts have arrived.
    ready: RwSignal<bool>,
    /// The signature as it is drawn.
    drawing: RwSignal<String>,
    /// What is typed in the last form.
    typed: RwSignal<Vec<Gate>>,
    again: Callback<()>,
}

/// `/tech/{id}`
#[component]
pub fn JobPage() -> impl IntoView {
    let id = order_id();
    let (progress, sign, complete) = (ServerAction::new(), ServerAction::new(), ServerAction::new());
    let versions = move || (progress.version().get(), sign.version().get(), complete.version().get());
    let job = Resource::new(move || (id.get(), versions()), |(id, _)| async move { load_job(id?).await });
    let again = Callback::new(move |()| job.refetch());
    let (photo, typed) = (RwSignal::new(Sending::No), RwSignal::new(vec![]));
    let (ready, drawing) = (RwSignal::new(false), RwSignal::new(String::new()));
    Effect::new(move |_| ready.set(true));
    let actions = Actions { progress, sign, complete, photo, ready, drawing, typed, again };
    let last = Last::<JobData>::default();
    view! {
        <div class="phone">
            <Transition>
                {move || Suspend::new(async move {
                    let answer = job.await;
                    match last.or_last(answer, |job| id.get_untracked() == Ok(job.order.row.id)) {
                        Ok(shown) => view! { <Loaded job=shown.data is_old=shown.is_old actions/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/tech"/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Loaded(job: JobData, is_old: bool, actions: Actions) -> impl IntoView {
    let JobData { order, time } = job;
    let status = order.row.status;
    let id = order.row.id;
    let is_installation = order.row.kind == WorkOrderKind::Installation;
    let waits_for_router =
        order.activation.as_ref().is_some_and(|activation| activation.state != ActivationState::Online);
    let body = match status {
        WorkOrderStatus::OnSite => view! {
            <TakeCard items=order.reserved.clone()/>
            {is_installation.then(|| view! { <LoginCard id/> })}
            <PhotosCard id photos=order.evidence.photos ready=actions.ready sending=actions.photo again=actions.again/>
            <SignatureCard
                id
                is_signed=order.evidence.has_signature
                ready=actions.ready
                drawing=actions.drawing
                action=actions.sign
            />
            <CompleteCard order=order.clone() typed=actions.typed action=actions.complete/>
            <CannotCard id action=actions.progress/>
        }
        .into_any(),
        WorkOrderStatus::Completed | WorkOrderStatus::FollowUp => view! {
            <Note tone=Tone::Ok>{t::job_done()}</Note>
            {waits_for_router.then(|| view! { <LoginCard id/> })}
            {order.activation.clone().map(|activation| view! { <ActivationCard activation again=actions.again/> })}
        }
        .into_any(),
        WorkOrderStatus::Cancelled => view! { <Note tone=Tone::Warn>{t::job_cancelled()}</Note> }.into_any(),
        _ => view! {
            <TakeCard items=order.reserved.clone()/>
            <WayCard id status action=actions.progress/>
        }
        .into_any(),
    };
    view! {
        <leptos_meta::Title text=order.row.number.clone()/>
        <SyncBar time/>
        <Head order=order.clone()/>
        <main class="phone__main phone__main--tight">
            <OldNote is_old/>
            <WhereCard order time/>
            {body}
        </main>
    }
}

#[component]
fn Head(order: WorkOrderDetail) -> impl IntoView {
    let (tone, status) = words::status(order.row.status);
    let title = match order.plan {
        Some(plan) => format!("{}, {plan}", words::kind(order.row.kind)),
        None => words::kind(order.row.kind).to_owned(),
    };
    view! {
        <header class="job-head">
            <IconLink icon=icondata_lu::LuArrowLeft name=t::job_back() href="/tech"/>
            <span class="job-head__title">
                <h1>{title}</h1>
                <span class="t14 muted mono">{order.row.number}</span>
            </span>
            <span class="push job-head__badge"><Badge tone>{status}</Badge></span>
        </header>
    }
}

#[component]
fn WhereCard(order: WorkOrderDetail, time: PageTime) -> impl IntoView {
    let row = order.row;
    let slot = row.slot_from.zip(row.slot_until).map(|(from, until)| words::slot(from, until, time));
    // `geo:` opens the phone's own map, also without a connection.
    let map = match order.position {
        Some(place) => format!("geo:{:.6},{:.6}", place.latitude, place.longitude),
        None => format!("geo:0,0?q={}", in_query(&row.address)),
    };
    let call = row.phone.map(|phone| {
        view! {
            <a href=format!("tel:{}", phone.e164())>
                <Icon icon=icondata_lu::LuPhone/>
                {t::job_call(phone.to_string())}
            </a>
        }
    });
    view! {
        <section class="job-card clip">
            <div class="job-card__body">
                <div class="row row--between"><b>{row.subscriber}</b><span class="t14 num medium">{slot}</span></div>
                <p class="t14 muted">{row.address}</p>
                {order.username.map(|name| view! { <p class="t14"><span class="mono">{name}</span></p> })}
                {order.note.map(|note| view! { <p class="t14">{note}</p> })}
            </div>
            <div class="job-act">
                <a href=map rel="external"><Icon icon=icondata_lu::LuNavigation/>{t::job_navigate()}</a>
                {call}
            </div>
        </section>
    }
}

fn in_query(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[component]
fn TakeCard(items: Vec<ReservedItem>) -> impl IntoView {
    let body = match items.is_empty() {
        true => view! { <p class="t14 muted">{t::job_take_none()}</p> }.into_any(),
        false => items
            .into_iter()
            .map(|item| {
                view! {
                    <p class="t14">
                        <b>{words::stock_kind(item.kind)}</b> " " {item.product} " "
                        <span class="mono">{item.serial}</span>
                    </p>
                }
            })
            .collect_view()
            .into_any(),
    };
    view! { <section class="job-card job-card__body"><h2>{t::job_take()}</h2>{body}</section> }
}

/// Setting out and arriving: one large button each.
#[component]
fn WayCard(id: WorkOrderId, status: WorkOrderStatus, action: ServerAction<ProgressJob>) -> impl IntoView {
    let step = move |to: WorkOrderStatus, look: Look, text: &'static str| {
        status.can_become(to).then(|| {
            view! {
                <Form action id=format!("progress-{to}")>
                    <input type="hidden" name="form[id]" value=id.to_string()/>
                    <input type="hidden" name="form[to]" value=to.code()/>
                    <Submit look size=Size::Large>{text}</Submit>
                </Form>
            }
        })
    };
    let first = if status.can_become(WorkOrderStatus::EnRoute) { Look::Plain } else { Look::Primary };
    view! {
        {step(WorkOrderStatus::EnRoute, Look::Primary, t::job_way())}
        {step(WorkOrderStatus::OnSite, first, t::job_arrived())}
    }
}

/// What is in the way, told to the office.
#[component]
fn CannotCard(id: WorkOrderId, action: ServerAction<ProgressJob>) -> impl IntoView {
    let reasons = vec![
        Choice::new(WorkOrderStatus::WaitingParts.code(), t::job_parts()),
        Choice::new(WorkOrderStatus::WaitingCustomer.code(), t::job_customer()),
    ];
    view! {
        <details class="job-card job-more">
            <summary>{t::job_cannot()}</summary>
            <Form action>
                <input type="hidden" name="form[id]" value=id.to_string()/>
                <Select name="form[to]" label=t::job_waiting() choices=reasons/>
                <TextArea name="form[note]" label=t::job_waiting_note() rows=2/>
                <Submit look=Look::Plain size=Size::Large>{t::job_waiting_submit()}</Submit>
            </Form>
        </details>
    }
}

/// The steps of the service on its way online; they are looked at again until it has arrived.
#[component]
fn ActivationCard(activation: ActivationView, again: Callback<()>) -> impl IntoView {
    let is_moving = matches!(activation.state, ActivationState::Running | ActivationState::Ready);
    // Effects run in the browser only, so the server never waits.
    Effect::new(move |_| {
        if is_moving {
            set_timeout(move || again.run(()), std::time::Duration::from_secs(3));
        }
    });
    let stages = activation
        .steps
        .into_iter()
        .enumerate()
        .map(|(i, step)| {
            let progress = match step.state {
                StepState::Done => Progress::Done,
                StepState::Running => Progress::Now,
                StepState::Failed => Progress::Failed,
                _ => Progress::Todo,
            };
            let number = u8::try_from(i + 1).unwrap_or(u8::MAX);
            view! { <Stage progress number title=words::step(step.step)/> }
        })
        .collect_view();
    view! {
        <section class="job-card job-card__body">
            <h2>{t::job_activation()}</h2>
            <Stages>{stages}</Stages>
            {is_moving.then(|| view! { <p class="t14 muted">{t::job_activation_wait()}</p> })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_is_safe_in_a_map_link() {
        assert_eq!(super::in_query("Jacaranda Court, B12 & more"), "Jacaranda%20Court%2C%20B12%20%26%20more");
    }
}
