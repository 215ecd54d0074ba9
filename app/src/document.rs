//! The HTML around a page: language, theme, style sheet, the reader's texts, the bundle's scripts, and the policy that
//! says what may run.

use crate::my::MyApp;
use crate::staff::StaffApp;
use kit::prefs::Theme;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use model::{Audience, Lang};

/// Which browser program draws a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bundle {
    Staff,
    My,
}

impl Bundle {
    const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::My => "my",
        }
    }
}

/// The whole document of a page.
pub fn document(bundle: Bundle, audience: Audience, options: &LeptosOptions) -> AnyView {
    let lang = use_context::<Lang>().unwrap_or_default();
    let theme = Theme::here().attribute();
    platform::web::set_page_policy(use_nonce().as_deref(), audience);
    let name = bundle.name();
    let mut options = options.clone();
    options.output_name = name.into();
    let style = format!("/pkg/{name}.css");
    let texts = format!("/texts/{}.json", lang.code());
    let nonce = use_nonce();
    // Leaflet and ECharts are asked for by the pages that show a map or a chart.
    view! {
        <!DOCTYPE html>
        <html lang=lang.code() data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=style/>
                <link rel="preload" href=texts r#as="fetch" crossorigin="anonymous" nonce=nonce/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                {match bundle {
                    Bundle::Staff => view! { <StaffApp/> }.into_any(),
                    Bundle::My => view! { <MyApp/> }.into_any(),
                }}
            </body>
        </html>
    }
    .into_any()
}
