//! The messaging contracts: Africa's Talking, WhatsApp and SMTP, by the real clients over real sockets.

mod support;

use gateways::mail::{MailMessage, MailSender, Smtp, SmtpConfig, SmtpSecurity};
use gateways::sms::{
    AfricasTalking, AfricasTalkingConfig, DeliveryStatus, IncomingSms, SmsDeliveryReport, SmsMessage, SmsSender,
    segments,
};
use gateways::whatsapp::{
    InboundContent, Webhook, WhatsApp, WhatsAppConfig, WhatsAppSender, WhatsAppText, signature_is_valid,
    window_is_closed,
};
use gateways::{GatewayError, Secret};
use serde_json::json;
use support::{VERIFY_TOKEN, World, world};

fn sms(world: &World, api_key: &str) -> AfricasTalking {
    let config = AfricasTalkingConfig {
        base_url: world.simulators.sms_url(),
        username: world.business.sms_username.clone(),
        api_key: api_key.into(),
    };
    AfricasTalking::new(config).unwrap()
}

fn text(to: &str, text: &str) -> SmsMessage {
    SmsMessage { to: to.into(), text: text.into(), sender: Some("KILELE".into()) }
}

#[tokio::test]
async fn an_sms_appears_in_the_outbox_and_its_arrival_is_reported() {
    let world = world().await;
    world.control("/_control/webhooks", json!({"sms_delivery": world.isp.url("/dlr")})).await;
    let sent = sms(&world, "demo-sms-key-kilele").send(&text("+254712000001", "Habari & karibu <b>")).await.unwrap();
    assert_eq!((sent.parts, sent.cost_text.as_str()), (1, "KES 0.8000"));

    let entry = world.wait_for_status("0712 000 001", "Delivered").await;
    assert_eq!(entry["text"], "Habari & karibu <b>");
    assert_eq!(entry["provider_id"], sent.provider_id.as_str());
    let report = SmsDeliveryReport::parse(&world.isp.next().await.body).unwrap();
    assert_eq!((report.id, report.status), (sent.provider_id, DeliveryStatus::Delivered));
    assert_eq!(report.phone.as_deref(), Some("+254712000001"));

    let (_, page) = world.get("/outbox?to=0712000001").await;
    assert!(page.contains("Habari &amp; karibu &lt;b&gt;") && !page.contains("<b>"), "the page escapes");
}

#[tokio::test]
async fn the_client_and_the_provider_count_the_same_parts() {
    let world = world().await;
    let client = sms(&world, "demo-sms-key-kilele");
    for body in ["a".repeat(161), "ş".repeat(71), format!("{}€", "a".repeat(159)), "😀".repeat(36), "a".repeat(307)]
    {
        let sent = client.send(&text("+254712000001", &body)).await.unwrap();
        assert_eq!(sent.parts, segments(&body).parts);
    }
}

#[tokio::test]
async fn an_unreachable_number_is_reported_as_failed() {
    let world = world().await;
    world.control("/_control/webhooks", json!({"sms_delivery": world.isp.url("/dlr")})).await;
    world.control("/_control/settings", json!({"unreachable": ["0712000009"]})).await;
    sms(&world, "demo-sms-key-kilele").send(&text("+254712000009", "Habari")).await.unwrap();
    let report = SmsDeliveryReport::parse(&world.isp.next().await.body).unwrap();
    assert_eq!((report.status, report.failure_reason.as_deref()), (DeliveryStatus::Failed, Some("AbsentSubscriber")));
}

#[tokio::test]
async fn a_wrong_key_number_or_sender_is_refused_for_good() {
    let world = world().await;
    let client = sms(&world, "demo-sms-key-kilele");
    let errors = [
        sms(&world, "wrong").send(&text("+254712000001", "x")).await.unwrap_err(),
        client.send(&text("12345", "x")).await.unwrap_err(),
        client
            .send(&SmsMessage { sender: Some("ALONGSENDERID".into()), ..text("+254712000001", "x") })
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, GatewayError::Permanent { .. }), "{error}");
    }
    assert_eq!(world.get_json("/outbox.json").await, json!([]));
}

#[tokio::test]
async fn an_sms_of_a_person_reaches_the_isp_as_a_form() {
    let world = world().await;
    world.control("/_control/webhooks", json!({"sms_incoming": world.isp.url("/sms-in")})).await;
    let form = json!({"channel": "sms", "from": "0712000001", "text": "Nataka internet\nKahawa West"});
    let (_, answer) = world.control("/_control/incoming", form).await;
    assert_eq!(answer["delivered"], true);
    let message = IncomingSms::parse(&world.isp.next().await.body).unwrap();
    assert_eq!((message.from.as_str(), message.to.as_deref()), ("+254712000001", Some("22384")));
    assert_eq!(message.text, "Nataka internet\nKahawa West");
}

fn whatsapp(world: &World) -> WhatsApp {
    let config = WhatsAppConfig {
        base_url: world.simulators.whatsapp_url(),
        version: "v25.0".into(),
        phone_number_id: world.business.whatsapp_phone_number_id.clone(),
        access_token: world.business.whatsapp_token.as_str().into(),
    };
    WhatsApp::new(config).unwrap()
}

fn reply(body: &str) -> WhatsAppText {
    WhatsAppText {
        to: "254712000001".into(),
        body: body.into(),
        correlation: Some("outbox-551".into()),
        reply_to: None,
    }
}

async fn next_webhook(world: &World) -> Webhook {
    let received = world.isp.next().await;
    let signature = received.headers["x-hub-signature-256"].to_str().unwrap();
    assert!(signature_is_valid(&Secret::new("demo_app_secret"), signature, &received.body));
    assert!(!signature_is_valid(&Secret::new("another_secret"), signature, &received.body));
    Webhook::parse(&received.body).unwrap()
}

#[tokio::test]
async fn a_whatsapp_conversation_goes_round() {
    let world = world().await;
    let hook = json!({"whatsapp": world.isp.url("/wa"), "whatsapp_verify_token": VERIFY_TOKEN});
    assert_eq!(world.control("/_control/webhooks", hook).await.0, 200);
    let form = json!({"channel": "whatsapp", "from": "0712000001", "name": "Asha", "text": "Habari 😀 a/b"});
    assert_eq!(world.control("/_control/incoming", form).await.1["delivered"], true);

    let message = next_webhook(&world).await.messages.remove(0);
    assert_eq!(message.content, InboundContent::Text("Habari 😀 a/b".into()));
    assert_eq!((message.contact_name.as_deref(), message.from.as_deref()), (Some("Asha"), Some("254712000001")));
    assert_eq!(message.phone_number_id.as_deref(), Some("900800700"));

    let sent = whatsapp(&world).send_text(&reply("Karibu!")).await.unwrap();
    for status in ["sent", "delivered"] {
        let update = next_webhook(&world).await.statuses.remove(0);
        assert_eq!((update.id.as_str(), update.status.as_str()), (sent.message_id.as_str(), status));
        assert_eq!(update.correlation.as_deref(), Some("outbox-551"));
    }
    let (_, page) = world.get("/messages?phone=254712000001&channel=whatsapp&isp=600777").await;
    assert!(page.contains("Karibu!") && page.contains("Habari 😀"), "{page}");
}

#[tokio::test]
async fn a_webhook_address_that_does_not_know_the_token_is_not_taken() {
    let world = world().await;
    let hook = json!({"whatsapp": world.isp.url("/wa"), "whatsapp_verify_token": "guess"});
    assert_eq!(world.control("/_control/webhooks", hook).await.1["field"], "whatsapp");
}

#[tokio::test]
async fn free_text_needs_a_message_of_the_person_first() {
    let world = world().await;
    let error = whatsapp(&world).send_text(&reply("Karibu!")).await.unwrap_err();
    assert!(window_is_closed(&error), "{error}");
}

#[tokio::test]
async fn a_message_nobody_takes_says_so() {
    let world = world().await;
    let form = json!({"channel": "whatsapp", "from": "0712000001", "text": "Habari"});
    let (_, answer) = world.control("/_control/incoming", form.clone()).await;
    assert_eq!(answer["outcome"], "Not delivered: the ISP has set no address for this channel");
    world.control("/_control/webhooks", json!({"whatsapp": "http://127.0.0.1:1/wa"})).await;
    let (_, answer) = world.control("/_control/incoming", form).await;
    assert_eq!(answer["outcome"], "Not delivered: nobody listens there");
}

fn smtp(world: &World) -> Smtp {
    let address = world.simulators.smtp_addr;
    let security = SmtpSecurity::Plaintext;
    Smtp::new(&SmtpConfig { host: address.ip().to_string(), port: address.port(), security, credentials: None })
        .unwrap()
}

fn mail(to: &str) -> MailMessage {
    MailMessage {
        from: "Kilele Fibre <bills@kilele.example>".into(),
        to: to.into(),
        reply_to: None,
        subject: "Ankara yako – Novemba".into(),
        text: "Habari Asha,\n.hidden dot\n..two dots\nLipa: http://my.isp.example/pay?a=1&b=2\n".into(),
        html: Some("<p>Habari <b>Asha</b></p>".into()),
        message_id: Some("outbox-9@kilele.example".into()),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let world = world().await;
    let client = smtp(&world);
    client.check().await.unwrap();
    client.send(&mail("Asha <asha@example.com>")).await.unwrap();
    client.send(&mail("brian@example.com")).await.unwrap();
    let entry = world.get_json("/outbox.json?to=asha@example").await[0].clone();
    assert_eq!(entry["subject"], "Ankara yako – Novemba");
    assert_eq!(entry["from"], "Kilele Fibre <bills@kilele.example>");
    assert_eq!(entry["provider_id"], "outbox-9@kilele.example");
    let text = entry["text"].as_str().unwrap().replace('\r', "");
    assert_eq!(text, "Habari Asha,\n.hidden dot\n..two dots\nLipa: http://my.isp.example/pay?a=1&b=2");
    assert_eq!(entry["html"].as_str().unwrap().trim(), "<p>Habari <b>Asha</b></p>");
    assert_eq!(world.get_json("/outbox.json?channel=mail").await.as_array().unwrap().len(), 2);

    let (_, page) = world.get("/outbox?channel=mail").await;
    assert!(page.contains(r#"href="http://my.isp.example/pay?a=1&amp;b=2""#), "links can be followed");
}

#[tokio::test]
async fn an_unknown_mailbox_is_refused_for_good() {
    let world = world().await;
    let error = smtp(&world).send(&mail("unknown@example.com")).await.unwrap_err();
    assert!(matches!(error, GatewayError::Permanent { .. }), "{error}");
}
