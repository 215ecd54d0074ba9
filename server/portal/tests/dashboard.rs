//! What the first page says, and to whom.

mod common;

use billing::payments::{MoneyIn, receive_in_op};
use chrono::Duration;
use common::{World, role};
use model::billing::locks::LockReason;
use model::billing::payments::PaymentMethod;
use model::portal::dashboard::{AttentionKind, Dashboard};
use model::portal::perm::DashboardRead;
use model::{Money, PermissionSet};

async fn seen(world: &World, reader: &PermissionSet) -> Dashboard {
    let mut tx = world.app.tx::<DashboardRead>(world.app.first).await;
    let page = portal::dashboard::page(&mut tx, reader).await.unwrap();
    tx.commit().await.unwrap();
    page
}

fn counted(page: &Dashboard, kind: AttentionKind) -> Option<i64> {
    page.attention.iter().find(|item| item.kind == kind).map(|item| item.count)
}

#[tokio::test]
async fn overdue_bills_and_suspended_services_want_attention_of_those_who_may_see_them() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    let admin = role("isp_admin");
    assert_eq!(counted(&seen(&world, &admin).await, AttentionKind::Overdue), None);
    world.app.advance(Duration::days(40)).await;
    let mut op = world.app.op(world.app.first).await;
    billing::locks::set_in_op(&mut op, njeri.service_id, LockReason::Fraud, "test").await.unwrap();
    op.commit().await.unwrap();
    let page = seen(&world, &admin).await;
    assert_eq!(counted(&page, AttentionKind::Overdue), Some(1));
    assert_eq!(counted(&page, AttentionKind::Suspended), Some(1));
    let blind = seen(&world, &PermissionSet::default()).await;
    assert!(blind.attention.is_empty());
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn money_that_comes_later_today_is_not_collected_yet() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    world.cash(njeri, "500").await;
    let mut op = world.app.op(world.app.first).await;
    let later = MoneyIn {
        method: PaymentMethod::MpesaC2b,
        reference: Some("SJ12ABCDEF".into()),
        amount: Money::kes(70_000),
        payer_phone: None,
        payer_name: None,
        bill_reference: None,
        paid_at: op.now() + Duration::hours(2),
        callback_at: None,
        attempt: None,
        to: Ok(njeri.account_id),
    };
    receive_in_op(&mut op, later).await.unwrap();
    op.commit().await.unwrap();
    let money = seen(&world, &role("isp_admin")).await.manager.unwrap();
    assert_eq!((money.collected_today.minor, money.collected_month.minor), (50_000, 50_000));
    assert_eq!(money.income.iter().map(|(_, money)| money.minor).sum::<i64>(), 50_000);
    world.app.drain().await;
    world.app.finish().await;
}
