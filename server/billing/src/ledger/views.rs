//! Reading the ledger: statements of an account, journals with their postings, balances of the chart. The one rule: every
//! figure leads to its postings.

use super::currency_of;
use crate::days;
use model::billing::JournalId;
use model::billing::ledger::{JournalKind, LedgerCode, StatementRow, balance_of};
use model::billing::perm;
use model::crm::AccountId;
use model::time::{Date, Timestamp};
use model::{AppError, Money, Page};
use platform::error::from_sql;
use platform::{Op, Tx};
use uuid::Uuid;

pub use model::billing::ledger::{BalanceLine, JournalRow, PostingRow};

/// Journals on one page.
const JOURNALS_ON_A_PAGE: i64 = 50;
/// The most lines of a statement that are given at once.
const STATEMENT_ROWS_MAX: i64 = 500;

/// The lines of an account between two moments, the oldest first, each with the balance after it.
pub async fn statement_in_op(
    op: &mut Op,
    account: AccountId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<StatementRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT * FROM (
             SELECT j.id AS journal_id, j.at, j.kind, j.reference, p.amount_minor, p.currency,
               sum(p.amount_minor) OVER (ORDER BY j.at, j.id, p.id)::bigint AS "after!"
             FROM posting p JOIN journal j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
             WHERE p.account_id = $1 AND p.ledger_code = 'receivable' AND j.at < $3) line
           WHERE line.at >= $2 ORDER BY line.at, line.journal_id LIMIT $4"#,
        account.uuid(),
        from,
        until,
        STATEMENT_ROWS_MAX,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let currency = currency_of(&row.currency);
            Ok(StatementRow {
                at: row.at,
                kind: kind_of(&row.kind)?,
                reference: row.reference,
                amount: Money::new(row.amount_minor, currency),
                balance: balance_of(Money::new(row.after, currency)),
            })
        })
        .collect()
}

fn kind_of(code: &str) -> Result<JournalKind, AppError> {
    JournalKind::from_code(code).ok_or_else(|| platform::internal(format!("journal kind {code} is not known")))
}

/// Which journals are listed.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    pub ledger: Option<LedgerCode>,
    pub account: Option<AccountId>,
    /// Only this invoice's, receipt's or matching's.
    pub reference: Option<String>,
    /// Only what was booked until the end of this day.
    pub until: Option<Date>,
    /// The cursor of the next page: a journal's id.
    pub after: Option<Uuid>,
}

/// Journals with their postings, the newest first.
pub async fn journals(tx: &mut Tx<perm::LedgerRead>, filter: JournalFilter) -> Result<Page<JournalRow>, AppError> {
    journals_in_op(tx, filter).await
}

/// The journals of an invoice or a receipt, by its number.
pub async fn journals_of_reference_in_op(op: &mut Op, reference: &str) -> Result<Vec<JournalRow>, AppError> {
    let filter = JournalFilter { reference: Some(reference.to_owned()), ..JournalFilter::default() };
    Ok(journals_in_op(op, filter).await?.rows)
}

async fn journals_in_op(op: &mut Op, filter: JournalFilter) -> Result<Page<JournalRow>, AppError> {
    let until = filter.until.map(|day| days::end_of(op, day));
    let heads = sqlx::query!(
        "SELECT j.id, j.kind, j.reference, j.at, j.actor_name, j.reverses_id FROM journal j
         WHERE ($1::uuid IS NULL OR (j.at, j.id) < (SELECT c.at, c.id FROM journal c WHERE c.id = $1))
           AND ($2::text IS NULL OR j.reference = $2) AND ($6::timestamptz IS NULL OR j.at <= $6)
           AND (($3::text IS NULL AND $4::uuid IS NULL) OR EXISTS (
             SELECT FROM posting p WHERE p.tenant_id = j.tenant_id AND p.journal_id = j.id
               AND ($3::text IS NULL OR p.ledger_code = $3) AND ($4::uuid IS NULL OR p.account_id = $4)))
         ORDER BY j.at DESC, j.id DESC LIMIT $5",
        filter.after,
        filter.reference,
        filter.ledger.map(LedgerCode::code),
        filter.account.map(|id| id.uuid()),
        JOURNALS_ON_A_PAGE + 1,
        until,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let ids: Vec<Uuid> = heads.iter().map(|head| head.id).collect();
    let postings = sqlx::query!(
        r#"SELECT p.journal_id, p.ledger_code, p.amount_minor, p.currency, a.number AS "account_number?"
           FROM posting p LEFT JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
           WHERE p.journal_id = ANY ($1) ORDER BY p.id"#,
        &ids,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let mut rows = Vec::with_capacity(heads.len());
    for head in heads {
        let mut lines = Vec::new();
        for posting in postings.iter().filter(|posting| posting.journal_id == head.id) {
            let ledger = LedgerCode::from_code(&posting.ledger_code)
                .ok_or_else(|| platform::internal(format!("ledger {} is not known", posting.ledger_code)))?;
            lines.push(PostingRow {
                ledger,
                account_number: posting.account_number.as_deref().and_then(|number| number.parse().ok()),
                amount: Money::new(posting.amount_minor, currency_of(&posting.currency)),
            });
        }
        rows.push(JournalRow {
            id: JournalId::from_uuid(head.id),
            kind: kind_of(&head.kind)?,
            reference: head.reference,
            at: head.at,
            actor: head.actor_name,
            is_reversal: head.reverses_id.is_some(),
            postings: lines,
        });
    }
    Ok(crate::paging::page(rows, JOURNALS_ON_A_PAGE, |row| row.id.to_string()))
}

/// The balance of each ledger account at the end of a day where the tenant is: debit positive.
pub async fn balances_on(tx: &mut Tx<perm::LedgerRead>, day: Date) -> Result<Vec<BalanceLine>, AppError> {
    let at = days::end_of(tx, day);
    balances(tx, at).await
}

/// The balance of each ledger account as of a moment: debit positive.
pub async fn balances(tx: &mut Tx<perm::LedgerRead>, at: Timestamp) -> Result<Vec<BalanceLine>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT p.ledger_code, p.currency, sum(p.amount_minor)::bigint AS "sum!"
           FROM posting p JOIN journal j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
           WHERE j.at <= $1 GROUP BY p.ledger_code, p.currency ORDER BY p.ledger_code"#,
        at,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let ledger = LedgerCode::from_code(&row.ledger_code)?;
            Some(BalanceLine { ledger, balance: Money::new(row.sum, currency_of(&row.currency)) })
        })
        .collect())
}
