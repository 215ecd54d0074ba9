//! Accounts: who pays. The one rule: an account is found by its exact number or by a phone; nobody is guessed.

use crate::subscribers::read_number;
use crate::words::stored;
use model::account_number::AccountNumber;
use model::crm::{AccountId, ResellerId, SubscriberId};
use model::msisdn::Msisdn;
use model::time::Timestamp;
use model::{AppError, Currency, Lang};
use platform::Op;
use platform::error::from_sql;
use uuid::Uuid;

/// An account with the name of its subscriber, as billing and messages need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountHead {
    pub id: AccountId,
    pub number: AccountNumber,
    pub subscriber_id: SubscriberId,
    pub name: String,
    pub phone: Msisdn,
    pub email: Option<String>,
    pub lang: Lang,
    pub reseller_id: Option<ResellerId>,
    pub currency: Currency,
    /// 1 to 28.
    pub billing_day: u32,
    pub created_at: Timestamp,
}

/// One account.
///
/// # Errors
/// `NotFound`, also for an account of somebody else.
pub async fn get_in_op(op: &mut Op, id: AccountId) -> Result<AccountHead, AppError> {
    read(op, Wanted { id: Some(id.uuid()), ..Wanted::default() }).await?.pop().ok_or(AppError::NotFound)
}

/// The accounts of a subscriber, the oldest first.
pub async fn of_subscriber_in_op(op: &mut Op, id: SubscriberId) -> Result<Vec<AccountHead>, AppError> {
    read(op, Wanted { subscriber: Some(id.uuid()), ..Wanted::default() }).await
}

/// The account with this number.
pub async fn by_number_in_op(op: &mut Op, number: AccountNumber) -> Result<Option<AccountHead>, AppError> {
    Ok(read(op, Wanted { number: Some(number.stored()), ..Wanted::default() }).await?.pop())
}

/// The accounts whose subscriber has this phone, as first or second number, the oldest first. A family may share one.
pub async fn by_msisdn_in_op(op: &mut Op, phone: Msisdn) -> Result<Vec<AccountHead>, AppError> {
    read(op, Wanted { msisdn: Some(phone.canonical()), ..Wanted::default() }).await
}

/// The accounts that a portal login sees, the oldest first.
pub async fn of_login_in_op(op: &mut Op, login: model::identity::LoginId) -> Result<Vec<AccountHead>, AppError> {
    read(op, Wanted { login: Some(login.uuid()), ..Wanted::default() }).await
}

/// Which accounts are read; one of them is set.
#[derive(Default)]
struct Wanted {
    id: Option<Uuid>,
    subscriber: Option<Uuid>,
    number: Option<String>,
    msisdn: Option<String>,
    login: Option<Uuid>,
}

async fn read(op: &mut Op, wanted: Wanted) -> Result<Vec<AccountHead>, AppError> {
    let rows = sqlx::query!(
        "SELECT a.id, a.number, a.subscriber_id, s.full_name, s.msisdn, s.email, s.lang, a.reseller_id, a.currency,
           a.billing_day, a.created_at
         FROM account a JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
         WHERE ($1::uuid IS NULL OR a.id = $1) AND ($2::uuid IS NULL OR a.subscriber_id = $2)
           AND ($3::text IS NULL OR a.number = $3) AND ($4::text IS NULL OR s.msisdn = $4 OR s.msisdn_other = $4)
           AND ($5::uuid IS NULL OR EXISTS (SELECT FROM login_account l
                 WHERE l.tenant_id = a.tenant_id AND l.account_id = a.id AND l.login_id = $5))
         ORDER BY a.created_at, a.id",
        wanted.id,
        wanted.subscriber,
        wanted.number,
        wanted.msisdn,
        wanted.login,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let accounts = rows.into_iter().map(|row| {
        Ok(AccountHead {
            id: row.id.into(),
            number: read_number(&row.number)?,
            subscriber_id: row.subscriber_id.into(),
            name: row.full_name,
            phone: crate::subscribers::read_phone(&row.msisdn)?,
            email: row.email,
            lang: row.lang.parse().unwrap_or_default(),
            reseller_id: row.reseller_id.map(Into::into),
            currency: stored(&row.currency, Currency::from_code)?,
            billing_day: u32::try_from(row.billing_day).map_err(platform::internal)?,
            created_at: row.created_at,
        })
    });
    accounts.collect()
}
