//! Activations: from "installed" to "online", step by step, with a button where a person is needed.

use crate::api::{
    ActivationModel, ActivationsModel, RetryActivation, UndoActivation, activation_detail, activation_list,
};
use crate::{live, t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::network::ActivationId;
use model::network::activation::{ActivationState, ActivationView, StepState, StepView};
use model::time::Timestamp;

const CHANGES: &[&str] = &["network.activation_changed"];

/// `/network/activations`
#[component]
pub fn ActivationsPage() -> impl IntoView {
    let query = use_query_state();
    let changed = live::changes(CHANGES);
    let part = move |key: &str| query.get(key).unwrap_or_default();
    let list = Resource::new(
        move || (part("tab"), part("after"), changed.get()),
        |(tab, after, _)| activation_list(tab, after),
    );
    view! {
        <PageFrame fixed=true>
            <PageHeader title=t::activations_title()/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(model) => view! { <Activations model/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Activations(model: ActivationsModel) -> impl IntoView {
    provide_context(model.time);
    let now = model.time.now;
    let count = |state: ActivationState| {
        let found = model.counts.iter().find(|(s, _)| *s == state);
        found.map_or(0, |(_, n)| n.unsigned_abs())
    };
    let open = count(ActivationState::Running) + count(ActivationState::Failed) + count(ActivationState::Ready);
    let mut tabs = vec![Tab::new("", t::activations_open()).count(open)];
    for state in [ActivationState::Failed, ActivationState::Ready, ActivationState::Online] {
        tabs.push(Tab::new(state.code(), words::activation_state(state).1).count(count(state)));
    }
    tabs.push(Tab::new("all", t::all()));
    let head = || {
        view! {
            <Th>{t::subscriber()}</Th>
            <Th>{t::status()}</Th>
            <Th>{t::activations_at()}</Th>
            <Th>{t::activations_started()}</Th>
            <Th num=true>{t::activations_took()}</Th>
        }
    };
    let shown = model.page.rows.len() as i64;
    let is_empty = model.page.rows.is_empty();
    let rows = model.page.rows.into_iter().map(|activation| row(activation, now)).collect_view();
    let (previous, next) = (model.page.previous, model.page.next);
    let foot = move || view! { <Pagination previous next>{t::activations_shown(shown)}</Pagination> };
    view! {
        <Tabs name=t::activations_title() tabs/>
        {if is_empty {
            view! {
                <EmptyState icon=icondata_lu::LuPlugZap title=t::activations_none() text=t::activations_none_hint()/>
            }
            .into_any()
        } else {
            view! { <List foot=foot><Table caption=t::activations_title() list=true head=head>{rows}</Table></List> }
                .into_any()
        }}
    }
}

fn row(activation: ActivationView, now: Timestamp) -> impl IntoView {
    let (tone, word) = words::activation_state(activation.state);
    let at = present_step(&activation.steps).map(|s| words::step(s.step)).unwrap_or_default();
    let took = took(&activation, now);
    view! {
        <Tr>
            <Td><a class="link--quiet" href=format!("/network/activations/{}", activation.id)>{activation.subscriber}</a></Td>
            <Td label=t::status()><State tone>{word}</State></Td>
            <Td label=t::activations_at()>{at}</Td>
            <Td label=t::activations_started()><When at=activation.started_at age=true/></Td>
            <Td label=t::activations_took() num=true>{took}</Td>
        </Tr>
    }
}

/// The step that failed or runs, else the first that waits.
fn present_step(steps: &[StepView]) -> Option<&StepView> {
    let first = |state| steps.iter().find(|s| s.state == state);
    first(StepState::Failed).or_else(|| first(StepState::Running)).or_else(|| first(StepState::Waiting))
}

fn took(activation: &ActivationView, now: Timestamp) -> String {
    match activation.state {
        ActivationState::Undone => String::new(),
        _ => words::took((activation.online_at.unwrap_or(now) - activation.started_at).num_milliseconds()),
    }
}

/// `/network/activations/:id`
#[component]
pub fn ActivationPage() -> impl IntoView {
    let params = use_params_map();
    let retry = ServerAction::<RetryActivation>::new();
    let undo = ServerAction::<UndoActivation>::new();
    let changed = live::changes(CHANGES);
    let activation = Resource::new(
        move || (params.with(|p| p.get("id")), retry.version().get(), undo.version().get(), changed.get()),
        |(id, ..)| async move {
            let id: ActivationId = id.and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)?;
            activation_detail(id).await
        },
    );
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match activation.await {
                    Ok(model) => view! { <Activation model retry undo/> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound home="/network/activations"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Activation(
    model: ActivationModel,
    retry: ServerAction<RetryActivation>,
    undo: ServerAction<UndoActivation>,
) -> impl IntoView {
    provide_context(model.time);
    let ActivationModel { activation, can_retry, time } = model;
    let crumbs =
        vec![Crumb::to(t::activations_title(), "/network/activations"), Crumb::here(activation.subscriber.clone())];
    let (tone, word) = words::activation_state(activation.state);
    let is_open =
        matches!(activation.state, ActivationState::Running | ActivationState::Failed | ActivationState::Ready);
    let total = took(&activation, time.now);
    let subscriber = format!("/subscribers/{}", activation.subscriber_id);
    let id = activation.id.to_string();
    let undo_id = id.clone();
    let retry_text = match activation.state {
        ActivationState::Failed => Some(t::activations_retry()),
        ActivationState::Undone => Some(t::activations_again()),
        _ => None,
    };
    let stages = (1u8..).zip(activation.steps).map(|(number, step)| stage(number, step)).collect_view();
    view! {
        <PageFrame>
            <PageHeader title=activation.subscriber.clone() crumbs badge=move || view! { <Badge tone>{word}</Badge> }/>
            <PageBody>
                <Card title=t::activations_steps() note=total>
                    <Stages>{stages}</Stages>
                    {retry_text.filter(|_| can_retry).map(|text| {
                        view! {
                            <Form action=retry>
                                <input type="hidden" name="form[id]" value=id/>
                                <Submit icon=icondata_lu::LuRotateCw>{text}</Submit>
                            </Form>
                        }
                    })}
                    <p class="small"><a class="link" href=subscriber>{t::activations_subscriber()}</a></p>
                </Card>
                {(can_retry && is_open).then(|| {
                    view! {
                        <Card title=t::activations_undo()>
                            <p class="muted">{t::activations_undo_hint()}</p>
                            <Form action=undo>
                                <input type="hidden" name="id" value=undo_id/>
                                <Field name="reason" label=t::reason()/>
                                <Submit look=Look::Danger>{t::activations_undo()}</Submit>
                            </Form>
                        </Card>
                    }
                })}
            </PageBody>
        </PageFrame>
    }
}

fn stage(number: u8, step: StepView) -> impl IntoView {
    let time = match (step.started_at, step.ended_at) {
        (Some(start), Some(end)) => Some(words::took((end - start).num_milliseconds())),
        _ => None,
    };
    let note = match (step.state, step.note) {
        (StepState::Undone, note) => Some(t::activations_undone(note.unwrap_or_default())),
        (_, Some(note)) if step.tries > 1 => Some(t::activations_tries(i64::from(step.tries), note)),
        (_, note) => note,
    };
    view! {
        <Stage progress=words::progress(step.state) number title=words::step(step.step) note=note time=time/>
    }
}
