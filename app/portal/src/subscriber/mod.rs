//! `/subscribers/{id}`: the most used screen. Tabs stand in the address; a section that the reader may not see is not there.

mod head;
mod money;
mod network;
mod pay;
mod service;
mod tables;

pub use pay::PayPage;

use crate::api::{DisconnectSession, LiftLock, OpenTicket, SetLock, read_subscriber};
use crate::{clock, t};
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::crm::SubscriberId;
use model::portal::subscriber_page::{SubscriberPage, SubscriberTab};

/// What the parts of the page do; the page is asked for again after each.
#[derive(Clone, Copy)]
pub(crate) struct Acts {
    pub set_lock: ServerAction<SetLock>,
    pub lift_lock: ServerAction<LiftLock>,
    pub disconnect: ServerAction<DisconnectSession>,
    pub open_ticket: ServerAction<OpenTicket>,
    /// The dialog that takes a payment.
    pub paying: RwSignal<bool>,
    /// Counts payments that were taken on this page.
    pub taken: RwSignal<u32>,
}

/// The id in the address, or not found.
pub(crate) fn id_here() -> Memo<Result<SubscriberId, AppError>> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|map| map.get("id")).and_then(|id| id.parse().ok()).ok_or(AppError::NotFound))
}

/// `/subscribers/{id}`
#[component]
pub fn SubscriberPageView() -> impl IntoView {
    let id = id_here();
    let acts = Acts {
        set_lock: ServerAction::new(),
        lift_lock: ServerAction::new(),
        disconnect: ServerAction::new(),
        open_ticket: ServerAction::new(),
        paying: RwSignal::new(false),
        taken: RwSignal::new(0),
    };
    let changes = move || {
        let done =
            [acts.set_lock.version(), acts.lift_lock.version(), acts.disconnect.version(), acts.open_ticket.version()];
        done.into_iter().map(|version| version.get()).sum::<usize>() + acts.taken.get() as usize
    };
    let page = Resource::new(
        move || (id.get(), changes()),
        |(id, _)| async move {
            match id {
                Ok(id) => read_subscriber(id).await,
                Err(error) => Err(error),
            }
        },
    );
    view! {
        <PageFrame>
            <Transition fallback=|| view! { <Skeleton lines=8/> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Page page acts/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/subscribers"/> }.into_any(),
                        Err(error) => {
                            let retry = Callback::new(move |()| acts.taken.update(|n| *n += 1));
                            view! { <ErrorState error retry/> }.into_any()
                        }
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Page(page: SubscriberPage, acts: Acts) -> impl IntoView {
    let tabs = page
        .tabs()
        .into_iter()
        .map(|tab| {
            let value = if tab == SubscriberTab::Overview { "" } else { tab.code() };
            let made = Tab::new(value, tab_name(tab));
            match count(&page, tab) {
                Some(count) => made.count(count),
                None => made,
            }
        })
        .collect();
    let query = use_query_state();
    let time = clock::business(page.clock);
    let shown = page.tabs();
    let (head, clock, can) = (page.head.clone(), page.clock, page.can);
    let due = page.money.as_ref().map(|money| money.due);
    let pays = can.can_take_payment.then(|| {
        let (id, payment_id, account_id) = (head.id, page.payment_id, head.account_id);
        let phone = head.contact.as_ref().map(|contact| contact.phone);
        let name = head.name.clone();
        view! { <pay::PayDialog id payment_id account_id name phone due acts/> }
    });
    let body = move || {
        let wanted = query.get("tab").and_then(|tab| SubscriberTab::from_code(&tab)).unwrap_or(SubscriberTab::Overview);
        let tab = if shown.contains(&wanted) { wanted } else { SubscriberTab::Overview };
        view! { <Section tab page=page.clone() acts/> }
    };
    view! {
        <Provider value=time>
            <header class="subscriber-head">
                <head::Head head clock can acts/>
                <Tabs name=t::subscriber_tabs() tabs/>
            </header>
            <div class="page__body">{body}</div>
            {pays}
        </Provider>
    }
}

#[component]
fn Section(tab: SubscriberTab, page: SubscriberPage, acts: Acts) -> impl IntoView {
    match tab {
        SubscriberTab::Overview => view! { <Overview page acts/> }.into_any(),
        SubscriberTab::Services => view! { <service::Services page acts/> }.into_any(),
        SubscriberTab::Money => page.money.map(|money| view! { <money::MoneyTab money/> }).into_any(),
        SubscriberTab::Network => {
            let (can, clock) = (page.can, page.clock);
            page.network.map(|network| view! { <network::NetworkTab network clock can acts/> }).into_any()
        }
        SubscriberTab::Tickets => {
            let account = page.head.account_number.stored();
            let can = page.can.can_open_ticket;
            page.tickets.map(|rows| view! { <tables::Tickets rows account can acts/> }).into_any()
        }
        SubscriberTab::Work => page.work.map(|rows| view! { <tables::Work rows/> }).into_any(),
        SubscriberTab::Messages => page.messages.map(|rows| view! { <tables::Messages rows/> }).into_any(),
        SubscriberTab::Timeline => {
            view! { <Card title=t::timeline_title()><tables::Happened items=page.timeline/></Card> }.into_any()
        }
    }
}

/// How many entries the overview shows of the timeline.
const OVERVIEW_EVENTS: usize = 10;

#[component]
fn Overview(page: SubscriberPage, acts: Acts) -> impl IntoView {
    let events = page.timeline.iter().take(OVERVIEW_EVENTS).cloned().collect();
    let query = use_query_state();
    let all = move || {
        view! { <a class="btn btn--small btn--ghost" href=move || query.href("tab", "timeline")>{t::timeline_show_all()}</a> }
    };
    let (clock, can) = (page.clock, page.can);
    let use_of_data = page.network.as_ref().map(|network| network.usage.clone());
    let is_without_money = page.money.is_none();
    view! {
        <div class="subscriber-grid" class:subscriber-grid--two=is_without_money>
            <service::ServiceNow page=page.clone() acts/>
            {page.money.map(|money| view! { <money::MoneyNow money/> })}
            {page.network.clone().map(|network| view! { <network::NetworkNow network clock can acts/> })}
            {use_of_data
                .map(|days| view! { <div class="subscriber-grid__wide"><network::Usage days/></div> })}
            <Card title=t::timeline_title() actions=all><tables::Happened items=events/></Card>
        </div>
    }
}

fn tab_name(tab: SubscriberTab) -> &'static str {
    match tab {
        SubscriberTab::Overview => t::subscriber_tab_overview(),
        SubscriberTab::Services => t::subscriber_tab_services(),
        SubscriberTab::Money => t::subscriber_tab_money(),
        SubscriberTab::Network => t::subscriber_tab_network(),
        SubscriberTab::Tickets => t::subscriber_tab_tickets(),
        SubscriberTab::Work => t::subscriber_tab_work(),
        SubscriberTab::Messages => t::subscriber_tab_messages(),
        SubscriberTab::Timeline => t::subscriber_tab_timeline(),
    }
}

/// The count beside a tab's name, where it says something.
fn count(page: &SubscriberPage, tab: SubscriberTab) -> Option<u64> {
    let number = match tab {
        SubscriberTab::Services => page.services.len(),
        SubscriberTab::Tickets => page.tickets.as_ref()?.len(),
        SubscriberTab::Work => page.work.as_ref()?.len(),
        _ => return None,
    };
    u64::try_from(number).ok().filter(|n| *n > 0)
}
