//! The outbox with the state of every message, and the inbox with what waits for a person.

use crate::api::{InboxData, MessageHandled, OutboxData, ReplyToMessage, ResendMessage, load_inbox, load_outbox};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::comms::notices::{DeliveryState, InboundRow, InboundState, MessageRow};

/// `/comms/messages`: what went out; with `?tab=in` what came in.
#[component]
pub fn MessagesPage() -> impl IntoView {
    let query = use_query_state();
    // Only another tab makes it anew: a filter must find the page that it was pressed on.
    let is_inbox = Memo::new(move |_| query.is("tab", "in"));
    move || match is_inbox.get() {
        true => view! { <Inbox/> }.into_any(),
        false => view! { <Outbox/> }.into_any(),
    }
}

#[component]
fn Head(waiting: u64, states: Vec<(String, String)>) -> impl IntoView {
    let tabs = vec![Tab::new("", t::messages_out()), Tab::new("in", t::messages_inbox()).count(waiting)];
    view! {
        <PageHeader title=t::messages_title()/>
        <Tabs name=t::messages_tabs() tabs/>
        <Filters><FilterMenu key="state" name=t::messages_state() choices=states/></Filters>
    }
}

/// Nothing yet, or nothing with this state.
#[component]
fn Nothing(title: &'static str, text: &'static str) -> impl IntoView {
    let query = use_query_state();
    match query.get("state").is_some() {
        true => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::messages_no_match() text=t::messages_no_match_hint()>
                <LinkButton href=query.href_only(&["tab"])>{t::messages_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        false => view! { <EmptyState icon=icondata_lu::LuMessageSquare title text/> }.into_any(),
    }
}

#[component]
fn Outbox() -> impl IntoView {
    let query = use_query_state();
    let get = move |key| query.get(key).unwrap_or_default();
    let resend = ServerAction::<ResendMessage>::new();
    let page = Resource::new(
        move || (get("state"), get("after"), resend.version().get()),
        |(state, after, _)| load_outbox(state, after),
    );
    view! {
        <PageFrame fixed=true>
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <OutboxLoaded page resend/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn OutboxLoaded(page: OutboxData, resend: ServerAction<ResendMessage>) -> impl IntoView {
    let OutboxData { page, waiting, can_send, time } = page;
    provide_context(time);
    let states = DeliveryState::ALL.iter().map(|s| (s.code().to_owned(), words::delivery(*s).1.to_owned())).collect();
    let shown = page.rows.len();
    let body = match shown {
        0 => view! { <Nothing title=t::messages_none_out() text=t::messages_none_out_hint()/> }.into_any(),
        _ => {
            let next = page.next.clone();
            let foot = move || view! { <Pagination previous=None next>{t::messages_shown(shown as i64)}</Pagination> };
            view! { <List foot><OutRows rows=page.rows can_send resend/></List> }.into_any()
        }
    };
    view! { <Head waiting states/> {body} }
}

#[component]
fn OutRows(rows: Vec<MessageRow>, can_send: bool, resend: ServerAction<ResendMessage>) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::messages_to()}</Th>
            <Th>{t::messages_kind()}</Th>
            <Th>{t::messages_channel()}</Th>
            <Th>{t::messages_text()}</Th>
            <Th num=true>{t::messages_parts()}</Th>
            <Th>{t::messages_state()}</Th>
            <Th>{t::messages_time()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, state) = words::delivery(row.state);
            let contact = row.contact.unwrap_or_else(|| t::messages_hidden().to_owned());
            let name = row.subscriber.clone().unwrap_or_else(|| contact.clone());
            let again = can_send && matches!(row.state, DeliveryState::Failed | DeliveryState::Unknown);
            let (at, id) = (row.at, row.id.to_string());
            let label = t::messages_resend_of(&name);
            view! {
                <Tr>
                    <Td><Who id=row.subscriber_id name=row.subscriber contact/></Td>
                    <Td label=t::messages_kind()>{row.kind.map(words::notice)}</Td>
                    <Td label=t::messages_channel()>{words::channel(row.channel)}</Td>
                    <Td label=t::messages_text()><span class="message-text">{row.text}</span></Td>
                    <Td label=t::messages_parts() num=true>{row.parts}</Td>
                    <Td label=t::messages_state()>
                        <span class="message-state">
                            <State tone>{state}</State>
                            {row.error.map(|error| view! { <small class="muted">{error}</small> })}
                            {again
                                .then(|| {
                                    view! {
                                        <ActionForm action=resend>
                                            <input type="hidden" name="id" value=id/>
                                            <button class="btn btn--small" aria-label=label>{t::messages_resend()}</button>
                                        </ActionForm>
                                    }
                                })}
                        </span>
                    </Td>
                    <Td label=t::messages_time() muted=true><When at/></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::messages_caption_out() list=true head>{rows}</Table> }
}

/// The subscriber as a link with the number below, or the number alone.
#[component]
fn Who(id: Option<model::crm::SubscriberId>, name: Option<String>, contact: String) -> impl IntoView {
    match id.zip(name) {
        Some((id, name)) => view! {
            <span class="message-who">
                <a class="link" href=format!("/subscribers/{id}")>{name}</a>
                <small class="muted num">{contact}</small>
            </span>
        }
        .into_any(),
        None => view! { <span class="num">{contact}</span> }.into_any(),
    }
}

/// The forms of the inbox.
#[derive(Clone, Copy)]
struct InActions {
    reply: ServerAction<ReplyToMessage>,
    handled: ServerAction<MessageHandled>,
}

#[component]
fn Inbox() -> impl IntoView {
    let query = use_query_state();
    let get = move |key| query.get(key).unwrap_or_default();
    let actions = InActions { reply: ServerAction::new(), handled: ServerAction::new() };
    let page = Resource::new(
        move || (get("state"), get("after"), actions.reply.version().get(), actions.handled.version().get()),
        |(state, after, ..)| load_inbox(state, after),
    );
    view! {
        <PageFrame fixed=true>
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <InboxLoaded page actions/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn InboxLoaded(page: InboxData, actions: InActions) -> impl IntoView {
    let InboxData { page, waiting, can_send, can_lead, time } = page;
    provide_context(time);
    let states = InboundState::ALL.iter().map(|s| (s.code().to_owned(), words::inbound(*s).1.to_owned())).collect();
    let shown = page.rows.len();
    let body = match shown {
        0 => view! { <Nothing title=t::messages_none_in() text=t::messages_none_in_hint()/> }.into_any(),
        _ => {
            let next = page.next.clone();
            let foot = move || view! { <Pagination previous=None next>{t::messages_shown(shown as i64)}</Pagination> };
            view! { <List foot><InRows rows=page.rows can_send can_lead actions/></List> }.into_any()
        }
    };
    view! { <Head waiting states/> {body} }
}

#[component]
fn InRows(rows: Vec<InboundRow>, can_send: bool, can_lead: bool, actions: InActions) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::messages_from()}</Th>
            <Th>{t::messages_channel()}</Th>
            <Th>{t::messages_text()}</Th>
            <Th>{t::messages_state()}</Th>
            <Th>{t::messages_time()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, state) = words::inbound(row.state);
            let hidden = || t::messages_hidden().to_owned();
            let contact = row.sender.clone().or(row.sender_name.clone()).unwrap_or_else(hidden);
            let lead = row.lead_id.map(|id| format!("/sales/leads/{id}"));
            let at = row.at;
            let steps = can_send.then(|| view! { <InSteps row=row.clone() actions/> });
            let new_lead = new_lead_link(&row).filter(|_| can_lead);
            view! {
                <Tr>
                    <Td><Who id=row.subscriber_id name=row.subscriber contact/></Td>
                    <Td label=t::messages_channel()>{words::channel(row.channel)}</Td>
                    <Td label=t::messages_text()>
                        <span class="message-text">{row.text}</span>
                        {steps}
                    </Td>
                    <Td label=t::messages_state()>
                        <span class="message-state">
                            <State tone>{state}</State>
                            {row.handled_by.map(|by| view! { <small class="muted">{t::messages_handled_by(by)}</small> })}
                            {lead.map(|href| view! { <a class="link" href=href>{t::messages_lead()}</a> })}
                            {new_lead.map(|href| view! { <a class="link" href=href>{t::messages_new_lead()}</a> })}
                        </span>
                    </Td>
                    <Td label=t::messages_time() muted=true><When at/></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::messages_caption_in() list=true head>{rows}</Table> }
}

/// The form for a lead with what a stranger wrote, while nobody has dealt with it.
fn new_lead_link(row: &InboundRow) -> Option<String> {
    let waits = matches!(row.state, InboundState::Inbox | InboundState::Received);
    let phone = row.sender.as_deref().filter(|_| waits && row.subscriber_id.is_none() && row.lead_id.is_none())?;
    let name = row.sender_name.as_deref().unwrap_or_default();
    let pairs = [("name", name), ("phone", phone), ("source", row.channel.code()), ("note", row.text.as_str())];
    Some(address_of("/sales/leads/new", &pairs))
}

/// Answering and putting aside, folded below the text: it opens without scripts too.
#[component]
fn InSteps(row: InboundRow, actions: InActions) -> impl IntoView {
    let id = row.id.to_string();
    let waits = matches!(row.state, InboundState::Inbox | InboundState::Unreadable | InboundState::Received);
    let can_answer = row.state != InboundState::Unreadable;
    let answer = can_answer.then(|| {
        let (id, form_id) = (id.clone(), format!("reply-{id}"));
        view! {
            <details class="message-more">
                <summary>{t::messages_reply()}</summary>
                <Form action=actions.reply id=form_id>
                    <input type="hidden" name="form[id]" value=id/>
                    <TextArea name="form[text]" label=t::messages_reply_text() rows=2/>
                    <div class="form__actions"><Submit>{t::messages_reply_submit()}</Submit></div>
                </Form>
            </details>
        }
    });
    let aside = waits.then(|| {
        view! {
            <ActionForm action=actions.handled>
                <input type="hidden" name="id" value=id/>
                <button class="btn btn--ghost btn--small">{t::messages_handled()}</button>
            </ActionForm>
        }
    });
    view! { <div class="message-steps">{answer}{aside}</div> }
}
