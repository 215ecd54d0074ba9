//! Not used yet, nothing matches, could not load: three different messages, each with its next step. And waiting.

use crate::{
    button::LinkButton,
    form::{error_text, in_readers_words},
    icon::{Icon, IconData},
    query::use_query_state,
    t,
};
use leptos::prelude::*;
use model::AppError;
use model::error::FieldErrors;

/// Nothing here: not used yet, or nothing matches. The children are the next step, one button.
#[component]
pub fn EmptyState(
    icon: IconData,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="blank">
            <Icon icon/>
            <h3>{title}</h3>
            <p>{text}</p>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
}

/// A part of the page could not be loaded; the rest stays. `retry` loads it again. What one may not see, and an address
/// that asks for something unreadable, are no failures and look like none.
#[component]
pub fn ErrorState(error: AppError, #[prop(optional)] retry: Option<Callback<()>>) -> impl IntoView {
    match error {
        AppError::Forbidden => view! {
            <EmptyState icon=icondata_lu::LuLock title=t::error_forbidden() text=t::error_forbidden_hint()/>
        }
        .into_any(),
        AppError::Invalid(fields) => view! { <WrongAddress fields/> }.into_any(),
        error => view! { <Failed error retry/> }.into_any(),
    }
}

/// What the address asks for does not read: which part of it, why, and the way back to the page without it.
#[component]
fn WrongAddress(fields: FieldErrors) -> impl IntoView {
    let query = use_query_state();
    let whys = fields
        .0
        .into_iter()
        .map(|wrong| {
            // Arguments that do not read at all have no name of their own.
            let name = (wrong.field != "form").then(|| view! { <b class="mono">{wrong.field}</b> ": " });
            view! { <li>{name}{in_readers_words(&wrong.message)}</li> }
        })
        .collect_view();
    view! {
        <div class="blank">
            <Icon icon=icondata_lu::LuSearchX/>
            <h3>{t::error_address()}</h3>
            <ul>{whys}</ul>
            <div class="row"><LinkButton href=query.href_only(&["tab", "view"])>{t::error_address_back()}</LinkButton></div>
        </div>
    }
}

#[component]
fn Failed(error: AppError, retry: Option<Callback<()>>) -> impl IntoView {
    view! {
        <div class="blank blank--danger" role="alert">
            <Icon icon=icondata_lu::LuCloudOff/>
            <h3>{t::error_title()}</h3>
            <p>{error_text(&error)}</p>
            {retry
                .map(|retry| {
                    view! {
                        <div class="row">
                            <button type="button" class="btn" on:click=move |_| retry.run(())>
                                <Icon icon=icondata_lu::LuRotateCw/>
                                {t::error_again()}
                            </button>
                        </div>
                    }
                })}
        </div>
    }
}

/// What the server does when a page is not found: it answers 404. The root of each program provides it.
#[derive(Clone, Copy)]
pub struct OnNotFound(pub fn());

/// A page that does not exist, or that is not the reader's to see: the two look the same on purpose.
#[component]
pub fn NotFound(#[prop(default = "/")] home: &'static str) -> impl IntoView {
    if let Some(OnNotFound(answer)) = use_context() {
        answer();
    }
    view! {
        <leptos_meta::Title text=t::error_not_found_title()/>
        <div class="blank blank--page">
            <Icon icon=icondata_lu::LuSearchX/>
            <h1>{t::error_not_found_title()}</h1>
            <p>{t::error_not_found()}</p>
            <div class="row"><LinkButton href=home.to_owned()>{t::error_home()}</LinkButton></div>
        </div>
    }
}

/// Grey lines in the place of what comes. They show after 300 ms only, by style.
#[component]
pub fn Skeleton(#[prop(default = 4)] lines: u8) -> impl IntoView {
    let line = |i: u8| match i % 3 {
        0 => "skeleton",
        1 => "skeleton skeleton--80",
        _ => "skeleton skeleton--60",
    };
    view! {
        <div class="skeletons" role="status">
            <span class="visually-hidden">{t::loading()}</span>
            {(0..lines).map(|i| view! { <div class=line(i)></div> }).collect_view()}
        </div>
    }
}
