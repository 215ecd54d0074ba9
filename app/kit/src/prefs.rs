//! Language and theme. Both are plain links that set a cookie and lead back, so that they work without scripts and the
//! first byte of the next page already knows them: nothing flashes.

use crate::{icon::Icon, t, texts};
use leptos::prelude::*;
use model::Lang;
use std::str::FromStr;

/// Light, dark, or as the device says. The server reads it from a cookie and writes `data-theme` on `<html>`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// As it stands in the cookie and in `/theme/{name}`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `data-theme`; none lets the device decide.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The theme of the page: from the context on the server, from `<html>` in the browser.
    #[cfg(feature = "ssr")]
    pub fn here() -> Self {
        use_context().unwrap_or_default()
    }

    #[cfg(not(feature = "ssr"))]
    pub fn here() -> Self {
        document()
            .document_element()
            .and_then(|root| root.get_attribute("data-theme"))
            .and_then(|name| name.parse().ok())
            .unwrap_or_default()
    }
}

impl FromStr for Theme {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|theme| theme.name() == name).ok_or(())
    }
}

/// A link to the page in the other language, in that language's own name.
#[component]
pub fn LangSwitch() -> impl IntoView {
    let links = Lang::ALL
        .into_iter()
        .filter(|lang| *lang != texts::lang())
        .map(|lang| {
            view! {
                <a class="lang" href=format!("/lang/{}", lang.code()) lang=lang.code() hreflang=lang.code() rel="external">
                    <Icon icon=icondata_lu::LuLanguages/>
                    {lang.own_name()}
                </a>
            }
        })
        .collect_view();
    view! { {links} }
}

/// Three links: as the device says, light, dark.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let now = Theme::here();
    let word = |theme| match theme {
        Theme::System => t::theme_system(),
        Theme::Light => t::theme_light(),
        Theme::Dark => t::theme_dark(),
    };
    let links = Theme::ALL
        .into_iter()
        .map(|theme| {
            let current = (theme == now).then_some("true");
            let href = format!("/theme/{}", theme.name());
            view! { <a class="segment__item" href=href rel="external" aria-current=current>{word(theme)}</a> }
        })
        .collect_view();
    view! { <div class="segment" role="group" aria-label=t::theme_title()>{links}</div> }
}
