//! What M-Pesa posts to us. The one rule: stored word for word and answered at once; a job does the rest, and a repetition
//! finds its row and does nothing.

use super::daraja::{self, PROVIDER};
use super::prompts::{ended_state, move_on_in_op};
use super::receive::{MoneyIn, Received, receive_in_op};
use super::timeline;
use super::unanswered::{adopt_in_op, must_wait_in_op};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use chrono::{DateTime, Utc};
use gateways::payments::StkState;
use gateways::payments::daraja::callback::{
    C2bNotice, C2bRefusal, PhoneHint, StkCallback, StkPaid, accept_validation, acknowledgement, compare_phone,
    refuse_validation,
};
use model::account_number::PaybillReference;
use model::billing::payments::PaymentMethod;
use model::billing::stk::AttemptState;
use model::billing::strays::StrayReason;
use model::billing::{PaymentAttemptId, perm};
use model::crm::AccountId;
use model::{AppError, Currency, Money};
use platform::error::from_sql;
use platform::{App, Job, JobCtx, JobError, Op, TenantId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The longest report that is read; the documented ones have under 1 kB.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// The longest natural key that is kept as it is; the documented ones have under 60 bytes, and an index takes no more than
/// 2,700.
const REFERENCE_BYTES_MAX: usize = 200;

/// The doors of Daraja. The secret part of the path tells the tenant; there is nothing else that proves the sender.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/hooks/daraja/{secret}/stk", post(stk))
        .route("/hooks/daraja/{secret}/c2b/confirmation", post(confirmation))
        .route("/hooks/daraja/{secret}/c2b/validation", post(validation))
}

async fn stk(State(app): State<App>, Path(secret): Path<String>, body: Body) -> Response {
    // Payment-to-online runs from here: the headers are in, the body is still on its way.
    take(&app, &secret, Kind::Stk, Utc::now(), body).await
}

async fn confirmation(State(app): State<App>, Path(secret): Path<String>, body: Body) -> Response {
    take(&app, &secret, Kind::C2b, Utc::now(), body).await
}

/// Lets money through that is meant for us: what we cannot attribute waits at the stray desk, and the payer gets service
/// sooner than by a refusal. Only a notice for another short code, or one that cannot be read, is refused.
async fn validation(State(app): State<App>, Path(secret): Path<String>, body: Body) -> Response {
    let (tenant, bytes) = match known_sender(&app, &secret, body).await {
        Ok(known) => known,
        Err(refusal) => return refusal,
    };
    let Ok(notice) = C2bNotice::parse(&bytes) else {
        return Json(refuse_validation(C2bRefusal::Other)).into_response();
    };
    let ours = async {
        let mut tx = app.begin_as_system_with::<perm::PaymentReceive>(tenant, "M-Pesa validation").await?;
        daraja::short_code_in_op(&mut tx).await
    };
    match ours.await {
        Ok(Some(code)) if code != notice.short_code => {
            Json(refuse_validation(C2bRefusal::InvalidShortCode)).into_response()
        }
        // A database that is away must not stop money: the confirmation comes later and is stored then.
        _ => Json(accept_validation(None)).into_response(),
    }
}

/// Which report it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stk,
    C2b,
}

/// The tenant and the body, or the answer to a stranger.
async fn known_sender(app: &App, secret: &str, body: Body) -> Result<(TenantId, Vec<u8>), Response> {
    let tenant = match platform::tenants::of_webhook(app, PROVIDER, secret).await {
        Ok(Some(tenant)) => tenant,
        Ok(None) => return Err((StatusCode::NOT_FOUND, "There is nothing at this address.").into_response()),
        Err(error) => return Err(refused(&error)),
    };
    match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(bytes) => Ok((tenant, bytes.to_vec())),
        Err(_) => Err((StatusCode::PAYLOAD_TOO_LARGE, "The report is longer than 64 kB.").into_response()),
    }
}

fn refused(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, error.to_string()).into_response()
}

async fn take(app: &App, secret: &str, kind: Kind, received_at: DateTime<Utc>, body: Body) -> Response {
    let (tenant, bytes) = match known_sender(app, secret, body).await {
        Ok(known) => known,
        Err(refusal) => return refusal,
    };
    match store(app, tenant, kind, received_at, &bytes).await {
        Ok(()) => Json(acknowledgement()).into_response(),
        // Only when it could not be stored: then the provider must send it again.
        Err(error) => refused(&error),
    }
}

/// The natural key of a report, and the receipt in it, or why it cannot be read.
struct Read {
    kind: &'static str,
    reference: String,
    receipt: Option<String>,
    problem: Option<String>,
}

fn read(kind: Kind, bytes: &[u8]) -> Read {
    let read = match kind {
        Kind::Stk => StkCallback::parse(bytes).map(|report| {
            // A failure and a success of one request are two reports; so are two receipts.
            let receipt = report.paid.map(|paid| paid.receipt);
            let what = receipt.as_deref().unwrap_or(&report.result_code);
            Read {
                kind: "stk",
                reference: short(format!("{}:{what}", report.checkout_request_id)),
                receipt,
                problem: None,
            }
        }),
        Kind::C2b => C2bNotice::parse(bytes).map(|notice| Read {
            kind: "c2b_confirmation",
            reference: notice.receipt.clone(),
            receipt: Some(notice.receipt),
            problem: None,
        }),
    };
    read.unwrap_or_else(|problem| {
        tracing::warn!(%problem, "a payment report cannot be read and was kept");
        Read {
            kind: "unreadable",
            reference: hex::encode(Sha256::digest(bytes)),
            receipt: None,
            problem: Some(format!("{} {}", problem.field, problem.problem)),
        }
    })
}

/// A key as it is stored: one that is too long for the index is told apart by its hash.
fn short(reference: String) -> String {
    if reference.len() > REFERENCE_BYTES_MAX { hex::encode(Sha256::digest(&reference)) } else { reference }
}

/// Keeps a report and has it worked on, once. A repetition is counted, unless the report is being worked on just now: it is
/// stored, and that is what the provider wants to hear.
async fn store(
    app: &App,
    tenant: TenantId,
    kind: Kind,
    received_at: DateTime<Utc>,
    bytes: &[u8],
) -> Result<(), AppError> {
    let read = read(kind, bytes);
    // PostgreSQL has no text with a NUL in it.
    let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
    let mut tx = app.begin_as_system_with::<perm::PaymentReceive>(tenant, "M-Pesa report").await?;
    let id = Uuid::now_v7();
    let fresh = sqlx::query!(
        "INSERT INTO payment_callback (tenant_id, id, gateway, kind, reference, receipt, body, received_at, outcome)
         VALUES ($1, $2, 'mpesa', $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, gateway, kind, reference) DO NOTHING",
        tenant.uuid(),
        id,
        read.kind,
        read.reference,
        read.receipt,
        text,
        received_at,
        read.problem,
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    if fresh.rows_affected() == 1 {
        if read.kind != "unreadable" {
            tx.schedule(&ProcessCallback { id }).await?;
        }
        return tx.commit().await;
    }
    let counted = sqlx::query!(
        "UPDATE payment_callback SET repeats = repeats + 1 WHERE gateway = 'mpesa' AND kind = $1 AND reference = $2",
        read.kind,
        read.reference,
    )
    .execute(tx.conn())
    .await;
    match counted {
        Ok(_) => tx.commit().await,
        Err(error) if is_lock_timeout(&error) => Ok(()),
        Err(error) => Err(from_sql(error)),
    }
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|db| db.code()).is_some_and(|code| code == "55P03")
}

/// Works on a stored report. Nothing is before it in the queue: somebody sits without internet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProcessCallback {
    pub id: Uuid,
}

impl Job for ProcessCallback {
    const KIND: &'static str = "billing.process_callback";
    const PRIORITY: i16 = 100;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let row = sqlx::query!(
            "SELECT kind, body, receipt, received_at FROM payment_callback WHERE id = $1 AND processed_at IS NULL FOR UPDATE",
            self.id
        )
        .fetch_optional(op.conn())
        .await?;
        let Some(row) = row else { return Ok(()) };
        let first_at = first_report_in_op(&mut op, row.receipt.as_deref(), row.received_at).await?;
        let outcome = match row.kind.as_str() {
            "stk" => {
                let Ok(report) = StkCallback::parse(row.body.as_bytes()) else {
                    return Err(JobError::Fail("unreadable".into()));
                };
                adopt_in_op(&mut op, &report).await?;
                if must_wait_in_op(&mut op, &report.checkout_request_id, row.received_at).await? {
                    return Err(JobError::Later(1));
                }
                stk_in_op(&mut op, report, first_at).await?
            }
            _ => {
                let Ok(notice) = C2bNotice::parse(row.body.as_bytes()) else {
                    return Err(JobError::Fail("unreadable".into()));
                };
                c2b_in_op(&mut op, notice, first_at).await?
            }
        };
        let now = Utc::now();
        sqlx::query!(
            "UPDATE payment_callback SET processed_at = $2, outcome = $3 WHERE id = $1",
            self.id,
            now,
            outcome
        )
        .execute(op.conn())
        .await?;
        op.commit().await?;
        Ok(())
    }
}

/// When this receipt was first reported, on whichever channel.
async fn first_report_in_op(op: &mut Op, receipt: Option<&str>, own: DateTime<Utc>) -> Result<DateTime<Utc>, AppError> {
    let Some(receipt) = receipt else { return Ok(own) };
    let first = sqlx::query_scalar!("SELECT min(received_at) FROM payment_callback WHERE receipt = $1", receipt)
        .fetch_one(op.conn())
        .await
        .map_err(from_sql)?;
    Ok(first.unwrap_or(own))
}

/// The request of ours that a report is about.
struct Asked {
    id: PaymentAttemptId,
    account: AccountId,
    msisdn: String,
    amount_minor: i64,
    merchant_request_id: Option<String>,
    /// The receipt of the payment that it brought.
    paid_by: Option<String>,
}

async fn stk_in_op(op: &mut Op, report: StkCallback, first_at: DateTime<Utc>) -> Result<&'static str, AppError> {
    let asked = sqlx::query!(
        r#"SELECT t.id, t.account_id, t.msisdn, t.amount_minor, t.merchant_request_id, p.gateway_reference AS "paid_by?"
           FROM payment_attempt t LEFT JOIN payment p ON p.tenant_id = t.tenant_id AND p.id = t.payment_id
           WHERE t.checkout_request_id = $1 FOR UPDATE OF t"#,
        report.checkout_request_id
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .map(|row| Asked {
        id: PaymentAttemptId::from_uuid(row.id),
        account: AccountId::from_uuid(row.account_id),
        msisdn: row.msisdn,
        amount_minor: row.amount_minor,
        merchant_request_id: row.merchant_request_id,
        paid_by: row.paid_by,
    });
    let state = report.state();
    let Some(paid) = &report.paid else {
        let Some(asked) = asked else { return Ok("unknown_request") };
        return failed_in_op(op, asked.id, &report, &state).await;
    };
    let to = whose(&report, paid, asked.as_ref());
    let money = MoneyIn {
        method: PaymentMethod::MpesaStk,
        reference: Some(paid.receipt.clone()),
        amount: Money::new(paid.amount_minor, Currency::Kes),
        payer_phone: paid.phone.clone(),
        payer_name: None,
        bill_reference: None,
        // The provider's clock is real; the books are kept in business time.
        paid_at: paid.paid_at.map_or_else(|| op.now(), |at| at + op.app().clock.offset()),
        callback_at: Some(first_at),
        attempt: asked.as_ref().map(|asked| asked.id),
        to,
    };
    let received = receive_in_op(op, money).await?;
    if let (Some(asked), Ok(_)) = (&asked, to) {
        paid_in_op(op, asked.id, received).await?;
    } else if let (Some(asked), Err(reason)) = (&asked, to) {
        move_on_in_op(op, asked.id, AttemptState::Unknown, Some("0"), Some(reason.code())).await?;
    }
    Ok(outcome_of(received))
}

/// Whose money a successful report brings. Anything that differs from our own request makes it a stray.
fn whose(report: &StkCallback, paid: &StkPaid, asked: Option<&Asked>) -> Result<AccountId, StrayReason> {
    let asked = asked.ok_or(StrayReason::UnknownRequest)?;
    match (&report.merchant_request_id, &asked.merchant_request_id) {
        (Some(theirs), Some(ours)) if theirs != ours => return Err(StrayReason::RequestDiffers),
        _ => {}
    }
    // A prompt brings one payment: a second receipt for it is somebody's money, but not what we asked for.
    if asked.paid_by.as_ref().is_some_and(|receipt| *receipt != paid.receipt) {
        return Err(StrayReason::RequestDiffers);
    }
    if paid.amount_minor != asked.amount_minor {
        return Err(StrayReason::AmountDiffers);
    }
    let phone = paid.phone.as_deref().map(|phone| compare_phone(phone, &asked.msisdn));
    if phone == Some(PhoneHint::Different) {
        return Err(StrayReason::PhoneDiffers);
    }
    Ok(asked.account)
}

/// Ties an attempt to the payment that it brought, also when the other channel was first.
pub(super) async fn paid_in_op(op: &mut Op, attempt: PaymentAttemptId, received: Received) -> Result<(), AppError> {
    if matches!(received, Received::Strayed(_)) {
        return Ok(());
    }
    let payment = received.id();
    let tied = sqlx::query!(
        "UPDATE payment_attempt t SET payment_id = p.id FROM payment p
         WHERE t.id = $1 AND p.id = $2 AND p.tenant_id = t.tenant_id AND p.account_id = t.account_id",
        attempt.uuid(),
        payment.uuid(),
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    if tied.rows_affected() == 0 {
        // The other channel brought this receipt to somebody else, or to the stray desk: a person decides.
        move_on_in_op(op, attempt, AttemptState::Unknown, Some("0"), None).await?;
        return Ok(());
    }
    timeline::asked_in_op(op, payment, attempt).await?;
    move_on_in_op(op, attempt, AttemptState::Paid, Some("0"), None).await?;
    Ok(())
}

async fn failed_in_op(
    op: &mut Op,
    attempt: PaymentAttemptId,
    report: &StkCallback,
    state: &StkState,
) -> Result<&'static str, AppError> {
    let to = match state {
        StkState::Failed { code, .. } => ended_state(code),
        _ => AttemptState::Unknown,
    };
    let text = Some(report.result_description.as_str());
    // A failure after success is kept as a report and not applied: states only move forward.
    let has_moved = move_on_in_op(op, attempt, to, Some(&report.result_code), text).await?;
    Ok(if has_moved { "not_paid" } else { "too_late" })
}

async fn c2b_in_op(op: &mut Op, notice: C2bNotice, first_at: DateTime<Utc>) -> Result<&'static str, AppError> {
    let ours = daraja::short_code_in_op(op).await?;
    let to = if ours.is_some_and(|ours| ours != notice.short_code) {
        Err(StrayReason::ShortCodeDiffers)
    } else {
        account_of(op, notice.bill_reference.as_deref().unwrap_or_default()).await?
    };
    let money = MoneyIn {
        method: PaymentMethod::MpesaC2b,
        reference: Some(notice.receipt),
        amount: Money::new(notice.amount_minor, Currency::Kes),
        payer_phone: notice.phone,
        payer_name: notice.payer_name,
        bill_reference: notice.bill_reference,
        paid_at: notice.paid_at + op.app().clock.offset(),
        callback_at: Some(first_at),
        attempt: None,
        to,
    };
    Ok(outcome_of(receive_in_op(op, money).await?))
}

/// The account that a payer typed, looked up exactly: nobody is guessed.
pub(super) async fn account_of(op: &mut Op, typed: &str) -> Result<Result<AccountId, StrayReason>, AppError> {
    let number = match PaybillReference::read(typed) {
        PaybillReference::Account(number) => number.stored(),
        PaybillReference::Blank => return Ok(Err(StrayReason::NoReference)),
        PaybillReference::Phone(_) | PaybillReference::Other(_) => return Ok(Err(StrayReason::UnknownAccount)),
    };
    let id = sqlx::query_scalar!("SELECT id FROM account WHERE number = $1", number)
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?;
    Ok(id.map(AccountId::from_uuid).ok_or(StrayReason::UnknownAccount))
}

const fn outcome_of(received: Received) -> &'static str {
    match received {
        Received::Posted(_) => "posted",
        Received::Strayed(_) => "suspense",
        Received::Known(_) => "known",
    }
}
