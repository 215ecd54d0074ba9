//! The stray-payment desk. The one rule: a match is one unit (post, pay, unblock, tell) and is taken back as one.

use super::{commissions, receive};
use crate::events::{PaymentPosted, PaymentStrayed};
use crate::invoices::settle_in_op;
use crate::ledger::{self, currency_of};
use crate::locks;
use model::account_number::{AccountNumber, AccountNumberError, AccountPrefix, PaybillReference};
use model::billing::ledger::{JournalDraft, JournalKind};
use model::billing::strays::{
    MatchReason, MatchStrayForm, StrayCandidate, StrayReason, StrayRow, UnmatchForm, Unreadable, UnreadableRow,
    one_off, score,
};
use model::billing::{PaymentId, perm};
use model::crm::AccountId;
use model::msisdn::Msisdn;
use model::{AppError, Money};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// Strays on the desk at once; the oldest come first, so the rest moves up.
const DESK_ROWS: i64 = 50;
/// Unreadable reports that the desk names; the count tells of the rest.
const UNREADABLE_ROWS: i64 = 20;
/// Candidates that keys 1 to 9 can choose.
const CANDIDATES_MAX: usize = 9;

/// What lies in suspense, the oldest first, each with its ranked candidates.
pub async fn list(tx: &mut Tx<perm::StrayMatch>) -> Result<Vec<StrayRow>, AppError> {
    let rows = sqlx::query!(
        "SELECT id, gateway_reference, amount_minor, currency, bill_reference, payer_name, payer_msisdn, paid_at, suspense_reason
         FROM payment WHERE state = 'suspense' ORDER BY received_at, id LIMIT $1",
        DESK_ROWS
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let (app, tenant) = (tx.app().clone(), tx.tenant());
    let prefix = platform::tenants::head(&app, tenant).await?.prefix;
    let prefix = AccountPrefix::parse(&prefix).map_err(platform::internal)?;
    let mut strays = Vec::with_capacity(rows.len());
    for row in rows {
        let mut stray = StrayRow {
            id: PaymentId::from_uuid(row.id),
            provider_reference: row.gateway_reference,
            amount: Money::new(row.amount_minor, currency_of(&row.currency)),
            typed_reference: row.bill_reference.unwrap_or_default(),
            payer_name: row.payer_name,
            payer_phone: row.payer_msisdn,
            paid_at: row.paid_at,
            reason: row.suspense_reason.as_deref().and_then(StrayReason::from_code),
            candidates: vec![],
        };
        stray.candidates = candidates_in_op(tx, &stray, prefix).await?;
        strays.push(stray);
    }
    Ok(strays)
}

/// The reports that could not be read: somebody's money may be behind one.
pub async fn unreadable(tx: &mut Tx<perm::StrayMatch>) -> Result<Unreadable, AppError> {
    let rows = sqlx::query!(
        r#"SELECT received_at, outcome, count(*) OVER () AS "count!" FROM payment_callback WHERE kind = 'unreadable'
           ORDER BY received_at DESC, id DESC LIMIT $1"#,
        UNREADABLE_ROWS
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    Ok(Unreadable {
        count: rows.first().map_or(0, |row| row.count),
        latest: rows
            .into_iter()
            .map(|row| UnreadableRow { received_at: row.received_at, problem: row.outcome })
            .collect(),
    })
}

/// Who may be the payer, the likeliest first, each with the reasons.
async fn candidates_in_op(
    op: &mut Op,
    stray: &StrayRow,
    prefix: AccountPrefix,
) -> Result<Vec<StrayCandidate>, AppError> {
    let typed_phone = match PaybillReference::read(&stray.typed_reference) {
        PaybillReference::Phone(phone) => Some(phone.canonical()),
        _ => None,
    };
    let payer_phone = stray.payer_phone.as_deref().and_then(|text| Msisdn::parse(text).ok()).map(Msisdn::canonical);
    let near: Vec<String> = one_off(&stray.typed_reference, prefix).into_iter().map(|number| number.stored()).collect();
    let words: Vec<String> = stray.payer_name.iter().flat_map(|name| words_of(name)).collect();
    let hits = sqlx::query!(
        r#"WITH hit (account_id, reason) AS (
             SELECT a.id, 'reference_is_phone' FROM subscriber u JOIN account a ON a.tenant_id = u.tenant_id AND a.subscriber_id = u.id
               WHERE u.msisdn = $1
             UNION SELECT a.id, 'payer_phone' FROM subscriber u JOIN account a ON a.tenant_id = u.tenant_id AND a.subscriber_id = u.id
               WHERE u.msisdn = $2
             UNION SELECT p.account_id, 'phone_paid_before' FROM payment p
               WHERE p.payer_msisdn = $3 AND p.state = 'posted' AND p.account_id IS NOT NULL
             UNION SELECT a.id, 'reference_one_off' FROM account a WHERE a.number = ANY ($4)
             UNION SELECT a.id, 'name_alike' FROM subscriber_token t
               JOIN account a ON a.tenant_id = t.tenant_id AND a.subscriber_id = t.subscriber_id WHERE t.token = ANY ($5)
             UNION (SELECT b.account_id, 'amount_is_due' FROM account_balance b WHERE b.balance_minor = $6 LIMIT 200))
           SELECT a.id AS "id!", a.number AS "number!", u.full_name AS "full_name!", u.msisdn AS "msisdn!", a.currency AS "currency!",
             coalesce((SELECT b.balance_minor FROM account_balance b WHERE b.tenant_id = a.tenant_id AND b.account_id = a.id), 0) AS "owed!",
             array_agg(hit.reason) AS "reasons!: Vec<String>"
           FROM hit JOIN account a ON a.id = hit.account_id
           JOIN subscriber u ON u.tenant_id = a.tenant_id AND u.id = a.subscriber_id
           GROUP BY a.tenant_id, a.id, u.full_name, u.msisdn LIMIT 400"#,
        typed_phone,
        payer_phone,
        stray.payer_phone,
        &near,
        &words,
        stray.amount.minor,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let mut candidates: Vec<StrayCandidate> = hits
        .into_iter()
        .filter_map(|hit| {
            let mut reasons: Vec<MatchReason> =
                hit.reasons.iter().filter_map(|code| MatchReason::from_code(code)).collect();
            reasons.sort();
            Some(StrayCandidate {
                account_id: AccountId::from_uuid(hit.id),
                account_number: hit.number.parse().ok()?,
                name: hit.full_name,
                phone: hit.msisdn.parse().ok(),
                due: Money::new(hit.owed.max(0), currency_of(&hit.currency)),
                score: score(&reasons),
                reasons,
            })
        })
        .collect();
    candidates.sort_by(|a, b| b.score.cmp(&a.score).then(a.account_number.cmp(&b.account_number)));
    candidates.truncate(CANDIDATES_MAX);
    Ok(candidates)
}

/// The words of a name that are long enough to mean somebody.
fn words_of(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
    words.map(str::to_lowercase).collect()
}

/// Gives a stray payment to an account: out of suspense, onto the oldest invoices, money locks lifted, payer told.
/// Idempotent: a payment that is this account's already stays so.
///
/// # Errors
/// `NotFound` for a payment or account of somebody else, `Conflict` for a payment that is another account's.
pub async fn match_to(tx: &mut Tx<perm::StrayMatch>, form: MatchStrayForm) -> Result<(), AppError> {
    let payment = lock_payment(tx, form.payment_id).await?;
    match (payment.state.as_str(), payment.account) {
        ("posted", Some(account)) if account == form.account_id => return Ok(()),
        ("suspense", _) => {}
        _ => {
            let text = "This payment belongs to an account already. Take that match back first.";
            return Err(AppError::Conflict(text.into()));
        }
    }
    sqlx::query_scalar!("SELECT id FROM account WHERE id = $1", form.account_id.uuid())
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let time = payment.matched_count + 1;
    sqlx::query!(
        "UPDATE payment SET state = 'posted', account_id = $2, matched_count = $3 WHERE id = $1",
        form.payment_id.uuid(),
        form.account_id.uuid(),
        time,
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    let draft = JournalDraft::suspense_matched(form.account_id, payment.amount);
    let reference = reference_of(&payment.number, time);
    receive::credit_in_op(tx, form.payment_id, form.account_id, payment.amount, draft, &reference).await?;
    tx.audit(
        Change::new("billing.stray.match", "payment", form.payment_id)
            .after(serde_json::json!({ "account_id": form.account_id, "amount_minor": payment.amount.minor })),
    );
    tx.publish(PaymentPosted { payment_id: form.payment_id, account_id: form.account_id }).await
}

/// The same for an account that was typed: somebody whom the desk did not think of.
///
/// # Errors
/// `Invalid` on `number` for a number that is wrong or nobody's; else as `match_to`.
pub async fn match_number(tx: &mut Tx<perm::StrayMatch>, payment_id: PaymentId, number: &str) -> Result<(), AppError> {
    let number: AccountNumber =
        number.parse().map_err(|refusal: AccountNumberError| AppError::invalid("number", refusal.to_string()))?;
    let account = crm::accounts::by_number_in_op(tx, number).await?;
    let account =
        account.ok_or_else(|| AppError::invalid("number", "No account has this number. Check it with the payer."))?;
    match_to(tx, MatchStrayForm { payment_id, account_id: account.id }).await
}

/// Takes a match back as one unit: invoices open again, money in suspense, commission taken back, and the money locks that
/// the payment had lifted set again while something is due. Idempotent: what lies in suspense stays there.
///
/// # Errors
/// `NotFound` for a payment of somebody else, `Conflict` for one that came with its own account.
pub async fn unmatch(tx: &mut Tx<perm::StrayMatch>, form: UnmatchForm) -> Result<(), AppError> {
    let payment = lock_payment(tx, form.payment_id).await?;
    let account = match (payment.state.as_str(), payment.account) {
        ("suspense", _) => return Ok(()),
        ("posted", Some(account)) if payment.matched_count > 0 => account,
        _ => {
            let text = "This payment named its account itself. It can be refunded, not taken back.";
            return Err(AppError::Conflict(text.into()));
        }
    };
    ledger::lock_in_op(tx, account).await?;
    sqlx::query!(
        "WITH gone AS (DELETE FROM payment_allocation WHERE payment_id = $1 RETURNING invoice_id, amount_minor)
         UPDATE invoice i SET paid_minor = i.paid_minor - gone.amount_minor, status = 'issued' FROM gone WHERE i.id = gone.invoice_id",
        form.payment_id.uuid()
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    sqlx::query!(
        "UPDATE payment SET state = 'suspense', account_id = NULL, suspense_reason = $2 WHERE id = $1",
        form.payment_id.uuid(),
        StrayReason::Unmatched.code(),
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    let reference = reference_of(&payment.number, payment.matched_count);
    let matched = ledger::find_in_op(tx, JournalKind::SuspenseMatched, &reference).await?;
    let matched =
        matched.ok_or_else(|| platform::internal(format!("payment {} has no journal of its match", payment.number)))?;
    ledger::reverse_in_op(tx, matched, JournalDraft::suspense_unmatched(account, payment.amount), &reference).await?;
    commissions::claw_back_in_op(tx, form.payment_id, &reference).await?;
    settle_in_op(tx, account).await?;
    locks::set_again_in_op(tx, account, form.payment_id).await?;
    tx.audit(
        Change::new("billing.stray.unmatch", "payment", form.payment_id)
            .before(serde_json::json!({ "account_id": account, "amount_minor": payment.amount.minor })),
    );
    tx.publish(PaymentStrayed { payment_id: form.payment_id }).await
}

/// Each match is its own journal.
fn reference_of(number: &str, time: i32) -> String {
    format!("{number}/{time}")
}

struct Payment {
    number: String,
    state: String,
    account: Option<AccountId>,
    amount: Money,
    matched_count: i32,
}

async fn lock_payment(op: &mut Op, id: PaymentId) -> Result<Payment, AppError> {
    let row = sqlx::query!(
        "SELECT number, state, account_id, amount_minor, currency, matched_count FROM payment WHERE id = $1 FOR UPDATE",
        id.uuid()
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    Ok(Payment {
        number: row.number,
        state: row.state,
        account: row.account_id.map(AccountId::from_uuid),
        amount: Money::new(row.amount_minor, currency_of(&row.currency)),
        matched_count: row.matched_count,
    })
}
