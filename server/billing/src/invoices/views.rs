//! Reading invoices. The one rule: four states are stored; overdue and part-paid are derived where they are shown.

use crate::ledger::currency_of;
use crate::payments::method_of;
use crate::{days, paging};
use model::billing::invoices::{
    InvoiceBadge, InvoiceCounts, InvoiceDetail, InvoiceLineView, InvoicePayment, InvoiceRow, InvoiceStatus, InvoiceTab,
    LineKind,
};
use model::billing::{InvoiceId, perm};
use model::crm::{AccountId, SubscriberId};
use model::page::PAGE_ROWS;
use model::time::Timestamp;
use model::{AppError, Currency, Money, Page};
use platform::error::from_sql;
use platform::{Op, Tx};
use uuid::Uuid;

/// Which invoices are listed.
#[derive(Debug, Clone, Default)]
pub struct InvoiceFilter {
    pub tab: Option<InvoiceTab>,
    /// Invoice number, account number or the beginning of a name.
    pub search: Option<String>,
    pub account: Option<AccountId>,
    /// By due day, the earliest first; else the latest first.
    pub by_due_up: bool,
    pub after: Option<Uuid>,
}

struct Row {
    id: Uuid,
    number: Option<String>,
    subscriber_id: Uuid,
    full_name: String,
    area: Option<String>,
    due_at: Timestamp,
    currency: String,
    total_minor: i64,
    paid_minor: i64,
    status: String,
}

impl Row {
    fn view(self, op: &Op) -> Result<InvoiceRow, AppError> {
        let status = status_of(&self.status)?;
        let (total, left) = total_and_left(status, self.total_minor, self.paid_minor, currency_of(&self.currency));
        let due_on = days::day_of(op, self.due_at);
        Ok(InvoiceRow {
            id: InvoiceId::from_uuid(self.id),
            number: self.number,
            subscriber_id: SubscriberId::from_uuid(self.subscriber_id),
            subscriber: self.full_name,
            site: self.area.filter(|area| !area.is_empty()),
            due_on,
            total,
            left,
            status,
            badge: InvoiceBadge::of(status, total, left, due_on, op.today()),
        })
    }
}

/// What an invoice asks for, and what of it is still wanted: nothing of a void one.
fn total_and_left(status: InvoiceStatus, total: i64, paid: i64, currency: Currency) -> (Money, Money) {
    let left = if status == InvoiceStatus::Void { 0 } else { total - paid };
    (Money::new(total, currency), Money::new(left, currency))
}

fn status_of(code: &str) -> Result<InvoiceStatus, AppError> {
    InvoiceStatus::from_code(code).ok_or_else(|| platform::internal(format!("invoice state {code} is not known")))
}

/// A page of invoices.
pub async fn list(tx: &mut Tx<perm::InvoiceRead>, filter: InvoiceFilter) -> Result<Page<InvoiceRow>, AppError> {
    list_in_op(tx, filter, PAGE_ROWS).await
}

/// The latest invoices of an account; of all that this context may see when none is named (a subscriber's own).
pub async fn list_of_account_in_op(
    op: &mut Op,
    account: Option<AccountId>,
    most: i64,
) -> Result<Vec<InvoiceRow>, AppError> {
    Ok(list_in_op(op, InvoiceFilter { account, ..InvoiceFilter::default() }, most).await?.rows)
}

/// A page of at most `size` invoices.
pub async fn list_in_op(op: &mut Op, filter: InvoiceFilter, size: i64) -> Result<Page<InvoiceRow>, AppError> {
    let tab = filter.tab.unwrap_or(InvoiceTab::All);
    let status = match tab {
        InvoiceTab::Open | InvoiceTab::Overdue => Some("issued"),
        InvoiceTab::Draft => Some("draft"),
        InvoiceTab::Paid => Some("paid"),
        InvoiceTab::Void => Some("void"),
        InvoiceTab::All => None,
    };
    let now = op.now();
    let due_before = (tab == InvoiceTab::Overdue).then_some(now);
    let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let number = search.map(model::account_number::normalise_reference);
    let search = search.map(|text| text.replace(['%', '_', '\\'], ""));
    let account = filter.account.map(|id| id.uuid());
    // The order is part of the statement; a parameter cannot turn it round and still use the index.
    let rows = if filter.by_due_up {
        sqlx::query_as!(
            Row,
            r#"SELECT i.id, i.number, u.id AS subscriber_id, u.full_name, s.area AS "area?", i.due_at, i.currency, i.total_minor,
                 i.paid_minor, i.status
               FROM invoice i
               JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
               JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
               LEFT JOIN service s ON s.tenant_id = i.tenant_id AND s.id = i.service_id
               WHERE ($1::text IS NULL OR i.status = $1) AND ($2::timestamptz IS NULL OR i.due_at < $2)
                 AND ($3::uuid IS NULL OR i.account_id = $3)
                 AND ($4::text IS NULL OR i.number = upper($4) OR a.number = $5 OR u.name_key LIKE lower($4) || '%')
                 AND ($6::uuid IS NULL OR (i.due_at, i.id) > (SELECT c.due_at, c.id FROM invoice c WHERE c.id = $6))
               ORDER BY i.due_at, i.id LIMIT $7"#,
            status, due_before, account, search, number, filter.after, size + 1,
        )
        .fetch_all(op.conn())
        .await
    } else {
        sqlx::query_as!(
            Row,
            r#"SELECT i.id, i.number, u.id AS subscriber_id, u.full_name, s.area AS "area?", i.due_at, i.currency, i.total_minor,
                 i.paid_minor, i.status
               FROM invoice i
               JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
               JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
               LEFT JOIN service s ON s.tenant_id = i.tenant_id AND s.id = i.service_id
               WHERE ($1::text IS NULL OR i.status = $1) AND ($2::timestamptz IS NULL OR i.due_at < $2)
                 AND ($3::uuid IS NULL OR i.account_id = $3)
                 AND ($4::text IS NULL OR i.number = upper($4) OR a.number = $5 OR u.name_key LIKE lower($4) || '%')
                 AND ($6::uuid IS NULL OR (i.due_at, i.id) < (SELECT c.due_at, c.id FROM invoice c WHERE c.id = $6))
               ORDER BY i.due_at DESC, i.id DESC LIMIT $7"#,
            status, due_before, account, search, number, filter.after, size + 1,
        )
        .fetch_all(op.conn())
        .await
    };
    let rows: Result<Vec<InvoiceRow>, AppError> = rows.map_err(from_sql)?.into_iter().map(|row| row.view(op)).collect();
    Ok(paging::page(rows?, size, |row| row.id.to_string()))
}

/// How many invoices each tab holds.
pub async fn counts(tx: &mut Tx<perm::InvoiceRead>) -> Result<InvoiceCounts, AppError> {
    let now = tx.now();
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE status = 'issued') AS "open!",
             count(*) FILTER (WHERE status = 'issued' AND due_at < $1) AS "overdue!",
             count(*) FILTER (WHERE status = 'draft') AS "draft!", count(*) FILTER (WHERE status = 'paid') AS "paid!",
             count(*) FILTER (WHERE status = 'void') AS "void!"
           FROM invoice"#,
        now
    )
    .fetch_one(tx.conn())
    .await
    .map_err(from_sql)?;
    Ok(InvoiceCounts { open: row.open, overdue: row.overdue, draft: row.draft, paid: row.paid, void: row.void })
}

/// One invoice with its lines and payments. The phone is given: a door takes it out for readers without contact rights.
///
/// # Errors
/// `NotFound` for an invoice of somebody else.
pub async fn get_in_op(op: &mut Op, id: InvoiceId) -> Result<InvoiceDetail, AppError> {
    let row = sqlx::query!(
        "SELECT i.number, i.account_id, a.number AS account_number, u.id AS subscriber_id, u.full_name, u.msisdn, i.issued_at, i.due_at,
           i.currency, i.net_minor, i.excise_minor, i.vat_minor, i.total_minor, i.paid_minor, i.status, i.void_reason
         FROM invoice i
         JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
         JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
         WHERE i.id = $1",
        id.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let lines = lines_in_op(op, id).await?;
    let payments = payments_in_op(op, id).await?;
    let currency = currency_of(&row.currency);
    let money = |minor| Money::new(minor, currency);
    let status = status_of(&row.status)?;
    let due_on = days::day_of(op, row.due_at);
    let (total, left) = total_and_left(status, row.total_minor, row.paid_minor, currency);
    Ok(InvoiceDetail {
        id,
        number: row.number,
        account_id: AccountId::from_uuid(row.account_id),
        account_number: row.account_number.parse().map_err(platform::internal)?,
        subscriber_id: SubscriberId::from_uuid(row.subscriber_id),
        subscriber: row.full_name,
        phone: row.msisdn.parse().ok(),
        kra_pin: None,
        issued_at: row.issued_at,
        due_on,
        lines,
        net: money(row.net_minor),
        excise: money(row.excise_minor),
        vat: money(row.vat_minor),
        total,
        paid: money(row.paid_minor),
        left,
        status,
        badge: InvoiceBadge::of(status, total, left, due_on, op.today()),
        void_reason: row.void_reason,
        payments,
    })
}

async fn lines_in_op(op: &mut Op, id: InvoiceId) -> Result<Vec<InvoiceLineView>, AppError> {
    let rows = sqlx::query!(
        "SELECT l.line, l.kind, l.title, l.period_from, l.period_until, l.net_minor, l.excise_minor, l.vat_minor, l.total_minor, i.currency
         FROM invoice_line l JOIN invoice i ON i.tenant_id = l.tenant_id AND i.id = l.invoice_id
         WHERE l.invoice_id = $1 ORDER BY l.line",
        id.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let money = |minor| Money::new(minor, currency_of(&row.currency));
            Ok(InvoiceLineView {
                line: row.line,
                kind: LineKind::from_code(&row.kind).ok_or_else(|| platform::internal("an unknown kind of line"))?,
                text: row.title,
                from: row.period_from,
                // Stored as the day after; people read the last day.
                until: row.period_until.and_then(|day| day.pred_opt()),
                net: money(row.net_minor),
                excise: money(row.excise_minor),
                vat: money(row.vat_minor),
                total: money(row.total_minor),
            })
        })
        .collect()
}

async fn payments_in_op(op: &mut Op, id: InvoiceId) -> Result<Vec<InvoicePayment>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT p.paid_at, p.number, p.gateway, p.currency, l.amount_minor,
             EXISTS (SELECT FROM payment_attempt t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id) AS "is_prompted!"
           FROM payment_allocation l JOIN payment p ON p.tenant_id = l.tenant_id AND p.id = l.payment_id
           WHERE l.invoice_id = $1 ORDER BY p.paid_at, p.id"#,
        id.uuid()
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .map(|row| InvoicePayment {
            at: row.paid_at,
            receipt: row.number,
            method: method_of(&row.gateway, row.is_prompted),
            amount: Money::new(row.amount_minor, currency_of(&row.currency)),
        })
        .collect())
}
