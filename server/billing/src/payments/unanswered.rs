//! Reports about prompts whose request id we do not know: quicker than the answer to our call, or that answer was lost with
//! a killed server. The one rule: a report finds its prompt only when no other prompt could be meant.

use super::prompts::move_on_in_op;
use chrono::{DateTime, TimeDelta, Utc};
use gateways::payments::daraja::callback::{PhoneHint, StkCallback, compare_phone};
use model::AppError;
use model::billing::PaymentAttemptId;
use model::billing::stk::AttemptState;
use platform::Op;
use platform::error::from_sql;

/// How long a report waits for our own call to be answered, when it was quicker than the answer.
const ANSWER_WAIT_S: i64 = 90;
/// How old a prompt may be whose answer was lost, to be what a report of money is about.
const ADOPT_MINUTES: i64 = 10;
/// How long a prompt whose answer was lost waits for its money: as long as one with an answer is asked about.
const GIVE_UP_MINUTES: i64 = 60;
/// Prompts given up in one transaction; the next look takes the rest.
const GIVE_UP_MAX: i64 = 200;

/// Whether a report must wait: a prompt of ours is on its way whose answer, with the request id, has not come back, and the
/// report may be its.
pub(super) async fn must_wait_in_op(op: &mut Op, checkout: &str, received_at: DateTime<Utc>) -> Result<bool, AppError> {
    let now = Utc::now();
    if (now - received_at).num_seconds() >= ANSWER_WAIT_S {
        return Ok(false);
    }
    sqlx::query_scalar!(
        r#"SELECT (NOT EXISTS (SELECT FROM payment_attempt WHERE checkout_request_id = $1)
             AND EXISTS (SELECT FROM payment_attempt WHERE state = 'unknown' AND checkout_request_id IS NULL AND sent_at > $2)) AS "is!""#,
        checkout,
        now - TimeDelta::seconds(ANSWER_WAIT_S),
    )
    .fetch_one(op.conn())
    .await
    .map_err(from_sql)
}

/// Gives a report of money to the one prompt of ours that it can be about, when the answer with its request id was lost:
/// the same phone, the same amount, lately, and sent without our learning an id. Of two such prompts neither is chosen.
pub(super) async fn adopt_in_op(op: &mut Op, report: &StkCallback) -> Result<(), AppError> {
    let Some(paid) = &report.paid else { return Ok(()) };
    let Some(phone) = &paid.phone else { return Ok(()) };
    let unanswered = sqlx::query!(
        "SELECT id, msisdn FROM payment_attempt
         WHERE state = 'unknown' AND checkout_request_id IS NULL AND amount_minor = $1 AND sent_at > $2
           AND NOT EXISTS (SELECT FROM payment_attempt t WHERE t.checkout_request_id = $3)
         ORDER BY id FOR UPDATE",
        paid.amount_minor,
        Utc::now() - TimeDelta::minutes(ADOPT_MINUTES),
        report.checkout_request_id,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let mut same = unanswered.iter().filter(|asked| compare_phone(phone, &asked.msisdn) != PhoneHint::Different);
    let (Some(only), None) = (same.next(), same.next()) else { return Ok(()) };
    sqlx::query!(
        "UPDATE payment_attempt SET checkout_request_id = $2, merchant_request_id = $3 WHERE id = $1",
        only.id,
        report.checkout_request_id,
        report.merchant_request_id,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

/// Ends the wait of prompts whose answer was lost long ago: nobody can be asked about them. Money that comes for one after
/// all is still posted to the account that it names.
pub(super) async fn give_up_in_op(op: &mut Op) -> Result<(), AppError> {
    let old = sqlx::query_scalar!(
        "SELECT id FROM payment_attempt WHERE state = 'unknown' AND checkout_request_id IS NULL AND sent_at < $1
         ORDER BY id LIMIT $2",
        Utc::now() - TimeDelta::minutes(GIVE_UP_MINUTES),
        GIVE_UP_MAX,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    for id in old {
        let text = "M-Pesa's answer to the prompt was lost, and no money came for it.";
        move_on_in_op(op, PaymentAttemptId::from_uuid(id), AttemptState::TimedOut, None, Some(text)).await?;
    }
    Ok(())
}
