//! The job that hands one message to its provider. The one rule: the try is written down before the provider is asked,
//! so that after a crash we know that we do not know.

use super::sql;
use chrono::{Timelike, Utc};
use gateways::GatewayError;
use gateways::mail::MailMessage;
use gateways::sms::SmsMessage;
use gateways::whatsapp::WhatsAppText;
use model::comms::MessageId;
use model::comms::notices::{Channel, DeliveryState, QuietHours};
use platform::{Job, JobCtx, JobError, Op, settings};
use serde::{Deserialize, Serialize};

/// After so many tries (about half an hour) a person decides.
const TRIES_MAX: i32 = 11;

/// Sends one message of the outbox. Nothing happens when it is not waiting any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMessage {
    pub message_id: MessageId,
}

/// What a provider gave for a message that it took.
struct Sent {
    provider_id: Option<String>,
    parts: Option<i32>,
    cost_text: Option<String>,
}

impl Job for SendMessage {
    const KIND: &'static str = "comms.send_message";
    const PRIORITY: i16 = 10;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.message_id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let Some(message) = sql::lock_queued(op.conn(), self.message_id).await? else { return Ok(()) };
        if message.was_attempted {
            let why = "The program stopped while the message was being sent. It may have arrived.";
            return self.end(op, DeliveryState::Unknown, why).await;
        }
        if let Some(seconds) = quiet_seconds(&mut op, &message).await? {
            return Err(JobError::Later(seconds));
        }
        let sender = sender_name(&mut op).await?;
        sql::set_attempted(op.conn(), self.message_id, Some(Utc::now()), None).await?;
        op.commit().await?;

        let outcome = hand_over(&ctx, self.message_id, &message, sender).await;

        let mut op = ctx.begin().await?;
        match outcome {
            Ok(sent) => {
                let taken = sql::Taken {
                    provider_id: sent.provider_id.as_deref(),
                    parts: sent.parts,
                    cost_text: sent.cost_text.as_deref(),
                    at: Utc::now(),
                };
                sql::set_sent(op.conn(), self.message_id, &taken).await?;
                op.wake("comms.message_changed", &self.message_id.to_string()).await?;
                op.commit().await?;
                Ok(())
            }
            Err(error @ GatewayError::Unknown { .. }) => self.end(op, DeliveryState::Unknown, &error.to_string()).await,
            Err(error) if error.may_retry() && ctx.attempt < TRIES_MAX => {
                sql::set_attempted(op.conn(), self.message_id, None, Some(&error.to_string())).await?;
                op.commit().await?;
                Err(JobError::Retry(error.to_string()))
            }
            Err(error) => self.end(op, DeliveryState::Failed, &error.to_string()).await,
        }
    }
}

impl SendMessage {
    async fn end(&self, mut op: Op, state: DeliveryState, why: &str) -> Result<(), JobError> {
        tracing::warn!(message.id = %self.message_id, state = state.code(), why, "a message did not go out");
        sql::set_state(op.conn(), self.message_id, state, None, Some(why)).await?;
        op.wake("comms.message_changed", &self.message_id.to_string()).await?;
        op.commit().await?;
        Ok(())
    }
}

/// How long a notice that can wait has to wait for the morning; the tenant sets the hours.
async fn quiet_seconds(op: &mut Op, message: &sql::Waiting) -> Result<Option<u32>, JobError> {
    let Some(value) = settings::read_in_op(op, "comms.quiet_hours").await? else { return Ok(None) };
    let Ok(quiet) = serde_json::from_value::<QuietHours>(value) else {
        tracing::error!("the quiet hours in the settings cannot be read; messages go out at any hour");
        return Ok(None);
    };
    let local = op.now().with_timezone(&op.zone());
    let hour = u8::try_from(local.hour()).map_err(platform::internal)?;
    if quiet.lets_pass(message.kind, hour) {
        return Ok(None);
    }
    let hours = (24 + u32::from(quiet.until) - local.hour()) % 24;
    Ok(Some((hours * 3600).saturating_sub(local.minute() * 60 + local.second()).max(60)))
}

/// The registered sender name of the tenant, if it has one.
async fn sender_name(op: &mut Op) -> Result<Option<String>, JobError> {
    let value = settings::read_in_op(op, "comms.sms_sender").await?;
    Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
}

async fn hand_over(
    ctx: &JobCtx,
    id: MessageId,
    message: &sql::Waiting,
    sender: Option<String>,
) -> Result<Sent, GatewayError> {
    let missing = |what: &'static str| GatewayError::permanent(what, "setup", "it is not set up");
    let gateways = crate::gateways_of(&ctx.app, ctx.tenant);
    match message.channel {
        Channel::Sms => {
            let gateway = gateways.sms.as_ref().ok_or_else(|| missing("The SMS gateway"))?;
            let sms = SmsMessage { to: message.recipient.clone(), text: message.body.clone(), sender };
            let sent = gateway.send(&sms).await?;
            Ok(Sent {
                provider_id: Some(sent.provider_id),
                parts: i32::try_from(sent.parts).ok(),
                cost_text: Some(sent.cost_text),
            })
        }
        Channel::WhatsApp => {
            let gateway = gateways.whatsapp.as_ref().ok_or_else(|| missing("The WhatsApp gateway"))?;
            let text = WhatsAppText {
                to: message.recipient.clone(),
                body: message.body.clone(),
                correlation: Some(id.to_string()),
                reply_to: None,
            };
            let sent = gateway.send_text(&text).await?;
            Ok(Sent { provider_id: Some(sent.message_id), parts: None, cost_text: None })
        }
        Channel::Email => {
            let gateway = gateways.mail.as_ref().ok_or_else(|| missing("The mail server"))?;
            let host = ctx.app.settings.public_host();
            let mail = MailMessage {
                from: gateways.mail_from.clone().unwrap_or_else(|| format!("no-reply@{host}")),
                to: message.recipient.clone(),
                reply_to: None,
                subject: message.subject.clone().unwrap_or_default(),
                text: message.body.clone(),
                html: None,
                message_id: Some(format!("{id}@{host}")),
            };
            gateway.send(&mail).await?;
            Ok(Sent { provider_id: None, parts: None, cost_text: None })
        }
    }
}
