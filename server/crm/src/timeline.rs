//! What happened to a subscriber's account, noted by all contexts. The one rule: an entry holds a kind and its facts, never
//! a sentence, so that each reader gets the words of their own language.

use model::AppError;
use model::crm::AccountId;
use model::permission::FieldClass;
use model::time::Timestamp;
use platform::Op;
use platform::error::from_sql;
use serde_json::Value;
use uuid::Uuid;

/// One entry as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: Uuid,
    pub at: Timestamp,
    /// A code of `model::portal::timeline::TimelineKind`.
    pub kind: String,
    pub facts: Value,
    /// Who may read it.
    pub class: FieldClass,
    /// The person, or the program's own task.
    pub actor_name: String,
}

/// Notes what happened to an account, now, by the actor of the operation. Each call is one entry: a caller that may run
/// twice asks first whether its own change was made.
pub async fn note_in_op(
    op: &mut Op,
    account_id: AccountId,
    kind: &str,
    facts: Value,
    class: FieldClass,
) -> Result<(), AppError> {
    let at = op.now();
    note_at_in_op(op, account_id, at, kind, facts, class).await
}

/// The same for something that happened before, in business time: what a lead did before it had an account.
pub async fn note_at_in_op(
    op: &mut Op,
    account_id: AccountId,
    at: Timestamp,
    kind: &str,
    facts: Value,
    class: FieldClass,
) -> Result<(), AppError> {
    let (tenant, actor) = (op.tenant().uuid(), op.actor().shown_name());
    sqlx::query!(
        "INSERT INTO timeline_entry (tenant_id, id, account_id, at, kind, facts, class, actor_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        Uuid::now_v7(),
        account_id.uuid(),
        at,
        kind,
        facts,
        class_code(class),
        actor,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    op.wake("crm.timeline", &account_id.to_string()).await
}

/// The newest entries of an account, newest first, of all classes: the caller leaves out what its reader may not see.
pub async fn list_in_op(op: &mut Op, account_id: AccountId, limit: i64) -> Result<Vec<Entry>, AppError> {
    let rows = sqlx::query!(
        "SELECT id, at, kind, facts, class, actor_name FROM timeline_entry
         WHERE account_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
        account_id.uuid(),
        limit,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    let entries = rows.into_iter().map(|row| {
        let class =
            class_of(&row.class).ok_or_else(|| platform::internal(format!("class {} is unknown", row.class)))?;
        Ok(Entry { id: row.id, at: row.at, kind: row.kind, facts: row.facts, class, actor_name: row.actor_name })
    });
    entries.collect()
}

const fn class_code(class: FieldClass) -> &'static str {
    match class {
        FieldClass::Basic => "basic",
        FieldClass::Contact => "contact",
        FieldClass::Financial => "financial",
        FieldClass::Technical => "technical",
        FieldClass::Private => "private",
    }
}

fn class_of(code: &str) -> Option<FieldClass> {
    use FieldClass::{Basic, Contact, Financial, Private, Technical};
    [Basic, Contact, Financial, Technical, Private].into_iter().find(|class| class_code(*class) == code)
}
