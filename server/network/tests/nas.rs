//! Routers: their secrets, their addresses, their tenants.

mod common;

use common::{World, nas_form};
use model::AppError;
use model::network::perm;
use network::nas;

#[tokio::test]
async fn a_routers_secret_is_sealed_twice_and_shown_to_nobody() {
    let world = World::start().await;
    let id = world.nas(world.app.first, "192.0.2.1".parse().unwrap(), 3799).await.unwrap();
    let mut tx = world.app.tx::<perm::NasRead>(world.app.first).await;
    let rows = nas::list(&mut tx).await.unwrap();
    assert_eq!((rows.len(), rows[0].id, rows[0].coa_port), (1, id, 3799));
    let (own, projected): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT n.secret, p.secret FROM nas n JOIN radius.nas p ON p.id = n.id")
            .fetch_one(tx.conn())
            .await
            .unwrap();
    for sealed in [own, projected] {
        assert!(!sealed.windows(common::SECRET.len()).any(|part| part == common::SECRET.as_bytes()));
    }
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn an_address_belongs_to_one_isp_only() {
    let world = World::start().await;
    world.nas(world.app.first, "192.0.2.1".parse().unwrap(), 3799).await.unwrap();
    match world.nas(world.app.second, "192.0.2.1".parse().unwrap(), 3799).await {
        Err(AppError::Invalid(fields)) => assert!(fields.of("address").is_some()),
        other => panic!("{other:?}"),
    }
    world.nas(world.app.second, "192.0.2.2".parse().unwrap(), 3799).await.unwrap();
    world.app.finish().await;
}

#[tokio::test]
async fn a_changed_router_keeps_its_secret_when_none_is_typed() {
    let world = World::start().await;
    let id = world.nas(world.app.first, "192.0.2.1".parse().unwrap(), 3799).await.unwrap();
    let mut tx = world.app.tx::<perm::NasWrite>(world.app.first).await;
    let mut form = nas_form("192.0.2.9", 1700);
    (form.id, form.secret) = (id.to_string(), String::new());
    assert_eq!(nas::save(&mut tx, form).await.unwrap(), id);
    tx.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::NasRead>(world.app.first).await;
    assert_eq!(nas::list(&mut tx).await.unwrap()[0].address.to_string(), "192.0.2.9");
    drop(tx);
    world.app.finish().await;
}

#[tokio::test]
async fn a_router_of_another_isp_is_neither_changed_nor_removed() {
    let world = World::start().await;
    let id = world.nas(world.app.first, "192.0.2.1".parse().unwrap(), 3799).await.unwrap();
    let mut tx = world.app.tx::<perm::NasWrite>(world.app.second).await;
    let mut form = nas_form("192.0.2.7", 3799);
    form.id = id.to_string();
    assert_eq!(nas::save(&mut tx, form).await, Err(AppError::NotFound));
    assert_eq!(nas::remove(&mut tx, id).await, Err(AppError::NotFound));
    drop(tx);
    let mut tx = world.app.tx::<perm::NasWrite>(world.app.first).await;
    nas::remove(&mut tx, id).await.unwrap();
    assert_eq!(nas::remove(&mut tx, id).await, Err(AppError::NotFound));
    tx.commit().await.unwrap();
    world.app.finish().await;
}
