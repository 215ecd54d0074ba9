//! What subscribers are told when something happens.

mod common;

use billing::events::{LockSet, ReminderDue};
use billing::payments::{MoneyIn, receive_in_op};
use common::*;
use comms::tickets::{self, Author};
use field::work_orders::plan;
use model::billing::locks::LockReason;
use model::billing::payments::PaymentMethod;
use model::comms::notices::NoticeKind;
use model::comms::perm;
use model::comms::tickets::{TicketForm, TicketStatus};
use model::crm::ServiceId;
use model::field::perm as field_perm;
use model::field::work_orders::{ScheduleForm, WorkOrderKind};
use model::identity::LoginId;
use model::network::IncidentId;
use model::network::sites::DeviceForm;
use model::{Audience, Lang, Money};
use network::events::{IncidentClosed, IncidentOpened, ServiceActivated};
use network::monitoring::{Reported, report_in_op};
use platform::events::Event;
use uuid::Uuid;

impl World {
    async fn publish<E: Event>(&self, event: E) {
        let mut op = self.app.op(self.app.first).await;
        op.publish(event).await.unwrap();
        op.commit().await.unwrap();
        self.app.drain().await;
    }

    async fn pay(&self, account: model::crm::AccountId, reference: &str, amount: Money) {
        let mut op = self.app.op(self.app.first).await;
        let money = MoneyIn {
            method: PaymentMethod::MpesaC2b,
            reference: Some(reference.into()),
            amount,
            payer_phone: None,
            payer_name: None,
            bill_reference: None,
            paid_at: op.now(),
            callback_at: None,
            attempt: None,
            to: Ok(account),
        };
        receive_in_op(&mut op, money).await.unwrap();
        op.commit().await.unwrap();
        self.app.drain().await;
    }
}

#[tokio::test]
async fn a_new_subscriber_is_welcomed_once_in_the_own_language() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", PHONE, Lang::Sw).await;
    let event = ServiceActivated {
        activation_id: model::network::ActivationId::new(),
        service_id: asha.service_id,
        account_id: asha.account_id,
    };
    world.publish(event.clone()).await;
    world.publish(event).await;
    let texts = world.phones.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].starts_with("Karibu Asha! Intaneti yako ya The first ISP imewashwa."), "{texts:?}");
    assert!(texts[0].ends_with("http://first.test:3000/my") && texts[0].contains(&asha.account_number.stored()));
    world.app.finish().await;
}

#[tokio::test]
async fn an_invoice_is_told_reminded_and_receipted_and_nobody_is_reminded_of_what_is_paid() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", PHONE, Lang::En).await;
    let invoice = world.invoice(asha.service_id).await;
    world.app.drain().await;
    let mut op = world.app.op(world.app.first).await;
    let lines = billing::invoices::get_in_op(&mut op, invoice).await.unwrap().lines;
    let last_day = lines.iter().filter_map(|line| line.until).max().unwrap();
    op.rollback().await.unwrap();
    let remind = |hours| ReminderDue { invoice_id: invoice, account_id: asha.account_id, hours_before: hours };
    world.publish(remind(72)).await;
    world.publish(remind(72)).await;
    let texts = world.phones.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("of KSh 3,500 is due on"), "{texts:?}");
    assert!(texts[1].contains("KSh 3,500 is due on"), "{texts:?}");
    world.pay(asha.account_id, "SJ12ABCDEF", Money::kes(360_000)).await;
    world.publish(remind(24)).await;
    let texts = world.phones.texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[2].contains("we received KSh 3,600, receipt SJ12ABCDEF"), "{texts:?}");
    let until = format!("You have KSh 100 of credit. Paid until {}", last_day.format("%d/%m/%Y"));
    assert!(texts[2].contains(&until), "the last day that is paid, as the invoice says it: {texts:?}");
    for text in &texts {
        assert_eq!(model::comms::segments::sms_size(text).coding.code(), "gsm7", "{text}");
    }
    let kinds: Vec<_> = world.messages(world.app.first).await.iter().rev().map(|row| row.kind).collect();
    assert_eq!(kinds, [Some(NoticeKind::InvoiceIssued), Some(NoticeKind::Reminder), Some(NoticeKind::Receipt)]);
    world.app.finish().await;
}

#[tokio::test]
async fn links_lead_to_the_isp_that_sends_them_and_the_programs_address_is_kept_by_whose_host_it_is() {
    let world = World::start().await;
    let url = async |tenant| platform::tenants::public_url(&world.app.app, tenant).await.unwrap();
    assert_eq!(url(world.app.second).await, "http://second.test:3000");
    platform::tenants::add_host(&world.app.app, world.app.first, "localhost").await.unwrap();
    assert_eq!(url(world.app.first).await, "http://localhost:3000");
    assert_eq!(url(world.app.second).await, "http://second.test:3000");
    world.app.finish().await;
}

#[tokio::test]
async fn a_lock_for_money_says_what_to_pay_once_an_episode_and_other_locks_say_nothing() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", PHONE, Lang::En).await;
    world.invoice(asha.service_id).await;
    world.app.drain().await;
    world.phones.sms.lock().unwrap().clear();
    let mut op = world.app.op(world.app.first).await;
    for reason in [LockReason::Fraud, LockReason::Overdue] {
        billing::locks::set_in_op(&mut op, asha.service_id, reason, "test").await.unwrap();
    }
    op.commit().await.unwrap();
    world.app.drain().await;
    let again = LockSet { service_id: asha.service_id, account_id: asha.account_id, reason: "overdue".into() };
    world.publish(again.clone()).await;
    let texts = world.phones.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("paused because KSh 3,500 is unpaid. Pay at http://first.test:3000/my"), "{texts:?}");
    world.pay(asha.account_id, "SJ1", Money::kes(350_000)).await;
    world.phones.sms.lock().unwrap().clear();
    world.publish(again).await;
    world
        .publish(LockSet { service_id: ServiceId::new(), account_id: asha.account_id, reason: "overdue".into() })
        .await;
    assert!(world.phones.texts().is_empty(), "paid in between");
    world.app.finish().await;
}

#[tokio::test]
async fn an_incident_tells_its_people_once_and_answers_and_resolves_their_tickets() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", PHONE, Lang::En).await;
    world.subscriber("Juma Otieno", "+254712000002", Lang::Sw).await;
    let mut op = world.app.op(world.app.first).await;
    let question = |topic: &str| {
        let form =
            TicketForm { topic: topic.into(), subject: "Down".into(), text: "?".into(), priority: String::new() };
        form.parse().unwrap()
    };
    // Asked two hours before, or about something else: the incident is no answer to it.
    let older = tickets::open_in_op(&mut op, asha.account_id, question("no_internet"), Author::Us).await.unwrap();
    let two_hours_ago = "UPDATE ticket SET opened_at = opened_at - interval '2 hours' WHERE id = $1";
    sqlx::query(two_hours_ago).bind(older.uuid()).execute(op.conn()).await.unwrap();
    let slow = tickets::open_in_op(&mut op, asha.account_id, question("slow"), Author::Us).await.unwrap();
    let ticket = tickets::open_in_op(&mut op, asha.account_id, question("no_internet"), Author::Us).await.unwrap();
    let (tenant, now, device, incident) = (op.tenant(), op.now(), Uuid::now_v7(), IncidentId::new());
    let (service, account) = (asha.service_id, asha.account_id);
    let text = format!(
        "INSERT INTO device (tenant_id, id, name, kind, state, state_since, created_at)
           VALUES ('{tenant}', '{device}', 'OLT Kahawa', 'olt', 'down', '{now}', '{now}');
         INSERT INTO incident (tenant_id, id, number, state, device_id, opened_at)
           VALUES ('{tenant}', '{incident}', 'INC-1', 'open', '{device}', '{now}');
         INSERT INTO incident_service (tenant_id, incident_id, service_id, account_id)
           VALUES ('{tenant}', '{incident}', '{service}', '{account}')"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    for _ in 0..2 {
        world.publish(IncidentOpened { incident_id: incident }).await;
    }
    let status = async |ticket| {
        let mut tx = world.app.tx::<perm::TicketRead>(world.app.first).await;
        tickets::get(&mut tx, ticket).await.unwrap()
    };
    let waiting = status(ticket).await;
    assert_eq!((waiting.row.status, waiting.incident.as_deref()), (TicketStatus::Waiting, Some("INC-1")));
    world.publish(IncidentClosed { incident_id: incident }).await;
    assert_eq!(world.phones.texts().len(), 1, "it is not over yet");
    let mut op = world.app.op(world.app.first).await;
    sqlx::query("UPDATE incident SET state = 'closed', closed_at = opened_at").execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    for _ in 0..2 {
        world.publish(IncidentClosed { incident_id: incident }).await;
    }
    assert_eq!(status(ticket).await.row.status, TicketStatus::Resolved);
    for other in [older, slow] {
        let other = status(other).await;
        assert_eq!((other.row.status, other.incident), (TicketStatus::Open, None));
    }
    let texts = world.phones.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("internet is down around Kahawa West"), "{texts:?}");
    assert!(texts[1].contains("is working again"), "{texts:?}");
    world.app.finish().await;
}

#[tokio::test]
async fn an_incident_that_grows_tells_whom_it_takes_off_later_and_nobody_twice() {
    let world = World::start().await;
    let people = [("Asha Wanjiru", PHONE, Lang::En), ("Juma Otieno", "+254712000002", Lang::En)];
    let mut op = world.app.op(world.app.first).await;
    let at = op.now();
    let device = |name: &str, kind: &str, parent: String| {
        let form = DeviceForm { name: name.into(), kind: kind.into(), parent_id: parent, ..DeviceForm::default() };
        form.parse().unwrap()
    };
    let olt = network::devices::save_device_in_op(&mut op, &device("OLT", "olt", String::new())).await.unwrap();
    op.commit().await.unwrap();
    let mut onus = Vec::new();
    for (name, phone, lang) in people {
        let made = world.subscriber(name, phone, lang).await;
        let mut op = world.app.op(world.app.first).await;
        sqlx::query("UPDATE service SET state = 'active', activated_at = $2 WHERE id = $1")
            .bind(made.service_id.uuid())
            .bind(at)
            .execute(op.conn())
            .await
            .unwrap();
        let onu = network::devices::save_device_in_op(&mut op, &device(name, "onu", olt.to_string())).await.unwrap();
        network::devices::hang_service_in_op(&mut op, made.service_id, onu).await.unwrap();
        op.commit().await.unwrap();
        onus.push(onu);
    }
    world.phones.sms.lock().unwrap().clear();
    for (device, told) in [(onus[0], 1), (olt, 2), (onus[1], 2)] {
        let mut op = world.app.op(world.app.first).await;
        report_in_op(&mut op, device, Reported::Down, at, "test").await.unwrap();
        op.commit().await.unwrap();
        world.app.drain().await;
        assert_eq!(world.phones.texts().len(), told);
    }
    world.app.finish().await;
}

#[tokio::test]
async fn a_planned_visit_is_told_with_its_hours() {
    let world = World::start().await;
    let asha = world.subscriber("Asha Wanjiru", PHONE, Lang::En).await;
    let mut op = world.app.op(world.app.first).await;
    let login = identity::logins::NewLogin {
        id: LoginId::new(),
        audience: Audience::Staff,
        name: "peter".into(),
        full_name: "Peter Mwangi".into(),
        phone: None,
        email: None,
        lang: None,
        password: None,
        role_codes: vec!["technician"],
        reseller_id: None,
    };
    let technician = identity::logins::create_in_op(&mut op, login).await.unwrap();
    op.commit().await.unwrap();
    let mut tx = world.app.tx::<field_perm::WorkOrderWrite>(world.app.first).await;
    let id = plan::open(&mut tx, WorkOrderKind::Repair, asha.service_id, "").await.unwrap();
    let slot = ScheduleForm {
        id,
        technician_id: technician.to_string(),
        day: "2026-03-02".into(),
        from: "14:00".into(),
        hours: "2".into(),
    };
    plan::schedule(&mut tx, slot.clone()).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    let mut tx = world.app.tx::<field_perm::WorkOrderWrite>(world.app.first).await;
    plan::schedule(&mut tx, slot).await.unwrap();
    tx.commit().await.unwrap();
    world.app.drain().await;
    let told = "The first ISP: our technician Peter comes on 02/03/2026 between 14:00 and 16:00.";
    assert_eq!(world.phones.texts(), [told], "the same plan twice is told once");
    world.app.finish().await;
}
