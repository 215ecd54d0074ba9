//! `/admin/settings/mpesa`: the ISP's M-Pesa. A stored key is never shown; an empty field keeps it.

use crate::api::{RegisterMpesa, SaveMpesa, read_mpesa};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::billing::mpesa::{MpesaConnection, MpesaSheet};
use model::provider::Environment;

/// `/admin/settings/mpesa`
#[component]
pub fn MpesaPage() -> impl IntoView {
    let query = use_query_state();
    let (save, register) = (ServerAction::<SaveMpesa>::new(), ServerAction::<RegisterMpesa>::new());
    let sheet = Resource::new(move || (save.version().get(), register.version().get()), |_| read_mpesa());
    let done = move || {
        let sentence = match query.get("done").as_deref() {
            Some("saved") => t::mpesa_saved(),
            Some("registered") => t::mpesa_registered(),
            _ => return None,
        };
        Some(view! { <Note tone=Tone::Ok>{sentence}</Note> })
    };
    let crumbs = vec![Crumb::to(t::mpesa_settings(), "/admin/settings"), Crumb::here(t::mpesa_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::mpesa_title() crumbs/>
            <PageBody>
                {done}
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match sheet.await {
                            Ok(sheet) => view! { <Loaded sheet save register/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Loaded(sheet: MpesaSheet, save: ServerAction<SaveMpesa>, register: ServerAction<RegisterMpesa>) -> impl IntoView {
    let is_simulated = sheet.connection.as_ref().is_some_and(|connection| connection.environment.is_none());
    let warn =
        (!sheet.is_reachable && !is_simulated).then(|| view! { <Note tone=Tone::Warn>{t::mpesa_unreachable()}</Note> });
    let addresses = sheet.connection.clone().map(|connection| view! { <Register connection action=register/> });
    view! {
        {warn}
        <Keys connection=sheet.connection action=save/>
        {addresses}
    }
}

#[component]
fn Keys(connection: Option<MpesaConnection>, action: ServerAction<SaveMpesa>) -> impl IntoView {
    let is_set_up = connection.is_some();
    let environment = connection.as_ref().and_then(|connection| connection.environment);
    let short_code = connection.map(|connection| connection.short_code).unwrap_or_default();
    let standing = move || match (is_set_up, environment) {
        (false, _) => view! { <Badge>{t::mpesa_none()}</Badge> },
        (true, None) => view! { <Badge tone=Tone::Info>{t::mpesa_simulated()}</Badge> },
        (true, Some(_)) => view! { <Badge tone=Tone::Ok>{t::mpesa_set_up()}</Badge> },
    };
    let choices = vec![
        Choice::new(Environment::Live.code(), t::mpesa_live()),
        Choice::new(Environment::Sandbox.code(), t::mpesa_sandbox()),
    ];
    let chosen = environment.unwrap_or(Environment::Live).code();
    let hint = if environment.is_some() { t::mpesa_key_kept() } else { t::mpesa_key_new() };
    let key = move |name: &str, label: &str| {
        view! { <Field name=format!("form[{name}]") label=label.to_owned() kind=Kind::Password hint autocomplete="new-password"/> }
    };
    view! {
        <Card title=t::mpesa_title() note="Daraja" actions=standing>
            <p class="small muted">{t::mpesa_lead()}</p>
            <Form action>
                <Select name="form[environment]" label=t::mpesa_environment() choices value=chosen/>
                <Field name="form[short_code]" label=t::mpesa_short_code() kind=Kind::Code value=short_code/>
                {key("consumer_key", t::mpesa_consumer_key())}
                {key("consumer_secret", t::mpesa_consumer_secret())}
                {key("passkey", t::mpesa_passkey())}
                <div class="row"><Submit>{t::mpesa_save()}</Submit></div>
            </Form>
        </Card>
    }
}

#[component]
fn Register(connection: MpesaConnection, action: ServerAction<RegisterMpesa>) -> impl IntoView {
    view! {
        <Card title=t::mpesa_register()>
            <p class="small muted">{t::mpesa_register_lead()}</p>
            <Facts>
                <Fact name=t::mpesa_confirmation()>
                    <span class="hook-address"><Copy value=connection.confirmation_url what=t::mpesa_confirmation() mono=true/></span>
                </Fact>
                <Fact name=t::mpesa_validation()>
                    <span class="hook-address"><Copy value=connection.validation_url what=t::mpesa_validation() mono=true/></span>
                </Fact>
            </Facts>
            <Form action>
                <Field name="form[nominated_number]" label=t::mpesa_nominated() kind=Kind::Phone hint=t::mpesa_nominated_hint()/>
                <div class="row"><Submit>{t::mpesa_register_verb()}</Submit></div>
            </Form>
        </Card>
    }
}
