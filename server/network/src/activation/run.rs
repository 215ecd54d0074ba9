//! The job that runs the steps. The one rule: each step has a transaction of its own; the world outside is asked between
//! two of them.

use super::{changed_in_op, online_in_op, sql, steps_in_op};
use crate::cpe::{CpeGateway, CpeLogin};
use crate::events::ServiceActivated;
use crate::{pools, projection};
use billing::invoices;
use chrono::Utc;
use crm::services;
use gateways::Secret;
use model::AppError;
use model::crm::subscribers::ServiceState;
use model::crm::{AccountId, ServiceId};
use model::network::ActivationId;
use model::network::activation::{ActivationState, ActivationStep, StepState, next_step};
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};

/// After so many tries a person has to look: what has not passed by then will not pass by waiting.
const TRIES_MAX: i32 = 6;

/// Runs the steps that are not done. A refusal stops it and is shown with a button to try again; a part that is away is
/// tried again by itself. Two of them at once take turns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunActivation {
    pub activation_id: ActivationId,
}

/// How far one look at the activation came.
enum Step {
    Next,
    /// Nothing is left to do here: over, taken back, or waiting for the subscriber's router.
    Rest,
}

impl Job for RunActivation {
    const KIND: &'static str = "network.run_activation";
    const PRIORITY: i16 = 60;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        loop {
            let Some(step) = self.begin(&ctx).await? else { return Ok(()) };
            if step == ActivationStep::Online
                && let Err(why) = self.configure_cpe(&ctx).await
            {
                return self.failed(&ctx, step, AppError::Unavailable(why)).await;
            }
            match self.take(&ctx, step).await {
                Ok(Step::Next) => {}
                Ok(Step::Rest) => return Ok(()),
                Err(error) => return self.failed(&ctx, step, error).await,
            }
        }
    }
}

impl RunActivation {
    /// Marks the next step as running, visibly, before its work begins. `None`: there is none.
    async fn begin(&self, ctx: &JobCtx) -> Result<Option<ActivationStep>, JobError> {
        let mut op = ctx.begin().await?;
        let Some(head) = sql::lock(op.conn(), self.activation_id).await? else { return Ok(None) };
        let step = self.next_in_op(&mut op, &head).await?;
        if let Some(step) = step {
            sql::begin_step(op.conn(), self.activation_id, step, Utc::now()).await?;
            changed_in_op(&mut op, self.activation_id, ServiceId::from_uuid(head.service_id)).await?;
        }
        op.commit().await?;
        Ok(step)
    }

    async fn next_in_op(&self, op: &mut Op, head: &sql::Head) -> Result<Option<ActivationStep>, AppError> {
        if !matches!(ActivationState::from_code(&head.state), Some(ActivationState::Running)) {
            return Ok(None);
        }
        let steps = steps_in_op(op, head.id).await?;
        let done: Vec<_> = steps.iter().filter(|s| s.state == StepState::Done).map(|s| s.step).collect();
        Ok(next_step(&done))
    }

    /// Does a step's work and marks it done, in one transaction.
    async fn take(&self, ctx: &JobCtx, step: ActivationStep) -> Result<Step, AppError> {
        let mut op = ctx.begin().await?;
        let head = sql::lock(op.conn(), self.activation_id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
        // Somebody else took the step, or took the activation back, while we waited for the row.
        if self.next_in_op(&mut op, &head).await? != Some(step) {
            return Ok(if head.state == ActivationState::Running.code() { Step::Next } else { Step::Rest });
        }
        let service = ServiceId::from_uuid(head.service_id);
        let note = match step {
            ActivationStep::Approve => None,
            ActivationStep::ReserveAddress => Some(reserve_in_op(&mut op, service).await?),
            ActivationStep::RadiusAccount => Some(account_in_op(&mut op, service).await?),
            ActivationStep::FirstInvoice => invoice_in_op(&mut op, service).await?,
            ActivationStep::WelcomeSms => {
                let account_id = AccountId::from_uuid(head.account_id);
                let event = ServiceActivated { activation_id: self.activation_id, service_id: service, account_id };
                op.publish(event).await?;
                None
            }
            ActivationStep::Online => {
                let since = sql::session_since(op.conn(), service).await.map_err(from_sql)?;
                match since {
                    Some(since) => online_in_op(&mut op, &head, since.max(head.started_at)).await?,
                    None => {
                        sql::set_state(op.conn(), self.activation_id, ActivationState::Ready, Utc::now())
                            .await
                            .map_err(from_sql)?;
                        changed_in_op(&mut op, self.activation_id, service).await?;
                    }
                }
                op.commit().await?;
                return Ok(Step::Rest);
            }
        };
        sql::set_step(op.conn(), self.activation_id, step, StepState::Done, Utc::now(), note.as_deref())
            .await
            .map_err(from_sql)?;
        changed_in_op(&mut op, self.activation_id, service).await?;
        op.commit().await?;
        Ok(Step::Next)
    }

    /// Gives the subscriber's router its login, where a system can do that from afar.
    async fn configure_cpe(&self, ctx: &JobCtx) -> Result<(), String> {
        let Some(CpeGateway(cpe)) = ctx.app.get::<CpeGateway>() else { return Ok(()) };
        let read = async {
            let mut op = ctx.begin().await?;
            let head = sql::lock(op.conn(), self.activation_id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
            let logins = services::access_of_in_op(&mut op, ServiceId::from_uuid(head.service_id)).await?;
            op.rollback().await?;
            Ok::<_, AppError>(logins)
        };
        for login in read.await.map_err(|e: AppError| e.to_string())? {
            let password = Secret::new(login.secret);
            cpe.configure(CpeLogin { tenant: ctx.tenant, device: None, username: login.username, password }).await?;
        }
        Ok(())
    }

    /// Writes why a step did not succeed. A refusal, or too many tries, waits for a person. Somebody who took the step, or
    /// took the activation back, in the meantime has the last word.
    async fn failed(&self, ctx: &JobCtx, step: ActivationStep, error: AppError) -> Result<(), JobError> {
        let may_pass = matches!(error, AppError::Unavailable(_) | AppError::Internal(_) | AppError::Transport(_))
            || platform::error::is_lost_race(&error);
        let again = may_pass && ctx.attempt < TRIES_MAX;
        let (state, text, now) =
            (if again { StepState::Waiting } else { StepState::Failed }, sentence(&error), Utc::now());
        let mut op = ctx.begin().await?;
        let Some(head) = sql::lock(op.conn(), self.activation_id).await? else { return Ok(()) };
        if self.next_in_op(&mut op, &head).await? != Some(step) {
            return Ok(());
        }
        sql::set_step(op.conn(), self.activation_id, step, state, now, Some(&text)).await?;
        if !again {
            sql::set_state(op.conn(), self.activation_id, ActivationState::Failed, now).await?;
        }
        changed_in_op(&mut op, self.activation_id, ServiceId::from_uuid(head.service_id)).await?;
        op.commit().await?;
        if again { Err(JobError::Retry(text)) } else { Ok(()) }
    }
}

/// What a person reads: of refused fields, their sentences.
fn sentence(error: &AppError) -> String {
    match error.fields() {
        Some(fields) => fields.0.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join(" "),
        None => error.to_string(),
    }
}

async fn reserve_in_op(op: &mut Op, service: ServiceId) -> Result<String, AppError> {
    let given = pools::reserve_in_op(op, service).await?;
    let v4 = given.v4.map(|a| a.to_string());
    let v6 = given.v6.map(|n| n.to_string());
    Ok([v4, v6].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

async fn account_in_op(op: &mut Op, service: ServiceId) -> Result<String, AppError> {
    // An order may be completed before anybody pressed "start": then it was being installed all the same.
    if services::get_in_op(op, service).await?.state == ServiceState::Approved {
        services::set_state_in_op(op, service, ServiceState::Installing, None).await?;
    }
    Ok(projection::project_in_op(op, service).await?.join(", "))
}

/// Active and invoiced are one step: from this day on the service costs money.
async fn invoice_in_op(op: &mut Op, service: ServiceId) -> Result<Option<String>, AppError> {
    services::set_state_in_op(op, service, ServiceState::Active, None).await?;
    let Some(invoice) = invoices::issue_first_in_op(op, service).await? else { return Ok(None) };
    let number = sqlx::query_scalar!("SELECT number FROM invoice WHERE id = $1", invoice.uuid());
    number.fetch_optional(op.conn()).await.map(Option::flatten).map_err(from_sql)
}
