//! The statements that write the ledger. Each takes whole columns, so that a run of thousands is a handful of statements.

use super::{Entry, currency_of};
use model::billing::ledger::{Holder, PostingDraft};
use model::crm::AccountId;
use model::time::Timestamp;
use model::{Currency, Money};
use platform::Conn;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

pub(super) struct NewJournal {
    pub id: Uuid,
    pub kind: &'static str,
    pub reference: String,
    at: Timestamp,
    reverses: Option<Uuid>,
}

impl NewJournal {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            id: Uuid::now_v7(),
            kind: entry.draft.kind().code(),
            reference: entry.reference.clone(),
            at: entry.at,
            reverses: entry.reverses.map(|id| id.uuid()),
        }
    }
}

/// The ids of the journals that were not there before.
pub(super) async fn insert_journals(
    conn: &mut Conn,
    tenant: Uuid,
    actor: &str,
    rows: &[NewJournal],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let kinds: Vec<String> = rows.iter().map(|row| row.kind.to_owned()).collect();
    let references: Vec<String> = rows.iter().map(|row| row.reference.clone()).collect();
    let ats: Vec<Timestamp> = rows.iter().map(|row| row.at).collect();
    let reverses: Vec<Option<Uuid>> = rows.iter().map(|row| row.reverses).collect();
    let fresh = sqlx::query_scalar!(
        "INSERT INTO journal (tenant_id, id, kind, reference, at, reverses_id, actor_name)
         SELECT $1, n.id, n.kind, n.reference, n.at, n.reverses_id, $2
         FROM unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[]) AS n(id, kind, reference, at, reverses_id)
         ON CONFLICT DO NOTHING RETURNING id",
        tenant,
        actor,
        &ids,
        &kinds,
        &references,
        &ats,
        &reverses as &[Option<Uuid>],
    )
    .fetch_all(conn)
    .await?;
    Ok(fresh.into_iter().collect())
}

/// The journals that were there before, by kind and reference.
pub(super) async fn find_journals(
    conn: &mut Conn,
    rows: &[NewJournal],
    fresh: &HashSet<Uuid>,
) -> Result<HashMap<(&'static str, String), Uuid>, sqlx::Error> {
    let mut found = HashMap::new();
    for row in rows.iter().filter(|row| !fresh.contains(&row.id)) {
        let by_key = find_journal(conn, row.kind, &row.reference).await?;
        // A second reversal under another reference meets the first one.
        let id = match (by_key, row.reverses) {
            (None, Some(reversed)) => {
                sqlx::query_scalar!("SELECT id FROM journal WHERE reverses_id = $1", reversed)
                    .fetch_optional(&mut *conn)
                    .await?
            }
            (id, _) => id,
        };
        if let Some(id) = id {
            found.insert((row.kind, row.reference.clone()), id);
        }
    }
    Ok(found)
}

pub(super) async fn find_journal(conn: &mut Conn, kind: &str, reference: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM journal WHERE kind = $1 AND reference = $2", kind, reference)
        .fetch_optional(conn)
        .await
}

pub(super) struct NewPosting {
    journal_id: Uuid,
    ledger: &'static str,
    account_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    amount_minor: i64,
    currency: Currency,
}

impl NewPosting {
    pub(super) fn of(journal_id: Uuid, currency: Currency, draft: PostingDraft) -> Self {
        let (account_id, reseller_id) = match draft.holder {
            Holder::House => (None, None),
            Holder::Payer(id) => (Some(id.uuid()), None),
            Holder::Reseller(id) => (None, Some(id.uuid())),
        };
        Self {
            journal_id,
            ledger: draft.ledger.code(),
            account_id,
            reseller_id,
            amount_minor: draft.amount_minor,
            currency,
        }
    }
}

pub(super) async fn insert_postings(conn: &mut Conn, tenant: Uuid, rows: &[NewPosting]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|_| Uuid::now_v7()).collect();
    let journals: Vec<Uuid> = rows.iter().map(|row| row.journal_id).collect();
    let ledgers: Vec<String> = rows.iter().map(|row| row.ledger.to_owned()).collect();
    let accounts: Vec<Option<Uuid>> = rows.iter().map(|row| row.account_id).collect();
    let resellers: Vec<Option<Uuid>> = rows.iter().map(|row| row.reseller_id).collect();
    let amounts: Vec<i64> = rows.iter().map(|row| row.amount_minor).collect();
    let currencies: Vec<String> = rows.iter().map(|row| row.currency.code().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO posting (tenant_id, id, journal_id, ledger_code, account_id, reseller_id, amount_minor, currency)
         SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::bigint[], $8::text[]) AS n",
        tenant,
        &ids,
        &journals,
        &ledgers,
        &accounts as &[Option<Uuid>],
        &resellers as &[Option<Uuid>],
        &amounts,
        &currencies,
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Adds to the kept balances. The accounts come in order of their ids, so that two runs never wait in a circle.
pub(super) async fn move_balances(
    conn: &mut Conn,
    tenant: Uuid,
    moved: &BTreeMap<AccountId, Money>,
) -> Result<(), sqlx::Error> {
    let accounts: Vec<Uuid> = moved.keys().map(|id| id.uuid()).collect();
    let amounts: Vec<i64> = moved.values().map(|money| money.minor).collect();
    let currencies: Vec<String> = moved.values().map(|money| money.currency.code().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO account_balance AS b (tenant_id, account_id, balance_minor, currency)
         SELECT $1, n.* FROM unnest($2::uuid[], $3::bigint[], $4::text[]) AS n
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET balance_minor = b.balance_minor + excluded.balance_minor",
        tenant,
        &accounts,
        &amounts,
        &currencies,
    )
    .execute(conn)
    .await
    .map(|_| ())
}

pub(super) async fn lock_balance(conn: &mut Conn, tenant: Uuid, account: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO account_balance AS b (tenant_id, account_id, balance_minor, currency)
         SELECT $1, id, 0, currency FROM account WHERE id = $2
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET balance_minor = b.balance_minor",
        tenant,
        account,
    )
    .execute(conn)
    .await
    .map(|_| ())
}

pub(super) async fn seed_chart(
    conn: &mut Conn,
    tenant: Uuid,
    codes: &[String],
    kinds: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO ledger_account (tenant_id, code, kind)
         SELECT $1, n.* FROM unnest($2::text[], $3::text[]) AS n ON CONFLICT DO NOTHING",
        tenant,
        codes,
        kinds,
    )
    .execute(conn)
    .await
    .map(|_| ())
}

pub(super) async fn balance(conn: &mut Conn, account: Uuid) -> Result<Money, sqlx::Error> {
    let row = sqlx::query!("SELECT balance_minor, currency FROM account_balance WHERE account_id = $1", account)
        .fetch_optional(conn)
        .await?;
    Ok(row.map_or_else(Money::default, |row| Money::new(row.balance_minor, currency_of(&row.currency))))
}

pub(super) async fn balance_at(conn: &mut Conn, account: Uuid, at: Timestamp) -> Result<Money, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT coalesce(sum(p.amount_minor), 0)::bigint AS "sum!", max(p.currency) AS currency
           FROM posting p JOIN journal j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
           WHERE p.account_id = $1 AND p.ledger_code = 'receivable' AND j.at <= $2"#,
        account,
        at,
    )
    .fetch_one(conn)
    .await?;
    Ok(Money::new(row.sum, currency_of(row.currency.as_deref().unwrap_or_default())))
}
