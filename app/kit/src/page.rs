//! One page shape: breadcrumb, title with its state, primary action on the right, then the body.

use crate::{icon::Icon, query::use_query_state, t};
use leptos::prelude::*;
use model::money::grouped;

/// A step of the breadcrumb; without an address it is the page itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    pub label: String,
    pub href: Option<String>,
}

impl Crumb {
    pub fn to(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()) }
    }

    pub fn here(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None }
    }
}

/// The scrolling page inside the shell; `fixed` leaves the scrolling to a list in it.
#[component]
pub fn PageFrame(#[prop(optional)] fixed: bool, children: Children) -> impl IntoView {
    view! { <div class="page" class:page--fixed=fixed>{children()}</div> }
}

/// What stands below the head, with the page's gutters. `narrow` is for one thing that is read from top to bottom.
#[component]
pub fn PageBody(#[prop(optional)] narrow: bool, children: Children) -> impl IntoView {
    view! { <div class="page__body" class:page__body--narrow=narrow>{children()}</div> }
}

/// Breadcrumb, title, state badge, actions. It also sets the title of the window.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional)] crumbs: Vec<Crumb>,
    /// Stands right of the title: a `Badge`.
    #[prop(optional, into)]
    badge: ViewFnOnce,
    /// Stands at the end: the primary action last.
    #[prop(optional, into)]
    actions: ViewFnOnce,
) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title.clone()/>
        <header class="page__head">
            {(!crumbs.is_empty()).then(|| view! { <Crumbs crumbs/> })}
            <div class="page__title-row">
                <h1>{title}</h1>
                {badge.run()}
                <span class="page__actions">{actions.run()}</span>
            </div>
        </header>
    }
}

#[component]
fn Crumbs(crumbs: Vec<Crumb>) -> impl IntoView {
    let last = crumbs.len().saturating_sub(1);
    let steps = crumbs
        .into_iter()
        .enumerate()
        .map(|(i, crumb)| {
            let arrow = (i < last).then(|| view! { <Icon icon=icondata_lu::LuChevronRight/> });
            let step = match crumb.href {
                Some(href) => view! { <a href=href>{crumb.label}</a> }.into_any(),
                None => view! { <span aria-current="page">{crumb.label}</span> }.into_any(),
            };
            view! { <li>{step}{arrow}</li> }
        })
        .collect_view();
    view! { <nav class="crumbs" aria-label=t::nav_breadcrumb()><ol>{steps}</ol></nav> }
}

/// One tab: a value of a key of the query string, and how many rows are behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Empty for the tab that shows when the key is absent.
    pub value: String,
    pub label: String,
    pub count: Option<u64>,
}

impl Tab {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), count: None }
    }

    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Tabs as links on the query string, usually `tab` or `status`: back, reload and a shared link show the same.
#[component]
pub fn Tabs(#[prop(into)] name: String, tabs: Vec<Tab>, #[prop(default = "tab")] key: &'static str) -> impl IntoView {
    let query = use_query_state();
    let known = StoredValue::new(tabs.iter().map(|tab| tab.value.clone()).collect::<Vec<_>>());
    // A value that no tab has shows the first one.
    let open = move || query.get(key).filter(|value| known.with_value(|all| all.contains(value))).unwrap_or_default();
    let links = tabs
        .into_iter()
        .map(|tab| {
            let (to, value) = (tab.value.clone(), tab.value);
            view! {
                <a
                    class="tab"
                    href=move || query.href(key, &to)
                    aria-current=move || (open() == value).then_some("page")
                >
                    {tab.label}
                    {tab.count.map(|count| view! { <span class="tab__count">{grouped(count)}</span> })}
                </a>
            }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=name>{links}</nav> }
}

/// Loads the page again every three seconds where scripts do not run; inside `noscript` it does nothing where they do.
#[component]
pub fn RefreshWithoutScripts() -> impl IntoView {
    view! { <noscript inner_html="<meta http-equiv=\"refresh\" content=\"3\">"></noscript> }
}
