//! The program's rows, read past every policy. The one rule: nothing is written here, and a count that must be nought is
//! called by what it would mean.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// The ISP of the proof.
const ISP: &str = "(SELECT id FROM tenant WHERE code = 'kilele')";

/// A locked subscriber whose session is in the walled garden.
#[derive(Debug, Clone, FromRow)]
pub struct Debtor {
    pub tenant: Uuid,
    pub account: Uuid,
    pub number: String,
    pub service: Uuid,
    pub username: String,
    pub phone: String,
    pub due_minor: i64,
    /// Payments by M-Pesa in the demo's past.
    pub paid_before: i64,
}

impl Debtor {
    /// What the phone is asked for: whole shillings, rounded up.
    pub fn due_shillings(&self) -> i64 {
        (self.due_minor + 99) / 100
    }
}

/// Debtors with a session, by account number; each has a phone of their own.
pub async fn debtors(sql: &mut PgConnection) -> sqlx::Result<Vec<Debtor>> {
    let query = format!(
        "SELECT DISTINCT ON (p.msisdn) a.tenant_id AS tenant, a.id AS account, a.number, s.id AS service, r.username,
           p.msisdn AS phone, b.balance_minor AS due_minor,
           (SELECT count(*) FROM payment y WHERE y.account_id = a.id AND y.gateway = 'mpesa') AS paid_before
         FROM service_lock l
         JOIN service s ON s.id = l.service_id
         JOIN account a ON a.id = s.account_id
         JOIN account_balance b ON b.account_id = a.id
         JOIN subscriber p ON p.id = a.subscriber_id
         JOIN radius.account r ON r.service_id = s.id AND r.enabled AND r.locked
         JOIN radius.acct_open o ON o.tenant_id = r.tenant_id AND o.username = r.username
         WHERE a.tenant_id = {ISP} AND l.lifted_at IS NULL AND l.reason = 'overdue' AND b.balance_minor BETWEEN 100 AND 15000000
           AND (SELECT count(*) FROM service x WHERE x.account_id = a.id) = 1
         ORDER BY p.msisdn, a.number"
    );
    sqlx::query_as(AssertSqlSafe(query)).fetch_all(sql).await
}

/// One number.
pub async fn count(sql: &mut PgConnection, query: &str) -> sqlx::Result<i64> {
    let count: Option<i64> = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(sql).await?;
    Ok(count.unwrap_or_default())
}

/// How many sessions are open at the first ISP.
pub async fn sessions(sql: &mut PgConnection) -> sqlx::Result<i64> {
    count(sql, &format!("SELECT count(*) FROM radius.acct_open WHERE tenant_id = {ISP}")).await
}

/// How many may dial there.
pub async fn may_dial(sql: &mut PgConnection) -> sqlx::Result<i64> {
    count(sql, &format!("SELECT count(*) FROM radius.account WHERE tenant_id = {ISP} AND enabled")).await
}

/// Jobs that are due or run.
pub async fn waiting_jobs(sql: &mut PgConnection) -> sqlx::Result<i64> {
    count(sql, "SELECT count(*) FROM job WHERE state = 'running' OR (state = 'ready' AND run_at <= now())").await
}

/// How many payments of a debtor were booked since the proof began.
pub async fn payments_of(sql: &mut PgConnection, debtor: &Debtor) -> sqlx::Result<i64> {
    let query = "SELECT count(*) FROM payment WHERE account_id = $1 AND state = 'posted' AND gateway = 'mpesa'";
    let booked: i64 = sqlx::query_scalar(query).bind(debtor.account).fetch_one(sql).await?;
    Ok(booked - debtor.paid_before)
}

/// How the network answered the payments of the proof, by outcome and method.
pub async fn answers(sql: &mut PgConnection) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "SELECT coalesce(t.method, t.outcome, 'none'), count(*) FROM payment p
         JOIN payment_attempt a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
         LEFT JOIN payment_timeline t ON t.tenant_id = p.tenant_id AND t.payment_id = p.id GROUP BY 1",
    )
    .fetch_all(sql)
    .await
}

/// Whether money with this receipt is booked once, to this account, with this amount.
pub async fn is_booked_once(sql: &mut PgConnection, receipt: &str, number: &str, shillings: i64) -> sqlx::Result<bool> {
    let rows: Vec<(Option<String>, i64, String, i64)> = sqlx::query_as(
        "SELECT a.number, p.amount_minor, p.state,
           (SELECT count(*) FROM journal j WHERE j.tenant_id = p.tenant_id AND j.reference = p.number)
         FROM payment p LEFT JOIN account a ON a.id = p.account_id WHERE p.gateway = 'mpesa' AND p.gateway_reference = $1",
    )
    .bind(receipt)
    .fetch_all(sql)
    .await?;
    Ok(
        matches!(&rows[..], [(Some(to), minor, state, 1..)] if to == number && *minor == shillings * 100 && state == "posted"),
    )
}

/// What must be nought whatever was killed, by what it would mean.
const NOUGHTS: &[(&str, &str)] = &[
    (
        "receipts_not_posted_once",
        "SELECT count(*) FROM payment p WHERE 1 <> (SELECT count(*) FROM journal j WHERE j.tenant_id = p.tenant_id
           AND j.reference = p.number AND j.kind IN ('payment_received', 'payment_to_suspense'))",
    ),
    (
        "journals_out_of_balance",
        "SELECT count(*) FROM (SELECT FROM posting GROUP BY tenant_id, journal_id, currency HAVING sum(amount_minor) <> 0) x",
    ),
    ("ledger_sum_minor", "SELECT coalesce(abs(sum(amount_minor)), 0)::bigint FROM posting"),
    (
        "balances_that_differ_from_postings",
        "SELECT count(*) FROM account_balance b LEFT JOIN (SELECT account_id, sum(amount_minor) AS total FROM posting
           WHERE ledger_code = 'receivable' GROUP BY account_id) p ON p.account_id = b.account_id
         WHERE b.balance_minor <> coalesce(p.total, 0)",
    ),
    ("money_in_suspense", "SELECT count(*) FROM payment WHERE state = 'suspense'"),
    ("reports_not_worked_on", "SELECT count(*) FROM payment_callback WHERE processed_at IS NULL AND kind <> 'unreadable'"),
    ("jobs_given_up", "SELECT count(*) FROM job WHERE state = 'dead'"),
    (
        "jobs_stuck",
        "SELECT count(*) FROM job WHERE state = 'running' OR (state = 'ready' AND run_at < now() - interval '10 seconds')",
    ),
    (
        "logins_whose_lock_differs_from_the_books",
        "SELECT count(*) FROM radius.account r WHERE r.locked <> EXISTS (
           SELECT FROM service_lock l WHERE l.tenant_id = r.tenant_id AND l.service_id = r.service_id AND l.lifted_at IS NULL)",
    ),
    (
        "periods_invoiced_twice",
        "SELECT count(*) FROM (SELECT FROM invoice WHERE status <> 'void' AND service_id IS NOT NULL
           GROUP BY tenant_id, service_id, period_from HAVING count(*) > 1) x",
    ),
    (
        "periods_left_out",
        "SELECT count(*) FROM (SELECT period_from, lag(period_until) OVER (PARTITION BY tenant_id, service_id ORDER BY period_from)
           AS before FROM invoice WHERE status <> 'void' AND service_id IS NOT NULL AND period_from IS NOT NULL) x
         WHERE before IS NOT NULL AND period_from NOT IN (before, before + 1)",
    ),
    (
        "business_days_left_out",
        "SELECT count(*) FROM (SELECT max(tick) - min(tick) + 1 - count(*) AS missing FROM cron_tick GROUP BY tenant_id, name) x
         WHERE missing <> 0",
    ),
    ("billing_runs_left_open", "SELECT count(*) FROM billing_run WHERE state = 'running'"),
    (
        "users_with_two_sessions",
        "SELECT count(*) FROM (SELECT FROM radius.acct_open GROUP BY tenant_id, username HAVING count(*) > 1) x",
    ),
];

/// Every count that is not nought.
pub async fn faults(sql: &mut PgConnection) -> sqlx::Result<Vec<(&'static str, i64)>> {
    let mut faults = Vec::new();
    for (meaning, query) in NOUGHTS {
        let found = count(sql, query).await?;
        if found != 0 {
            faults.push((*meaning, found));
        }
    }
    Ok(faults)
}
