//! What the tests of billing share: an ISP with a plan, subscribers that are active, a telephone company that records.
#![allow(dead_code, reason = "each test file uses its part")]

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::{Duration, Utc};
use gateways::GatewayError;
use gateways::payments::{StkAccepted, StkPush, StkRequest, StkState};
use model::Currency;
use model::account_number::{AccountNumber, AccountPrefix};
use model::billing::PaymentAttemptId;
use model::billing::perm;
use model::billing::stk::TakePaymentForm;
use model::catalog::plans::PlanForm;
use model::crm::{AccountId, ServiceId};
use model::identity::TenantId;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use testkit::TestApp;
use tower::ServiceExt;
use uuid::Uuid;

/// Records prompts and answers what the test decided.
#[derive(Default)]
pub struct Phones {
    pub pushed: Mutex<Vec<StkRequest>>,
    pub push_fails: Mutex<Option<GatewayError>>,
    pub query_says: Mutex<Option<StkState>>,
}

#[async_trait]
impl StkPush for Phones {
    async fn push(&self, request: &StkRequest) -> Result<StkAccepted, GatewayError> {
        let mut pushed = self.pushed.lock().unwrap();
        pushed.push(request.clone());
        match self.push_fails.lock().unwrap().take() {
            Some(error) => Err(error),
            None => Ok(StkAccepted {
                checkout_request_id: format!("ws_CO_{}_{}", request.phone, pushed.len()),
                merchant_request_id: "merchant-1".into(),
            }),
        }
    }

    async fn query(&self, _: &str) -> Result<StkState, GatewayError> {
        Ok(self.query_says.lock().unwrap().clone().unwrap_or(StkState::Pending))
    }
}

pub struct World {
    pub app: TestApp,
    pub phones: Arc<Phones>,
    /// The secret part of the first tenant's callback addresses.
    pub secret: String,
    version: Uuid,
}

/// A subscriber with one active service of 2,500.00 a month.
#[derive(Debug, Clone, Copy)]
pub struct Asha {
    pub account: AccountId,
    pub number: AccountNumber,
    pub service: ServiceId,
}

pub const PHONE: &str = "254712000001";
pub const SHORT_CODE: &str = "600777";

impl World {
    pub async fn start() -> Self {
        let phones = Arc::new(Phones::default());
        let gateway: Arc<dyn StkPush> = phones.clone();
        let modules = vec![catalog::module(), billing::module()];
        let app = TestApp::start_with(modules, |builder| builder.with(gateway)).await;
        Self::on(app, phones).await
    }

    /// Without the telephone company that records: prompts go where the tenant's keys say.
    pub async fn start_with_the_tenants_own_client() -> Self {
        let app = TestApp::start_with(vec![catalog::module(), billing::module()], |builder| builder).await;
        Self::on(app, Arc::default()).await
    }

    async fn on(app: TestApp, phones: Arc<Phones>) -> Self {
        let keys = billing::payments::daraja::DarajaKeys {
            base_url: "http://127.0.0.1:1".into(),
            consumer_key: "key".into(),
            consumer_secret: "secret".into(),
            passkey: "pass".into(),
            short_code: SHORT_CODE.into(),
        };
        let urls = billing::payments::daraja::configure(&app.app, app.first, keys).await.unwrap();
        let secret = urls.stk.split('/').rev().nth(1).unwrap().to_owned();
        let mut version = Uuid::nil();
        for tenant in [app.second, app.first] {
            let mut op = app.op(tenant).await;
            billing::seed_in_op(&mut op).await.unwrap();
            catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await.unwrap();
            let plan = home_20().parse(Currency::Kes).unwrap();
            let plan = catalog::plans::create_in_op(&mut op, plan).await.unwrap();
            version = catalog::plans::versions_in_op(&mut op, plan).await.unwrap()[0].id.uuid();
            op.commit().await.unwrap();
        }
        Self { app, phones, secret, version }
    }

    /// A subscriber of the first tenant who became active now and is billed on `billing_day`.
    pub async fn subscriber(&self, name: &str, phone: &str, billing_day: i16) -> Asha {
        self.subscriber_of(name, phone, billing_day, None).await
    }

    pub async fn subscriber_of(&self, name: &str, phone: &str, billing_day: i16, reseller: Option<Uuid>) -> Asha {
        let mut op = self.app.op(self.app.first).await;
        let (tenant, now) = (op.tenant(), op.now());
        let serial = platform::counter::next(op.conn(), tenant, "account").await.unwrap();
        let prefix = AccountPrefix::parse("MT").unwrap();
        let number = AccountNumber::try_new(prefix, u32::try_from(serial).unwrap()).unwrap();
        let asha = Asha { account: AccountId::new(), number, service: ServiceId::new() };
        let subscriber = Uuid::now_v7();
        sqlx::query("INSERT INTO subscriber (tenant_id, id, full_name, name_key, msisdn, created_at) VALUES ($1, $2, $3, lower($3), $4, $5)")
            .bind(tenant.uuid()).bind(subscriber).bind(name).bind(phone).bind(now)
            .execute(op.conn()).await.unwrap();
        sqlx::query("INSERT INTO account (tenant_id, id, number, subscriber_id, reseller_id, currency, billing_day, created_at) VALUES ($1, $2, $3, $4, $5, 'KES', $6, $7)")
            .bind(tenant.uuid()).bind(asha.account.uuid()).bind(number.stored()).bind(subscriber).bind(reseller).bind(billing_day).bind(now)
            .execute(op.conn()).await.unwrap();
        for word in name.to_lowercase().split(' ') {
            sqlx::query("INSERT INTO subscriber_token (tenant_id, token, subscriber_id) VALUES ($1, $2, $3)")
                .bind(tenant.uuid())
                .bind(word)
                .bind(subscriber)
                .execute(op.conn())
                .await
                .unwrap();
        }
        sqlx::query("INSERT INTO service (tenant_id, id, account_id, plan_version_id, state, activated_at, created_at) VALUES ($1, $2, $3, $4, 'active', $5, $5)")
            .bind(tenant.uuid()).bind(asha.service.uuid()).bind(asha.account.uuid()).bind(self.version).bind(now)
            .execute(op.conn()).await.unwrap();
        op.commit().await.unwrap();
        asha
    }

    /// Asha Wanjiru, billed from the day on which she began: a full first month and the set-up fee.
    pub async fn asha(&self) -> Asha {
        self.subscriber("Asha Wanjiru", PHONE, 1).await
    }

    /// The same with her first invoice of 3,500.00 out.
    pub async fn asha_with_invoice(&self) -> Asha {
        let asha = self.asha().await;
        let mut op = self.app.op(self.app.first).await;
        billing::invoices::issue_first_in_op(&mut op, asha.service).await.unwrap().unwrap();
        op.commit().await.unwrap();
        asha
    }

    pub async fn days(&self, days: i64) {
        self.app.advance(Duration::days(days)).await;
    }

    /// What the account owes, in shillings.
    pub async fn owed(&self, asha: Asha) -> i64 {
        let mut op = self.app.op(self.app.first).await;
        billing::ledger::owed_in_op(&mut op, asha.account).await.unwrap().minor / 100
    }

    pub async fn locks(&self, asha: Asha) -> Vec<&'static str> {
        let mut op = self.app.op(self.app.first).await;
        let locks = billing::locks::active_in_op(&mut op, asha.service).await.unwrap();
        locks.into_iter().map(|reason| reason.code()).collect()
    }

    /// One figure by SQL, in the first tenant.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut op = self.app.op(self.app.first).await;
        sqlx::query_scalar(sql).fetch_one(op.conn()).await.unwrap()
    }

    pub async fn text(&self, sql: &'static str) -> String {
        let mut op = self.app.op(self.app.first).await;
        sqlx::query_scalar(sql).fetch_one(op.conn()).await.unwrap()
    }

    /// Sends a prompt and gives the attempt with the provider's id of it.
    pub async fn prompt(&self, asha: Asha, shillings: i64) -> (PaymentAttemptId, String) {
        let mut tx = self.app.tx::<perm::PaymentTake>(self.app.first).await;
        let form = TakePaymentForm { account_id: asha.account, phone: PHONE.into(), amount: shillings.to_string() };
        let id = billing::payments::prompts::start(&mut tx, form).await.unwrap();
        tx.commit().await.unwrap();
        self.app.drain().await;
        let count = self.phones.pushed.lock().unwrap().len();
        (id, format!("ws_CO_{PHONE}_{count}"))
    }

    /// Posts a body to one of the provider's addresses.
    pub async fn post(&self, path: &str, body: impl Into<String>) -> (StatusCode, String) {
        post(&self.app.app, &self.secret, path, body.into()).await
    }

    /// Pays by a prompt: asked, answered, processed.
    pub async fn pay(&self, asha: Asha, shillings: i64, receipt: &str) {
        let (_, checkout) = self.prompt(asha, shillings).await;
        self.post("stk", stk_paid(&checkout, shillings, receipt)).await;
        self.app.drain().await;
    }

    pub async fn finish(self) {
        // In a long test the poller of a prompt that was answered long ago falls due; it then finds nothing to do.
        self.app.drain().await;
        self.app.finish().await;
    }
}

pub async fn post(app: &platform::App, secret: &str, path: &str, body: String) -> (StatusCode, String) {
    let routes = billing::payments::callbacks::routes().with_state(app.clone());
    let request = Request::post(format!("/hooks/daraja/{secret}/{path}")).body(Body::from(body)).unwrap();
    let response = routes.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

pub fn stk_paid(checkout: &str, shillings: i64, receipt: &str) -> String {
    stk_paid_by(checkout, shillings, receipt, PHONE)
}

pub fn stk_paid_by(checkout: &str, shillings: i64, receipt: &str, phone: &str) -> String {
    let time =
        Utc::now().with_timezone(&chrono::FixedOffset::east_opt(3 * 3600).unwrap()).format("%Y%m%d%H%M%S").to_string();
    let time: u64 = time.parse().unwrap();
    let phone: u64 = phone.parse().unwrap();
    json!({"Body": {"stkCallback": {"MerchantRequestID": "merchant-1", "CheckoutRequestID": checkout, "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.", "CallbackMetadata": {"Item": [
            {"Name": "Amount", "Value": shillings}, {"Name": "MpesaReceiptNumber", "Value": receipt},
            {"Name": "Balance"}, {"Name": "TransactionDate", "Value": time}, {"Name": "PhoneNumber", "Value": phone}]}}}})
    .to_string()
}

pub fn stk_failed(checkout: &str, code: u32, text: &str) -> String {
    json!({"Body": {"stkCallback": {"MerchantRequestID": "merchant-1", "CheckoutRequestID": checkout, "ResultCode": code,
        "ResultDesc": text}}})
    .to_string()
}

pub fn c2b(receipt: &str, shillings: i64, typed: &str) -> Value {
    let time =
        Utc::now().with_timezone(&chrono::FixedOffset::east_opt(3 * 3600).unwrap()).format("%Y%m%d%H%M%S").to_string();
    json!({"TransactionType": "Pay Bill", "TransID": receipt, "TransTime": time, "TransAmount": format!("{shillings}.00"),
        "BusinessShortCode": SHORT_CODE, "BillRefNumber": typed, "InvoiceNumber": "", "OrgAccountBalance": "48210.00",
        "ThirdPartyTransID": "", "MSISDN": "2547 ***** 001", "FirstName": "ASHA", "MiddleName": "", "LastName": ""})
}

pub fn home_20() -> PlanForm {
    PlanForm {
        name: "Home 20".into(),
        kind: "fibre".into(),
        speed_down: "20".into(),
        speed_up: "10".into(),
        price: "2500".into(),
        setup_fee: "1000".into(),
        price_includes_tax: "on".into(),
        tax: "excise_and_vat".into(),
        mode: "postpaid_monthly".into(),
        ..PlanForm::default()
    }
}

/// A request of a subscriber who sees this account.
pub fn subscriber_ctx(app: &TestApp, tenant: TenantId, account: AccountId) -> platform::RequestCtx {
    let scope = platform::Scope::Accounts(vec![account.uuid()]);
    app.ctx_with(model::Audience::My, tenant, scope, &["my.money"])
}
