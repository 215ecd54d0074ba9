//! The doors of field work: each begins with its permission, calls one verb and commits.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::crm::ServiceId;
use model::field::stock::{ReceiveStockForm, ReserveForm, StockList};
use model::field::work_orders::{
    CancelWorkForm, CompleteForm, ProgressForm, RouterLogin, ScheduleForm, Technician, WorkOrderDetail, WorkOrderList,
    WorkOrderRow,
};
use model::field::{StockItemId, WorkOrderId};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    chrono::Offset,
    field::work_orders::{Contact, own, plan},
    model::crm::perm::SubscriberReadContact,
    model::field::perm,
    model::field::stock::StockFilter,
    model::field::work_orders::{EvidenceKind, WorkOrderFilter, WorkOrderKind},
    platform::{Op, RequestCtx, ctx},
};

/// The clock of a page: business time and the tenant's zone.
#[cfg(feature = "ssr")]
fn page_time(op: &Op) -> PageTime {
    let now = op.now();
    let offset_seconds = now.with_timezone(&op.zone()).offset().fix().local_minus_utc();
    PageTime { now, offset_minutes: offset_seconds / 60 }
}

#[cfg(feature = "ssr")]
fn contact(ctx: &RequestCtx) -> Contact {
    if ctx.can::<SubscriberReadContact>() { Contact::Shown } else { Contact::Hidden }
}

/// The list of work orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkOrdersPageData {
    pub list: WorkOrderList,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/list", input = GetUrl)]
pub async fn load_work_orders(tab: String, search: String, after: String) -> Result<WorkOrdersPageData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::WorkOrderRead>().await?;
    let filter = WorkOrderFilter { tab, search, after };
    let list = field::work_orders::list(&mut tx, &filter, contact(&ctx)).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(WorkOrdersPageData { list, time })
}

/// One work order, and what its forms choose from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkOrderPageData {
    pub order: WorkOrderDetail,
    pub technicians: Vec<Technician>,
    pub can_write: bool,
    /// The visit is over and its installation waits for another one.
    pub can_open_again: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/get", input = GetUrl)]
pub async fn load_work_order(id: WorkOrderId) -> Result<WorkOrderPageData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::WorkOrderRead>().await?;
    let order = field::work_orders::get(&mut tx, id, contact(&ctx)).await?;
    let technicians = plan::technicians(&mut tx).await?;
    let can_open_again = plan::can_open_again(&mut tx, &order).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(WorkOrderPageData { order, technicians, can_write: ctx.can::<perm::WorkOrderWrite>(), can_open_again, time })
}

/// Opens another visit for an installation whose last one is over.
#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/open_installation")]
pub async fn open_installation(service_id: ServiceId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::WorkOrderWrite>().await?;
    let id = plan::open(&mut tx, WorkOrderKind::Installation, service_id, "").await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/field/work-orders/{id}"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/schedule")]
pub async fn schedule_work(form: ScheduleForm) -> Result<(), AppError> {
    let id = form.id;
    let mut tx = ctx().await?.begin::<perm::WorkOrderWrite>().await?;
    plan::schedule(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/field/work-orders/{id}"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/reserve")]
pub async fn reserve_stock(form: ReserveForm) -> Result<(), AppError> {
    let id = form.work_order_id;
    let mut tx = ctx().await?.begin::<perm::WorkOrderWrite>().await?;
    plan::reserve(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/field/work-orders/{id}"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/release")]
pub async fn release_stock(form: ReserveForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::WorkOrderWrite>().await?;
    plan::release(&mut tx, form).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "field/work_orders/cancel")]
pub async fn cancel_work(form: CancelWorkForm) -> Result<(), AppError> {
    let id = form.id;
    let mut tx = ctx().await?.begin::<perm::WorkOrderWrite>().await?;
    plan::cancel(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/field/work-orders/{id}"));
    Ok(())
}

/// The list of equipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockPageData {
    pub list: StockList,
    pub can_write: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "field/stock/list", input = GetUrl)]
pub async fn load_stock(tab: String, search: String, after: String) -> Result<StockPageData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::StockRead>().await?;
    let list = field::stock::list(&mut tx, &StockFilter { tab, search, after }, &ctx.person()?.permissions).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(StockPageData { list, can_write: ctx.can::<perm::StockWrite>(), time })
}

#[server(prefix = "/rpc/staff", endpoint = "field/stock/receive")]
pub async fn receive_stock(form: ReceiveStockForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::StockWrite>().await?;
    field::stock::receive(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/field/stock");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "field/warehouses/add")]
pub async fn add_warehouse(name: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::StockWrite>().await?;
    field::stock::add_warehouse(&mut tx, &name).await?;
    tx.commit().await?;
    platform::web::redirect("/field/stock");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "field/stock/move")]
pub async fn move_stock(id: StockItemId, to: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::StockWrite>().await?;
    let to = to.parse().map_err(|e: model::codes::UnknownCode| AppError::invalid("to", e.to_string()))?;
    field::stock::set_state(&mut tx, id, to).await?;
    tx.commit().await
}

/// A technician's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TodayData {
    pub isp: String,
    pub rows: Vec<WorkOrderRow>,
    pub later: u64,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "field/own/today", input = GetUrl)]
pub async fn load_today() -> Result<TodayData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::OwnWorkRead>().await?;
    let today = own::today(&mut tx).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    let isp = platform::tenants::head(&ctx.app, ctx.tenant()?).await?.name;
    Ok(TodayData { isp, rows: today.rows, later: today.later, time })
}

/// One own job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobData {
    pub order: WorkOrderDetail,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "field/own/get", input = GetUrl)]
pub async fn load_job(id: WorkOrderId) -> Result<JobData, AppError> {
    let mut tx = ctx().await?.begin::<perm::OwnWorkRead>().await?;
    let order = own::get(&mut tx, id).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(JobData { order, time })
}

/// The login of the subscriber's router; looking at it is noted.
#[server(prefix = "/rpc/staff", endpoint = "field/own/router_login", input = GetUrl)]
pub async fn load_router_login(id: WorkOrderId) -> Result<RouterLogin, AppError> {
    let mut tx = ctx().await?.begin::<perm::OwnWorkWrite>().await?;
    let login = own::router_login(&mut tx, id).await?;
    tx.commit().await?;
    Ok(login)
}

#[server(prefix = "/rpc/staff", endpoint = "field/own/progress")]
pub async fn progress_job(form: ProgressForm) -> Result<(), AppError> {
    let id = form.id;
    let mut tx = ctx().await?.begin::<perm::OwnWorkWrite>().await?;
    own::progress(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/tech/{id}"));
    Ok(())
}

/// Stores a drawn signature: a PNG as a data address, which is how a canvas gives it.
#[server(prefix = "/rpc/staff", endpoint = "field/own/sign")]
pub async fn sign_job(id: WorkOrderId, drawing: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::OwnWorkWrite>().await?;
    let bytes = field::evidence::picture::of_data_url(&drawing)?;
    own::add_picture(&mut tx, id, EvidenceKind::Signature, &bytes).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "field/own/complete")]
pub async fn complete_job(form: CompleteForm) -> Result<(), AppError> {
    let id = form.id;
    let mut tx = ctx().await?.begin::<perm::OwnWorkWrite>().await?;
    own::complete(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/tech/{id}"));
    Ok(())
}
