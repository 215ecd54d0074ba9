//! Reading the audit log: by who, what, which thing and when, page by page, as a file; and verifying its chain.

use crate::paging;
use axum::Router;
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use model::AppError;
use model::identity::audit::{
    AuditFilter, AuditPage, AuditPerson, AuditRow, AuditWanted, ChainState, csv_cell, differences,
};
use model::identity::perm::AuditRead;
use model::page::PAGE_ROWS;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{App, Op, RequestCtx, Tx, settings};
use serde_json::{Value, json};
use std::fmt::Write;

/// The setting that says how far the chain was verified.
const VERIFIED: &str = "audit.verified";
/// The most entries of one file. More are asked for by days.
const FILE_ROWS: i64 = 20_000;

struct Stored {
    seq: i64,
    at: DateTime<Utc>,
    business_at: DateTime<Utc>,
    actor_kind: String,
    actor_name: String,
    action: String,
    object_kind: String,
    object_id: String,
    before: Option<Value>,
    after: Option<Value>,
    reason: Option<String>,
    address: Option<String>,
}

impl From<Stored> for AuditRow {
    fn from(row: Stored) -> Self {
        let is_moved = (row.business_at - row.at).abs() > TimeDelta::minutes(1);
        Self {
            seq: row.seq,
            at: row.at,
            business_at: is_moved.then_some(row.business_at),
            actor_kind: row.actor_kind,
            actor: row.actor_name,
            action: row.action,
            kind: row.object_kind,
            thing: row.object_id,
            changes: differences(row.before.as_ref(), row.after.as_ref()),
            reason: row.reason,
            address: row.address,
        }
    }
}

/// The first moment of a day in the tenant's zone. Where that hour does not exist, the next one.
fn start_of(op: &Op, day: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = day.and_hms_opt(0, 0, 0)?;
    let local = midnight.and_local_timezone(op.zone()).earliest();
    local.or_else(|| (midnight + TimeDelta::hours(1)).and_local_timezone(op.zone()).earliest()).map(|at| at.to_utc())
}

async fn entries(op: &mut Op, wanted: &AuditWanted, limit: i64) -> Result<Vec<Stored>, AppError> {
    let from = wanted.from.and_then(|day| start_of(op, day));
    let until = wanted.until.and_then(|day| day.checked_add_days(Days::new(1))).and_then(|day| start_of(op, day));
    sqlx::query_as!(
        Stored,
        "SELECT seq, at, business_at, actor_kind, actor_name, action, object_kind, object_id, before, after, reason, address
         FROM audit_entry
         WHERE ($1::uuid IS NULL OR actor_id = $1 OR real_actor_id = $1) AND ($2::text IS NULL OR actor_kind = $2)
           AND ($3 = '' OR action ^@ $3) AND ($4 = '' OR object_kind = $4) AND ($5 = '' OR object_id = $5)
           AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
           AND ($8::bigint IS NULL OR seq < $8) AND ($9::bigint IS NULL OR seq > $9)
         ORDER BY CASE WHEN $9::bigint IS NULL THEN seq END DESC, CASE WHEN $9::bigint IS NOT NULL THEN seq END LIMIT $10",
        wanted.person,
        wanted.actor_kind,
        wanted.action,
        wanted.kind,
        wanted.thing,
        from,
        until,
        wanted.after,
        wanted.before,
        limit,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)
}

/// A page of the log, the youngest entry first, with the people to choose from and how far the chain was verified.
///
/// # Errors
/// `Invalid` for a day that cannot be read.
pub async fn list(tx: &mut Tx<AuditRead>, filter: &AuditFilter) -> Result<AuditPage, AppError> {
    let wanted = filter.parse().map_err(AppError::Invalid)?;
    let rows = entries(tx, &wanted, PAGE_ROWS + 1).await?;
    let rows: Vec<AuditRow> = rows.into_iter().map(Into::into).collect();
    let page = paging::page(rows, wanted.after.is_some(), wanted.before.is_some(), |row| row.seq.to_string());
    let people = sqlx::query_as!(
        AuditPerson,
        "SELECT id, full_name AS name FROM login WHERE audience IN ('staff', 'partner') ORDER BY full_name, id LIMIT 500"
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let chain = settings::read_in_op(tx, VERIFIED).await?.and_then(|value| serde_json::from_value(value).ok());
    Ok(AuditPage { page, people, chain })
}

/// Walks the whole chain and keeps what was found. It changes no entry; doing it again looks again.
pub async fn verify(tx: &mut Tx<AuditRead>) -> Result<ChainState, AppError> {
    let found = platform::audit::verify(tx).await.map_err(from_sql)?;
    let state = ChainState { entries: found.entries, broken_at: found.broken_at, at: tx.real_now() };
    if let Some(entry) = state.broken_at {
        tracing::error!(entry, "the audit chain is broken");
    }
    let value = serde_json::to_value(&state).map_err(platform::internal)?;
    settings::write_in_op(tx, VERIFIED, Some(value)).await?;
    Ok(state)
}

/// The entries of a filter as a CSV file, the youngest first. That it was taken stands in the log itself.
pub async fn file(tx: &mut Tx<AuditRead>, filter: &AuditFilter) -> Result<String, AppError> {
    let wanted = filter.parse().map_err(AppError::Invalid)?;
    let rows = entries(tx, &wanted, FILE_ROWS).await?;
    let count = rows.len();
    let mut out =
        String::from("entry,time (UTC),actor,actor kind,action,thing,id,field,before,after,reason,address\r\n");
    for row in rows {
        let row = AuditRow::from(row);
        // An entry that changed no field still has its line.
        let none = vec![model::identity::audit::FieldChange { field: String::new(), before: None, after: None }];
        let changes = if row.changes.is_empty() { none } else { row.changes.clone() };
        for change in changes {
            let cells = [
                row.seq.to_string(),
                row.at.format("%Y-%m-%d %H:%M:%S").to_string(),
                row.actor.clone(),
                row.actor_kind.clone(),
                row.action.clone(),
                row.kind.clone(),
                row.thing.clone(),
                change.field,
                change.before.unwrap_or_default(),
                change.after.unwrap_or_default(),
                row.reason.clone().unwrap_or_default(),
                row.address.clone().unwrap_or_default(),
            ];
            let line = cells.map(|cell| csv_cell(&cell)).join(",");
            // Writing into a text cannot fail.
            let _ = write!(out, "{line}\r\n");
        }
    }
    tx.audit(
        Change::new("identity.audit.export", "audit", "file").after(json!({ "filter": filter, "entries": count })),
    );
    Ok(out)
}

/// The file of the log: `/admin/audit.csv` with the filter of the page.
pub fn routes() -> Router<App> {
    Router::new().route("/admin/audit.csv", get(download))
}

async fn download(ctx: RequestCtx, Query(filter): Query<AuditFilter>) -> Response {
    match make_file(&ctx, &filter).await {
        Ok(file) => {
            let name = "attachment; filename=\"audit.csv\"";
            let kind = "text/csv; charset=utf-8";
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_string()).into_response()
        }
    }
}

async fn make_file(ctx: &RequestCtx, filter: &AuditFilter) -> Result<String, AppError> {
    let mut tx = ctx.begin::<AuditRead>().await?;
    let file = file(&mut tx, filter).await?;
    tx.commit().await?;
    Ok(file)
}
