//! Tickets. The one rule: a closed ticket stays closed, and what we write to a subscriber also reaches the phone.

mod sql;

use crate::notices::{Notice, send_in_op};
use crate::t;
use chrono::{DateTime, Duration, Utc};
use model::AppError;
use model::account_number::AccountNumber;
use model::comms::notices::NoticeKind;
use model::comms::tickets::{
    AnswerTicketForm, OpenTicket, TicketDetail, TicketFilter, TicketForm, TicketList, TicketRow, TicketStatus,
};
use model::comms::{TicketId, perm};
use model::crm::{AccountId, SubscriberId};
use model::network::IncidentId;
use model::page::{PAGE_ROWS, Page};
use model::portal::timeline::TimelineKind;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use serde_json::json;

/// A ticket as a step finds it, locked.
struct Locked {
    id: TicketId,
    number: String,
    account_id: AccountId,
    status: TicketStatus,
}

/// Who writes into a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Us,
    Subscriber,
}

/// The tickets of a tab, the last touched first, with the counts of the tabs.
pub async fn list(tx: &mut Tx<perm::TicketRead>, filter: &TicketFilter) -> Result<TicketList, AppError> {
    let wanted = sql::Wanted {
        tab: if filter.tab.is_empty() { "unclosed".into() } else { filter.tab.clone() },
        search: filter.search.trim().to_lowercase(),
        after: filter.after.parse().ok(),
        limit: PAGE_ROWS + 1,
        ..sql::Wanted::default()
    };
    let mut rows = sql::rows(tx.conn(), &wanted).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
    let (open, waiting) = sql::counts(tx.conn()).await.map_err(from_sql)?;
    Ok(TicketList { page: Page { rows, next, previous: None }, open, waiting })
}

/// One ticket with its entries.
pub async fn get(tx: &mut Tx<perm::TicketRead>, id: TicketId) -> Result<TicketDetail, AppError> {
    get_in_op(tx, id).await
}

/// The same for contexts to the right. A subscriber's context sees own tickets and no internal note.
pub async fn get_in_op(op: &mut Op, id: TicketId) -> Result<TicketDetail, AppError> {
    let wanted = sql::Wanted { id: Some(id.uuid()), limit: 1, ..sql::Wanted::default() };
    let row = sql::rows(op.conn(), &wanted).await?.pop().ok_or(AppError::NotFound)?;
    let incident_id = sql::incident(op.conn(), id).await.map_err(from_sql)?;
    let incident = match incident_id {
        Some(id) => Some(network::incidents::head_in_op(op, id).await?.number),
        None => None,
    };
    let entries = sql::entries(op.conn(), id).await.map_err(from_sql)?;
    Ok(TicketDetail { row, incident_id, incident, entries })
}

/// The tickets of one subscriber, newest first, for the subscriber's page and for `/my`.
pub async fn of_subscriber_in_op(op: &mut Op, subscriber: SubscriberId) -> Result<Vec<TicketRow>, AppError> {
    let wanted = sql::Wanted { subscriber: Some(subscriber.uuid()), limit: PAGE_ROWS, ..sql::Wanted::default() };
    sql::rows(op.conn(), &wanted).await
}

/// Opens a ticket for the account with this number. Refuses a number that is nobody's.
pub async fn open(tx: &mut Tx<perm::TicketWrite>, account: &str, form: TicketForm) -> Result<TicketId, AppError> {
    let refused = |e: &dyn std::fmt::Display| AppError::invalid("account", e.to_string());
    let number: AccountNumber = account.parse().map_err(|e| refused(&e))?;
    let ticket = form.parse().map_err(AppError::Invalid)?;
    let found = crm::accounts::by_number_in_op(tx, number).await?;
    let Some(account) = found else {
        return Err(refused(&"No subscriber has this account number. Look the subscriber up by name or phone."));
    };
    open_in_op(tx, account.id, ticket, Author::Us).await
}

/// Opens a ticket of an account. The time to the first answer begins to run.
pub async fn open_in_op(
    op: &mut Op,
    account: AccountId,
    ticket: OpenTicket,
    author: Author,
) -> Result<TicketId, AppError> {
    crm::accounts::get_in_op(op, account).await?;
    let (tenant, now, id) = (op.tenant(), op.now(), TicketId::new());
    let counter = platform::counter::next(op.conn(), tenant, "ticket").await.map_err(from_sql)?;
    let number = format!("T-{counter:05}");
    let due = now + Duration::hours(i64::from(ticket.priority.answer_hours()));
    sql::insert(op.conn(), tenant, &sql::New { id, number: &number, account, ticket: &ticket, at: now, due })
        .await
        .map_err(from_sql)?;
    write_entry(op, id, account, author, false, ticket.text.as_str()).await?;
    let facts = json!({ "id": id, "number": number, "subject": ticket.subject, "topic": ticket.topic });
    let kind = TimelineKind::Ticket;
    crm::timeline::note_in_op(op, account, kind.code(), facts, kind.class()).await?;
    op.audit(Change::new("comms.ticket.open", "ticket", id).after(json!({ "number": number, "topic": ticket.topic })));
    Ok(id)
}

/// Answers a ticket or notes something for colleagues, and may move it on. An answer goes to the subscriber's phone; a
/// note never does. Refuses a closed ticket and a step that its state does not allow.
pub async fn answer(tx: &mut Tx<perm::TicketWrite>, form: AnswerTicketForm) -> Result<(), AppError> {
    let answer = form.parse().map_err(AppError::Invalid)?;
    let ticket = lock_unclosed(tx, answer.id).await?;
    let entry =
        write_entry(tx, ticket.id, ticket.account_id, Author::Us, answer.is_internal, answer.text.as_str()).await?;
    if !answer.is_internal {
        let now = tx.now();
        sql::set_answered(tx.conn(), ticket.id, now).await.map_err(from_sql)?;
        tell(tx, &ticket, answer.text.as_str(), &format!("ticket:{entry}")).await?;
    }
    if let Some(to) = answer.status.filter(|to| *to != ticket.status) {
        move_on(tx, &ticket, to).await?;
    }
    tx.audit(Change::new("comms.ticket.answer", "ticket", ticket.id).after(json!({
        "is_internal": answer.is_internal, "status": answer.status,
    })));
    Ok(())
}

/// The subscriber writes. What was resolved or waited for the subscriber is open again.
pub async fn answer_own_in_op(op: &mut Op, id: TicketId, text: &model::text::Prose<4000>) -> Result<(), AppError> {
    let ticket = lock_unclosed(op, id).await?;
    write_entry(op, id, ticket.account_id, Author::Subscriber, false, text.as_str()).await?;
    if matches!(ticket.status, TicketStatus::Waiting | TicketStatus::Resolved) {
        move_on(op, &ticket, TicketStatus::Open).await?;
    }
    Ok(())
}

/// Closes a ticket. Idempotent: a closed one stays closed.
pub async fn close(tx: &mut Tx<perm::TicketWrite>, id: TicketId) -> Result<(), AppError> {
    let ticket = sql::lock(tx.conn(), id).await?.ok_or(AppError::NotFound)?;
    if ticket.status == TicketStatus::Closed {
        return Ok(());
    }
    tx.audit(Change::new("comms.ticket.close", "ticket", id).before(json!({ "status": ticket.status })));
    move_on(tx, &ticket, TicketStatus::Closed).await
}

/// Somebody may have written before the monitoring noticed.
const BEFORE_THE_ALARM: Duration = Duration::hours(1);

/// What an incident says to the open tickets of an account about being offline since it began; its end resolves them. What
/// was asked before is another matter. The words go to the phone by the incident's own notice. Idempotent by incident.
pub(crate) async fn answer_incident_in_op(
    op: &mut Op,
    account: AccountId,
    (incident, opened_at): (IncidentId, DateTime<Utc>),
    text: &str,
    is_over: bool,
) -> Result<(), AppError> {
    let to = if is_over { TicketStatus::Resolved } else { TicketStatus::Waiting };
    let since = opened_at - BEFORE_THE_ALARM;
    for ticket in sql::lock_of_incident(op.conn(), account, (incident, since), is_over).await? {
        write_entry(op, ticket.id, account, Author::Us, false, text).await?;
        let now = op.now();
        sql::set_incident(op.conn(), ticket.id, incident, now).await.map_err(from_sql)?;
        if ticket.status != to && ticket.status.can_become(to) {
            move_on(op, &ticket, to).await?;
        }
    }
    Ok(())
}

async fn lock_unclosed(op: &mut Op, id: TicketId) -> Result<Locked, AppError> {
    let ticket = sql::lock(op.conn(), id).await?.ok_or(AppError::NotFound)?;
    if ticket.status == TicketStatus::Closed {
        return Err(AppError::Conflict(format!("{} is closed. Open a new ticket instead.", ticket.number)));
    }
    Ok(ticket)
}

async fn move_on(op: &mut Op, ticket: &Locked, to: TicketStatus) -> Result<(), AppError> {
    if !ticket.status.can_become(to) {
        let words = |status: TicketStatus| status.code().replace('_', " ");
        let (from, to) = (words(ticket.status), words(to));
        return Err(AppError::Conflict(format!("{} is {from}; it cannot become {to} from there.", ticket.number)));
    }
    let now = op.now();
    sql::set_status(op.conn(), ticket.id, to, now).await.map_err(from_sql)?;
    op.wake("comms.ticket_changed", &ticket.id.to_string()).await
}

async fn write_entry(
    op: &mut Op,
    id: TicketId,
    account: AccountId,
    author: Author,
    is_internal: bool,
    text: &str,
) -> Result<uuid::Uuid, AppError> {
    let (tenant, now, name) = (op.tenant(), op.now(), op.actor().shown_name());
    let entry = sql::NewEntry {
        id: uuid::Uuid::now_v7(),
        ticket: id,
        account,
        at: now,
        is_ours: author == Author::Us,
        is_internal,
        text,
        actor_name: &name,
    };
    sql::insert_entry(op.conn(), tenant, &entry).await.map_err(from_sql)?;
    op.wake("comms.ticket_changed", &id.to_string()).await?;
    Ok(entry.id)
}

/// The answer as an SMS.
async fn tell(op: &mut Op, ticket: &Locked, text: &str, dedupe: &str) -> Result<(), AppError> {
    let account = crm::accounts::get_in_op(op, ticket.account_id).await?;
    let isp = platform::tenants::head(op.app(), op.tenant()).await?.name;
    // Three SMS; the rest stands in the portal.
    let text: String = text.chars().take(400).collect();
    let text = t::sms_ticket(account.lang, isp, &ticket.number, text);
    let notice = Notice::sms(NoticeKind::TicketAnswer, account.phone.e164(), account.lang, text, dedupe);
    send_in_op(op, notice.about(account.id)).await.map(drop)
}
