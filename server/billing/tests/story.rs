//! Six months of one subscriber. The ledger is checked at the end of every day.

mod support;

use support::{Asha, World};

/// What must hold on every evening: books in balance, invoices that agree with their allocations, service on or locked.
async fn evening(world: &World, asha: Asha) {
    let off = world.count("SELECT coalesce(sum(amount_minor), 0)::bigint FROM posting").await;
    assert_eq!(off, 0, "the books balance");
    let wrong = world
        .count(
            "SELECT count(*) FROM invoice i WHERE i.paid_minor <>
               (SELECT coalesce(sum(a.amount_minor), 0) FROM payment_allocation a WHERE a.invoice_id = i.id)",
        )
        .await;
    assert_eq!(wrong, 0, "what is paid on an invoice is what was allocated to it");
    let open = world
        .count("SELECT coalesce(sum(total_minor - paid_minor), 0)::bigint FROM invoice WHERE status = 'issued'")
        .await;
    let credit = world
        .count(
            "SELECT (coalesce(sum(amount_minor), 0) - coalesce((SELECT sum(amount_minor) FROM payment_allocation), 0))::bigint
             FROM payment WHERE state = 'posted'",
        )
        .await;
    assert_eq!(world.owed(asha).await, (open - credit) / 100, "the balance is open invoices less credit");
    let overdue = world
        .count("SELECT count(*) FROM invoice WHERE status = 'issued' AND due_at < (SELECT max(started_at) FROM billing_run) - interval '8 days'")
        .await;
    assert!(overdue == 0 || !world.locks(asha).await.is_empty(), "who is long overdue is locked");
}

#[tokio::test]
async fn six_months_of_one_subscriber_keep_the_books_in_balance() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", support::PHONE, 10).await;
    let mut op = world.app.op(world.app.first).await;
    billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap();
    op.commit().await.unwrap();
    world.app.drain().await;
    for day in 1..=184 {
        world.days(1).await;
        match day {
            // In time, what is due rounded up: 1,803.57 asks for 1,804.
            3 => world.pay(asha, 1_804, "UCE4DEMO01").await,
            // April is paid in two parts.
            12 => world.pay(asha, 1_000, "UCE4DEMO02").await,
            14 => world.pay(asha, 1_500, "UCE4DEMO03").await,
            // May is late: off for three days, then on again.
            51 => {
                assert_eq!(world.locks(asha).await, ["overdue"]);
                world.pay(asha, 2_500, "UCE4DEMO04").await;
                assert!(world.locks(asha).await.is_empty());
            }
            // Three months ahead: the credit pays what comes.
            75 => world.pay(asha, 7_500, "UCE4DEMO05").await,
            _ => {}
        }
        evening(&world, asha).await;
    }
    // First part, then the 10th of March to August: seven invoices.
    assert_eq!(world.count("SELECT count(*) FROM invoice").await, 7);
    assert_eq!(world.count("SELECT count(*) FROM invoice WHERE status = 'paid'").await, 6);
    // 1,803.57 + 6 × 2,500.00 − 14,304.00, of which the last month is open.
    assert_eq!(world.count("SELECT balance_minor FROM account_balance").await, 249_957);
    assert_eq!(world.count("SELECT count(*) FROM service_lock").await, 2);
    let mut op = world.app.op(world.app.first).await;
    let (from, until) = (op.now() - chrono::Duration::days(400), op.now() + chrono::Duration::days(1));
    let statement = billing::ledger::statement_in_op(&mut op, asha.account, from, until).await.unwrap();
    assert_eq!(statement.len(), 12);
    assert_eq!(statement.last().unwrap().balance.minor, -249_957, "people see what they owe as negative");
    let then = from + chrono::Duration::days(401 - 184);
    let first = billing::ledger::owed_at_in_op(&mut op, asha.account, then).await.unwrap();
    assert_eq!(first.minor, 180_357, "any balance as of any moment");
    drop(op);
    world.finish().await;
}
