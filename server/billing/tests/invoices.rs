//! Invoices, runs, reminders and locks on a real database.

mod support;

use chrono::Datelike;
use model::AppError;
use model::Money;
use model::billing::invoices::{InvoiceBadge, InvoiceTab, VoidInvoiceForm};
use model::billing::locks::{LiftLockForm, LockReason, SetLockForm};
use model::billing::payments::CounterPaymentForm;
use model::billing::{InvoiceId, perm};
use support::{Asha, World};
use testkit::start_day;

async fn invoices(world: &World, asha: Asha) -> Vec<model::billing::invoices::InvoiceRow> {
    let mut op = world.app.op(world.app.first).await;
    billing::invoices::list_of_account_in_op(&mut op, Some(asha.account), 100).await.unwrap()
}

async fn take_cash(world: &World, asha: Asha, shillings: i64) {
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.first).await;
    let form = CounterPaymentForm {
        id: model::billing::PaymentId::new(),
        account_id: asha.account,
        method: "cash".into(),
        amount: shillings.to_string(),
        reference: String::new(),
        payer_phone: String::new(),
    };
    billing::payments::take(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
}

async fn void(world: &World, id: InvoiceId, reason: &str) -> Result<(), AppError> {
    let mut tx = world.app.tx::<perm::InvoiceVoid>(world.app.first).await;
    billing::invoices::void(&mut tx, VoidInvoiceForm { id, reason: reason.into() }).await?;
    tx.commit().await
}

#[tokio::test]
async fn the_first_invoice_is_prorated_to_the_billing_day_and_has_the_setup_fee() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", support::PHONE, 10).await;
    let mut op = world.app.op(world.app.first).await;
    let id = billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap().unwrap();
    assert_eq!(billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap(), Some(id), "twice is once");
    let invoice = billing::invoices::get_in_op(&mut op, id).await.unwrap();
    op.commit().await.unwrap();
    // 1 to 9 March are 9 of the 28 days from 10 February: 2,500.00 × 9 / 28.
    let totals: Vec<i64> = invoice.lines.iter().map(|line| line.total.minor).collect();
    assert_eq!(totals, [80_357, 100_000]);
    assert_eq!(
        invoice.lines[0].from.zip(invoice.lines[0].until),
        start_day().with_day0(0).zip(start_day().with_day0(8))
    );
    assert_eq!((invoice.lines[1].excise, invoice.lines[1].vat), (Money::kes(0), Money::kes(13_793)));
    assert_eq!(invoice.net.minor + invoice.excise.minor + invoice.vat.minor, invoice.total.minor);
    assert_eq!(invoice.due_on, start_day() + chrono::Days::new(7));
    assert_eq!(world.owed(asha).await, 1_803);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn the_first_invoice_of_another_tenants_service_is_not_found() {
    let world = World::start().await;
    let asha = world.asha().await;
    let mut op = world.app.op(world.app.second).await;
    assert_eq!(billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap_err(), AppError::NotFound);
    assert_eq!(billing::invoices::issue_period_in_op(&mut op, asha.service).await.unwrap_err(), AppError::NotFound);
    drop(op);
    world.finish().await;
}

#[tokio::test]
async fn a_run_invoices_each_period_once_and_catches_up_with_missed_ones() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let mut tx = world.app.tx::<perm::RunRead>(world.app.first).await;
    let preview = billing::runs::preview(&mut tx, start_day()).await.unwrap();
    assert_eq!((preview.invoices, preview.total), (0, Money::kes(0)));
    assert!(billing::runs::preview(&mut tx, start_day() + chrono::Days::new(1)).await.unwrap_err().fields().is_some());
    drop(tx);
    // The clock jumps two months: the daily task is late and still bills both.
    let jump = world.app.app.clock.offset() + chrono::Duration::days(62);
    platform::tenants::move_clock(&world.app.app, jump).await.unwrap();
    platform::jobs::tick(&world.app.app).await.unwrap();
    world.app.drain().await;
    assert_eq!(invoices(&world, asha).await.len(), 3);
    let mut tx = world.app.tx::<perm::RunStart>(world.app.first).await;
    let today = tx.today();
    billing::runs::start(&mut tx, today, 0).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    assert_eq!(invoices(&world, asha).await.len(), 3, "a second run issues nothing");
    let mut tx = world.app.tx::<perm::RunRead>(world.app.first).await;
    let runs = billing::runs::list(&mut tx).await.unwrap();
    assert!(runs.iter().all(|run| run.state == billing::runs::RunState::Done), "{runs:?}");
    assert_eq!(runs.iter().map(|run| run.invoices).sum::<i64>(), 2);
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn a_preview_says_what_the_run_then_does() {
    let world = World::start().await;
    for i in 0..5 {
        world.subscriber(&format!("Person {i}"), "254712000009", 1).await;
    }
    let mut tx = world.app.tx::<perm::RunRead>(world.app.first).await;
    let preview = billing::runs::preview(&mut tx, start_day()).await.unwrap();
    drop(tx);
    assert_eq!((preview.invoices, preview.total, preview.is_all), (5, Money::kes(1_750_000), true));
    let mut tx = world.app.tx::<perm::RunStart>(world.app.first).await;
    assert!(
        billing::runs::start(&mut tx, start_day(), 4).await.unwrap_err().fields().is_some(),
        "the number is checked"
    );
    let first = billing::runs::start(&mut tx, start_day(), 5).await.unwrap();
    assert_eq!(billing::runs::start(&mut tx, start_day(), 5).await.unwrap(), first, "a run under way is given back");
    tx.commit().await.unwrap();
    world.app.drain().await;
    let mut tx = world.app.tx::<perm::RunRead>(world.app.first).await;
    let run = billing::runs::list(&mut tx).await.unwrap().remove(0);
    assert_eq!((run.invoices, run.total), (preview.invoices, preview.total));
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn numbers_have_no_gap_even_when_a_transaction_is_undone() {
    let world = World::start().await;
    for i in 0..4 {
        let somebody = world.subscriber(&format!("Person {i}"), "254712000009", 1).await;
        let mut op = world.app.op(world.app.first).await;
        billing::invoices::issue_first_in_op(&mut op, somebody.service).await.unwrap();
        if i % 2 == 0 { op.rollback().await.unwrap() } else { op.commit().await.unwrap() }
    }
    let numbers = world.text("SELECT string_agg(number, ' ' ORDER BY number) FROM invoice").await;
    assert_eq!(numbers, "INV-000001 INV-000002");
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn voiding_gives_back_what_was_owed_and_keeps_the_number() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let id = invoices(&world, asha).await[0].id;
    assert!(void(&world, id, " ").await.unwrap_err().fields().is_some_and(|fields| fields.of("reason").is_some()));
    void(&world, id, "Wrong plan").await.unwrap();
    void(&world, id, "Wrong plan").await.unwrap();
    assert_eq!(world.owed(asha).await, 0);
    let invoice = invoices(&world, asha).await.remove(0);
    assert_eq!((invoice.badge, invoice.number.as_deref()), (InvoiceBadge::Void, Some("INV-000001")));
    assert_eq!(invoice.left, Money::kes(0), "nothing is to be paid on it");
    let mut op = world.app.op(world.app.first).await;
    let detail = billing::invoices::get_in_op(&mut op, id).await.unwrap();
    assert_eq!((detail.paid, detail.left), (Money::kes(0), Money::kes(0)));
    drop(op);
    assert_eq!(
        world.count("SELECT count(*) FROM journal WHERE kind = 'invoice_voided' AND reverses_id IS NOT NULL").await,
        1
    );
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn an_activation_after_an_undone_one_gets_its_first_invoice() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let id = invoices(&world, asha).await[0].id;
    void(&world, id, "Activation undone").await.unwrap();
    let mut op = world.app.op(world.app.first).await;
    let again = billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap().unwrap();
    assert_ne!(again, id);
    assert_eq!(billing::invoices::get_in_op(&mut op, again).await.unwrap().total, Money::kes(350_000));
    op.commit().await.unwrap();
    world.app.drain().await;
    world.finish().await;
}

async fn issue_again(world: &World, id: InvoiceId) -> Result<InvoiceId, AppError> {
    let mut tx = world.app.tx::<perm::InvoiceWrite>(world.app.first).await;
    let issued = billing::invoices::issue_again(&mut tx, id).await?;
    tx.commit().await?;
    world.app.drain().await;
    Ok(issued)
}

#[tokio::test]
async fn the_period_of_a_void_invoice_is_issued_again_once() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.days(31).await;
    let [april, march] = invoices(&world, asha).await.try_into().unwrap();
    assert!(matches!(issue_again(&world, march.id).await.unwrap_err(), AppError::Conflict(_)), "it is not void");
    void(&world, march.id, "Wrong plan").await.unwrap();
    assert_eq!(world.owed(asha).await, 2_500);
    let again = issue_again(&world, march.id).await.unwrap();
    assert_eq!(issue_again(&world, march.id).await.unwrap(), again, "twice is once");
    assert_eq!(world.owed(asha).await, 6_000, "with the set-up fee that the first one had");
    let mut op = world.app.op(world.app.first).await;
    let detail = billing::invoices::get_in_op(&mut op, again).await.unwrap();
    assert_eq!(detail.lines[0].from, Some(start_day()));
    assert_eq!(detail.due_on, op.today() + chrono::Days::new(7));
    drop(op);
    world.days(31).await;
    assert_eq!(invoices(&world, asha).await.len(), 4, "May follows, and April is not billed twice");
    void(&world, april.id, "Away").await.unwrap();
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE service SET state = 'disconnected'").execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    assert!(matches!(issue_again(&world, april.id).await.unwrap_err(), AppError::Conflict(_)), "nobody uses it");
    let mut tx = world.app.tx::<perm::InvoiceWrite>(world.app.second).await;
    assert_eq!(billing::invoices::issue_again(&mut tx, april.id).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn voiding_a_paid_invoice_is_refused() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    take_cash(&world, asha, 3_500).await;
    let id = invoices(&world, asha).await[0].id;
    assert!(matches!(void(&world, id, "Wrong plan").await.unwrap_err(), AppError::Conflict(_)));
    world.finish().await;
}

#[tokio::test]
async fn voiding_a_part_paid_invoice_leaves_credit_that_pays_the_next_one() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    take_cash(&world, asha, 1_000).await;
    let rows = invoices(&world, asha).await;
    assert_eq!((rows[0].badge, rows[0].left), (InvoiceBadge::PartPaid, Money::kes(250_000)));
    void(&world, rows[0].id, "Wrong plan").await.unwrap();
    assert_eq!(world.owed(asha).await, -1_000);
    world.days(31).await;
    let next = invoices(&world, asha).await.remove(0);
    assert_eq!((next.badge, next.left), (InvoiceBadge::PartPaid, Money::kes(150_000)));
    world.finish().await;
}

#[tokio::test]
async fn an_invoice_of_another_tenant_is_not_found() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let id = invoices(&world, asha).await[0].id;
    let mut tx = world.app.tx::<perm::InvoiceVoid>(world.app.second).await;
    let form = VoidInvoiceForm { id, reason: "Mine now".into() };
    assert_eq!(billing::invoices::void(&mut tx, form).await.unwrap_err(), AppError::NotFound);
    assert_eq!(billing::invoices::get_in_op(&mut tx, id).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn reminders_come_once_each_and_the_lock_on_the_day_after_the_due_day() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let reminders = "SELECT coalesce(string_agg(hours_before::text, ' ' ORDER BY sent_at), '') FROM invoice_reminder";
    world.days(3).await;
    assert_eq!(world.text(reminders).await, "");
    world.days(1).await;
    assert_eq!(world.text(reminders).await, "72");
    world.days(3).await;
    assert_eq!(world.text(reminders).await, "72 48 24");
    assert!(world.locks(asha).await.is_empty(), "the due day is the payer's");
    let mut tx = world.app.tx::<perm::LockRead>(world.app.first).await;
    let soon = billing::locks::soon_cut_off(&mut tx, true).await.unwrap();
    assert_eq!((soon.len(), soon[0].left, soon[0].subscriber.as_str()), (1, Some(Money::kes(350_000)), "Asha Wanjiru"));
    assert_eq!(billing::locks::soon_cut_off(&mut tx, false).await.unwrap()[0].left, None);
    drop(tx);
    world.days(1).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    world.days(2).await;
    assert_eq!(world.count("SELECT count(*) FROM service_lock").await, 1, "an episode is one lock");
    assert_eq!(world.text(reminders).await, "72 48 24");
    world.finish().await;
}

#[tokio::test]
async fn part_payment_leaves_the_lock_and_full_payment_lifts_it() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    world.days(8).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    take_cash(&world, asha, 3_499).await;
    assert_eq!(world.locks(asha).await, ["overdue"]);
    take_cash(&world, asha, 1).await;
    assert!(world.locks(asha).await.is_empty());
    assert_eq!(world.text("SELECT string_agg(status, '') FROM invoice").await, "paid");
    world.finish().await;
}

#[tokio::test]
async fn an_administrative_lock_stays_after_a_payment_and_is_lifted_by_hand() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let mut tx = world.app.tx::<perm::LockWrite>(world.app.first).await;
    let form = SetLockForm { service_id: asha.service, reason: "admin".into(), note: "Court order".into() };
    billing::locks::set(&mut tx, form.clone()).await.unwrap();
    billing::locks::set(&mut tx, form.clone()).await.unwrap();
    assert!(
        billing::locks::set(&mut tx, SetLockForm { reason: "overdue".into(), ..form })
            .await
            .unwrap_err()
            .fields()
            .is_some()
    );
    tx.commit().await.unwrap();
    world.days(8).await;
    take_cash(&world, asha, 3_500).await;
    assert_eq!(world.locks(asha).await, ["admin"]);
    let mut tx = world.app.tx::<perm::LockWrite>(world.app.first).await;
    let locks = billing::locks::list_of_account_in_op(&mut tx, asha.account).await.unwrap();
    let admin = locks.iter().find(|lock| lock.reason == LockReason::Admin).unwrap();
    billing::locks::lift(&mut tx, LiftLockForm { id: admin.id }).await.unwrap();
    billing::locks::lift(&mut tx, LiftLockForm { id: admin.id }).await.unwrap();
    tx.commit().await.unwrap();
    assert!(world.locks(asha).await.is_empty());
    let mut tx = world.app.tx::<perm::LockWrite>(world.app.second).await;
    assert_eq!(billing::locks::lift(&mut tx, LiftLockForm { id: admin.id }).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn the_tabs_count_what_they_list() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let other = world.subscriber("Baraka Otieno", "254712000002", 1).await;
    let mut op = world.app.op(world.app.first).await;
    billing::invoices::issue_first_in_op(&mut op, other.service).await.unwrap();
    op.commit().await.unwrap();
    take_cash(&world, asha, 3_500).await;
    world.days(9).await;
    let mut tx = world.app.tx::<perm::InvoiceRead>(world.app.first).await;
    let counts = billing::invoices::counts(&mut tx).await.unwrap();
    for tab in InvoiceTab::ALL.iter().copied() {
        let filter = billing::invoices::InvoiceFilter { tab: Some(tab), ..Default::default() };
        let rows = billing::invoices::list(&mut tx, filter).await.unwrap().rows;
        assert_eq!(rows.len() as i64, counts.of(tab), "{tab}");
    }
    assert_eq!((counts.overdue, counts.paid), (1, 1));
    for (search, found) in [("baraka", 1), ("INV-000001", 1), (&*other.number.to_string(), 1), ("nobody", 0), ("%", 2)]
    {
        let filter = billing::invoices::InvoiceFilter { search: Some(search.into()), ..Default::default() };
        assert_eq!(billing::invoices::list(&mut tx, filter).await.unwrap().rows.len(), found, "{search}");
    }
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn the_policy_is_changed_for_what_comes_and_refused_when_nobody_would_be_reminded() {
    use model::PermissionSet;
    use model::billing::policy::BillingPolicyForm;
    use model::identity::perm::{SettingRead, SettingWrite};
    let world = World::start().await;
    let form = |due_days: &str| BillingPolicyForm {
        due_days: due_days.into(),
        reminders: "48, 24".into(),
        grace_hours: "6".into(),
        reconnect: "half".into(),
    };
    let mut tx = world.app.tx::<SettingWrite>(world.app.first).await;
    let refused = billing::policy::set(&mut tx, form("1")).await.unwrap_err();
    assert!(refused.fields().is_some_and(|f| f.of("reminders").is_some()));
    billing::policy::set(&mut tx, form("10")).await.unwrap();
    billing::policy::set(&mut tx, form("10")).await.unwrap();
    tx.commit().await.unwrap();
    for (tenant, days) in [(world.app.first, 10), (world.app.second, 7)] {
        let mut tx = world.app.tx::<SettingRead>(tenant).await;
        let sheet = billing::policy::get(&mut tx, &PermissionSet::default()).await.unwrap();
        assert_eq!((sheet.policy.due_days, sheet.can_write), (days, false));
    }
    world.app.finish().await;
}
