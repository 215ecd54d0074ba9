//! The ledger: journals of postings that sum to zero. The one rule: `post_in_op` and its set-based form are the only ways
//! in, a journal is written once per kind and reference, and it is corrected by a reversal only.

mod sql;
mod views;

pub use views::{
    BalanceLine, JournalFilter, JournalRow, PostingRow, balances, balances_on, journals, journals_of_reference_in_op,
    statement_in_op,
};

use model::billing::JournalId;
use model::billing::ledger::{Holder, JournalDraft, LedgerCode};
use model::crm::AccountId;
use model::time::Timestamp;
use model::{AppError, Currency, Money};
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A journal that is to be written. With the draft's kind, `reference` is the natural key of the money effect.
#[derive(Debug, Clone)]
pub struct Entry {
    pub draft: JournalDraft,
    pub reference: String,
    pub at: Timestamp,
    pub reverses: Option<JournalId>,
}

impl Entry {
    pub fn new(draft: JournalDraft, reference: impl Into<String>, at: Timestamp) -> Self {
        Self { draft, reference: reference.into(), at, reverses: None }
    }
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    pub journal_id: JournalId,
    /// False when this kind and reference had been posted before: nothing was written.
    pub is_fresh: bool,
}

/// Writes one journal. Idempotent by kind and reference.
///
/// # Errors
/// `Internal` for a draft that does not balance, which no template makes.
pub async fn post_in_op(op: &mut Op, entry: Entry) -> Result<Posted, AppError> {
    post_many_in_op(op, vec![entry]).await?.pop().ok_or_else(|| platform::internal("a journal was lost"))
}

/// Writes many journals in a handful of statements, in the order given: for billing runs. Idempotent like `post_in_op`;
/// keeps the balances of the payers in the same transaction.
pub async fn post_many_in_op(op: &mut Op, entries: Vec<Entry>) -> Result<Vec<Posted>, AppError> {
    if let Some(odd) = entries.iter().find(|entry| !entry.draft.is_balanced()) {
        return Err(platform::internal(format!("journal {} {} does not balance", odd.draft.kind(), odd.reference)));
    }
    let (tenant, actor) = (op.tenant().uuid(), op.actor().shown_name());
    let rows: Vec<sql::NewJournal> = entries.iter().map(sql::NewJournal::of).collect();
    let fresh = sql::insert_journals(op.conn(), tenant, &actor, &rows).await.map_err(from_sql)?;
    let mut postings = Vec::new();
    let mut moved: BTreeMap<AccountId, Money> = BTreeMap::new();
    for (entry, row) in entries.iter().zip(&rows).filter(|(_, row)| fresh.contains(&row.id)) {
        for draft in entry.draft.postings() {
            postings.push(sql::NewPosting::of(row.id, entry.draft.currency(), *draft));
            if let (LedgerCode::Receivable, Holder::Payer(account)) = (draft.ledger, draft.holder) {
                moved.entry(account).or_insert(Money::zero(entry.draft.currency())).minor += draft.amount_minor;
            }
        }
    }
    sql::insert_postings(op.conn(), tenant, &postings).await.map_err(from_sql)?;
    sql::move_balances(op.conn(), tenant, &moved).await.map_err(from_sql)?;
    let old = sql::find_journals(op.conn(), &rows, &fresh).await.map_err(from_sql)?;
    rows.iter()
        .map(|row| match (fresh.contains(&row.id), old.get(&(row.kind, row.reference.clone()))) {
            (true, _) => Ok(Posted { journal_id: JournalId::from_uuid(row.id), is_fresh: true }),
            (false, Some(id)) => Ok(Posted { journal_id: JournalId::from_uuid(*id), is_fresh: false }),
            (false, None) => Err(platform::internal(format!("journal {} {} was not written", row.kind, row.reference))),
        })
        .collect()
}

/// Takes a journal back: the same postings with opposite signs, under `draft`'s own kind. A journal is reversed once;
/// the second time nothing is written.
pub async fn reverse_in_op(
    op: &mut Op,
    reverses: JournalId,
    draft: JournalDraft,
    reference: &str,
) -> Result<Posted, AppError> {
    let at = op.now();
    post_in_op(op, Entry { draft, reference: reference.to_owned(), at, reverses: Some(reverses) }).await
}

/// The journal of this kind and reference, if it was posted.
pub async fn find_in_op(
    op: &mut Op,
    kind: model::billing::ledger::JournalKind,
    reference: &str,
) -> Result<Option<JournalId>, AppError> {
    sql::find_journal(op.conn(), kind.code(), reference).await.map_err(from_sql).map(|id| id.map(JournalId::from_uuid))
}

/// Makes the chart of accounts. Idempotent.
pub async fn seed_in_op(op: &mut Op) -> Result<(), AppError> {
    use LedgerCode as L;
    let kind = |code: L| match code {
        L::Receivable | L::CashMpesa | L::CashBank | L::CashHand => "asset",
        L::VatPayable | L::ExcisePayable | L::Suspense | L::Deposits | L::CommissionPayable | L::Opening => "liability",
        L::RevenueService | L::RevenueSetup => "income",
        L::CommissionExpense => "expense",
    };
    let (codes, kinds): (Vec<String>, Vec<String>) =
        L::ALL.iter().map(|code| (code.code().to_owned(), kind(*code).to_owned())).unzip();
    let tenant = op.tenant().uuid();
    sql::seed_chart(op.conn(), tenant, &codes, &kinds).await.map_err(from_sql)
}

/// Gives an ISP that was just made its chart of accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeedLedger {}

impl Job for SeedLedger {
    const KIND: &'static str = "billing.seed_ledger";
    const PRIORITY: i16 = 20;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        seed_in_op(&mut op).await?;
        op.commit().await?;
        Ok(())
    }
}

/// What an account owes (positive) or has as credit (negative), now. Zero for an account without postings.
pub async fn owed_in_op(op: &mut Op, account: AccountId) -> Result<Money, AppError> {
    sql::balance(op.conn(), account.uuid()).await.map_err(from_sql)
}

/// The same as of a moment, from the postings themselves.
pub async fn owed_at_in_op(op: &mut Op, account: AccountId, at: Timestamp) -> Result<Money, AppError> {
    sql::balance_at(op.conn(), account.uuid(), at).await.map_err(from_sql)
}

/// Locks the balances of these accounts until the end of the transaction, in one order, so that two writers of money of
/// one account wait for each other instead of for ever.
pub(crate) async fn lock_in_op(op: &mut Op, account: AccountId) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    sql::lock_balance(op.conn(), tenant, account.uuid()).await.map_err(from_sql)
}

pub(crate) fn currency_of(code: &str) -> Currency {
    Currency::from_code(code).unwrap_or_default()
}
