//! The statements that read leads. Lists choose ids first; one statement then reads the rows of any list.

use super::read::Filter;
use crate::cursor::Place;
use chrono::{DateTime, NaiveDate, Utc};
use model::crm::LeadId;
use model::crm::leads::LeadStatus;
use platform::Conn;
use uuid::Uuid;

/// A lead with the names of what it points to.
pub(super) struct Row {
    pub id: Uuid,
    pub status: String,
    pub full_name: String,
    pub msisdn: String,
    pub email: Option<String>,
    pub building_id: Option<Uuid>,
    pub building: Option<String>,
    pub area: Option<String>,
    pub coverage: Option<String>,
    pub unit_id: Option<Uuid>,
    pub unit: Option<String>,
    pub place: String,
    pub plan_id: Option<Uuid>,
    pub plan: Option<String>,
    pub price_minor: Option<i64>,
    pub currency: Option<String>,
    pub source: String,
    pub partner_id: Option<Uuid>,
    pub partner: Option<String>,
    pub owner: Option<String>,
    pub lost_reason: Option<String>,
    pub note: String,
    pub message: Option<String>,
    pub subscriber_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub moved_at: DateTime<Utc>,
}

/// The leads with these ids, in the order of the ids. Prices are those of `day`.
pub(super) async fn by_ids(conn: &mut Conn, ids: &[Uuid], day: NaiveDate) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT l.id, l.status, l.full_name, l.msisdn, l.email, l.building_id, b.name AS "building?", b.area AS "area?",
             b.coverage AS "coverage?", l.unit_id, u.label AS "unit?", l.place, l.plan_id, p.name AS "plan?",
             v.price_minor AS "price_minor?", v.currency AS "currency?", l.source, l.partner_id, r.name AS "partner?",
             o.full_name AS "owner?", l.lost_reason, l.note, l.message, l.subscriber_id, l.created_at, l.moved_at
           FROM lead l
           LEFT JOIN building b ON b.tenant_id = l.tenant_id AND b.id = l.building_id
           LEFT JOIN unit u ON u.tenant_id = l.tenant_id AND u.id = l.unit_id
           LEFT JOIN plan p ON p.tenant_id = l.tenant_id AND p.id = l.plan_id
           LEFT JOIN LATERAL (SELECT price_minor, currency FROM plan_version x
                              WHERE x.tenant_id = l.tenant_id AND x.plan_id = l.plan_id AND x.valid_from <= $2
                              ORDER BY x.valid_from DESC LIMIT 1) v ON true
           LEFT JOIN referral_partner r ON r.tenant_id = l.tenant_id AND r.id = l.partner_id
           LEFT JOIN login o ON o.tenant_id = l.tenant_id AND o.id = l.assigned_to
           WHERE l.id = ANY ($1) ORDER BY array_position($1, l.id)"#,
        ids,
        day,
    )
    .fetch_all(conn)
    .await
}

/// The first cards of each open column, column by column.
pub(super) async fn board_ids(conn: &mut Conn, filter: &Filter, cards_max: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    let (text, digits) = filter.search();
    sqlx::query_scalar!(
        "SELECT id FROM (
           SELECT l.id, l.status, l.position, row_number() OVER (PARTITION BY l.status ORDER BY l.position, l.id) AS place
           FROM lead l LEFT JOIN building b ON b.tenant_id = l.tenant_id AND b.id = l.building_id
           WHERE l.status IN ('new', 'contacted', 'qualified', 'quoted')
             AND ($1::text IS NULL OR strpos(lower(l.full_name || ' ' || l.place || ' ' || l.number || ' ' || coalesce(b.name, '')), $1) > 0
                  OR strpos(l.msisdn, $2) > 0)
             AND ($3::text IS NULL OR l.source = $3) AND ($4::uuid IS NULL OR l.partner_id = $4)
             AND ($5::uuid IS NULL OR l.assigned_to IS NULL OR l.assigned_to = $5)
         ) c WHERE place <= $6 ORDER BY status, position, id",
        text,
        digits,
        filter.source.map(|source| source.code()),
        filter.partner.map(Uuid::from),
        filter.owner,
        cards_max,
    )
    .fetch_all(conn)
    .await
}

/// The size of a column: how many leads, and what their plans bring in a month on `day`.
pub(super) struct Sum {
    pub status: String,
    pub leads: i64,
    pub monthly_minor: i64,
}

pub(super) async fn column_sums(conn: &mut Conn, filter: &Filter, day: NaiveDate) -> Result<Vec<Sum>, sqlx::Error> {
    let (text, digits) = filter.search();
    sqlx::query_as!(
        Sum,
        r#"SELECT l.status, count(*) AS "leads!", coalesce(sum(v.price_minor), 0)::bigint AS "monthly_minor!"
           FROM lead l LEFT JOIN building b ON b.tenant_id = l.tenant_id AND b.id = l.building_id
           LEFT JOIN LATERAL (SELECT price_minor FROM plan_version x
                              WHERE x.tenant_id = l.tenant_id AND x.plan_id = l.plan_id AND x.valid_from <= $6
                              ORDER BY x.valid_from DESC LIMIT 1) v ON true
           WHERE ($1::text IS NULL OR strpos(lower(l.full_name || ' ' || l.place || ' ' || l.number || ' ' || coalesce(b.name, '')), $1) > 0
                  OR strpos(l.msisdn, $2) > 0)
             AND ($3::text IS NULL OR l.source = $3) AND ($4::uuid IS NULL OR l.partner_id = $4)
             AND ($5::uuid IS NULL OR l.assigned_to IS NULL OR l.assigned_to = $5)
           GROUP BY l.status"#,
        text,
        digits,
        filter.source.map(|source| source.code()),
        filter.partner.map(Uuid::from),
        filter.owner,
        day,
    )
    .fetch_all(conn)
    .await
}

/// A page of leads, nearest to the place first, with the time that orders them.
pub(super) async fn list_ids(
    conn: &mut Conn,
    filter: &Filter,
    status: Option<LeadStatus>,
    place: &Place,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, Uuid)>, sqlx::Error> {
    let (text, digits) = filter.search();
    let rows = sqlx::query!(
        "SELECT l.id, l.created_at
         FROM lead l LEFT JOIN building b ON b.tenant_id = l.tenant_id AND b.id = l.building_id
         WHERE ($1::text IS NULL OR strpos(lower(l.full_name || ' ' || l.place || ' ' || l.number || ' ' || coalesce(b.name, '')), $1) > 0
                OR strpos(l.msisdn, $2) > 0)
           AND ($3::text IS NULL OR l.source = $3) AND ($4::uuid IS NULL OR l.partner_id = $4)
           AND ($5::uuid IS NULL OR l.assigned_to IS NULL OR l.assigned_to = $5)
           AND ($6::text IS NULL OR l.status = $6)
           AND ($7::timestamptz IS NULL
                OR CASE WHEN $9 THEN (l.created_at, l.id) > ($7, $8::uuid) ELSE (l.created_at, l.id) < ($7, $8::uuid) END)
         ORDER BY CASE WHEN $9 THEN l.created_at END, CASE WHEN $9 THEN l.id END, l.created_at DESC, l.id DESC
         LIMIT $10",
        text,
        digits,
        filter.source.map(|source| source.code()),
        filter.partner.map(Uuid::from),
        filter.owner,
        status.map(LeadStatus::code),
        place.at,
        place.id,
        place.is_before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.created_at, row.id)).collect())
}

/// What a month brought: leads that came, and leads that were converted, since its first moment.
pub(super) async fn month(conn: &mut Conn, since: DateTime<Utc>) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE created_at >= $1) AS "created!",
             count(*) FILTER (WHERE status = 'converted' AND moved_at >= $1) AS "converted!"
           FROM lead WHERE created_at >= $1 OR moved_at >= $1"#,
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.created, row.converted))
}

/// A line of a lead's history.
pub(super) struct ActivityRow {
    pub at: DateTime<Utc>,
    pub kind: String,
    pub detail: String,
    pub actor_name: String,
}

/// The newest lines of a lead's history, newest first.
pub(super) async fn activities(conn: &mut Conn, id: LeadId, limit: i64) -> Result<Vec<ActivityRow>, sqlx::Error> {
    sqlx::query_as!(
        ActivityRow,
        "SELECT at, kind, detail, actor_name FROM lead_activity WHERE lead_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
        id.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// How many subscribers have the phone of this lead.
pub(super) async fn subscribers_with_phone_of(conn: &mut Conn, id: LeadId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM subscriber s JOIN lead l ON l.tenant_id = s.tenant_id AND l.msisdn = s.msisdn
           WHERE l.id = $1"#,
        id.uuid(),
    )
    .fetch_one(conn)
    .await
}
