//! The money pages as the server draws them, and their forms as a browser without scripts sends them.
#![cfg(feature = "ssr")]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use billing_ui::routes::BillingRoutes;
use gateways::GatewayError;
use gateways::payments::{StkAccepted, StkPush, StkRequest, StkState};
use kit::prefs::Theme;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Router, Routes};
use leptos_router::path;
use model::billing::payments::PaymentMethod;
use model::billing::strays::StrayReason;
use model::crm::subscribers::{ServiceState, SubscriberKind};
use model::crm::{AccountId, ServiceId};
use model::{Audience, Lang, Money};
use platform::{RequestCtx, Scope};
use std::sync::Arc;
use testkit::TestApp;
use tower::ServiceExt;

#[component]
fn Site() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| "no such page">
                <ParentRoute path=path!("") view=Outlet>
                    <BillingRoutes/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

fn document() -> impl IntoView {
    provide_meta_context();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <MetaTags/>
            </head>
            <body>
                <Site/>
            </body>
        </html>
    }
}

/// A phone company that takes every prompt.
struct Phones;

#[async_trait::async_trait]
impl StkPush for Phones {
    async fn push(&self, _: &StkRequest) -> Result<StkAccepted, GatewayError> {
        Ok(StkAccepted { checkout_request_id: "ws_CO_1".into(), merchant_request_id: "merchant-1".into() })
    }

    async fn query(&self, _: &str) -> Result<StkState, GatewayError> {
        Ok(StkState::Pending)
    }
}

const MONEY: &[&str] = &[
    "billing.invoice.read",
    "billing.invoice.void",
    "billing.payment.read",
    "billing.payment.take",
    "billing.invoice.write",
    "billing.stray.match",
    "billing.run.read",
    "billing.run.start",
    "billing.lock.read",
    "billing.ledger.read",
    "crm.subscriber.read_financial",
    "crm.subscriber.read_contact",
];

struct Browser {
    app: TestApp,
    ctx: RequestCtx,
    account: AccountId,
    number: String,
    service: ServiceId,
}

impl Browser {
    /// An ISP with one active subscriber whose first invoice is out.
    async fn start(permissions: &[&str]) -> Self {
        let _ = any_spawner::Executor::init_tokio();
        let gateway: Arc<dyn StkPush> = Arc::new(Phones);
        let modules = vec![identity::module(), catalog::module(), crm::module(), billing::module()];
        let app = TestApp::start_with(modules, |builder| builder.with(gateway)).await;
        let mut op = app.op(app.first).await;
        identity::roles::seed_in_op(&mut op).await.unwrap();
        billing::seed_in_op(&mut op).await.unwrap();
        catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await.unwrap();
        let plan = model::catalog::plans::PlanForm {
            name: "Home 20".into(),
            kind: "fibre".into(),
            speed_down: "20".into(),
            speed_up: "10".into(),
            price: "2500".into(),
            price_includes_tax: "on".into(),
            tax: "excise_and_vat".into(),
            mode: "postpaid_monthly".into(),
            ..Default::default()
        };
        let plan = catalog::plans::create_in_op(&mut op, plan.parse(model::Currency::Kes).unwrap()).await.unwrap();
        let plan_version_id = catalog::plans::versions_in_op(&mut op, plan).await.unwrap()[0].id;
        let new = crm::subscribers::NewSubscriber {
            name: model::text::NonBlank::parse("Asha Wanjiru").unwrap(),
            kind: SubscriberKind::Residential,
            phone: "0712000001".parse().unwrap(),
            email: None,
            lang: Lang::En,
            lead_id: None,
            reseller_id: None,
            plan_version_id,
            address: "Jacaranda Court".into(),
            building_id: None,
            unit_id: None,
            county: "Kiambu".into(),
            area: "Ruiru".into(),
            position: None,
            at: op.now(),
            username: None,
        };
        let made = crm::subscribers::create_in_op(&mut op, new).await.unwrap();
        for state in [ServiceState::Approved, ServiceState::Installing, ServiceState::Active] {
            crm::services::set_state_in_op(&mut op, made.service_id, state, None).await.unwrap();
        }
        billing::invoices::issue_first_in_op(&mut op, made.service_id).await.unwrap();
        op.commit().await.unwrap();
        app.drain().await;
        let ctx = app.ctx_with(Audience::Staff, app.first, Scope::Tenant, permissions);
        let number = made.account_number.to_string();
        Self { app, ctx, account: made.account_id, number, service: made.service_id }
    }

    fn context(&self) -> impl Fn() + Clone + Send + Sync + 'static + use<> {
        let ctx = self.ctx.clone();
        move || {
            provide_context(Lang::En);
            provide_context(Theme::System);
            provide_context(ctx.clone());
        }
    }

    async fn get(&self, path: &str) -> String {
        let request = Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
        let draw = leptos_axum::render_app_async_with_context(self.context(), document);
        let response = draw(request).await.into_response();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        // Text between elements, without the marks that hydration needs.
        String::from_utf8(bytes.to_vec()).unwrap().replace("<!>", "").replace("<!---->", "").replace('\u{a0}', " ")
    }

    /// Sends a form as a browser without scripts does, and gives where it is led to.
    async fn post(&self, door: &str, form: &str) -> String {
        let request = Request::post(format!("/rpc/staff/{door}"))
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, "http://localhost/here")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let answer = leptos_axum::handle_server_fns_with_context(self.context(), request).await;
        let response: Response = answer.into_response();
        assert_eq!(response.status(), StatusCode::FOUND, "{door}");
        response.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    /// The id behind the first link of a page that begins so.
    fn link(page: &str, start: &str) -> String {
        let after = page.split(start).nth(1).unwrap_or_else(|| panic!("{start} is not in {page}"));
        after.split(['"', '&', '?']).next().unwrap().replace("%2D", "-")
    }

    async fn stray(&self, typed: &str) {
        let mut op = self.app.op(self.app.first).await;
        let money = billing::payments::MoneyIn {
            method: PaymentMethod::MpesaC2b,
            reference: Some("UCE4DEMO01".into()),
            amount: Money::kes(250_000),
            payer_phone: Some("254712000001".into()),
            payer_name: Some("ASHA".into()),
            bill_reference: Some(typed.into()),
            paid_at: op.now(),
            callback_at: None,
            attempt: None,
            to: Err(StrayReason::UnknownAccount),
        };
        billing::payments::receive_in_op(&mut op, money).await.unwrap();
        op.commit().await.unwrap();
        self.app.drain().await;
    }

    async fn finish(self) {
        self.app.finish().await;
    }
}

#[tokio::test]
async fn an_invoice_is_listed_opened_beside_the_list_and_voided_without_scripts() {
    let browser = Browser::start(MONEY).await;
    let list = browser.get("/billing/invoices").await;
    assert!(list.contains("INV-000001") && list.contains("Asha Wanjiru") && list.contains("2,500.00"), "{list}");
    let id = Browser::link(&list, "open=");
    let open = browser.get(&format!("/billing/invoices?open={id}")).await;
    assert!(
        open.contains("side-panel") && open.contains("VAT") && open.contains("1 Mar 2026 to 31 Mar 2026"),
        "{open}"
    );
    assert!(browser.get("/billing/invoices?q=nobody").await.contains("Nothing matches"));
    let page = browser.get(&format!("/billing/invoices/{id}")).await;
    assert!(
        page.contains("Ledger postings") && page.contains("Owed by subscribers") && page.contains("form[reason]"),
        "{page}"
    );
    let refused = browser.post("billing/invoices/void", &format!("form[id]={id}&form[reason]=")).await;
    assert!(refused.contains("__err"), "{refused}");
    let led = browser.post("billing/invoices/void", &format!("form[id]={id}&form[reason]=Wrong+plan")).await;
    assert_eq!(led, format!("/billing/invoices/{id}"));
    let page = browser.get(&led).await;
    assert!(
        page.contains("Voided: Wrong plan") && page.contains("Invoice voided") && !page.contains("form[reason]"),
        "{page}"
    );
    assert!(page.contains("Issue this period again"), "{page}");
    let led = browser.post("billing/invoices/issue_again", &format!("id={id}")).await;
    let again = browser.get(&led).await;
    assert!(again.contains("INV-000002") && again.contains("1 Mar 2026 to 31 Mar 2026"), "{again}");
    assert!(browser.get("/billing/invoices/nonsense").await.contains("Nothing here"));
    browser.app.drain().await;
    browser.finish().await;
}

#[tokio::test]
async fn cash_leads_to_its_receipt_and_the_list_has_the_figures() {
    let browser = Browser::start(MONEY).await;
    assert!(browser.get("/billing/payments").await.contains("No payment yet"));
    let account = browser.account;
    assert!(browser.get("/billing/payments/take").await.contains("Whose payment is it?"));
    assert!(browser.get("/billing/payments/take?number=MT-1").await.contains("note--danger"));
    let counter = browser.get(&format!("/billing/payments/take?number={}", browser.number)).await;
    assert!(counter.contains("Asha Wanjiru") && counter.contains("value=\"2,500\""), "{counter}");
    assert!(browser.get(&format!("/billing/payments/take?account={account}")).await.contains("Take the money"));
    let payment = counter.split("name=\"form[id]\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("form[id]={payment}&form[account_id]={account}&form[method]=cash&form[amount]=1000");
    let receipt = browser.post("billing/payments/take", &form).await;
    assert_eq!(browser.post("billing/payments/take", &form).await, receipt, "a reloaded form is one payment");
    let page = browser.get(&receipt).await;
    assert!(page.contains("RCT-000001") && page.contains("INV-000001") && page.contains("1,000.00"), "{page}");
    let list = browser.get("/billing/payments").await;
    assert!(list.contains("Collected today") && list.contains("1,000") && list.contains("p95"), "{list}");
    browser.app.drain().await;
    browser.finish().await;
}

#[tokio::test]
async fn a_prompt_leads_to_the_page_that_waits_for_it() {
    let browser = Browser::start(MONEY).await;
    let form = format!("form[account_id]={}&form[phone]=0712000001&form[amount]=2500", browser.account);
    let waiting = browser.post("billing/payments/prompt", &form).await;
    browser.app.drain().await;
    let page = browser.get(&waiting).await;
    assert!(page.contains("The phone rings") && page.contains("0712 000 001"), "{page}");
    browser.finish().await;
}

#[tokio::test]
async fn the_desk_names_the_reports_that_could_not_be_read() {
    let browser = Browser::start(MONEY).await;
    let keys = billing::payments::daraja::DarajaKeys {
        base_url: "http://127.0.0.1:1".into(),
        consumer_key: "key".into(),
        consumer_secret: "secret".into(),
        passkey: "pass".into(),
        short_code: "600777".into(),
    };
    let urls = billing::payments::daraja::configure(&browser.app.app, browser.app.first, keys).await.unwrap();
    let path = urls.stk.split_once("/hooks/").unwrap().1;
    let routes = billing::payments::callbacks::routes().with_state(browser.app.app.clone());
    let report = Request::post(format!("/hooks/{path}")).body(Body::from("{}")).unwrap();
    assert_eq!(routes.oneshot(report).await.unwrap().status(), StatusCode::OK);
    let desk = browser.get("/billing/strays").await;
    assert!(desk.contains("1 report could not be read") && desk.contains("M-Pesa · Body is missing"), "{desk}");
    browser.finish().await;
}

#[tokio::test]
async fn a_stray_is_matched_to_the_first_candidate_and_taken_back_without_scripts() {
    let browser = Browser::start(MONEY).await;
    let desk = browser.get("/billing/strays").await;
    assert!(desk.contains("No stray payment") && !desk.contains("could not be read"), "{desk}");
    browser.stray("0712 000 001").await;
    let desk = browser.get("/billing/strays").await;
    for words in
        ["1 waiting", "reference is the phone", "same phone", "similar name", "owes exactly this", "Match and renew"]
    {
        assert!(desk.contains(words), "{words}: {desk}");
    }
    let payment = Browser::link(&desk, "name=\"form[payment_id]\" value=\"");
    let form = format!("form[payment_id]={payment}&form[account_id]={}", browser.account);
    let led = browser.post("billing/strays/match", &form).await;
    let desk = browser.get(&led).await;
    assert!(desk.contains("The payment was matched") && desk.contains("Take it back"), "{desk}");
    let led = browser.post("billing/strays/unmatch", &format!("form[payment_id]={payment}")).await;
    assert!(browser.get(&led).await.contains("A match was taken back"));
    let typed = format!("payment_id={payment}&number={}", browser.number);
    assert!(browser.post("billing/strays/match_number", &typed).await.contains("matched="));
    browser.app.drain().await;
    browser.finish().await;
}

#[tokio::test]
async fn a_run_is_previewed_confirmed_by_its_number_and_listed() {
    let browser = Browser::start(MONEY).await;
    let moved = browser.app.app.clock.offset() + chrono::Duration::days(31);
    platform::tenants::move_clock(&browser.app.app, moved).await.unwrap();
    let preview = browser.get("/billing/runs?day=2026-04-01").await;
    assert!(preview.contains("2,500.00") && preview.contains("Start the run"), "{preview}");
    assert!(browser.get("/billing/runs?day=2027-01-01").await.contains("has begun"));
    assert!(browser.post("billing/runs/start", "day=2026-04-01&number=7").await.contains("__err"));
    assert_eq!(browser.post("billing/runs/start", "day=2026-04-01&number=1").await, "/billing/runs");
    browser.app.drain().await;
    let runs = browser.get("/billing/runs").await;
    assert!(runs.contains("1 Apr 2026") && runs.contains("Done"), "{runs}");
    browser.finish().await;
}

#[tokio::test]
async fn the_list_of_locks_to_come_says_why_and_hides_money_from_support() {
    let browser = Browser::start(&["billing.lock.read"]).await;
    assert!(browser.get("/billing/locks").await.contains("Nobody will be cut off"));
    browser.app.advance(chrono::Duration::days(7)).await;
    let page = browser.get("/billing/locks").await;
    assert!(page.contains("Invoice INV-000001 is not paid") && page.contains("1 service"), "{page}");
    assert!(!page.contains("KSh"), "no amount for support: {page}");
    assert!(browser.get("/billing/invoices").await.contains("Your role does not allow this"));
    let mut op = browser.app.op(browser.app.first).await;
    assert!(billing::locks::active_in_op(&mut op, browser.service).await.unwrap().is_empty());
    drop(op);
    browser.finish().await;
}

#[tokio::test]
async fn a_balance_leads_to_its_journals() {
    let browser = Browser::start(MONEY).await;
    let book = browser.get("/billing/ledger").await;
    assert!(
        book.contains("ledger=vat%5Fpayable") && book.contains("Invoice issued") && book.contains("2,500.00"),
        "{book}"
    );
    assert!(browser.get("/billing/ledger?ledger=vat_payable").await.contains("INV-000001"));
    assert!(browser.get("/billing/ledger?ledger=deposits").await.contains("No journal yet"));
    assert!(browser.get("/billing/ledger?on=2026-02-28").await.contains("No journal yet"), "any day can be asked for");
    browser.finish().await;
}
