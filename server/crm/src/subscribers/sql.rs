//! The statements of subscribers that change something.

use super::{Made, NewSubscriber};
use crate::words;
use chrono::{DateTime, Utc};
use model::crm::subscribers::SaveSubscriber;
use model::crm::{AccountId, SubscriberId};
use model::identity::LoginId;
use platform::Conn;
use uuid::Uuid;

pub(super) async fn insert_subscriber(
    conn: &mut Conn,
    tenant: Uuid,
    id: SubscriberId,
    new: &NewSubscriber,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO subscriber (tenant_id, id, kind, full_name, name_key, msisdn, email, lang, lead_id, address, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant,
        id.uuid(),
        new.kind.code(),
        new.name.as_str(),
        words::key(new.name.as_str()),
        new.phone.canonical(),
        new.email.as_ref().map(|email| email.as_str()),
        new.lang.code(),
        new.lead_id.map(Uuid::from),
        new.address,
        new.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Makes the words of the name the ones that search finds, each once.
pub(super) async fn replace_tokens(
    conn: &mut Conn,
    tenant: Uuid,
    id: SubscriberId,
    tokens: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM subscriber_token WHERE subscriber_id = $1 AND token <> ALL ($2)", id.uuid(), tokens)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO subscriber_token (tenant_id, token, subscriber_id) SELECT $1, token, $2 FROM unnest($3::text[]) AS token
         ON CONFLICT DO NOTHING",
        tenant,
        id.uuid(),
        tokens,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn insert_account(
    conn: &mut Conn,
    tenant: Uuid,
    made: &Made,
    new: &NewSubscriber,
    (currency, billing_day): (&str, i16),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO account (tenant_id, id, number, subscriber_id, reseller_id, currency, billing_day, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        made.account_id.uuid(),
        made.account_number.stored(),
        made.subscriber_id.uuid(),
        new.reseller_id.map(Uuid::from),
        currency,
        billing_day,
        new.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn insert_service(
    conn: &mut Conn,
    tenant: Uuid,
    made: &Made,
    new: &NewSubscriber,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO service (tenant_id, id, account_id, plan_version_id, building_id, unit_id, place, county, area, latitude,
           longitude, created_at, state_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        tenant,
        made.service_id.uuid(),
        made.account_id.uuid(),
        new.plan_version_id.uuid(),
        new.building_id.map(Uuid::from),
        new.unit_id.map(Uuid::from),
        new.address,
        new.county,
        new.area,
        new.position.map(|(latitude, _)| latitude),
        new.position.map(|(_, longitude)| longitude),
        new.at,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn insert_access(
    conn: &mut Conn,
    tenant: Uuid,
    made: &Made,
    (username, sealed): (&str, &[u8]),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO access (tenant_id, id, account_id, service_id, kind, username, secret, created_at)
         VALUES ($1, $2, $3, $4, 'pppoe', $5, $6, $7)",
        tenant,
        made.access_id.uuid(),
        made.account_id.uuid(),
        made.service_id.uuid(),
        username,
        sealed,
        at,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// The login at `/my` with this name.
pub(super) async fn portal_login(conn: &mut Conn, name: &str) -> Result<Option<LoginId>, sqlx::Error> {
    let id = sqlx::query_scalar!("SELECT id FROM login WHERE audience = 'my' AND name = $1", name)
        .fetch_optional(conn)
        .await?;
    Ok(id.map(LoginId::from))
}

pub(super) async fn insert_login_account(
    conn: &mut Conn,
    tenant: Uuid,
    login: LoginId,
    account: AccountId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO login_account (tenant_id, login_id, account_id, role) VALUES ($1, $2, $3, 'owner')",
        tenant,
        login.uuid(),
        account.uuid(),
    )
    .execute(conn)
    .await
    .map(drop)
}

/// What a change may replace, with the row locked.
pub(super) struct Locked {
    pub full_name: String,
    pub kind: String,
    pub msisdn: String,
    pub msisdn_other: Option<String>,
    pub email: Option<String>,
    pub address: String,
}

pub(super) async fn lock(conn: &mut Conn, id: SubscriberId) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query_as!(
        Locked,
        "SELECT full_name, kind, msisdn, msisdn_other, email, address FROM subscriber WHERE id = $1 FOR UPDATE",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn update(conn: &mut Conn, to: &SaveSubscriber, name_key: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE subscriber SET full_name = $2, name_key = $3, kind = $4, msisdn = $5, msisdn_other = $6, email = $7,
           address = $8, kra_pin = coalesce($9, kra_pin)
         WHERE id = $1",
        to.id.uuid(),
        to.name.as_str(),
        name_key,
        to.kind.code(),
        to.phone.canonical(),
        to.phone_other.map(|phone| phone.canonical()),
        to.email.as_ref().map(|email| email.as_str()),
        to.address.as_str(),
        // A reader without the class *private* sends the form without the PIN, which must not erase it.
        to.kra_pin.as_ref().map(|pin| pin.as_str()),
    )
    .execute(conn)
    .await
    .map(drop)
}
