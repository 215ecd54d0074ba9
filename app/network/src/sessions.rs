//! Living sessions: who is connected, how long, with which address, inside the walled garden or not.

use crate::api::{DisconnectSession, SessionsModel, session_list};
use crate::live;
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::network::sessions::{SessionRow, shown_bytes};
use model::time::Timestamp;

/// How often routers report, in seconds; a session that has missed three reports is in doubt.
const INTERIM_S: i64 = 300;

/// `/network/sessions`
#[component]
pub fn SessionsPage() -> impl IntoView {
    let query = use_query_state();
    let disconnect = ServerAction::<DisconnectSession>::new();
    let changed = live::changes(&["network.session_changed"]);
    let part = move |key: &str| query.get(key).unwrap_or_default();
    let sessions = Resource::new(
        move || (part("q"), part("tab"), part("after"), disconnect.version().get(), changed.get()),
        |(q, tab, after, ..)| session_list(q, tab, after),
    );
    view! {
        <PageFrame fixed=true>
            <PageHeader title=t::sessions_title()/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match sessions.await {
                        Ok(model) => view! { <Sessions model disconnect/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Sessions(model: SessionsModel, disconnect: ServerAction<DisconnectSession>) -> impl IntoView {
    provide_context(model.time);
    let now = model.time.now;
    let tabs = vec![
        Tab::new("", t::sessions_all()).count(model.all.unsigned_abs()),
        Tab::new("walled", t::sessions_walled()).count(model.walled.unsigned_abs()),
    ];
    let head = || {
        view! {
            <Th>{t::sessions_username()}</Th>
            <Th>{t::subscriber()}</Th>
            <Th>{t::status()}</Th>
            <Th>{t::address()}</Th>
            <Th>{t::sessions_nas()}</Th>
            <Th>{t::sessions_since()}</Th>
            <Th num=true>{t::sessions_down()}</Th>
            <Th num=true>{t::sessions_up()}</Th>
            <Th><span class="visually-hidden">{t::sessions_disconnect()}</span></Th>
        }
    };
    let can_disconnect = model.can_disconnect;
    let is_empty = model.page.rows.is_empty();
    let shown = model.page.rows.len() as i64;
    let rows = model
        .page
        .rows
        .into_iter()
        .map(|session| view! { <Row session now can_disconnect disconnect/> })
        .collect_view();
    let (previous, next) = (model.page.previous, model.page.next);
    let foot = move || view! { <Pagination previous next>{t::sessions_shown(shown)}</Pagination> };
    let error = kit::form::action_error(disconnect);
    view! {
        <Tabs name=t::sessions_title() tabs/>
        <Filters>
            <FilterSearch placeholder=t::sessions_search()/>
            {move || error.get().map(|error| view! { <Note tone=Tone::Danger>{kit::form::error_text(&error)}</Note> })}
        </Filters>
        {if is_empty {
            view! {
                <EmptyState icon=icondata_lu::LuUnplug title=t::sessions_none() text=t::sessions_none_hint()/>
            }
            .into_any()
        } else {
            view! { <List foot=foot><Table caption=t::sessions_title() list=true head=head>{rows}</Table></List> }.into_any()
        }}
    }
}

#[component]
fn Row(
    session: SessionRow,
    now: Timestamp,
    can_disconnect: bool,
    disconnect: ServerAction<DisconnectSession>,
) -> impl IntoView {
    let (tone, word) = match (session.is_ghost(now, INTERIM_S), session.is_walled) {
        (true, _) => (Tone::Off, t::sessions_silent()),
        (false, true) => (Tone::Warn, t::sessions_in_garden()),
        (false, false) => (Tone::Ok, t::sessions_online()),
    };
    let name = session.username.clone();
    let subscriber = match (session.subscriber_id, session.subscriber) {
        (Some(id), Some(name)) => {
            view! { <a class="link--quiet" href=format!("/subscribers/{id}")>{name}</a> }.into_any()
        }
        (_, name) => name.unwrap_or_default().into_any(),
    };
    let end = can_disconnect.then(|| {
        view! {
            <ActionForm action=disconnect>
                <input type="hidden" name="form[id]" value=session.id/>
                <button class="btn btn--small" aria-label=t::sessions_disconnect_of(&name)>{t::sessions_disconnect()}</button>
            </ActionForm>
        }
    });
    view! {
        <Tr>
            <Td mono=true>{session.username}</Td>
            <Td label=t::subscriber()>{subscriber}</Td>
            <Td label=t::status()><State tone>{word}</State></Td>
            <Td label=t::address() mono=true>{session.address.map(|a| a.to_string()).unwrap_or_default()}</Td>
            <Td label=t::sessions_nas()>{session.nas}</Td>
            <Td label=t::sessions_since()><When at=session.started_at age=true/></Td>
            <Td label=t::sessions_down() num=true>{shown_bytes(session.bytes_down)}</Td>
            <Td label=t::sessions_up() num=true>{shown_bytes(session.bytes_up)}</Td>
            <Td>{end}</Td>
        </Tr>
    }
}
