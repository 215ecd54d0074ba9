//! The doors of `/my`: phone and password, the second factor, and the password by a code or a link.

use crate::api::{AskCode, AskLink, ChoosePassword, MyConfirm, MySignIn, SetPassword};
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

/// The phone that was typed in a try that was refused without scripts. With scripts it still stands in its field.
fn typed_phone() -> String {
    #[cfg(feature = "ssr")]
    return platform::web::typed_name().unwrap_or_default();
    #[cfg(not(feature = "ssr"))]
    String::new()
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
                <Field
                    name="form[name]"
                    label=t::login_phone()
                    kind=Kind::Phone
                    value=typed_phone()
                    autocomplete="username"
                />
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

/// `/my/password`: first the phone or the e-mail; then, with `?request=`, the code and the new password, or, with the
/// `?token=` of a link, the new password.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let query = use_query_map();
    let asked = move |key: &str| query.with(|map| map.get(key)).filter(|value| !value.is_empty());
    // Only another step makes the form anew.
    let step = Memo::new(move |_| (asked("token"), asked("request"), asked("sent")));
    view! {
        <leptos_meta::Title text=t::password_title()/>
        {move || match step.get() {
            (Some(token), ..) => view! { <ByLink token/> }.into_any(),
            (None, Some(request), _) => view! { <ByCode request/> }.into_any(),
            (None, None, Some(_)) => view! {
                <section class="my-card">
                    <h1 class="my-state">{t::password_mail_title()}</h1>
                    <p class="t14 muted">{t::password_mail_sent()}</p>
                </section>
            }
            .into_any(),
            (None, None, None) => view! { <Ask/> }.into_any(),
        }}
        <p class="t14 center"><a class="link" href="/my/login">{t::password_to_login()}</a></p>
    }
}

#[component]
fn Ask() -> impl IntoView {
    let by_phone = ServerAction::<AskCode>::new();
    let by_mail = ServerAction::<AskLink>::new();
    view! {
        <section class="my-card">
            <h1 class="my-state">{t::password_title()}</h1>
            <p class="t14 muted">{t::password_lead()}</p>
            <Form action=by_phone>
                <Field name="form[phone]" label=t::password_phone() kind=Kind::Phone autocomplete="tel"/>
                <Submit size=Size::Large>{t::password_ask()}</Submit>
            </Form>
        </section>
        <section class="my-card">
            <p class="t14 muted">{t::password_mail_lead()}</p>
            <Form action=by_mail>
                <Field name="form[name]" label=t::password_mail() kind=Kind::Email autocomplete="email"/>
                <Submit look=Look::Plain size=Size::Large>{t::password_mail_ask()}</Submit>
            </Form>
        </section>
    }
}

#[component]
fn ByCode(request: String) -> impl IntoView {
    let set = ServerAction::<SetPassword>::new();
    view! {
        <section class="my-card">
            <h1 class="my-state">{t::password_sent_title()}</h1>
            <p class="t14 muted">{t::password_sent()}</p>
            <Form action=set>
                <input type="hidden" name="form[request]" value=request/>
                <Field name="form[code]" label=t::password_code() kind=Kind::Number autocomplete="one-time-code"/>
                <NewPassword/>
            </Form>
            <p class="t14 center"><a class="link" href="/my/password">{t::password_again()}</a></p>
        </section>
    }
}

#[component]
fn ByLink(token: String) -> impl IntoView {
    let choose = ServerAction::<ChoosePassword>::new();
    view! {
        <section class="my-card">
            <h1 class="my-state">{t::password_title()}</h1>
            <Form action=choose>
                <input type="hidden" name="form[token]" value=token/>
                <NewPassword/>
            </Form>
            <p class="t14 center"><a class="link" href="/my/password">{t::password_other_link()}</a></p>
        </section>
    }
}

#[component]
fn NewPassword() -> impl IntoView {
    view! {
        <Field
            name="form[password]"
            label=t::password_new()
            kind=Kind::Password
            hint=t::password_new_hint()
            autocomplete="new-password"
        />
        <Submit size=Size::Large>{t::password_save()}</Submit>
    }
}
