//! The statements of the dashboard. What is empty gives no entry.

use crate::subscriber::currency;
use billing::dunning::NextCutOff;
use model::portal::dashboard::{Attention, AttentionKind, OnlineCount, SiteMoney};
use model::time::{Date, Timestamp};
use model::{Currency, Money};
use platform::Conn;

struct Waiting {
    count: i64,
    since: Option<Timestamp>,
}

fn entry(kind: AttentionKind, row: Waiting, link: &str) -> Option<Attention> {
    (row.count > 0).then(|| Attention {
        kind,
        count: row.count,
        about: None,
        amount: None,
        since: row.since,
        link: link.to_owned(),
    })
}

/// Each open incident is its own entry, the one with the most subscribers first.
pub(super) async fn incidents(conn: &mut Conn) -> Result<Vec<Attention>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT i.id, i.opened_at, d.name,
             (SELECT count(*) FROM incident_service x WHERE x.tenant_id = i.tenant_id AND x.incident_id = i.id) AS "affected!"
           FROM incident i JOIN device d ON d.tenant_id = i.tenant_id AND d.id = i.device_id
           WHERE i.state IN ('open', 'acknowledged') ORDER BY 4 DESC, i.opened_at LIMIT 5"#,
    )
    .fetch_all(conn)
    .await?;
    let shown = rows.into_iter().map(|row| Attention {
        kind: AttentionKind::Incident,
        count: row.affected,
        about: Some(row.name),
        amount: None,
        since: Some(row.opened_at),
        link: format!("/noc/incidents/{}", row.id),
    });
    Ok(shown.collect())
}

pub(super) async fn strays(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "count!", coalesce(sum(amount_minor), 0)::bigint AS "sum!", min(paid_at) AS since,
             coalesce(min(currency), 'KES') AS "currency!"
           FROM payment WHERE state = 'suspense'"#,
    )
    .fetch_one(conn)
    .await?;
    let amount = Money::new(row.sum, currency(&row.currency));
    Ok(entry(AttentionKind::StrayPayments, Waiting { count: row.count, since: row.since }, "/billing/strays")
        .map(|item| Attention { amount: Some(amount), ..item }))
}

pub(super) async fn failed_activations(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", min(started_at) AS since FROM activation WHERE state = 'failed'"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::FailedActivation, row, "/network/activations"))
}

pub(super) async fn failed_jobs(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", min(created_at) AS since FROM job WHERE state = 'dead'"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::FailedJobs, row, "/admin/jobs?tab=dead"))
}

pub(super) async fn late_tickets(conn: &mut Conn, now: Timestamp) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", min(answer_due_at) AS since FROM ticket
           WHERE status IN ('open', 'in_progress') AND answered_at IS NULL AND answer_due_at < $1"#,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::LateTickets, row, "/support/tickets"))
}

/// Services whose money lock comes at the coming midnight.
pub(super) async fn cut_offs(
    conn: &mut Conn,
    next: NextCutOff,
    sees_money: bool,
) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "count!", coalesce(sum(i.total_minor - i.paid_minor), 0)::bigint AS "left!",
             coalesce(min(i.currency), 'KES') AS "currency!"
           FROM invoice i
           JOIN service s ON s.tenant_id = i.tenant_id AND s.id = i.service_id
           JOIN account_balance b ON b.tenant_id = i.tenant_id AND b.account_id = i.account_id
           WHERE i.status = 'issued' AND i.due_at < $1 AND b.balance_minor > 0 AND s.state = 'active'
             AND NOT EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = i.tenant_id AND l.service_id = i.service_id
                             AND l.reason = 'overdue' AND (l.lifted_at IS NULL OR l.cause = i.number
                               OR l.lifted_at > i.due_at + make_interval(hours => $2)))"#,
        next.due_before,
        i32::from(next.grace_hours),
    )
    .fetch_one(conn)
    .await?;
    let amount = sees_money.then(|| Money::new(row.left, currency(&row.currency)));
    Ok(entry(AttentionKind::CutOffs, Waiting { count: row.count, since: None }, "/billing/locks")
        .map(|item| Attention { amount, ..item }))
}

/// Invoices whose day has passed.
pub(super) async fn overdue(
    conn: &mut Conn,
    now: Timestamp,
    sees_money: bool,
) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "count!", coalesce(sum(total_minor - paid_minor), 0)::bigint AS "left!", min(due_at) AS since,
             coalesce(min(currency), 'KES') AS "currency!"
           FROM invoice WHERE status = 'issued' AND due_at < $1"#,
        now,
    )
    .fetch_one(conn)
    .await?;
    let amount = sees_money.then(|| Money::new(row.left, currency(&row.currency)));
    let waiting = Waiting { count: row.count, since: row.since };
    Ok(entry(AttentionKind::Overdue, waiting, "/billing/invoices?tab=overdue").map(|item| Attention { amount, ..item }))
}

/// Running services that a lock keeps off.
pub(super) async fn suspended(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(DISTINCT l.service_id) AS "count!", min(l.set_at) AS since
           FROM service_lock l JOIN service s ON s.tenant_id = l.tenant_id AND s.id = l.service_id
           WHERE l.lifted_at IS NULL AND s.state = 'active'"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::Suspended, row, "/billing/locks"))
}

pub(super) async fn approvals(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", min(created_at) AS since FROM service WHERE state = 'pending'"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::Approvals, row, "/noc/approvals"))
}

pub(super) async fn new_leads(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", min(created_at) AS since FROM lead WHERE status = 'new'"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::NewLeads, row, "/sales/leads"))
}

pub(super) async fn unplanned_work(conn: &mut Conn) -> Result<Option<Attention>, sqlx::Error> {
    let row = sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", min(created_at) AS since FROM work_order WHERE status = 'pending'"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(entry(AttentionKind::UnplannedWork, row, "/field/work-orders"))
}

/// Running services, those of them with a session, and those that are locked.
pub(super) async fn online(conn: &mut Conn) -> Result<OnlineCount, sqlx::Error> {
    sqlx::query_as!(
        OnlineCount,
        r#"SELECT count(*) AS "active!",
             count(*) FILTER (WHERE EXISTS (SELECT FROM radius.acct_open o WHERE o.tenant_id = v.tenant_id AND o.service_id = v.id)
                                AND NOT EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = v.tenant_id AND l.service_id = v.id
                                                AND l.lifted_at IS NULL)) AS "online!",
             count(*) FILTER (WHERE EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = v.tenant_id AND l.service_id = v.id
                                            AND l.lifted_at IS NULL)) AS "suspended!"
           FROM service v WHERE v.state = 'active'"#,
    )
    .fetch_one(conn)
    .await
}

pub(super) struct PaymentTime {
    pub outcome: Option<String>,
    pub ms: Option<i64>,
}

/// The payments that lifted a lock since a moment, the quickest first.
pub(super) async fn payment_times(conn: &mut Conn, since: Timestamp) -> Result<Vec<PaymentTime>, sqlx::Error> {
    sqlx::query_as!(
        PaymentTime,
        r#"SELECT outcome, CASE WHEN outcome = 'online' THEN (extract(epoch FROM online_at - callback_at) * 1000)::bigint END AS ms
           FROM payment_timeline WHERE callback_at >= $1 AND outcome IS DISTINCT FROM 'was_on' ORDER BY 2 NULLS LAST"#,
        since,
    )
    .fetch_all(conn)
    .await
}

/// The moments at which the periods of the cards begin.
pub(super) struct Starts {
    pub today: Timestamp,
    pub week: Timestamp,
    pub month: Timestamp,
    pub month_before: Timestamp,
    pub now: Timestamp,
    pub a_month_ago: Timestamp,
}

pub(super) struct Growth {
    pub mrr_now: i64,
    pub mrr_before: i64,
    pub active_now: i64,
    pub active_before: i64,
    pub new_now: i64,
    pub new_before: i64,
    pub lost_now: i64,
    pub lost_before: i64,
}

/// Services and what they bring in a month, now and thirty days ago; new and lost ones of this month and the last.
pub(super) async fn growth(conn: &mut Conn, starts: &Starts) -> Result<Growth, sqlx::Error> {
    sqlx::query_as!(
        Growth,
        r#"SELECT
             coalesce(sum(n.monthly) FILTER (WHERE n.is_active), 0)::bigint AS "mrr_now!",
             coalesce(sum(n.monthly) FILTER (WHERE n.was_active), 0)::bigint AS "mrr_before!",
             count(*) FILTER (WHERE n.is_active) AS "active_now!",
             count(*) FILTER (WHERE n.was_active) AS "active_before!",
             count(*) FILTER (WHERE n.activated_at >= $2) AS "new_now!",
             count(*) FILTER (WHERE n.activated_at >= $3 AND n.activated_at < $2) AS "new_before!",
             count(*) FILTER (WHERE n.lost_at >= $2) AS "lost_now!",
             count(*) FILTER (WHERE n.lost_at >= $3 AND n.lost_at < $2) AS "lost_before!"
           FROM (
             SELECT v.activated_at, v.state = 'active' AS is_active,
               CASE WHEN v.state = 'disconnected' AND v.activated_at IS NOT NULL THEN v.state_at END AS lost_at,
               v.activated_at <= $1 AND (v.state = 'active' OR (v.state = 'disconnected' AND v.state_at > $1)) AS was_active,
               CASE p.period_unit WHEN 'month' THEN pv.price_minor / p.period_count
                 WHEN 'week' THEN pv.price_minor * 52 / 12 / p.period_count
                 WHEN 'day' THEN pv.price_minor * 365 / 12 / p.period_count
                 ELSE pv.price_minor * 730 / p.period_count END AS monthly
             FROM service v
             JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
             JOIN plan p ON p.tenant_id = pv.tenant_id AND p.id = pv.plan_id AND p.kind <> 'one_time') n"#,
        starts.a_month_ago,
        starts.month,
        starts.month_before,
    )
    .fetch_one(conn)
    .await
}

pub(super) struct Collected {
    pub today: i64,
    pub week: i64,
    pub month: i64,
    pub due_24_h: i64,
    pub strays: i64,
    pub strays_total: i64,
}

/// What came in, what falls due within a day, and what belongs to nobody yet.
pub(super) async fn collected(conn: &mut Conn, starts: &Starts) -> Result<Collected, sqlx::Error> {
    sqlx::query_as!(
        Collected,
        r#"SELECT m.today AS "today!", m.week AS "week!", m.month AS "month!", m.strays AS "strays!",
             m.strays_total AS "strays_total!",
             (SELECT coalesce(sum(total_minor - paid_minor), 0)::bigint FROM invoice
              WHERE status = 'issued' AND due_at BETWEEN $4 AND $4 + interval '24 hours') AS "due_24_h!"
           FROM (SELECT
               coalesce(sum(amount_minor) FILTER (WHERE state <> 'reversed' AND paid_at >= $1 AND paid_at <= $4), 0)::bigint AS today,
               coalesce(sum(amount_minor) FILTER (WHERE state <> 'reversed' AND paid_at >= $2 AND paid_at <= $4), 0)::bigint AS week,
               coalesce(sum(amount_minor) FILTER (WHERE state <> 'reversed' AND paid_at >= $3 AND paid_at <= $4), 0)::bigint AS month,
               count(*) FILTER (WHERE state = 'suspense') AS strays,
               coalesce(sum(amount_minor) FILTER (WHERE state = 'suspense'), 0)::bigint AS strays_total
             FROM payment WHERE paid_at >= least($2, $3) OR state = 'suspense') m"#,
        starts.today,
        starts.week,
        starts.month,
        starts.now,
    )
    .fetch_one(conn)
    .await
}

/// What is open on issued invoices, by due day in the tenant's zone.
pub(super) async fn open_by_day(conn: &mut Conn, zone: &str) -> Result<Vec<(i64, Date)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT sum(total_minor - paid_minor)::bigint AS "left!", (due_at AT TIME ZONE $1)::date AS "due_on!"
           FROM invoice WHERE status = 'issued' GROUP BY 2"#,
        zone,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.left, row.due_on)).collect())
}

/// What came in by month, the oldest first.
pub(super) async fn income_by_month(
    conn: &mut Conn,
    zone: &str,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(Date, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT date_trunc('month', paid_at AT TIME ZONE $1)::date AS "month!", sum(amount_minor)::bigint AS "sum!"
           FROM payment WHERE state <> 'reversed' AND paid_at >= $2 AND paid_at <= $3 GROUP BY 1 ORDER BY 1"#,
        zone,
        since,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.month, row.sum)).collect())
}

/// Running services and this month's income by the site that serves their building.
pub(super) async fn sites(
    conn: &mut Conn,
    since: Timestamp,
    currency: Currency,
) -> Result<Vec<SiteMoney>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT t.name AS "site!", count(DISTINCT v.id) FILTER (WHERE v.state = 'active') AS "active!",
             coalesce(sum(m.income), 0)::bigint AS "income!"
           FROM site t
           JOIN building b ON b.tenant_id = t.tenant_id AND b.site_id = t.id
           JOIN service v ON v.tenant_id = b.tenant_id AND v.building_id = b.id
           LEFT JOIN LATERAL (SELECT sum(l.amount_minor) AS income FROM payment_allocation l
                JOIN invoice i ON i.tenant_id = l.tenant_id AND i.id = l.invoice_id
                JOIN payment p ON p.tenant_id = l.tenant_id AND p.id = l.payment_id
                WHERE i.tenant_id = v.tenant_id AND i.service_id = v.id AND p.paid_at >= $1) m ON true
           GROUP BY t.name ORDER BY 3 DESC, 1 LIMIT 20"#,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SiteMoney { site: row.site, active: row.active, income: Money::new(row.income, currency) })
        .collect())
}
