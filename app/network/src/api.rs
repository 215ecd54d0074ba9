//! The doors of the network: each begins with its permission, calls one verb and commits.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::network::activation::{ActivationState, ActivationView, RetryActivationForm};
use model::network::devices::{DeviceRow, NocOverview};
use model::network::incidents::{IncidentForm, IncidentRow, IncidentView};
use model::network::nas::{NasForm, NasRow};
use model::network::pools::{AllocationRow, PoolForm, PoolRow};
use model::network::sessions::{DisconnectSessionForm, SessionRow};
use model::network::sites::{DeviceForm, HangBuildingForm, HangServiceForm, SiteForm, SiteRow};
use model::network::{ActivationId, DeviceId, IncidentId, NasId, PoolId};
use model::page::Page;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    chrono::{NaiveDateTime, Offset, TimeZone, Utc},
    model::network::perm,
    model::time::Timestamp,
    network::monitoring::Reported,
    network::sessions::SessionFilter,
    platform::{Op, ctx},
};

/// The tenant's zone beside business time, or beside real time for pages about accounting and activation.
#[cfg(feature = "ssr")]
fn page_time(op: &Op, now: Timestamp) -> PageTime {
    let offset_seconds = now.with_timezone(&op.zone()).offset().fix().local_minus_utc();
    PageTime { now, offset_minutes: offset_seconds / 60 }
}

/// Id and name of what a form chooses from.
pub type Choices = Vec<(String, String)>;

#[cfg(feature = "ssr")]
async fn site_choices(op: &mut Op) -> Result<Choices, AppError> {
    let sites = network::devices::site_choices_in_op(op).await?;
    Ok(sites.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

#[cfg(feature = "ssr")]
async fn building_choices(op: &mut Op) -> Result<Choices, AppError> {
    let buildings = network::devices::building_choices_in_op(op).await?;
    Ok(buildings.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// The pools of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolsModel {
    pub pools: Vec<PoolRow>,
    pub sites: Choices,
    pub can_write: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "network/pools/list", input = GetUrl)]
pub async fn pool_list() -> Result<PoolsModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::PoolRead>().await?;
    let pools = network::pools::list(&mut tx).await?;
    let sites = site_choices(&mut tx).await?;
    tx.commit().await?;
    Ok(PoolsModel { pools, sites, can_write: ctx.can::<perm::PoolWrite>() })
}

#[server(prefix = "/rpc/staff", endpoint = "network/pools/create")]
pub async fn create_pool(form: PoolForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::PoolWrite>().await?;
    network::pools::create(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/network/pools");
    Ok(())
}

/// One pool with those who have, and had, its addresses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolModel {
    pub pool: PoolRow,
    pub holders: Vec<AllocationRow>,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/pools/detail", input = GetUrl)]
pub async fn pool_detail(id: PoolId, #[server(default)] q: String) -> Result<PoolModel, AppError> {
    let mut tx = ctx().await?.begin::<perm::PoolRead>().await?;
    let within = match q.trim() {
        "" => None,
        text => Some(model::net::parse_ip(text).map(Into::into).or_else(|_| model::net::parse_cidr(text))),
    };
    let within = within.transpose().map_err(|e| AppError::invalid("q", e.to_string()))?;
    let pools = network::pools::list(&mut tx).await?;
    let pool = pools.into_iter().find(|pool| pool.id == id).ok_or(AppError::NotFound)?;
    let holders = network::pools::holders(&mut tx, id, within).await?;
    let time = page_time(&tx, tx.real_now());
    tx.commit().await?;
    Ok(PoolModel { pool, holders, time })
}

/// The routers of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NasModel {
    pub routers: Vec<NasRow>,
    pub sites: Choices,
    pub can_write: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/nas/list", input = GetUrl)]
pub async fn nas_list() -> Result<NasModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::NasRead>().await?;
    let routers = network::nas::list(&mut tx).await?;
    let sites = site_choices(&mut tx).await?;
    let time = page_time(&tx, tx.real_now());
    tx.commit().await?;
    Ok(NasModel { routers, sites, can_write: ctx.can::<perm::NasWrite>(), time })
}

#[server(prefix = "/rpc/staff", endpoint = "network/nas/save")]
pub async fn save_nas(form: NasForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::NasWrite>().await?;
    network::nas::save(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/network/nas");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "network/nas/remove")]
pub async fn remove_nas(id: NasId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::NasWrite>().await?;
    network::nas::remove(&mut tx, id).await?;
    tx.commit().await?;
    platform::web::redirect("/network/nas");
    Ok(())
}

/// A page of living sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionsModel {
    pub page: Page<SessionRow>,
    pub all: i64,
    pub walled: i64,
    pub can_disconnect: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/sessions/list", input = GetUrl)]
pub async fn session_list(
    #[server(default)] q: String,
    #[server(default)] tab: String,
    #[server(default)] after: String,
) -> Result<SessionsModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::SessionRead>().await?;
    let after = Some(after).filter(|cursor| !cursor.is_empty());
    let filter = SessionFilter { text: q, walled_only: tab == "walled", after };
    let (page, all, walled) = network::sessions::list(&mut tx, &filter).await?;
    let time = page_time(&tx, tx.real_now());
    tx.commit().await?;
    Ok(SessionsModel { page, all, walled, can_disconnect: ctx.can::<perm::SessionDisconnect>(), time })
}

#[server(prefix = "/rpc/staff", endpoint = "network/sessions/disconnect")]
pub async fn disconnect_session(form: DisconnectSessionForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::SessionDisconnect>().await?;
    network::sessions::disconnect(&mut tx, form).await?;
    tx.commit().await
}

/// A page of activations, with how many stand where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivationsModel {
    pub page: Page<ActivationView>,
    pub counts: Vec<(ActivationState, i64)>,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/activations/list", input = GetUrl)]
pub async fn activation_list(
    #[server(default)] tab: String,
    #[server(default)] after: String,
) -> Result<ActivationsModel, AppError> {
    let mut tx = ctx().await?.begin::<perm::ActivationRead>().await?;
    let states: Vec<ActivationState> = match ActivationState::from_code(&tab) {
        Some(state) => vec![state],
        None if tab == "all" => vec![],
        None => vec![ActivationState::Running, ActivationState::Failed, ActivationState::Ready],
    };
    let after = Some(after.as_str()).filter(|cursor| !cursor.is_empty());
    let page = network::activation::list(&mut tx, &states, after).await?;
    let counts = network::activation::counts(&mut tx).await?.into_iter().collect();
    let time = page_time(&tx, tx.real_now());
    tx.commit().await?;
    Ok(ActivationsModel { page, counts, time })
}

/// One activation with its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivationModel {
    pub activation: ActivationView,
    pub can_retry: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/activations/detail", input = GetUrl)]
pub async fn activation_detail(id: ActivationId) -> Result<ActivationModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::ActivationRead>().await?;
    let activation = network::activation::get(&mut tx, id).await?;
    let time = page_time(&tx, tx.real_now());
    tx.commit().await?;
    Ok(ActivationModel { activation, can_retry: ctx.can::<perm::ActivationRetry>(), time })
}

#[server(prefix = "/rpc/staff", endpoint = "network/activations/retry")]
pub async fn retry_activation(form: RetryActivationForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::ActivationRetry>().await?;
    let id = network::activation::retry(&mut tx, form).await?;
    tx.commit().await?;
    // One that was taken back goes on as another one.
    if id != form.id {
        platform::web::redirect(&format!("/network/activations/{id}"));
    }
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "network/activations/undo")]
pub async fn undo_activation(id: ActivationId, #[server(default)] reason: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::ActivationRetry>().await?;
    network::activation::undo(&mut tx, id, &reason).await?;
    tx.commit().await
}

/// Sites and devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DevicesModel {
    pub devices: Vec<DeviceRow>,
    pub sites: Vec<SiteRow>,
    /// To hang on a device; for those who may.
    pub buildings: Choices,
    pub can_write: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/devices/list", input = GetUrl)]
pub async fn device_list() -> Result<DevicesModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::DeviceRead>().await?;
    let devices = network::devices::list(&mut tx).await?;
    let sites = network::devices::sites(&mut tx).await?;
    let can_write = ctx.can::<perm::DeviceWrite>();
    let buildings = if can_write { building_choices(&mut tx).await? } else { vec![] };
    let time = page_time(&tx, tx.now());
    tx.commit().await?;
    Ok(DevicesModel { devices, sites, buildings, can_write, time })
}

#[server(prefix = "/rpc/staff", endpoint = "network/devices/save")]
pub async fn save_device(form: DeviceForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::DeviceWrite>().await?;
    network::devices::save_device(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/network/devices");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "network/devices/hang_building")]
pub async fn hang_building(form: HangBuildingForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::DeviceWrite>().await?;
    network::devices::hang_building(&mut tx, form).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "network/devices/hang_service")]
pub async fn hang_service(form: HangServiceForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::DeviceWrite>().await?;
    network::devices::hang_service(&mut tx, form).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "network/sites/save")]
pub async fn save_site(form: SiteForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::DeviceWrite>().await?;
    network::devices::save_site(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/network/devices?tab=sites");
    Ok(())
}

/// Says by hand that a device is up or down: a visit on site, or a drill.
#[server(prefix = "/rpc/staff", endpoint = "network/devices/report")]
pub async fn report_device(id: DeviceId, is_up: bool) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::DeviceWrite>().await?;
    let reported = if is_up { Reported::Up } else { Reported::Down };
    network::monitoring::report(&mut tx, id, reported).await?;
    tx.commit().await
}

/// The NOC's overview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NocModel {
    pub overview: NocOverview,
    pub can_report: bool,
    pub can_work: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/noc/overview", input = GetUrl)]
pub async fn network_now() -> Result<NocModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::DeviceRead>().await?;
    let overview = network::noc::overview(&mut tx, ctx.can::<perm::IncidentRead>()).await?;
    let time = page_time(&tx, tx.now());
    tx.commit().await?;
    let (can_report, can_work) = (ctx.can::<perm::DeviceWrite>(), ctx.can::<perm::IncidentWrite>());
    Ok(NocModel { overview, can_report, can_work, time })
}

/// The history of incidents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentsModel {
    pub incidents: Vec<IncidentRow>,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/incidents/list", input = GetUrl)]
pub async fn incident_list() -> Result<IncidentsModel, AppError> {
    let mut tx = ctx().await?.begin::<perm::IncidentRead>().await?;
    let incidents = network::incidents::list(&mut tx, true).await?;
    let time = page_time(&tx, tx.now());
    tx.commit().await?;
    Ok(IncidentsModel { incidents, time })
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentModel {
    pub view: IncidentView,
    pub can_work: bool,
    /// Names lead to the subscriber's page for those who may open it.
    pub can_open_subscribers: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "network/incidents/detail", input = GetUrl)]
pub async fn incident_detail(id: IncidentId) -> Result<IncidentModel, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::IncidentRead>().await?;
    let view = network::incidents::get(&mut tx, id).await?;
    let time = page_time(&tx, tx.now());
    tx.commit().await?;
    let can_open_subscribers = ctx.can::<model::crm::perm::SubscriberRead>();
    Ok(IncidentModel { view, can_work: ctx.can::<perm::IncidentWrite>(), can_open_subscribers, time })
}

#[server(prefix = "/rpc/staff", endpoint = "network/incidents/take")]
pub async fn take_incident(id: IncidentId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::IncidentWrite>().await?;
    network::incidents::take(&mut tx, id).await?;
    tx.commit().await
}

/// `expected` is what a date-and-time field sends, in the tenant's zone.
#[server(prefix = "/rpc/staff", endpoint = "network/incidents/save")]
pub async fn save_incident(form: IncidentForm, #[server(default)] expected: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::IncidentWrite>().await?;
    let expected_at = match expected.trim() {
        "" => None,
        text => Some(local_time(&tx, text)?),
    };
    network::incidents::save(&mut tx, form, expected_at).await?;
    tx.commit().await
}

#[cfg(feature = "ssr")]
fn local_time(op: &Op, text: &str) -> Result<Timestamp, AppError> {
    let wrong = || AppError::invalid("expected", "Enter day and time, for example 2026-11-24 15:30.");
    let read = |format| NaiveDateTime::parse_from_str(text, format).ok();
    let local = read("%Y-%m-%dT%H:%M").or_else(|| read("%Y-%m-%d %H:%M")).ok_or_else(wrong)?;
    op.zone().from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc)).ok_or_else(wrong)
}

/// Where monitoring systems report to. Whoever knows the address can report, so only who may change it sees it.
#[server(prefix = "/rpc/staff", endpoint = "network/monitoring/get", input = GetUrl)]
pub async fn read_monitoring() -> Result<Option<String>, AppError> {
    let mut tx = ctx().await?.begin::<model::identity::perm::SettingWrite>().await?;
    let address = network::monitoring::address::get(&mut tx).await?;
    tx.commit().await?;
    Ok(address)
}

/// Makes a new address; the old one is dead.
#[server(prefix = "/rpc/staff", endpoint = "network/monitoring/renew")]
pub async fn renew_monitoring() -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<model::identity::perm::SettingWrite>().await?;
    network::monitoring::address::renew(&mut tx).await?;
    tx.commit().await?;
    network::monitoring::address::open(&ctx.app, ctx.tenant()?).await?;
    platform::web::redirect("/admin/settings/monitoring?done=renewed");
    Ok(())
}
