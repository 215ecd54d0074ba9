//! The doors of the catalogue: each begins with its permission, calls one verb and commits.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::catalog::PlanId;
use model::catalog::plans::{PlanForm, PlanRow, PlanVersionView};
use model::time::Date;
use model::{AppError, Currency};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {model::catalog::perm, platform::ctx, platform::web::redirect};

/// The plans, and what the reader may do with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shelf {
    pub plans: Vec<PlanRow>,
    pub currency: Currency,
    pub can_write: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "catalog/plans/list", input = GetUrl)]
pub async fn read_plans() -> Result<Shelf, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::PlanRead>().await?;
    let plans = catalog::plans::list(&mut tx).await?;
    let currency = catalog::plans::currency_in_op(&mut tx).await?;
    tx.commit().await?;
    Ok(Shelf { plans, currency, can_write: ctx.can::<perm::PlanWrite>() })
}

/// A plan with all of its prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSheet {
    pub plan: PlanRow,
    /// The oldest first.
    pub versions: Vec<PlanVersionView>,
    pub today: Date,
    pub can_write: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "catalog/plans/get", input = GetUrl)]
pub async fn read_plan(id: String) -> Result<PlanSheet, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::PlanRead>().await?;
    let id: PlanId = id.parse().map_err(|_| AppError::NotFound)?;
    let plans = catalog::plans::list(&mut tx).await?;
    let plan = plans.into_iter().find(|plan| plan.current.plan_id == id).ok_or(AppError::NotFound)?;
    let versions = catalog::plans::versions_in_op(&mut tx, id).await?;
    let today = tx.today();
    tx.commit().await?;
    Ok(PlanSheet { plan, versions, today, can_write: ctx.can::<perm::PlanWrite>() })
}

/// Adds a plan, or gives one a new price from a day.
#[server(prefix = "/rpc/staff", endpoint = "catalog/plans/save")]
pub async fn save_plan(form: PlanForm) -> Result<PlanId, AppError> {
    let mut tx = ctx().await?.begin::<perm::PlanWrite>().await?;
    let id = catalog::plans::save(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/admin/plans/{id}"));
    Ok(id)
}

/// Takes a plan off the shelf, or puts it back: `is_sold` is `true` or `false`.
#[server(prefix = "/rpc/staff", endpoint = "catalog/plans/set_sold")]
pub async fn set_plan_sold(id: PlanId, is_sold: bool) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::PlanWrite>().await?;
    catalog::plans::set_sold(&mut tx, id, is_sold).await?;
    tx.commit().await?;
    redirect("/admin/plans");
    Ok(())
}
