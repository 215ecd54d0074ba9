//! Payments by M-Pesa on a real database: prompts, reports, storms, the stray desk.

mod support;

use axum::http::StatusCode;
use chrono::{Duration, Utc};
use gateways::GatewayError;
use gateways::payments::StkState;
use model::billing::payments::{CounterPaymentForm, PaymentOutcome, PaymentTab};
use model::billing::stk::{AttemptReason, AttemptState, PayForm};
use model::billing::strays::{MatchReason, MatchStrayForm, StrayReason, UnmatchForm};
use model::billing::{PaymentId, perm};
use model::crm::AccountId;
use model::{AppError, Money};
use support::{PHONE, World, c2b, post, stk_failed, stk_paid, stk_paid_by, subscriber_ctx};

async fn attempt(world: &World, id: model::billing::PaymentAttemptId) -> model::billing::stk::AttemptView {
    let mut op = world.app.op(world.app.first).await;
    billing::payments::attempt_in_op(&mut op, id).await.unwrap()
}

async fn strays(world: &World) -> Vec<model::billing::strays::StrayRow> {
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    billing::payments::strays::list(&mut tx).await.unwrap()
}

async fn match_to(world: &World, payment_id: PaymentId, account_id: AccountId) -> Result<(), AppError> {
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    billing::payments::strays::match_to(&mut tx, MatchStrayForm { payment_id, account_id }).await?;
    tx.commit().await?;
    world.app.drain().await;
    Ok(())
}

async fn unmatch(world: &World, payment_id: PaymentId) -> Result<(), AppError> {
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    billing::payments::strays::unmatch(&mut tx, UnmatchForm { payment_id }).await?;
    tx.commit().await?;
    world.app.drain().await;
    Ok(())
}

#[tokio::test]
async fn a_prompt_is_stored_before_it_is_sent_and_its_report_posts_the_money() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (id, checkout) = world.prompt(asha, 3_500).await;
    let pushed = world.phones.pushed.lock().unwrap()[0].clone();
    assert_eq!((pushed.amount_shillings, pushed.account_reference), (3_500, asha.number.stored()));
    assert_eq!(attempt(&world, id).await.state, AttemptState::Sent);
    let (status, answer) = world.post("stk", stk_paid(&checkout, 3_500, "UCE4DEMO01")).await;
    assert_eq!((status, answer.contains("\"ResultCode\":0")), (StatusCode::OK, true));
    world.app.drain().await;
    assert_eq!(world.owed(asha).await, 0);
    let paid = attempt(&world, id).await;
    assert_eq!((paid.state, paid.receipt.as_deref()), (AttemptState::Paid, Some("RCT-000001")));
    assert_eq!(paid.timeline.outcome(), PaymentOutcome::Posted, "nothing was locked");
    world.finish().await;
}

#[tokio::test]
async fn pressing_pay_twice_sends_one_prompt_and_pestering_is_stopped() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (first, _) = world.prompt(asha, 100).await;
    let (second, _) = world.prompt(asha, 100).await;
    assert_eq!((first, world.phones.pushed.lock().unwrap().len()), (second, 1));
    for shillings in 101..106 {
        world.prompt(asha, shillings).await;
    }
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.first).await;
    let form =
        model::billing::stk::TakePaymentForm { account_id: asha.account, phone: PHONE.into(), amount: "200".into() };
    assert_eq!(billing::payments::prompts::start(&mut tx, form).await.unwrap_err(), AppError::TooMany(600));
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn a_prompt_that_may_have_arrived_is_never_sent_again() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    *world.phones.push_fails.lock().unwrap() = Some(GatewayError::unknown("M-Pesa", "the line broke"));
    let (id, _) = world.prompt(asha, 3_500).await;
    assert_eq!(attempt(&world, id).await.state, AttemptState::Unknown);
    let mut op = world.app.op(world.app.first).await;
    op.schedule(&billing::payments::prompts::SendPrompt { id }).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(world.phones.pushed.lock().unwrap().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_refused_prompt_tells_why_and_a_wrong_pin_too() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    *world.phones.push_fails.lock().unwrap() = Some(GatewayError::transient("M-Pesa", "500", "busy"));
    let (id, _) = world.prompt(asha, 10).await;
    assert_eq!(attempt(&world, id).await.state, AttemptState::Refused);
    let (id, checkout) = world.prompt(asha, 20).await;
    world.post("stk", stk_failed(&checkout, 2001, "The initiator information is invalid.")).await;
    world.app.drain().await;
    let failed = attempt(&world, id).await;
    assert_eq!((failed.state, failed.reason), (AttemptState::Failed, Some(AttemptReason::WrongPin)));
    // The money came after all: a failure is not the end, a success is.
    world.post("stk", stk_paid(&checkout, 20, "UCE4DEMO01")).await;
    world.post("stk", stk_failed(&checkout, 1032, "Request cancelled by user")).await;
    world.app.drain().await;
    assert_eq!(attempt(&world, id).await.state, AttemptState::Paid);
    assert_eq!(world.owed(asha).await, 3_480);
    world.finish().await;
}

#[tokio::test]
async fn the_poller_learns_what_no_report_told() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (id, _) = world.prompt(asha, 3_500).await;
    let ask = async || {
        let mut op = world.app.op(world.app.first).await;
        sqlx::query("UPDATE job SET run_at = now() WHERE kind = 'billing.query_prompt' AND state = 'ready'")
            .execute(op.conn())
            .await
            .unwrap();
        op.commit().await.unwrap();
        world.app.drain().await;
    };
    ask().await;
    assert_eq!(attempt(&world, id).await.state, AttemptState::Sent, "pending is no result");
    *world.phones.query_says.lock().unwrap() = Some(StkState::Paid);
    ask().await;
    assert_eq!(
        (attempt(&world, id).await.state, world.owed(asha).await),
        (AttemptState::Sent, 3_500),
        "no receipt, no credit"
    );
    let cancelled = StkState::Failed { code: "1032".into(), description: "Request cancelled by user".into() };
    *world.phones.query_says.lock().unwrap() = Some(cancelled);
    ask().await;
    assert_eq!(attempt(&world, id).await.state, AttemptState::Cancelled);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_reports_on_both_channels_posts_once() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.days(8).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    let (id, checkout) = world.prompt(asha, 3_500).await;
    let stk = stk_paid(&checkout, 3_500, "UCE4DEMO01");
    let notice = c2b("UCE4DEMO01", 3_500, &asha.number.stored()).to_string();
    let failed = stk_failed(&checkout, 1037, "No response from user.");
    let storm = async |turn: usize| {
        for _ in 0..5 {
            let (path, body) = [("stk", &stk), ("c2b/confirmation", &notice), ("stk", &failed)][turn % 3];
            assert_eq!(world.post(path, body.clone()).await.0, StatusCode::OK);
            world.app.drain().await;
        }
    };
    tokio::join!(storm(0), storm(1), storm(2), storm(0), storm(1));
    world.app.drain().await;
    assert_eq!(world.count("SELECT count(*) FROM payment").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM journal WHERE kind LIKE 'payment%'").await, 1);
    assert_eq!(world.count("SELECT last FROM counter WHERE series = 'receipt'").await, 1, "no receipt number is lost");
    assert_eq!(world.count("SELECT sum(repeats) FROM payment_callback").await, 22);
    assert_eq!((world.owed(asha).await, world.locks(asha).await.len()), (0, 0));
    let paid = attempt(&world, id).await;
    assert_eq!((paid.state, paid.timeline.outcome()), (AttemptState::Paid, PaymentOutcome::Ready));
    assert!(paid.timeline.sent_at <= paid.timeline.received_at && paid.timeline.received_at <= paid.timeline.posted_at);
    world.finish().await;
}

#[tokio::test]
async fn the_first_report_starts_the_clock_whichever_channel_it_comes_on() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (id, checkout) = world.prompt(asha, 3_500).await;
    world.post("c2b/confirmation", c2b("UCE4DEMO01", 3_500, &asha.number.to_string()).to_string()).await;
    world.post("stk", stk_paid(&checkout, 3_500, "UCE4DEMO01")).await;
    world.app.drain().await;
    let first =
        world.count("SELECT (extract(epoch FROM min(received_at)) * 1000000)::bigint FROM payment_callback").await;
    let measured = attempt(&world, id).await.timeline;
    assert_eq!(measured.received_at.unwrap().timestamp_micros(), first);
    assert!(measured.sent_at.is_some(), "the prompt's own time is added when its report comes second");
    world.finish().await;
}

#[tokio::test]
async fn payment_to_online_is_measured_from_the_report_to_the_network() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.days(8).await;
    world.pay(asha, 3_500, "UCE4DEMO01").await;
    let id = PaymentId::from_uuid(world.text("SELECT id::text FROM payment").await.parse().unwrap());
    let mut op = world.app.op(world.app.first).await;
    let timeline = billing::payments::timeline_in_op(&mut op, id).await.unwrap();
    let online = timeline.received_at.unwrap() + Duration::milliseconds(1_250);
    billing::payments::coa_sent_in_op(&mut op, id, Utc::now()).await.unwrap();
    billing::payments::online_in_op(&mut op, id, online, billing::payments::NetworkAnswer::Coa).await.unwrap();
    let late = online + Duration::seconds(60);
    billing::payments::online_in_op(&mut op, id, late, billing::payments::NetworkAnswer::Disconnect).await.unwrap();
    op.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::PaymentRead>(world.app.first).await;
    let figures = billing::payments::figures(&mut tx).await.unwrap();
    assert_eq!((figures.online_p95_ms, figures.online, figures.ready), (Some(1_250), 1, 0));
    assert_eq!((figures.today, figures.month), (Money::kes(350_000), Money::kes(350_000)));
    let rows = billing::payments::list(&mut tx, Default::default()).await.unwrap().rows;
    assert_eq!(rows[0].online_ms, Some(1_250));
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn what_differs_from_our_request_goes_to_suspense_and_never_to_the_account() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let (amount, checkout) = world.prompt(asha, 100).await;
    world.post("stk", stk_paid(&checkout, 1, "UCE4DEMO01")).await;
    let (_, checkout) = world.prompt(asha, 101).await;
    world.post("stk", stk_paid_by(&checkout, 101, "UCE4DEMO02", "254799999999")).await;
    let (_, checkout) = world.prompt(asha, 102).await;
    world.post("stk", stk_paid(&checkout, 102, "UCE4DEMO03").replace("merchant-1", "merchant-2")).await;
    world.post("stk", stk_paid("ws_CO_nobody", 103, "UCE4DEMO04")).await;
    let mut other_till = c2b("UCE4DEMO05", 104, &asha.number.stored());
    other_till["BusinessShortCode"] = "999999".into();
    world.post("c2b/confirmation", other_till.to_string()).await;
    world.post("c2b/confirmation", c2b("UCE4DEMO06", 105, "jirani").to_string()).await;
    world.post("c2b/confirmation", c2b("UCE4DEMO07", 106, "").to_string()).await;
    world.app.drain().await;
    assert_eq!(world.owed(asha).await, 3_500);
    let reasons: Vec<StrayReason> = strays(&world).await.iter().filter_map(|stray| stray.reason).collect();
    use StrayReason::*;
    let mut wanted =
        [AmountDiffers, PhoneDiffers, RequestDiffers, UnknownRequest, ShortCodeDiffers, UnknownAccount, NoReference]
            .to_vec();
    let mut found = reasons;
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    assert_eq!(
        world.count("SELECT -sum(amount_minor)::bigint FROM posting WHERE ledger_code = 'suspense'").await,
        62_200
    );
    assert_eq!(attempt(&world, amount).await.state, AttemptState::Unknown);
    world.finish().await;
}

#[tokio::test]
async fn nonsense_is_kept_and_answered_and_strangers_find_nothing() {
    let world = World::start().await;
    let nonsense =
        ["", "not json", "{}", "{\"Body\":{}}", "[1,2,3]", "\u{0}\u{1}\u{1b}", "{\"TransID\":\"'; drop table\"}"];
    for body in nonsense {
        for path in ["stk", "c2b/confirmation"] {
            assert_eq!(world.post(path, body).await.0, StatusCode::OK, "{body:?}");
        }
        assert!(world.post("c2b/validation", body).await.1.contains("C2B00016"));
    }
    let mut huge = c2b("UCE4DEMO01", 1, "x");
    huge["TransAmount"] = "99999999999999999999999".into();
    assert_eq!(world.post("c2b/confirmation", huge.to_string()).await.0, StatusCode::OK);
    assert_eq!(world.post("stk", "x".repeat(10 << 20)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&world.app.app, "another-secret", "stk", "{}".into()).await.0, StatusCode::NOT_FOUND);
    world.app.drain().await;
    assert_eq!(world.count("SELECT count(*) FROM payment").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM payment_callback WHERE kind = 'unreadable'").await, 8);
    world.finish().await;
}

#[tokio::test]
async fn validation_lets_money_through_for_our_short_code_only() {
    let world = World::start().await;
    let asha = world.asha().await;
    let mut notice = c2b("UCE4DEMO01", 100, &asha.number.stored());
    assert!(world.post("c2b/validation", notice.to_string()).await.1.contains("\"ResultCode\":\"0\""));
    notice["BusinessShortCode"] = "999999".into();
    assert!(world.post("c2b/validation", notice.to_string()).await.1.contains("C2B00015"));
    world.finish().await;
}

#[tokio::test]
async fn the_desk_ranks_candidates_and_a_match_renews_and_unblocks() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let baraka = world.subscriber("Baraka Otieno", "254712000002", 1).await;
    world.days(8).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    let slip = asha.number.stored().replacen('0', "8", 1);
    let mut notice = c2b("UCE4DEMO01", 3_500, &slip);
    notice["MSISDN"] = PHONE.into();
    world.post("c2b/confirmation", notice.to_string()).await;
    world.app.drain().await;
    let stray = strays(&world).await.remove(0);
    let best = &stray.candidates[0];
    assert_eq!((best.account_id, best.due), (asha.account, Money::kes(350_000)));
    for reason in
        [MatchReason::PayerPhone, MatchReason::ReferenceOneOff, MatchReason::NameAlike, MatchReason::AmountIsDue]
    {
        assert!(best.reasons.contains(&reason), "{reason}: {best:?}");
    }
    match_to(&world, stray.id, asha.account).await.unwrap();
    match_to(&world, stray.id, asha.account).await.unwrap();
    assert_eq!((world.owed(asha).await, world.locks(asha).await.len(), strays(&world).await.len()), (0, 0, 0));
    assert!(matches!(match_to(&world, stray.id, baraka.account).await.unwrap_err(), AppError::Conflict(_)));
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    let typed = billing::payments::strays::match_number(&mut tx, stray.id, "MT 99").await.unwrap_err();
    assert!(typed.fields().is_some_and(|fields| fields.of("number").is_some()));
    billing::payments::strays::match_number(&mut tx, stray.id, &asha.number.to_string()).await.unwrap();
    drop(tx);
    assert_eq!(world.count("SELECT sum(amount_minor)::bigint FROM posting WHERE ledger_code = 'suspense'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_match_is_taken_back_as_one_unit_and_may_be_made_again() {
    let world = World::start().await;
    let reseller = reseller(&world, 1_000).await;
    let asha = world.subscriber_of("Asha Wanjiru", PHONE, 1, Some(reseller)).await;
    let mut op = world.app.op(world.app.first).await;
    billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap();
    op.commit().await.unwrap();
    world.days(8).await;
    world.post("c2b/confirmation", c2b("UCE4DEMO01", 3_500, "jirani").to_string()).await;
    world.app.drain().await;
    let id = strays(&world).await[0].id;
    for _ in 0..2 {
        match_to(&world, id, asha.account).await.unwrap();
        assert_eq!((world.owed(asha).await, world.locks(asha).await.len()), (0, 0));
        assert_eq!(earned(&world).await, 35_000);
        unmatch(&world, id).await.unwrap();
        unmatch(&world, id).await.unwrap();
        assert_eq!((world.owed(asha).await, world.locks(asha).await), (3_500, vec!["overdue"]));
        assert_eq!(earned(&world).await, 0);
        let stray = strays(&world).await.remove(0);
        assert_eq!(stray.reason, Some(StrayReason::Unmatched));
        assert_eq!(world.text("SELECT status FROM invoice").await, "issued");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_payment_that_named_its_account_is_not_taken_back_at_the_desk() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.post("c2b/confirmation", c2b("UCE4DEMO01", 3_500, &asha.number.to_string()).to_string()).await;
    world.app.drain().await;
    let id = PaymentId::from_uuid(world.text("SELECT id::text FROM payment").await.parse().unwrap());
    assert!(matches!(unmatch(&world, id).await.unwrap_err(), AppError::Conflict(_)));
    assert_eq!(unmatch(&world, PaymentId::new()).await.unwrap_err(), AppError::NotFound);
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.second).await;
    let error = billing::payments::strays::unmatch(&mut tx, UnmatchForm { payment_id: id }).await.unwrap_err();
    assert_eq!(error, AppError::NotFound);
    drop(tx);
    world.finish().await;
}

async fn reseller(world: &World, basis_points: i32) -> uuid::Uuid {
    let mut op = world.app.op(world.app.first).await;
    let (tenant, id) = (op.tenant().uuid(), uuid::Uuid::now_v7());
    sqlx::query("INSERT INTO reseller (tenant_id, id, name, commission_bps) VALUES ($1, $2, 'Mtaa Net', $3)")
        .bind(tenant)
        .bind(id)
        .bind(basis_points)
        .execute(op.conn())
        .await
        .unwrap();
    op.commit().await.unwrap();
    id
}

/// What the ledger owes resellers; the table must say the same.
async fn earned(world: &World) -> i64 {
    let ledger =
        world.count("SELECT -sum(amount_minor)::bigint FROM posting WHERE ledger_code = 'commission_payable'").await;
    let table =
        world.count("SELECT coalesce(sum(amount_minor), 0)::bigint FROM commission WHERE clawed_back_at IS NULL").await;
    assert_eq!(ledger, table);
    ledger
}

#[tokio::test]
async fn a_resellers_share_is_earned_by_each_payment() {
    let world = World::start().await;
    let reseller = reseller(&world, 1_250).await;
    let asha = world.subscriber_of("Asha Wanjiru", PHONE, 1, Some(reseller)).await;
    world.pay(asha, 1_000, "UCE4DEMO01").await;
    world.pay(asha, 500, "UCE4DEMO02").await;
    assert_eq!(earned(&world).await, 18_750);
    assert_eq!(world.owed(asha).await, -1_500, "what is too much stays as credit");
    world.finish().await;
}

#[tokio::test]
async fn cash_gets_a_receipt_and_a_bank_reference_is_taken_once() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let form = |method: &str, reference: &str| CounterPaymentForm {
        id: model::billing::PaymentId::new(),
        account_id: asha.account,
        method: method.into(),
        amount: "500".into(),
        reference: reference.into(),
        payer_phone: String::new(),
    };
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.first).await;
    let cash = billing::payments::take(&mut tx, form("cash", "")).await.unwrap();
    billing::payments::take(&mut tx, form("bank", "FT001")).await.unwrap();
    assert!(matches!(
        billing::payments::take(&mut tx, form("bank", "FT001")).await.unwrap_err(),
        AppError::Conflict(_)
    ));
    let receipt = billing::payments::receipt_in_op(&mut tx, cash).await.unwrap();
    let paid: Vec<_> = receipt.paid.iter().map(|part| (part.number.as_str(), part.amount)).collect();
    assert_eq!((receipt.receipt.as_str(), paid), ("RCT-000001", vec![("INV-000001", Money::kes(50_000))]));
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(world.owed(asha).await, 2_500);
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.second).await;
    assert_eq!(billing::payments::take(&mut tx, form("cash", "")).await.unwrap_err(), AppError::NotFound);
    assert_eq!(billing::payments::receipt_in_op(&mut tx, cash).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn the_list_finds_payments_by_receipt_reference_account_and_name() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.pay(asha, 3_500, "UCE4DEMO01").await;
    world.post("c2b/confirmation", c2b("UCE4DEMO02", 10, "jirani").to_string()).await;
    world.app.drain().await;
    let mut tx = world.app.tx::<perm::PaymentRead>(world.app.first).await;
    let number = asha.number.to_string();
    for (search, found) in [("rct-000001", 1), ("uce4demo02", 1), (number.as_str(), 1), ("asha", 1), ("nobody", 0)] {
        let filter = billing::payments::PaymentFilter { search: Some(search.into()), ..Default::default() };
        assert_eq!(billing::payments::list(&mut tx, filter).await.unwrap().rows.len(), found, "{search}");
    }
    for (tab, found) in [(PaymentTab::All, 2), (PaymentTab::Matched, 1), (PaymentTab::Stray, 1)] {
        let filter = billing::payments::PaymentFilter { tab: Some(tab), ..Default::default() };
        assert_eq!(billing::payments::list(&mut tx, filter).await.unwrap().rows.len(), found, "{tab}");
    }
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn a_subscriber_pays_and_sees_only_their_own() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let baraka = world.subscriber("Baraka Otieno", "254712000002", 1).await;
    let ctx = subscriber_ctx(&world.app, world.app.first, asha.account);
    let mut tx = ctx.begin::<perm::MyMoney>().await.unwrap();
    let form = PayForm { phone: "0712 000 001".into(), amount: "3500".into() };
    let id = billing::payments::prompts::start_mine(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    world.post("stk", stk_paid(&format!("ws_CO_{PHONE}_1"), 3_500, "UCE4DEMO01")).await;
    world.app.drain().await;
    let mut tx = ctx.begin::<perm::MyMoney>().await.unwrap();
    assert_eq!(billing::payments::attempt_in_op(&mut tx, id).await.unwrap().state, AttemptState::Paid);
    assert_eq!(billing::invoices::list_of_account_in_op(&mut tx, None, 10).await.unwrap().len(), 1);
    drop(tx);
    let ctx = subscriber_ctx(&world.app, world.app.first, baraka.account);
    let mut tx = ctx.begin::<perm::MyMoney>().await.unwrap();
    assert_eq!(billing::payments::attempt_in_op(&mut tx, id).await.unwrap_err(), AppError::NotFound);
    assert!(billing::invoices::list_of_account_in_op(&mut tx, None, 10).await.unwrap().is_empty());
    drop(tx);
    world.finish().await;
}
