//! Sign-in and second factor, one page per audience around the same form.

use crate::api::{
    ConfirmMfaMy, ConfirmMfaPartner, ConfirmMfaStaff, SignInMy, SignInPartner, SignInStaff, my_shell, staff_shell,
};
use crate::t;
use kit::form::{Field, Form, Kind, Submit};
use kit::icon::BrandMark;
use kit::prefs::LangSwitch;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::identity::Shell;

/// `/login`
#[component]
pub fn StaffLoginPage() -> impl IntoView {
    let action = ServerAction::<SignInStaff>::new();
    let shell = Resource::new(|| (), |()| staff_shell());
    view! {
        <Frame shell title=t::login_title() lead=Signal::derive(move || staff_lead(shell))>
            <Form action>
                <Fields name_label=t::login_name()/>
            </Form>
            <p class="small muted">
                <a class="link" href="/my/login" rel="external">{t::login_am_subscriber()}</a>
                " · "
                <a class="link" href="/partner/login">{t::login_am_reseller()}</a>
            </p>
        </Frame>
    }
}

fn staff_lead(shell: Resource<Result<Shell, model::AppError>>) -> String {
    match shell.get() {
        Some(Ok(Shell { tenant: Some(tenant), .. })) => t::login_for_staff(tenant.name),
        _ => String::new(),
    }
}

/// `/partner/login`
#[component]
pub fn PartnerLoginPage() -> impl IntoView {
    let action = ServerAction::<SignInPartner>::new();
    let shell = Resource::new(|| (), |()| staff_shell());
    view! {
        <Frame shell title=t::login_title() lead=t::login_for_resellers()>
            <Form action>
                <Fields name_label=t::login_name()/>
            </Form>
        </Frame>
    }
}

/// `/my/login`
#[component]
pub fn MyLoginPage() -> impl IntoView {
    let action = ServerAction::<SignInMy>::new();
    let shell = Resource::new(|| (), |()| my_shell());
    view! {
        <Frame shell title=t::login_title() lead=t::login_for_subscribers()>
            <Form action>
                <Fields name_label=t::login_phone()/>
            </Form>
        </Frame>
    }
}

/// `/mfa`
#[component]
pub fn StaffMfaPage() -> impl IntoView {
    let action = ServerAction::<ConfirmMfaStaff>::new();
    let shell = Resource::new(|| (), |()| staff_shell());
    view! {
        <Frame shell title=t::mfa_title() lead=t::mfa_hint()>
            <Form action><CodeField/></Form>
        </Frame>
    }
}

/// `/partner/mfa`
#[component]
pub fn PartnerMfaPage() -> impl IntoView {
    let action = ServerAction::<ConfirmMfaPartner>::new();
    let shell = Resource::new(|| (), |()| staff_shell());
    view! {
        <Frame shell title=t::mfa_title() lead=t::mfa_hint()>
            <Form action><CodeField/></Form>
        </Frame>
    }
}

/// `/my/mfa`
#[component]
pub fn MyMfaPage() -> impl IntoView {
    let action = ServerAction::<ConfirmMfaMy>::new();
    let shell = Resource::new(|| (), |()| my_shell());
    view! {
        <Frame shell title=t::mfa_title() lead=t::mfa_hint()>
            <Form action><CodeField/></Form>
        </Frame>
    }
}

#[component]
fn Fields(name_label: &'static str) -> impl IntoView {
    view! {
        <NextField/>
        <Field name="form[name]" label=name_label autocomplete="username"/>
        <Field name="form[password]" label=t::login_password() kind=Kind::Password autocomplete="current-password"/>
        <Submit>{t::login_submit()}</Submit>
    }
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
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    view! { <input type="hidden" name="form[next]" value=next/> }
}

/// The frame of the pages before the sign-in.
#[component]
pub(crate) fn Frame(
    shell: Resource<Result<Shell, model::AppError>>,
    title: &'static str,
    #[prop(into)] lead: Signal<String>,
    children: Children,
) -> impl IntoView {
    let brand = move || match shell.get() {
        Some(Ok(Shell { tenant: Some(tenant), .. })) => tenant.name,
        _ => "Mtandao".to_owned(),
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
                        <p class="muted"><Suspense>{move || lead.get()}</Suspense></p>
                    </div>
                    {children()}
                </main>
                <div class="login__foot"><span class="push faint">{t::login_runs_on()}</span></div>
            </div>
            <div class="login__side"><small class="login__credit">{t::login_map_credit()}</small></div>
        </div>
    }
}
