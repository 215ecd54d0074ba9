//! `/setup`: the first start. Closed for ever once an ISP exists.

use crate::api::{SetUp, setup_is_open};
use crate::login::Frame;
use crate::t;
use kit::form::{Field, Form, Kind, Submit};
use leptos::prelude::*;
use model::Audience;

/// What makes an ISP and its first admin; `of` begins the names of the fields.
#[component]
pub(crate) fn IspFields(of: &'static str) -> impl IntoView {
    let name = |field: &str| format!("{of}[{field}]");
    view! {
        <Field name=name("isp_name") label=t::setup_isp_name() autocomplete="organization"/>
        <Field name=name("prefix") label=t::setup_prefix() hint=t::setup_prefix_hint()/>
        <Field name=name("admin_name") label=t::setup_admin_name()/>
        <Field name=name("login") label=t::setup_admin_login() autocomplete="username"/>
        <Field name=name("password") label=t::setup_admin_password() kind=Kind::Password hint=t::setup_password_hint() autocomplete="new-password"/>
    }
}

/// Who runs the installation: often the same person, at another door.
#[component]
fn OperatorFields() -> impl IntoView {
    view! {
        <fieldset class="form">
            <legend class="field__label">{t::setup_operator()}</legend>
            <p class="field__hint">{t::setup_operator_hint()}</p>
            <Field name="form[operator_name]" label=t::setup_operator_name() autocomplete="name"/>
            <Field name="form[operator_login]" label=t::setup_operator_login() autocomplete="username"/>
            <Field name="form[operator_password]" label=t::setup_operator_password() kind=Kind::Password hint=t::setup_password_hint() autocomplete="new-password"/>
        </fieldset>
    }
}

/// The page of the first start.
#[component]
pub fn SetupPage() -> impl IntoView {
    let action = ServerAction::<SetUp>::new();
    let open = Resource::new(|| (), |()| setup_is_open());
    view! {
        <Frame audience=Audience::Staff title=t::setup_title() lead=t::setup_lead() makes_isp=true>
            <Suspense>
                {move || Suspend::new(async move {
                    if open.await.unwrap_or_default() {
                        view! {
                            <Form action>
                                <IspFields of="form[isp]"/>
                                <OperatorFields/>
                                <Submit>{t::setup_submit()}</Submit>
                            </Form>
                        }.into_any()
                    } else {
                        view! { <p>{t::setup_closed()} " " <a class="link" href="/login">{t::login_submit()}</a></p> }.into_any()
                    }
                })}
            </Suspense>
        </Frame>
    }
}
