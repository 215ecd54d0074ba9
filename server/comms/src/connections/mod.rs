//! How a tenant reaches the providers of its messages: keys entered by a person, sealed, and turned into gateways at start
//! and when they change. The one rule: a key leaves the database only to make a client.

mod stored;

pub use stored::{MailKeys, ProviderKeys, SIMULATOR, SmsKeys, WhatsAppKeys, load_in_op, store_in_op};

use crate::TenantGateways;
use crate::notices::{Notice, send_in_op};
use gateways::directory::{Gateways, WhatsAppSecrets};
use gateways::mail::{Smtp, SmtpConfig, SmtpSecurity};
use gateways::sms::{AfricasTalking, AfricasTalkingConfig};
use gateways::whatsapp::{WhatsApp, WhatsAppConfig};
use model::comms::MessageId;
use model::comms::connections::{
    Connection, Connections, HookAddresses, MailConnection, MailForm, MailSecurity, SmsConnection, SmsForm, TestForm,
    WhatsAppConnection, WhatsAppForm,
};
use model::comms::notices::{Channel, NoticeKind};
use model::identity::perm::SettingWrite;
use model::secret_text::KEY_MISSING;
use model::{AppError, Lang};
use platform::audit::Change;
use platform::secrets::random_token;
use platform::{App, Job, JobCtx, JobError, Op, TenantId, Tx, settings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use stored::{environment_of, open_hooks, sms_url};

/// The setting with the registered sender's name.
const SENDER: &str = "comms.sms_sender";
const WHATSAPP_URL: &str = "https://graph.facebook.com";
/// The version of the interface that we were written for.
const WHATSAPP_VERSION: &str = "v25.0";

/// Where the simulators of a demo are.
#[derive(Debug, Clone, Default)]
pub struct SimulatorPlaces {
    pub sms: String,
    pub whatsapp: String,
    pub smtp_host: String,
    pub smtp_port: u16,
}

/// What is set up, and where the providers post to.
pub async fn page(tx: &mut Tx<SettingWrite>) -> Result<Connections, AppError> {
    let keys = load_in_op(tx).await?;
    let sender = settings::read_in_op(tx, SENDER).await?.and_then(|value| value.as_str().map(str::to_owned));
    Ok(shown(keys, sender, &tx.app().settings.public_url))
}

fn shown(keys: ProviderKeys, sender: Option<String>, public_url: &str) -> Connections {
    let addresses = keys.hooks.get("sms").zip(keys.hooks.get("whatsapp")).map(|(sms, whatsapp)| HookAddresses {
        sms_incoming: format!("{public_url}/hooks/sms/{sms}"),
        sms_delivery: format!("{public_url}/hooks/sms/{sms}/delivery"),
        whatsapp: format!("{public_url}/hooks/whatsapp/{whatsapp}"),
    });
    Connections {
        sms: keys.sms.map(|sms| SmsConnection {
            environment: environment_of(&sms.base_url),
            username: sms.username,
            number: sms.number,
            sender,
        }),
        whatsapp: keys.whatsapp.map(|whatsapp| WhatsAppConnection {
            is_simulated: whatsapp.base_url == SIMULATOR,
            phone_number_id: whatsapp.phone_number_id,
            verify_token: whatsapp.verify_token,
        }),
        mail: keys.mail.map(|mail| MailConnection {
            is_simulated: mail.host == SIMULATOR,
            security: mail.security(),
            host: mail.host,
            port: mail.port,
            username: mail.username,
            from: mail.from,
        }),
        addresses,
    }
}

/// Sets up SMS. An empty key keeps the stored one. After the commit comes `apply`.
///
/// # Errors
/// `Invalid` names the fields, also `api_key` when none is stored.
pub async fn save_sms(tx: &mut Tx<SettingWrite>, form: SmsForm) -> Result<(), AppError> {
    let new = form.parse().map_err(AppError::Invalid)?;
    let mut keys = load_in_op(tx).await?;
    let stored = keys.sms.take().filter(|sms| sms.base_url != SIMULATOR).map(|sms| sms.api_key);
    let api_key = new.api_key.or(stored).ok_or_else(|| AppError::invalid("api_key", KEY_MISSING))?;
    keys.sms = Some(SmsKeys {
        base_url: sms_url(new.environment).to_owned(),
        username: new.username.into_string(),
        api_key,
        number: new.number.into_string(),
    });
    let facts = json!({ "environment": new.environment, "number": keys.sms.as_ref().map(|sms| &sms.number) });
    settings::write_in_op(tx, SENDER, new.sender.map(|name| Value::String(name.into_string()))).await?;
    keep(tx, keys, Connection::Sms, facts).await
}

/// Sets up WhatsApp. Empty keys keep the stored ones; the verify token is made here. After the commit comes `apply`.
///
/// # Errors
/// `Invalid` names the fields, also `token` and `app_secret` when none is stored.
pub async fn save_whatsapp(tx: &mut Tx<SettingWrite>, form: WhatsAppForm) -> Result<(), AppError> {
    let new = form.parse().map_err(AppError::Invalid)?;
    let mut keys = load_in_op(tx).await?;
    let (token, app_secret, verify_token) = match keys.whatsapp.take().filter(|keys| keys.base_url != SIMULATOR) {
        Some(stored) => (Some(stored.token), Some(stored.app_secret), stored.verify_token),
        None => (None, None, random_token()),
    };
    let token = new.token.or(token).ok_or_else(|| AppError::invalid("token", KEY_MISSING))?;
    let app_secret = new.app_secret.or(app_secret).ok_or_else(|| AppError::invalid("app_secret", KEY_MISSING))?;
    let facts = json!({ "phone_number_id": new.phone_number_id });
    keys.whatsapp = Some(WhatsAppKeys {
        base_url: WHATSAPP_URL.to_owned(),
        phone_number_id: new.phone_number_id,
        token,
        app_secret,
        verify_token,
    });
    keep(tx, keys, Connection::WhatsApp, facts).await
}

/// Sets up the mail server. An empty password keeps the stored one, as long as the login stays. After the commit comes
/// `apply`.
///
/// # Errors
/// `Invalid` names the fields, also `password` when a login has none.
pub async fn save_mail(tx: &mut Tx<SettingWrite>, form: MailForm) -> Result<(), AppError> {
    let new = form.parse().map_err(AppError::Invalid)?;
    let mut keys = load_in_op(tx).await?;
    let username = new.username.map(|name| name.into_string());
    // The password of another login, or of another server, is not sent there.
    let stored = keys.mail.take().filter(|mail| mail.host == new.host && mail.username == username);
    let password = new.password.or_else(|| stored.and_then(|mail| mail.password)).filter(|_| username.is_some());
    if username.is_some() && password.is_none() {
        return Err(AppError::invalid("password", "Enter the password of this login."));
    }
    let facts = json!({ "host": new.host, "port": new.port, "security": new.security });
    keys.mail = Some(MailKeys {
        host: new.host,
        port: new.port,
        is_tls: new.security == MailSecurity::Tls,
        username,
        password,
        from: new.from.map(String::from),
    });
    keep(tx, keys, Connection::Mail, facts).await
}

/// Takes a provider's keys away: nothing more goes that way. Twice is as good as once. After the commit comes `apply`.
pub async fn remove(tx: &mut Tx<SettingWrite>, connection: Connection) -> Result<(), AppError> {
    let mut keys = load_in_op(tx).await?;
    let was_there = match connection {
        Connection::Sms => keys.sms.take().is_some(),
        Connection::WhatsApp => keys.whatsapp.take().is_some(),
        Connection::Mail => keys.mail.take().is_some(),
    };
    if was_there { keep(tx, keys, connection, Value::Null).await } else { Ok(()) }
}

async fn keep(
    tx: &mut Tx<SettingWrite>,
    keys: ProviderKeys,
    connection: Connection,
    facts: Value,
) -> Result<(), AppError> {
    store_in_op(tx, keys).await?;
    tx.audit(Change::new("comms.connection.save", "connection", connection).after(facts));
    Ok(())
}

/// Puts a message to try a connection into the outbox, which shows how it went.
///
/// # Errors
/// `Invalid` on `connection` and on `to`.
pub async fn test(tx: &mut Tx<SettingWrite>, lang: Lang, form: TestForm) -> Result<MessageId, AppError> {
    let connection: Connection = form
        .connection
        .parse()
        .map_err(|_| AppError::invalid("connection", "Choose one of the entries in the list."))?;
    let (app, tenant) = (tx.app().clone(), tx.tenant());
    let isp = platform::tenants::head(&app, tenant).await?.name;
    let dedupe = format!("test:{}", random_token());
    let notice = Notice::sms(NoticeKind::Reply, form.to, lang, crate::t::sms_test(lang, &isp), dedupe);
    let channel = match connection {
        Connection::Sms => Channel::Sms,
        Connection::WhatsApp => Channel::WhatsApp,
        Connection::Mail => Channel::Email,
    };
    let subject = (channel == Channel::Email).then_some(isp);
    send_in_op(tx, Notice { channel, subject, ..notice }).await
}

/// Makes a tenant's stored keys work in this program: its webhooks answer, its gateways are built anew.
pub async fn apply(app: &App, tenant: TenantId) -> Result<(), AppError> {
    let mut op = app.begin_as_system(tenant, "connections").await?;
    let keys = load_in_op(&mut op).await?;
    op.rollback().await?;
    open_hooks(app, tenant, &keys).await?;
    if let Some(directory) = app.get::<TenantGateways>() {
        let simulators = app.get::<SimulatorPlaces>().cloned().unwrap_or_default();
        directory.set(tenant, build(keys, &simulators)?);
    }
    Ok(())
}

/// The same for every tenant, at start. Who has no addresses for webhooks yet gets some.
pub async fn apply_all(app: &App) -> Result<(), AppError> {
    for tenant in platform::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "connections").await?;
        make_addresses_in_op(&mut op).await?;
        op.commit().await?;
        apply(app, tenant.id).await?;
    }
    Ok(())
}

/// Makes the addresses for webhooks, so that they can be entered at a provider before its keys are here. Twice changes
/// nothing.
async fn make_addresses_in_op(op: &mut Op) -> Result<(), AppError> {
    let keys = load_in_op(op).await?;
    if stored::HOOKS.iter().all(|hook| keys.hooks.contains_key(*hook)) {
        return Ok(());
    }
    store_in_op(op, keys).await.map(drop)
}

/// Gives a new ISP its addresses for webhooks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MakeAddresses;

impl Job for MakeAddresses {
    const KIND: &'static str = "comms.make_addresses";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        make_addresses_in_op(&mut op).await?;
        op.commit().await?;
        Ok(apply(&ctx.app, ctx.tenant).await?)
    }
}

fn at(base: String, simulator: &str) -> String {
    if base == SIMULATOR { simulator.to_owned() } else { base }
}

fn build(keys: ProviderKeys, simulators: &SimulatorPlaces) -> Result<Gateways, AppError> {
    let mut gateways = Gateways::default();
    if let Some(sms) = keys.sms {
        let config = AfricasTalkingConfig {
            base_url: at(sms.base_url, &simulators.sms),
            username: sms.username,
            api_key: sms.api_key.into(),
        };
        gateways.sms_number = Some(sms.number);
        gateways.sms = Some(Arc::new(AfricasTalking::new(config).map_err(platform::internal)?));
    }
    if let Some(whatsapp) = keys.whatsapp {
        let config = WhatsAppConfig {
            base_url: at(whatsapp.base_url, &simulators.whatsapp),
            version: WHATSAPP_VERSION.into(),
            phone_number_id: whatsapp.phone_number_id,
            access_token: whatsapp.token.into(),
        };
        gateways.whatsapp_secrets = Some(WhatsAppSecrets {
            app_secret: whatsapp.app_secret.into(),
            verify_token: whatsapp.verify_token.into(),
        });
        gateways.whatsapp = Some(Arc::new(WhatsApp::new(config).map_err(platform::internal)?));
    }
    if let Some(mail) = keys.mail {
        gateways.mail_from.clone_from(&mail.from);
        gateways.mail = Some(Arc::new(Smtp::new(&smtp(mail, simulators)).map_err(platform::internal)?));
    }
    Ok(gateways)
}

fn smtp(mail: MailKeys, simulators: &SimulatorPlaces) -> SmtpConfig {
    if mail.host == SIMULATOR {
        let (host, port) = (simulators.smtp_host.clone(), simulators.smtp_port);
        return SmtpConfig { host, port, security: SmtpSecurity::Plaintext, credentials: None };
    }
    let security = match mail.security() {
        MailSecurity::Tls => SmtpSecurity::Tls,
        MailSecurity::StartTls => SmtpSecurity::StartTls,
    };
    let credentials = mail.username.zip(mail.password.map(Into::into));
    SmtpConfig { host: mail.host, port: mail.port, security, credentials }
}
