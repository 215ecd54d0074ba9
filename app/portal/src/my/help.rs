//! `/my/help`: whether we know of an outage, how to reach a person, and how to pay without this page.

use super::Failed;
use super::home::{Help, state};
use crate::api::read_my_home;
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;

/// `/my/help`
#[component]
pub fn HelpPage() -> impl IntoView {
    let home = Resource::new(|| (), |()| read_my_home());
    view! {
        <leptos_meta::Title text=t::my_nav_help()/>
        <Suspense fallback=|| view! { <Skeleton lines=6/> }>
            {move || Suspend::new(async move {
                match home.await {
                    Ok(home) => {
                        let (tone, title, hint) = state(&home);
                        view! {
                            <h1 class="my-state">{t::my_nav_help()}</h1>
                            <section class="my-card">
                                <h2 class="my-card__title"><StateDot tone/>{title}</h2>
                                {hint.map(|hint| view! { <p class="t14">{hint}</p> })}
                            </section>
                            <Help help=home.help account=home.account_number.to_string() open_tickets=home.open_tickets/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
