//! The doors of partners, buildings and units.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::crm::buildings::{BuildingForm, BuildingRow, UnitRow};
use model::crm::leads::Coverage;
use model::crm::partners::{PartnerForm, PartnerRow};
use model::crm::{BuildingId, ReferralPartnerId};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {model::crm::perm, model::form::chosen, platform::ctx};

/// The partners, and what the form for a new one chooses from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnersListPage {
    pub partners: Vec<PartnerRow>,
    /// Id and name with area.
    pub buildings: Vec<(String, String)>,
    pub can_write: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/partners/list", input = GetUrl)]
pub async fn load_partners() -> Result<PartnersListPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::PartnerRead>().await?;
    let partners = crm::partners::list(&mut tx).await?;
    let buildings = crm::buildings::choices_in_op(&mut tx).await?;
    tx.commit().await?;
    let buildings = buildings.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    Ok(PartnersListPage { partners, buildings, can_write: ctx.can::<perm::PartnerWrite>() })
}

#[server(prefix = "/rpc/staff", endpoint = "crm/partners/create")]
pub async fn create_partner(form: PartnerForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::PartnerWrite>().await?;
    crm::partners::create(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/sales/partners");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "crm/partners/set_active")]
pub async fn set_partner_active(id: ReferralPartnerId, is_active: bool) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::PartnerWrite>().await?;
    crm::partners::set_active(&mut tx, id, is_active).await?;
    tx.commit().await
}

/// The buildings of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildingsListPage {
    pub buildings: Vec<BuildingRow>,
    pub can_write: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/buildings/list", input = GetUrl)]
pub async fn load_buildings(q: String) -> Result<BuildingsListPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::BuildingRead>().await?;
    let buildings = crm::buildings::list(&mut tx, &q).await?;
    tx.commit().await?;
    Ok(BuildingsListPage { buildings, can_write: ctx.can::<perm::BuildingWrite>() })
}

#[server(prefix = "/rpc/staff", endpoint = "crm/buildings/create")]
pub async fn create_building(form: BuildingForm) -> Result<BuildingId, AppError> {
    let mut tx = ctx().await?.begin::<perm::BuildingWrite>().await?;
    let id = crm::buildings::create(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/sales/buildings/{id}"));
    Ok(id)
}

/// One building with its units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildingView {
    pub id: BuildingId,
    pub name: String,
    pub area: String,
    pub county: String,
    pub coverage: Coverage,
    pub units: Vec<UnitRow>,
    pub can_write: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/buildings/detail", input = GetUrl)]
pub async fn load_building(id: BuildingId) -> Result<BuildingView, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::BuildingRead>().await?;
    let with_occupants = ctx.can::<perm::SubscriberRead>() && ctx.can::<perm::LeadRead>();
    let (head, units) = crm::buildings::detail(&mut tx, id, with_occupants).await?;
    tx.commit().await?;
    let (name, area, county, coverage) = (head.name, head.area, head.county, head.coverage);
    Ok(BuildingView { id, name, area, county, coverage, units, can_write: ctx.can::<perm::BuildingWrite>() })
}

#[server(prefix = "/rpc/staff", endpoint = "crm/buildings/add_units")]
pub async fn add_units(id: BuildingId, #[server(default)] units: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::BuildingWrite>().await?;
    crm::buildings::add_units(&mut tx, id, &units).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "crm/buildings/set_coverage")]
pub async fn set_coverage(id: BuildingId, #[server(default)] coverage: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::BuildingWrite>().await?;
    let coverage =
        coverage.parse().map_err(|e: model::codes::UnknownCode| AppError::invalid("coverage", e.to_string()))?;
    crm::buildings::set_coverage(&mut tx, id, coverage).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "crm/units/set_status")]
pub async fn set_unit(#[server(default)] unit_id: String, #[server(default)] status: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::BuildingWrite>().await?;
    let id = chosen(&unit_id).map_err(|e| AppError::invalid("unit_id", e.to_string()))?;
    let status = status.parse().map_err(|e: model::codes::UnknownCode| AppError::invalid("status", e.to_string()))?;
    crm::buildings::set_unit(&mut tx, id, status).await?;
    tx.commit().await
}
