//! Listening to accounting: sessions that begin and end. The one rule: a note is a hint that may be lost; what is not
//! heard is found by looking at accounting every few seconds.

use super::{ApplyProfile, sql};
use crate::activation;
use billing::payments::{self, NetworkAnswer};
use chrono::{NaiveDate, TimeDelta, Utc};
use model::AppError;
use model::billing::PaymentId;
use model::crm::ServiceId;
use platform::error::from_sql;
use platform::{App, Job, JobCtx, JobError, Op, TenantId};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// The channel of the notes: `tenant:user name:start` or `:stop`.
const CHANNEL: &str = "radius_session";
/// How often accounting is looked at without a note.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);
/// How often sessions are sought that report no more.
const REAP_EVERY: Duration = Duration::from_secs(60);
/// While we were away nobody heard the routers: each session gets the time of three reports before it counts as silent.
const REAP_AFTER: Duration = Duration::from_secs(15 * 60);
/// A device that has not dialled by then is off; the payment opened the way, and that is all it can do.
const RECONNECT_MINUTES: i64 = 15;
/// How long refused logins are kept.
const KEEP_REFUSED_DAYS: i32 = 30;
/// Months of accounting that are made in advance.
const MONTHS_AHEAD: i32 = 3;

/// Watches sessions until told to stop: stops the clocks of payments, brings activations online, wakes open pages, ends
/// sessions that report no more. One per server; several do no harm.
pub async fn watch(app: App, stop: CancellationToken) {
    let mut notes = app.live.raw();
    let mut reconcile = tokio::time::interval(RECONCILE_EVERY);
    let mut reap = tokio::time::interval_at(tokio::time::Instant::now() + REAP_AFTER, REAP_EVERY);
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            note = notes.recv() => match note {
                Ok(note) if note.channel == CHANNEL => heard(&app, &note.payload).await,
                Ok(_) => continue,
                Err(RecvError::Lagged(_)) => look_at_all(&app).await,
                Err(RecvError::Closed) => return,
            },
            _ = reconcile.tick() => look_at_all(&app).await,
            _ = reap.tick() => reap_all(&app).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "sessions could not be looked at; tried again in a few seconds");
        }
    }
}

async fn heard(app: &App, payload: &str) -> Result<(), AppError> {
    // A user name may hold colons; a tenant's id and the kind of the note do not.
    let parts = payload.split_once(':').and_then(|(tenant, rest)| Some((tenant, rest.rsplit_once(':')?)));
    let Some((Ok(tenant), (username, kind))) = parts.map(|(tenant, rest)| (tenant.parse::<TenantId>(), rest)) else {
        tracing::warn!(payload, "unreadable note of a session");
        return Ok(());
    };
    let mut op = app.begin_as_system(tenant, "sessions").await?;
    session_changed_in_op(&mut op, username, kind == "start").await?;
    op.commit().await
}

/// A session of this user name began or ended. Idempotent.
pub async fn session_changed_in_op(op: &mut Op, username: &str, began: bool) -> Result<(), AppError> {
    let owner = sql::owner_of(op.conn(), username).await.map_err(from_sql)?;
    if began {
        settle_in_op(op, Some(username)).await?;
        tell_found_in_op(op).await?;
        if let Some((service, _)) = owner {
            activation::session_began_in_op(op, service).await?;
        }
    }
    // Notes go to all of the staff, a user name is for some: pages ask for their rows anyway.
    let service = owner.map(|(service, _)| service.to_string()).unwrap_or_default();
    op.wake("network.session_changed", &service).await?;
    if let Some((_, account)) = owner {
        op.wake("network.account_session_changed", &account.to_string()).await?;
    }
    Ok(())
}

/// Stops the clock of payments whose session has come back, and gives up on those whose device does not dial.
async fn settle_in_op(op: &mut Op, username: Option<&str>) -> Result<(), AppError> {
    let now = Utc::now();
    for wait in sql::waiting(op.conn(), username).await.map_err(from_sql)? {
        let payment = PaymentId::from_uuid(wait.payment_id);
        let (at, answer) = match wait.began_at {
            // Heard now, it began now: routers report whole seconds. Found later, the report is all there is.
            Some(began) if username.is_some() => (now.max(began), NetworkAnswer::Disconnect),
            Some(began) => (began.max(wait.told_at), NetworkAnswer::Disconnect),
            // Its router has not heard us yet: `ApplyProfile` tries on, and the payment's clock runs on with it.
            None if wait.still_open => continue,
            None if now - wait.told_at > TimeDelta::minutes(RECONNECT_MINUTES) => (now, NetworkAnswer::NoSession),
            None => continue,
        };
        sql::settle(op.conn(), payment, at).await.map_err(from_sql)?;
        payments::online_in_op(op, payment, at, answer).await?;
    }
    Ok(())
}

async fn look_at_all(app: &App) -> Result<(), AppError> {
    for tenant in platform::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "sessions").await?;
        reconcile_in_op(&mut op).await?;
        op.commit().await?;
    }
    Ok(())
}

/// Looks at accounting for what no note told: payments and activations that wait for a session, sessions whose beginning
/// nobody heard.
pub async fn reconcile_in_op(op: &mut Op) -> Result<(), AppError> {
    settle_in_op(op, None).await?;
    tell_found_in_op(op).await?;
    activation::reconcile_in_op(op).await
}

/// A session that an interim report opened has the profile of some earlier day: its router is told the present one. A
/// session that begins got it with its login, and telling it would only make work.
async fn tell_found_in_op(op: &mut Op) -> Result<(), AppError> {
    for service in sql::take_found(op.conn()).await.map_err(from_sql)? {
        op.schedule(&ApplyProfile { service_id: ServiceId::from_uuid(service), payment_id: None }).await?;
    }
    Ok(())
}

async fn reap_all(app: &App) -> Result<(), AppError> {
    for tenant in platform::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "sessions").await?;
        reap_in_op(&mut op).await?;
        op.commit().await?;
    }
    Ok(())
}

/// Ends the sessions that have missed three reports; a late report opens them again. Returns how many.
pub async fn reap_in_op(op: &mut Op) -> Result<i32, AppError> {
    let closed = sql::close_lost(op.conn(), KEEP_REFUSED_DAYS).await.map_err(from_sql)?;
    if closed > 0 {
        tracing::info!(closed, "sessions without reports were ended");
    }
    Ok(closed)
}

/// Makes the months that accounting will need. Once a day; the safety net takes what comes without them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeepAccounting {
    pub day: NaiveDate,
}

impl Job for KeepAccounting {
    const KIND: &'static str = "network.keep_accounting";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        sql::make_partitions(op.conn(), MONTHS_AHEAD).await?;
        Ok(op.commit().await?)
    }
}
