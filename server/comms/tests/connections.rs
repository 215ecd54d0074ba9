//! The providers that a person sets up: keys go in and do not come out.

mod common;

use common::*;
use comms::connections;
use model::AppError;
use model::comms::connections::{Connection, MailForm, SmsForm, TestForm, WhatsAppForm};
use model::comms::notices::DeliveryState;
use model::identity::perm::SettingWrite;
use model::secret_text::{TypedKey, TypedPassword};
use model::{Audience, Lang};
use platform::{Scope, Tx};

const KEY: &str = "atsk_0123456789abcdef";

fn sms(api_key: &str) -> SmsForm {
    SmsForm {
        environment: "live".into(),
        username: "kilele".into(),
        api_key: TypedKey(api_key.into()),
        number: "22345".into(),
        sender: "KILELE".into(),
    }
}

async fn tx(world: &World) -> Tx<SettingWrite> {
    world.app.tx::<SettingWrite>(world.app.first).await
}

/// The fields that were refused.
fn refused(result: Result<(), AppError>) -> Vec<String> {
    match result {
        Err(AppError::Invalid(fields)) => fields.0.into_iter().map(|field| field.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stored_key_is_kept_by_an_empty_field_and_shown_nowhere() {
    let world = World::start().await;
    let mut first = tx(&world).await;
    assert_eq!(refused(connections::save_sms(&mut first, sms("")).await), ["api_key"]);
    connections::save_sms(&mut first, sms(KEY)).await.unwrap();
    first.commit().await.unwrap();

    let mut again = tx(&world).await;
    connections::save_sms(&mut again, SmsForm { number: "22346".into(), ..sms("") }).await.unwrap();
    let page = connections::page(&mut again).await.unwrap();
    assert_eq!(
        page.sms.as_ref().map(|sms| (sms.number.as_str(), sms.sender.as_deref())),
        Some(("22346", Some("KILELE")))
    );
    assert!(!serde_json::to_string(&page).unwrap().contains(KEY));
    let keys = connections::load_in_op(&mut again).await.unwrap();
    assert_eq!(
        keys.sms.map(|sms| (sms.api_key, sms.base_url)),
        Some((KEY.into(), "https://api.africastalking.com".into()))
    );
    again.commit().await.unwrap();

    // Neither the settings nor the audit log hold it in clear.
    let mut all = world.app.superuser().await;
    let clear: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM setting WHERE value::text LIKE '%atsk\\_%')
              + (SELECT count(*) FROM audit_entry e WHERE e::text LIKE '%atsk\\_%')",
    )
    .fetch_one(&mut all)
    .await
    .unwrap();
    assert_eq!(clear, 0);
    world.app.finish().await;
}

#[tokio::test]
async fn what_was_saved_is_used_at_once_and_by_its_own_isp_only() {
    let world = World::start().await;
    let directory = world.app.app.get::<comms::TenantGateways>().unwrap().clone();
    directory.set(world.app.first, Default::default());
    let mut saved = tx(&world).await;
    connections::save_sms(&mut saved, sms(KEY)).await.unwrap();
    let whatsapp = WhatsAppForm {
        phone_number_id: "106540352242922".into(),
        token: TypedKey("EAAG".into()),
        app_secret: TypedKey("shh".into()),
    };
    connections::save_whatsapp(&mut saved, whatsapp).await.unwrap();
    saved.commit().await.unwrap();
    connections::apply(&world.app.app, world.app.first).await.unwrap();

    let gateways = directory.of(world.app.first);
    assert!(gateways.sms.is_some() && gateways.whatsapp.is_some() && gateways.mail.is_none());
    let page = connections::page(&mut tx(&world).await).await.unwrap();
    let address = page.addresses.unwrap().sms_incoming;
    let secret = address.rsplit('/').next().unwrap().to_owned();
    let owner = platform::tenants::of_webhook(&world.app.app, "sms", &secret).await.unwrap();
    assert_eq!(owner, Some(world.app.first));
    let mut second = world.app.tx::<SettingWrite>(world.app.second).await;
    assert!(connections::page(&mut second).await.unwrap().sms.is_none());
    drop(second);

    let mut gone = tx(&world).await;
    for _ in 0..2 {
        connections::remove(&mut gone, Connection::Sms).await.unwrap();
    }
    gone.commit().await.unwrap();
    connections::apply(&world.app.app, world.app.first).await.unwrap();
    assert!(directory.of(world.app.first).sms.is_none());
    world.app.finish().await;
}

#[tokio::test]
async fn a_mail_password_is_not_sent_to_another_server() {
    let world = World::start().await;
    let mail = |host: &str, password: &str| MailForm {
        host: host.into(),
        port: "587".into(),
        security: "starttls".into(),
        username: "isp".into(),
        password: TypedPassword(password.into()),
        from: "bills@kilele.example".into(),
    };
    let mut saved = tx(&world).await;
    connections::save_mail(&mut saved, mail("mail.kilele.example", "maji ni uhai")).await.unwrap();
    connections::save_mail(&mut saved, mail("mail.kilele.example", "")).await.unwrap();
    let elsewhere = connections::save_mail(&mut saved, mail("mail.evil.example", "")).await;
    assert_eq!(refused(elsewhere), ["password"]);
    let keys = connections::load_in_op(&mut saved).await.unwrap().mail.unwrap();
    assert_eq!((keys.host.as_str(), keys.password.as_deref()), ("mail.kilele.example", Some("maji ni uhai")));
    saved.commit().await.unwrap();
    world.app.finish().await;
}

#[tokio::test]
async fn a_test_message_shows_in_the_outbox_how_it_went() {
    let world = World::start().await;
    let test = |to: &str| TestForm { connection: "sms".into(), to: to.into() };
    let mut sent = tx(&world).await;
    assert!(connections::test(&mut sent, Lang::En, test("12")).await.is_err());
    let id = connections::test(&mut sent, Lang::En, test("0712 000 001")).await.unwrap();
    sent.commit().await.unwrap();
    world.app.drain().await;
    let rows = world.messages(world.app.first).await;
    assert_eq!(rows.iter().find(|row| row.id == id).map(|row| row.state), Some(DeliveryState::Sent));
    assert_eq!(world.phones.texts(), ["The first ISP: this is a test. The connection works."]);
    world.app.finish().await;
}

#[tokio::test]
async fn connections_are_for_who_may_change_settings() {
    let world = World::start().await;
    let ctx = world.app.ctx_with(Audience::Staff, world.app.first, Scope::Tenant, &["identity.setting.read"]);
    assert!(matches!(ctx.begin::<SettingWrite>().await, Err(AppError::Forbidden)));
    world.app.finish().await;
}
