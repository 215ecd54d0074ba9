//! The figures above the money screens. The one rule: money is counted by business day, speed by real day.

use crate::days;
use chrono::{Datelike, Days, TimeZone, Utc};
use model::billing::payments::percentile;
use model::billing::perm;
use model::{AppError, Money};
use platform::Tx;
use platform::error::from_sql;

pub use model::billing::payments::MoneyFigures;

/// What was collected today, this week (from Monday) and this month, what lies in suspense, and payment-to-online of
/// today. Only payments that brought a session back online are in the p95.
pub async fn figures(tx: &mut Tx<perm::PaymentRead>) -> Result<MoneyFigures, AppError> {
    let (now, today) = (tx.now(), tx.today());
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let first = today.with_day(1).unwrap_or(today);
    let (today, week, month) = (days::start_of(tx, today), days::start_of(tx, monday), days::start_of(tx, first));
    let sums = sqlx::query!(
        r#"SELECT coalesce(sum(amount_minor) FILTER (WHERE paid_at >= $1), 0)::bigint AS "today!",
             coalesce(sum(amount_minor) FILTER (WHERE paid_at >= $2), 0)::bigint AS "week!",
             coalesce(sum(amount_minor) FILTER (WHERE paid_at >= $3), 0)::bigint AS "month!"
           FROM payment WHERE state <> 'reversed' AND paid_at >= least($2, $3) AND paid_at <= $4"#,
        today,
        week,
        month,
        now,
    )
    .fetch_one(tx.conn())
    .await
    .map_err(from_sql)?;
    let strays = sqlx::query!(
        r#"SELECT count(*) AS "count!", coalesce(sum(amount_minor), 0)::bigint AS "sum!" FROM payment WHERE state = 'suspense'"#
    )
    .fetch_one(tx.conn())
    .await
    .map_err(from_sql)?;
    let real_today = Utc::now().with_timezone(&tx.zone()).date_naive();
    let real_midnight = tx.zone().from_local_datetime(&real_today.and_time(chrono::NaiveTime::MIN)).earliest();
    let speeds = sqlx::query!(
        r#"SELECT outcome AS "outcome!", (extract(epoch FROM online_at - callback_at) * 1000)::bigint AS ms
           FROM payment_timeline WHERE callback_at >= $1 AND outcome IN ('online', 'ready') ORDER BY 2"#,
        real_midnight.map_or_else(Utc::now, |at| at.to_utc()),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let online: Vec<i64> = speeds.iter().filter(|row| row.outcome == "online").filter_map(|row| row.ms).collect();
    let currency = catalog::plans::currency_in_op(tx).await?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(MoneyFigures {
        today: Money::new(sums.today, currency),
        week: Money::new(sums.week, currency),
        month: Money::new(sums.month, currency),
        strays: strays.count,
        strays_total: Money::new(strays.sum, currency),
        online_p95_ms: percentile(&online, 95),
        online: count(online.len()),
        ready: count(speeds.len() - online.len()),
    })
}
