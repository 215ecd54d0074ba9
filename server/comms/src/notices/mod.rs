//! The outbox. The one rule: one notice about one event goes out once on each channel, and after an outcome that nobody
//! knows it is not sent again by itself.

mod send;
mod sql;

pub use send::SendMessage;

use model::comms::notices::{Channel, DeliveryState, MessageFilter, MessageRow, NoticeKind};
use model::comms::{MessageId, perm};
use model::crm::perm::{SubscriberReadContact, SubscriberReadFinancial};
use model::crm::{AccountId, SubscriberId};
use model::page::{PAGE_ROWS, Page};
use model::portal::timeline::TimelineKind;
use model::{AppError, Lang, PermissionSet};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;

/// The longest text that goes out; WhatsApp takes no more.
const TEXT_CHARS_MAX: usize = 4096;

/// What is to be told to whom.
#[derive(Debug, Clone)]
pub struct Notice {
    pub kind: NoticeKind,
    pub channel: Channel,
    /// Whose it is; `None` for people who are no subscribers.
    pub account_id: Option<AccountId>,
    /// A phone in any form for SMS and WhatsApp, an address for e-mail.
    pub to: String,
    pub lang: Lang,
    /// E-mail has one.
    pub subject: Option<String>,
    pub text: String,
    /// What it is about: the same key on the same channel is the same notice.
    pub dedupe: String,
}

impl Notice {
    /// An SMS, which reaches everybody.
    pub fn sms(kind: NoticeKind, to: impl Into<String>, lang: Lang, text: String, dedupe: impl Into<String>) -> Self {
        let (to, dedupe) = (to.into(), dedupe.into());
        Self { kind, channel: Channel::Sms, account_id: None, to, lang, subject: None, text, dedupe }
    }

    pub fn about(mut self, account: AccountId) -> Self {
        self.account_id = Some(account);
        self
    }
}

/// Puts a notice into the outbox and has it sent after the commit. Idempotent by channel and `dedupe`: the second call
/// finds the first message. Refuses a recipient who cannot be reached and an empty text.
pub async fn send_in_op(op: &mut Op, notice: Notice) -> Result<MessageId, AppError> {
    put_in_op(op, notice).await.map(|put| put.id)
}

/// A message of the outbox, and whether this call put it there.
pub(crate) struct Put {
    pub id: MessageId,
    pub is_fresh: bool,
}

pub(crate) async fn put_in_op(op: &mut Op, notice: Notice) -> Result<Put, AppError> {
    let to = recipient(notice.channel, &notice.to)?;
    let text: String = notice.text.trim().chars().take(TEXT_CHARS_MAX).collect();
    // A curly quote would double what an SMS costs.
    let text = if notice.channel == Channel::Sms { model::comms::segments::plain(&text) } else { text };
    if text.is_empty() {
        return Err(AppError::invalid("text", "Write a text first."));
    }
    let (tenant, now, id) = (op.tenant(), op.now(), MessageId::new());
    let parts = match notice.channel {
        Channel::Sms => i32::try_from(model::comms::segments::sms_size(&text).parts).ok(),
        Channel::WhatsApp | Channel::Email => None,
    };
    let new = sql::New { id, to: &to, text: &text, parts, at: now, notice: &notice };
    if !sql::insert(op.conn(), tenant, &new).await.map_err(from_sql)? {
        let first = sql::find(op.conn(), notice.channel, &notice.dedupe).await.map_err(from_sql)?;
        return first.map(|id| Put { id, is_fresh: false }).ok_or(AppError::NotFound);
    }
    if let Some(account) = notice.account_id {
        let facts = json!({ "id": id, "kind": notice.kind, "channel": notice.channel });
        let kind = TimelineKind::Message;
        crm::timeline::note_in_op(op, account, kind.code(), facts, kind.class()).await?;
    }
    op.schedule(&SendMessage { message_id: id }).await?;
    op.wake("comms.message_changed", &id.to_string()).await?;
    Ok(Put { id, is_fresh: true })
}

/// The form in which a channel names its reader. WhatsApp people may be known by a user id only.
fn recipient(channel: Channel, to: &str) -> Result<String, AppError> {
    let refused = |error: &dyn std::fmt::Display| AppError::invalid("to", error.to_string());
    match channel {
        Channel::Sms => model::msisdn::Msisdn::parse(to).map(|phone| phone.e164()).map_err(|e| refused(&e)),
        Channel::WhatsApp => {
            Ok(model::msisdn::Msisdn::parse(to).map_or_else(|_| to.trim().to_owned(), |p| p.canonical()))
        }
        Channel::Email => model::text::EmailAddress::parse(to).map(String::from).map_err(|e| refused(&e)),
    }
}

/// What a reader of messages may see of them.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    pub sees_contact: bool,
    pub sees_money: bool,
}

impl Reader {
    pub fn of(permissions: &PermissionSet) -> Self {
        Self {
            sees_contact: permissions.can::<SubscriberReadContact>(),
            sees_money: permissions.can::<SubscriberReadFinancial>(),
        }
    }
}

/// The outbox, newest first. Recipients are shown to those who may see contacts; messages that name an amount are there for
/// those who may see money.
pub async fn list(
    tx: &mut Tx<perm::MessageRead>,
    filter: &MessageFilter,
    reader: Reader,
) -> Result<Page<MessageRow>, AppError> {
    let wanted = sql::Wanted {
        state: filter.state.clone(),
        after: filter.after.parse().ok(),
        limit: PAGE_ROWS + 1,
        subscriber: None,
    };
    let mut rows = sql::rows(tx.conn(), &wanted, reader).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
    Ok(Page { rows, next, previous: None })
}

/// What was told to one subscriber, newest first, for the subscriber's page; of it what the reader may see.
pub async fn of_subscriber_in_op(
    op: &mut Op,
    subscriber: SubscriberId,
    reader: Reader,
) -> Result<Vec<MessageRow>, AppError> {
    let wanted = sql::Wanted { subscriber: Some(subscriber.uuid()), limit: PAGE_ROWS, ..sql::Wanted::default() };
    sql::rows(op.conn(), &wanted, reader).await
}

/// Sends a message again that was refused, or whose outcome nobody knows: a person has looked. Refuses one that went
/// out. Idempotent: one that waits to be sent stays so.
pub async fn resend(tx: &mut Tx<perm::MessageSend>, id: MessageId) -> Result<(), AppError> {
    let (state, is_forgotten) = sql::lock_state(tx.conn(), id).await?.ok_or(AppError::NotFound)?;
    if is_forgotten {
        return Err(AppError::Conflict("A code or a link is sent once. Have a new one made instead.".into()));
    }
    match state {
        DeliveryState::Queued => return Ok(()),
        DeliveryState::Failed | DeliveryState::Unknown => {}
        DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Read => {
            return Err(AppError::Conflict("This message went out already. Write a new one instead.".into()));
        }
    }
    sql::requeue(tx.conn(), id).await.map_err(from_sql)?;
    tx.audit(Change::new("comms.message.resend", "message", id).before(json!({ "state": state })));
    tx.schedule(&SendMessage { message_id: id }).await?;
    tx.wake("comms.message_changed", &id.to_string()).await
}

/// A provider's word on what became of a message. Reports come in any order and more than once: only a step forward
/// counts. `false` when no message of ours has this id.
pub(crate) async fn report_in_op(op: &mut Op, report: &Report) -> Result<bool, AppError> {
    let Some((id, state)) = sql::lock_by_provider_id(op.conn(), report).await? else { return Ok(false) };
    if state.can_become(report.state) {
        sql::set_state(op.conn(), id, report.state, Some(&report.provider_id), report.error.as_deref())
            .await
            .map_err(from_sql)?;
        op.wake("comms.message_changed", &id.to_string()).await?;
    }
    Ok(true)
}

/// What a provider reports.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Report {
    pub channel: Channel,
    pub provider_id: String,
    pub state: DeliveryState,
    pub error: Option<String>,
    /// Our own id, which WhatsApp gives back: it finds a message whose answer was lost.
    pub message_id: Option<MessageId>,
}
