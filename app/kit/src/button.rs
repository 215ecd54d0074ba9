//! Buttons and links that look like them. A button does something here; a link goes somewhere. One primary per region.

use crate::icon::{Icon, IconData};
use leptos::prelude::*;

/// How much weight a button has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    Primary,
    #[default]
    Plain,
    Ghost,
    /// Opens a dangerous step.
    Danger,
    /// Takes the dangerous step.
    DangerFill,
}

/// Heights: 28, 32, and 48 or 52 on a phone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    Small,
    #[default]
    Normal,
    Large,
}

/// The classes of a button.
pub(crate) fn button_class(look: Look, size: Size) -> String {
    let look = match look {
        Look::Primary => " btn--primary",
        Look::Plain => "",
        Look::Ghost => " btn--ghost",
        Look::Danger => " btn--danger",
        Look::DangerFill => " btn--danger-fill",
    };
    let size = match size {
        Size::Small => " btn--small",
        Size::Normal => "",
        Size::Large => " btn--large",
    };
    format!("btn{look}{size}")
}

/// A button that acts by script; give it `on:click`. To send a form use `Submit`.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<IconData>,
    /// Not possible now; the reason belongs beside the button.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    children: Children,
) -> impl IntoView {
    view! {
        <button type="button" class=button_class(look, size) disabled=disabled>
            {icon.map(|icon| view! { <Icon icon/> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<IconData>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=button_class(look, size) href=href>
            {icon.map(|icon| view! { <Icon icon/> })}
            {children()}
        </a>
    }
}

/// A button with an icon only. `name` is what it does, for those who do not see it and in the title.
#[component]
pub fn IconButton(
    icon: IconData,
    #[prop(into)] name: String,
    #[prop(optional)] border: bool,
    #[prop(optional)] small: bool,
    /// A red dot: there is something new behind it. Say how many in the name.
    #[prop(optional, into)]
    dot: Signal<bool>,
) -> impl IntoView {
    let mut class = String::from("icon-btn");
    if border {
        class.push_str(" icon-btn--border");
    }
    if small {
        class.push_str(" icon-btn--24");
    }
    view! {
        <button type="button" class=class aria-label=name.clone() title=name>
            <Icon icon/>
            {move || dot.get().then(|| view! { <span class="icon-btn__dot"></span> })}
        </button>
    }
}

/// A link with an icon only.
#[component]
pub fn IconLink(icon: IconData, #[prop(into)] name: String, #[prop(into)] href: Signal<String>) -> impl IntoView {
    view! {
        <a class="icon-btn" href=href aria-label=name.clone() title=name>
            <Icon icon/>
        </a>
    }
}
