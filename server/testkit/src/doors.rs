//! Coming in by the front door: a session as sign-in leaves it, without the second that a password's hash takes.

use crate::TestApp;
use chrono::Utc;
use model::Audience;
use model::identity::TenantId;
use platform::sessions::{self, PgSessionStore, SignedIn};
use std::sync::Arc;
use tower_sessions::Session;
use uuid::Uuid;

impl TestApp {
    /// The `Cookie` header of a person who has just signed in, second factor included; an operator has no tenant. The program needs the real
    /// `Identify` (`start_with`) to know them again.
    pub async fn cookie(&self, audience: Audience, tenant: impl Into<Option<TenantId>>, person: Uuid) -> String {
        let tenant = tenant.into();
        let signed_in = SignedIn { tenant, person_id: person, complete: true, at: Utc::now(), viewer: None };
        self.cookie_of(audience, &signed_in).await
    }

    /// The same for a session in any state, for example half-way through the second factor.
    pub async fn cookie_of(&self, audience: Audience, signed_in: &SignedIn) -> String {
        let session = Session::new(None, Arc::new(PgSessionStore::new(&self.app, audience)), None);
        sessions::sign_in(&session, signed_in).await.expect("a session begins");
        session.save().await.expect("a session is stored");
        let id = session.id().expect("a stored session has an id");
        format!("__Host-{}={id}", audience.code())
    }
}
