//! Leads on screen: board and list of the pipeline, one lead, a new lead, the conversion.

mod board;
mod cards;
mod convert;
mod detail;
mod list;
mod new;

pub use convert::ConvertPage;
pub use detail::LeadPage;
pub use new::NewLeadPage;

use crate::api::LeadQuery;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::crm::leads::LeadSource;

/// `/sales/leads`: the board, or the list with `?view=list`.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let query = use_query_state();
    // Only another view makes it anew: a filter or a tab must find the page that it was pressed on.
    let is_list = Memo::new(move |_| query.is("view", "list"));
    move || match is_list.get() {
        true => view! { <list::LeadListView/> }.into_any(),
        false => view! { <board::PipelineView/> }.into_any(),
    }
}

/// The filters that the address says.
fn lead_query(query: Query) -> LeadQuery {
    let get = |key| query.get(key).unwrap_or_default();
    LeadQuery { q: get("q"), source: get("source"), partner: get("partner"), owner: get("owner") }
}

/// Board or list, as links.
#[component]
fn ViewSwitch() -> impl IntoView {
    let query = use_query_state();
    let item = move |value: &'static str, label: &'static str| {
        view! {
            <a
                class="segment__item"
                href=move || query.href("view", value)
                aria-current=move || query.is("view", value).then_some("true")
            >
                {label}
            </a>
        }
    };
    view! {
        <nav class="segment" aria-label=t::leads_view()>
            {item("", t::leads_board())}
            {item("list", t::leads_list())}
        </nav>
    }
}

/// The filters of board and list.
#[component]
fn LeadFilters(partners: Vec<(String, String)>, #[prop(optional, into)] end: ViewFnOnce) -> impl IntoView {
    let sources = LeadSource::ALL.iter().map(|s| (s.code().to_owned(), words::source(*s).to_owned())).collect();
    let owners = vec![("me".to_owned(), t::leads_owner_me().to_owned())];
    view! {
        <Filters>
            <FilterSearch placeholder=t::leads_search()/>
            <FilterMenu key="owner" name=t::leads_owner() choices=owners/>
            <FilterMenu key="source" name=t::leads_source() choices=sources/>
            <FilterMenu key="partner" name=t::leads_partner() choices=partners/>
            <span class="push small muted num leads-month">{end.run()}</span>
        </Filters>
    }
}

/// The way to a new lead, for those who may add one.
#[component]
fn NewLeadLink(can_write: bool) -> impl IntoView {
    can_write.then(|| {
        view! { <LinkButton href="/sales/leads/new" look=Look::Primary>{t::leads_new()}</LinkButton> }
    })
}
