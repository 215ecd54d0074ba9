//! The pages of sales as the server draws them, and their forms as a browser without scripts sends them.
#![cfg(feature = "ssr")]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm_ui::routes::CrmRoutes;
use kit::prefs::Theme;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Router, Routes};
use leptos_router::path;
use model::crm::perm;
use model::{Audience, Lang};
use platform::{RequestCtx, Scope};
use testkit::TestApp;

#[component]
fn Site() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| "no such page">
                <ParentRoute path=path!("") view=Outlet>
                    <CrmRoutes/>
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

const SALES: &[&str] = &[
    "crm.lead.read",
    "crm.lead.write",
    "crm.lead.convert",
    "crm.partner.read",
    "crm.partner.write",
    "crm.building.read",
    "crm.building.write",
    "crm.subscriber.read",
    "crm.subscriber.read_contact",
    "crm.service.approve",
];

struct Browser {
    app: TestApp,
    ctx: RequestCtx,
}

impl Browser {
    async fn start(permissions: &[&str]) -> Self {
        let _ = any_spawner::Executor::init_tokio();
        let app = TestApp::start(vec![identity::module(), catalog::module(), crm::module()]).await;
        let mut op = app.op(app.first).await;
        identity::roles::seed_in_op(&mut op).await.unwrap();
        let plan = model::catalog::plans::PlanForm {
            name: "Home 20 Mbps".into(),
            kind: "fibre".into(),
            speed_down: "20".into(),
            speed_up: "10".into(),
            price: "1500".into(),
            tax: "excise_and_vat".into(),
            mode: "postpaid_monthly".into(),
            ..Default::default()
        };
        catalog::plans::create_in_op(&mut op, plan.parse(model::Currency::Kes).unwrap()).await.unwrap();
        op.commit().await.unwrap();
        let ctx = app.ctx_with(Audience::Staff, app.first, Scope::Tenant, permissions);
        Self { app, ctx }
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
        String::from_utf8(bytes.to_vec()).unwrap()
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
}

#[tokio::test]
async fn the_story_from_lead_to_approval_works_without_scripts() {
    let browser = Browser::start(SALES).await;
    assert!(browser.get("/sales/leads").await.contains("No leads here"));
    assert!(browser.get("/sales/leads/new").await.contains("name=\"form[phone]\""));
    let form = "form[name]=Ann+Njoki&form[phone]=0712345678&form[place]=Jacaranda+Court&form[source]=call";
    let lead = browser.post("crm/leads/create", form).await;
    assert!(lead.starts_with("/sales/leads/"), "{lead}");
    let id = lead.rsplit('/').next().unwrap();

    let page = browser.get(&lead).await;
    assert!(page.contains("Ann Njoki") && page.contains("0712 345 678") && page.contains("Added as LD-000001"));
    let plan = page.split("value=\"").find(|v| v.contains("Home 20 Mbps, KSh")).unwrap().split('"').next().unwrap();
    browser.post("crm/leads/quote", &format!("id={id}&plan_id={plan}")).await;
    browser.post("crm/leads/note", &format!("id={id}&note=Before+Friday")).await;
    browser.post("crm/leads/move", &format!("form[id]={id}&form[to]=contacted&form[reason]=")).await;
    let page = browser.get(&lead).await;
    assert!(
        page.contains("Quoted Home 20 Mbps") && page.contains("Before Friday") && page.contains("Moved to Contacted")
    );
    let board = browser.get("/sales/leads").await;
    assert!(board.contains("1 open lead") && board.contains("KSh 1,500.00 a month"), "{board}");
    assert!(browser.get("/sales/leads?view=list&q=ann").await.contains("Ann Njoki"));
    assert!(browser.get("/sales/leads?view=list&q=zzz").await.contains("No lead matches"));

    let page = browser.get(&format!("/sales/leads/{id}/convert")).await;
    assert!(page.contains("bill it on day 1 of each month") && page.contains("value=\"Jacaranda Court\""), "{page}");
    let form = format!(
        "form[id]={id}&form[name]=Ann+Njoki&form[phone]=0712345678&form[plan_id]={plan}&form[place]=Jacaranda+Court&form[unit]=B2"
    );
    let subscriber = browser.post("crm/leads/convert", &form).await;
    assert!(subscriber.starts_with("/subscribers/"));
    let list = browser.get("/subscribers?q=njoki").await;
    assert!(list.contains("MT-000001-") && list.contains(&subscriber) && list.contains("Pending"));
    assert!(browser.get("/subscribers?tab=active").await.contains("No subscriber matches"));

    let queue = browser.get("/noc/approvals").await;
    assert!(queue.contains("Approve Ann Njoki") && queue.contains("Jacaranda Court, B2"));
    let service = queue.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    browser.post("crm/services/approve", &format!("id={service}")).await;
    assert!(browser.get("/noc/approvals").await.contains("Nothing waits for approval"));
    assert!(browser.get("/subscribers?tab=approved").await.contains("Ann Njoki"));
    browser.app.finish().await;
}

#[tokio::test]
async fn a_refused_form_says_which_field_without_scripts() {
    let browser = Browser::start(SALES).await;
    let back = browser.post("crm/leads/create", "form[name]=&form[phone]=12").await;
    assert!(back.contains("__err="), "{back}");
    browser.app.finish().await;
}

#[tokio::test]
async fn partners_and_buildings_are_added_by_their_forms() {
    let browser = Browser::start(SALES).await;
    assert!(browser.get("/sales/buildings").await.contains("No buildings yet"));
    let form = "form[name]=Jacaranda+Court&form[area]=Kahawa+West&form[county]=Nairobi&form[units]=B1,B2";
    let building = browser.post("crm/buildings/create", form).await;
    let id = building.rsplit('/').next().unwrap().to_owned();
    browser.post("crm/buildings/set_coverage", &format!("id={id}&coverage=sell")).await;
    browser.post("crm/buildings/add_units", &format!("id={id}&units=B3")).await;
    let page = browser.get(&building).await;
    assert!(
        page.contains("Jacaranda Court") && page.contains("B3") && page.contains("Sell") && page.contains("Vacant")
    );
    assert!(browser.get("/sales/partners").await.contains("No partners yet"));
    let form = format!(
        "form[name]=Juma&form[phone]=0724881305&form[building_id]={id}&form[commission_kind]=share&form[commission]=7.5"
    );
    browser.post("crm/partners/create", &form).await;
    let page = browser.get("/sales/partners").await;
    assert!(page.contains("0724 881 305") && page.contains("7.50 % of each payment"));
    browser.app.finish().await;
}

#[tokio::test]
async fn a_stranger_to_leads_gets_a_refusal_and_a_reader_no_buttons() {
    let browser = Browser::start(&["crm.lead.read"]).await;
    let mut tx = browser.app.tx::<perm::LeadWrite>(browser.app.first).await;
    let form = model::crm::leads::LeadForm { name: "Ann".into(), phone: "0712345678".into(), ..Default::default() };
    let id = crm::leads::create(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    let page = browser.get(&format!("/sales/leads/{id}")).await;
    assert!(page.contains("Ann") && page.contains("Hidden for your role"));
    assert!(!page.contains("0712 345 678") && !page.contains("254712345678") && !page.contains("Quote this plan"));
    assert!(!browser.get("/sales/leads").await.contains("New lead"));
    let forbidden = kit::form::error_text(&model::AppError::Forbidden);
    for path in ["/sales/partners", "/sales/buildings", "/subscribers", "/noc/approvals"] {
        assert!(browser.get(path).await.contains(&forbidden), "{path}");
    }
    let missing = browser.get("/sales/leads/0192e7c0-0000-7000-8000-000000000000").await;
    assert!(!missing.contains("Ann") && missing.contains("blank--page"));
    browser.app.finish().await;
}
