//! The chooser on an address that belongs to no ISP: whose customer or staff one is. It works without a program.

use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Asks for the ISP's code and comes back to the page it stands on.
#[component]
pub fn IspChooser() -> impl IntoView {
    let is_unknown = use_query_map().with_untracked(|query| query.get("isp").is_some());
    view! {
        <form method="get" action="/isp" class="stack stack--3">
            <p class="t14 muted">{t::isp_lead()}</p>
            <div class="field">
                <label class="field__label" for="isp-code">{t::isp_code()}</label>
                <span class=if is_unknown { "input mono input--error" } else { "input mono" }>
                    <input
                        id="isp-code"
                        name="code"
                        type="text"
                        required=true
                        autocomplete="organization"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-invalid=is_unknown.then_some("true")
                        aria-describedby="isp-code-hint"
                    />
                </span>
                {is_unknown.then(|| view! {
                    <span class="field__error" role="alert">
                        <Icon icon=icondata_lu::LuCircleAlert/>
                        {t::isp_unknown()}
                    </span>
                })}
                <span class="field__hint" id="isp-code-hint">{t::isp_hint()}</span>
            </div>
            <button class="btn btn--primary">{t::isp_go()}</button>
        </form>
    }
}
