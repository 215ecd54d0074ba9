//! What is made of a message: a lead of a partner's, a place in the inbox of everybody else's.

use super::sql;
use crate::notices::{Notice, Report, report_in_op, send_in_op};
use crate::t;
use chrono::{DateTime, Duration, Utc};
use crm::leads::{InboundLead, Outcome, Received};
use model::comms::MessageId;
use model::comms::notices::{Channel, InboundState, NoticeKind};
use model::crm::lead_message::{LeadPart, parse_lead_message};
use model::crm::leads::LeadSource;
use model::msisdn::Msisdn;
use model::{AppError, Lang};
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};

/// Looks at one message. A message of a referral partner, or one that begins with the keyword, becomes a lead and is
/// answered with what was understood; every other one waits in the inbox.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandleInbound {
    pub id: MessageId,
}

impl Job for HandleInbound {
    const KIND: &'static str = "comms.handle_inbound";
    const PRIORITY: i16 = 10;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let message = sql::lock(op.conn(), self.id).await?.filter(|m| m.state == InboundState::Received);
        let Some(message) = message else { return Ok(()) };
        let (state, made) = match Msisdn::parse(&message.sender) {
            Ok(sender) => self.look_at(&mut op, &message, sender).await?,
            Err(_) => (InboundState::Inbox, sql::Made::default()),
        };
        sql::set_made(op.conn(), self.id, state, &made).await?;
        op.wake("comms.inbound_changed", &self.id.to_string()).await?;
        op.commit().await?;
        Ok(())
    }
}

impl HandleInbound {
    async fn look_at(
        &self,
        op: &mut Op,
        message: &sql::Locked,
        sender: Msisdn,
    ) -> Result<(InboundState, sql::Made), AppError> {
        let account = crm::accounts::by_msisdn_in_op(op, sender).await?.into_iter().next().map(|account| account.id);
        let has_keyword = parse_lead_message(&message.body).has_keyword;
        let partner = crm::partners::by_phone_in_op(op, sender).await?.filter(|partner| partner.is_active);
        if !has_keyword && partner.is_none() {
            return Ok((InboundState::Inbox, sql::Made { account, ..sql::Made::default() }));
        }
        let source = match message.channel {
            Channel::WhatsApp => LeadSource::WhatsApp,
            Channel::Sms | Channel::Email => LeadSource::Sms,
        };
        let lead = InboundLead { source, sender, text: message.body.clone(), received_at: message.received_at };
        let received = crm::leads::receive_in_op(op, lead).await?;
        let lang = spoken(&message.body).unwrap_or(platform::tenants::head(op.app(), op.tenant()).await?.lang);
        let (state, lead, reply) = match &received.outcome {
            Outcome::Created { lead_id, number } => {
                (InboundState::Lead, Some(*lead_id), Some(t::reply_lead_created(lang, number, understood(&received))))
            }
            Outcome::Duplicate { lead_id, number } => {
                (InboundState::Lead, Some(*lead_id), Some(t::reply_lead_duplicate(lang, number)))
            }
            Outcome::NotALead => {
                let ask = has_keyword.then(|| t::reply_lead_not_understood(lang).to_owned());
                (InboundState::Inbox, None, ask)
            }
        };
        let reply = reply.map(|text| match &received.outcome {
            Outcome::Created { .. } => text + &missing(lang, &received),
            _ => text,
        });
        let reply = match reply {
            Some(text) => Some(
                send_in_op(
                    op,
                    Notice {
                        kind: NoticeKind::LeadUnderstood,
                        channel: message.channel,
                        account_id: None,
                        to: message.sender.clone(),
                        lang,
                        subject: None,
                        text,
                        dedupe: format!("inbound:{}", self.id),
                    },
                )
                .await?,
            ),
            None => None,
        };
        Ok((state, sql::Made { lead, account, reply }))
    }
}

/// What was understood, by our own names where we know the thing.
fn understood(received: &Received) -> String {
    let parsed = &received.parsed;
    let parts = [
        parsed.name.clone(),
        parsed.phone.map(|phone| phone.to_string()),
        received.building.clone().or_else(|| parsed.building.clone()),
        received.unit.clone().or_else(|| parsed.unit.clone()),
        received.plan.clone().or_else(|| parsed.plan.clone()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What the reply asks for. A plan may be missing: the agent offers one.
fn missing(lang: Lang, received: &Received) -> String {
    let words: Vec<&str> = received
        .missing
        .iter()
        .filter_map(|part| match part {
            LeadPart::Name => Some(t::part_name(lang)),
            LeadPart::Phone => Some(t::part_phone(lang)),
            LeadPart::Building => Some(t::part_building(lang)),
            LeadPart::Unit => Some(t::part_unit(lang)),
            LeadPart::Plan => None,
        })
        .collect();
    if words.is_empty() { String::new() } else { t::reply_lead_missing(lang, words.join(", ")) }
}

/// The language of a message by its keyword.
fn spoken(text: &str) -> Option<Lang> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric()).collect();
    match word.to_lowercase().as_str() {
        "mteja" | "mpya" => Some(Lang::Sw),
        "lead" | "leads" | "client" | "customer" | "new" => Some(Lang::En),
        _ => None,
    }
}

/// How long a report may be quicker than the answer to our own request.
const EARLY_S: i64 = 60;

/// Applies a delivery report that came before its message was known to be sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApplyReport {
    pub(super) report: Report,
    /// Real time.
    pub(super) received_at: DateTime<Utc>,
}

impl Job for ApplyReport {
    const KIND: &'static str = "comms.apply_report";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let is_known = report_in_op(&mut op, &self.report).await?;
        op.commit().await?;
        if is_known {
            return Ok(());
        }
        if Utc::now() - self.received_at < Duration::seconds(EARLY_S) {
            return Err(JobError::Later(2));
        }
        tracing::warn!(provider_id = self.report.provider_id, "a delivery report names no message of ours");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_speaks_the_language_of_the_keyword() {
        assert_eq!(spoken(" MTEJA Jane"), Some(Lang::Sw));
        assert_eq!(spoken("lead: Jane"), Some(Lang::En));
        assert_eq!(spoken("Jane 0712"), None);
    }
}
