//! The approval queue of the NOC: services of fresh conversions. What approving does stands above the buttons that do it.

use crate::api::{ApprovalQueue, ApprovalRow, ApproveService, load_approvals};
use crate::t;
use kit::form::action_error;
use kit::form::error_text;
use kit::prelude::*;
use leptos::prelude::*;
use model::crm::SubscriberId;

/// `/noc/approvals`
#[component]
pub fn ApprovalsPage() -> impl IntoView {
    let approve = ServerAction::<ApproveService>::new();
    let queue = Resource::new(move || approve.version().get(), |_| load_approvals());
    let error = action_error(approve);
    let pressed = RwSignal::new(None::<Pressed>);
    let done = move || approve.value().with(|answer| matches!(answer, Some(Ok(())))).then(|| pressed.get()).flatten();
    let crumbs = vec![Crumb::to(t::nav_noc(), "/noc"), Crumb::here(t::approvals_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::approvals_title() crumbs/>
            <PageBody>
                {move || {
                    error.get().map(|error| view! { <div role="alert"><Note tone=Tone::Danger>{error_text(&error)}</Note></div> })
                }}
                <div role="status">{move || done().map(|pressed| view! { <Approved pressed/> })}</div>
                <Transition>
                    {move || Suspend::new(async move {
                        match queue.await {
                            Ok(queue) => view! { <Queue queue approve pressed/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

/// Whose service is being approved.
#[derive(Debug, Clone)]
struct Pressed {
    subscriber_id: SubscriberId,
    name: String,
}

/// What approving did, and where it goes on.
#[component]
fn Approved(pressed: Pressed) -> impl IntoView {
    let work = format!("/subscribers/{}?tab=work", pressed.subscriber_id);
    view! {
        <Note tone=Tone::Ok>
            {t::approvals_done(pressed.name)} " " <a class="link" href=work>{t::approvals_done_work()}</a>
        </Note>
    }
}

#[component]
fn Queue(
    queue: ApprovalQueue,
    approve: ServerAction<ApproveService>,
    pressed: RwSignal<Option<Pressed>>,
) -> impl IntoView {
    let ApprovalQueue { rows, time } = queue;
    provide_context(time);
    if rows.is_empty() {
        return view! {
            <EmptyState icon=icondata_lu::LuClipboardCheck title=t::approvals_none() text=t::approvals_none_hint()/>
        }
        .into_any();
    }
    let count = rows.len().to_string();
    view! {
        <Card title=t::approvals_does()>
            <ul class="will">
                <li>{t::approvals_does_stock()}</li>
                <li>{t::approvals_does_work()}</li>
                <li>{t::approvals_does_activate()}</li>
            </ul>
        </Card>
        <Card title=t::approvals_caption() note=count flush=true><Rows rows approve pressed/></Card>
    }
    .into_any()
}

#[component]
fn Rows(
    rows: Vec<ApprovalRow>,
    approve: ServerAction<ApproveService>,
    pressed: RwSignal<Option<Pressed>>,
) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::approvals_name()}</Th>
            <Th>{t::approvals_account()}</Th>
            <Th>{t::approvals_plan()}</Th>
            <Th>{t::approvals_address()}</Th>
            <Th>{t::approvals_phone()}</Th>
            <Th>{t::approvals_since()}</Th>
            <Th><span class="visually-hidden">{t::approvals_approve()}</span></Th>
        }
    };
    let pending = approve.pending();
    let rows = rows
        .into_iter()
        .map(|row| {
            let (id, label) = (row.id.to_string(), t::approvals_approve_whom(&row.name));
            let this = Pressed { subscriber_id: row.subscriber_id, name: row.name.clone() };
            let press = move |_| pressed.set(Some(this.clone()));
            view! {
                <Tr>
                    <Td><a class="link" href=format!("/subscribers/{}", row.subscriber_id)>{row.name}</a></Td>
                    <Td label=t::approvals_account() mono=true>{row.account_number.to_string()}</Td>
                    <Td label=t::approvals_plan()>{row.plan}</Td>
                    <Td label=t::approvals_address()>{row.address}</Td>
                    <Td label=t::approvals_phone()><span class="num">{row.phone.map(|phone| phone.to_string())}</span></Td>
                    <Td label=t::approvals_since() muted=true><When at=row.since age=true/></Td>
                    <Td>
                        <ActionForm action=approve>
                            <input type="hidden" name="id" value=id/>
                            <button class="btn btn--small" aria-label=label disabled=move || pending.get() on:click=press>
                                {t::approvals_approve()}
                            </button>
                        </ActionForm>
                    </Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::approvals_caption() head>{rows}</Table> }
}
