//! Browser sessions in PostgreSQL under tower-sessions: only the hash of the cookie is kept, with the person in columns,
//! so that "end all my sessions" is one statement.

use crate::error::from_sql;
use crate::{App, TenantId};
use chrono::{DateTime, Utc};
use model::identity::SessionRow;
use model::identity::view_as::Viewer;
use model::{AppError, Audience};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgPool;
use std::collections::HashMap;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as StoreResult};
use tower_sessions::{Session, SessionStore};
use uuid::Uuid;

/// The key in the session's data under which the login stands.
const SIGNED_IN: &str = "signed_in";

/// Who a session belongs to and how well that was proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// `None` for an operator of the installation, who belongs to no ISP.
    pub tenant: Option<TenantId>,
    pub person_id: Uuid,
    /// False between password and second factor.
    pub complete: bool,
    /// Real time of the last proof; dangerous steps want it fresh.
    pub at: DateTime<Utc>,
    /// The staff member who views as this person.
    #[serde(default)]
    pub viewer: Option<Viewer>,
}

/// Reads the login from a session, if there is one.
pub async fn signed_in(session: &Session) -> Option<SignedIn> {
    session.get(SIGNED_IN).await.ok().flatten()
}

/// Writes the login and changes the session's id, so that a cookie known before the login is worth nothing after it.
pub async fn sign_in(session: &Session, signed_in: &SignedIn) -> Result<(), AppError> {
    session.cycle_id().await.map_err(crate::internal)?;
    session.insert(SIGNED_IN, signed_in).await.map_err(crate::internal)
}

/// Ends a session: the row goes, the cookie is taken back.
pub async fn sign_out(session: &Session) -> Result<(), AppError> {
    session.flush().await.map_err(crate::internal)
}

/// How long a session lives: idle and at all, in seconds.
const fn limits_s(audience: Audience) -> (i64, i64) {
    match audience {
        Audience::Staff | Audience::Platform => (30 * 60, 12 * 3600),
        Audience::My | Audience::Partner => (7 * 86_400, 30 * 86_400),
    }
}

/// The store of one audience.
#[derive(Debug, Clone)]
pub struct PgSessionStore {
    pool: PgPool,
    audience: Audience,
}

impl PgSessionStore {
    pub fn new(app: &App, audience: Audience) -> Self {
        Self { pool: app.platform_pool.clone(), audience }
    }
}

fn id_hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

fn owner(record: &Record) -> Option<SignedIn> {
    record.data.get(SIGNED_IN).and_then(|value| serde_json::from_value(value.clone()).ok())
}

#[async_trait::async_trait]
impl SessionStore for PgSessionStore {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        let data = serde_json::to_value(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let owner = owner(record);
        loop {
            let made = sqlx::query(
                "INSERT INTO platform.web_session (id_hash, public_id, audience, tenant_id, person_id, data, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)) ON CONFLICT (id_hash) DO NOTHING",
            )
            .bind(id_hash(&record.id))
            .bind(Uuid::now_v7())
            .bind(self.audience.code())
            .bind(owner.as_ref().and_then(|o| o.tenant).map(TenantId::uuid))
            .bind(owner.as_ref().map(|o| o.person_id))
            .bind(&data)
            .bind(limits_s(self.audience).1 as f64)
            .execute(&self.pool)
            .await
            .map_err(backend)?;
            if made.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> StoreResult<()> {
        let data: Value = serde_json::to_value(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let owner = owner(record);
        sqlx::query(
            "UPDATE platform.web_session SET data = $2, tenant_id = $3, person_id = $4, seen_at = now() WHERE id_hash = $1",
        )
        .bind(id_hash(&record.id))
        .bind(data)
        .bind(owner.as_ref().and_then(|o| o.tenant).map(TenantId::uuid))
        .bind(owner.as_ref().map(|o| o.person_id))
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let row: Option<(Value, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
            "SELECT data, expires_at, seen_at FROM platform.web_session
             WHERE id_hash = $1 AND audience = $2 AND expires_at > now() AND seen_at > now() - make_interval(secs => $3)",
        )
        .bind(id_hash(id))
        .bind(self.audience.code())
        .bind(limits_s(self.audience).0 as f64)
        .fetch_optional(&self.pool)
        .await
        .map_err(backend)?;
        let Some((data, expires_at, seen_at)) = row else { return Ok(None) };
        // At most one write a minute, or every page view would be one.
        if Utc::now() - seen_at > chrono::Duration::minutes(1) {
            sqlx::query("UPDATE platform.web_session SET seen_at = now() WHERE id_hash = $1")
                .bind(id_hash(id))
                .execute(&self.pool)
                .await
                .map_err(backend)?;
        }
        let data = serde_json::from_value(data).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = tower_sessions::cookie::time::OffsetDateTime::from_unix_timestamp(expires_at.timestamp())
            .map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> StoreResult<()> {
        sqlx::query("DELETE FROM platform.web_session WHERE id_hash = $1")
            .bind(id_hash(id))
            .execute(&self.pool)
            .await
            .map_err(backend)?;
        Ok(())
    }
}

/// Whether a session is neither ended nor too old, without using it.
pub(crate) async fn is_alive(app: &App, audience: Audience, id: &Id) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM platform.web_session WHERE id_hash = $1 AND audience = $2 AND expires_at > now()
           AND seen_at > now() - make_interval(secs => $3))",
    )
    .bind(id_hash(id))
    .bind(audience.code())
    .bind(limits_s(audience).0 as f64)
    .fetch_one(&app.platform_pool)
    .await
}

/// Notes from where a session is used, for its owner's list.
pub async fn note_device(app: &App, session: &Session, address: Option<String>, agent: Option<String>) {
    let Some(id) = session.id() else { return };
    let noted =
        sqlx::query("UPDATE platform.web_session SET address = $2, user_agent = left($3, 200) WHERE id_hash = $1")
            .bind(id_hash(&id))
            .bind(address)
            .bind(agent)
            .execute(&app.platform_pool)
            .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "a session's device could not be noted");
    }
}

/// The live sessions of a person, newest first; `current` marks the one that asks.
pub async fn list(
    app: &App,
    tenant: TenantId,
    person: Uuid,
    current: Option<&Session>,
) -> Result<Vec<SessionRow>, AppError> {
    let current = current.and_then(|s| s.id()).map(|id| id_hash(&id));
    let rows: Vec<ListedSession> = sqlx::query_as(
        "SELECT public_id, id_hash, created_at, seen_at, address, user_agent FROM platform.web_session
         WHERE tenant_id = $1 AND person_id = $2 AND expires_at > now()
           AND seen_at > now() - make_interval(secs => CASE WHEN audience IN ('staff', 'platform') THEN $3 ELSE $4 END)
         ORDER BY seen_at DESC LIMIT 100",
    )
    .bind(tenant.uuid())
    .bind(person)
    .bind(limits_s(Audience::Staff).0 as f64)
    .bind(limits_s(Audience::My).0 as f64)
    .fetch_all(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    let row = |row: ListedSession| SessionRow {
        id: row.public_id,
        is_current: current.as_ref() == Some(&row.id_hash),
        created_at: row.created_at,
        seen_at: row.seen_at,
        address: row.address,
        user_agent: row.user_agent,
    };
    Ok(rows.into_iter().map(row).collect())
}

#[derive(sqlx::FromRow)]
struct ListedSession {
    public_id: Uuid,
    id_hash: Vec<u8>,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    address: Option<String>,
    user_agent: Option<String>,
}

/// Ends one of a person's sessions. Not found when it is not theirs; ending it twice succeeds.
pub async fn revoke(app: &App, tenant: TenantId, person: Uuid, id: Uuid) -> Result<(), AppError> {
    sqlx::query("DELETE FROM platform.web_session WHERE tenant_id = $1 AND person_id = $2 AND public_id = $3")
        .bind(tenant.uuid())
        .bind(person)
        .bind(id)
        .execute(&app.platform_pool)
        .await
        .map_err(from_sql)?;
    Ok(())
}

/// Ends all sessions of a person, but for the one that asks, if given. Gives how many. An operator has no tenant.
pub async fn revoke_all(
    app: &App,
    tenant: impl Into<Option<TenantId>>,
    person: Uuid,
    but: Option<&Session>,
) -> Result<u64, AppError> {
    let keep = but.and_then(|s| s.id()).map(|id| id_hash(&id)).unwrap_or_default();
    sqlx::query(
        "DELETE FROM platform.web_session
         WHERE (tenant_id = $1 OR $1 IS NULL AND tenant_id IS NULL) AND person_id = $2 AND id_hash <> $3",
    )
    .bind(tenant.into().map(TenantId::uuid))
    .bind(person)
    .bind(keep)
    .execute(&app.platform_pool)
    .await
    .map(|done| done.rows_affected())
    .map_err(from_sql)
}

/// Of each of these people: how many sessions are open, and when the youngest was seen. Who has none is left out.
pub async fn seen(
    app: &App,
    tenant: TenantId,
    people: &[Uuid],
) -> Result<HashMap<Uuid, (i64, DateTime<Utc>)>, AppError> {
    let rows: Vec<(Uuid, i64, DateTime<Utc>)> = sqlx::query_as(
        "SELECT person_id, count(*) FILTER (WHERE expires_at > now()
             AND seen_at > now() - make_interval(secs => CASE WHEN audience IN ('staff', 'platform') THEN $3 ELSE $4 END)),
           max(seen_at) FROM platform.web_session
         WHERE tenant_id = $1 AND person_id = ANY($2) GROUP BY person_id",
    )
    .bind(tenant.uuid())
    .bind(people)
    .bind(limits_s(Audience::Staff).0 as f64)
    .bind(limits_s(Audience::My).0 as f64)
    .fetch_all(&app.platform_pool)
    .await
    .map_err(from_sql)?;
    Ok(rows.into_iter().map(|(person, open, seen)| (person, (open, seen))).collect())
}
