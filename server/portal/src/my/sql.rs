//! The statements of `/my`. The session's accounts are chosen by the policies; whatever has no policy of its own is reached
//! by way of a table that has one.

use crate::subscriber::number;
use model::AppError;
use model::account_number::AccountNumber;
use model::billing::locks::LockReason;
use model::billing::{PaymentAttemptId, PaymentId};
use model::crm::subscribers::ServiceState;
use model::crm::{AccountId, SubscriberId};
use model::msisdn::Msisdn;
use model::time::Date;
use platform::error::from_sql;
use platform::{Conn, Op};

/// The account that the pages show.
pub(super) struct Account {
    pub id: AccountId,
    pub number: AccountNumber,
    pub subscriber_id: SubscriberId,
    pub name: String,
    pub phone: Msisdn,
    pub billing_day: i16,
}

/// The first of the session's accounts.
pub(super) async fn account(op: &mut Op) -> Result<Account, AppError> {
    let row = sqlx::query!(
        "SELECT a.id, a.number, a.billing_day, s.id AS subscriber_id, s.full_name, s.msisdn
         FROM account a JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
         ORDER BY a.created_at, a.id LIMIT 1",
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    Ok(Account {
        id: row.id.into(),
        number: number(&row.number)?,
        subscriber_id: row.subscriber_id.into(),
        name: row.full_name,
        phone: Msisdn::parse(&row.msisdn).map_err(platform::internal)?,
        billing_day: row.billing_day,
    })
}

/// The numbers of all of the session's accounts.
pub(super) async fn accounts(op: &mut Op) -> Result<Vec<AccountNumber>, AppError> {
    let numbers = sqlx::query_scalar!("SELECT number FROM account ORDER BY created_at, id LIMIT 100")
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)?;
    numbers.iter().map(|text| number(text)).collect()
}

/// The service that the pages show: a running one before one that is not.
pub(super) struct Service {
    pub state: ServiceState,
    pub locks: Vec<LockReason>,
    pub plan: String,
    pub quota_bytes: Option<i64>,
    pub paid_until: Option<Date>,
    pub incident: Option<String>,
}

pub(super) async fn service(conn: &mut Conn, account: AccountId) -> Result<Option<Service>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT v.state, p.name AS plan, pv.quota_bytes,
             coalesce((SELECT array_agg(l.reason) FROM service_lock l
                       WHERE l.tenant_id = v.tenant_id AND l.service_id = v.id AND l.lifted_at IS NULL), '{}') AS "locks!: Vec<String>",
             (SELECT max(i.period_until) - 1 FROM invoice i
              WHERE i.tenant_id = v.tenant_id AND i.service_id = v.id AND i.status = 'paid') AS paid_until,
             (SELECT n.number FROM incident_service x JOIN incident n ON n.tenant_id = x.tenant_id AND n.id = x.incident_id
              WHERE x.tenant_id = v.tenant_id AND x.service_id = v.id AND n.state IN ('open', 'acknowledged')
              ORDER BY n.opened_at LIMIT 1) AS incident
           FROM service v
           JOIN plan_version pv ON pv.tenant_id = v.tenant_id AND pv.id = v.plan_version_id
           JOIN plan p ON p.tenant_id = v.tenant_id AND p.id = pv.plan_id
           WHERE v.account_id = $1
           ORDER BY array_position(ARRAY['active', 'installing', 'approved', 'pending', 'disconnected'], v.state), v.created_at
           LIMIT 1"#,
        account.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|row| {
        Some(Service {
            state: ServiceState::from_code(&row.state)?,
            locks: row.locks.iter().filter_map(|code| LockReason::from_code(code)).collect(),
            plan: row.plan,
            quota_bytes: row.quota_bytes,
            paid_until: row.paid_until,
            incident: row.incident,
        })
    }))
}

pub(super) async fn open_tickets(conn: &mut Conn, account: AccountId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM ticket WHERE account_id = $1 AND status IN ('open', 'in_progress', 'waiting')"#,
        account.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// The payment of a prompt, once there is one, and the number of its account.
pub(super) async fn payment_of(
    op: &mut Op,
    id: PaymentAttemptId,
) -> Result<(Option<PaymentId>, AccountNumber), AppError> {
    let row = sqlx::query!(
        "SELECT t.payment_id, a.number FROM payment_attempt t JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
         WHERE t.id = $1",
        id.uuid(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    Ok((row.payment_id.map(Into::into), number(&row.number)?))
}

pub(super) async fn payment_by_code(conn: &mut Conn, code: &str) -> Result<Option<PaymentId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM payment WHERE gateway_reference = $1 AND state = 'posted' AND account_id IS NOT NULL LIMIT 1",
        code,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(Into::into))
}
