//! The statements of the subscriber page that no other context has.

use model::account_number::AccountNumber;
use model::billing::locks::LockReason;
use model::crm::subscribers::{AccessKind, Badge, ServiceRow, ServiceState};
use model::crm::{AccountId, SubscriberId};
use model::time::{Date, Timestamp};
use model::{AppError, Currency, Money};
use platform::error::from_sql;
use platform::{Conn, Op};

/// The services of a subscriber with their plan, access and locks; price, user name and address by class.
pub(super) async fn services(
    op: &mut Op,
    id: SubscriberId,
    sees_money: bool,
    sees_network: bool,
    sees_contact: bool,
) -> Result<Vec<ServiceRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT v.id, v.state, v.place, v.area, v.created_at, v.state_at, p.name AS plan, pv.price_minor, pv.currency,
             x.kind AS "access?", x.username AS "username?",
             coalesce((SELECT array_agg(l.reason ORDER BY l.set_at, l.reason) FROM service_lock l
                       WHERE l.tenant_id = v.tenant_id AND l.service_id = v.id AND l.lifted_at IS NULL), '{}') AS "locks!: Vec<String>",
             (SELECT max(i.period_until) FROM invoice i
              WHERE i.tenant_id = v.tenant_id AND i.service_id = v.id AND i.status = 'paid') AS paid_until
           FROM service v
           JOIN account a ON a.tenant_id = v.tenant_id AND a.id = v.account_id
           JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
           JOIN plan p ON p.tenant_id = v.tenant_id AND p.id = pv.plan_id
           LEFT JOIN LATERAL (SELECT kind, username FROM access WHERE tenant_id = v.tenant_id AND service_id = v.id
                              ORDER BY created_at, id LIMIT 1) x ON true
           WHERE a.subscriber_id = $1 ORDER BY v.created_at, v.id LIMIT 100"#,
        id.uuid(),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let mut services = Vec::with_capacity(rows.len());
    for row in rows {
        let state =
            ServiceState::from_code(&row.state).ok_or_else(|| platform::internal("an unknown service state"))?;
        let locks: Vec<LockReason> = row.locks.iter().filter_map(|code| LockReason::from_code(code)).collect();
        let address = match (sees_contact, row.area.is_empty() || row.place.is_empty()) {
            // What people type as the place often begins with the area.
            (true, false) if row.place.contains(&row.area) => row.place,
            (true, false) => format!("{}, {}", row.area, row.place),
            (true, true) => format!("{}{}", row.area, row.place),
            (false, _) => row.area,
        };
        services.push(ServiceRow {
            id: row.id.into(),
            plan: row.plan,
            state,
            badge: Badge::of_service(state, !locks.is_empty()),
            locks,
            address,
            access: row.access.as_deref().filter(|_| sees_network).and_then(AccessKind::from_code),
            username: row.username.filter(|_| sees_network),
            price: sees_money.then(|| Money::new(row.price_minor, currency(&row.currency))),
            state_since: row.state_at.unwrap_or(row.created_at),
            // A period ends where the next begins, so its last moment is a second before.
            paid_until: row.paid_until.map(|day| crate::clock::start_of(op, day) - chrono::TimeDelta::seconds(1)),
        });
    }
    Ok(services)
}

/// What an account owes.
pub(crate) struct Balance {
    /// Negative means owed to us.
    pub balance: Money,
    /// What is open on issued invoices, less credit.
    pub due: Money,
    /// The earliest due day of it.
    pub due_on: Option<Date>,
}

/// The balance of an account and what of it is due or will be.
pub(crate) async fn balance(op: &mut Op, account: AccountId) -> Result<Balance, AppError> {
    let row = sqlx::query!(
        r#"SELECT a.currency, coalesce(b.balance_minor, 0) AS "owed!",
             coalesce((SELECT sum(i.total_minor - i.paid_minor) FROM invoice i
                       WHERE i.tenant_id = a.tenant_id AND i.account_id = a.id AND i.status = 'issued'), 0)::bigint AS "open!",
             (SELECT min(i.due_at) FROM invoice i WHERE i.tenant_id = a.tenant_id AND i.account_id = a.id
                AND i.status = 'issued' AND i.total_minor > i.paid_minor) AS due_at
           FROM account a LEFT JOIN account_balance b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
           WHERE a.id = $1"#,
        account.uuid(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let currency = currency(&row.currency);
    let due = Money::new(row.owed.min(row.open).max(0), currency);
    Ok(Balance {
        balance: Money::new(-row.owed, currency),
        due,
        due_on: row.due_at.filter(|_| due.minor > 0).map(|at| crate::clock::day_of(op, at)),
    })
}

/// The day and sum of the next bills of a subscriber's running services.
pub(super) async fn next_charge(
    conn: &mut Conn,
    id: SubscriberId,
    currency: Currency,
) -> Result<Option<(Date, Money)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT n.day AS "day!", sum(n.price_minor)::bigint AS "sum!" FROM (
             SELECT v.invoiced_until + 1 AS day, pv.price_minor FROM service v
             JOIN account a ON a.tenant_id = v.tenant_id AND a.id = v.account_id
             JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
             WHERE a.subscriber_id = $1 AND v.state = 'active' AND v.invoiced_until IS NOT NULL) n
           GROUP BY n.day ORDER BY n.day LIMIT 1"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.day, Money::new(row.sum, currency))))
}

/// One thing that happened, from whichever table knows it.
pub(super) struct Happened {
    pub at: Timestamp,
    pub kind: String,
    pub text: String,
    pub amount_minor: Option<i64>,
    pub currency: Option<String>,
    pub by: Option<String>,
    pub link: Option<String>,
}

/// What happened to an account, newest first: from each context's own table, so that nothing is told twice.
pub(super) async fn happened(conn: &mut Conn, account: AccountId, most: i64) -> Result<Vec<Happened>, sqlx::Error> {
    sqlx::query_as!(
        Happened,
        r#"SELECT h.at AS "at!", h.kind AS "kind!", h.text AS "text!", h.amount_minor, h.currency, h.by, h.link FROM (
             SELECT at, kind, coalesce(facts->>'text', facts->>'reason', facts->>'plan', facts->>'number', '') AS text,
               NULL::bigint AS amount_minor, NULL AS currency,
               CASE kind WHEN 'lead_received' THEN facts->>'by' ELSE actor_name END AS by, NULL AS link
             FROM timeline_entry WHERE account_id = $1
               AND kind IN ('lead_received', 'converted', 'approved', 'plan_changed', 'disconnected', 'note')
             UNION ALL
             SELECT issued_at, 'invoice', number, total_minor, currency, NULL, '/billing/invoices/' || id
             FROM invoice WHERE account_id = $1 AND issued_at IS NOT NULL
             UNION ALL
             SELECT p.paid_at, 'payment', p.gateway_reference || coalesce(' · ' ||
                 round(extract(epoch FROM t.online_at - t.callback_at)::numeric, 1) || ' s', ''),
               p.amount_minor, p.currency, p.taken_by, '/billing/payments/' || p.id
             FROM payment p LEFT JOIN payment_timeline t ON t.tenant_id = p.tenant_id AND t.payment_id = p.id
               AND t.outcome = 'online'
             WHERE p.account_id = $1 AND p.state = 'posted'
             UNION ALL
             SELECT set_at, 'lock_set', reason, NULL, NULL, set_by, NULL FROM service_lock WHERE account_id = $1
             UNION ALL
             SELECT lifted_at, 'lock_lifted', reason, NULL, NULL, lifted_by, NULL
             FROM service_lock WHERE account_id = $1 AND lifted_at IS NOT NULL
             UNION ALL
             SELECT e.at, 'work_order', w.number || ' · ' || e.status, NULL, NULL, e.actor_name, '/field/work-orders/' || w.id
             FROM work_order_event e JOIN work_order w ON w.tenant_id = e.tenant_id AND w.id = e.work_order_id
             WHERE e.account_id = $1
             UNION ALL
             SELECT opened_at, 'ticket', number || ' · ' || subject, NULL, NULL, NULL, '/support/tickets/' || id
             FROM ticket WHERE account_id = $1
             UNION ALL
             SELECT created_at, 'message', kind, NULL, NULL, NULL, NULL FROM message WHERE account_id = $1
             UNION ALL
             SELECT i.opened_at, 'incident', i.number || ' · ' || d.name, NULL, NULL, NULL, '/noc/incidents/' || i.id
             FROM incident_service x JOIN incident i ON i.tenant_id = x.tenant_id AND i.id = x.incident_id
             JOIN device d ON d.tenant_id = i.tenant_id AND d.id = i.device_id WHERE x.account_id = $1
             UNION ALL
             SELECT activated_at, 'activated', p.name, NULL, NULL, NULL, NULL
             FROM service v JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
             JOIN plan p ON p.tenant_id = pv.tenant_id AND p.id = pv.plan_id
             WHERE v.account_id = $1 AND activated_at IS NOT NULL
           ) h ORDER BY h.at DESC LIMIT $2"#,
        account.uuid(),
        most,
    )
    .fetch_all(conn)
    .await
}

/// A stored currency; one that we do not keep books in cannot have been stored.
pub(crate) fn currency(code: &str) -> Currency {
    Currency::from_code(code.trim()).unwrap_or_default()
}

/// A stored account number.
pub(crate) fn number(text: &str) -> Result<AccountNumber, AppError> {
    AccountNumber::parse(text).map_err(platform::internal)
}
