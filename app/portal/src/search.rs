//! Search everywhere: the box in the top bar, which `/` and Ctrl K open, and the page of results.

use crate::api::search;
use crate::{t, words};
use kit::prelude::*;
use leptos::html;
use leptos::prelude::*;
use model::portal::search::{HitKind, SearchHit};

/// The box in the top bar. It is a form that reads: without scripts Enter leads to the page of results.
#[component]
pub fn SearchBox() -> impl IntoView {
    let place = NodeRef::<html::Input>::new();
    let key = window_event_listener(leptos::ev::keydown, move |event| {
        let with_control = event.ctrl_key() || event.meta_key();
        let wanted =
            (event.key() == "/" && !with_control && !is_typing(&event)) || (event.key() == "k" && with_control);
        if let (true, Some(input)) = (wanted, place.get_untracked()) {
            event.prevent_default();
            // A field that has left the page cannot take the cursor, and nobody misses it.
            let _ = input.focus();
            input.select();
        }
    });
    on_cleanup(move || key.remove());
    let typed = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(0usize);
    let found = LocalResource::new(move || {
        let text = typed.get();
        async move { if is_enough(&text) { search(text).await } else { Ok(vec![]) } }
    });
    let hits = move || found.get().and_then(Result::ok).unwrap_or_default();
    let links = Signal::derive(move || hits().into_iter().map(|hit| hit.link).collect::<Vec<_>>());
    let navigate = leptos_router::hooks::use_navigate();
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let count = links.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|n| *n = (*n + 1).min(count)),
            "ArrowUp" => chosen.update(|n| *n = n.saturating_sub(1)),
            "Escape" => open.set(false),
            "Enter" => {
                // Nothing chosen: the form leads to the page of all results.
                let link =
                    chosen.get_untracked().checked_sub(1).and_then(|n| links.with_untracked(|l| l.get(n).cloned()));
                if let Some(link) = link {
                    event.prevent_default();
                    open.set(false);
                    navigate(&link, Default::default());
                }
                return;
            }
            _ => return,
        }
        if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
            event.prevent_default();
        }
    };
    view! {
        <div class="search-everywhere">
            <form class="searchbox" role="search" action="/search" method="get">
                <Icon icon=icondata_lu::LuSearch/>
                <input
                    node_ref=place
                    type="search"
                    name="q"
                    autocomplete="off"
                    aria-label=t::search_label()
                    placeholder=t::search_placeholder()
                    on:input:target=move |ev| {
                        typed.set(ev.target().value());
                        chosen.set(0);
                        open.set(true);
                    }
                    on:keydown=on_key
                    on:focus=move |_| open.set(true)
                />
                <Kbd key="/"/>
                <Kbd key="Ctrl K"/>
            </form>
            {move || {
                let list = hits();
                let is_asked = typed.with(|typed| is_enough(typed)) && matches!(found.get(), Some(Ok(_)));
                (open.get() && (is_asked || !list.is_empty())).then(|| view! { <Panel list chosen open/> })
            }}
        </div>
    }
}

/// One letter finds everybody.
fn is_enough(typed: &str) -> bool {
    typed.trim().chars().count() >= 2
}

/// Whether a key belongs to a field.
fn is_typing(event: &leptos::ev::KeyboardEvent) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok());
    target.is_some_and(|element| element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some())
}

/// What was found, below the box. Arrows and Enter choose.
#[component]
fn Panel(list: Vec<SearchHit>, chosen: RwSignal<usize>, open: RwSignal<bool>) -> impl IntoView {
    let mut last: Option<HitKind> = None;
    let items = list
        .into_iter()
        .enumerate()
        .map(|(i, hit)| {
            let title = (last != Some(hit.kind)).then(|| view! { <div class="menu__title">{group(hit.kind)}</div> });
            last = Some(hit.kind);
            view! {
                {title}
                <a
                    class="menu__item"
                    href=hit.link
                    aria-current=move || (chosen.get() == i + 1).then_some("true")
                    on:click=move |_| open.set(false)
                >
                    <span class="truncate"><b class="medium">{hit.title}</b> " " <span class="small muted">{words::hit(hit.kind, &hit.detail)}</span></span>
                </a>
            }
        })
        .collect_view();
    let none = items.is_empty().then(|| view! { <p class="search-panel__none small muted">{t::search_nothing()}</p> });
    view! { <div class="menu search-panel" role="group" aria-label=t::search_title()>{none}{items}</div> }
}

fn group(kind: HitKind) -> &'static str {
    match kind {
        HitKind::Subscriber => t::search_group_subscriber(),
        HitKind::Lead => t::search_group_lead(),
        HitKind::Invoice => t::search_group_invoice(),
        HitKind::Payment => t::search_group_payment(),
        HitKind::Session => t::search_group_session(),
        HitKind::Device => t::search_group_device(),
        HitKind::Stock => t::search_group_stock(),
        HitKind::Ticket => t::search_group_ticket(),
        HitKind::WorkOrder => t::search_group_work_order(),
    }
}

/// `/search?q=`
#[component]
pub fn SearchPage() -> impl IntoView {
    let query = use_query_state();
    let found = Resource::new(move || query.get("q").unwrap_or_default(), search);
    view! {
        <PageFrame>
            <PageHeader title=t::search_title()/>
            <Filters><FilterSearch placeholder=t::search_placeholder()/></Filters>
            <PageBody>
                <Transition>
                    {move || Suspend::new(async move {
                        let asked = query.get("q");
                        match found.await {
                            Ok(hits) if !hits.is_empty() => view! { <Results hits/> }.into_any(),
                            Ok(_) if asked.is_none() => {
                                view! { <p class="muted">{t::search_start()}</p> }.into_any()
                            }
                            Ok(_) => {
                                view! {
                                    <EmptyState icon=icondata_lu::LuSearchX title=t::search_nothing() text=t::search_nothing_text()/>
                                }
                                    .into_any()
                            }
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Results(hits: Vec<SearchHit>) -> impl IntoView {
    let groups = HitKind::ALL
        .iter()
        .filter_map(|kind| {
            let rows: Vec<_> = hits.iter().filter(|hit| hit.kind == *kind).cloned().collect();
            (!rows.is_empty()).then(|| {
                let rows = rows
                    .into_iter()
                    .map(|hit| {
                        view! {
                            <li class="hit">
                                <a class="link--quiet medium" href=hit.link>{hit.title}</a>
                                <span class="small muted">{words::hit(hit.kind, &hit.detail)}</span>
                            </li>
                        }
                    })
                    .collect_view();
                view! { <Card title=group(*kind)><ul class="hits">{rows}</ul></Card> }
            })
        })
        .collect_view();
    view! { <div class="stack">{groups}</div> }
}
