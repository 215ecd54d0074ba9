//! `/my/usage`: this month and each day of the last thirty.

use super::Failed;
use super::home::UsageCard;
use crate::api::my_usage;
use crate::t;
use kit::values::day_text;
use leptos::prelude::*;
use model::network::sessions::shown_bytes;
use model::portal::my::MyUsagePage;

/// `/my/usage`
#[component]
pub fn UsagePage() -> impl IntoView {
    let usage = Resource::new(|| (), |()| my_usage());
    view! {
        <leptos_meta::Title text=t::usage_title()/>
        <Suspense>
            {move || Suspend::new(async move {
                match usage.await {
                    Ok(usage) => view! { <Days usage/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Days(usage: MyUsagePage) -> impl IntoView {
    let body = match usage.days.is_empty() {
        true => view! { <p class="t14 muted">{t::usage_none()}</p> }.into_any(),
        false => {
            let rows = usage
                .days
                .into_iter()
                .map(|day| {
                    view! {
                        <tr>
                            <td>{day_text(day.day)}</td>
                            <td class="end">{shown_bytes(day.bytes_down)}</td>
                            <td class="end">{shown_bytes(day.bytes_up)}</td>
                        </tr>
                    }
                })
                .collect_view();
            view! {
                <table class="my-table">
                    <thead>
                        <tr>
                            <th scope="col">{t::usage_day()}</th>
                            <th scope="col" class="end">{t::usage_down()}</th>
                            <th scope="col" class="end">{t::usage_up()}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <p class="small faint">{t::usage_note()}</p>
            }
            .into_any()
        }
    };
    view! {
        <h1 class="my-state">{t::usage_title()}</h1>
        {usage.usage.map(|usage| view! { <UsageCard usage/> })}
        <section class="my-card"><h2 class="my-card__title">{t::usage_days()}</h2>{body}</section>
    }
}
