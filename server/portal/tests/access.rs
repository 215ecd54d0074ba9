//! The first password of a subscriber.

mod common;

use common::World;
use model::AppError;
use model::portal::my::{AskCodeForm, SetPasswordForm};

const PHONE: &str = "0712345678";

async fn ask(world: &World, phone: &str) -> Result<String, AppError> {
    portal::access::ask_code(&world.stranger(), AskCodeForm { phone: phone.into() }).await
}

/// The code of the latest SMS.
async fn code(world: &World) -> String {
    world.app.drain().await;
    let text = world.phones.texts().pop().unwrap();
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6);
    digits.unwrap().to_owned()
}

async fn set(world: &World, request: &str, code: &str) -> Result<(), AppError> {
    let form = SetPasswordForm { request: request.into(), code: code.into(), password: "three cows on a hill".into() };
    portal::access::set_password(&world.stranger(), form).await
}

fn is_wrong_code(answer: Result<(), AppError>) -> bool {
    answer.err().and_then(|error| error.fields().map(|fields| fields.of("code").is_some())).unwrap_or(false)
}

async fn has_password(world: &World, password: &str) -> bool {
    let mut op = world.app.op(world.app.first).await;
    let hash: Option<String> = sqlx::query_scalar("SELECT password_hash FROM login WHERE name = '254712345678'")
        .fetch_one(op.conn())
        .await
        .unwrap();
    identity::passwords::verify(model::Audience::My, password.into(), hash).await.unwrap()
}

#[tokio::test]
async fn a_code_by_sms_sets_the_password_once() {
    let world = World::start().await;
    world.subscriber("Mama Njeri", PHONE, None).await;
    let request = ask(&world, "+254 712 345 678").await.unwrap();
    let code = code(&world).await;
    assert_eq!(set(&world, &request, &code).await, Ok(()));
    assert!(has_password(&world, "three cows on a hill").await);
    assert!(is_wrong_code(set(&world, &request, &code).await), "a code works once");
    world.app.finish().await;
}

#[tokio::test]
async fn five_wrong_codes_kill_the_code() {
    let world = World::start().await;
    world.subscriber("Mama Njeri", PHONE, None).await;
    let request = ask(&world, PHONE).await.unwrap();
    let code = code(&world).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert!(is_wrong_code(set(&world, &request, wrong).await));
    }
    assert!(is_wrong_code(set(&world, &request, &code).await), "the right code comes too late");
    assert!(!has_password(&world, "three cows on a hill").await);
    world.app.finish().await;
}

#[tokio::test]
async fn a_code_works_only_in_the_browser_that_asked_and_a_newer_one_replaces_it() {
    let world = World::start().await;
    world.subscriber("Mama Njeri", PHONE, None).await;
    let first = ask(&world, PHONE).await.unwrap();
    let first_code = code(&world).await;
    assert!(is_wrong_code(set(&world, "another browser", &first_code).await));
    let second = ask(&world, PHONE).await.unwrap();
    let second_code = code(&world).await;
    assert!(is_wrong_code(set(&world, &first, &first_code).await));
    assert_eq!(set(&world, &second, &second_code).await, Ok(()));
    world.app.finish().await;
}

#[tokio::test]
async fn a_number_without_an_account_gets_the_same_answer_and_no_sms() {
    let world = World::start().await;
    let request = ask(&world, "0799999999").await.unwrap();
    assert_eq!(request.len(), 64);
    world.app.drain().await;
    assert!(world.phones.texts().is_empty());
    assert!(is_wrong_code(set(&world, &request, "123456").await));
    world.app.finish().await;
}

#[tokio::test]
async fn a_phone_that_is_asked_about_again_and_again_gets_no_more_sms() {
    let world = World::start().await;
    world.subscriber("Mama Njeri", PHONE, None).await;
    for _ in 0..3 {
        ask(&world, PHONE).await.unwrap();
    }
    assert!(matches!(ask(&world, PHONE).await, Err(AppError::TooMany(_))));
    world.app.drain().await;
    assert_eq!(world.phones.texts().len(), 3);
    world.app.finish().await;
}

#[tokio::test]
async fn a_weak_password_is_refused_before_the_code_is_used() {
    let world = World::start().await;
    world.subscriber("Mama Njeri", PHONE, None).await;
    let request = ask(&world, PHONE).await.unwrap();
    let code = code(&world).await;
    let weak = SetPasswordForm { request: request.clone(), code: code.clone(), password: "12345".into() };
    let refused = portal::access::set_password(&world.stranger(), weak).await.unwrap_err();
    assert!(refused.fields().unwrap().of("password").is_some());
    assert_eq!(set(&world, &request, &code).await, Ok(()));
    world.app.finish().await;
}
