//! The frame of the portal on a phone: brand and language on top, five places at the bottom. HTML first.

use crate::{
    icon::{BrandMark, Icon, IconData},
    prefs::LangSwitch,
    shell::is_below,
    t,
    toast::{ToastHost, provide_toasts},
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// One of the places at the bottom.
#[derive(Clone)]
pub struct Place {
    pub label: String,
    pub href: String,
    pub icon: IconData,
}

impl Place {
    pub fn new(label: impl Into<String>, href: impl Into<String>, icon: IconData) -> Self {
        Self { label: label.into(), href: href.into(), icon }
    }
}

/// The frame. Without `places` there is no bar at the bottom: sign-in, waiting, receipt.
#[component]
pub fn MyShell(
    #[prop(into)] brand: String,
    #[prop(optional)] places: Vec<Place>,
    #[prop(default = "/my")] home: &'static str,
    /// Above everything, for example how old the shown state is.
    #[prop(optional, into)]
    notice: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    provide_toasts();
    let bar = (!places.is_empty()).then(|| view! { <Places places home/> });
    view! {
        <div class="phone">
            {notice.run()}
            <header class="phone__bar">
                <a class="phone__brand" href=home><BrandMark/>{brand}</a>
                <span class="push"><LangSwitch/></span>
            </header>
            <main class="phone__main">{children()}</main>
            {bar}
        </div>
        <ToastHost/>
    }
}

#[component]
fn Places(places: Vec<Place>, home: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let links = places
        .into_iter()
        .map(|place| {
            let href = place.href.clone();
            // The first place lies above all others: it is current on its own page only.
            let here = move |path: &String| if href == home { path == home } else { is_below(path, &href) };
            view! {
                <a href=place.href aria-current=move || path.with(&here).then_some("page")>
                    <Icon icon=place.icon/>
                    {place.label}
                </a>
            }
        })
        .collect_view();
    view! { <nav class="phone__nav" aria-label=t::nav_main()>{links}</nav> }
}
