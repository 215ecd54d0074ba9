//! A new subscriber with all that hangs on it. The one rule: the account number comes from the tenant's counter in the
//! same transaction, so a refused conversion leaves no gap.

use super::sql;
use crate::words;
use model::account_number::{AccountNumber, AccountPrefix};
use model::catalog::PlanVersionId;
use model::crm::subscribers::SubscriberKind;
use model::crm::{AccessId, AccountId, BuildingId, LeadId, ResellerId, ServiceId, SubscriberId, UnitId};
use model::identity::LoginId;
use model::msisdn::Msisdn;
use model::text::{EmailAddress, NonBlank};
use model::time::{Date, Timestamp};
use model::{AppError, Audience, Lang};
use platform::Op;
use platform::error::{from_sql, violated};
use platform::tenants;
use rand::Rng;

/// A subscriber to be made, with one account, one service that waits for approval, and its access.
#[derive(Debug, Clone)]
pub struct NewSubscriber {
    pub name: NonBlank<120>,
    pub kind: SubscriberKind,
    pub phone: Msisdn,
    pub email: Option<EmailAddress>,
    pub lang: Lang,
    pub lead_id: Option<LeadId>,
    pub reseller_id: Option<ResellerId>,
    pub plan_version_id: PlanVersionId,
    pub address: String,
    pub building_id: Option<BuildingId>,
    pub unit_id: Option<UnitId>,
    pub county: String,
    pub area: String,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// Business time of the contract; the billing day is its day in the tenant's zone.
    pub at: Timestamp,
    /// The PPPoE user name; the account number in small letters when none is given.
    pub username: Option<String>,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub subscriber_id: SubscriberId,
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub service_id: ServiceId,
    pub access_id: AccessId,
}

/// Bills come on the day of the conversion; months have no 29th for everybody.
const BILLING_DAY_MAX: u32 = 28;

/// The day of the month on which an account of this day is billed: 1 to 28.
pub fn billing_day(day: Date) -> i16 {
    let day = chrono::Datelike::day(&day).min(BILLING_DAY_MAX);
    // 1 to 28 fits.
    day as i16
}

/// The language that a tenant's letters are written in unless a subscriber chose another.
pub(crate) async fn tenant_lang(op: &mut Op) -> Result<Lang, AppError> {
    Ok(tenants::head(op.app(), op.tenant()).await?.lang)
}

/// Makes a subscriber with account, pending service, sealed PPPoE access and portal login. A person who has a portal login
/// with this phone sees the new account with it as well.
///
/// # Errors
/// `Invalid` on `username` when it is taken; `Conflict` when the tenant's account numbers are used up.
pub async fn create_in_op(op: &mut Op, new: NewSubscriber) -> Result<Made, AppError> {
    let (app, tenant) = (op.app().clone(), op.tenant());
    let head = tenants::head(&app, tenant).await?;
    let prefix = AccountPrefix::parse(&head.prefix).map_err(|refusal| AppError::Conflict(refusal.to_string()))?;
    let counter = platform::counter::next(op.conn(), tenant, "account").await.map_err(from_sql)?;
    let serial = u32::try_from(counter).map_err(platform::internal)?;
    let number = AccountNumber::try_new(prefix, serial).map_err(|refusal| AppError::Conflict(refusal.to_string()))?;
    let made = Made {
        subscriber_id: SubscriberId::new(),
        account_id: AccountId::new(),
        account_number: number,
        service_id: ServiceId::new(),
        access_id: AccessId::new(),
    };
    let uuid = tenant.uuid();
    sql::insert_subscriber(op.conn(), uuid, made.subscriber_id, &new).await.map_err(from_sql)?;
    // The account first: search words are seen through it in the narrow contexts.
    let day = billing_day(new.at.with_timezone(&op.zone()).date_naive());
    sql::insert_account(op.conn(), uuid, &made, &new, (head.currency.code(), day)).await.map_err(from_sql)?;
    sql::replace_tokens(op.conn(), uuid, made.subscriber_id, &words::words(new.name.as_str()))
        .await
        .map_err(from_sql)?;
    sql::insert_service(op.conn(), uuid, &made, &new).await.map_err(from_sql)?;
    let username = new.username.clone().unwrap_or_else(|| number.stored().to_lowercase());
    let key = tenants::data_key(&app, tenant).await?;
    let sealed = key.seal(&crate::services::secret_place(tenant, made.access_id), random_secret().as_bytes());
    sql::insert_access(op.conn(), uuid, &made, (&username, &sealed), new.at).await.map_err(|error| {
        match violated(&error) {
            Some("access_username_taken") => {
                AppError::invalid("username", "This PPPoE user name is taken. Choose another.")
            }
            Some("access_username_check") => AppError::invalid("username", "A PPPoE user name has 3 to 64 characters."),
            _ => from_sql(error),
        }
    })?;
    give_login(op, &made, &new).await?;
    Ok(made)
}

/// The phone is the name at `/my`; without a password the person sets one by a link.
async fn give_login(op: &mut Op, made: &Made, new: &NewSubscriber) -> Result<(), AppError> {
    let name = new.phone.canonical();
    let login = match sql::portal_login(op.conn(), &name).await.map_err(from_sql)? {
        Some(login) => login,
        None => {
            let login = identity::logins::NewLogin {
                id: LoginId::new(),
                audience: Audience::My,
                name,
                full_name: new.name.as_str().to_owned(),
                phone: Some(new.phone.canonical()),
                email: new.email.clone().map(String::from),
                lang: Some(new.lang),
                password: None,
                role_codes: vec!["subscriber_owner"],
                reseller_id: None,
            };
            identity::logins::create_in_op(op, login).await?
        }
    };
    let tenant = op.tenant().uuid();
    sql::insert_login_account(op.conn(), tenant, login, made.account_id).await.map_err(from_sql)
}

/// Characters that nobody mistakes for one another when they are read out on the phone.
const SECRET_ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// 14 of 31 characters: 69 bits, and still typed into a router by hand.
const SECRET_CHARS: usize = 14;

fn random_secret() -> String {
    let mut rng = rand::rng();
    (0..SECRET_CHARS).map(|_| char::from(SECRET_ALPHABET[rng.random_range(0..SECRET_ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_billing_day_is_capped_at_28() {
        let day = |d| Date::from_ymd_opt(2026, 1, d).unwrap();
        assert_eq!([1, 28, 29, 31].map(|d| billing_day(day(d))), [1, 28, 28, 28]);
    }

    #[test]
    fn no_two_secrets_are_alike_and_all_can_be_read_out() {
        let (a, b) = (random_secret(), random_secret());
        assert_ne!(a, b);
        assert!(a.len() == SECRET_CHARS && a.bytes().all(|c| SECRET_ALPHABET.contains(&c)));
    }
}
