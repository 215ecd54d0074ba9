//! The subscriber page, the most used screen. The one rule: a section is read only for a reader of its class.

mod network;
mod sql;
mod timeline;

use crate::clock::page_clock;
use model::billing::{PaymentId, perm as billing_perm};
use model::comms::perm as comms_perm;
use model::crm::SubscriberId;
use model::crm::perm::{
    ServiceApprove, SubscriberRead, SubscriberReadContact, SubscriberReadFinancial, SubscriberReadTechnical,
    SubscriberWrite,
};
use model::crm::subscribers::{MoneyHead, TechnicalHead};
use model::field::perm as field_perm;
use model::identity::perm as identity_perm;
use model::network::perm as network_perm;
use model::portal::subscriber_page::{MoneySection, SubscriberActions, SubscriberPage};
use model::{AppError, PermissionSet};
use platform::error::from_sql;
use platform::{Op, Tx};

pub(crate) use network::{open_sessions, usage};
pub(crate) use sql::{balance, currency, number};

/// Invoices and payments on the page; older ones are in their lists.
const LINES_MAX: i64 = 50;

/// The whole page of a subscriber as this reader may see it.
///
/// # Errors
/// `NotFound`, also for a subscriber of somebody else.
pub async fn page(
    tx: &mut Tx<SubscriberRead>,
    reader: &PermissionSet,
    id: SubscriberId,
) -> Result<SubscriberPage, AppError> {
    let sees = crm::subscribers::Sees::of(reader);
    let mut head = crm::subscribers::head_in_op(tx, id, sees).await?;
    let sees_money = reader.can::<SubscriberReadFinancial>();
    let sees_network = reader.can::<SubscriberReadTechnical>();
    let account = head.account_id;
    let services = sql::services(tx, id, sees_money, sees_network, sees.contact).await?;
    let money = if sees_money { Some(money(tx, id, account).await?) } else { None };
    head.money = money.as_ref().map(|section| MoneyHead {
        balance: section.balance,
        due_on: section.invoices.iter().filter(|i| i.left.minor > 0).map(|i| i.due_on).min(),
    });
    let mut locks = match reader.can::<billing_perm::LockRead>() {
        true => billing::locks::list_of_account_in_op(tx, account).await?,
        false => vec![],
    };
    if let Some(money) = &money {
        for lock in locks.iter_mut().filter(|lock| lock.lifted_at.is_none() && lock.reason.is_money_lock()) {
            lock.due = Some(money.due);
        }
    }
    let network = if sees_network { Some(network::section(tx, id, &services).await?) } else { None };
    if let Some(section) = &network {
        let session = section.sessions.first();
        let address = session.and_then(|s| s.address).map(|a| a.to_string());
        let reserved = section.addresses.iter().find(|a| a.until.is_none()).map(|a| a.network.addr().to_string());
        let is_walled = session.is_some_and(|s| s.is_walled);
        // Locks are set in business time, and this stands beside times of routers.
        let locked_at = locks.iter().filter(|lock| is_walled && lock.lifted_at.is_none()).map(|lock| lock.set_at).min();
        let locked_at = locked_at.map(|at| at - tx.app().clock.offset());
        head.technical = Some(TechnicalHead {
            is_online: session.is_some() && !is_walled,
            is_walled,
            since: match session {
                Some(session) => locked_at.max(Some(session.started_at)),
                None => section.diagnosis.as_ref().and_then(network::last_seen),
            },
            username: services.iter().find_map(|service| service.username.clone()),
            address: address.or(reserved),
        });
    }
    let tickets = match reader.can::<comms_perm::TicketRead>() {
        true => Some(comms::tickets::of_subscriber_in_op(tx, id).await?),
        false => None,
    };
    let contact = if sees.contact { field::work_orders::Contact::Shown } else { field::work_orders::Contact::Hidden };
    let work = match reader.can::<field_perm::WorkOrderRead>() {
        true => Some(field::work_orders::of_subscriber_in_op(tx, id, contact).await?),
        false => None,
    };
    let messages = match reader.can::<comms_perm::MessageRead>() && sees.contact {
        true => Some(comms::notices::of_subscriber_in_op(tx, id, comms::notices::Reader::of(reader)).await?),
        false => None,
    };
    let timeline = timeline::of_account(tx, account, reader).await?;
    Ok(SubscriberPage {
        clock: page_clock(tx),
        head,
        can: actions(reader),
        payment_id: PaymentId::new(),
        services,
        locks,
        money,
        network,
        tickets,
        work,
        messages,
        timeline,
    })
}

/// What the reader may do here; the verbs check again.
fn actions(reader: &PermissionSet) -> SubscriberActions {
    SubscriberActions {
        can_take_payment: reader.can::<billing_perm::PaymentTake>(),
        can_edit: reader.can::<SubscriberWrite>(),
        can_approve: reader.can::<ServiceApprove>(),
        can_lock: reader.can::<billing_perm::LockWrite>(),
        can_message: reader.can::<comms_perm::MessageSend>() && reader.can::<SubscriberReadContact>(),
        can_open_ticket: reader.can::<comms_perm::TicketWrite>(),
        can_plan_work: reader.can::<field_perm::WorkOrderWrite>(),
        can_disconnect_session: reader.can::<network_perm::SessionDisconnect>(),
        can_impersonate: reader.can::<identity_perm::ImpersonateStart>(),
    }
}

async fn money(op: &mut Op, id: SubscriberId, account: model::crm::AccountId) -> Result<MoneySection, AppError> {
    let balance = sql::balance(op, account).await?;
    let invoices = billing::invoices::list_of_account_in_op(op, Some(account), LINES_MAX).await?;
    let payments = billing::payments::list_of_account_in_op(op, account, LINES_MAX).await?;
    let until = op.now() + chrono::TimeDelta::seconds(1);
    let statement = billing::ledger::statement_in_op(op, account, until - chrono::TimeDelta::days(400), until).await?;
    let next_charge = sql::next_charge(op.conn(), id, balance.balance.currency).await.map_err(from_sql)?;
    Ok(MoneySection {
        balance: balance.balance,
        due: balance.due,
        next_charge,
        invoices,
        payments,
        statement: statement.into_iter().rev().collect(),
        as_of: op.now(),
    })
}
