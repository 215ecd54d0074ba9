//! Who asks. A `RequestCtx` is made once per request by the web layer; a door takes it with `ctx()` and begins a
//! transaction from it by naming a permission.

use crate::sessions::SignedIn;
use crate::tx::{Op, Tx};
use crate::{App, TenantId};
use model::identity::view_as::Viewer;
use model::{AppError, Audience, Lang, Permission, PermissionSet};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// Who does something: written into the audit log with every change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `staff`, `my`, `partner`, `platform`, `job` or `webhook`.
    pub kind: &'static str,
    pub id: Option<Uuid>,
    pub name: String,
    /// The person behind an impersonation.
    pub real_id: Option<Uuid>,
}

impl Actor {
    /// The program itself, doing `what`.
    pub fn system(what: &str) -> Self {
        Self { kind: "job", id: None, name: what.to_owned(), real_id: None }
    }

    /// The name for histories that people read: a job's name says nothing to them.
    pub fn shown_name(&self) -> String {
        if self.kind == "job" { "Mtandao".to_owned() } else { self.name.clone() }
    }
}

/// Which rows of the tenant a context sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Tenant,
    /// A subscriber: these accounts only.
    Accounts(Vec<Uuid>),
    /// A reseller: the subtree below.
    Reseller(Uuid),
}

/// A signed-in person as the identity context knows them now.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub login_name: String,
    pub role_names: Vec<String>,
    pub permissions: PermissionSet,
    pub scope: Scope,
    pub lang: Option<Lang>,
    /// A second factor is a must and this person has none yet: only the page that sets one up opens.
    pub must_enrol: bool,
}

/// A request: tenant, person if signed in, language, and the way to the database.
#[derive(Clone)]
pub struct RequestCtx(Arc<Request>);

pub struct Request {
    pub app: App,
    pub audience: Audience,
    pub tenant: Option<TenantId>,
    pub person: Option<Person>,
    pub signed_in: Option<SignedIn>,
    pub session: Option<tower_sessions::Session>,
    pub lang: Lang,
    pub theme: Option<String>,
    pub request_id: String,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

impl std::ops::Deref for RequestCtx {
    type Target = Request;
    fn deref(&self) -> &Request {
        &self.0
    }
}

impl std::fmt::Debug for RequestCtx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RequestCtx({})", self.request_id)
    }
}

/// The request that the page renderer or the server function handler put in place.
pub async fn ctx() -> Result<RequestCtx, AppError> {
    leptos::prelude::use_context::<RequestCtx>().ok_or_else(|| crate::internal("no request context"))
}

impl RequestCtx {
    pub fn new(request: Request) -> Self {
        Self(Arc::new(request))
    }

    /// The tenant, which is missing on a host that belongs to nobody and for operators of the installation.
    pub fn tenant(&self) -> Result<TenantId, AppError> {
        self.tenant.ok_or(AppError::NotFound)
    }

    /// The signed-in person, with the second factor done.
    pub fn person(&self) -> Result<&Person, AppError> {
        self.person.as_ref().ok_or(AppError::Unauthenticated)
    }

    /// Whether the person could make this request again now: the session is alive and nobody blocked them. Asking does not
    /// extend the session. A database that is away ends nothing.
    pub async fn is_still_signed_in(&self) -> bool {
        let (Some(signed_in), Some(id)) = (&self.signed_in, self.session.as_ref().and_then(|s| s.id())) else {
            return false;
        };
        let is_alive = crate::sessions::is_alive(&self.app, self.audience, &id).await.unwrap_or(true);
        is_alive
            && self
                .app
                .identify
                .identify(&self.app, self.audience, signed_in)
                .await
                .map_or(true, |found| found.is_some())
    }

    pub fn can<P: Permission>(&self) -> bool {
        self.person.as_ref().is_some_and(|p| p.permissions.can::<P>())
    }

    /// Somebody of the staff who views as the signed-in person.
    pub fn viewer(&self) -> Option<&Viewer> {
        self.signed_in.as_ref().and_then(|signed_in| signed_in.viewer.as_ref())
    }

    pub fn actor(&self) -> Actor {
        match &self.person {
            Some(person) => Actor {
                kind: self.audience.code(),
                id: Some(person.id),
                name: match self.viewer() {
                    Some(viewer) => format!("{} as {}", viewer.name, person.name),
                    None => person.name.clone(),
                },
                real_id: self.viewer().map(|viewer| viewer.staff_id),
            },
            None => Actor { kind: self.audience.code(), id: None, name: "not signed in".into(), real_id: None },
        }
    }

    /// Checks permission `P`, opens a transaction and tells the database tenant, actor and scope, in one round trip.
    ///
    /// # Errors
    /// `Unauthenticated` without a person, `Forbidden` without the permission, `Unavailable` without a database.
    pub async fn begin<P: Permission>(&self) -> Result<Tx<P>, AppError> {
        let person = self.person()?;
        if !person.permissions.can::<P>() {
            tracing::warn!(permission = P::CODE, request.id = %self.request_id, "permission denied");
            return Err(AppError::Forbidden);
        }
        let mut op = Op::begin(&self.app, self.tenant()?, self.actor(), &person.scope, self.origin()).await?;
        if self.viewer().is_some() {
            op.forbid_writes().await?;
        }
        Ok(Tx { op, permission: PhantomData })
    }

    /// A transaction for the doors that stand before the login: sign-in itself, password reset, set-up. They have no
    /// permission to check; each protects itself by throttling.
    pub async fn begin_before_login(&self) -> Result<Op, AppError> {
        Op::begin(&self.app, self.tenant()?, self.actor(), &Scope::Tenant, self.origin()).await
    }

    pub fn origin(&self) -> Origin {
        Origin { request_id: self.request_id.clone(), address: self.address.map(|a| a.to_string()), lang: self.lang }
    }
}

/// Where a change came from, for the audit log.
#[derive(Debug, Clone)]
pub struct Origin {
    pub request_id: String,
    pub address: Option<String>,
    pub lang: Lang,
}

impl Origin {
    /// Work that nobody asked for over HTTP.
    pub fn internal(request_id: String) -> Self {
        Self { request_id, address: None, lang: Lang::default() }
    }
}
