//! Conversion, subscribers and services on a real database.

mod common;

use common::{PARTNER_PHONE, created, start};
use crm::cursor::Cursor;
use crm::subscribers::{self, ListFilter, Sees};
use crm::{accounts, leads, services, timeline};
use model::account_number::AccountNumber;
use model::crm::subscribers::{Badge, DisconnectForm, ServiceState, SubscriberForm};
use model::crm::{LeadId, ServiceId, perm};
use model::identity::TenantId;
use model::msisdn::Msisdn;
use model::permission::FieldClass;
use model::{AppError, Audience};
use platform::Scope;
use testkit::TestApp;

#[tokio::test]
async fn converting_twice_gives_the_same_subscriber_and_one_login() {
    let sales = start().await;
    let id = sales.lead("Mama Njeri Kamau", "0712345678").await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let mut tx = sales.app.tx::<perm::LeadConvert>(sales.app.first).await;
        let form = sales.convert_form(id, "Mama Njeri Kamau", "0712345678");
        made.push(leads::convert(&mut tx, form).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(made[0], made[1]);
    assert_eq!(made[0].account_number, AccountNumber::parse(&made[0].account_number.stored()).unwrap());
    assert!(made[0].account_number.stored().starts_with("MT000001"));
    let mut op = sales.app.op(sales.app.first).await;
    let head = accounts::get_in_op(&mut op, made[0].account_id).await.unwrap();
    assert_eq!((head.billing_day, head.currency), (1, model::Currency::Kes));
    let service = services::get_in_op(&mut op, made[0].service_id).await.unwrap();
    assert_eq!((service.state, service.place.as_str()), (ServiceState::Pending, "Jacaranda Court, b-2"));
    let access = services::access_of_in_op(&mut op, made[0].service_id).await.unwrap();
    assert_eq!((access.len(), access[0].username.clone()), (1, made[0].account_number.stored().to_lowercase()));
    assert_eq!(access[0].secret.len(), 14);
    assert!(!format!("{access:?}").contains(&access[0].secret));
    let logins: Vec<(String, Option<String>, i64)> = sqlx::query_as(
        "SELECT l.name, l.password_hash, (SELECT count(*) FROM login_account a WHERE a.login_id = l.id) FROM login l
         WHERE audience = 'my'",
    )
    .fetch_all(op.conn())
    .await
    .unwrap();
    assert_eq!(logins, [("254712345678".to_owned(), None, 1)]);
    let kinds: Vec<_> =
        timeline::list_in_op(&mut op, made[0].account_id, 10).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(kinds, ["converted", "lead_received"]);
    op.rollback().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn the_time_line_names_the_partner_who_brought_a_lead_and_not_who_converted_it() {
    let sales = start().await;
    let received = sales.receive(PARTNER_PHONE, "LEAD Jane Wanjiru 0712345678 jacaranda court b-2 Home 20").await;
    let id = created(&received.outcome);
    let mut tx = sales.app.tx::<perm::LeadConvert>(sales.app.first).await;
    let made = leads::convert(&mut tx, sales.convert_form(id, "Jane Wanjiru", "0712345678")).await.unwrap();
    tx.commit().await.unwrap();
    let mut op = sales.app.op(sales.app.first).await;
    let entries = timeline::list_in_op(&mut op, made.account_id, 10).await.unwrap();
    let entry = entries.iter().find(|entry| entry.kind == "lead_received").unwrap();
    assert_eq!(entry.facts["by"], "Juma, caretaker");
    op.rollback().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn two_conversions_at_once_make_one_subscriber() {
    let sales = start().await;
    let id = sales.lead("Ann", "0712345678").await;
    let convert = async || {
        let mut tx = sales.app.tx::<perm::LeadConvert>(sales.app.first).await;
        let made = leads::convert(&mut tx, sales.convert_form(id, "Ann", "0712345678")).await.unwrap();
        tx.commit().await.unwrap();
        made
    };
    let (a, b) = tokio::join!(convert(), convert());
    assert_eq!(a, b);
    sales.app.finish().await;
}

#[tokio::test]
async fn a_second_contract_of_one_phone_shares_the_login() {
    let sales = start().await;
    let first = sales.converted("Ann Njoki", "0712345678").await;
    let second = sales.converted("Ann Njoki", "0712345678").await;
    assert_ne!(first.account_id, second.account_id);
    let mut op = sales.app.op(sales.app.first).await;
    let logins: i64 =
        sqlx::query_scalar("SELECT count(*) FROM login WHERE audience = 'my'").fetch_one(op.conn()).await.unwrap();
    assert_eq!(logins, 1);
    let phone = Msisdn::parse("0712345678").unwrap();
    assert_eq!(accounts::by_msisdn_in_op(&mut op, phone).await.unwrap().len(), 2);
    assert_eq!(
        accounts::by_number_in_op(&mut op, second.account_number).await.unwrap().map(|a| a.id),
        Some(second.account_id)
    );
    op.rollback().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn a_conversion_refuses_a_lost_lead_a_missing_plan_and_strange_characters() {
    let sales = start().await;
    let id = sales.lead("Ann", "0712345678").await;
    let mut tx = sales.app.tx::<perm::LeadConvert>(sales.app.first).await;
    let mut form = sales.convert_form(id, "An\u{7}n", "12345");
    form.plan_id = String::new();
    let fields = leads::convert(&mut tx, form).await.unwrap_err();
    let fields = fields.fields().unwrap();
    assert!(fields.of("name").is_some() && fields.of("phone").is_some() && fields.of("plan_id").is_some());
    let mut form = sales.convert_form(id, "Ann", "0712345678");
    form.plan_id = LeadId::new().to_string();
    assert!(leads::convert(&mut tx, form).await.unwrap_err().fields().unwrap().of("plan_id").is_some());
    let stranger = sales.convert_form(LeadId::new(), "Ann", "0712345678");
    assert_eq!(leads::convert(&mut tx, stranger).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    let mut tx = sales.app.tx::<perm::LeadWrite>(sales.app.first).await;
    let form = model::crm::leads::MoveLeadForm { id, to: "lost".into(), reason: "price".into() };
    leads::move_to(&mut tx, form, leads::Spot::default()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::LeadConvert>(sales.app.first).await;
    let refusal = leads::convert(&mut tx, sales.convert_form(id, "Ann", "0712345678")).await.unwrap_err();
    assert!(matches!(refusal, AppError::Conflict(_)));
    drop(tx);
    // The refused tries took no account number.
    assert!(sales.converted("Eve", "0712345679").await.account_number.stored().starts_with("MT000001"));
    sales.app.finish().await;
}

async fn approve(app: &TestApp, tenant: TenantId, id: ServiceId) -> Result<(), AppError> {
    let mut tx = app.tx::<perm::ServiceApprove>(tenant).await;
    services::approve(&mut tx, id).await?;
    tx.commit().await
}

async fn set_state(app: &TestApp, id: ServiceId, to: ServiceState) -> Result<(), AppError> {
    let mut op = app.op(app.first).await;
    services::set_state_in_op(&mut op, id, to, None).await?;
    op.commit().await
}

#[tokio::test]
async fn a_service_is_approved_once_and_goes_through_its_life_in_order() {
    let sales = start().await;
    let made = sales.converted("Ann", "0712345678").await;
    let mut tx = sales.app.tx::<perm::ServiceApprove>(sales.app.first).await;
    let queue = services::pending(&mut tx, Sees::default()).await.unwrap();
    assert_eq!((queue.len(), queue[0].id, queue[0].phone), (1, made.service_id, None));
    tx.commit().await.unwrap();
    assert_eq!(approve(&sales.app, sales.app.second, made.service_id).await, Err(AppError::NotFound));
    for _ in 0..2 {
        approve(&sales.app, sales.app.first, made.service_id).await.unwrap();
    }
    let skipped = set_state(&sales.app, made.service_id, ServiceState::Active).await.unwrap_err();
    assert!(matches!(skipped, AppError::Conflict(_)));
    for state in [ServiceState::Installing, ServiceState::Active, ServiceState::Active] {
        set_state(&sales.app, made.service_id, state).await.unwrap();
    }
    let mut op = sales.app.op(sales.app.first).await;
    assert!(services::get_in_op(&mut op, made.service_id).await.unwrap().activated_at.is_some());
    let kinds: Vec<_> =
        timeline::list_in_op(&mut op, made.account_id, 10).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(kinds, ["activated", "approved", "converted", "lead_received"]);
    op.rollback().await.unwrap();
    let mut tx = sales.app.tx::<perm::SubscriberWrite>(sales.app.first).await;
    let form = DisconnectForm { service_id: made.service_id, reason: "moved".into() };
    services::disconnect(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    let refusal = approve(&sales.app, sales.app.first, made.service_id).await.unwrap_err();
    assert!(matches!(refusal, AppError::Conflict(_)));
    sales.app.finish().await;
}

#[tokio::test]
async fn subscribers_are_found_by_name_phone_and_account_and_counted_by_badge() {
    let sales = start().await;
    let njeri = sales.converted("Mama Njeri Wang'ombe", "0712345678").await;
    sales.converted("Peter Otieno", "0733222111").await;
    approve(&sales.app, sales.app.first, njeri.service_id).await.unwrap();
    set_state(&sales.app, njeri.service_id, ServiceState::Installing).await.unwrap();
    set_state(&sales.app, njeri.service_id, ServiceState::Active).await.unwrap();
    let mut tx = sales.app.tx::<perm::SubscriberRead>(sales.app.first).await;
    let number = njeri.account_number.to_string();
    for search in ["njeri", "WANGO nje", "0712 345", "5678", number.as_str(), "mt000001", "0000018", ""] {
        let filter = ListFilter { search: search.into(), badge: None };
        let page = subscribers::list(&mut tx, &filter, &Cursor::default(), Sees::ALL).await.unwrap();
        let found: Vec<_> = page.rows.iter().map(|row| row.name.as_str()).collect();
        match search {
            "" => assert_eq!(found, ["Peter Otieno", "Mama Njeri Wang'ombe"]),
            "0000018" => assert!(found.len() <= 1),
            _ => assert_eq!(found, ["Mama Njeri Wang'ombe"], "{search}"),
        }
    }
    // Who may not see phones may not search by them either.
    let filter = ListFilter { search: "0712345678".into(), badge: None };
    let page = subscribers::list(&mut tx, &filter, &Cursor::default(), Sees::default()).await.unwrap();
    assert!(page.rows.is_empty());
    let filter = ListFilter { search: String::new(), badge: Some(Badge::Active) };
    let page = subscribers::list(&mut tx, &filter, &Cursor::default(), Sees::default()).await.unwrap();
    assert_eq!((page.rows.len(), page.rows[0].phone, page.rows[0].badge), (1, None, Badge::Active));
    let counts = subscribers::counts(&mut tx).await.unwrap();
    assert_eq!((counts.all, counts.active, counts.pending), (2, 1, 1));
    let head = subscribers::get(&mut tx, njeri.subscriber_id, Sees::default()).await.unwrap();
    assert!(head.contact.is_none() && head.private.is_none() && head.money.is_none() && head.technical.is_none());
    assert_eq!((head.badge, head.plan.as_deref()), (Badge::Active, Some("Home 20 Mbps")));
    tx.commit().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn a_locked_service_is_suspended() {
    let sales = start().await;
    let made = sales.converted("Ann", "0712345678").await;
    for state in [ServiceState::Approved, ServiceState::Installing, ServiceState::Active] {
        set_state(&sales.app, made.service_id, state).await.unwrap();
    }
    let mut op = sales.app.op(sales.app.first).await;
    let tenant = op.tenant().uuid();
    sqlx::query(
        "INSERT INTO service_lock (tenant_id, id, service_id, account_id, reason, set_at, set_by)
         VALUES ($1, $2, $3, $4, 'overdue', $5, 'test')",
    )
    .bind(tenant)
    .bind(uuid::Uuid::now_v7())
    .bind(made.service_id.uuid())
    .bind(made.account_id.uuid())
    .bind(sales.app.app.clock.now())
    .execute(op.conn())
    .await
    .unwrap();
    assert_eq!(subscribers::head_in_op(&mut op, made.subscriber_id, Sees::ALL).await.unwrap().badge, Badge::Suspended);
    let rows = services::rows_in_op(&mut op, made.subscriber_id, services::RowClasses::default()).await.unwrap();
    assert_eq!((rows[0].badge, rows[0].username.clone(), rows[0].price), (Badge::Suspended, None, None));
    op.rollback().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn a_change_of_name_is_found_by_the_new_words_only() {
    let sales = start().await;
    let made = sales.converted("Ann Njoki", "0712345678").await;
    let form = |name: &str, phone: &str| SubscriberForm {
        id: made.subscriber_id,
        name: name.into(),
        kind: "business".into(),
        phone: phone.into(),
        phone_other: String::new(),
        email: "ann@example.co.ke".into(),
        address: "Jacaranda Court B2".into(),
        kra_pin: "A001234567B".into(),
    };
    let mut tx = sales.app.tx::<perm::SubscriberWrite>(sales.app.first).await;
    let refusal = subscribers::update(&mut tx, form("", "07123")).await.unwrap_err();
    assert!(refusal.fields().unwrap().of("name").is_some() && refusal.fields().unwrap().of("phone").is_some());
    subscribers::update(&mut tx, form("Ann Waweru", "0799000111")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = sales.app.tx::<perm::SubscriberWrite>(sales.app.second).await;
    assert_eq!(subscribers::update(&mut tx, form("Mallory", "0799000111")).await.unwrap_err(), AppError::NotFound);
    drop(tx);
    let mut tx = sales.app.tx::<perm::SubscriberRead>(sales.app.first).await;
    for (search, found) in [("njoki", 0), ("waweru", 1), ("0799000", 1)] {
        let filter = ListFilter { search: search.into(), badge: None };
        assert_eq!(
            subscribers::list(&mut tx, &filter, &Cursor::default(), Sees::ALL).await.unwrap().rows.len(),
            found,
            "{search}"
        );
    }
    let head = subscribers::get(&mut tx, made.subscriber_id, Sees::ALL).await.unwrap();
    assert_eq!(head.private.unwrap().kra_pin.as_deref(), Some("A001234567B"));
    tx.commit().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn each_narrow_context_sees_its_own_subscribers_only() {
    let sales = start().await;
    let (ann, eve) = (sales.converted("Ann", "0712345678").await, sales.converted("Eve", "0712345679").await);
    let (top, other) = (sales.reseller("Top", None).await, sales.reseller("Other", None).await);
    let leaf = sales.reseller("Leaf", Some(top)).await;
    sales.give_to_reseller(ann.account_id, leaf).await;
    sales.give_to_reseller(eve.account_id, other).await;
    let read = &["crm.subscriber.read"];
    for (scope, found) in [
        (Scope::Reseller(top.uuid()), vec!["Ann"]),
        (Scope::Reseller(leaf.uuid()), vec!["Ann"]),
        (Scope::Reseller(other.uuid()), vec!["Eve"]),
        (Scope::Accounts(vec![eve.account_id.uuid()]), vec!["Eve"]),
        (Scope::Accounts(vec![]), vec![]),
        (Scope::Tenant, vec!["Eve", "Ann"]),
    ] {
        let ctx = sales.app.ctx_with(Audience::Partner, sales.app.first, scope.clone(), read);
        let mut tx = ctx.begin::<perm::SubscriberRead>().await.unwrap();
        let page = subscribers::list(&mut tx, &ListFilter::default(), &Cursor::default(), Sees::ALL).await.unwrap();
        assert_eq!(page.rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), found, "{scope:?}");
        assert_eq!(subscribers::counts(&mut tx).await.unwrap().all as usize, found.len());
        let own_of_ann = subscribers::get(&mut tx, ann.subscriber_id, Sees::ALL).await.is_ok();
        assert_eq!(own_of_ann, found.contains(&"Ann"), "{scope:?}");
        let seen = services::access_of_in_op(&mut tx, ann.service_id).await.unwrap().len();
        assert_eq!(seen == 1, found.contains(&"Ann"), "{scope:?}");
        tx.commit().await.unwrap();
    }
    let mut tx = sales.app.tx::<perm::SubscriberRead>(sales.app.second).await;
    assert_eq!(subscribers::counts(&mut tx).await.unwrap().all, 0);
    tx.commit().await.unwrap();
    sales.app.finish().await;
}

#[tokio::test]
async fn what_happened_is_listed_newest_first_with_its_class() {
    let sales = start().await;
    let made = sales.converted("Ann", "0712345678").await;
    let mut op = sales.app.op(sales.app.first).await;
    let facts = serde_json::json!({ "number": "INV-000001" });
    timeline::note_in_op(&mut op, made.account_id, "invoice", facts.clone(), FieldClass::Financial).await.unwrap();
    op.commit().await.unwrap();
    let mut op = sales.app.op(sales.app.first).await;
    let newest = timeline::list_in_op(&mut op, made.account_id, 1).await.unwrap();
    assert_eq!((newest.len(), newest[0].class, newest[0].facts.clone()), (1, FieldClass::Financial, facts));
    op.rollback().await.unwrap();
    let mut op = sales.app.op(sales.app.second).await;
    assert!(timeline::list_in_op(&mut op, made.account_id, 9).await.unwrap().is_empty());
    op.rollback().await.unwrap();
    sales.app.finish().await;
}
