//! The doors of messages and tickets: each begins with its permission, calls one verb and commits.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::comms::connections::{Connection, Connections, MailForm, SmsForm, TestForm, WhatsAppForm};
use model::comms::notices::{InboundRow, MessageRow, ReplyForm};
use model::comms::tickets::{AnswerTicketForm, TicketDetail, TicketForm, TicketList};
use model::comms::{MessageId, TicketId};
use model::page::Page;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    chrono::Offset,
    comms::{connections, inbox, notices, tickets},
    model::comms::notices::MessageFilter,
    model::comms::perm,
    model::comms::tickets::TicketFilter,
    model::crm::perm::{LeadWrite, SubscriberReadContact},
    model::identity::perm::SettingWrite,
    platform::{Op, ctx},
};

/// The clock of a page: business time and the tenant's zone.
#[cfg(feature = "ssr")]
fn page_time(op: &Op) -> PageTime {
    let now = op.now();
    let offset_seconds = now.with_timezone(&op.zone()).offset().fix().local_minus_utc();
    PageTime { now, offset_minutes: offset_seconds / 60 }
}

/// What went out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboxData {
    pub page: Page<MessageRow>,
    /// How many messages in wait for a person.
    pub waiting: u64,
    pub can_send: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "comms/messages/list", input = GetUrl)]
pub async fn load_outbox(state: String, after: String) -> Result<OutboxData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::MessageRead>().await?;
    let filter = MessageFilter { state, after };
    let page = notices::list(&mut tx, &filter, notices::Reader::of(&ctx.person()?.permissions)).await?;
    let waiting = inbox::waiting(&mut tx).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(OutboxData { page, waiting, can_send: ctx.can::<perm::MessageSend>(), time })
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxData {
    pub page: Page<InboundRow>,
    pub waiting: u64,
    pub can_send: bool,
    /// Whether the reader may make leads.
    pub can_lead: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "comms/inbox/list", input = GetUrl)]
pub async fn load_inbox(state: String, after: String) -> Result<InboxData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::MessageRead>().await?;
    let filter = MessageFilter { state, after };
    let page = inbox::list(&mut tx, &filter, ctx.can::<SubscriberReadContact>()).await?;
    let waiting = inbox::waiting(&mut tx).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    let (can_send, can_lead) = (ctx.can::<perm::MessageSend>(), ctx.can::<LeadWrite>());
    Ok(InboxData { page, waiting, can_send, can_lead, time })
}

#[server(prefix = "/rpc/staff", endpoint = "comms/messages/resend")]
pub async fn resend_message(id: MessageId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::MessageSend>().await?;
    notices::resend(&mut tx, id).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "comms/inbox/reply")]
pub async fn reply_to_message(form: ReplyForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::MessageSend>().await?;
    inbox::reply(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect("/comms/messages?tab=in");
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "comms/inbox/handled")]
pub async fn message_handled(id: MessageId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::MessageSend>().await?;
    inbox::handled(&mut tx, id).await?;
    tx.commit().await
}

/// The list of tickets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketsData {
    pub list: TicketList,
    pub can_write: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "comms/tickets/list", input = GetUrl)]
pub async fn load_tickets(tab: String, search: String, after: String) -> Result<TicketsData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::TicketRead>().await?;
    let list = tickets::list(&mut tx, &TicketFilter { tab, search, after }).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(TicketsData { list, can_write: ctx.can::<perm::TicketWrite>(), time })
}

/// Opens a ticket for the account with this number, and leads to it.
#[server(prefix = "/rpc/staff", endpoint = "comms/tickets/open")]
pub async fn open_ticket(account: String, form: TicketForm) -> Result<TicketId, AppError> {
    let mut tx = ctx().await?.begin::<perm::TicketWrite>().await?;
    let id = tickets::open(&mut tx, &account, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/support/tickets/{id}"));
    Ok(id)
}

/// One ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketData {
    pub ticket: TicketDetail,
    pub can_write: bool,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "comms/tickets/get", input = GetUrl)]
pub async fn load_ticket(id: TicketId) -> Result<TicketData, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::TicketRead>().await?;
    let ticket = tickets::get(&mut tx, id).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    Ok(TicketData { ticket, can_write: ctx.can::<perm::TicketWrite>(), time })
}

#[server(prefix = "/rpc/staff", endpoint = "comms/tickets/answer")]
pub async fn answer_ticket(form: AnswerTicketForm) -> Result<(), AppError> {
    let id = form.id;
    let mut tx = ctx().await?.begin::<perm::TicketWrite>().await?;
    tickets::answer(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/support/tickets/{id}"));
    Ok(())
}

#[server(prefix = "/rpc/staff", endpoint = "comms/tickets/close")]
pub async fn close_ticket(id: TicketId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::TicketWrite>().await?;
    tickets::close(&mut tx, id).await?;
    tx.commit().await
}

/// What is set up to send and receive messages. It holds secret addresses, so only who may change it sees it.
#[server(prefix = "/rpc/staff", endpoint = "comms/connections/get", input = GetUrl)]
pub async fn read_connections() -> Result<Connections, AppError> {
    let mut tx = ctx().await?.begin::<SettingWrite>().await?;
    let page = connections::page(&mut tx).await?;
    tx.commit().await?;
    Ok(page)
}

#[server(prefix = "/rpc/staff", endpoint = "comms/connections/save_sms")]
pub async fn save_sms(form: SmsForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingWrite>().await?;
    connections::save_sms(&mut tx, form).await?;
    tx.commit().await?;
    applied(&ctx).await
}

#[server(prefix = "/rpc/staff", endpoint = "comms/connections/save_whatsapp")]
pub async fn save_whatsapp(form: WhatsAppForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingWrite>().await?;
    connections::save_whatsapp(&mut tx, form).await?;
    tx.commit().await?;
    applied(&ctx).await
}

#[server(prefix = "/rpc/staff", endpoint = "comms/connections/save_mail")]
pub async fn save_mail(form: MailForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingWrite>().await?;
    connections::save_mail(&mut tx, form).await?;
    tx.commit().await?;
    applied(&ctx).await
}

#[server(prefix = "/rpc/staff", endpoint = "comms/connections/remove")]
pub async fn remove_connection(connection: Connection) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingWrite>().await?;
    connections::remove(&mut tx, connection).await?;
    tx.commit().await?;
    applied(&ctx).await
}

/// The keys are stored; now they work, and the page says so.
#[cfg(feature = "ssr")]
async fn applied(ctx: &platform::RequestCtx) -> Result<(), AppError> {
    connections::apply(&ctx.app, ctx.tenant()?).await?;
    platform::web::redirect("/admin/settings/messaging?done=saved");
    Ok(())
}

/// Sends a message to try a connection, and leads to where its state stands.
#[server(prefix = "/rpc/staff", endpoint = "comms/connections/test")]
pub async fn test_connection(form: TestForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<SettingWrite>().await?;
    connections::test(&mut tx, ctx.lang, form).await?;
    tx.commit().await?;
    platform::web::redirect("/comms/messages");
    Ok(())
}
