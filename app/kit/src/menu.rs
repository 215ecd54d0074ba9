//! Menus and other things that pop up, with the browser's own popover: it closes on Escape and outside by itself and
//! needs no script.

use crate::icon::{Icon, IconData};
use leptos::prelude::*;

/// A button that opens a list of links and buttons: `MenuLink`, `MenuButton`.
#[component]
pub fn Menu(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What is behind the button; shown on it unless it is an icon.
    #[prop(into)]
    label: String,
    /// Shows this icon instead of the label.
    #[prop(optional)]
    icon: Option<IconData>,
    /// Looks like a filter chip.
    #[prop(optional)]
    chip: bool,
    children: Children,
) -> impl IntoView {
    let (class, inside) = match icon {
        Some(icon) => ("icon-btn icon-btn--border", view! { <Icon icon/> }.into_any()),
        None => {
            let words = label.clone();
            let inside = view! { {words}<Icon icon=icondata_lu::LuChevronDown/> }.into_any();
            (if chip { "chip" } else { "btn" }, inside)
        }
    };
    let place = if icon.is_some() { "menu" } else { "menu menu--start" };
    view! {
        <button type="button" class=class popovertarget=id.clone() aria-label=label.clone() title=label>{inside}</button>
        <div id=id popover="auto" class=place>{children()}</div>
    }
}

/// An entry that goes somewhere.
#[component]
pub fn MenuLink(
    #[prop(into)] href: String,
    #[prop(optional)] icon: Option<IconData>,
    /// Loads the page anew instead of by script: sign-out, downloads.
    #[prop(optional)]
    external: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="menu__item" href=href rel=external.then_some("external")>
            {icon.map(|icon| view! { <Icon icon/> })}
            {children()}
        </a>
    }
}

/// An entry that does something; give it `on:click`.
#[component]
pub fn MenuButton(
    #[prop(optional)] icon: Option<IconData>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> impl IntoView {
    let class = if danger { "menu__item menu__item--danger" } else { "menu__item" };
    view! {
        <button type="button" class=class>
            {icon.map(|icon| view! { <Icon icon/> })}
            {children()}
        </button>
    }
}
