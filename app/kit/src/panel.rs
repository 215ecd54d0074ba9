//! The panel beside a list: one row in full, with links to the row before and after. What is open stands in the address.

use crate::{
    icon::{Icon, IconData},
    query::use_query_state,
    t,
};
use leptos::prelude::*;

/// The panel. It stands beside `PageFrame` inside the shell; closing removes `key` from the address.
#[component]
pub fn SidePanel(
    /// What is open; said by screen readers as the panel's name.
    #[prop(into)]
    title: String,
    /// The key of the query string that holds the open row.
    #[prop(default = "open")]
    key: &'static str,
    /// The page of the thing itself.
    #[prop(optional, into)]
    page: Option<String>,
    #[prop(optional, into)] badge: ViewFnOnce,
    /// Actions at the bottom; the first may be primary.
    #[prop(optional, into)]
    foot: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    let query = use_query_state();
    let link = |href: Signal<String>, name: &'static str, icon: IconData| {
        view! { <a class="icon-btn" href=href aria-label=name title=name><Icon icon/></a> }
    };
    view! {
        <aside class="side-panel" aria-label=title>
            <div class="side-panel__head">
                <b class="truncate">{title.clone()}</b>
                {badge.run()}
                <span class="row push">
                    {page.map(|page| link(Signal::stored(page), t::open_page(), icondata_lu::LuMaximize2))}
                    {link(Signal::derive(move || query.href_keep(key, "")), t::close(), icondata_lu::LuX)}
                </span>
            </div>
            <div class="side-panel__body">{children()}</div>
            <div class="side-panel__foot">{foot.run()}</div>
        </aside>
    }
}
