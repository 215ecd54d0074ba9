//! One ticket: what was written, and the answer.

use crate::api::{AnswerTicket, CloseTicket, TicketData, load_ticket};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::comms::TicketId;
use model::comms::tickets::{TicketDetail, TicketEntry, TicketStatus};

/// `/support/tickets/{id}`
#[component]
pub fn TicketPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| -> Result<TicketId, AppError> {
        params.with(|p| p.get("id")).and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)
    });
    let (answer, close) = (ServerAction::<AnswerTicket>::new(), ServerAction::<CloseTicket>::new());
    let ticket = Resource::new(
        move || (id.get(), answer.version().get(), close.version().get()),
        |(id, ..)| async move { load_ticket(id?).await },
    );
    let last = Last::<TicketData>::default();
    view! {
        <PageFrame>
            <Transition>
                {move || Suspend::new(async move {
                    let loaded = ticket.await;
                    match last.or_last(loaded, |page| id.get_untracked() == Ok(page.ticket.row.id)) {
                        Ok(shown) => view! { <Loaded page=shown.data is_old=shown.is_old answer close/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/support/tickets"/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Loaded(
    page: TicketData,
    is_old: bool,
    answer: ServerAction<AnswerTicket>,
    close: ServerAction<CloseTicket>,
) -> impl IntoView {
    let TicketData { ticket, can_write, time } = page;
    provide_context(time);
    let row = ticket.row.clone();
    let crumbs = vec![Crumb::to(t::tickets_title(), "/support/tickets"), Crumb::here(row.number.clone())];
    let (tone, status) = words::ticket(row.status);
    let badge = move || view! { <Badge tone>{status}</Badge> };
    let can_answer = can_write && row.status != TicketStatus::Closed;
    let id = row.id;
    let actions = move || {
        can_answer.then(|| {
            view! {
                <ActionForm action=close>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="btn">{t::ticket_close()}</button>
                </ActionForm>
            }
        })
    };
    view! {
        <PageHeader title=format!("{} · {}", row.number, row.subject) crumbs badge actions/>
        <PageBody>
            <OldNote is_old/>
            <div class="ticket-page">
                <div class="stack stack--4">
                    <Conversation entries=ticket.entries.clone()/>
                    {can_answer.then(|| view! { <AnswerCard id status=row.status action=answer/> })}
                </div>
                <FactsCard ticket/>
            </div>
        </PageBody>
    }
}

#[component]
fn FactsCard(ticket: TicketDetail) -> impl IntoView {
    let row = ticket.row;
    let (opened, due) = (row.opened_at, row.answer_due_at);
    view! {
        <Card title=t::ticket_facts()>
            <Facts>
                <Fact name=t::tickets_customer()>
                    <a class="link" href=format!("/subscribers/{}", row.subscriber_id)>{row.subscriber}</a>
                </Fact>
                <Fact name=t::tickets_topic()>{words::topic(row.topic)}</Fact>
                <Fact name=t::tickets_priority()>{words::priority(row.priority)}</Fact>
                <Fact name=t::ticket_opened()><When at=opened/></Fact>
                {due.map(|at| view! { <Fact name=t::tickets_due()><When at age=true/></Fact> })}
                {ticket.incident.map(|number| view! { <Fact name=t::ticket_incident()>{number}</Fact> })}
            </Facts>
        </Card>
    }
}

#[component]
fn Conversation(entries: Vec<TicketEntry>) -> impl IntoView {
    let entries = entries
        .into_iter()
        .map(|entry| {
            let at = entry.at;
            let by = if entry.is_ours { t::ticket_from_us(entry.by) } else { entry.by };
            view! {
                <li
                    class="ticket-entry"
                    class:ticket-entry--ours=entry.is_ours
                    class:ticket-entry--internal=entry.is_internal
                >
                    <span class="ticket-entry__head small muted">
                        <b>{by}</b>
                        {entry.is_internal.then(|| view! { <Badge tone=Tone::Warn>{t::ticket_internal()}</Badge> })}
                        <span class="push"><When at/></span>
                    </span>
                    <p>{entry.text}</p>
                </li>
            }
        })
        .collect_view();
    view! { <Card title=t::ticket_conversation()><ol class="ticket-entries">{entries}</ol></Card> }
}

#[component]
fn AnswerCard(id: TicketId, status: TicketStatus, action: ServerAction<AnswerTicket>) -> impl IntoView {
    let next = TicketStatus::ALL
        .iter()
        .filter(|to| status.can_become(**to))
        .map(|to| Choice::new(to.code(), words::ticket(*to).1))
        .collect();
    view! {
        <Card title=t::ticket_answer()>
            <Form action>
                <input type="hidden" name="form[id]" value=id.to_string()/>
                <TextArea name="form[text]" label=t::ticket_answer_text() hint=t::ticket_answer_hint() rows=4/>
                <Checkbox name="form[is_internal]" label=t::ticket_is_internal()/>
                <Select name="form[status]" label=t::ticket_status() choices=next empty=t::ticket_status_keep()/>
                <div class="form__actions"><Submit>{t::ticket_submit()}</Submit></div>
            </Form>
        </Card>
    }
}
