//! What stands around a table: filters as links on the query string, and the bar for selected rows.

use crate::{icon::Icon, menu::Menu, query::use_query_state, t, table::Selection};
use leptos::prelude::*;

/// The box of a list: table, foot and batch bar. The rows scroll, the rest stays.
#[component]
pub fn List(
    /// The table.
    children: Children,
    /// The foot: `Pagination`.
    #[prop(optional, into)]
    foot: ViewFnOnce,
    /// Shown while rows are selected: `BatchBar`.
    #[prop(optional, into)]
    batch: ViewFnOnce,
) -> impl IntoView {
    view! {
        <div class="list">
            <div class="list__scroll">{children()}</div>
            {batch.run()}
            {foot.run()}
        </div>
    }
}

/// The row of filters above a list: `FilterSearch`, `FilterChip` and `FilterMenu`.
#[component]
pub fn Filters(children: Children) -> impl IntoView {
    view! { <div class="filters" role="group" aria-label=t::filter_add()>{children()}</div> }
}

/// Search in the list, by the key `q`. A form that reads: it works without scripts and keeps the other filters.
#[component]
pub fn FilterSearch(#[prop(into)] placeholder: String) -> impl IntoView {
    let query = use_query_state();
    let hidden = move || {
        query
            .rest("q")
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect_view()
    };
    view! {
        <leptos_router::components::Form method="GET" action="">
            {hidden}
            <label class="filter-input">
                <Icon icon=icondata_lu::LuListFilter/>
                <span class="visually-hidden">{t::filter_search()}</span>
                <input type="search" name="q" placeholder=placeholder value=move || query.get("q") autocomplete="off"/>
            </label>
        </leptos_router::components::Form>
    }
}

/// A filter that applies: its name, its value in words, and a cross that removes it.
#[component]
pub fn FilterChip(key: &'static str, #[prop(into)] name: String, #[prop(into)] value: String) -> impl IntoView {
    let query = use_query_state();
    let remove = t::filter_remove(&name);
    view! {
        <a class="chip chip--set" href=move || query.href(key, "") title=remove>
            {name}
            " "
            <b>{value}</b>
            <Icon icon=icondata_lu::LuX/>
        </a>
    }
}

/// A filter to choose: a chip that opens a list of values. While one is chosen the chip shows and removes it.
#[component]
pub fn FilterMenu(
    key: &'static str,
    #[prop(into)] name: String,
    /// Values of the key with their words.
    choices: Vec<(String, String)>,
) -> impl IntoView {
    let query = use_query_state();
    move || {
        let chosen = query.get(key).and_then(|value| choices.iter().find(|(v, _)| *v == value).cloned());
        match chosen {
            Some((_, words)) => view! { <FilterChip key name=name.clone() value=words/> }.into_any(),
            None => {
                let items = choices
                    .iter()
                    .map(|(value, words)| {
                        let href = query.href(key, value);
                        view! { <a class="menu__item" href=href>{words.clone()}</a> }
                    })
                    .collect_view();
                view! { <Menu id=format!("filter-{key}") label=name.clone() chip=true>{items}</Menu> }.into_any()
            }
        }
    }
}

/// Rises over the list while rows are selected. The children are its actions; the first may be primary.
#[component]
pub fn BatchBar(
    selection: Selection,
    /// Beside the count, for example the sum of the rows.
    #[prop(optional, into)]
    note: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    move || {
        let count = selection.count();
        (count > 0).then(|| {
            view! {
                <div class="batch-bar" role="region" aria-label=t::table_selected(count as i64)>
                    <b class="medium" role="status">{t::table_selected(count as i64)}</b>
                    {note.run()}
                    <span class="batch-bar__rule"></span>
                    {children()}
                    <button
                        type="button"
                        class="icon-btn"
                        aria-label=t::table_clear()
                        title=t::table_clear()
                        on:click=move |_| selection.clear()
                    >
                        <Icon icon=icondata_lu::LuX/>
                    </button>
                </div>
            }
        })
    }
}
