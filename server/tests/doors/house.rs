//! The whole program behind its router, with people who hold real logins and sessions.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use comms::TenantGateways;
use gateways::directory::Directory;
use identity::logins::NewLogin;
use model::Audience;
use model::account_number::{AccountNumber, AccountPrefix};
use model::identity::{LoginId, TenantId};
use platform::operators::NewOperator;
use std::sync::Arc;
use testkit::TestApp;
use tower::ServiceExt;
use uuid::Uuid;

/// A password that the rules of all audiences take.
pub const PASSWORD: &str = "kahawa-chungu-31";

pub struct House {
    pub app: TestApp,
    router: Router,
    /// What subscribers of the first tenant may see, and what its resellers may.
    account: Uuid,
    reseller: Uuid,
}

/// One subscriber with an account, and the reseller that sold it: `$1` tenant, `$2` account, `$3` reseller, `$4` number.
const CUSTOMERS: &str = "
    WITH seller AS (INSERT INTO reseller (tenant_id, id, name) VALUES ($1, $3, 'Kilimo Net')),
         tree AS (INSERT INTO reseller_closure (tenant_id, ancestor_id, descendant_id, depth) VALUES ($1, $3, $3, 0)),
         party AS (INSERT INTO subscriber (tenant_id, id, full_name, name_key, msisdn, created_at)
                   VALUES ($1, $2, 'Wanjiku Kamau', 'wanjiku kamau', '254722000111', app.business_now()))
    INSERT INTO account (tenant_id, id, number, subscriber_id, reseller_id, currency, billing_day, created_at)
    VALUES ($1, $2, $4, $2, $3, 'KES', 1, app.business_now())";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// `name=value` of the session cookie that was set, if one was.
    pub fn cookie(&self, audience: Audience) -> Option<String> {
        let name = format!("__Host-{}=", audience.code());
        let set = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        set.filter(|v| v.starts_with(&name)).filter_map(|v| v.split(';').next()).map(str::to_owned).next()
    }
}

impl House {
    /// The program with all contexts, two tenants with their built-in roles.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn open_with(settings: impl FnOnce(&mut platform::app::Settings)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let files = std::env::temp_dir().join(format!("mtandao-doors-{}", Uuid::now_v7().simple()));
        let app = TestApp::start_with(server::modules::all(), |mut builder| {
            builder.identify = Arc::new(identity::identify::ByLogin);
            settings(&mut builder.settings);
            let projection = server::freeradius::projection_key(&builder.key);
            builder
                .with(projection)
                .with::<TenantGateways>(Arc::new(Directory::default()))
                .with(field::evidence::FileFolder(files))
        })
        .await;
        for tenant in [app.first, app.second] {
            let mut op = app.op(tenant).await;
            identity::roles::seed_in_op(&mut op).await.expect("roles are seeded");
            op.commit().await.expect("committed");
        }
        let (account, reseller) = (Uuid::now_v7(), Uuid::now_v7());
        let prefix = AccountPrefix::parse("MT").expect("two letters");
        let number = AccountNumber::try_new(prefix, 1).expect("a number").stored();
        let mut op = app.op(app.first).await;
        let customers = sqlx::query(CUSTOMERS).bind(app.first.uuid()).bind(account).bind(reseller).bind(number);
        customers.execute(op.conn()).await.expect("customers are made");
        op.commit().await.expect("committed");
        let router = server::http::router(app.app.clone(), std::env::temp_dir().join("mtandao-no-site"));
        Self { app, router, account, reseller }
    }

    /// A login with these roles, and its name. With a password its hash takes a moment, so most have none.
    pub async fn person(
        &self,
        tenant: TenantId,
        audience: Audience,
        roles: &[&'static str],
        password: Option<&str>,
    ) -> (Uuid, String) {
        let id = LoginId::new();
        let name = format!("p{}", id.uuid().simple());
        let new = NewLogin {
            id,
            audience,
            name: name.clone(),
            full_name: "Achieng Otieno".into(),
            phone: None,
            email: None,
            lang: None,
            password: password.map(str::to_owned),
            role_codes: roles.to_vec(),
            reseller_id: (audience == Audience::Partner).then_some(self.reseller),
        };
        let mut op = self.app.op(tenant).await;
        identity::logins::create_in_op(&mut op, new).await.expect("a login is made");
        if audience == Audience::My {
            sqlx::query("INSERT INTO login_account (tenant_id, login_id, account_id) VALUES ($1, $2, $3)")
                .bind(tenant.uuid())
                .bind(id.uuid())
                .bind(self.account)
                .execute(op.conn())
                .await
                .expect("the login sees its account");
        }
        op.commit().await.expect("committed");
        (id.uuid(), name)
    }

    /// The cookie of a new person of the first tenant with these roles. An operator is of no tenant and has no roles: with
    /// none at all it is one who has no second factor yet.
    pub async fn cookie(&self, audience: Audience, roles: &[&'static str]) -> String {
        if audience == Audience::Platform {
            return self.app.cookie(audience, None, self.operator(!roles.is_empty()).await).await;
        }
        let (person, _) = self.person(self.app.first, audience, roles, None).await;
        self.app.cookie(audience, self.app.first, person).await
    }

    /// A new operator, who cannot sign in by a password: its hash would take a moment.
    async fn operator(&self, has_factor: bool) -> Uuid {
        let id = Uuid::now_v7();
        let new = NewOperator {
            id,
            name: format!("o{}", id.simple()),
            full_name: "Njoki Wambui".into(),
            password_hash: "no password has this hash".into(),
        };
        let factor: Option<(&[u8], &[Vec<u8>])> = has_factor.then_some((b"a-seed-of-20-letters", &[]));
        platform::operators::create(&self.app.app, &new, factor).await.expect("an operator is made");
        id
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.expect("a body is read");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Sends and reads only status and headers: an event stream has no end.
    pub async fn send_for_head(&self, request: Request<Body>) -> Answer {
        let (parts, _) = self.router.clone().oneshot(request).await.expect("the router answers").into_parts();
        Answer { status: parts.status, headers: parts.headers, body: String::new() }
    }

    /// Calls a server function as the browser program does.
    pub async fn call(&self, method: &Method, path: &str, arguments: &str, cookie: Option<&str>) -> Answer {
        self.send(call(method, path, arguments, cookie, &[])).await
    }

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        self.send(ask(Method::GET, path, cookie, &[]).body(Body::empty()).expect("a request")).await
    }

    pub async fn close(self) {
        self.app.discard().await;
    }
}

/// The head of a request to the first tenant's host.
pub fn ask(method: Method, path: &str, cookie: Option<&str>, headers: &[(&str, &str)]) -> axum::http::request::Builder {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "first.test");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

/// A call of a server function, its arguments in form encoding.
pub fn call(
    method: &Method,
    path: &str,
    arguments: &str,
    cookie: Option<&str>,
    headers: &[(&str, &str)],
) -> Request<Body> {
    if *method == Method::GET {
        let uri = if arguments.is_empty() { path.to_owned() } else { format!("{path}?{arguments}") };
        return ask(Method::GET, &uri, cookie, headers).body(Body::empty()).expect("a request");
    }
    ask(method.clone(), path, cookie, headers)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(arguments.to_owned()))
        .expect("a request")
}
