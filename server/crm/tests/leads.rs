//! Leads on a real database: messages, board, history.

mod common;

use common::{PARTNER_PHONE, created, start};
use crm::cursor::Cursor;
use crm::leads::{self, Filter, Outcome, Spot};
use crm::subscribers::Sees;
use model::AppError;
use model::crm::lead_message::LeadPart;
use model::crm::leads::{Coverage, LeadForm, LeadStatus, LostReason, MoveLeadForm};
use model::crm::{LeadId, perm};
use platform::Scope;

#[tokio::test]
async fn a_partners_message_becomes_an_attributed_lead_in_the_right_unit() {
    let sales = start().await;
    let received = sales.receive(PARTNER_PHONE, "LEAD Jane Wanjiru 0712345678 jacaranda court b-2 Home 20").await;
    let id = created(&received.outcome);
    assert_eq!(received.partner.map(|p| p.id), Some(sales.partner));
    assert_eq!(
        (received.building.as_deref(), received.plan.as_deref()),
        (Some("Jacaranda Court"), Some("Home 20 Mbps"))
    );
    assert!(received.missing.is_empty());
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    let detail = leads::detail(&mut tx, id, Sees::ALL).await.unwrap();
    assert_eq!(detail.lead.name, "Jane Wanjiru");
    assert_eq!(detail.lead.partner.as_deref(), Some("Juma, caretaker"));
    assert_eq!(detail.lead.place, "Jacaranda Court B2, Kahawa West");
    assert_eq!(detail.lead.coverage, Coverage::Sell);
    assert_eq!(detail.lead.monthly.map(|m| m.minor), Some(150_000));
    assert_eq!(detail.activities.len(), 1);
    assert_eq!(detail.activities[0].by, "Mtandao", "no job's name");
    let phoneless = leads::detail(&mut tx, id, Sees::default()).await.unwrap();
    assert_eq!((phoneless.lead.phone, phoneless.lead.message), (None, None));
    assert_eq!(phoneless.activities[0].detail, "");
    tx.commit().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn the_same_phone_twice_is_one_lead_with_two_messages() {
    let sales = start().await;
    let first = sales.receive(PARTNER_PHONE, "LEAD Jane 0712345678 B1").await;
    let id = created(&first.outcome);
    let again = sales.receive("0733000111", "mteja: Jane, 0712 345 678, Jacaranda").await;
    assert!(matches!(again.outcome, Outcome::Duplicate { lead_id, .. } if lead_id == id));
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    assert_eq!(leads::detail(&mut tx, id, Sees::ALL).await.unwrap().activities.len(), 2);
    let page = leads::list(&mut tx, &Filter::default(), None, &Cursor::default(), Sees::ALL).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::LeadWrite>(sales.app.first).await;
    let form = LeadForm { name: "Jane".into(), phone: "0712345678".into(), ..LeadForm::default() };
    let refusal = leads::create(&mut tx, form).await.unwrap_err();
    assert!(refusal.fields().unwrap().of("phone").unwrap().contains("LD-000001"));
    drop(tx);
    sales.app.finish().await;
}

#[tokio::test]
async fn what_is_missing_is_said_and_nobody_without_a_phone_is_a_lead() {
    let sales = start().await;
    let from_partner = sales.receive(PARTNER_PHONE, "LEAD Jane Wanjiru B12").await;
    assert_eq!(from_partner.outcome, Outcome::NotALead);
    assert!(from_partner.missing.contains(&LeadPart::Phone));
    let small_talk = sales.receive("0733000111", "Asante sana").await;
    assert_eq!(small_talk.outcome, Outcome::NotALead);
    let own = sales.receive("0733000111", "LEAD Peter Otieno Acacia Heights").await;
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    let lead = leads::detail(&mut tx, created(&own.outcome), Sees::ALL).await.unwrap().lead;
    assert_eq!(lead.phone.map(|p| p.canonical()).as_deref(), Some("254733000111"));
    assert_eq!((lead.building_id, lead.place.as_str()), (None, "Acacia Heights"));
    tx.commit().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn two_messages_about_one_phone_at_once_make_one_lead() {
    let sales = start().await;
    let send = || sales.receive(PARTNER_PHONE, "LEAD Jane 0712345678");
    let (a, b, c) = tokio::join!(send(), send(), send());
    let made = [a, b, c].iter().filter(|r| matches!(r.outcome, Outcome::Created { .. })).count();
    assert_eq!(made, 1);
    sales.app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_and_nothing_is_stored() {
    let sales = start().await;
    let mut tx = sales.app.tx::<perm::LeadWrite>(sales.app.first).await;
    let form = LeadForm { name: "Ja\u{0}ne".into(), phone: "0212345678".into(), ..LeadForm::default() };
    let refusal = leads::create(&mut tx, form).await.unwrap_err();
    let fields = refusal.fields().unwrap();
    assert!(fields.of("name").unwrap().contains("character"), "{fields:?}");
    assert!(fields.of("phone").is_some());
    let building = LeadForm {
        name: "Jane".into(),
        phone: "0712345678".into(),
        building_id: LeadId::new().to_string(),
        ..LeadForm::default()
    };
    let refusal = leads::create(&mut tx, building).await.unwrap_err();
    assert!(refusal.fields().unwrap().of("building_id").is_some());
    drop(tx);
    sales.app.finish().await;
}

async fn names(sales: &common::Sales, column: LeadStatus) -> Vec<String> {
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    let board = leads::board(&mut tx, &Filter::default(), Sees::ALL).await.unwrap();
    tx.commit().await.unwrap();
    let column = board.columns.into_iter().find(|c| c.status == column).unwrap();
    assert_eq!(column.count as usize, column.cards.len());
    column.cards.into_iter().map(|card| card.name).collect()
}

async fn try_move(
    sales: &common::Sales,
    id: LeadId,
    to: &str,
    reason: &str,
    spot: Spot,
) -> Result<leads::Moved, AppError> {
    let mut tx = sales.app.tx::<perm::LeadWrite>(sales.app.first).await;
    let form = MoveLeadForm { id, to: to.into(), reason: reason.into() };
    let moved = leads::move_to(&mut tx, form, spot).await?;
    tx.commit().await?;
    Ok(moved)
}

#[tokio::test]
async fn a_card_lands_below_the_one_it_was_put_under_and_goes_back_by_undo() {
    let sales = start().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(sales.lead(&format!("Lead {n}"), &format!("071234567{n}")).await);
    }
    assert_eq!(names(&sales, LeadStatus::New).await, ["Lead 3", "Lead 2", "Lead 1", "Lead 0"]);
    try_move(&sales, ids[0], "contacted", "", Spot::default()).await.unwrap();
    try_move(&sales, ids[1], "contacted", "", Spot { after: Some(ids[0]), seen: None }).await.unwrap();
    let moved = try_move(&sales, ids[2], "contacted", "", Spot { after: Some(ids[0]), seen: None }).await.unwrap();
    assert_eq!(names(&sales, LeadStatus::Contacted).await, ["Lead 0", "Lead 2", "Lead 1"]);
    assert_eq!((moved.from, moved.after), (LeadStatus::New, Some(ids[3])));
    try_move(&sales, ids[2], moved.from.code(), "", Spot { after: moved.after, seen: None }).await.unwrap();
    assert_eq!(names(&sales, LeadStatus::New).await, ["Lead 3", "Lead 2"]);
    // Within its column a card may change its place as well.
    try_move(&sales, ids[2], "new", "", Spot::default()).await.unwrap();
    assert_eq!(names(&sales, LeadStatus::New).await, ["Lead 2", "Lead 3"]);
    sales.app.finish().await;
}

#[tokio::test]
async fn many_hands_on_one_board_keep_one_order() {
    let sales = start().await;
    let mut ids = Vec::new();
    for n in 0..8 {
        ids.push(sales.lead(&format!("Lead {n}"), &format!("071234567{n}")).await);
    }
    let under_first = Spot { after: Some(ids[0]), seen: None };
    try_move(&sales, ids[0], "qualified", "", Spot::default()).await.unwrap();
    // Sixty moves to one gap: more than a float can halve it.
    for round in 0..60 {
        try_move(&sales, ids[1 + round % 7], "qualified", "", under_first).await.unwrap();
    }
    let quote = |at: usize| try_move(&sales, ids[at], "quoted", "", Spot::default());
    let (a, b, c, d, e, f, g) = tokio::join!(quote(1), quote(2), quote(3), quote(4), quote(5), quote(6), quote(7));
    assert!([a, b, c, d, e, f, g].iter().all(Result::is_ok));
    assert_eq!(names(&sales, LeadStatus::Quoted).await.len(), 7);
    let mut op = sales.app.op(sales.app.first).await;
    let places: i64 = sqlx::query_scalar("SELECT count(DISTINCT position) FROM lead WHERE status = 'quoted'")
        .fetch_one(op.conn())
        .await
        .unwrap();
    assert_eq!(places, 7);
    op.rollback().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn a_card_that_somebody_moved_meanwhile_is_not_moved_unseen() {
    let sales = start().await;
    let id = sales.lead("Ann", "0712345678").await;
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    let seen = leads::board(&mut tx, &Filter::default(), Sees::ALL).await.unwrap().columns[0].cards[0].moved_at;
    tx.commit().await.unwrap();
    let spot = Spot { after: None, seen: Some(seen) };
    try_move(&sales, id, "contacted", "", spot).await.unwrap();
    let late = try_move(&sales, id, "qualified", "", spot).await.unwrap_err();
    assert!(matches!(late, AppError::Conflict(text) if text.contains("Ann")));
    assert_eq!(names(&sales, LeadStatus::Contacted).await, ["Ann"]);
    sales.app.finish().await;
}

#[tokio::test]
async fn losing_a_lead_needs_a_reason_and_can_be_taken_back() {
    let sales = start().await;
    let id = sales.lead("Ann", "0712345678").await;
    let refusal = try_move(&sales, id, "lost", "", Spot::default()).await.unwrap_err();
    assert!(refusal.fields().unwrap().of("reason").is_some());
    try_move(&sales, id, "lost", "price", Spot::default()).await.unwrap();
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    let lead = leads::detail(&mut tx, id, Sees::ALL).await.unwrap().lead;
    assert_eq!((lead.status, lead.lost_reason), (LeadStatus::Lost, Some(LostReason::Price)));
    tx.commit().await.unwrap();
    // A lost lead does not stand in the way of a new one with the same phone.
    try_move(&sales, id, "new", "", Spot::default()).await.unwrap();
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    assert_eq!(leads::detail(&mut tx, id, Sees::ALL).await.unwrap().lead.lost_reason, None);
    tx.commit().await.unwrap();
    let refusal = try_move(&sales, id, "converted", "", Spot::default()).await.unwrap_err();
    assert!(matches!(refusal, AppError::Conflict(_)));
    sales.app.finish().await;
}

#[tokio::test]
async fn a_quote_moves_the_lead_once_and_is_written_down() {
    let sales = start().await;
    let id = sales.lead("Ann", "0712345678").await;
    for _ in 0..2 {
        let mut tx = sales.app.tx::<perm::LeadWrite>(sales.app.first).await;
        leads::quote(&mut tx, id, sales.plan).await.unwrap();
        leads::note(&mut tx, id, "Wants it before Friday").await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = sales.app.tx::<perm::LeadRead>(sales.app.first).await;
    let detail = leads::detail(&mut tx, id, Sees::ALL).await.unwrap();
    assert_eq!((detail.lead.status, detail.lead.plan_id), (LeadStatus::Quoted, Some(sales.plan)));
    let quotes = detail.activities.iter().filter(|a| a.kind == leads::ActivityKind::Quoted).count();
    assert_eq!((quotes, detail.activities.len()), (1, 4));
    let board = leads::board(&mut tx, &Filter::default(), Sees::ALL).await.unwrap();
    assert_eq!(board.columns[3].monthly.minor, 150_000);
    assert_eq!((board.created_this_month, board.converted_this_month), (1, 0));
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::LeadWrite>(sales.app.first).await;
    let refusal = leads::quote(&mut tx, id, model::catalog::PlanId::new()).await.unwrap_err();
    assert!(refusal.fields().unwrap().of("plan_id").is_some());
    drop(tx);
    sales.app.finish().await;
}

#[tokio::test]
async fn another_tenants_lead_is_not_found() {
    let sales = start().await;
    let id = sales.lead("Ann", "0712345678").await;
    let second = sales.app.second;
    let mut tx = sales.app.tx::<perm::LeadRead>(second).await;
    assert_eq!(leads::detail(&mut tx, id, Sees::ALL).await.unwrap_err(), AppError::NotFound);
    assert!(
        leads::list(&mut tx, &Filter::default(), None, &Cursor::default(), Sees::ALL).await.unwrap().rows.is_empty()
    );
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::LeadWrite>(second).await;
    assert_eq!(leads::note(&mut tx, id, "hm").await.unwrap_err(), AppError::NotFound);
    assert_eq!(leads::quote(&mut tx, id, sales.plan).await.unwrap_err(), AppError::NotFound);
    let form = MoveLeadForm { id, to: "lost".into(), reason: "price".into() };
    assert_eq!(leads::move_to(&mut tx, form, Spot::default()).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    sales.app.finish().await;
}

#[tokio::test]
async fn a_reseller_sees_the_leads_of_its_own_subtree_only() {
    let sales = start().await;
    let (top, other) = (sales.reseller("Top", None).await, sales.reseller("Other", None).await);
    let leaf = sales.reseller("Leaf", Some(top)).await;
    sales.lead("House", "0712345670").await;
    for (reseller, phone) in [(leaf, "0712345671"), (other, "0712345672")] {
        let ctx = sales.app.ctx_with(
            model::Audience::Partner,
            sales.app.first,
            Scope::Reseller(reseller.uuid()),
            &["crm.lead.write"],
        );
        let mut tx = ctx.begin::<perm::LeadWrite>().await.unwrap();
        let form = LeadForm { name: "Theirs".into(), phone: phone.into(), ..LeadForm::default() };
        leads::create(&mut tx, form).await.unwrap();
        tx.commit().await.unwrap();
    }
    let count = async |reseller: model::crm::ResellerId| {
        let ctx = sales.app.ctx_with(
            model::Audience::Partner,
            sales.app.first,
            Scope::Reseller(reseller.uuid()),
            &["crm.lead.read"],
        );
        let mut tx = ctx.begin::<perm::LeadRead>().await.unwrap();
        let rows = leads::list(&mut tx, &Filter::default(), None, &Cursor::default(), Sees::ALL).await.unwrap().rows;
        tx.commit().await.unwrap();
        rows.len()
    };
    assert_eq!((count(top).await, count(leaf).await, count(other).await), (1, 1, 1));
    sales.app.finish().await;
}
