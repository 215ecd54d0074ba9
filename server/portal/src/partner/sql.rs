//! The statements of the reseller's portal.

use crate::subscriber::number;
use model::crm::subscribers::Badge;
use model::portal::dashboard::PartnerRow;
use model::time::{Date, Timestamp};
use model::{AppError, Currency, Money};
use platform::Conn;
use platform::error::from_sql;
use uuid::Uuid;

pub(super) async fn name(conn: &mut Conn, reseller: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("SELECT name FROM reseller WHERE id = $1", reseller).fetch_optional(conn).await
}

/// What was earned and not taken back or paid out, from the commissions of the reseller. Those of resellers below are
/// theirs.
pub(super) async fn wallet(conn: &mut Conn, reseller: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(sum(amount_minor), 0)::bigint AS "sum!" FROM commission WHERE reseller_id = $1 AND clawed_back_at IS NULL"#,
        reseller,
    )
    .fetch_one(conn)
    .await
}

pub(super) async fn earned_since(conn: &mut Conn, reseller: Uuid, since: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(sum(amount_minor), 0)::bigint AS "sum!" FROM commission
           WHERE reseller_id = $1 AND clawed_back_at IS NULL AND earned_at >= $2"#,
        reseller,
        since,
    )
    .fetch_one(conn)
    .await
}

pub(super) async fn commission_by_month(
    conn: &mut Conn,
    reseller: Uuid,
    zone: &str,
    since: Timestamp,
) -> Result<Vec<(Date, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT date_trunc('month', earned_at AT TIME ZONE $2)::date AS "month!", sum(amount_minor)::bigint AS "sum!"
           FROM commission WHERE reseller_id = $1 AND clawed_back_at IS NULL AND earned_at >= $3 GROUP BY 1 ORDER BY 1"#,
        reseller,
        zone,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.month, row.sum)).collect())
}

/// A row with what the cards count by.
pub(super) struct Line {
    pub row: PartnerRow,
    pub created_at: Timestamp,
    pub is_unpaid: bool,
}

/// The subscribers of the subtree: those who are off or end soon first.
pub(super) async fn subscribers(
    conn: &mut Conn,
    reseller: Uuid,
    month: Timestamp,
    currency: Currency,
) -> Result<Vec<Line>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT s.full_name, a.number, a.created_at, r.name AS reseller, p.name AS "plan?", coalesce(v.area, '') AS "area!",
             b.badge AS "badge!",
             EXISTS (SELECT FROM radius.acct_open o WHERE o.tenant_id = v.tenant_id AND o.service_id = v.id) AS "is_online!",
             EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = v.tenant_id AND l.service_id = v.id
                     AND l.lifted_at IS NULL AND l.reason IN ('overdue', 'prepaid')) AS "is_unpaid!",
             (SELECT max(i.period_until) - 1 FROM invoice i
              WHERE i.tenant_id = v.tenant_id AND i.service_id = v.id AND i.status = 'paid') AS paid_until,
             (SELECT coalesce(sum(c.amount_minor), 0)::bigint FROM commission c WHERE c.tenant_id = a.tenant_id
                AND c.account_id = a.id AND c.reseller_id = $1 AND c.clawed_back_at IS NULL AND c.earned_at >= $2) AS "earned!"
           FROM account a
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           JOIN reseller r ON r.tenant_id = a.tenant_id AND r.id = a.reseller_id
           JOIN subscriber_badge b ON b.tenant_id = s.tenant_id AND b.subscriber_id = s.id
           LEFT JOIN LATERAL (SELECT * FROM service v WHERE v.tenant_id = a.tenant_id AND v.account_id = a.id
                              ORDER BY v.created_at, v.id LIMIT 1) v ON true
           LEFT JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
           LEFT JOIN plan p ON p.tenant_id = pv.tenant_id AND p.id = pv.plan_id
           ORDER BY 9 DESC, 10 NULLS FIRST, s.full_name LIMIT 500"#,
        reseller,
        month,
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            Ok(Line {
                created_at: row.created_at,
                is_unpaid: row.is_unpaid,
                row: PartnerRow {
                    name: row.full_name,
                    account_number: number(&row.number)?,
                    area: row.area,
                    plan: row.plan,
                    badge: Badge::from_code(&row.badge).ok_or_else(|| platform::internal("an unknown badge"))?,
                    // A session in the walled garden reaches the payment page and nothing else.
                    is_online: row.is_online && !row.is_unpaid,
                    paid_until: row.paid_until,
                    reseller: row.reseller,
                    earned: Some(Money::new(row.earned, currency)),
                },
            })
        })
        .collect()
}

pub(super) async fn leads_waiting(conn: &mut Conn) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM lead WHERE status NOT IN ('converted', 'lost')"#)
        .fetch_one(conn)
        .await
}
