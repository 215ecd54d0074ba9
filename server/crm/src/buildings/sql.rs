//! The statements of buildings and units.

use super::Ground;
use chrono::{DateTime, Utc};
use model::crm::buildings::{SaveBuilding, UnitStatus};
use model::crm::leads::Coverage;
use model::crm::{BuildingId, UnitId};
use platform::Conn;
use uuid::Uuid;

pub(super) async fn insert(
    conn: &mut Conn,
    tenant: Uuid,
    id: BuildingId,
    building: &SaveBuilding,
    (name_key, ground, now): (&str, Ground, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO building (tenant_id, id, name, name_key, county, area, latitude, longitude, coverage, site_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant,
        id.uuid(),
        building.name.as_str(),
        name_key,
        building.county.as_str(),
        building.area.as_str(),
        ground.position.map(|(latitude, _)| latitude),
        ground.position.map(|(_, longitude)| longitude),
        ground.coverage.unwrap_or(Coverage::Unknown).code(),
        building.site_id.map(Uuid::from),
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Adds the labels that are not there yet, and gives how many were added.
pub(super) async fn insert_units(
    conn: &mut Conn,
    tenant: Uuid,
    building: BuildingId,
    labels: &[String],
) -> Result<u64, sqlx::Error> {
    let ids: Vec<Uuid> = labels.iter().map(|_| UnitId::new().uuid()).collect();
    let done = sqlx::query!(
        "INSERT INTO unit (tenant_id, id, building_id, label)
         SELECT $1, u.id, $2, u.label FROM unnest($3::uuid[], $4::text[]) AS u (id, label)
         ON CONFLICT ON CONSTRAINT unit_label_taken DO NOTHING",
        tenant,
        building.uuid(),
        &ids,
        labels,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn set_coverage(conn: &mut Conn, id: BuildingId, coverage: Coverage) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("UPDATE building SET coverage = $2 WHERE id = $1", id.uuid(), coverage.code())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets a unit's status and gives its building.
pub(super) async fn set_unit(
    conn: &mut Conn,
    id: UnitId,
    status: UnitStatus,
) -> Result<Option<BuildingId>, sqlx::Error> {
    let building =
        sqlx::query_scalar!("UPDATE unit SET state = $2 WHERE id = $1 RETURNING building_id", id.uuid(), status.code())
            .fetch_optional(conn)
            .await?;
    Ok(building.map(BuildingId::from))
}

pub(super) async fn note_lead(conn: &mut Conn, id: UnitId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE unit SET state = 'lead' WHERE id = $1 AND state IN ('vacant', 'former', 'competitor')",
        id.uuid(),
    )
    .execute(conn)
    .await
    .map(drop)
}

/// A building without its units.
pub(super) struct HeadRow {
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub county: String,
    pub area: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub coverage: String,
}

pub(super) async fn find(conn: &mut Conn, id: BuildingId) -> Result<Option<HeadRow>, sqlx::Error> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, name, name_key, county, area, latitude, longitude, coverage FROM building WHERE id = $1",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// The buildings whose name is this, begins with it, or is the beginning of it, word by word.
pub(super) async fn with_name(conn: &mut Conn, name_key: &str) -> Result<Vec<HeadRow>, sqlx::Error> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, name, name_key, county, area, latitude, longitude, coverage FROM building
         WHERE name_key = $1 OR starts_with(name_key, $1 || ' ') OR starts_with($1, name_key || ' ')
         ORDER BY name_key, id LIMIT 20",
        name_key,
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn labels(conn: &mut Conn, building: BuildingId) -> Result<Vec<(UnitId, String)>, sqlx::Error> {
    let rows = sqlx::query!("SELECT id, label FROM unit WHERE building_id = $1 ORDER BY label", building.uuid())
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.label)).collect())
}

/// A building with its counts.
pub(super) struct ListRow {
    pub id: Uuid,
    pub name: String,
    pub area: String,
    pub county: String,
    pub coverage: String,
    pub units: i64,
    pub active: i64,
    pub leads: i64,
}

/// At most 1,000 buildings, by area and name.
pub(super) async fn list(conn: &mut Conn, text: Option<String>) -> Result<Vec<ListRow>, sqlx::Error> {
    sqlx::query_as!(
        ListRow,
        r#"SELECT b.id, b.name, b.area, b.county, b.coverage, u.units AS "units!", u.active AS "active!",
             (SELECT count(*) FROM lead l WHERE l.tenant_id = b.tenant_id AND l.building_id = b.id
                AND l.status NOT IN ('converted', 'lost')) AS "leads!"
           FROM building b
           JOIN LATERAL (SELECT count(*) AS units, count(*) FILTER (WHERE x.state = 'active') AS active
                         FROM unit x WHERE x.tenant_id = b.tenant_id AND x.building_id = b.id) u ON true
           WHERE $1::text IS NULL OR strpos(lower(b.name || ' ' || b.area || ' ' || b.county), $1) > 0
           ORDER BY b.area, b.name, b.id LIMIT 1000"#,
        text,
    )
    .fetch_all(conn)
    .await
}

/// A unit with who lives there.
pub(super) struct UnitListRow {
    pub id: Uuid,
    pub label: String,
    pub state: String,
    pub occupant: Option<String>,
}

/// The units of a building: with the subscriber of a running service, else with the newest open lead.
pub(super) async fn units(conn: &mut Conn, building: BuildingId) -> Result<Vec<UnitListRow>, sqlx::Error> {
    sqlx::query_as!(
        UnitListRow,
        r#"SELECT u.id, u.label, u.state, coalesce(
             (SELECT x.full_name FROM service s
              JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
              JOIN subscriber x ON x.tenant_id = a.tenant_id AND x.id = a.subscriber_id
              WHERE s.tenant_id = u.tenant_id AND s.unit_id = u.id AND s.state <> 'disconnected'
              ORDER BY s.created_at DESC LIMIT 1),
             (SELECT l.full_name FROM lead l WHERE l.tenant_id = u.tenant_id AND l.unit_id = u.id
                AND l.status NOT IN ('converted', 'lost') ORDER BY l.created_at DESC LIMIT 1)) AS occupant
           FROM unit u WHERE u.building_id = $1 ORDER BY length(u.label), u.label, u.id"#,
        building.uuid(),
    )
    .fetch_all(conn)
    .await
}
