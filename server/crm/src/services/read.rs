//! Reading services: for contexts to the right, for the approval queue, and the access secrets for RADIUS.

use super::secret_place;
use crate::subscribers::Sees;
use crate::words::stored;
use model::account_number::AccountNumber;
use model::catalog::PlanVersionId;
use model::crm::subscribers::{AccessKind, Badge, ServiceRow, ServiceState};
use model::crm::{AccessId, AccountId, BuildingId, ServiceId, SubscriberId, UnitId, perm};
use model::msisdn::Msisdn;
use model::time::{Date, Timestamp};
use model::{AppError, Currency, Money};
use platform::error::from_sql;
use platform::{Op, Tx, tenants};

/// A service as the contexts to the right need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub id: ServiceId,
    pub account_id: AccountId,
    pub subscriber_id: SubscriberId,
    pub plan_version_id: PlanVersionId,
    pub state: ServiceState,
    pub building_id: Option<BuildingId>,
    pub unit_id: Option<UnitId>,
    pub place: String,
    pub county: String,
    pub area: String,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    pub activated_at: Option<Timestamp>,
    /// The last day that has been invoiced.
    pub invoiced_until: Option<Date>,
    pub created_at: Timestamp,
}

/// One service.
///
/// # Errors
/// `NotFound`, also for a service of somebody else.
pub async fn get_in_op(op: &mut Op, id: ServiceId) -> Result<Service, AppError> {
    read(op, Some(id), None).await?.pop().ok_or(AppError::NotFound)
}

/// The services of an account, the oldest first.
pub async fn of_account_in_op(op: &mut Op, account: AccountId) -> Result<Vec<Service>, AppError> {
    read(op, None, Some(account)).await
}

async fn read(op: &mut Op, id: Option<ServiceId>, account: Option<AccountId>) -> Result<Vec<Service>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, s.account_id, a.subscriber_id, s.plan_version_id, s.state, s.building_id, s.unit_id, s.place, s.county,
           s.area, s.latitude, s.longitude, s.activated_at, s.invoiced_until, s.created_at
         FROM service s JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
         WHERE ($1::uuid IS NULL OR s.id = $1) AND ($2::uuid IS NULL OR s.account_id = $2)
         ORDER BY s.created_at, s.id",
        id.map(uuid::Uuid::from),
        account.map(uuid::Uuid::from),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let services = rows.into_iter().map(|row| {
        Ok(Service {
            id: row.id.into(),
            account_id: row.account_id.into(),
            subscriber_id: row.subscriber_id.into(),
            plan_version_id: row.plan_version_id.into(),
            state: stored(&row.state, ServiceState::from_code)?,
            building_id: row.building_id.map(Into::into),
            unit_id: row.unit_id.map(Into::into),
            place: row.place,
            county: row.county,
            area: row.area,
            position: row.latitude.zip(row.longitude),
            activated_at: row.activated_at,
            invoiced_until: row.invoiced_until,
            created_at: row.created_at,
        })
    });
    services.collect()
}

/// How a service gets in, with the secret in the clear: for the RADIUS projection, and for the technician who types it into
/// the subscriber's router (audited there). No other page shows it, and it does not show its secret in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessSecret {
    pub id: AccessId,
    pub kind: AccessKind,
    pub username: String,
    pub secret: String,
}

impl std::fmt::Debug for AccessSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessSecret({}, {}, {})", self.id, self.kind, self.username)
    }
}

/// The accesses of a service with their secrets opened, the oldest first.
pub async fn access_of_in_op(op: &mut Op, service: ServiceId) -> Result<Vec<AccessSecret>, AppError> {
    let (app, tenant) = (op.app().clone(), op.tenant());
    let rows = sqlx::query!(
        "SELECT id, kind, username, secret FROM access WHERE service_id = $1 ORDER BY created_at, id",
        service.uuid(),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let key = tenants::data_key(&app, tenant).await?;
    let accesses = rows.into_iter().map(|row| {
        let id = AccessId::from(row.id);
        let secret = key.open(&secret_place(tenant, id), &row.secret).map_err(platform::internal)?;
        let secret = String::from_utf8(secret).map_err(platform::internal)?;
        Ok(AccessSecret { id, kind: stored(&row.kind, AccessKind::from_code)?, username: row.username, secret })
    });
    accesses.collect()
}

/// A service that waits for the NOC.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingService {
    pub id: ServiceId,
    pub subscriber_id: SubscriberId,
    pub account_number: AccountNumber,
    pub name: String,
    /// Only for those who see contacts.
    pub phone: Option<Msisdn>,
    pub plan: String,
    pub address: String,
    pub since: Timestamp,
}

/// Most services that the queue shows: the oldest come first, the rest follows when these are done.
const QUEUE_MAX: i64 = 200;

/// The services that wait for approval, those that wait longest first.
pub async fn pending(tx: &mut Tx<perm::ServiceApprove>, sees: Sees) -> Result<Vec<PendingService>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, a.subscriber_id, a.number, x.full_name, x.msisdn, p.name AS plan, s.place, s.area, s.created_at
         FROM service s
         JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
         JOIN subscriber x ON x.tenant_id = s.tenant_id AND x.id = a.subscriber_id
         JOIN plan_version v ON v.tenant_id = s.tenant_id AND v.id = s.plan_version_id
         JOIN plan p ON p.tenant_id = s.tenant_id AND p.id = v.plan_id
         WHERE s.state = 'pending' ORDER BY s.created_at, s.id LIMIT $1",
        QUEUE_MAX,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let waiting = rows.into_iter().map(|row| {
        Ok(PendingService {
            id: row.id.into(),
            subscriber_id: row.subscriber_id.into(),
            account_number: crate::subscribers::read_number(&row.number)?,
            name: row.full_name,
            phone: if sees.contact { Some(crate::subscribers::read_phone(&row.msisdn)?) } else { None },
            plan: row.plan,
            address: address(&row.place, &row.area),
            since: row.created_at,
        })
    });
    waiting.collect()
}

/// The services of a subscriber as its page lists them. Locks, user name, price and what is paid are the reader's matter:
/// `technical` gives the user name, `financial` the price; locks and paid-until come from billing.
pub async fn rows_in_op(op: &mut Op, subscriber: SubscriberId, may: RowClasses) -> Result<Vec<ServiceRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT s.id, p.name AS plan, s.state, b.badge AS "badge!", s.place, s.area, v.price_minor, v.currency,
             coalesce(s.state_at, s.created_at) AS "state_since!", x.kind AS "kind?", x.username AS "username?"
           FROM service s
           JOIN service_badge b ON b.tenant_id = s.tenant_id AND b.service_id = s.id
           JOIN plan_version v ON v.tenant_id = s.tenant_id AND v.id = s.plan_version_id
           JOIN plan p ON p.tenant_id = s.tenant_id AND p.id = v.plan_id
           LEFT JOIN LATERAL (SELECT kind, username FROM access y WHERE y.tenant_id = s.tenant_id AND y.service_id = s.id
                              ORDER BY y.created_at, y.id LIMIT 1) x ON true
           WHERE b.subscriber_id = $1 ORDER BY s.created_at, s.id"#,
        subscriber.uuid(),
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let rows = rows.into_iter().map(|row| {
        let currency = Currency::from_code(&row.currency).unwrap_or_default();
        Ok(ServiceRow {
            id: row.id.into(),
            plan: row.plan,
            state: stored(&row.state, ServiceState::from_code)?,
            badge: stored(&row.badge, Badge::from_code)?,
            locks: vec![],
            address: address(&row.place, &row.area),
            access: row.kind.as_deref().map(|kind| stored(kind, AccessKind::from_code)).transpose()?,
            username: row.username.filter(|_| may.technical),
            price: may.financial.then(|| Money::new(row.price_minor, currency)),
            state_since: row.state_since,
            paid_until: None,
        })
    });
    rows.collect()
}

/// Place and area as one line; many people write the area into the place already.
fn address(place: &str, area: &str) -> String {
    crate::leads::join(&[Some(place), Some(area).filter(|area| !place.contains(area))])
}

/// The classes that a reader of service rows sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowClasses {
    pub technical: bool,
    pub financial: bool,
}
