//! Connects the demo's ISPs with the simulators and the simulated routers, anew at each start, because ports may differ.

use super::isp::NAS_SECRET;
use crate::freeradius::Radius;
use crate::nas_sim::{PlugIn, Router, Routers};
use crate::simulated::Simulated;
use billing::payments::daraja::{self, DarajaKeys};
use comms::connections::{self, MailKeys, ProviderKeys, SIMULATOR, SmsKeys, WhatsAppKeys};
use model::identity::TenantHead;
use model::network::nas::{NasVendor, SaveNas};
use model::network::{NasId, SiteId};
use model::text::NonBlank;
use platform::secrets::random_token;
use platform::{App, Op, TenantId, tenants};
use simulators::Business;
use sqlx::types::ipnet::IpNet;
use uuid::Uuid;

/// The phone that the simulated provider knows as the merchant's.
const NOMINATED_NUMBER: &str = "254722000001";

/// The accounts that the demo's ISPs have at the simulated providers, by the ISP's code.
fn business_of(tenant: &TenantHead) -> Option<Business> {
    match tenant.code.as_str() {
        "kilele" => Some(Business::demo()),
        "bahari" => Some(Business { name: tenant.name.clone(), ..Business::second_demo() }),
        _ => None,
    }
}

/// Gives each demo ISP its keys at the simulators, and tells the simulators where to post.
pub async fn providers(app: &App, simulators: &Simulated) -> anyhow::Result<()> {
    let http = reqwest::Client::new();
    for tenant in tenants::all(app).await? {
        let Some(business) = business_of(&tenant) else { continue };
        post(&http, &format!("{}/_control/businesses", simulators.url), &serde_json::to_value(&business)?).await?;
        daraja::configure(
            app,
            tenant.id,
            DarajaKeys {
                base_url: simulators.daraja_url(),
                consumer_key: business.consumer_key.clone(),
                consumer_secret: business.consumer_secret.clone(),
                passkey: business.passkey.clone(),
                short_code: business.short_code.clone(),
            },
        )
        .await?;
        daraja::register_c2b(app, tenant.id).await?;
        daraja::register_pull(app, tenant.id, NOMINATED_NUMBER).await?;
        let hooks = message_keys(app, tenant.id, &business).await?.hooks;
        let at = |provider: &str, rest: &str| {
            let secret = hooks.get(provider).cloned().unwrap_or_default();
            format!("{}/hooks/{provider}/{secret}{rest}", app.settings.public_url)
        };
        let webhooks = serde_json::json!({
            "short_code": business.short_code,
            "whatsapp": at("whatsapp", ""),
            "sms_incoming": at("sms", ""),
            "sms_delivery": at("sms", "/delivery"),
        });
        post(&http, &format!("{}/_control/webhooks", simulators.url), &webhooks).await?;
    }
    Ok(())
}

/// The keys of an ISP for its messages. Those that are stored stay, with the addresses of the last start: a report about a
/// message of before still arrives.
async fn message_keys(app: &App, tenant: TenantId, business: &Business) -> anyhow::Result<ProviderKeys> {
    let mut op = app.begin_as_system(tenant, "provider keys").await?;
    let mut keys = connections::load_in_op(&mut op).await?;
    if keys.sms.is_none() && keys.whatsapp.is_none() && keys.mail.is_none() {
        keys = ProviderKeys { hooks: keys.hooks, ..keys_of(business) };
    }
    let keys = connections::store_in_op(&mut op, keys).await?;
    op.commit().await?;
    connections::apply(app, tenant).await?;
    Ok(keys)
}

async fn post(http: &reqwest::Client, url: &str, body: &serde_json::Value) -> anyhow::Result<()> {
    let answer = http.post(url).json(body).send().await?;
    let status = answer.status();
    anyhow::ensure!(status.is_success(), "The simulators refused {url} ({status}): {}", answer.text().await?);
    Ok(())
}

fn keys_of(business: &Business) -> ProviderKeys {
    ProviderKeys {
        sms: Some(SmsKeys {
            base_url: SIMULATOR.into(),
            username: business.sms_username.clone(),
            api_key: business.sms_api_key.clone(),
            number: business.sms_short_code.clone(),
        }),
        whatsapp: Some(WhatsAppKeys {
            base_url: SIMULATOR.into(),
            phone_number_id: business.whatsapp_phone_number_id.clone(),
            token: business.whatsapp_token.clone(),
            app_secret: business.whatsapp_app_secret.clone(),
            verify_token: random_token(),
        }),
        mail: Some(MailKeys {
            host: SIMULATOR.into(),
            port: 25,
            is_tls: false,
            username: None,
            password: None,
            from: None,
        }),
        hooks: Default::default(),
    }
}

/// Has each demo ISP's router run and plugs in its subscribers, who then dial by real RADIUS. Gives where the routers take
/// commands, for people.
pub async fn routers(app: &App, radius: Radius, routers: &Routers) -> anyhow::Result<Vec<String>> {
    let mut places = Vec::new();
    for tenant in tenants::all(app).await?.into_iter().filter(|t| t.is_demo) {
        let mut op = app.begin_as_system(tenant.id, "simulated routers").await?;
        let Some(nas) = first_nas_in_op(&mut op).await? else { continue };
        let lines = plug_ins_in_op(&mut op).await?;
        op.rollback().await?;
        let wish = Router {
            auth: radius.auth,
            accounting: radius.accounting,
            secret: NAS_SECRET.to_owned(),
            address: nas.address,
            coa_port: nas.coa_port,
        };
        match routers.set(tenant.id, &wish).await {
            Ok(coa_port) => {
                places.push(format!("{}:{coa_port}", nas.address));
                if coa_port != nas.coa_port {
                    move_commands(app, tenant.id, nas, coa_port).await?;
                }
                routers.plug_in(tenant.id, &lines).await?;
                tracing::info!(isp = %tenant.code, lines = lines.len(), coa_port, "simulated router is up");
            }
            // The rest of the demo works without routers.
            Err(error) => tracing::warn!(%error, isp = %tenant.code, "no simulated router"),
        }
    }
    Ok(places)
}

async fn first_nas_in_op(op: &mut Op) -> anyhow::Result<Option<SaveNas>> {
    let row: Option<(Uuid, String, IpNet, i32, Option<Uuid>, bool)> = sqlx::query_as(
        "SELECT id, name, address, coa_port, site_id, requires_message_authenticator FROM nas ORDER BY created_at LIMIT 1",
    )
    .fetch_optional(op.conn())
    .await?;
    let Some((id, name, address, coa_port, site_id, requires_message_authenticator)) = row else { return Ok(None) };
    Ok(Some(SaveNas {
        id: Some(NasId::from_uuid(id)),
        name: NonBlank::parse(&name)?,
        address: address.addr(),
        vendor: NasVendor::MikroTik,
        secret: None,
        coa_port: u16::try_from(coa_port)?,
        site_id: site_id.map(SiteId::from_uuid),
        requires_message_authenticator,
    }))
}

async fn plug_ins_in_op(op: &mut Op) -> anyhow::Result<Vec<PlugIn>> {
    let logins = network::cpe::logins_in_op(op).await?;
    let plug_in = |login: network::cpe::CpeLogin| PlugIn {
        username: login.username,
        password: login.password.expose().to_owned(),
    };
    Ok(logins.into_iter().map(plug_in).collect())
}

/// The usual command port was taken: the platform must know the one that the router has instead.
async fn move_commands(app: &App, tenant: TenantId, nas: SaveNas, coa_port: u16) -> anyhow::Result<()> {
    let mut op = app.begin_as_system(tenant, "simulated routers").await?;
    network::nas::save_in_op(&mut op, &SaveNas { coa_port, ..nas }).await?;
    op.commit().await?;
    Ok(())
}
