//! Addresses: each given once, also at the same moment, taken back and remembered.

mod common;

use common::{World, pool};
use model::AppError;
use model::network::perm;
use network::pools;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_service_gets_an_address_and_a_prefix_once() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let made = world.subscriber("amina").await;
    let mut op = world.app.op(world.app.first).await;
    let first = pools::reserve_in_op(&mut op, made.service_id).await.unwrap();
    assert_eq!(first.v4.map(|a| a.to_string()), Some("100.64.0.1".into()));
    assert_eq!(first.v6.map(|n| n.to_string()), Some("2001:db8:40::/56".into()));
    assert_eq!(pools::reserve_in_op(&mut op, made.service_id).await.unwrap(), first);
    op.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::PoolRead>(world.app.first).await;
    let rows = pools::list(&mut tx).await.unwrap();
    assert_eq!(rows.iter().map(|r| (r.used, r.size)).collect::<Vec<_>>(), [(1, 254), (1, 4096)]);
    drop(tx);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn services_that_ask_at_the_same_moment_get_different_addresses() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let mut services = Vec::new();
    for i in 0..6 {
        services.push(world.subscriber(&format!("user{i}")).await.service_id);
    }
    let tasks: Vec<_> = services
        .into_iter()
        .map(|service| {
            let (app, tenant) = (world.app.app.clone(), world.app.first);
            tokio::spawn(async move {
                let mut op = app.begin_as_system(tenant, "test").await.unwrap();
                let given = pools::reserve_in_op(&mut op, service).await.unwrap();
                op.commit().await.unwrap();
                given.v4.unwrap()
            })
        })
        .collect();
    let mut given = BTreeSet::new();
    for task in tasks {
        assert!(given.insert(task.await.unwrap()));
    }
    assert_eq!(given.len(), 6);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_released_address_is_given_again_and_its_former_holder_is_remembered() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let (amina, zawadi) = (world.subscriber("amina").await, world.subscriber("zawadi").await);
    let mut op = world.app.op(world.app.first).await;
    let first = pools::reserve_in_op(&mut op, amina.service_id).await.unwrap();
    assert_eq!(pools::release_in_op(&mut op, amina.service_id).await.unwrap().len(), 2);
    assert!(pools::release_in_op(&mut op, amina.service_id).await.unwrap().is_empty());
    assert_eq!(pools::reserve_in_op(&mut op, zawadi.service_id).await.unwrap().v4, first.v4);
    op.commit().await.unwrap();
    let mut tx = world.app.tx::<perm::PoolRead>(world.app.first).await;
    let row = pools::list(&mut tx).await.unwrap().remove(0);
    let holders = pools::holders(&mut tx, row.id, Some("100.64.0.1/32".parse().unwrap())).await.unwrap();
    let now_and_then: Vec<_> = holders.iter().map(|h| (h.service_id, h.until.is_some())).collect();
    assert_eq!(now_and_then, [(zawadi.service_id, false), (amina.service_id, true)]);
    drop(tx);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn an_address_whose_session_still_lives_is_given_to_nobody_else() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    let (amina, zawadi) = (world.subscriber("amina").await, world.subscriber("zawadi").await);
    let mut op = world.app.op(world.app.first).await;
    let first = pools::reserve_in_op(&mut op, amina.service_id).await.unwrap();
    pools::release_in_op(&mut op, amina.service_id).await.unwrap();
    op.commit().await.unwrap();
    world.session(world.app.first, amina.service_id, "100.64.0.1", Some("2001:db8:40::/56")).await;
    let mut op = world.app.op(world.app.first).await;
    let other = pools::reserve_in_op(&mut op, zawadi.service_id).await.unwrap();
    assert_eq!(other.v4.map(|a| a.to_string()), Some("100.64.0.2".into()));
    assert_eq!(other.v6.map(|n| n.to_string()), Some("2001:db8:40:100::/56".into()));
    assert_eq!(pools::reserve_in_op(&mut op, amina.service_id).await.unwrap(), first, "its own session is no obstacle");
    op.rollback().await.unwrap();
    world.no_session().await;
    let mut op = world.app.op(world.app.first).await;
    assert_eq!(pools::reserve_in_op(&mut op, zawadi.service_id).await.unwrap(), first);
    drop(op);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_full_pool_says_so_and_gives_nothing() {
    let world = World::start().await;
    world.pool(world.app.first, pool("Tiny", "v4", "10.0.0.0/30", "")).await.unwrap();
    let mut op = world.app.op(world.app.first).await;
    op.rollback().await.unwrap();
    for name in ["one", "two"] {
        let made = world.subscriber(name).await;
        op = world.app.op(world.app.first).await;
        pools::reserve_in_op(&mut op, made.service_id).await.unwrap();
        op.commit().await.unwrap();
    }
    let third = world.subscriber("three").await;
    let mut op = world.app.op(world.app.first).await;
    assert!(matches!(pools::reserve_in_op(&mut op, third.service_id).await, Err(AppError::Conflict(_))));
    drop(op);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_pool_that_overlaps_another_is_refused_by_field_but_not_another_isps() {
    let world = World::start().await;
    world.pools(world.app.first).await;
    for network in ["100.64.0.0/22", "100.64.0.128/25"] {
        match world.pool(world.app.first, pool("Other", "v4", network, "")).await {
            Err(AppError::Invalid(fields)) => assert!(fields.of("network").is_some()),
            other => panic!("{network}: {other:?}"),
        }
    }
    match world.pool(world.app.first, pool("Kahawa", "v4", "10.9.0.0/24", "")).await {
        Err(AppError::Invalid(fields)) => assert!(fields.of("name").is_some()),
        other => panic!("{other:?}"),
    }
    // Private ranges are everybody's.
    world.pools(world.app.second).await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_service_of_another_isp_is_not_there() {
    let world = World::start().await;
    world.pools(world.app.second).await;
    let made = world.subscriber("amina").await;
    let mut op = world.app.op(world.app.second).await;
    assert_eq!(pools::reserve_in_op(&mut op, made.service_id).await, Err(AppError::NotFound));
    drop(op);
    world.app.drain().await;
    world.app.finish().await;
}
