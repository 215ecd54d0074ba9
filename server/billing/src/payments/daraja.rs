//! The tenant's M-Pesa: its keys, its short code, the secret part of its callback addresses. The one rule: keys are sealed
//! by the tenant's data key and leave the database only to make a client.

use super::reconcile::PullPayments;
use chrono::{TimeDelta, Utc};
use gateways::payments::daraja::{C2bUrls, UnansweredValidation};
use gateways::payments::{Daraja, DarajaConfig, StkPush};
use model::AppError;
use platform::audit::Change;
use platform::{App, Op, TenantId, settings};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

const KEY: &str = "billing.daraja";
/// The provider's name in `platform::tenants` and in addresses. Daraja refuses addresses that contain "mpesa".
pub(super) const PROVIDER: &str = "daraja";

/// What the provider's portal gives a merchant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DarajaKeys {
    /// `https://api.safaricom.co.ke`, the sandbox, or the simulator's `http://…/daraja`.
    pub base_url: String,
    pub consumer_key: String,
    pub consumer_secret: String,
    pub passkey: String,
    /// The pay bill number.
    pub short_code: String,
}

impl std::fmt::Debug for DarajaKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DarajaKeys({})", self.short_code)
    }
}

/// What is sealed. The short code also lies beside it, readable: each report is asked whether it is ours.
#[derive(Serialize, Deserialize)]
struct Sealed {
    keys: DarajaKeys,
    /// The unguessable part of the callback addresses: callbacks are not signed.
    secret: String,
}

/// Where the provider posts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackUrls {
    pub stk: String,
    pub confirmation: String,
    pub validation: String,
}

fn urls_of(app: &App, secret: &str) -> CallbackUrls {
    let at = |path: &str| format!("{}/hooks/{PROVIDER}/{secret}/{path}", app.settings.public_url);
    CallbackUrls { stk: at("stk"), confirmation: at("c2b/confirmation"), validation: at("c2b/validation") }
}

/// Stores a tenant's keys and opens its callback addresses: `save_in_op` and then `open_addresses`, by the program itself.
pub async fn configure(app: &App, tenant: TenantId, keys: DarajaKeys) -> Result<CallbackUrls, AppError> {
    let mut op = app.begin_as_system(tenant, "set up M-Pesa").await?;
    save_in_op(&mut op, keys).await?;
    op.commit().await?;
    open_addresses(app, tenant).await
}

/// Stores a tenant's keys. The secret part of its callback addresses is made once: new keys keep it, because the provider
/// goes on posting to the addresses that it was given, about prompts of before and about what customers pay by
/// themselves. The same keys again change nothing. Has the provider's list read from now on. After the commit comes
/// `open_addresses`.
pub async fn save_in_op(op: &mut Op, keys: DarajaKeys) -> Result<(), AppError> {
    let known = opened_in_op(op).await?;
    if known.as_ref().is_some_and(|sealed| sealed.keys == keys) {
        return Ok(());
    }
    let secret = known.map_or_else(platform::secrets::random_token, |sealed| sealed.secret);
    store_in_op(op, Sealed { keys, secret }).await
}

/// Has the callback addresses of the stored keys answer, and gives them. Idempotent; ends what a killed one began.
///
/// # Errors
/// `Unavailable` without keys.
pub async fn open_addresses(app: &App, tenant: TenantId) -> Result<CallbackUrls, AppError> {
    forget(tenant);
    let sealed = opened(app, tenant).await?.ok_or_else(not_set_up)?;
    // After the commit: an address leads here only when its secret is kept.
    platform::tenants::set_webhook_path(app, tenant, PROVIDER, &sealed.secret).await?;
    Ok(urls_of(app, &sealed.secret))
}

async fn store_in_op(op: &mut Op, sealed: Sealed) -> Result<(), AppError> {
    let readable = serde_json::json!({ "short_code": sealed.keys.short_code });
    settings::seal_beside_in_op(op, KEY, readable.clone(), &sealed).await?;
    op.schedule_at(&PullPayments { again: true }, Utc::now() + TimeDelta::minutes(1)).await?;
    op.audit(Change::new("billing.daraja.configure", "setting", KEY).after(readable));
    Ok(())
}

/// Tells the provider where to post payments that customers start themselves. Once in production; as often as wanted in
/// the sandbox and in the simulator.
///
/// # Errors
/// `Unavailable` without keys, or with the provider's sentence.
pub async fn register_c2b(app: &App, tenant: TenantId) -> Result<(), AppError> {
    let (client, urls) = client_of(app, tenant).await?;
    let urls = C2bUrls {
        confirmation_url: urls.confirmation,
        validation_url: urls.validation,
        // Money that the payer wants to send is better in the stray desk than refused.
        unanswered: UnansweredValidation::Completed,
    };
    client.register_c2b_urls(&urls).await.map_err(|error| AppError::Unavailable(error.to_string()))
}

/// Lets us read the provider's list of payments, which finds what no report told. `nominated_number` is the phone that the
/// provider knows as the merchant's. Twice is as good as once.
///
/// # Errors
/// `Unavailable` without keys, or with the provider's sentence.
pub async fn register_pull(app: &App, tenant: TenantId, nominated_number: &str) -> Result<(), AppError> {
    let (client, urls) = client_of(app, tenant).await?;
    let registered = client.register_pull(nominated_number, &urls.confirmation).await;
    registered.map_err(|error| AppError::Unavailable(error.to_string()))
}

/// The short code of the tenant, if its M-Pesa is set up: reports for another one are not its money.
pub async fn short_code_in_op(op: &mut Op) -> Result<Option<String>, AppError> {
    let stored = settings::read_in_op(op, KEY).await?;
    Ok(stored.and_then(|stored| stored["short_code"].as_str().map(str::to_owned)))
}

// A client holds the access token and the pace of its app, so it is kept; `configure` forgets it.
type Clients = HashMap<TenantId, (Arc<Daraja>, CallbackUrls)>;
static CLIENTS: LazyLock<RwLock<Clients>> = LazyLock::new(Default::default);

fn forget(tenant: TenantId) {
    if let Ok(mut clients) = CLIENTS.write() {
        clients.remove(&tenant);
    }
}

/// The tenant's keys, if its M-Pesa is set up.
async fn opened(app: &App, tenant: TenantId) -> Result<Option<Sealed>, AppError> {
    let mut op = app.begin_as_system(tenant, "read M-Pesa keys").await?;
    let sealed = opened_in_op(&mut op).await?;
    op.rollback().await?;
    Ok(sealed)
}

async fn opened_in_op(op: &mut Op) -> Result<Option<Sealed>, AppError> {
    settings::open_in_op(op, KEY).await
}

/// The tenant's keys and callback addresses, if its M-Pesa is set up.
pub(super) async fn known_in_op(op: &mut Op) -> Result<Option<(DarajaKeys, CallbackUrls)>, AppError> {
    let app = op.app().clone();
    Ok(opened_in_op(op).await?.map(|sealed| (sealed.keys, urls_of(&app, &sealed.secret))))
}

fn not_set_up() -> AppError {
    AppError::Unavailable("M-Pesa is not set up for this ISP. Enter its keys in the settings.".into())
}

/// The tenant's client, if its M-Pesa is set up.
pub(super) async fn client_if_set_up(app: &App, tenant: TenantId) -> Result<Option<Arc<Daraja>>, AppError> {
    let mut op = app.begin_as_system(tenant, "read M-Pesa keys").await?;
    let is_set_up = short_code_in_op(&mut op).await?.is_some();
    op.rollback().await?;
    if is_set_up { Ok(Some(client_of(app, tenant).await?.0)) } else { Ok(None) }
}

async fn client_of(app: &App, tenant: TenantId) -> Result<(Arc<Daraja>, CallbackUrls), AppError> {
    if let Some(known) = CLIENTS.read().ok().and_then(|clients| clients.get(&tenant).cloned()) {
        return Ok(known);
    }
    let Sealed { keys, secret } = opened(app, tenant).await?.ok_or_else(not_set_up)?;
    let urls = urls_of(app, &secret);
    let config = DarajaConfig::pay_bill(
        keys.base_url,
        keys.consumer_key,
        keys.consumer_secret,
        keys.short_code,
        keys.passkey,
        urls.stk.clone(),
    );
    let client = Arc::new(Daraja::new(config).map_err(platform::internal)?);
    if let Ok(mut clients) = CLIENTS.write() {
        clients.insert(tenant, (client.clone(), urls.clone()));
    }
    Ok((client, urls))
}

/// What sends the tenant's prompts: the gateway that the program was started with, else a client of the tenant's own keys.
///
/// # Errors
/// `Unavailable` when M-Pesa is not set up.
pub(super) async fn gateway_of(app: &App, tenant: TenantId) -> Result<Arc<dyn StkPush>, AppError> {
    if let Some(gateway) = app.get::<Arc<dyn StkPush>>() {
        return Ok(gateway.clone());
    }
    let (client, _) = client_of(app, tenant).await?;
    Ok(client)
}
