//! The statements of the search, one for each group. Beginnings of words and of numbers are found by index; digits inside
//! a phone are few enough to look through.

use model::msisdn::Msisdn;
use model::portal::search::{HitKind, Query, SearchHit};
use platform::Conn;
use std::net::IpAddr;

/// Hits of one group: more is a reason to type on.
const MOST: i64 = 8;

struct Hit {
    title: String,
    detail: String,
    link: String,
}

fn hits(kind: HitKind, rows: Vec<Hit>) -> Vec<SearchHit> {
    rows.into_iter().map(|hit| SearchHit { kind, title: hit.title, detail: hit.detail, link: hit.link }).collect()
}

/// By account number, by phone, by digits inside one, or by the beginnings of up to three words of the name.
pub(super) async fn subscribers(conn: &mut Conn, query: &Query, phones: bool) -> Result<Vec<SearchHit>, sqlx::Error> {
    // Names are stored in words of letters and digits; what stands between them does not count.
    let words: Vec<String> = query
        .text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(3)
        .map(str::to_owned)
        .collect();
    let by_digits = query.digits.as_deref().map(|digits| digits.strip_prefix('0').unwrap_or(digits).to_owned());
    let rows = sqlx::query!(
        r#"SELECT s.id, s.full_name, s.msisdn, a.number, b.badge AS "badge!",
             coalesce((SELECT v.area FROM service v WHERE v.tenant_id = a.tenant_id AND v.account_id = a.id ORDER BY v.created_at LIMIT 1), '') AS "area!"
           FROM subscriber s
           JOIN account a ON a.tenant_id = s.tenant_id AND a.subscriber_id = s.id
           JOIN subscriber_badge b ON b.tenant_id = s.tenant_id AND b.subscriber_id = s.id
           WHERE a.number = $1 OR ($6::text IS NOT NULL AND starts_with(a.number, $6))
              OR ($2 AND ($3::text IS NOT NULL AND s.msisdn = $3 OR $4::text IS NOT NULL AND strpos(s.msisdn, $4) > 0))
              OR (cardinality($5::text[]) > 0 AND NOT EXISTS (
                   SELECT FROM unnest($5::text[]) AS w(word) WHERE NOT EXISTS (
                     SELECT FROM subscriber_token t WHERE t.tenant_id = s.tenant_id AND t.subscriber_id = s.id
                       AND starts_with(t.token, w.word))))
           ORDER BY (a.number = $1) DESC, s.name_key, s.id LIMIT $7"#,
        query.account.map(|number| number.stored()),
        phones,
        query.phone.map(Msisdn::canonical),
        by_digits,
        &words,
        query.code,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    let shown = rows.into_iter().map(|row| {
        let phone = Msisdn::parse(&row.msisdn).ok().filter(|_| phones).map(|phone| phone.to_string());
        let number =
            model::account_number::AccountNumber::parse(&row.number).map_or(row.number, |number| number.to_string());
        let parts = [Some(number), phone, Some(row.area).filter(|area| !area.is_empty()), Some(row.badge)];
        Hit {
            title: row.full_name,
            detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            link: format!("/subscribers/{}", row.id),
        }
    });
    Ok(hits(HitKind::Subscriber, shown.collect()))
}

/// By PPPoE user name or an address that a service has.
pub(super) async fn accesses(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT s.full_name AS "title!", x.username || coalesce(' · ' || host(l.network), '') AS "detail!",
             '/subscribers/' || s.id AS "link!"
           FROM access x
           JOIN account a ON a.tenant_id = x.tenant_id AND a.id = x.account_id
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           LEFT JOIN allocation l ON l.tenant_id = x.tenant_id AND l.service_id = x.service_id AND l.released_at IS NULL AND l.family = 4
           WHERE starts_with(x.username, $1) OR ($2::inet IS NOT NULL AND l.network >>= $2)
           ORDER BY x.username LIMIT $3"#,
        query.text,
        query.address as Option<IpAddr>,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Subscriber, rows))
}

pub(super) async fn leads(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT full_name AS "title!", number || ' · ' || status AS "detail!", '/sales/leads/' || id AS "link!" FROM lead
           WHERE subscriber_id IS NULL AND (msisdn = $1 OR strpos(msisdn, $2) > 0 OR replace(upper(number), '-', '') = $3
             OR starts_with(lower(full_name), $4) OR strpos(lower(full_name), ' ' || $4) > 0)
           ORDER BY created_at DESC LIMIT $5"#,
        query.phone.map(Msisdn::canonical),
        query.digits.as_deref().map(|digits| digits.strip_prefix('0').unwrap_or(digits)),
        query.code,
        query.text,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Lead, rows))
}

pub(super) async fn invoices(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let Some(code) = &query.code else { return Ok(vec![]) };
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT i.number AS "title!", s.full_name || ' · ' || i.status AS "detail!", '/billing/invoices/' || i.id AS "link!"
           FROM invoice i JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           WHERE starts_with(replace(upper(i.number), '-', ''), $1) OR (length($1) >= 5 AND right(replace(i.number, '-', ''), length($1)) = $1)
           ORDER BY i.issued_at DESC NULLS LAST LIMIT $2"#,
        code,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Invoice, rows))
}

pub(super) async fn payments(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let Some(code) = &query.code else { return Ok(vec![]) };
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT p.gateway_reference AS "title!",
             coalesce(s.full_name, p.payer_name, p.payer_msisdn, '') || ' · ' || p.state AS "detail!",
             CASE p.state WHEN 'suspense' THEN '/billing/strays?open=' ELSE '/billing/payments/' END || p.id AS "link!"
           FROM payment p LEFT JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
           LEFT JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
           WHERE starts_with(upper(p.gateway_reference), $1) OR replace(upper(p.number), '-', '') = $1
           ORDER BY p.paid_at DESC LIMIT $2"#,
        code,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Payment, rows))
}

/// Living sessions by address or MAC.
pub(super) async fn sessions(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let mac = query.mac.map(|mac| mac.to_string().to_lowercase());
    if query.address.is_none() && mac.is_none() {
        return Ok(vec![]);
    }
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT o.username AS "title!", coalesce(host(o.framed_ip), '') || ' · ' || coalesce(n.name, host(o.nas_addr)) AS "detail!",
             '/network/sessions?q=' || o.username AS "link!"
           FROM radius.acct_open o LEFT JOIN nas n ON n.tenant_id = o.tenant_id AND n.id = o.nas_id
           WHERE o.framed_ip = $1 OR lower(replace(o.calling_station, '-', ':')) = $2 LIMIT $3"#,
        query.address as Option<IpAddr>,
        mac,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Session, rows))
}

pub(super) async fn devices(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT d.name AS "title!", d.kind || ' · ' || d.state AS "detail!",  '/network/devices?q=' || d.name AS "link!" FROM device d
           WHERE starts_with(lower(d.name), $1) OR d.address = $2 ORDER BY d.name LIMIT $3"#,
        query.text,
        query.address as Option<IpAddr>,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Device, rows))
}

/// Equipment by serial or MAC; what stands at a subscriber leads there, for readers of `subscribers`.
pub(super) async fn stock(conn: &mut Conn, query: &Query, subscribers: bool) -> Result<Vec<SearchHit>, sqlx::Error> {
    let Some(code) = &query.code else { return Ok(vec![]) };
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT i.serial AS "title!", i.product || ' · ' || i.state || coalesce(' · ' || s.full_name, '') AS "detail!",
             coalesce('/subscribers/' || s.id, '/field/stock?q=' || i.serial) AS "link!"
           FROM stock_item i
           LEFT JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           LEFT JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id AND $3
           WHERE starts_with(i.serial, $1) OR upper(regexp_replace(coalesce(i.mac, ''), '[^0-9A-Fa-f]', '', 'g')) = $1
           ORDER BY i.serial LIMIT $2"#,
        code,
        MOST,
        subscribers,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Stock, rows))
}

pub(super) async fn tickets(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let Some(code) = &query.code else { return Ok(vec![]) };
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT number AS "title!", subject || ' · ' || status AS "detail!", '/support/tickets/' || id AS "link!" FROM ticket
           WHERE replace(upper(number), '-', '') = $1 LIMIT $2"#,
        code,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::Ticket, rows))
}

pub(super) async fn work_orders(conn: &mut Conn, query: &Query) -> Result<Vec<SearchHit>, sqlx::Error> {
    let Some(code) = &query.code else { return Ok(vec![]) };
    let rows = sqlx::query_as!(
        Hit,
        r#"SELECT number AS "title!", kind || ' · ' || status AS "detail!", '/field/work-orders/' || id AS "link!" FROM work_order
           WHERE replace(upper(number), '-', '') = $1 LIMIT $2"#,
        code,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    Ok(hits(HitKind::WorkOrder, rows))
}
