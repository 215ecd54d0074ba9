//! A payment prompt while it is under way, as staff see it. It looks again by itself while the payer may still answer.

use crate::api::{PromptSheet, read_prompt};
use crate::payments::WayToOnline;
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// How often the page asks while the payer may still answer.
const LOOK_EVERY_S: u64 = 2;

/// `/billing/prompts/{id}`
#[component]
pub fn PromptPage() -> impl IntoView {
    let params = use_params_map();
    let sheet = Resource::new(move || params.with(|map| map.get("id").unwrap_or_default()), read_prompt);
    Effect::new(move |_| {
        let is_waiting = sheet.get().is_some_and(|sheet| sheet.is_ok_and(|sheet| sheet.attempt.state.is_waiting()));
        if is_waiting {
            set_timeout(move || sheet.refetch(), std::time::Duration::from_secs(LOOK_EVERY_S));
        }
    });
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <Prompt sheet/> }.into_any(),
                    Err(model::AppError::NotFound) => view! { <NotFound home="/billing/payments"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Prompt(sheet: PromptSheet) -> impl IntoView {
    provide_context(sheet.time);
    let attempt = sheet.attempt;
    let crumbs = vec![
        Crumb::here(t::nav_billing()),
        Crumb::to(t::nav_payments(), "/billing/payments"),
        Crumb::here(t::prompt_title()),
    ];
    view! {
        <PageFrame>
            <PageHeader title=t::prompt_title() crumbs/>
            <PageBody>
                <Card title=t::prompt_to(attempt.phone)>
                    <div class="stack" role="status">
                        <p class="received__amount"><Amount money=attempt.amount/></p>
                        <State tone=words::attempt_tone(attempt.state)>{words::attempt(attempt.state)}</State>
                        {attempt.reason.map(|why| view! { <p class="muted">{words::attempt_reason(why)}</p> })}
                        {attempt.receipt.map(|receipt| view! { <p class="mono">{t::payments_receipt(receipt)}</p> })}
                        <div class="row"><LinkButton href=format!("/billing/prompts/{}", attempt.id)>{t::prompt_look()}</LinkButton></div>
                    </div>
                </Card>
                <WayToOnline timeline=attempt.timeline/>
            </PageBody>
        </PageFrame>
    }
}
