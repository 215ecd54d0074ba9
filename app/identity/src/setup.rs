//! `/setup`: the first start. Closed for ever once an ISP exists.

use crate::api::{SetUp, setup_is_open};
use crate::login::Frame;
use crate::t;
use kit::form::{Field, Form, Kind, Submit};
use leptos::prelude::*;
use model::Audience;

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
                                <Field name="form[isp_name]" label=t::setup_isp_name() autocomplete="organization"/>
                                <Field name="form[prefix]" label=t::setup_prefix() hint=t::setup_prefix_hint()/>
                                <Field name="form[admin_name]" label=t::setup_admin_name() autocomplete="name"/>
                                <Field name="form[login]" label=t::login_name() autocomplete="username"/>
                                <Field name="form[password]" label=t::login_password() kind=Kind::Password hint=t::setup_password_hint() autocomplete="new-password"/>
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
