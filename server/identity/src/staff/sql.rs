//! The statements of the staff list.

use model::Permission;
use model::identity::RoleId;
use model::identity::perm::{RoleWrite, StaffWrite};
use model::identity::staff::RoleChoice;
use platform::Conn;
use serde::Serialize;
use sqlx::Result;
use uuid::Uuid;

pub(super) struct Person {
    pub id: Uuid,
    pub name: String,
    pub full_name: String,
    pub is_blocked: bool,
    pub has_password: bool,
    pub has_second_factor: bool,
    pub roles: Vec<String>,
}

/// People of the staff by name; `id` asks for one.
pub(super) async fn people(conn: &mut Conn, q: &str, id: Option<Uuid>) -> Result<Vec<Person>> {
    sqlx::query_as!(
        Person,
        r#"SELECT l.id, l.name, l.full_name, l.state = 'blocked' AS "is_blocked!",
             l.password_hash IS NOT NULL AS "has_password!", l.totp_secret IS NOT NULL AS "has_second_factor!",
             array(SELECT r.name FROM login_role lr JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
                   WHERE lr.login_id = l.id ORDER BY r.name) AS "roles!: Vec<String>"
           FROM login l
           WHERE l.audience = 'staff' AND ($1::uuid IS NULL OR l.id = $1)
             AND ($2 = '' OR l.full_name ILIKE '%' || $2 || '%' OR l.name ILIKE '%' || $2 || '%')
           ORDER BY l.full_name, l.id LIMIT 500"#,
        id,
        q,
    )
    .fetch_all(conn)
    .await
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ContactRow {
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub lang: Option<String>,
}

pub(super) async fn contact(conn: &mut Conn, id: Uuid) -> Result<Option<ContactRow>> {
    sqlx::query_as!(
        ContactRow,
        "SELECT full_name, phone, email, lang FROM login WHERE id = $1 AND audience = 'staff'",
        id
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn set_contact(conn: &mut Conn, id: Uuid, new: &ContactRow) -> Result<()> {
    sqlx::query!(
        "UPDATE login SET full_name = $2, phone = $3, email = $4, lang = $5 WHERE id = $1",
        id,
        new.full_name,
        new.phone,
        new.email,
        new.lang,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn role_choices(conn: &mut Conn, login: Option<Uuid>) -> Result<Vec<RoleChoice>> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.name, EXISTS (SELECT FROM login_role lr WHERE lr.role_id = r.id AND lr.login_id = $1) AS "is_chosen!"
           FROM role r WHERE r.audience = 'staff' ORDER BY r.built_in DESC, r.name, r.id"#,
        login,
    )
    .fetch_all(conn)
    .await?;
    let choice = |id: Uuid, name: String, is_chosen: bool| RoleChoice { id: RoleId::from_uuid(id), name, is_chosen };
    Ok(rows.into_iter().map(|row| choice(row.id, row.name, row.is_chosen)).collect())
}

pub(super) async fn is_staff(conn: &mut Conn, id: Uuid) -> Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM login WHERE id = $1 AND audience = 'staff') AS "is!""#, id)
        .fetch_one(conn)
        .await
}

/// The roles among `ids` that people of the staff may have.
pub(super) async fn staff_roles(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    sqlx::query_scalar!("SELECT id FROM role WHERE audience = 'staff' AND id = ANY($1)", ids).fetch_all(conn).await
}

pub(super) async fn permissions_of_roles(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<String>> {
    sqlx::query_scalar!("SELECT DISTINCT permission FROM role_permission WHERE role_id = ANY($1)", ids)
        .fetch_all(conn)
        .await
}

pub(super) async fn permissions_of(conn: &mut Conn, login: Uuid) -> Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT DISTINCT rp.permission FROM login_role lr
         JOIN role_permission rp ON rp.tenant_id = lr.tenant_id AND rp.role_id = lr.role_id WHERE lr.login_id = $1",
        login,
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn role_names(conn: &mut Conn, login: Uuid) -> Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT r.name FROM login_role lr JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
         WHERE lr.login_id = $1 ORDER BY r.name",
        login,
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn set_roles(conn: &mut Conn, tenant: Uuid, login: Uuid, roles: &[Uuid]) -> Result<()> {
    sqlx::query!("DELETE FROM login_role WHERE login_id = $1 AND role_id <> ALL($2)", login, roles)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO login_role (tenant_id, login_id, role_id) SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT DO NOTHING",
        tenant,
        login,
        roles,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Sets the state and gives the one before.
pub(super) async fn set_state(conn: &mut Conn, id: Uuid, state: &str) -> Result<Option<String>> {
    let before =
        sqlx::query_scalar!("SELECT state FROM login WHERE id = $1 FOR UPDATE", id).fetch_optional(&mut *conn).await?;
    sqlx::query!("UPDATE login SET state = $2 WHERE id = $1", id, state).execute(conn).await?;
    Ok(before)
}

/// One change of administrators at a time in this tenant.
pub(super) async fn lock_administrators(conn: &mut Conn) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('administrators:' || app.current_tenant()::text, 0))")
        .fetch_one(conn)
        .await
        .map(drop)
}

/// How many people can sign in and change both staff and roles.
pub(super) async fn administrators(conn: &mut Conn) -> Result<i64> {
    let has = |code: &str| code.to_owned();
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM login l
           WHERE l.audience = 'staff' AND l.state = 'active' AND l.password_hash IS NOT NULL
             AND 2 = (SELECT count(DISTINCT rp.permission) FROM login_role lr
                      JOIN role_permission rp ON rp.tenant_id = lr.tenant_id AND rp.role_id = lr.role_id
                      WHERE lr.login_id = l.id AND rp.permission = ANY($1))"#,
        &[has(StaffWrite::CODE), has(RoleWrite::CODE)],
    )
    .fetch_one(conn)
    .await
}
