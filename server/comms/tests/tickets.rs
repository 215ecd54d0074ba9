//! Tickets, from the question to the end.

mod common;

use common::*;
use comms::tickets;
use model::Audience;
use model::comms::tickets::{AnswerTicketForm, Priority, TicketFilter, TicketForm, TicketStatus};
use model::comms::{TicketId, perm};
use model::{AppError, Lang};
use platform::ctx::Scope;

fn question() -> TicketForm {
    TicketForm {
        topic: "slow".into(),
        subject: "Slow at night".into(),
        text: "Since Monday".into(),
        priority: "high".into(),
    }
}

fn answer(id: TicketId, text: &str, is_internal: bool, status: &str) -> AnswerTicketForm {
    AnswerTicketForm {
        id,
        text: text.into(),
        is_internal: if is_internal { "on" } else { "" }.into(),
        status: status.into(),
    }
}

#[tokio::test]
async fn a_ticket_is_opened_answered_and_closed() {
    let world = World::start().await;
    let asha = world.pending("Asha Wanjiru", PHONE, Lang::En).await;
    let mut tx = world.app.tx::<perm::TicketWrite>(world.app.first).await;
    let id = tickets::open(&mut tx, &asha.account_number.stored(), question()).await.unwrap();
    tickets::answer(&mut tx, answer(id, "Looks like the splitter", true, "")).await.unwrap();
    tickets::answer(&mut tx, answer(id, "We changed the splitter", false, "resolved")).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(world.phones.texts(), ["The first ISP, T-00001: We changed the splitter"], "a note stays among us");
    let mut tx = world.app.tx::<perm::TicketRead>(world.app.first).await;
    let ticket = tickets::get(&mut tx, id).await.unwrap();
    assert_eq!((ticket.row.status, ticket.row.priority), (TicketStatus::Resolved, Priority::High));
    assert_eq!(ticket.entries.iter().map(|e| e.is_internal).collect::<Vec<_>>(), [false, true, false]);
    drop(tx);
    let mut tx = world.app.tx::<perm::TicketWrite>(world.app.first).await;
    tickets::close(&mut tx, id).await.unwrap();
    tickets::close(&mut tx, id).await.unwrap();
    let late = tickets::answer(&mut tx, answer(id, "One more thing", false, "")).await;
    assert_eq!(late, Err(AppError::Conflict("T-00001 is closed. Open a new ticket instead.".into())));
    tx.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::TicketRead>(world.app.first).await;
    assert!(tickets::list(&mut tx, &TicketFilter::default()).await.unwrap().page.rows.is_empty());
    let all = TicketFilter { tab: "all".into(), search: "asha".into(), ..TicketFilter::default() };
    assert_eq!(tickets::list(&mut tx, &all).await.unwrap().page.rows.len(), 1);
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_ticket_for_nobody_is_refused_and_anothers_is_not_found() {
    let world = World::start().await;
    let asha = world.pending("Asha Wanjiru", PHONE, Lang::En).await;
    let mut tx = world.app.tx::<perm::TicketWrite>(world.app.second).await;
    for account in ["", "nonsense", &asha.account_number.stored()] {
        let error = tickets::open(&mut tx, account, question()).await.unwrap_err();
        assert!(error.fields().unwrap().of("account").is_some(), "{account}");
    }
    drop(tx);
    let mut tx = world.app.tx::<perm::TicketWrite>(world.app.first).await;
    let id = tickets::open(&mut tx, &asha.account_number.stored(), question()).await.unwrap();
    assert_eq!(tickets::close(&mut tx, TicketId::new()).await, Err(AppError::NotFound));
    tx.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::TicketWrite>(world.app.second).await;
    assert_eq!(tickets::close(&mut tx, id).await, Err(AppError::NotFound));
    assert_eq!(tickets::answer(&mut tx, answer(id, "x", false, "")).await, Err(AppError::NotFound));
    drop(tx);
    let mut tx = world.app.tx::<perm::TicketRead>(world.app.second).await;
    assert_eq!(tickets::get(&mut tx, id).await.err(), Some(AppError::NotFound));
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_subscriber_reads_own_tickets_without_the_notes_and_opens_a_resolved_one_again() {
    let world = World::start().await;
    let asha = world.pending("Asha Wanjiru", PHONE, Lang::En).await;
    let juma = world.pending("Juma Otieno", "+254712000002", Lang::En).await;
    let mut tx = world.app.tx::<perm::TicketWrite>(world.app.first).await;
    let id = tickets::open(&mut tx, &asha.account_number.stored(), question()).await.unwrap();
    tickets::answer(&mut tx, answer(id, "Probably the router", true, "")).await.unwrap();
    tickets::answer(&mut tx, answer(id, "Solved?", false, "resolved")).await.unwrap();
    tx.commit().await.unwrap();
    let scoped = |account: model::crm::AccountId| {
        let scope = Scope::Accounts(vec![account.uuid()]);
        world.app.ctx_with(Audience::My, world.app.first, scope, &["comms.ticket.read", "comms.ticket.write"])
    };
    let mut tx = scoped(asha.account_id).begin::<perm::TicketWrite>().await.unwrap();
    let seen = tickets::get_in_op(&mut tx, id).await.unwrap();
    assert_eq!(seen.entries.iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), ["Since Monday", "Solved?"]);
    tickets::answer_own_in_op(&mut tx, id, &"No".parse().unwrap()).await.unwrap();
    assert_eq!(tickets::get_in_op(&mut tx, id).await.unwrap().row.status, TicketStatus::Open);
    tx.commit().await.unwrap();
    let mut tx = scoped(juma.account_id).begin::<perm::TicketWrite>().await.unwrap();
    assert_eq!(tickets::get_in_op(&mut tx, id).await.err(), Some(AppError::NotFound));
    assert_eq!(tickets::answer_own_in_op(&mut tx, id, &"Hi".parse().unwrap()).await, Err(AppError::NotFound));
    drop(tx);
    world.app.drain().await;
    world.app.finish().await;
}
