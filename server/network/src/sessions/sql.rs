//! The statements of living sessions.

use model::billing::PaymentId;
use model::crm::{AccountId, ServiceId};
use model::network::NasId;
use model::time::Timestamp;
use platform::Conn;
use sqlx::{query, query_as, query_scalar};
use std::net::IpAddr;
use uuid::Uuid;

pub(super) struct Row {
    pub unique_id: String,
    pub username: String,
    pub service_id: Option<Uuid>,
    pub subscriber_id: Option<Uuid>,
    pub subscriber: Option<String>,
    pub nas_id: Option<Uuid>,
    pub nas: String,
    pub framed_ip: Option<IpAddr>,
    pub calling_station: Option<String>,
    pub is_walled: bool,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    pub input_octets: i64,
    pub output_octets: i64,
}

/// What a page of the list asks for.
pub(super) struct Wanted<'a> {
    /// The beginning of a user name or a part of a name, or the address itself.
    pub text: &'a str,
    pub address: Option<IpAddr>,
    pub walled_only: bool,
    pub after: Option<(Timestamp, String)>,
    pub most: i64,
}

pub(super) async fn list(conn: &mut Conn, wanted: &Wanted<'_>) -> Result<Vec<Row>, sqlx::Error> {
    let (after_at, after_id) = wanted.after.clone().map_or((None, None), |(at, id)| (Some(at), Some(id)));
    query_as!(
        Row,
        r#"SELECT o.unique_id, o.username, o.service_id, c.subscriber_id AS "subscriber_id?",
             s.full_name AS "subscriber?", n.id AS "nas_id?", coalesce(n.name, host(o.nas_addr)) AS "nas!",
             o.framed_ip AS "framed_ip: IpAddr", o.calling_station, coalesce(a.locked, false) AS "is_walled!",
             o.started_at, o.updated_at, o.input_octets, o.output_octets
           FROM radius.acct_open o
           LEFT JOIN radius.account a ON a.tenant_id = o.tenant_id AND a.username = o.username
           LEFT JOIN service v ON v.tenant_id = o.tenant_id AND v.id = o.service_id
           LEFT JOIN account c ON c.tenant_id = v.tenant_id AND c.id = v.account_id
           LEFT JOIN subscriber s ON s.tenant_id = c.tenant_id AND s.id = c.subscriber_id
           LEFT JOIN nas n ON n.tenant_id = o.tenant_id AND n.id = o.nas_id
           WHERE ($1 = '' OR starts_with(o.username, $1) OR s.name_key LIKE '%' || $1 || '%' OR o.framed_ip = $2
                  OR starts_with(lower(o.calling_station), $1))
             AND (NOT $3 OR a.locked)
             AND ($4::timestamptz IS NULL OR (o.started_at, o.unique_id) < ($4, $5))
           ORDER BY o.started_at DESC, o.unique_id DESC LIMIT $6"#,
        wanted.text,
        wanted.address as _,
        wanted.walled_only,
        after_at,
        after_id,
        wanted.most
    )
    .fetch_all(conn)
    .await
}

pub(super) struct Counts {
    pub all: i64,
    pub walled: i64,
}

pub(super) async fn counts(conn: &mut Conn) -> Result<Counts, sqlx::Error> {
    query_as!(
        Counts,
        r#"SELECT count(*) AS "all!", count(*) FILTER (WHERE a.locked) AS "walled!"
           FROM radius.acct_open o LEFT JOIN radius.account a ON a.tenant_id = o.tenant_id AND a.username = o.username"#
    )
    .fetch_one(conn)
    .await
}

/// The user name of a living session.
pub(super) async fn username_of(conn: &mut Conn, unique_id: &str) -> Result<Option<String>, sqlx::Error> {
    query_scalar!("SELECT username FROM radius.acct_open WHERE unique_id = $1", unique_id).fetch_optional(conn).await
}

/// The user names of a service: those that may log in, and those that still have a session.
pub(super) async fn usernames(conn: &mut Conn, service: ServiceId) -> Result<Vec<String>, sqlx::Error> {
    query_scalar!(
        r#"SELECT username AS "username!" FROM radius.account WHERE service_id = $1
           UNION SELECT username FROM radius.acct_open WHERE service_id = $1"#,
        service.uuid()
    )
    .fetch_all(conn)
    .await
}

pub(super) struct NewReconnect<'a> {
    pub payment: PaymentId,
    pub service: ServiceId,
    pub username: &'a str,
    pub ended_session: &'a str,
    pub told_at: Timestamp,
}

/// Notes that a payment waits for the next session. Telling the router again waits from then on.
pub(super) async fn insert_reconnect(conn: &mut Conn, new: &NewReconnect<'_>) -> Result<(), sqlx::Error> {
    query!(
        "INSERT INTO reconnect (tenant_id, payment_id, service_id, account_id, username, ended_session_id, told_at)
         SELECT s.tenant_id, $1, s.id, s.account_id, $3, $4, $5 FROM service s WHERE s.id = $2
         ON CONFLICT (tenant_id, payment_id) DO UPDATE SET username = excluded.username,
           ended_session_id = excluded.ended_session_id, told_at = excluded.told_at WHERE reconnect.settled_at IS NULL",
        new.payment.uuid(),
        new.service.uuid(),
        new.username,
        new.ended_session,
        new.told_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a payment waits for the next session.
pub(super) async fn is_waiting(conn: &mut Conn, payment: PaymentId) -> Result<bool, sqlx::Error> {
    query_scalar!(
        r#"SELECT EXISTS (SELECT FROM reconnect WHERE payment_id = $1 AND settled_at IS NULL) AS "waits!""#,
        payment.uuid()
    )
    .fetch_one(conn)
    .await
}

pub(super) struct Waiting {
    pub payment_id: Uuid,
    pub told_at: Timestamp,
    /// The session that should end still reports.
    pub still_open: bool,
    /// When a session began that is not the one that was ended; `None` while there is none.
    pub began_at: Option<Timestamp>,
}

/// Payments that wait for a session, of one user name or of all, locked against a second look at the same moment. A session
/// began its own length before its last report came in: so no router's clock is asked. Routers count whole seconds, so it
/// may seem to begin a moment before it was asked for.
pub(super) async fn waiting(conn: &mut Conn, username: Option<&str>) -> Result<Vec<Waiting>, sqlx::Error> {
    query_as!(
        Waiting,
        r#"SELECT r.payment_id, r.told_at,
             EXISTS (SELECT FROM radius.acct_open o WHERE o.unique_id = r.ended_session_id) AS "still_open!",
             (SELECT min(x.began_at) FROM (
                SELECT o.unique_id, o.updated_at - make_interval(secs => o.session_s) AS began_at
                FROM radius.acct_open o WHERE o.username = r.username
                UNION ALL SELECT c.unique_id, c.updated_at - make_interval(secs => c.session_s)
                FROM radius.acct c WHERE c.username = r.username AND c.started_at >= r.told_at - interval '1 day') AS x
              WHERE x.unique_id <> r.ended_session_id AND x.began_at >= r.told_at - interval '2 seconds') AS began_at
           FROM reconnect r WHERE r.settled_at IS NULL AND ($1::text IS NULL OR r.username = $1)
           ORDER BY r.told_at FOR UPDATE OF r SKIP LOCKED"#,
        username
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn settle(conn: &mut Conn, payment: PaymentId, at: Timestamp) -> Result<(), sqlx::Error> {
    query!("UPDATE reconnect SET settled_at = $2 WHERE payment_id = $1 AND settled_at IS NULL", payment.uuid(), at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The account and service of a user name, for pages that are open on them.
pub(super) async fn owner_of(conn: &mut Conn, username: &str) -> Result<Option<(ServiceId, AccountId)>, sqlx::Error> {
    let row = query!(
        "SELECT s.id, s.account_id FROM radius.account a JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id
         WHERE a.username = $1",
        username
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (ServiceId::from_uuid(r.id), AccountId::from_uuid(r.account_id))))
}

/// Ends the sessions of this tenant that have missed three reports.
pub(super) async fn close_lost(conn: &mut Conn, keep_refused_days: i32) -> Result<i32, sqlx::Error> {
    query_scalar!(r#"SELECT radius.close_lost_here($1) AS "closed!""#, keep_refused_days).fetch_one(conn).await
}

/// Ends a session that its router does not know any more; its Stop, or a report that it lives, may still come.
pub(super) async fn close_gone(conn: &mut Conn, unique_id: &str) -> Result<(), sqlx::Error> {
    query_scalar!(r#"SELECT radius.close_gone($1) AS "closed!""#, unique_id).fetch_one(conn).await.map(drop)
}

/// The services whose sessions an interim report has opened since the last look.
pub(super) async fn take_found(conn: &mut Conn) -> Result<Vec<Uuid>, sqlx::Error> {
    query_scalar!(r#"SELECT DISTINCT f AS "service!" FROM radius.take_found() AS f WHERE f IS NOT NULL"#)
        .fetch_all(conn)
        .await
}

pub(super) async fn make_partitions(conn: &mut Conn, months: i32) -> Result<i32, sqlx::Error> {
    query_scalar!(r#"SELECT radius.make_partitions($1) AS "made!""#, months).fetch_one(conn).await
}

pub(super) async fn has_nas(conn: &mut Conn, nas: NasId) -> Result<bool, sqlx::Error> {
    query_scalar!(r#"SELECT EXISTS (SELECT FROM nas WHERE id = $1) AS "there!""#, nas.uuid()).fetch_one(conn).await
}
