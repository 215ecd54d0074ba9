//! Telling routers: a change of authorization first, ending the session as fallback. The one rule: the network is asked
//! between transactions, and afterwards the projection is read again, so that two changes that overtake each other end
//! in the last one.

use super::sql;
use crate::nas;
use crate::radius::{self, OpenSession, RadiusError};
use billing::payments::{self, NetworkAnswer};
use chrono::Utc;
use gateways::radius::{Attribute, CoaAnswer, CoaClient, CoaError, ErrorCause};
use model::AppError;
use model::billing::PaymentId;
use model::crm::ServiceId;
use model::network::NasId;
use model::time::Timestamp;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A router that answers does so within milliseconds; one that does not is asked to end the session before a person
/// who has just paid gives up waiting.
const COA_WAITS: [Duration; 3] = [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1600)];
/// How often a router that does not answer is asked in quick succession.
const TRIES_MAX: i32 = 6;
/// How long it is left alone after that, in seconds. It is asked again for as long as it reports the session.
const LATER_S: u32 = 120;
/// Changes that overtake one another settle in two rounds; more means that something changes it all the time.
const ROUNDS_MAX: usize = 5;

/// Makes the living sessions of a service what its projection says now. With a payment, its timeline is told when the
/// service was online. Idempotent: a router that has it already says yes again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApplyProfile {
    pub service_id: ServiceId,
    pub payment_id: Option<PaymentId>,
}

/// What a round found at the routers.
enum Told {
    /// Every session has what it should have.
    Online(Timestamp),
    /// A session was ended, and its device will dial again.
    Ended,
    NoSession,
}

impl Job for ApplyProfile {
    const KIND: &'static str = "network.apply_profile";
    const PRIORITY: i16 = 90;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut sent: Vec<(String, Option<Vec<Attribute>>)> = Vec::new();
        let mut told = Told::NoSession;
        for _ in 0..ROUNDS_MAX {
            let mut op = ctx.begin().await?;
            let plan = plan_in_op(&mut op, self.service_id).await?;
            op.rollback().await?;
            let due: Vec<_> = plan.into_iter().filter(|step| !sent.contains(&step.done())).collect();
            if due.is_empty() {
                break;
            }
            for step in due {
                match self.tell(&ctx, &step).await {
                    Ok(now) => told = worse(told, now),
                    Err(error) if ctx.attempt < TRIES_MAX => return Err(JobError::Retry(error.to_string())),
                    Err(error) => {
                        tracing::warn!(session = %step.session.unique_id, %error, "a router is asked again later");
                        // Should its session end before it hears us, the next one stops the payment's clock.
                        self.expect_reconnect(&ctx, &step).await?;
                        return Err(JobError::Later(LATER_S));
                    }
                }
                sent.push(step.done());
            }
        }
        match told {
            Told::Online(at) => self.note(&ctx, at, NetworkAnswer::Coa).await,
            Told::NoSession if self.expects_reconnect(&ctx).await? => Ok(()),
            Told::NoSession => self.note(&ctx, Utc::now(), NetworkAnswer::NoSession).await,
            // The next report of accounting stops the payment's clock (see `watch`).
            Told::Ended => Ok(()),
        }
    }
}

/// Of two answers the one that decides for the service.
fn worse(a: Told, b: Told) -> Told {
    match (a, b) {
        (Told::Ended, _) | (_, Told::Ended) => Told::Ended,
        (Told::Online(first), Told::Online(second)) => Told::Online(first.max(second)),
        (Told::Online(at), Told::NoSession) | (Told::NoSession, Told::Online(at)) => Told::Online(at),
        (Told::NoSession, Told::NoSession) => Told::NoSession,
    }
}

/// One session and what it must become; without changes it must end.
struct Step {
    session: OpenSession,
    changes: Option<Vec<Attribute>>,
    client: CoaClient,
}

impl Step {
    fn done(&self) -> (String, Option<Vec<Attribute>>) {
        (self.session.unique_id.clone(), self.changes.clone())
    }
}

/// The living sessions of a service and what each must become. A session whose router was removed cannot be told.
async fn plan_in_op(op: &mut Op, service: ServiceId) -> Result<Vec<Step>, AppError> {
    let tenant = op.tenant().uuid();
    let mut steps = Vec::new();
    for username in sql::usernames(op.conn(), service).await.map_err(from_sql)? {
        let changes = radius::session_change_in(op.conn(), tenant, &username).await.map_err(refused)?;
        for session in radius::open_sessions_in(op.conn(), tenant, &username).await.map_err(refused)? {
            if let Some(client) = client_in_op(op, &session).await? {
                // Attributes of another maker's dialect would be acknowledged and change nothing.
                let changes = changes.clone().filter(|_| session.can_change);
                steps.push(Step { session, changes, client });
            }
        }
    }
    Ok(steps)
}

async fn client_in_op(op: &mut Op, session: &OpenSession) -> Result<Option<CoaClient>, AppError> {
    let nas = NasId::from_uuid(session.nas_id);
    let Some(addr) = session.coa_addr() else { return Ok(None) };
    if !sql::has_nas(op.conn(), nas).await.map_err(from_sql)? {
        return Ok(None);
    }
    let secret = nas::secret_in_op(op, nas).await?;
    Ok(Some(CoaClient::new(addr, secret).with_schedule(&COA_WAITS)))
}

fn refused(error: RadiusError) -> AppError {
    match error {
        RadiusError::Database(error) => from_sql(error),
        other => platform::internal(other),
    }
}

impl ApplyProfile {
    async fn tell(&self, ctx: &JobCtx, step: &Step) -> Result<Told, JobError> {
        let key = step.session.key();
        if let Some(changes) = &step.changes {
            let sent_at = Utc::now();
            self.note_sent(ctx, sent_at).await?;
            match step.client.coa(&key, changes).await {
                Ok(CoaAnswer::Ack) => return Ok(Told::Online(Utc::now())),
                Ok(CoaAnswer::Nak { error_cause: Some(ErrorCause::SESSION_NOT_FOUND) }) => {
                    return gone(ctx, &step.session).await;
                }
                // An old router, or one that cannot change this: a new login gets the new profile.
                Ok(CoaAnswer::Nak { error_cause }) => {
                    tracing::info!(session = %step.session.unique_id, ?error_cause, "router refused the change");
                }
                Err(error @ CoaError::Timeout { .. }) => {
                    tracing::warn!(session = %step.session.unique_id, %error, "router did not answer the change");
                }
                Err(error) => return Err(JobError::Retry(error.to_string())),
            }
        }
        self.expect_reconnect(ctx, step).await?;
        match step.client.disconnect(&key).await {
            Ok(CoaAnswer::Ack) => Ok(Told::Ended),
            Ok(CoaAnswer::Nak { error_cause: Some(ErrorCause::SESSION_NOT_FOUND) }) => gone(ctx, &step.session).await,
            Ok(CoaAnswer::Nak { error_cause }) => {
                let why = error_cause.map_or_else(|| "no cause given".into(), |cause| cause.to_string());
                Err(JobError::Retry(format!("The router will neither change nor end the session: {why}.")))
            }
            Err(error) => Err(JobError::Retry(error.to_string())),
        }
    }

    /// Written before the router is told: its device may dial faster than we write.
    async fn expect_reconnect(&self, ctx: &JobCtx, step: &Step) -> Result<(), JobError> {
        let Some(payment) = self.payment_id else { return Ok(()) };
        let told_at = Utc::now();
        let mut op = ctx.begin().await?;
        let new = sql::NewReconnect {
            payment,
            service: self.service_id,
            username: &step.session.username,
            ended_session: &step.session.unique_id,
            told_at,
        };
        sql::insert_reconnect(op.conn(), &new).await?;
        payments::coa_sent_in_op(&mut op, payment, told_at).await?;
        Ok(op.commit().await?)
    }

    /// Whether an earlier try waits for the device to dial again: then `watch` stops the payment's clock, or gives up.
    async fn expects_reconnect(&self, ctx: &JobCtx) -> Result<bool, JobError> {
        let Some(payment) = self.payment_id else { return Ok(false) };
        let mut op = ctx.begin().await?;
        Ok(sql::is_waiting(op.conn(), payment).await?)
    }

    async fn note_sent(&self, ctx: &JobCtx, at: Timestamp) -> Result<(), JobError> {
        let Some(payment) = self.payment_id else { return Ok(()) };
        let mut op = ctx.begin().await?;
        payments::coa_sent_in_op(&mut op, payment, at).await?;
        Ok(op.commit().await?)
    }

    async fn note(&self, ctx: &JobCtx, at: Timestamp, answer: NetworkAnswer) -> Result<(), JobError> {
        let Some(payment) = self.payment_id else { return Ok(()) };
        let mut op = ctx.begin().await?;
        sql::settle(op.conn(), payment, at).await?;
        payments::online_in_op(&mut op, payment, at, answer).await?;
        Ok(op.commit().await?)
    }
}

/// The router has no such session (RFC 5176, cause 503): it is over here as well, at once and not after three reports.
async fn gone(ctx: &JobCtx, session: &OpenSession) -> Result<Told, JobError> {
    let mut op = ctx.begin().await?;
    sql::close_gone(op.conn(), &session.unique_id).await?;
    op.commit().await?;
    Ok(Told::NoSession)
}

/// Ends one session at its router. A session that is gone already is what was wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndSession {
    pub unique_id: String,
}

impl Job for EndSession {
    const KIND: &'static str = "network.end_session";
    const PRIORITY: i16 = 80;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.unique_id.clone())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let tenant = op.tenant().uuid();
        let Some(username) = sql::username_of(op.conn(), &self.unique_id).await? else { return Ok(()) };
        let sessions = radius::open_sessions_in(op.conn(), tenant, &username).await.map_err(refused)?;
        let Some(session) = sessions.into_iter().find(|s| s.unique_id == self.unique_id) else { return Ok(()) };
        let client = client_in_op(&mut op, &session).await?;
        op.rollback().await?;
        let Some(client) = client else {
            return Err(JobError::Fail("The session's router was removed, so nobody can be told to end it.".into()));
        };
        match client.disconnect(&session.key()).await {
            Ok(CoaAnswer::Ack) => Ok(()),
            Ok(CoaAnswer::Nak { error_cause: Some(ErrorCause::SESSION_NOT_FOUND) }) => {
                gone(&ctx, &session).await.map(drop)
            }
            Ok(CoaAnswer::Nak { error_cause }) => {
                let why = error_cause.map_or_else(|| "no cause given".into(), |cause| cause.to_string());
                Err(JobError::Fail(format!("The router refused to end the session: {why}.")))
            }
            Err(error) if ctx.attempt < TRIES_MAX => Err(JobError::Retry(error.to_string())),
            Err(error) => Err(JobError::Fail(error.to_string())),
        }
    }
}
