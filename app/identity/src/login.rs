//! Before the sign-in: name and password, second factor, forgotten password. One page for each purpose, for the audience
//! that it is given; subscribers have theirs in the phone program.

use crate::api::operators::{ConfirmMfaPlatform, SignInPlatform};
use crate::api::password::{AskLinkPartner, AskLinkStaff, ChoosePasswordPartner, ChoosePasswordStaff};
use crate::api::{ConfirmMfaPartner, ConfirmMfaStaff, SignInPartner, SignInStaff, staff_shell};
use crate::isp::IspChooser;
use crate::t;
use kit::form::{Field, Form, Kind, Submit};
use kit::prelude::{BrandMark, LangSwitch, Note, Tone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::Audience;
use model::identity::Shell;

/// `/login`, `/partner/login` and `/platform/login`
#[component]
pub fn SignInPage(audience: Audience) -> impl IntoView {
    let form = match audience {
        Audience::Partner => {
            let action = ServerAction::<SignInPartner>::new();
            view! { <Form action><SignInFields/></Form> }.into_any()
        }
        Audience::Platform => {
            let action = ServerAction::<SignInPlatform>::new();
            view! { <Form action><SignInFields/></Form> }.into_any()
        }
        _ => {
            let action = ServerAction::<SignInStaff>::new();
            view! { <Form action><SignInFields/></Form> }.into_any()
        }
    };
    let others = match audience {
        Audience::Partner | Audience::Platform => None,
        _ => Some(view! {
            <p class="small muted">
                <a class="link" href="/my/login" rel="external">{t::login_am_subscriber()}</a>
                " · "
                <a class="link" href="/partner/login">{t::login_am_reseller()}</a>
            </p>
        }),
    };
    let is_new = asked("done").is_some_and(|done| done == "password");
    // An operator's password is nobody's to send a link for.
    let forgot = (audience != Audience::Platform).then(|| {
        view! { <p class="small"><a class="link" href=password_path(audience)>{t::login_forgot()}</a></p> }
    });
    view! {
        <Frame audience title=t::login_title()>
            {is_new.then(|| view! { <Note tone=Tone::Ok>{t::password_done()}</Note> })}
            {form}
            {forgot}
            {others}
        </Frame>
    }
}

/// `/mfa`, `/partner/mfa` and `/platform/mfa`
#[component]
pub fn SecondStepPage(audience: Audience) -> impl IntoView {
    let form = match audience {
        Audience::Partner => {
            let action = ServerAction::<ConfirmMfaPartner>::new();
            view! { <Form action><CodeField/></Form> }.into_any()
        }
        Audience::Platform => {
            let action = ServerAction::<ConfirmMfaPlatform>::new();
            view! { <Form action><CodeField/></Form> }.into_any()
        }
        _ => {
            let action = ServerAction::<ConfirmMfaStaff>::new();
            view! { <Form action><CodeField/></Form> }.into_any()
        }
    };
    view! { <Frame audience title=t::mfa_title() lead=t::mfa_hint()>{form}</Frame> }
}

/// `/password` and `/partner/password`: asks for a link; with `?token=` chooses the password.
#[component]
pub fn PasswordPage(audience: Audience) -> impl IntoView {
    let token = asked("token");
    let was_sent = asked("sent").is_some();
    let (title, lead) = match (&token, was_sent) {
        (Some(_), _) => (t::password_choose_title(), t::password_choose_hint()),
        (None, true) => (t::password_sent_title(), t::password_sent()),
        (None, false) => (t::password_title(), t::password_lead()),
    };
    let body = match (token, was_sent) {
        (Some(token), _) => view! { <Choose audience token/> }.into_any(),
        (None, true) => view! {
            <p class="small"><a class="link" href=password_path(audience)>{t::password_again()}</a></p>
        }
        .into_any(),
        (None, false) => view! { <Ask audience/> }.into_any(),
    };
    view! {
        <Frame audience title lead>
            {body}
            <p class="small"><a class="link" href=login_path(audience)>{t::password_to_login()}</a></p>
        </Frame>
    }
}

#[component]
fn Ask(audience: Audience) -> impl IntoView {
    let fields = || {
        view! {
            <Field name="form[name]" label=t::login_name() autocomplete="username"/>
            <Submit>{t::password_ask()}</Submit>
        }
    };
    match audience {
        Audience::Partner => {
            let action = ServerAction::<AskLinkPartner>::new();
            view! { <Form action>{fields()}</Form> }.into_any()
        }
        _ => {
            let action = ServerAction::<AskLinkStaff>::new();
            view! { <Form action>{fields()}</Form> }.into_any()
        }
    }
}

#[component]
fn Choose(audience: Audience, token: String) -> impl IntoView {
    let fields = move || {
        view! {
            <input type="hidden" name="form[token]" value=token/>
            <Field
                name="form[password]"
                label=t::password_new()
                kind=Kind::Password
                hint=t::setup_password_hint()
                autocomplete="new-password"
            />
            <Submit>{t::password_save()}</Submit>
        }
    };
    match audience {
        Audience::Partner => {
            let action = ServerAction::<ChoosePasswordPartner>::new();
            view! { <Form action>{fields()}</Form> }.into_any()
        }
        _ => {
            let action = ServerAction::<ChoosePasswordStaff>::new();
            view! { <Form action>{fields()}</Form> }.into_any()
        }
    }
}

const fn password_path(audience: Audience) -> &'static str {
    match audience {
        Audience::Partner => "/partner/password",
        _ => "/password",
    }
}

const fn login_path(audience: Audience) -> &'static str {
    match audience {
        Audience::Partner => "/partner/login",
        _ => "/login",
    }
}

/// A value of the address; an empty one counts as none.
fn asked(key: &str) -> Option<String> {
    use_query_map().with_untracked(|query| query.get(key)).filter(|value| !value.is_empty())
}

#[component]
fn SignInFields() -> impl IntoView {
    view! {
        <NextField/>
        <Field name="form[name]" label=t::login_name() value=typed_name() autocomplete="username"/>
        <Field name="form[password]" label=t::login_password() kind=Kind::Password autocomplete="current-password"/>
        <Submit>{t::login_submit()}</Submit>
    }
}

/// The name that was typed in a try that was refused without scripts. With scripts it still stands in its field.
fn typed_name() -> String {
    #[cfg(feature = "ssr")]
    return platform::web::typed_name().unwrap_or_default();
    #[cfg(not(feature = "ssr"))]
    String::new()
}

#[component]
fn CodeField() -> impl IntoView {
    view! {
        <NextField/>
        <Field name="form[code]" label=t::mfa_code() kind=Kind::Code autocomplete="one-time-code"/>
        <Submit>{t::mfa_submit()}</Submit>
    }
}

/// Where to go on to, kept through the form.
#[component]
fn NextField() -> impl IntoView {
    view! { <input type="hidden" name="form[next]" value=asked("next").unwrap_or_default()/> }
}

/// The frame of the pages before the sign-in. Without a lead it says whom the page is for. On an address that belongs to
/// no ISP it asks for one first, but for the page that makes the first and for operators, who are at none.
#[component]
pub(crate) fn Frame(
    audience: Audience,
    title: &'static str,
    #[prop(optional)] lead: Option<&'static str>,
    #[prop(optional)] makes_isp: bool,
    children: Children,
) -> impl IntoView {
    let shell = Resource::new(|| (), |()| staff_shell());
    let is_at_isp = audience != Audience::Platform;
    let name = move || match shell.get() {
        Some(Ok(Shell { tenant: Some(tenant), .. })) if is_at_isp => Some(tenant.name),
        _ => None,
    };
    let brand = move || name().unwrap_or_else(|| "Mtandao".to_owned());
    let lead = move || match (lead, audience) {
        (Some(lead), _) => lead.to_owned(),
        (None, Audience::Partner) => t::login_for_resellers().to_owned(),
        (None, Audience::Platform) => t::login_for_operators().to_owned(),
        (None, _) => name().map(t::login_for_staff).unwrap_or_default(),
    };
    let body = async move {
        match shell.await {
            Ok(Shell { tenant: None, .. }) if is_at_isp && !makes_isp => view! { <IspChooser/> }.into_any(),
            _ => children().into_any(),
        }
    };
    view! {
        <Title text=title/>
        <div class="login">
            <div class="login__form">
                <div class="login__brand">
                    <BrandMark/>
                    <Suspense>{brand}</Suspense>
                    <span class="push"><LangSwitch/></span>
                </div>
                <main class="login__box">
                    <div class="stack stack--1">
                        <h1>{title}</h1>
                        <p class="muted"><Suspense>{lead}</Suspense></p>
                    </div>
                    <Suspense>{Suspend::new(body)}</Suspense>
                </main>
                <div class="login__foot"><span class="push faint">{t::login_runs_on()}</span></div>
            </div>
            <div class="login__side"><small class="login__credit">{t::login_map_credit()}</small></div>
        </div>
    }
}
