//! The audit log: append-only, one hash chain per tenant, written in the transaction of the change itself.

use crate::ctx::{Actor, Origin};
use crate::{App, Conn, Op, TenantId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a person did to what. Secrets are masked by the caller: they never come here.
#[derive(Debug, Clone)]
pub struct Change {
    pub action: &'static str,
    pub object_kind: &'static str,
    pub object_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
}

impl Change {
    pub fn new(action: &'static str, object_kind: &'static str, object_id: impl ToString) -> Self {
        Self { action, object_kind, object_id: object_id.to_string(), before: None, after: None, reason: None }
    }

    pub fn before(mut self, value: Value) -> Self {
        self.before = Some(value);
        self
    }

    pub fn after(mut self, value: Value) -> Self {
        self.after = Some(value);
        self
    }

    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// One entry as it is hashed: fixed order, each part with its length, so that no two entries hash alike by shifting.
struct Entry<'a> {
    seq: i64,
    at: DateTime<Utc>,
    business_at: DateTime<Utc>,
    actor: &'a Actor,
    origin: &'a Origin,
    change: &'a Change,
}

impl Entry<'_> {
    fn hash(&self, previous: &[u8]) -> Vec<u8> {
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        let parts = [
            self.seq.to_string(),
            self.at.timestamp_micros().to_string(),
            self.business_at.timestamp_micros().to_string(),
            self.actor.kind.to_owned(),
            self.actor.id.map(|i| i.to_string()).unwrap_or_default(),
            self.actor.name.clone(),
            self.actor.real_id.map(|i| i.to_string()).unwrap_or_default(),
            self.change.action.to_owned(),
            self.change.object_kind.to_owned(),
            self.change.object_id.clone(),
            text(&self.change.before),
            text(&self.change.after),
            self.change.reason.clone().unwrap_or_default(),
            self.origin.request_id.clone(),
            self.origin.address.clone().unwrap_or_default(),
        ];
        chain_hash(previous, &parts)
    }
}

fn chain_hash(previous: &[u8], parts: &[String]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(previous);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

/// Real time to the microsecond, which is what the database keeps and the chain hashes.
fn to_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

pub(crate) async fn write(
    conn: &mut Conn,
    tenant: TenantId,
    actor: &Actor,
    origin: &Origin,
    business_at: DateTime<Utc>,
    changes: Vec<Change>,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO audit_head (tenant_id, seq, hash) VALUES ($1, 0, '') ON CONFLICT DO NOTHING")
        .bind(tenant.uuid())
        .execute(&mut *conn)
        .await?;
    let (mut seq, mut previous): (i64, Vec<u8>) =
        sqlx::query_as("SELECT seq, hash FROM audit_head FOR UPDATE").fetch_one(&mut *conn).await?;
    for change in &changes {
        seq += 1;
        let entry =
            Entry { seq, at: to_micros(Utc::now()), business_at: to_micros(business_at), actor, origin, change };
        let hash = entry.hash(&previous);
        sqlx::query(
            "INSERT INTO audit_entry (tenant_id, seq, at, business_at, actor_kind, actor_id, actor_name, real_actor_id,
               action, object_kind, object_id, before, after, reason, request_id, address, previous_hash, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        )
        .bind(tenant.uuid())
        .bind(seq)
        .bind(entry.at)
        .bind(entry.business_at)
        .bind(actor.kind)
        .bind(actor.id)
        .bind(&actor.name)
        .bind(actor.real_id)
        .bind(change.action)
        .bind(change.object_kind)
        .bind(&change.object_id)
        .bind(&change.before)
        .bind(&change.after)
        .bind(&change.reason)
        .bind(&origin.request_id)
        .bind(&origin.address)
        .bind(&previous)
        .bind(&hash)
        .execute(&mut *conn)
        .await?;
        previous = hash;
    }
    sqlx::query("UPDATE audit_head SET seq = $1, hash = $2").bind(seq).bind(previous).execute(conn).await?;
    Ok(())
}

/// What the verifier found: how many entries, and the first sequence number that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    pub entries: i64,
    pub broken_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: DateTime<Utc>,
    business_at: DateTime<Utc>,
    actor_kind: String,
    actor_id: Option<uuid::Uuid>,
    actor_name: String,
    real_actor_id: Option<uuid::Uuid>,
    action: String,
    object_kind: String,
    object_id: String,
    before: Option<Value>,
    after: Option<Value>,
    reason: Option<String>,
    request_id: String,
    address: Option<String>,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl Row {
    fn computed(&self) -> Vec<u8> {
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        let id = |id: &Option<uuid::Uuid>| id.map(|i| i.to_string()).unwrap_or_default();
        let parts = [
            self.seq.to_string(),
            self.at.timestamp_micros().to_string(),
            self.business_at.timestamp_micros().to_string(),
            self.actor_kind.clone(),
            id(&self.actor_id),
            self.actor_name.clone(),
            id(&self.real_actor_id),
            self.action.clone(),
            self.object_kind.clone(),
            self.object_id.clone(),
            text(&self.before),
            text(&self.after),
            self.reason.clone().unwrap_or_default(),
            self.request_id.clone(),
            self.address.clone().unwrap_or_default(),
        ];
        chain_hash(&self.previous_hash, &parts)
    }
}

/// Walks a tenant's chain from its beginning and finds any edit, deletion, insertion or reordering. It must be the first
/// thing that its transaction does: head and entries are read as they were at one moment, whoever writes meanwhile.
pub async fn verify(op: &mut Op) -> Result<Verified, sqlx::Error> {
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(op.conn()).await?;
    let (head_seq, head_hash): (i64, Vec<u8>) =
        sqlx::query_as("SELECT seq, hash FROM audit_head").fetch_optional(op.conn()).await?.unwrap_or((0, Vec::new()));
    let (mut seq, mut previous) = (0, Vec::new());
    loop {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT 1000")
            .bind(seq)
            .fetch_all(op.conn())
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 || row.previous_hash != previous || row.computed() != row.hash {
                return Ok(Verified { entries: seq, broken_at: Some(seq + 1) });
            }
            (seq, previous) = (row.seq, row.hash);
        }
    }
    let broken_at = (seq != head_seq || previous != head_hash).then_some(seq + 1);
    Ok(Verified { entries: seq, broken_at })
}

/// Verifies every tenant's chain: the work of `mtandao audit verify`.
pub async fn verify_all(app: &App) -> Result<Vec<(String, Verified)>, model::AppError> {
    let mut found = Vec::new();
    for tenant in crate::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "audit verify").await?;
        found.push((tenant.code, verify(&mut op).await.map_err(crate::error::from_sql)?));
    }
    Ok(found)
}
