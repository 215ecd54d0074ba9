//! Money locks on a real database: what sets them, what lifts them, and what never brings them back.

mod support;

use chrono::Duration;
use model::billing::invoices::VoidInvoiceForm;
use model::billing::locks::{LiftLockForm, ReconnectPolicy};
use model::billing::payments::CounterPaymentForm;
use model::billing::policy::BillingPolicy;
use model::billing::strays::{MatchStrayForm, UnmatchForm};
use model::billing::{PaymentId, perm};
use platform::Tx;
use support::{Asha, World};

async fn cash(world: &World, asha: Asha, shillings: i64) -> Tx<perm::PaymentTake> {
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.first).await;
    let form = CounterPaymentForm {
        id: PaymentId::new(),
        account_id: asha.account,
        method: "cash".into(),
        amount: shillings.to_string(),
        reference: String::new(),
        payer_phone: String::new(),
    };
    billing::payments::take(&mut tx, form).await.unwrap();
    tx
}

async fn pay(world: &World, asha: Asha, shillings: i64) {
    cash(world, asha, shillings).await.commit().await.unwrap();
    world.app.drain().await;
}

async fn reconnect(world: &World, reconnect: ReconnectPolicy) {
    let mut op = world.app.op(world.app.first).await;
    let policy = BillingPolicy { reconnect, ..BillingPolicy::default() };
    billing::policy::set_in_op(&mut op, &policy).await.unwrap();
    op.commit().await.unwrap();
}

async fn void_latest(world: &World, asha: Asha) {
    let mut tx = world.app.tx::<perm::InvoiceVoid>(world.app.first).await;
    let rows = billing::invoices::list_of_account_in_op(&mut tx, Some(asha.account), 1).await.unwrap();
    let form = VoidInvoiceForm { id: rows[0].id, reason: "Wrong plan".into() };
    billing::invoices::void(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
}

/// Waits until some transaction of the application waits for a row of another.
async fn somebody_waits(world: &World) {
    let mut sql = world.app.superuser().await;
    for _ in 0..100 {
        let waiting = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        if waiting.fetch_one(&mut sql).await.unwrap() > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_payment_that_is_being_booked_at_midnight_is_waited_for() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.days(7).await;
    let paying = cash(&world, asha, 3_500).await;
    let commit = async {
        somebody_waits(&world).await;
        paying.commit().await.unwrap();
    };
    tokio::join!(world.days(1), commit);
    world.app.drain().await;
    assert!(world.locks(asha).await.is_empty(), "nothing would ever lift this lock");
    world.finish().await;
}

#[tokio::test]
async fn part_of_the_money_lets_somebody_on_until_the_next_invoice_is_late() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    reconnect(&world, ReconnectPolicy::Half).await;
    world.days(8).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    pay(&world, asha, 2_000).await;
    assert!(world.locks(asha).await.is_empty());
    for _ in 0..3 {
        world.days(1).await;
        assert!(world.locks(asha).await.is_empty(), "the same invoice does not lock twice");
    }
    let mut tx = world.app.tx::<perm::LockRead>(world.app.first).await;
    assert_eq!(billing::locks::soon_cut_off(&mut tx, true).await.unwrap(), []);
    drop(tx);
    // The April invoice is due on the 8th of April.
    world.days(28).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    world.finish().await;
}

#[tokio::test]
async fn a_lock_that_a_colleague_lifted_does_not_come_back_with_an_invoice_that_was_late_then() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.days(45).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    assert_eq!(world.count("SELECT count(*) FROM invoice WHERE status = 'issued'").await, 2);
    let mut tx = world.app.tx::<perm::LockWrite>(world.app.first).await;
    let id = billing::locks::list_of_account_in_op(&mut tx, asha.account).await.unwrap()[0].id;
    billing::locks::lift(&mut tx, LiftLockForm { id }).await.unwrap();
    tx.commit().await.unwrap();
    world.days(1).await;
    assert!(world.locks(asha).await.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn voiding_one_invoice_leaves_the_lock_while_another_is_unpaid() {
    for policy in [ReconnectPolicy::Half, ReconnectPolicy::Any] {
        let world = World::start().await;
        let asha = world.asha_with_invoice().await;
        reconnect(&world, policy).await;
        world.days(45).await;
        void_latest(&world, asha).await;
        assert_eq!((world.owed(asha).await, world.locks(asha).await), (3_500, vec!["overdue"]), "{policy}");
        world.finish().await;
    }
}

#[tokio::test]
async fn taking_a_match_back_leaves_another_accounts_service_alone() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let baraka = world.subscriber("Baraka Otieno", "254712000002", 1).await;
    let mut op = world.app.op(world.app.first).await;
    billing::invoices::issue_first_in_op(&mut op, baraka.service).await.unwrap();
    op.commit().await.unwrap();
    world.days(8).await;
    world.post("c2b/confirmation", support::c2b("UCE4DEMO01", 3_500, "jirani").to_string()).await;
    world.app.drain().await;
    let payment_id = PaymentId::from_uuid(world.text("SELECT id::text FROM payment").await.parse().unwrap());
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    for account_id in [asha.account, baraka.account] {
        billing::payments::strays::match_to(&mut tx, MatchStrayForm { payment_id, account_id }).await.unwrap();
        billing::payments::strays::unmatch(&mut tx, UnmatchForm { payment_id }).await.unwrap();
    }
    billing::payments::strays::match_to(&mut tx, MatchStrayForm { payment_id, account_id: baraka.account })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // Asha's lock is lifted by hand; what becomes of Baraka's payment is not hers.
    let mut tx = world.app.tx::<perm::LockWrite>(world.app.first).await;
    let id = billing::locks::list_of_account_in_op(&mut tx, asha.account).await.unwrap()[0].id;
    billing::locks::lift(&mut tx, LiftLockForm { id }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::StrayMatch>(world.app.first).await;
    billing::payments::strays::unmatch(&mut tx, UnmatchForm { payment_id }).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(world.locks(baraka).await, ["overdue"]);
    assert!(world.locks(asha).await.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn the_page_of_cut_offs_names_the_midnight_at_which_the_lock_comes() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let mut op = world.app.op(world.app.first).await;
    let mut policy = BillingPolicy::default();
    policy.dunning.grace_hours = 6;
    billing::policy::set_in_op(&mut op, &policy).await.unwrap();
    op.commit().await.unwrap();
    let soon = async || {
        let mut tx = world.app.tx::<perm::LockRead>(world.app.first).await;
        billing::locks::soon_cut_off(&mut tx, true).await.unwrap().first().map(|row| (row.cut_off_at, tx.now()))
    };
    world.days(7).await;
    assert_eq!(soon().await, None, "six hours after the due day no run comes by");
    world.days(1).await;
    let (at, now) = soon().await.unwrap();
    assert!(world.locks(asha).await.is_empty() && at > now && at - now <= Duration::hours(24));
    world.app.advance(at - now).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    world.finish().await;
}

#[tokio::test]
async fn a_preview_of_a_run_waits_for_nobody() {
    let world = World::start().await;
    let asha = world.asha().await;
    let mut op = world.app.op(world.app.first).await;
    billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap();
    let mut tx = world.app.tx::<perm::RunRead>(world.app.first).await;
    let today = tx.today();
    assert_eq!(billing::runs::preview(&mut tx, today).await.unwrap().invoices, 1);
    drop((tx, op));
    world.finish().await;
}

#[tokio::test]
async fn starting_a_run_again_whose_job_died_ends_it() {
    let world = World::start().await;
    world.asha().await;
    let mut tx = world.app.tx::<perm::RunStart>(world.app.first).await;
    let today = tx.today();
    let run = billing::runs::start(&mut tx, today, 1).await.unwrap();
    tx.commit().await.unwrap();
    let mut sql = world.app.superuser().await;
    sqlx::query("DELETE FROM job WHERE kind = 'billing.run_billing'").execute(&mut sql).await.unwrap();
    let mut tx = world.app.tx::<perm::RunStart>(world.app.first).await;
    assert_eq!(billing::runs::start(&mut tx, today, 1).await.unwrap(), run);
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(world.text("SELECT state FROM billing_run").await, "done");
    world.finish().await;
}
