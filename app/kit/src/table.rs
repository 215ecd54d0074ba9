//! The one table: sticky head, sort as links, numbers to the right, cards on a phone. Rows and order come from the
//! server; the address says which.

use crate::{icon::Icon, query::use_query_state, t};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// A table. `caption` is for screen readers and says what is listed.
#[component]
pub fn Table(
    #[prop(into)] caption: String,
    /// Fills the page from edge to edge, inside `List`.
    #[prop(optional)]
    list: bool,
    #[prop(optional)] compact: bool,
    /// The cells of the head: `Th`.
    #[prop(into)]
    head: ViewFnOnce,
    /// The row of totals: a `Tr`.
    #[prop(default = None)]
    foot: Option<ViewFnOnce>,
    /// Rows: `Tr`.
    children: Children,
) -> impl IntoView {
    view! {
        <table
            class="table"
            class:table--list=list
            class:table--last-open=!list
            data-density=compact.then_some("compact")
        >
            <caption class="visually-hidden">{caption}</caption>
            <thead><tr>{head.run()}</tr></thead>
            <tbody>{children()}</tbody>
            {foot.map(|foot| view! { <tfoot>{foot.run()}</tfoot> })}
        </table>
    }
}

/// A cell of the head. With `sort` it is a link that sorts by that key: first up, then down (`-key`).
#[component]
pub fn Th(
    #[prop(optional)] sort: Option<&'static str>,
    /// The order of the list when the address names none: `due` or `-due`.
    #[prop(optional)]
    default_sort: &'static str,
    #[prop(optional)] num: bool,
    /// The unit of the column's figures. On a desk the cells of such a table leave out their currency.
    #[prop(default = "")]
    unit: &'static str,
    children: Children,
) -> impl IntoView {
    let inside = match sort {
        Some(key) => view! { <SortLink key default_sort>{children()}</SortLink> }.into_any(),
        None => children().into_any(),
    };
    let direction = sort.map(|key| {
        let query = use_query_state();
        move || direction_of(key, &query.get("sort").unwrap_or_else(|| default_sort.to_owned()))
    });
    view! {
        <th scope="col" class:num=num aria-sort=move || direction.as_ref().and_then(|d| d())>
            {inside}
            {(!unit.is_empty()).then(|| view! { <span class="table__unit">", " {unit}</span> })}
        </th>
    }
}

fn direction_of(key: &str, sort: &str) -> Option<&'static str> {
    match sort.strip_prefix('-') {
        Some(down) if down == key => Some("descending"),
        None if sort == key => Some("ascending"),
        _ => None,
    }
}

#[component]
fn SortLink(key: &'static str, default_sort: &'static str, children: Children) -> impl IntoView {
    let query = use_query_state();
    let direction = move || direction_of(key, &query.get("sort").unwrap_or_else(|| default_sort.to_owned()));
    let next = move || match direction() {
        Some("ascending") => query.href("sort", &format!("-{key}")),
        _ => query.href("sort", key),
    };
    view! {
        <a class="table__sort" href=next>
            {children()}
            {move || match direction() {
                Some("ascending") => Some(view! { <Icon icon=icondata_lu::LuArrowUp/> }),
                Some(_) => Some(view! { <Icon icon=icondata_lu::LuArrowDown/> }),
                None => None,
            }}
        </a>
    }
}

/// A row. `open` is the one in the side panel, `selected` follows its box: the two look different.
#[component]
pub fn Tr(
    #[prop(optional, into)] selected: Signal<bool>,
    #[prop(optional, into)] open: Signal<bool>,
    children: Children,
) -> impl IntoView {
    view! {
        <tr data-selected=move || selected.get().then_some("") data-open=move || open.get().then_some("")>{children()}</tr>
    }
}

/// A cell. `label` is the head's word, shown before the value when rows become cards; leave it out for the name.
#[component]
pub fn Td(
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional)] num: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional)] muted: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <td data-label=label class:num=num class:mono=mono class:muted=muted><div>{children()}</div></td>
    }
}

/// Which rows are ticked, by their key. Give it to the boxes, the rows and the batch bar.
#[derive(Clone, Copy)]
pub struct Selection(RwSignal<BTreeSet<String>>);

impl Default for Selection {
    fn default() -> Self {
        Self(RwSignal::new(BTreeSet::new()))
    }
}

impl Selection {
    pub fn has(self, key: &str) -> bool {
        self.0.with(|keys| keys.contains(key))
    }

    pub fn count(self) -> usize {
        self.0.with(BTreeSet::len)
    }

    /// The ticked keys, in order.
    pub fn keys(self) -> Vec<String> {
        self.0.with(|keys| keys.iter().cloned().collect())
    }

    pub fn clear(self) {
        self.0.update(BTreeSet::clear);
    }

    fn set(self, key: &str, on: bool) {
        self.0.update(|keys| match on {
            true => {
                keys.insert(key.to_owned());
            }
            false => {
                keys.remove(key);
            }
        });
    }
}

/// The box in the head that ticks all rows of this page.
#[component]
pub fn ThSelect(selection: Selection, keys: Vec<String>) -> impl IntoView {
    let total = keys.len();
    let all = move || total > 0 && selection.count() == total;
    let some = move || !all() && selection.count() > 0;
    let toggle = move |_| {
        let on = !all();
        for key in &keys {
            selection.set(key, on);
        }
    };
    view! {
        <th scope="col" class="table__check">
            <input
                type="checkbox"
                class="check"
                aria-label=t::table_select_all()
                prop:checked=all
                prop:indeterminate=some
                on:change=toggle
            />
        </th>
    }
}

/// The box of one row. `name` is what the row is about. Without scripts it sends its key as `selected`.
#[component]
pub fn TdSelect(selection: Selection, #[prop(into)] key: String, #[prop(into)] name: String) -> impl IntoView {
    let (value, asked) = (key.clone(), key.clone());
    view! {
        <td class="table__check">
            <input
                type="checkbox"
                class="check"
                name="selected"
                value=value
                aria-label=t::table_select_row(name)
                prop:checked=move || selection.has(&asked)
                on:change:target=move |ev| selection.set(&key, ev.target().checked())
            />
        </td>
    }
}

/// The foot of a list: what is shown, and links to the previous and the next rows. The cursors are `model::Page`'s; a list
/// that only pages forwards gets a link to its first rows instead.
#[component]
pub fn Pagination(previous: Option<String>, next: Option<String>, children: Children) -> impl IntoView {
    let query = use_query_state();
    let link = move |key: &'static str, cursor: Option<String>, name: &'static str, icon: crate::icon::IconData| {
        match cursor {
        Some(cursor) => view! {
            <a class="icon-btn" href=move || query.href_keep(key, &cursor) aria-label=name title=name rel=key_rel(key)>
                <Icon icon/>
            </a>
        }
        .into_any(),
        None => view! { <span class="icon-btn faint" aria-hidden="true"><Icon icon/></span> }.into_any(),
    }
    };
    let first = (previous.is_none() && query.get("after").is_some()).then(|| {
        view! {
            <a class="icon-btn" href=move || query.href_keep("after", "") aria-label=t::table_first() title=t::table_first() rel="first">
                <Icon icon=icondata_lu::LuChevronsLeft/>
            </a>
        }
    });
    let back = match first {
        Some(first) => first.into_any(),
        None => link("before", previous, t::table_previous(), icondata_lu::LuChevronLeft),
    };
    view! {
        <div class="table-foot">
            <span>{children()}</span>
            <nav class="row push" aria-label=t::table_pages()>
                {back}
                {link("after", next, t::table_next(), icondata_lu::LuChevronRight)}
            </nav>
        </div>
    }
}

fn key_rel(key: &str) -> &'static str {
    if key == "after" { "next" } else { "prev" }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sorted_column_says_its_direction() {
        assert_eq!(super::direction_of("due", "-due"), Some("descending"));
        assert_eq!(super::direction_of("due", "due"), Some("ascending"));
        assert_eq!(super::direction_of("due", "total"), None);
    }
}
