//! The gallery: every component in its states, on one page. It is the subject of a picture test and the first place to
//! look when a new page needs something. Its words are samples and stay in English.

mod basics;
#[cfg(test)]
mod frames;
mod lists;
mod motion;

use crate::prelude::*;
use leptos::prelude::*;

/// The page `/kit`, for everybody who is signed in.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <leptos_meta::Title text="Kit"/>
        <Ribbon icon=icondata_lu::LuFlaskConical>
            "Demo data, simulated clock: 21 Nov 2026, 14:05 EAT "
            <a href="#">"Move the clock"</a>
        </Ribbon>
        <main class="kit">
            <header class="kit__head">
                <BrandMark/>
                <h1>"Kit"</h1>
                <span class="muted">"every component, every state, one page"</span>
                <span class="row push">
                    <ThemeSwitch/>
                    <LangSwitch/>
                </span>
            </header>
            <div class="kit__grid">
                <basics::Type/>
                <basics::Swatches title="Surfaces, text and accent" note="rank 2" names=SURFACES/>
                <basics::Swatches title="States and charts" note="never without a word" names=STATES/>
                <basics::Buttons/>
                <basics::States/>
                <lists::TabsAndFilters/>
                <basics::Fields/>
                <motion::Notes/>
                <lists::Tables/>
                <lists::Cards/>
                <motion::Live/>
                <motion::Dialogs/>
                <lists::Charts/>
                <lists::BoardSample/>
                <motion::Blanks/>
            </div>
        </main>
        <ToastHost/>
    }
}

const SURFACES: [&str; 20] = [
    "surface",
    "surface-raised",
    "surface-sunken",
    "surface-float",
    "border",
    "border-strong",
    "border-control",
    "surface-active",
    "text",
    "text-muted",
    "text-faint",
    "accent-text",
    "accent",
    "accent-press",
    "accent-soft",
    "accent-line",
    "on-accent",
    "surface-well",
    "surface-hover",
    "chart-5",
];

const STATES: [&str; 20] = [
    "ok",
    "ok-text",
    "ok-soft",
    "ok-line",
    "warn",
    "warn-text",
    "warn-soft",
    "warn-line",
    "danger",
    "danger-text",
    "danger-soft",
    "danger-line",
    "info",
    "info-text",
    "info-soft",
    "info-line",
    "chart-1",
    "chart-2",
    "chart-3",
    "chart-4",
];

/// A card of the gallery; `wide` takes two thirds of a row.
#[component]
fn Cell(
    #[prop(into)] title: String,
    #[prop(into)] note: String,
    #[prop(optional)] wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card clip" class:span-8=wide>
            <div class="card__head">
                <h2>{title}</h2>
                <span class="card__note">{note}</span>
            </div>
            <div class="kit__cell">{children()}</div>
        </section>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{
        Gallery,
        frames::{MySample, ShellSample},
    };
    use crate::prelude::{NotFound, Tab, Tabs};
    use leptos::prelude::*;
    use leptos_router::{components::Router, location::RequestUrl};
    use model::Lang;

    /// Renders as the server does. `KIT_PAGES=folder` keeps the pages, to look at them with the style sheets.
    fn render<V: IntoView>(name: &str, lang: Lang, address: &str, page: impl FnOnce() -> V + Send + 'static) -> String {
        let html = Owner::new().with(|| {
            provide_context(RequestUrl::new(address));
            provide_context(lang);
            leptos_meta::provide_meta_context();
            view! { <Router>{page()}</Router> }.to_html()
        });
        if let Ok(folder) = std::env::var("KIT_PAGES") {
            std::fs::write(format!("{folder}/{name}-{}.body", lang.code()), &html).unwrap();
        }
        html
    }

    #[test]
    fn the_gallery_renders_in_both_languages_without_style_attributes() {
        for lang in Lang::ALL {
            let html = render("gallery", lang, "/kit?tab=overdue&sort=-due", || view! { <Gallery/> });
            assert!(!html.contains(" style="), "the content security policy forbids style attributes");
            assert!(html.contains("aria-sort=\"descending\""), "{html}");
        }
    }

    #[test]
    fn the_shell_marks_where_one_is() {
        let html = render("shell", Lang::En, "/billing/invoices?tab=overdue&after=x", || view! { <ShellSample/> });
        assert_eq!(html.matches("aria-current=\"true\"").count(), 2, "the module and the theme: {html}");
        assert!(html.contains("href=\"/billing/invoices?tab=all\""), "a tab starts at the first rows: {html}");
    }

    #[test]
    fn a_value_that_no_tab_has_shows_the_first_tab() {
        let tabs = || vec![Tab::new("", "Open"), Tab::new("all", "All")];
        let html = render("tabs", Lang::En, "/list?tab=zzz", move || view! { <Tabs name="Status" tabs=tabs()/> });
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{html}");
    }

    #[test]
    fn a_page_that_is_not_found_tells_the_server() {
        use std::sync::atomic::{AtomicBool, Ordering};
        static IS_TOLD: AtomicBool = AtomicBool::new(false);
        render("not-found", Lang::En, "/nowhere", || {
            provide_context(crate::blank::OnNotFound(|| IS_TOLD.store(true, Ordering::Relaxed)));
            view! { <NotFound/> }
        });
        assert!(IS_TOLD.load(Ordering::Relaxed));
    }

    #[test]
    fn the_portal_offers_the_other_language() {
        let html = render("my", Lang::Sw, "/my/bills", || view! { <MySample/> });
        assert!(html.contains("href=\"/lang/en\""), "{html}");
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{html}");
    }
}
