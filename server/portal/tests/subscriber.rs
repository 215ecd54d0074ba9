//! What of a subscriber is sent to whom.

mod common;

use common::{Made, World, role};
use model::AppError;
use model::crm::SubscriberId;
use model::crm::perm::SubscriberRead;
use model::portal::subscriber_page::SubscriberPage;
use model::portal::timeline::TimelineKind;

async fn seen_by(world: &World, code: &str, made: Made) -> SubscriberPage {
    let mut tx = world.app.tx::<SubscriberRead>(world.app.first).await;
    let page = portal::subscriber::page(&mut tx, &role(code), made.subscriber_id).await.unwrap();
    tx.commit().await.unwrap();
    page
}

#[tokio::test]
async fn billing_sees_balance_invoice_payment_and_its_place_in_time() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    world.cash(njeri, "500").await;
    let page = seen_by(&world, "billing", njeri).await;
    let money = page.money.as_ref().unwrap();
    let invoice = &money.invoices[0];
    assert_eq!(money.balance.minor, -(invoice.total.minor - 50_000));
    assert_eq!(money.due, invoice.left);
    assert_eq!((money.invoices.len(), money.payments.len()), (1, 1));
    assert_eq!(money.statement.len(), 2);
    assert_eq!(page.head.money.as_ref().unwrap().due_on, Some(invoice.due_on));
    assert!(page.services[0].price.is_some());
    let kinds: Vec<_> = page.timeline.iter().map(|item| item.kind).collect();
    assert!(kinds.contains(&TimelineKind::Invoice) && kinds.contains(&TimelineKind::Payment));
    assert!(page.can.can_take_payment && page.can.can_lock);
    world.app.finish().await;
}

#[tokio::test]
async fn whoever_may_not_see_money_is_sent_no_amount_anywhere() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    world.cash(njeri, "500").await;
    for code in ["support", "noc", "sales"] {
        let page = seen_by(&world, code, njeri).await;
        assert!(page.money.is_none() && page.head.money.is_none(), "{code}");
        assert!(page.services.iter().all(|service| service.price.is_none()), "{code}");
        assert!(page.locks.iter().all(|lock| lock.due.is_none()), "{code}");
        assert!(page.timeline.iter().all(|item| item.amount.is_none()), "{code}");
        assert!(!page.can.can_take_payment, "{code}");
        let wire = serde_json::to_string(&page).unwrap();
        assert!(!wire.contains("\"minor\""), "{code}: {wire}");
    }
    world.app.finish().await;
}

#[tokio::test]
async fn sales_is_sent_nothing_technical_and_a_tab_that_may_not_be_seen_is_missing() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    let page = seen_by(&world, "sales", njeri).await;
    assert!(page.network.is_none() && page.head.technical.is_none() && page.head.private.is_none());
    assert!(page.services.iter().all(|service| service.username.is_none()));
    assert!(page.tickets.is_none() && page.messages.is_none() && page.work.is_none());
    assert!(page.head.contact.is_some());
    let noc = seen_by(&world, "noc", njeri).await;
    assert_eq!(noc.head.technical.unwrap().username.as_deref(), Some(&*njeri.account_number.stored().to_lowercase()));
    world.app.finish().await;
}

#[tokio::test]
async fn a_session_in_the_walled_garden_is_not_online() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    let mut owner = world.app.superuser().await;
    let username = njeri.account_number.stored().to_lowercase();
    for statement in [
        "INSERT INTO radius.account (tenant_id, username, service_id, secret, rate_limit, walled_rate_limit)
         VALUES ($1, $2, $3, 'x', '10M/20M', '1M/1M')",
        "INSERT INTO radius.acct_open (tenant_id, unique_id, session_id, username, service_id, nas_id, nas_addr, started_at,
           updated_at)
         VALUES ($1, $2, '81000001', $2, $3, gen_random_uuid(), '127.0.0.1', now(), now())",
    ] {
        let query = sqlx::query(statement).bind(world.app.first.uuid()).bind(&username).bind(njeri.service_id.uuid());
        query.execute(&mut owner).await.unwrap();
    }
    let connected = async || {
        let head = seen_by(&world, "isp_admin", njeri).await.head.technical.unwrap();
        (head.is_online, head.is_walled)
    };
    assert_eq!(connected().await, (true, false));
    sqlx::query("UPDATE radius.account SET locked = true").execute(&mut owner).await.unwrap();
    assert_eq!(connected().await, (false, true));
    world.app.finish().await;
}

#[tokio::test]
async fn an_unknown_subscriber_and_another_tenants_are_not_found() {
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri", "0712345678", None).await;
    for (tenant, id) in [(world.app.first, SubscriberId::new()), (world.app.second, njeri.subscriber_id)] {
        let mut tx = world.app.tx::<SubscriberRead>(tenant).await;
        let page = portal::subscriber::page(&mut tx, &role("isp_admin"), id).await;
        assert_eq!(page.err(), Some(AppError::NotFound));
    }
    world.app.finish().await;
}

#[tokio::test]
async fn search_finds_by_name_phone_and_account_and_keeps_phones_from_those_without_contacts() {
    use model::portal::perm::SearchUse;
    let world = World::start().await;
    let njeri = world.subscriber("Mama Njeri Kamau", "0712345678", None).await;
    world.subscriber("Otieno Odhiambo", "0722000111", None).await;
    let found = async |code: &str, text: &str| {
        let mut tx = world.app.tx::<SearchUse>(world.app.first).await;
        portal::search::everywhere(&mut tx, &role(code), text).await.unwrap()
    };
    for text in [
        "njeri",
        "NJERI kam",
        "0712 345 678",
        "345 678",
        &njeri.account_number.to_string(),
        &njeri.account_number.stored(),
    ] {
        let hits = found("billing", text).await;
        assert!(hits.iter().any(|hit| hit.link == format!("/subscribers/{}", njeri.subscriber_id)), "{text}: {hits:?}");
        assert!(hits.iter().all(|hit| !hit.title.contains("Otieno")), "{text}: {hits:?}");
    }
    assert!(found("billing", "zzzz").await.is_empty());
    assert!(found("billing", "a").await.is_empty());
    assert!(found("technician", "njeri").await.is_empty());
    let mut tx = world.app.tx::<SearchUse>(world.app.second).await;
    assert!(portal::search::everywhere(&mut tx, &role("isp_admin"), "njeri").await.unwrap().is_empty());
    drop(tx);
    world.app.finish().await;
}
