//! The doors of `/my`: phone and password, the second factor, and the first password by a code.

use crate::api::{AskCode, MyConfirm, MySignIn, SetPassword};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Where to go on to after the sign-in, kept through the form.
#[component]
fn NextField() -> impl IntoView {
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    view! { <input type="hidden" name="form[next]" value=next/> }
}

/// `/my/login`
#[component]
pub fn LoginPage() -> impl IntoView {
    let sign_in = ServerAction::<MySignIn>::new();
    let is_new = use_query_map().with_untracked(|query| query.get("done").is_some_and(|done| done == "password"));
    view! {
        <leptos_meta::Title text=t::login_title()/>
        {is_new.then(|| view! { <Note tone=Tone::Ok>{t::password_done()}</Note> })}
        <section class="my-card">
            <h1 class="my-state">{t::login_title()}</h1>
            <Form action=sign_in>
                <NextField/>
                <Field name="form[name]" label=t::login_phone() kind=Kind::Phone autocomplete="username"/>
                <Field name="form[password]" label=t::login_password() kind=Kind::Password autocomplete="current-password"/>
                <Submit size=Size::Large>{t::login_submit()}</Submit>
            </Form>
        </section>
        <section class="my-card">
            <p class="t14">{t::login_first_time()}</p>
            <a class="btn btn--large" href="/my/password">{t::login_set_one()}</a>
        </section>
    }
}

/// `/my/mfa`
#[component]
pub fn MfaPage() -> impl IntoView {
    let confirm = ServerAction::<MyConfirm>::new();
    view! {
        <leptos_meta::Title text=t::login_mfa_title()/>
        <section class="my-card">
            <h1 class="my-state">{t::login_mfa_title()}</h1>
            <p class="t14 muted">{t::login_mfa_hint()}</p>
            <Form action=confirm>
                <NextField/>
                <Field name="form[code]" label=t::login_mfa_code() kind=Kind::Code autocomplete="one-time-code"/>
                <Submit size=Size::Large>{t::login_mfa_submit()}</Submit>
            </Form>
        </section>
    }
}

/// `/my/password`: first the phone, then, with `?request=`, the code and the new password.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let ask = ServerAction::<AskCode>::new();
    let set = ServerAction::<SetPassword>::new();
    let query = use_query_map();
    view! {
        <leptos_meta::Title text=t::password_title()/>
        {move || match query.with(|map| map.get("request")).filter(|request| !request.is_empty()) {
            None => view! {
                <section class="my-card">
                    <h1 class="my-state">{t::password_title()}</h1>
                    <p class="t14 muted">{t::password_lead()}</p>
                    <Form action=ask>
                        <Field name="form[phone]" label=t::password_phone() kind=Kind::Phone autocomplete="tel"/>
                        <Submit size=Size::Large>{t::password_ask()}</Submit>
                    </Form>
                </section>
            }
            .into_any(),
            Some(request) => view! {
                <section class="my-card">
                    <h1 class="my-state">{t::password_sent_title()}</h1>
                    <p class="t14 muted">{t::password_sent()}</p>
                    <Form action=set>
                        <input type="hidden" name="form[request]" value=request/>
                        <Field name="form[code]" label=t::password_code() kind=Kind::Number autocomplete="one-time-code"/>
                        <Field
                            name="form[password]"
                            label=t::password_new()
                            kind=Kind::Password
                            hint=t::password_new_hint()
                            autocomplete="new-password"
                        />
                        <Submit size=Size::Large>{t::password_save()}</Submit>
                    </Form>
                    <p class="t14 center"><a class="link" href="/my/password">{t::password_again()}</a></p>
                </section>
            }
            .into_any(),
        }}
        <p class="t14 center"><a class="link" href="/my/login">{t::password_to_login()}</a></p>
    }
}
