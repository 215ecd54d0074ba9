//! Connects the demo's ISPs with the simulators and the simulated routers, anew at each start, because ports may differ.

use super::isp::NAS_SECRET;
use crate::freeradius::Radius;
use crate::nas_sim::{self, NasSimWish, Neighbourhood};
use crate::providers::{self, MailKeys, ProviderKeys, SIMULATOR, SmsKeys, WhatsAppKeys};
use billing::payments::daraja::{self, DarajaKeys};
use gateways::Secret;
use model::identity::TenantHead;
use platform::secrets::random_token;
use platform::{App, tenants};
use simulators::{Business, Simulators};
use std::net::IpAddr;
use tokio_util::sync::CancellationToken;

/// The accounts that the demo's ISPs have at the simulated providers, by the ISP's code.
fn business_of(tenant: &TenantHead) -> Option<Business> {
    match tenant.code.as_str() {
        "kilele" => Some(Business::demo()),
        "bahari" => Some(Business { name: tenant.name.clone(), ..Business::second_demo() }),
        _ => None,
    }
}

/// Gives each demo ISP its keys at the simulators, and tells the simulators where to post.
pub async fn providers(app: &App, simulators: &Simulators) -> anyhow::Result<()> {
    let http = reqwest::Client::new();
    for tenant in tenants::all(app).await? {
        let Some(business) = business_of(&tenant) else { continue };
        post(&http, &format!("{}/_control/businesses", simulators.url()), &serde_json::to_value(&business)?).await?;
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
        let hooks = providers::save(app, tenant.id, keys_of(&business)).await?;
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
        post(&http, &format!("{}/_control/webhooks", simulators.url()), &webhooks).await?;
    }
    Ok(())
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
        mail: Some(MailKeys { host: SIMULATOR.into(), port: 25 }),
        hooks: Default::default(),
    }
}

/// Starts each demo ISP's router and plugs in its subscribers, who then dial by real RADIUS.
pub async fn routers(
    app: &App,
    radius: Radius,
    neighbourhood: &Neighbourhood,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    for tenant in tenants::all(app).await?.into_iter().filter(|t| t.is_demo) {
        let mut op = app.begin_as_system(tenant.id, "simulated routers").await?;
        let nas: Option<(sqlx::types::ipnet::IpNet, i32)> =
            sqlx::query_as("SELECT address, coa_port FROM nas ORDER BY created_at LIMIT 1")
                .fetch_optional(op.conn())
                .await?;
        op.rollback().await?;
        let Some((address, coa_port)) = nas else { continue };
        let address: IpAddr = address.addr();
        let wish = NasSimWish {
            auth: radius.auth,
            accounting: radius.accounting,
            secret: Secret::from(NAS_SECRET.to_owned()),
            address,
            coa_port: u16::try_from(coa_port)?,
        };
        match nas_sim::start(wish, stop.clone()).await {
            Ok(sim) => {
                neighbourhood.add(tenant.id, sim);
                let lines = neighbourhood.plug_in(app, tenant.id).await?;
                tracing::info!(isp = %tenant.code, lines, "simulated router is up");
            }
            // Another demo on this machine has the port: the rest of this one works without routers.
            Err(error) => tracing::warn!(%error, "no simulated router"),
        }
    }
    Ok(())
}
