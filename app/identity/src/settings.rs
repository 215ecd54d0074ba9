//! `/admin/settings`: what the ISP decides about itself.

use crate::api::admin::{SaveSettings, read_settings};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::Lang;
use model::identity::settings::TenantSettings;

/// `/admin/settings`
#[component]
pub fn SettingsPage() -> impl IntoView {
    let query = use_query_state();
    let save = ServerAction::<SaveSettings>::new();
    let settings = Resource::new(move || save.version().get(), |_| read_settings());
    let done = move || query.is("done", "saved").then(|| view! { <Note tone=Tone::Ok>{t::admin_saved()}</Note> });
    view! {
        <PageFrame>
            <PageHeader title=t::nav_settings() crumbs=vec![Crumb::here(t::nav_admin()), Crumb::here(t::nav_settings())]/>
            <PageBody>
                {done}
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match settings.await {
                            Ok(settings) => view! { <Sheet settings save/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Sheet(settings: TenantSettings, save: ServerAction<SaveSettings>) -> impl IntoView {
    let form = settings.can_write.then(|| view! { <SettingsForm settings=settings.clone() save/> });
    let must = if settings.mfa_required { t::settings_mfa_on() } else { t::settings_mfa_off() };
    let connections = settings.can_write.then(|| {
        view! {
            <a class="btn" href="/admin/settings/mpesa">"M-Pesa"</a>
            <a class="btn" href="/admin/settings/messaging">{t::settings_messaging()}</a>
            <a class="btn" href="/admin/settings/monitoring">{t::settings_monitoring()}</a>
        }
    });
    view! {
        <nav class="row row--wrap" aria-label=t::settings_more()>
            <a class="btn" href="/admin/settings/billing">{t::settings_billing()}</a>
            {connections}
        </nav>
        <Card title=t::settings_facts()>
            <Facts>
                <Fact name=t::settings_code()><span class="mono">{settings.code}</span></Fact>
                <Fact name=t::settings_prefix()><span class="mono">{settings.prefix}</span></Fact>
                <Fact name=t::settings_currency()>{settings.currency.code()}</Fact>
                <Fact name=t::settings_zone()>{settings.time_zone}</Fact>
                <Fact name=t::settings_lang()>{settings.lang.own_name()}</Fact>
                <Fact name=t::settings_mfa()>{must}</Fact>
            </Facts>
        </Card>
        {form}
    }
}

#[component]
fn SettingsForm(settings: TenantSettings, save: ServerAction<SaveSettings>) -> impl IntoView {
    let langs = Lang::ALL.iter().map(|lang| Choice::new(lang.code(), lang.own_name())).collect();
    let hint = t::settings_mfa_hint(settings.without_second_factor);
    view! {
        <Card title=t::settings_change()>
            <Form action=save>
                <Field name="form[name]" label=t::settings_name() value=settings.name autocomplete="organization"/>
                <Field name="form[phone]" label=t::settings_phone() kind=Kind::Phone value=settings.phone.unwrap_or_default() optional=true/>
                <Field name="form[whatsapp]" label=t::settings_whatsapp() kind=Kind::Phone value=settings.whatsapp.unwrap_or_default() optional=true/>
                <Field name="form[time_zone]" label=t::settings_zone() value=settings.time_zone hint=t::settings_zone_hint()/>
                <Select name="form[lang]" label=t::settings_lang() choices=langs value=settings.lang.code() hint=t::settings_lang_hint()/>
                <Switch name="form[mfa_required]" label=t::settings_mfa_label() checked=settings.mfa_required hint/>
                <div class="row"><Submit>{t::settings_save()}</Submit></div>
            </Form>
        </Card>
    }
}
