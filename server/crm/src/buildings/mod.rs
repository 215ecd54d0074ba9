//! Buildings and units as sales inventory. The one rule: a name in a message is matched only when one building fits;
//! otherwise the text stays as it was written and a person decides.

mod sql;

use crate::words::{key, stored, unit_key};
use model::AppError;
use model::crm::buildings::{BuildingForm, BuildingRow, SaveBuilding, UnitRow, UnitStatus};
use model::crm::leads::Coverage;
use model::crm::{BuildingId, UnitId, perm};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};

/// A building as other parts of sales know it.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildingHead {
    pub id: BuildingId,
    pub name: String,
    pub county: String,
    pub area: String,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    pub coverage: Coverage,
}

/// What is known of a building besides the form.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ground {
    pub coverage: Option<Coverage>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
}

/// Adds a building with its units.
///
/// # Errors
/// `Invalid` names each refused field; on `name` also when the area has a building of this name.
pub async fn create(tx: &mut Tx<perm::BuildingWrite>, form: BuildingForm) -> Result<BuildingId, AppError> {
    let building = form.parse().map_err(AppError::Invalid)?;
    create_in_op(tx, building, Ground::default()).await
}

/// The same for seeds, which also know where it is and whether it can be sold to.
pub async fn create_in_op(op: &mut Op, building: SaveBuilding, ground: Ground) -> Result<BuildingId, AppError> {
    let (tenant, id, now) = (op.tenant().uuid(), BuildingId::new(), op.now());
    let name_key = key(building.name.as_str());
    sql::insert(op.conn(), tenant, id, &building, (&name_key, ground, now)).await.map_err(|error| {
        match violated(&error) {
            Some("building_name_taken") => AppError::invalid(
                "name",
                "This area has a building with this name. Add units to it, or tell the two apart by name.",
            ),
            _ => from_sql(error),
        }
    })?;
    let labels: Vec<String> = building.units.iter().map(|label| label.as_str().to_owned()).collect();
    sql::insert_units(op.conn(), tenant, id, &labels).await.map_err(from_sql)?;
    op.audit(Change::new("crm.building.create", "building", id).after(serde_json::json!({
        "name": building.name, "area": building.area, "units": labels.len(),
    })));
    op.wake("crm.building", &id.to_string()).await?;
    Ok(id)
}

/// Adds units to a building, separated by commas or lines. A label that is there already is left alone.
///
/// # Errors
/// `Invalid` on `units`; `NotFound`.
pub async fn add_units(tx: &mut Tx<perm::BuildingWrite>, id: BuildingId, units: &str) -> Result<u64, AppError> {
    let head = get_in_op(tx, id).await?;
    let form = BuildingForm {
        name: head.name,
        area: head.area,
        county: head.county,
        units: units.to_owned(),
        ..BuildingForm::default()
    };
    let labels: Vec<String> = form.parse().map_err(AppError::Invalid)?.units.into_iter().map(String::from).collect();
    if labels.is_empty() {
        return Err(AppError::invalid("units", "Write at least one unit, for example B12."));
    }
    let tenant = tx.tenant().uuid();
    let added = sql::insert_units(tx.conn(), tenant, id, &labels).await.map_err(from_sql)?;
    tx.audit(Change::new("crm.building.add_units", "building", id).after(serde_json::json!({ "added": added })));
    tx.wake("crm.building", &id.to_string()).await?;
    Ok(added)
}

/// Says whether a building can be sold to. Idempotent.
pub async fn set_coverage(
    tx: &mut Tx<perm::BuildingWrite>,
    id: BuildingId,
    coverage: Coverage,
) -> Result<(), AppError> {
    if !sql::set_coverage(tx.conn(), id, coverage).await.map_err(from_sql)? {
        return Err(AppError::NotFound);
    }
    tx.audit(
        Change::new("crm.building.set_coverage", "building", id).after(serde_json::json!({ "coverage": coverage })),
    );
    tx.wake("crm.building", &id.to_string()).await
}

/// Says who lives in a unit, as sales sees it. Idempotent.
pub async fn set_unit(tx: &mut Tx<perm::BuildingWrite>, id: UnitId, status: UnitStatus) -> Result<(), AppError> {
    set_unit_in_op(tx, id, status).await?;
    tx.audit(Change::new("crm.unit.set_status", "unit", id).after(serde_json::json!({ "status": status })));
    Ok(())
}

/// The same for the life of a service.
pub async fn set_unit_in_op(op: &mut Op, id: UnitId, status: UnitStatus) -> Result<(), AppError> {
    let building = sql::set_unit(op.conn(), id, status).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    op.wake("crm.building", &building.to_string()).await
}

/// Somebody in this unit wants us: it counts as a lead unless we serve it. Who asked for peace and now writes to us keeps
/// the mark until a person takes it away.
pub(crate) async fn note_lead_in_op(op: &mut Op, id: UnitId) -> Result<(), AppError> {
    sql::note_lead(op.conn(), id).await.map_err(from_sql)
}

/// One building.
///
/// # Errors
/// `NotFound`, also for a building of somebody else.
pub async fn get_in_op(op: &mut Op, id: BuildingId) -> Result<BuildingHead, AppError> {
    head(sql::find(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?)
}

/// The building that a text names: its whole name, else the only one whose name begins so. Without a text it is `home`,
/// the building of the partner who wrote.
pub(crate) async fn by_name_in_op(
    op: &mut Op,
    name: Option<&str>,
    home: Option<BuildingId>,
) -> Result<Option<BuildingHead>, AppError> {
    let Some(name_key) = name.map(key).filter(|key| !key.is_empty()) else {
        return match home {
            Some(id) => get_in_op(op, id).await.map(Some),
            None => Ok(None),
        };
    };
    let mut found = sql::with_name(op.conn(), &name_key).await.map_err(from_sql)?;
    let at_home = found.iter().position(|row| Some(row.id) == home.map(uuid::Uuid::from));
    let exact = found.iter().filter(|row| row.name_key == name_key).count();
    let chosen = match (at_home, exact) {
        (Some(place), _) => Some(found.swap_remove(place)),
        (None, 1) => found.into_iter().find(|row| row.name_key == name_key),
        (None, 0) if found.len() == 1 => found.pop(),
        _ => None,
    };
    chosen.map(head).transpose()
}

/// The unit of a building with this label, however it is written.
pub(crate) async fn unit_in_op(op: &mut Op, building: BuildingId, label: &str) -> Result<Option<UnitId>, AppError> {
    let wanted = unit_key(label);
    let units = sql::labels(op.conn(), building).await.map_err(from_sql)?;
    Ok(units.into_iter().find(|(_, label)| unit_key(label) == wanted).map(|(id, _)| id))
}

fn head(row: sql::HeadRow) -> Result<BuildingHead, AppError> {
    Ok(BuildingHead {
        id: row.id.into(),
        name: row.name,
        county: row.county,
        area: row.area,
        position: row.latitude.zip(row.longitude),
        coverage: stored(&row.coverage, Coverage::from_code)?,
    })
}

/// The buildings by area and name, with how many units are sold.
pub async fn list(tx: &mut Tx<perm::BuildingRead>, text: &str) -> Result<Vec<BuildingRow>, AppError> {
    let text = text.trim().to_lowercase();
    let rows = sql::list(tx.conn(), Some(text).filter(|text| !text.is_empty())).await.map_err(from_sql)?;
    let buildings = rows.into_iter().map(|row| {
        Ok(BuildingRow {
            id: row.id.into(),
            name: row.name,
            area: row.area,
            county: row.county,
            units: row.units,
            active: row.active,
            leads: row.leads,
            coverage: stored(&row.coverage, Coverage::from_code)?,
        })
    });
    buildings.collect()
}

/// A building as an entry in a list of choices: id and name with area.
pub async fn choices_in_op(op: &mut Op) -> Result<Vec<(BuildingId, String)>, AppError> {
    let rows = sql::list(op.conn(), None).await.map_err(from_sql)?;
    Ok(rows.into_iter().map(|row| (row.id.into(), format!("{}, {}", row.name, row.area))).collect())
}

/// One building with its units. Occupants are named only for those who may read subscribers and leads.
pub async fn detail(
    tx: &mut Tx<perm::BuildingRead>,
    id: BuildingId,
    with_occupants: bool,
) -> Result<(BuildingHead, Vec<UnitRow>), AppError> {
    let head = get_in_op(tx, id).await?;
    let rows = sql::units(tx.conn(), id).await.map_err(from_sql)?;
    let units = rows.into_iter().map(|row| {
        Ok(UnitRow {
            id: row.id.into(),
            label: row.label,
            status: stored(&row.state, UnitStatus::from_code)?,
            occupant: row.occupant.filter(|_| with_occupants),
        })
    });
    Ok((head, units.collect::<Result<_, AppError>>()?))
}
