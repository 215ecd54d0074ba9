//! `/admin/settings/messaging`: the providers of messages. A stored key is never shown; an empty field keeps it.

use crate::api::{RemoveConnection, SaveMail, SaveSms, SaveWhatsapp, TestConnection, read_connections};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::comms::connections::{
    Connection, Connections, HookAddresses, MailConnection, MailSecurity, SmsConnection, WhatsAppConnection,
};
use model::provider::Environment;

/// The forms of the page.
#[derive(Clone, Copy)]
struct Actions {
    sms: ServerAction<SaveSms>,
    whatsapp: ServerAction<SaveWhatsapp>,
    mail: ServerAction<SaveMail>,
    test: ServerAction<TestConnection>,
    remove: ServerAction<RemoveConnection>,
}

impl Actions {
    fn new() -> Self {
        Self {
            sms: ServerAction::new(),
            whatsapp: ServerAction::new(),
            mail: ServerAction::new(),
            test: ServerAction::new(),
            remove: ServerAction::new(),
        }
    }

    fn versions(self) -> [usize; 4] {
        [
            self.sms.version().get(),
            self.whatsapp.version().get(),
            self.mail.version().get(),
            self.remove.version().get(),
        ]
    }
}

/// `/admin/settings/messaging`
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let query = use_query_state();
    let actions = Actions::new();
    let page = Resource::new(move || actions.versions(), |_| read_connections());
    let done = move || query.is("done", "saved").then(|| view! { <Note tone=Tone::Ok>{t::connections_saved()}</Note> });
    let crumbs = vec![Crumb::to(t::connections_settings(), "/admin/settings"), Crumb::here(t::connections_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::connections_title() crumbs/>
            <PageBody>
                {done}
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match page.await {
                            Ok(page) => view! { <Loaded page actions/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Loaded(page: Connections, actions: Actions) -> impl IntoView {
    let Connections { sms, whatsapp, mail, addresses } = page;
    let has_any = sms.is_some() || whatsapp.is_some() || mail.is_some();
    let test = has_any.then(|| {
        let there = [
            (sms.is_some(), Connection::Sms),
            (whatsapp.is_some(), Connection::WhatsApp),
            (mail.is_some(), Connection::Mail),
        ];
        let there = there.into_iter().filter(|(is_there, _)| *is_there).map(|(_, connection)| connection).collect();
        view! { <TestCard there action=actions.test/> }
    });
    view! {
        <SmsCard sms addresses=addresses.clone() actions/>
        <WhatsAppCard whatsapp addresses actions/>
        <MailCard mail actions/>
        {test}
    }
}

fn name_of(connection: Connection) -> &'static str {
    match connection {
        Connection::Sms => t::connections_sms(),
        Connection::WhatsApp => t::connections_whatsapp(),
        Connection::Mail => t::connections_mail(),
    }
}

/// Whether it is set up, with a word.
#[component]
fn Standing(is_set_up: bool, is_simulated: bool) -> impl IntoView {
    match (is_set_up, is_simulated) {
        (false, _) => view! { <Badge>{t::connections_none()}</Badge> },
        (true, true) => view! { <Badge tone=Tone::Info>{t::connections_simulated()}</Badge> },
        (true, false) => view! { <Badge tone=Tone::Ok>{t::connections_set_up()}</Badge> },
    }
}

/// An address for the provider's own settings.
#[component]
fn Address(#[prop(into)] name: String, value: String) -> impl IntoView {
    let what = name.clone();
    view! { <Fact name><span class="hook-address"><Copy value what mono=true/></span></Fact> }
}

/// What says about a key whether one is stored.
fn key_hint(is_stored: bool) -> &'static str {
    if is_stored { t::connections_key_kept() } else { t::connections_key_new() }
}

#[component]
fn Remove(connection: Connection, action: ServerAction<RemoveConnection>) -> impl IntoView {
    let id = format!("remove-{connection}");
    view! {
        <details class="fold">
            <summary>{t::connections_remove()}</summary>
            <Form action id>
                <input type="hidden" name="connection" value=connection.code()/>
                <p class="small muted">{t::connections_remove_hint()}</p>
                <div class="row"><Submit look=Look::Danger>{t::connections_remove_verb(name_of(connection))}</Submit></div>
            </Form>
        </details>
    }
}

#[component]
fn SmsCard(sms: Option<SmsConnection>, addresses: Option<HookAddresses>, actions: Actions) -> impl IntoView {
    let (is_set_up, environment) = (sms.is_some(), sms.as_ref().and_then(|sms| sms.environment));
    let is_simulated = is_set_up && environment.is_none();
    let (username, number, sender) =
        sms.map_or_else(Default::default, |sms| (sms.username, sms.number, sms.sender.unwrap_or_default()));
    let choices = vec![
        Choice::new(Environment::Live.code(), t::connections_live()),
        Choice::new(Environment::Sandbox.code(), t::connections_sandbox()),
    ];
    let chosen = environment.unwrap_or(Environment::Live).code();
    view! {
        <Card id="sms" title=t::connections_sms() note="Africa's Talking" actions=move || view! { <Standing is_set_up is_simulated/> }>
            <p class="small muted">{t::connections_sms_lead()}</p>
            {addresses
                .map(|at| {
                    view! {
                        <Facts>
                            <Address name=t::connections_sms_incoming() value=at.sms_incoming/>
                            <Address name=t::connections_sms_delivery() value=at.sms_delivery/>
                        </Facts>
                    }
                })}
            <Form action=actions.sms>
                <Select name="form[environment]" label=t::connections_environment() choices value=chosen/>
                <Field name="form[username]" label=t::connections_sms_username() kind=Kind::Code value=username/>
                <Field name="form[api_key]" label=t::connections_api_key() kind=Kind::Password hint=key_hint(is_set_up && !is_simulated) autocomplete="new-password"/>
                <Field name="form[number]" label=t::connections_sms_number() kind=Kind::Code value=number hint=t::connections_sms_number_hint()/>
                <Field name="form[sender]" label=t::connections_sms_sender() value=sender hint=t::connections_sms_sender_hint() optional=true/>
                <div class="row"><Submit>{t::connections_save()}</Submit></div>
            </Form>
            {is_set_up.then(|| view! { <Remove connection=Connection::Sms action=actions.remove/> })}
        </Card>
    }
}

#[component]
fn WhatsAppCard(
    whatsapp: Option<WhatsAppConnection>,
    addresses: Option<HookAddresses>,
    actions: Actions,
) -> impl IntoView {
    let is_set_up = whatsapp.is_some();
    let is_simulated = whatsapp.as_ref().is_some_and(|whatsapp| whatsapp.is_simulated);
    let hint = key_hint(is_set_up && !is_simulated);
    let phone_number_id = whatsapp.as_ref().map(|whatsapp| whatsapp.phone_number_id.clone()).unwrap_or_default();
    let token =
        whatsapp.map(|whatsapp| view! { <Address name=t::connections_verify_token() value=whatsapp.verify_token/> });
    view! {
        <Card id="whatsapp" title=t::connections_whatsapp() note="WhatsApp Cloud API" actions=move || view! { <Standing is_set_up is_simulated/> }>
            <p class="small muted">{t::connections_whatsapp_lead()}</p>
            {addresses.map(|at| view! { <Facts><Address name=t::connections_callback() value=at.whatsapp/>{token}</Facts> })}
            <Form action=actions.whatsapp>
                <Field name="form[phone_number_id]" label=t::connections_phone_number_id() kind=Kind::Code value=phone_number_id hint=t::connections_phone_number_id_hint()/>
                <Field name="form[token]" label=t::connections_token() kind=Kind::Password hint autocomplete="new-password"/>
                <Field name="form[app_secret]" label=t::connections_app_secret() kind=Kind::Password hint autocomplete="new-password"/>
                <div class="row"><Submit>{t::connections_save()}</Submit></div>
            </Form>
            {is_set_up.then(|| view! { <Remove connection=Connection::WhatsApp action=actions.remove/> })}
        </Card>
    }
}

#[component]
fn MailCard(mail: Option<MailConnection>, actions: Actions) -> impl IntoView {
    let is_set_up = mail.is_some();
    let is_simulated = mail.as_ref().is_some_and(|mail| mail.is_simulated);
    let mail = mail.filter(|mail| !mail.is_simulated);
    let hint = if mail.is_some() { t::connections_password_kept() } else { t::connections_password_new() };
    let security = mail.as_ref().map_or(MailSecurity::StartTls, |mail| mail.security);
    let port = mail.as_ref().map_or(587, |mail| mail.port).to_string();
    let (host, username, from) = mail.map_or_else(Default::default, |mail| {
        (mail.host, mail.username.unwrap_or_default(), mail.from.unwrap_or_default())
    });
    let choices = vec![
        Choice::new(MailSecurity::StartTls.code(), t::connections_starttls()),
        Choice::new(MailSecurity::Tls.code(), t::connections_tls()),
    ];
    view! {
        <Card id="mail" title=t::connections_mail() note="SMTP" actions=move || view! { <Standing is_set_up is_simulated/> }>
            <p class="small muted">{t::connections_mail_lead()}</p>
            <Form action=actions.mail>
                <Field name="form[host]" label=t::connections_host() kind=Kind::Code value=host/>
                <Field name="form[port]" label=t::connections_port() kind=Kind::Number value=port/>
                <Select name="form[security]" label=t::connections_security() choices value=security.code()/>
                <Field name="form[username]" label=t::connections_mail_username() kind=Kind::Code value=username optional=true/>
                <Field name="form[password]" label=t::connections_password() kind=Kind::Password hint autocomplete="new-password" optional=true/>
                <Field name="form[from]" label=t::connections_from() kind=Kind::Email value=from hint=t::connections_from_hint() optional=true/>
                <div class="row"><Submit>{t::connections_save()}</Submit></div>
            </Form>
            {is_set_up.then(|| view! { <Remove connection=Connection::Mail action=actions.remove/> })}
        </Card>
    }
}

#[component]
fn TestCard(there: Vec<Connection>, action: ServerAction<TestConnection>) -> impl IntoView {
    let first = there.first().map(|connection| connection.code()).unwrap_or_default();
    let choices = there.into_iter().map(|connection| Choice::new(connection.code(), name_of(connection))).collect();
    view! {
        <Card id="test" title=t::connections_test()>
            <p class="small muted">{t::connections_test_lead()}</p>
            <Form action>
                <Select name="form[connection]" label=t::connections_test_by() choices value=first/>
                <Field name="form[to]" label=t::connections_test_to() kind=Kind::Code hint=t::connections_test_to_hint()/>
                <div class="row"><Submit>{t::connections_test_verb()}</Submit></div>
            </Form>
        </Card>
    }
}
