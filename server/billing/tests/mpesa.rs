//! M-Pesa as an ISP sets it up.

mod support;

use billing::payments::{daraja, mpesa};
use model::AppError;
use model::Audience;
use model::billing::mpesa::{MpesaForm, RegisterMpesaForm};
use model::identity::perm::SettingWrite;
use model::provider::Environment;
use model::secret_text::TypedKey;
use platform::Scope;
use support::World;

fn form(key: &str) -> MpesaForm {
    let key = |name: &str| TypedKey(if key.is_empty() { String::new() } else { format!("{key}-{name}") });
    MpesaForm {
        environment: "live".into(),
        short_code: "888880".into(),
        consumer_key: key("consumer"),
        consumer_secret: key("secret"),
        passkey: key("pass"),
    }
}

#[tokio::test]
async fn keys_go_in_and_do_not_come_out_and_the_addresses_stay() {
    let world = World::start().await;
    let mut tx = world.app.tx::<SettingWrite>(world.app.first).await;
    let before = mpesa::sheet(&mut tx).await.unwrap().connection.unwrap();
    let refused = mpesa::save(&mut tx, form("")).await.unwrap_err();
    let fields = refused.fields().unwrap();
    for name in ["consumer_key", "consumer_secret", "passkey"] {
        assert!(fields.of(name).is_some(), "keys of the simulator are not keys of real money: {name}");
    }
    mpesa::save(&mut tx, form("sk")).await.unwrap();
    // A new short code with the stored keys.
    mpesa::save(&mut tx, MpesaForm { short_code: "888881".into(), ..form("") }).await.unwrap();
    let sheet = mpesa::sheet(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let shown = serde_json::to_string(&sheet).unwrap();
    assert!(!shown.contains("sk-"), "{shown}");
    let now = sheet.connection.unwrap();
    assert_eq!((now.environment, now.short_code.as_str()), (Some(Environment::Live), "888881"));
    assert_eq!(now.confirmation_url, before.confirmation_url, "the provider posts to the address that it was given");
    let urls = daraja::open_addresses(&world.app.app, world.app.first).await.unwrap();
    assert_eq!(urls.confirmation, now.confirmation_url);
    world.app.drain().await;
    world.app.finish().await;
}

#[tokio::test]
async fn an_isp_without_m_pesa_is_told_so_and_another_isps_is_not_touched() {
    let world = World::start().await;
    let mut second = world.app.tx::<SettingWrite>(world.app.second).await;
    assert!(mpesa::sheet(&mut second).await.unwrap().connection.is_none());
    drop(second);
    let ctx = |permission: &str| world.app.ctx_with(Audience::Staff, world.app.second, Scope::Tenant, &[permission]);
    let number = RegisterMpesaForm { nominated_number: "0722000001".into() };
    let without = mpesa::register(&ctx("identity.setting.write"), &number).await;
    assert!(matches!(without, Err(AppError::Unavailable(_))), "{without:?}");
    let wrong = mpesa::register(&ctx("identity.setting.write"), &RegisterMpesaForm::default()).await;
    assert!(wrong.unwrap_err().fields().unwrap().of("nominated_number").is_some());
    let forbidden = mpesa::register(&ctx("identity.setting.read"), &number).await;
    assert!(matches!(forbidden, Err(AppError::Forbidden)), "{forbidden:?}");
    world.app.finish().await;
}
