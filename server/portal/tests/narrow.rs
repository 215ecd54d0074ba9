//! The two contexts that see less than the tenant: a subscriber and a reseller.

mod common;

use common::World;
use model::AppError;
use model::billing::perm::MyMoney;
use model::portal::my::MyState;
use model::portal::perm::MyHome;

#[tokio::test]
async fn a_subscriber_sees_the_own_account_and_nobody_elses() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    let otieno = world.subscriber("Otieno Odhiambo", "0722000111", None).await;
    let others = world.cash(otieno, "700").await;
    let own = world.cash(njeri, "500").await;
    let ctx = world.my(world.app.first, &[njeri]);
    let mut tx = ctx.begin::<MyHome>().await.unwrap();
    let home = portal::my::home(&mut tx).await.unwrap();
    assert_eq!((home.name.as_str(), home.account_number), ("Mama Njeri", njeri.account_number));
    assert_eq!(home.state, MyState::Offline);
    assert_eq!(home.to_pay.map(|money| money.minor % 100), Some(0));
    assert_eq!(home.balance.minor, -home.due.minor);
    drop(tx);
    let mut tx = ctx.begin::<MyMoney>().await.unwrap();
    let bills = portal::my::bills(&mut tx).await.unwrap();
    assert_eq!(bills.payments.iter().map(|payment| payment.id).collect::<Vec<_>>(), [own]);
    assert_eq!(bills.invoices.len(), 1);
    let bill = portal::my::bill(&mut tx, bills.invoices[0].id).await.unwrap();
    assert_eq!((bill.invoice.lines.len(), bill.invoice.paid.minor), (1, 50_000));
    assert_eq!(bill.to_pay, home.to_pay, "the only bill is all that is due");
    assert_eq!(portal::my::receipt(&mut tx, own).await.unwrap().amount.minor, 50_000);
    assert_eq!(portal::my::receipt(&mut tx, others).await.err(), Some(AppError::NotFound));
    drop(tx);
    let foreign = world.my(world.app.first, &[otieno]);
    let mut tx = foreign.begin::<MyMoney>().await.unwrap();
    assert_eq!(portal::my::bill(&mut tx, bill.invoice.id).await.err(), Some(AppError::NotFound));
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_login_without_an_account_and_one_of_another_tenant_see_nothing() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    for ctx in [world.my(world.app.first, &[]), world.my(world.app.second, &[njeri])] {
        let mut tx = ctx.begin::<MyHome>().await.unwrap();
        assert_eq!(portal::my::home(&mut tx).await.err(), Some(AppError::NotFound));
    }
    world.app.finish().await;
}

#[tokio::test]
async fn a_prompt_of_somebody_else_is_not_found_and_a_foreign_code_is_not_a_receipt() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    let otieno = world.subscriber("Otieno Odhiambo", "0722000111", None).await;
    let ctx = world.my(world.app.first, &[otieno]);
    let mut tx = ctx.begin::<MyMoney>().await.unwrap();
    let form = model::billing::stk::PayForm { phone: "0722000111".into(), amount: "100".into() };
    let attempt = billing::payments::prompts::start_mine(&mut tx, form).await.unwrap();
    assert_eq!(portal::my::waiting(&mut tx, attempt).await.unwrap().account_number, otieno.account_number);
    let have = |attempt, code: &str| model::portal::my::HavePaidForm { attempt, code: code.into() };
    let refused = portal::my::have_paid(&mut tx, have(attempt, "UJO7K2M9TD")).await.unwrap_err();
    assert!(refused.fields().unwrap().of("code").is_some());
    // The prompt itself is not sent in this test, so its job is taken back with the transaction.
    drop(tx);
    let mut op = world.app.op(world.app.first).await;
    let foreign = model::billing::PaymentAttemptId::new();
    sqlx::query(
        "INSERT INTO payment_attempt (tenant_id, id, account_id, gateway, msisdn, amount_minor, currency, state, asked_by)
         VALUES ($1, $2, $3, 'mpesa', '254712345678', 10000, 'KES', 'created', 'test')",
    )
    .bind(world.app.first.uuid())
    .bind(foreign.uuid())
    .bind(njeri.account_id.uuid())
    .execute(op.conn())
    .await
    .unwrap();
    op.commit().await.unwrap();
    let mut tx = ctx.begin::<MyMoney>().await.unwrap();
    assert_eq!(portal::my::waiting(&mut tx, foreign).await.err(), Some(AppError::NotFound));
    assert_eq!(portal::my::have_paid(&mut tx, have(foreign, "")).await.err(), Some(AppError::NotFound));
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_reseller_sees_the_own_subtree_only_and_a_parent_sees_the_child() {
    let world = World::start().await;
    let parent = world.reseller("Mwangaza", None).await;
    let child = world.reseller("Makongeni Wi-Fi", Some(parent)).await;
    let sibling = world.reseller("Thika Net", None).await;
    let direct = world.subscriber("Josephine Wangui", "0712000001", Some(parent)).await;
    world.subscriber("Stephen Gikonyo", "0712000002", Some(child)).await;
    world.subscriber("Rahma Said", "0712000003", Some(sibling)).await;
    world.subscriber("Nobody's Own", "0712000004", None).await;
    world.cash(direct, "1000").await;
    let names = async |reseller| {
        let home = portal::partner::home(&world.partner(reseller)).await.unwrap();
        let mut names: Vec<_> = home.rows.iter().map(|row| row.name.clone()).collect();
        names.sort();
        (home.name, names, home.money.unwrap().wallet.minor, home.subscribers)
    };
    let two = vec!["Josephine Wangui".to_owned(), "Stephen Gikonyo".to_owned()];
    assert_eq!(names(parent).await, ("Mwangaza".into(), two, 10_000, 2));
    assert_eq!(names(child).await, ("Makongeni Wi-Fi".into(), vec!["Stephen Gikonyo".to_owned()], 0, 1));
    assert_eq!(names(sibling).await, ("Thika Net".into(), vec!["Rahma Said".to_owned()], 0, 1));
    assert_eq!(portal::partner::home(&world.partner(uuid::Uuid::nil())).await.err(), Some(AppError::NotFound));
    world.app.finish().await;
}

#[tokio::test]
async fn a_resellers_staff_sees_subscribers_and_none_of_the_money() {
    let world = World::start().await;
    let reseller = world.reseller("Mwangaza", None).await;
    let direct = world.subscriber("Josephine Wangui", "0712000001", Some(reseller)).await;
    world.cash(direct, "1000").await;
    let seen = async |role| portal::partner::home(&world.partner_as(reseller, role)).await.unwrap();
    let (admin, staff) = (seen("reseller_admin").await, seen("reseller_staff").await);
    assert_eq!(admin.rows[0].earned.map(|money| money.minor), Some(10_000));
    assert_eq!((staff.subscribers, staff.money, staff.rows[0].earned), (1, None, None));
    world.app.finish().await;
}
