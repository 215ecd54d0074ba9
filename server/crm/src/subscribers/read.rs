//! Reading subscribers: the list with its tabs, and the head of one.

use crate::cursor::{self, Cursor};
use crate::words::{digits, stored, words};
use model::account_number::{AccountNumber, normalise_reference};
use model::crm::subscribers::{
    Badge, Contact, PrivateFacts, SubscriberCounts, SubscriberHead, SubscriberKind, SubscriberRow,
};
use model::crm::{AccountId, ServiceId, SubscriberId, perm};
use model::msisdn::Msisdn;
use model::page::{PAGE_ROWS, Page};
use model::{AppError, PermissionSet};
use platform::error::from_sql;
use platform::{Op, Tx};

/// The classes of fields that a reader sees, besides the basic ones. Money and network are filled by the contexts that
/// have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sees {
    pub contact: bool,
    pub private: bool,
}

impl Sees {
    /// Everything: for the program's own use.
    pub const ALL: Self = Self { contact: true, private: true };

    pub fn of(permissions: &PermissionSet) -> Self {
        Self {
            contact: permissions.can::<perm::SubscriberReadContact>(),
            private: permissions.can::<perm::SubscriberReadPrivate>(),
        }
    }
}

/// Which subscribers are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Words of a name, digits of a phone, or an account number. Blank lists all.
    pub search: String,
    pub badge: Option<Badge>,
}

/// A search text taken apart: which of the three it can be.
struct Search {
    words: Vec<String>,
    digits: Option<String>,
    number: Option<String>,
}

impl Search {
    fn read(text: &str) -> Self {
        let digits = digits(text);
        let normal = normalise_reference(text);
        let has_both = normal.bytes().any(|b| b.is_ascii_digit()) && normal.bytes().any(|b| b.is_ascii_alphabetic());
        let number = (has_both && normal.len() >= 4 && normal.is_ascii()).then_some(normal);
        let words = if digits.is_some() || number.is_some() { vec![] } else { words(text) };
        Self { words, digits, number }
    }

    /// Text without a letter or digit, which nothing matches.
    fn is_noise(&self, text: &str) -> bool {
        !text.trim().is_empty() && self.words.is_empty() && self.digits.is_none() && self.number.is_none()
    }
}

/// One page of subscribers, the newest first. A phone is only there for those who see contacts, and only they may search
/// by one.
pub async fn list(
    tx: &mut Tx<perm::SubscriberRead>,
    filter: &ListFilter,
    cursor: &Cursor,
    sees: Sees,
) -> Result<Page<SubscriberRow>, AppError> {
    let (search, place) = (Search::read(&filter.search), cursor.place());
    if search.is_noise(&filter.search) {
        return Ok(Page::default());
    }
    let zone = tx.zone();
    let rows = sqlx::query!(
        r#"SELECT s.id, s.full_name, s.msisdn, s.created_at, a.number, b.badge AS "badge!", p.name AS "plan?", v.area AS "area?"
           FROM subscriber s
           JOIN LATERAL (SELECT number FROM account WHERE tenant_id = s.tenant_id AND subscriber_id = s.id
                         ORDER BY created_at, id LIMIT 1) a ON true
           JOIN LATERAL (SELECT badge FROM subscriber_badge WHERE tenant_id = s.tenant_id AND subscriber_id = s.id) b ON true
           LEFT JOIN LATERAL (SELECT plan_version_id, area FROM service_badge v
                              WHERE v.tenant_id = s.tenant_id AND v.subscriber_id = s.id
                              ORDER BY v.badge = b.badge DESC, v.created_at, v.service_id LIMIT 1) v ON true
           LEFT JOIN plan_version pv ON pv.tenant_id = s.tenant_id AND pv.id = v.plan_version_id
           LEFT JOIN plan p ON p.tenant_id = s.tenant_id AND p.id = pv.plan_id
           WHERE ($1::text IS NULL OR b.badge = $1)
             AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS w WHERE NOT EXISTS (
               SELECT FROM subscriber_token t WHERE t.tenant_id = s.tenant_id AND t.subscriber_id = s.id
                 AND t.token COLLATE "C" >= w AND t.token COLLATE "C" < w || U&'\+10FFFF'))
             AND ($3::text IS NULL OR ($4 AND strpos(s.msisdn, $3) > 0) OR EXISTS (
               SELECT FROM account x WHERE x.tenant_id = s.tenant_id AND x.subscriber_id = s.id AND strpos(x.number, $3) > 0))
             AND ($5::text IS NULL OR EXISTS (
               SELECT FROM account x WHERE x.tenant_id = s.tenant_id AND x.subscriber_id = s.id AND starts_with(x.number, $5)))
             AND ($6::timestamptz IS NULL
                  OR CASE WHEN $8 THEN (s.created_at, s.id) > ($6, $7::uuid) ELSE (s.created_at, s.id) < ($6, $7::uuid) END)
           ORDER BY CASE WHEN $8 THEN s.created_at END, CASE WHEN $8 THEN s.id END, s.created_at DESC, s.id DESC
           LIMIT $9"#,
        filter.badge.map(Badge::code),
        &search.words,
        search.digits,
        sees.contact,
        search.number,
        place.at,
        place.id,
        place.is_before,
        PAGE_ROWS + 1,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let page = cursor::page(rows, &place, PAGE_ROWS as usize, |row| (row.created_at, row.id));
    let rows = page.rows.into_iter().map(|row| {
        Ok(SubscriberRow {
            id: row.id.into(),
            account_number: read_number(&row.number)?,
            name: row.full_name,
            badge: stored(&row.badge, Badge::from_code)?,
            plan: row.plan,
            area: row.area.unwrap_or_default(),
            phone: sees.contact.then(|| Msisdn::parse(&row.msisdn).ok()).flatten(),
            balance: None,
            is_online: None,
            since: row.created_at.with_timezone(&zone).date_naive(),
        })
    });
    Ok(Page { rows: rows.collect::<Result<_, AppError>>()?, next: page.next, previous: page.previous })
}

/// How many subscribers each tab holds.
pub async fn counts(tx: &mut Tx<perm::SubscriberRead>) -> Result<SubscriberCounts, AppError> {
    let rows = sqlx::query!(r#"SELECT badge AS "badge!", count(*) AS "count!" FROM subscriber_badge GROUP BY badge"#)
        .fetch_all(tx.conn())
        .await
        .map_err(from_sql)?;
    let mut counts = SubscriberCounts::default();
    for row in rows {
        counts.all += row.count;
        let slot = match stored(&row.badge, Badge::from_code)? {
            Badge::Pending => &mut counts.pending,
            Badge::Approved => &mut counts.approved,
            Badge::Installing => &mut counts.installing,
            Badge::Active => &mut counts.active,
            Badge::Suspended => &mut counts.suspended,
            Badge::Disconnected => &mut counts.disconnected,
        };
        *slot = row.count;
    }
    Ok(counts)
}

/// The head of a subscriber for a person of the staff.
///
/// # Errors
/// `NotFound`, also for a subscriber of somebody else.
pub async fn get(tx: &mut Tx<perm::SubscriberRead>, id: SubscriberId, sees: Sees) -> Result<SubscriberHead, AppError> {
    head_in_op(tx, id, sees).await
}

/// The same for contexts to the right. Money and network are left out: those contexts fill them.
pub async fn head_in_op(op: &mut Op, id: SubscriberId, sees: Sees) -> Result<SubscriberHead, AppError> {
    let row = sqlx::query!(
        r#"SELECT s.id, s.kind, s.full_name, s.msisdn, s.msisdn_other, s.email, s.address, s.kra_pin, a.id AS account_id,
             a.number, b.badge AS "badge!", p.name AS "plan?", v.area AS "area?", r.name AS "reseller?"
           FROM subscriber s
           JOIN LATERAL (SELECT id, number, reseller_id FROM account WHERE tenant_id = s.tenant_id AND subscriber_id = s.id
                         ORDER BY created_at, id LIMIT 1) a ON true
           JOIN LATERAL (SELECT badge FROM subscriber_badge WHERE tenant_id = s.tenant_id AND subscriber_id = s.id) b ON true
           LEFT JOIN LATERAL (SELECT plan_version_id, area FROM service_badge v
                              WHERE v.tenant_id = s.tenant_id AND v.subscriber_id = s.id
                              ORDER BY v.badge = b.badge DESC, v.created_at, v.service_id LIMIT 1) v ON true
           LEFT JOIN plan_version pv ON pv.tenant_id = s.tenant_id AND pv.id = v.plan_version_id
           LEFT JOIN plan p ON p.tenant_id = s.tenant_id AND p.id = pv.plan_id
           LEFT JOIN reseller r ON r.tenant_id = s.tenant_id AND r.id = a.reseller_id
           WHERE s.id = $1"#,
        id.uuid(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let contact = match sees.contact {
        true => Some(Contact {
            phone: read_phone(&row.msisdn)?,
            phone_other: row.msisdn_other.as_deref().map(read_phone).transpose()?,
            email: row.email,
            address: row.address,
        }),
        false => None,
    };
    Ok(SubscriberHead {
        id: row.id.into(),
        account_id: row.account_id.into(),
        account_number: read_number(&row.number)?,
        name: row.full_name,
        kind: stored(&row.kind, SubscriberKind::from_code)?,
        badge: stored(&row.badge, Badge::from_code)?,
        plan: row.plan,
        area: row.area.unwrap_or_default(),
        reseller: row.reseller,
        contact,
        money: None,
        technical: None,
        private: sees.private.then_some(PrivateFacts { id_document: None, kra_pin: row.kra_pin, born_on: None }),
    })
}

/// The subscriber who has this account.
pub async fn of_account_in_op(op: &mut Op, account: AccountId) -> Result<SubscriberId, AppError> {
    sqlx::query_scalar!("SELECT subscriber_id FROM account WHERE id = $1", account.uuid())
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?
        .map(SubscriberId::from)
        .ok_or(AppError::NotFound)
}

/// The account and service that a subscriber began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstService {
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub service_id: ServiceId,
}

/// The first account of a subscriber and its first service: what the conversion made.
pub async fn first_service_in_op(op: &mut Op, id: SubscriberId) -> Result<FirstService, AppError> {
    let row = sqlx::query!(
        "SELECT a.id AS account_id, a.number, s.id AS service_id
         FROM account a JOIN service s ON s.tenant_id = a.tenant_id AND s.account_id = a.id
         WHERE a.subscriber_id = $1 ORDER BY a.created_at, a.id, s.created_at, s.id LIMIT 1",
        id.uuid(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    Ok(FirstService {
        account_id: row.account_id.into(),
        account_number: read_number(&row.number)?,
        service_id: row.service_id.into(),
    })
}

/// A stored account number; it was made by us, so one that does not read is our fault.
pub(crate) fn read_number(text: &str) -> Result<AccountNumber, AppError> {
    AccountNumber::parse(text).map_err(platform::internal)
}

/// A stored phone.
pub(crate) fn read_phone(text: &str) -> Result<Msisdn, AppError> {
    Msisdn::parse(text).map_err(platform::internal)
}

#[cfg(test)]
mod tests {
    use super::Search;

    #[test]
    fn a_search_is_a_name_a_phone_or_an_account() {
        assert_eq!(Search::read("njeri kam").words, ["njeri", "kam"]);
        assert_eq!(Search::read("0712 345").digits.as_deref(), Some("712345"));
        assert_eq!(Search::read("mt-004217").number.as_deref(), Some("MT004217"));
        assert!(Search::read("?!").is_noise("?!") && !Search::read("").is_noise(" "));
    }
}
