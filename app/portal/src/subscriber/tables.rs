//! Tickets, visits, messages and the timeline of a subscriber.

use super::Acts;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::comms::notices::{Direction, MessageRow};
use model::comms::tickets::{TicketRow, TicketTopic};
use model::field::work_orders::WorkOrderRow;
use model::portal::timeline::{TimelineItem, TimelineKind};

/// A work order's number, state and technician, with the state in words.
fn in_words(text: &str) -> String {
    let word =
        |part: &str| part.parse().map_or_else(|_| part.to_owned(), |state| words::work_status(state).1.to_owned());
    text.split(" · ").map(word).collect::<Vec<_>>().join(" · ")
}

/// What happened, newest first.
#[component]
pub(super) fn Happened(items: Vec<TimelineItem>) -> impl IntoView {
    if items.is_empty() {
        return view! { <p class="small muted">{t::timeline_none()}</p> }.into_any();
    }
    let events = items
        .into_iter()
        .map(|item| {
            let (icon, words) = words::happened(item.kind);
            let title = match item.amount {
                Some(amount) => format!("{words}, {amount}"),
                None => words.to_owned(),
            };
            let about = match item.kind {
                TimelineKind::LockSet | TimelineKind::LockLifted => {
                    item.text.parse().map_or(item.text, |reason| words::lock(reason).to_owned())
                }
                TimelineKind::Message => item.text.parse().map_or(item.text, |kind| words::notice(kind).to_owned()),
                TimelineKind::WorkOrder => in_words(&item.text),
                _ => item.text,
            };
            let note = [Some(about).filter(|text| !text.is_empty()), item.by].into_iter().flatten().collect::<Vec<_>>();
            let at = item.at;
            view! { <Event icon title note=note.join(" · ") at=move || view! { <When at/> }/> }
        })
        .collect_view();
    view! { <Timeline>{events}</Timeline> }.into_any()
}

/// The tab *Tickets*, with the form for a new one.
#[component]
pub(super) fn Tickets(rows: Vec<TicketRow>, account: String, can: bool, acts: Acts) -> impl IntoView {
    let list = match rows.is_empty() {
        true => {
            view! { <EmptyState icon=icondata_lu::LuLifeBuoy title=t::tickets_none() text=t::tickets_none_text()/> }
                .into_any()
        }
        false => view! { <TicketTable rows/> }.into_any(),
    };
    let choices: Vec<Choice> =
        TicketTopic::ALL.iter().map(|topic| Choice::new(topic.code(), words::topic(*topic))).collect();
    let form = can.then(|| {
        view! {
            <Card title=t::subscriber_open_ticket()>
                <Form action=acts.open_ticket>
                    <input type="hidden" name="account" value=account/>
                    <Select name="form[topic]" label=t::tickets_topic() choices/>
                    <Field name="form[subject]" label=t::tickets_subject()/>
                    <TextArea name="form[text]" label=t::tickets_text()/>
                    <Submit>{t::tickets_submit()}</Submit>
                </Form>
            </Card>
        }
    });
    view! { <div class="stack"><section class="card clip">{list}</section>{form}</div> }
}

#[component]
fn TicketTable(rows: Vec<TicketRow>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|ticket| {
            let (tone, word) = words::ticket(ticket.status);
            view! {
                <Tr>
                    <Td><a class="link--quiet mono" href=format!("/support/tickets/{}", ticket.id)>{ticket.number}</a></Td>
                    <Td label=t::tickets_subject()>{ticket.subject}</Td>
                    <Td label=t::tickets_status()><State tone>{word}</State></Td>
                    <Td label=t::tickets_owner()>{ticket.owner}</Td>
                    <Td label=t::tickets_opened()><When at=ticket.opened_at age=true/></Td>
                </Tr>
            }
        })
        .collect_view();
    let head = || {
        view! {
            <Th>{t::tickets_number()}</Th>
            <Th>{t::tickets_subject()}</Th>
            <Th>{t::tickets_status()}</Th>
            <Th>{t::tickets_owner()}</Th>
            <Th>{t::tickets_opened()}</Th>
        }
    };
    view! { <Table caption=t::subscriber_tab_tickets() head=head>{rows}</Table> }
}

/// The tab *Work*.
#[component]
pub(super) fn Work(rows: Vec<WorkOrderRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <EmptyState icon=icondata_lu::LuWrench title=t::work_none() text=t::work_none_text()/> }
            .into_any();
    }
    let rows = rows
        .into_iter()
        .map(|order| {
            let (tone, word) = words::work_status(order.status);
            let technician = order.technician.unwrap_or_else(|| t::work_nobody().to_owned());
            view! {
                <Tr>
                    <Td><a class="link--quiet mono" href=format!("/field/work-orders/{}", order.id)>{order.number}</a></Td>
                    <Td label=t::work_kind()>{words::work_kind(order.kind)}</Td>
                    <Td label=t::work_status()><State tone>{word}</State></Td>
                    <Td label=t::work_technician()>{technician}</Td>
                    <Td label=t::work_slot()>{order.slot_from.map(|at| view! { <When at/> })}</Td>
                </Tr>
            }
        })
        .collect_view();
    let head = || {
        view! {
            <Th>{t::work_number()}</Th>
            <Th>{t::work_kind()}</Th>
            <Th>{t::work_status()}</Th>
            <Th>{t::work_technician()}</Th>
            <Th>{t::work_slot()}</Th>
        }
    };
    view! { <section class="card clip"><Table caption=t::subscriber_tab_work() head=head>{rows}</Table></section> }
        .into_any()
}

/// The tab *Messages*.
#[component]
pub(super) fn Messages(rows: Vec<MessageRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <EmptyState icon=icondata_lu::LuMessageSquare title=t::messages_none() text=t::messages_none_text()/> }
            .into_any();
    }
    let rows = rows
        .into_iter()
        .map(|message| {
            let (tone, word) = match message.direction {
                Direction::In => (Tone::Info, t::messages_in()),
                Direction::Out => words::delivery(message.state),
            };
            view! {
                <Tr>
                    <Td><When at=message.at/></Td>
                    <Td label=t::messages_text()>{message.text}</Td>
                    <Td label=t::messages_state()><State tone>{word}</State></Td>
                </Tr>
            }
        })
        .collect_view();
    let head = || view! { <Th>{t::messages_at()}</Th><Th>{t::messages_text()}</Th><Th>{t::messages_state()}</Th> };
    view! { <section class="card clip"><Table caption=t::subscriber_tab_messages() head=head>{rows}</Table></section> }
        .into_any()
}
