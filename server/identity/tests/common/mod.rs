//! Two ISPs with their roles, people who can sign in, and requests in their name.
#![allow(dead_code, reason = "each test file uses its part")]

use chrono::Utc;
use identity::identify::ByLogin;
use identity::logins::NewLogin;
use identity::second_factor::Me;
use identity::staff::Giver;
use model::identity::{LoginId, RoleId, TenantId};
use model::{Audience, Lang, PermissionSet};
use platform::ctx::{Request, RequestCtx};
use platform::module::Identify;
use platform::sessions::{PgSessionStore, SignedIn};
use platform::{Job, JobCtx, JobError, ServerModule};
use std::sync::{Arc, Mutex};
use testkit::TestApp;
use tower_sessions::Session;
use uuid::Uuid;

pub const PASSWORD: &str = "three cows on a hill";

/// Links that were issued, as a context to the right would be told.
pub static SENT: Mutex<Vec<(LoginId, String)>> = Mutex::new(Vec::new());

/// Opens each link's letter and keeps its address.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Post {
    link: identity::events::LinkIssued,
}

impl Job for Post {
    const KIND: &'static str = "test.post";

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        if let Some(letter) = identity::links::letter_in_op(&mut op, &self.link).await? {
            SENT.lock().unwrap().push((self.link.login_id, letter.url));
        }
        Ok(())
    }
}

/// The token of the last link that was sent to a login.
pub fn last_token(login: LoginId) -> Option<String> {
    let sent = SENT.lock().unwrap();
    let (_, url) = sent.iter().rev().find(|(id, _)| *id == login)?;
    url.split_once("token=").map(|(_, token)| token.to_owned())
}

pub async fn start() -> TestApp {
    let listener =
        ServerModule::new("test", &[]).job::<Post>().on::<identity::events::LinkIssued, _>(|link| Some(Post { link }));
    let app = TestApp::start_with(vec![identity::module(), listener], |mut builder| {
        builder.identify = Arc::new(ByLogin);
        builder
    })
    .await;
    for tenant in [app.first, app.second] {
        let mut op = app.op(tenant).await;
        identity::roles::seed_in_op(&mut op).await.unwrap();
        op.commit().await.unwrap();
    }
    app
}

/// A login with a password and these roles.
pub async fn person(
    app: &TestApp,
    tenant: TenantId,
    audience: Audience,
    name: &str,
    roles: &[&'static str],
) -> LoginId {
    let new = NewLogin {
        id: LoginId::new(),
        audience,
        name: name.into(),
        full_name: format!("{name} Otieno"),
        phone: None,
        email: Some(format!("{name}@kilele.example")),
        lang: Some(Lang::En),
        password: Some(PASSWORD.into()),
        role_codes: roles.to_vec(),
        reseller_id: None,
    };
    let mut op = app.op(tenant).await;
    let id = identity::logins::create_in_op(&mut op, new).await.unwrap();
    op.commit().await.unwrap();
    id
}

/// A request of nobody, with a session that may become somebody's.
pub fn stranger(app: &TestApp, audience: Audience, tenant: TenantId) -> RequestCtx {
    request(app, audience, Some(tenant), None, None)
}

/// A request of nobody at the platform's door.
pub fn stranger_at_platform(app: &TestApp) -> RequestCtx {
    request(app, Audience::Platform, None, None, None)
}

fn request(
    app: &TestApp,
    audience: Audience,
    tenant: Option<TenantId>,
    person: Option<platform::ctx::Person>,
    signed_in: Option<SignedIn>,
) -> RequestCtx {
    let session = Session::new(None, Arc::new(PgSessionStore::new(&app.app, audience)), None);
    RequestCtx::new(Request {
        app: app.app.clone(),
        audience,
        tenant,
        person,
        signed_in,
        session: Some(session),
        lang: Lang::En,
        theme: None,
        request_id: Uuid::now_v7().simple().to_string(),
        address: None,
        user_agent: None,
    })
}

/// A request of a person as the web layer would make it: permissions are asked anew.
pub async fn request_of(app: &TestApp, audience: Audience, tenant: TenantId, id: LoginId) -> RequestCtx {
    let signed_in =
        SignedIn { tenant: Some(tenant), person_id: id.uuid(), complete: true, at: Utc::now(), viewer: None };
    request_in(app, audience, signed_in).await
}

/// The same for a session in any state.
pub async fn request_in(app: &TestApp, audience: Audience, signed_in: SignedIn) -> RequestCtx {
    let person = ByLogin.identify(&app.app, audience, &signed_in).await.unwrap();
    request(app, audience, signed_in.tenant, person, Some(signed_in))
}

/// A request of an operator, as the web layer would make it.
pub async fn request_of_operator(app: &TestApp, id: Uuid) -> RequestCtx {
    let signed_in = SignedIn { tenant: None, person_id: id, complete: true, at: Utc::now(), viewer: None };
    request_in(app, Audience::Platform, signed_in).await
}

pub fn me(id: LoginId) -> Me {
    Me { login: id.uuid(), audience: Audience::Staff, is_fresh: true }
}

/// Somebody who may hand out everything that the built-in administrator may.
pub async fn giver(app: &TestApp, tenant: TenantId, id: LoginId) -> Giver {
    Giver { id: id.uuid(), permissions: permissions(app, tenant, id).await }
}

pub async fn permissions(app: &TestApp, tenant: TenantId, id: LoginId) -> PermissionSet {
    let signed_in =
        SignedIn { tenant: Some(tenant), person_id: id.uuid(), complete: true, at: Utc::now(), viewer: None };
    let person = ByLogin.identify(&app.app, Audience::Staff, &signed_in).await.unwrap();
    person.map(|person| person.permissions).unwrap_or_default()
}

pub async fn role(app: &TestApp, tenant: TenantId, code: &str) -> RoleId {
    let mut op = app.op(tenant).await;
    let id: Uuid =
        sqlx::query_scalar("SELECT id FROM role WHERE code = $1").bind(code).fetch_one(op.conn()).await.unwrap();
    RoleId::from_uuid(id)
}

/// The code that an authenticator with this seed shows `steps` steps from now.
pub fn code_of(key: &str, steps: i64) -> String {
    let secret: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&secret).unwrap())
        .with_issuer(Some("x"))
        .with_account_name("y")
        .build()
        .unwrap();
    let at = u64::try_from(Utc::now().timestamp() + steps * 30).unwrap();
    totp.generate(at).to_string()
}
