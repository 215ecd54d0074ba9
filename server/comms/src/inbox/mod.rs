//! What people send us. The one rule: a message is stored under its provider's id before anything is made of it, so a
//! provider may deliver twice and a crash loses nothing.

mod handle;
mod hooks;
mod sql;

pub use handle::{ApplyReport, HandleInbound};
pub(crate) use hooks::routes;

use crate::notices::{Notice, send_in_op};
use model::AppError;
use model::comms::notices::{Channel, InboundRow, InboundState, MessageFilter, NoticeKind, ReplyForm};
use model::comms::{MessageId, perm};
use model::page::{PAGE_ROWS, Page};
use model::time::Timestamp;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A message as a provider delivered it.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub channel: Channel,
    /// The provider's id of it.
    pub provider_id: String,
    /// The phone, or what else the provider knows the sender by.
    pub sender: String,
    pub sender_name: Option<String>,
    pub text: String,
}

/// Stores a message and has it looked at after the commit. Idempotent by channel and provider id.
pub async fn receive_in_op(op: &mut Op, message: &Inbound) -> Result<(), AppError> {
    let (tenant, now, id) = (op.tenant(), op.now(), MessageId::new());
    if sql::insert(op.conn(), tenant, id, message, InboundState::Received, now).await.map_err(from_sql)? {
        op.schedule(&HandleInbound { id }).await?;
        op.wake("comms.inbound_changed", &id.to_string()).await?;
    }
    Ok(())
}

/// Keeps bytes that are none of the provider's documented messages, for a person to look at. Idempotent by the bytes.
async fn keep_unreadable_in_op(op: &mut Op, channel: Channel, bytes: &[u8]) -> Result<(), AppError> {
    // The database takes no NUL; the rest stays as it came.
    let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| *c != '\0').collect();
    let provider_id = format!("sha256:{}", hex::encode(Sha256::digest(bytes)));
    let message = Inbound { channel, provider_id, sender: String::new(), sender_name: None, text };
    let (tenant, now, id) = (op.tenant(), op.now(), MessageId::new());
    sql::insert(op.conn(), tenant, id, &message, InboundState::Unreadable, now).await.map_err(from_sql)?;
    op.wake("comms.inbound_changed", &id.to_string()).await
}

/// What came in, newest first. Senders are shown to those who may see contacts.
pub async fn list(
    tx: &mut Tx<perm::MessageRead>,
    filter: &MessageFilter,
    shows_contact: bool,
) -> Result<Page<InboundRow>, AppError> {
    let mut rows = sql::rows(tx.conn(), &filter.state, filter.after.parse().ok(), PAGE_ROWS + 1, shows_contact).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
    Ok(Page { rows, next, previous: None })
}

/// How many messages wait for a person.
pub async fn waiting(tx: &mut Tx<perm::MessageRead>) -> Result<u64, AppError> {
    sql::waiting(tx.conn()).await.map_err(from_sql)
}

/// Answers a message on the channel it came by, and marks it as handled. Refuses one that could not be read: it has no
/// sender. Idempotent: the same answer to the same message goes out once.
pub async fn reply(tx: &mut Tx<perm::MessageSend>, form: ReplyForm) -> Result<(), AppError> {
    let (id, text) = form.parse().map_err(AppError::Invalid)?;
    let message = sql::lock(tx.conn(), id).await?.ok_or(AppError::NotFound)?;
    if message.sender.is_empty() {
        return Err(AppError::Conflict("This message names no sender, so it cannot be answered.".into()));
    }
    let digest = hex::encode(Sha256::digest(text.as_str().as_bytes()));
    let notice = Notice {
        kind: NoticeKind::Reply,
        channel: message.channel,
        account_id: message.account_id,
        to: message.sender,
        lang: tx.origin().lang,
        subject: None,
        text: text.into_string(),
        dedupe: format!("reply:{id}:{digest}"),
    };
    let reply = send_in_op(tx, notice).await?;
    tx.audit(Change::new("comms.inbound.reply", "inbound_message", id).after(json!({ "message": reply })));
    mark_handled(tx, id, Some(reply)).await
}

/// Marks a message as handled without an answer. Idempotent.
pub async fn handled(tx: &mut Tx<perm::MessageSend>, id: MessageId) -> Result<(), AppError> {
    sql::lock(tx.conn(), id).await?.ok_or(AppError::NotFound)?;
    tx.audit(Change::new("comms.inbound.handle", "inbound_message", id));
    mark_handled(tx, id, None).await
}

async fn mark_handled(op: &mut Op, id: MessageId, reply: Option<MessageId>) -> Result<(), AppError> {
    let (now, name): (Timestamp, String) = (op.now(), op.actor().shown_name());
    sql::set_handled(op.conn(), id, reply, now, &name).await.map_err(from_sql)?;
    op.wake("comms.inbound_changed", &id.to_string()).await
}
