//! The statements about operators, run as `mtandao_platform`: no other role reaches these tables.

use super::{Enrolment, Factor, NewOperator, Operator};
use crate::Conn;
use chrono::{DateTime, Utc};
use model::identity::TenantId;
use model::identity::operators::IspRow;
use uuid::Uuid;

pub(super) async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Operator>, sqlx::Error> {
    sqlx::query_as!(
        Operator,
        r#"SELECT id, name, full_name, password_hash, totp_secret IS NOT NULL AS "has_factor!"
           FROM platform.operator WHERE name = $1 AND state = 'active'"#,
        name,
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Operator>, sqlx::Error> {
    sqlx::query_as!(
        Operator,
        r#"SELECT id, name, full_name, password_hash, totp_secret IS NOT NULL AS "has_factor!"
           FROM platform.operator WHERE id = $1 AND state = 'active'"#,
        id,
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn exists(conn: &mut Conn) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM platform.operator) AS "is!""#).fetch_one(conn).await
}

pub(super) async fn insert(conn: &mut Conn, new: &NewOperator) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO platform.operator (id, name, full_name, password_hash) VALUES ($1, $2, $3, $4)",
        new.id,
        new.name,
        new.full_name,
        new.password_hash,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// As the application, by the function that allows it once.
pub(super) async fn insert_first(conn: &mut Conn, new: &NewOperator) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT app.first_operator($1, $2, $3, $4)::text AS "done""#,
        new.id,
        new.name,
        new.full_name,
        new.password_hash,
    )
    .fetch_one(conn)
    .await
    .map(drop)
}

/// The operator with this name, with this password and no factor any more.
pub(super) async fn recover(conn: &mut Conn, name: &str, password_hash: &str) -> Result<Option<Uuid>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "UPDATE platform.operator SET password_hash = $2, totp_secret = NULL, totp_step = NULL, state = 'active'
         WHERE name = $1 RETURNING id",
        name,
        password_hash,
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(id) = id {
        set_codes(conn, id, &[]).await?;
        sqlx::query!("DELETE FROM platform.operator_enrolment WHERE operator_id = $1", id).execute(conn).await?;
    }
    Ok(id)
}

/// The operator's factor, locked: a code must not be used twice at the same moment.
pub(super) async fn factor(conn: &mut Conn, id: Uuid) -> Result<Option<Factor>, sqlx::Error> {
    sqlx::query_as!(
        Factor,
        r#"SELECT name, password_hash, totp_secret AS sealed_seed, totp_step AS last_step,
             (SELECT count(*) FROM platform.operator_recovery_code c WHERE c.operator_id = o.id AND c.used_at IS NULL)
               AS "codes_left!"
           FROM platform.operator o WHERE id = $1 AND state = 'active' FOR UPDATE"#,
        id,
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn set_seed(conn: &mut Conn, id: Uuid, sealed: &[u8], step: Option<i64>) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE platform.operator SET totp_secret = $2, totp_step = $3 WHERE id = $1", id, sealed, step)
        .execute(conn)
        .await
        .map(drop)
}

pub(super) async fn set_step(conn: &mut Conn, id: Uuid, step: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE platform.operator SET totp_step = $2 WHERE id = $1", id, step).execute(conn).await.map(drop)
}

pub(super) async fn set_codes(conn: &mut Conn, id: Uuid, hashes: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM platform.operator_recovery_code WHERE operator_id = $1", id).execute(&mut *conn).await?;
    sqlx::query!(
        "INSERT INTO platform.operator_recovery_code (operator_id, code_hash) SELECT $1, unnest($2::bytea[])",
        id,
        hashes,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn use_recovery(conn: &mut Conn, id: Uuid, hash: &[u8]) -> Result<bool, sqlx::Error> {
    let used = sqlx::query!(
        "UPDATE platform.operator_recovery_code SET used_at = now()
         WHERE operator_id = $1 AND code_hash = $2 AND used_at IS NULL",
        id,
        hash,
    )
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}

pub(super) async fn enrolment(conn: &mut Conn, id: Uuid, now: DateTime<Utc>) -> Result<Option<Enrolment>, sqlx::Error> {
    sqlx::query_as!(
        Enrolment,
        "SELECT sealed, confirmed FROM platform.operator_enrolment WHERE operator_id = $1 AND expires_at > $2",
        id,
        now,
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn set_enrolment(
    conn: &mut Conn,
    id: Uuid,
    new: &Enrolment,
    until: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO platform.operator_enrolment (operator_id, sealed, confirmed, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (operator_id) DO UPDATE SET sealed = excluded.sealed, confirmed = excluded.confirmed,
           expires_at = excluded.expires_at",
        id,
        new.sealed,
        new.confirmed,
        until,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn forget_confirmed(conn: &mut Conn, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM platform.operator_enrolment WHERE operator_id = $1 AND confirmed", id)
        .execute(conn)
        .await
        .map(drop)
}

/// Every ISP with how many it has of what, and nothing that is a subscriber's.
pub(super) async fn isps(conn: &mut Conn) -> Result<Vec<IspRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT t.id, t.name, t.code, t.created_at,
             array(SELECT h.name FROM platform.host h WHERE h.tenant_id = t.id ORDER BY h.name) AS "hosts!: Vec<String>",
             (SELECT count(*) FROM login l WHERE l.tenant_id = t.id AND l.audience = 'staff' AND l.state = 'active') AS "staff!",
             (SELECT count(*) FROM service s WHERE s.tenant_id = t.id AND s.state = 'active') AS "services!"
           FROM tenant t ORDER BY t.created_at, t.id LIMIT 500"#
    )
    .fetch_all(conn)
    .await?;
    let isps = rows.into_iter().map(|row| IspRow {
        id: TenantId::from_uuid(row.id),
        name: row.name,
        code: row.code,
        hosts: row.hosts,
        created_at: row.created_at,
        staff: row.staff,
        services: row.services,
    });
    Ok(isps.collect())
}
