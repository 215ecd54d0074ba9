//! Icons of Lucide. They are decoration: what carries a meaning has its words beside it or in its button's name.

use leptos::prelude::*;

pub use icondata_core::Icon as IconData;

/// Sizes of an icon in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IconSize {
    Small,
    #[default]
    Normal,
    Large,
}

/// One icon, hidden from screen readers. `icon` is a constant of `icondata_lu`.
#[component]
pub fn Icon(icon: IconData, #[prop(optional)] size: IconSize, #[prop(optional)] class: &'static str) -> impl IntoView {
    let size = match size {
        IconSize::Small => "icon icon--14",
        IconSize::Normal => "icon",
        IconSize::Large => "icon icon--20",
    };
    view! {
        <svg class=[size, class].join(" ").trim_end().to_owned() viewBox="0 0 24 24" aria-hidden="true" inner_html=icon.data></svg>
    }
}

/// The mark of the house, in the tenant's accent.
#[component]
pub fn BrandMark() -> impl IntoView {
    view! {
        <svg class="brand__mark" viewBox="0 0 20 20" aria-hidden="true">
            <path
                d="M2.5 16.5 8 6l3.2 6 2-3.6 4.3 8.1"
                fill="none"
                stroke="currentColor"
                stroke-width="2.1"
                stroke-linejoin="round"
                stroke-linecap="round"
            ></path>
            <circle cx="8" cy="4.2" r="1.9" fill="currentColor"></circle>
        </svg>
    }
}
