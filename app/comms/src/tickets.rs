//! The list of tickets, and the form for a new one.

use crate::api::{OpenTicket, TicketsData, load_tickets};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::comms::tickets::{Priority, TicketRow, TicketTopic};

/// The tabs after the first.
const TABS: [&str; 4] = ["waiting", "resolved", "closed", "all"];

/// `/support/tickets`
#[component]
pub fn TicketsPage() -> impl IntoView {
    let query = use_query_state();
    let get = move |key| query.get(key).unwrap_or_default();
    let open = ServerAction::<OpenTicket>::new();
    let page = Resource::new(
        move || (query.one_of("tab", &TABS), get("q"), get("after"), open.version().get()),
        |(tab, search, after, _)| load_tickets(tab, search, after),
    );
    view! {
        <PageFrame>
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Loaded page open/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Loaded(page: TicketsData, open: ServerAction<OpenTicket>) -> impl IntoView {
    let TicketsData { list, can_write, time } = page;
    provide_context(time);
    let query = use_query_state();
    let tabs = vec![
        Tab::new("", t::tickets_unclosed()).count(list.open + list.waiting),
        Tab::new("waiting", t::tickets_waiting()).count(list.waiting),
        Tab::new("resolved", t::tickets_resolved()),
        Tab::new("closed", t::tickets_closed()),
        Tab::new("all", t::tickets_all()),
    ];
    let is_narrowed = query.get("q").is_some() || !query.one_of("tab", &TABS).is_empty();
    let shown = list.page.rows.len();
    let body = match (shown, is_narrowed) {
        (0, false) => view! {
            <EmptyState icon=icondata_lu::LuTicket title=t::tickets_none() text=t::tickets_none_hint()/>
        }
        .into_any(),
        (0, true) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::tickets_no_match() text=t::tickets_no_match_hint()>
                <LinkButton href=query.href_only(&[])>{t::tickets_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        _ => {
            let next = list.page.next.clone();
            view! {
                <section class="card clip"><Rows rows=list.page.rows/></section>
                <Pagination previous=None next>{t::tickets_shown(shown as i64)}</Pagination>
            }
            .into_any()
        }
    };
    view! {
        <PageHeader
            title=t::tickets_title()
            actions=move || can_write.then(|| view! { <LinkButton look=Look::Primary href="#open".to_owned()>{t::tickets_open()}</LinkButton> })
        />
        <Tabs name=t::tickets_tabs() tabs/>
        <Filters><FilterSearch placeholder=t::tickets_search()/></Filters>
        <PageBody>
            {body}
            {can_write.then(|| view! { <div class="ticket-form" id="open"><OpenCard action=open/></div> })}
        </PageBody>
    }
}

#[component]
fn Rows(rows: Vec<TicketRow>) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::tickets_number()}</Th>
            <Th>{t::tickets_subject()}</Th>
            <Th>{t::tickets_customer()}</Th>
            <Th>{t::tickets_topic()}</Th>
            <Th>{t::tickets_status()}</Th>
            <Th>{t::tickets_priority()}</Th>
            <Th>{t::tickets_due()}</Th>
            <Th>{t::tickets_changed()}</Th>
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, status) = words::ticket(row.status);
            let (due, changed) = (row.answer_due_at, row.updated_at);
            view! {
                <Tr>
                    <Td><a class="link mono" href=format!("/support/tickets/{}", row.id)>{row.number}</a></Td>
                    <Td label=t::tickets_subject()>{row.subject}</Td>
                    <Td label=t::tickets_customer()>{row.subscriber}</Td>
                    <Td label=t::tickets_topic()>{words::topic(row.topic)}</Td>
                    <Td label=t::tickets_status()><State tone>{status}</State></Td>
                    <Td label=t::tickets_priority()>{words::priority(row.priority)}</Td>
                    <Td label=t::tickets_due()>{due.map(|at| view! { <When at age=true/> })}</Td>
                    <Td label=t::tickets_changed() muted=true><When at=changed age=true/></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::tickets_caption() head>{rows}</Table> }
}

#[component]
fn OpenCard(action: ServerAction<OpenTicket>) -> impl IntoView {
    let topics = TicketTopic::ALL.iter().map(|topic| Choice::new(topic.code(), words::topic(*topic))).collect();
    let priorities = Priority::ALL.iter().map(|p| Choice::new(p.code(), words::priority(*p))).collect();
    view! {
        <Card title=t::tickets_open()>
            <Form action>
                <Field name="account" label=t::tickets_account() kind=Kind::Code hint=t::tickets_account_hint()/>
                <Select name="form[topic]" label=t::tickets_topic() choices=topics/>
                <Select
                    name="form[priority]"
                    label=t::tickets_priority()
                    choices=priorities
                    value=Priority::Normal.code()
                />
                <Field name="form[subject]" label=t::tickets_subject()/>
                <TextArea name="form[text]" label=t::tickets_text()/>
                <div class="form__actions"><Submit>{t::tickets_submit()}</Submit></div>
            </Form>
        </Card>
    }
}
