//! Routers that ask RADIUS. The one rule: a shared secret is kept twice, sealed by the tenant's key for our commands and
//! in the projection for FreeRADIUS, written in one transaction, and shown to nobody.

mod sql;

use crate::radius::{self, ProjectionKey, RadiusError};
use gateways::Secret;
use model::AppError;
use model::network::nas::{NasForm, NasRow, NasVendor, SaveNas};
use model::network::{NasId, perm};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};

/// Adds a router, or changes one: an empty secret keeps the present one.
///
/// # Errors
/// `Invalid` names the fields: an address that another router of this installation sends from, a name that is taken.
/// `NotFound` for a router of somebody else.
pub async fn save(tx: &mut Tx<perm::NasWrite>, form: NasForm) -> Result<NasId, AppError> {
    let nas = form.parse().map_err(AppError::Invalid)?;
    save_in_op(tx, &nas).await
}

/// The same for seeds.
pub async fn save_in_op(op: &mut Op, nas: &SaveNas) -> Result<NasId, AppError> {
    let (tenant, at) = (op.tenant(), op.now());
    let id = nas.id.unwrap_or_else(NasId::new);
    let key = platform::tenants::data_key(op.app(), tenant).await?;
    let sealed = nas.secret.as_ref().map(|secret| key.seal(&place(tenant, id), secret.reveal().as_bytes()));
    let action = match (nas.id, &sealed) {
        (Some(_), sealed) => {
            if !sql::update(op.conn(), id, nas, sealed.as_deref()).await.map_err(taken)? {
                return Err(AppError::NotFound);
            }
            "network.nas.change"
        }
        (None, Some(sealed)) => {
            sql::insert(op.conn(), tenant.uuid(), id, nas, sealed, at).await.map_err(taken)?;
            "network.nas.create"
        }
        (None, None) => {
            return Err(AppError::invalid("secret", "Enter the secret that the router shares with RADIUS."));
        }
    };
    project_in_op(op, id, nas).await?;
    let facts = serde_json::json!({
        "name": nas.name.as_str(), "address": nas.address, "vendor": nas.vendor.code(), "coa_port": nas.coa_port,
        "secret_changed": nas.secret.is_some(),
    });
    op.audit(Change::new(action, "nas", id).after(facts));
    Ok(id)
}

async fn project_in_op(op: &mut Op, id: NasId, nas: &SaveNas) -> Result<(), AppError> {
    let key = projection_key(op)?;
    let secret = secret_in_op(op, id).await?;
    let tenant = op.tenant().uuid();
    let row = radius::Nas {
        id: id.uuid(),
        addr: nas.address,
        name: nas.name.as_str().to_owned(),
        secret,
        require_ma: nas.requires_message_authenticator,
        vendor: match nas.vendor {
            NasVendor::MikroTik => radius::NasVendor::Mikrotik,
            _ => radius::NasVendor::Other,
        },
        coa_port: nas.coa_port,
    };
    radius::upsert_nas_in(op.conn(), tenant, &key, &row).await.map_err(|error| match error {
        RadiusError::AddressTaken(_) => AppError::invalid("address", error.to_string()),
        RadiusError::BadSecret => AppError::invalid("secret", error.to_string()),
        RadiusError::Database(error) => from_sql(error),
    })
}

/// The key of the projection, which the start-up code puts in reach.
pub(crate) fn projection_key(op: &Op) -> Result<ProjectionKey, AppError> {
    op.app().get::<ProjectionKey>().cloned().ok_or_else(|| platform::internal("the RADIUS projection has no key"))
}

fn place(tenant: platform::TenantId, id: NasId) -> String {
    format!("nas.secret:{tenant}:{id}")
}

fn taken(error: sqlx::Error) -> AppError {
    match violated(&error) {
        Some("nas_name_taken") => AppError::invalid("name", "Another router has this name. Choose another."),
        Some("nas_tenant_id_site_id_fkey") => {
            AppError::invalid("site_id", "This site is not there any more. Choose another.")
        }
        _ => from_sql(error),
    }
}

/// All routers with their living sessions, by name. Secrets stay here.
pub async fn list(tx: &mut Tx<perm::NasRead>) -> Result<Vec<NasRow>, AppError> {
    let rows = sql::list(tx.conn()).await.map_err(from_sql)?;
    Ok(rows
        .into_iter()
        .map(|row| NasRow {
            id: NasId::from_uuid(row.id),
            name: row.name,
            address: row.address,
            vendor: NasVendor::from_code(&row.vendor).unwrap_or(NasVendor::Generic),
            coa_port: u16::try_from(row.coa_port).unwrap_or(model::network::nas::COA_PORT),
            site: row.site,
            requires_message_authenticator: row.requires_message_authenticator,
            sessions: row.sessions,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

/// Takes a router away: within a minute its packets get no answer. The history of its sessions stays.
///
/// # Errors
/// `NotFound` when it is not there, or not any more.
pub async fn remove(tx: &mut Tx<perm::NasWrite>, id: NasId) -> Result<(), AppError> {
    let tenant = tx.tenant().uuid();
    let name = sql::delete(tx.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    radius::remove_nas_in(tx.conn(), tenant, id.uuid()).await.map_err(|e| match e {
        RadiusError::Database(error) => from_sql(error),
        other => platform::internal(other),
    })?;
    tx.audit(Change::new("network.nas.remove", "nas", id).before(serde_json::json!({ "name": name })));
    Ok(())
}

/// The secret that commands to a router are signed with. It goes into the gateway and nowhere else.
///
/// # Errors
/// `NotFound` without such a router.
pub(crate) async fn secret_in_op(op: &mut Op, id: NasId) -> Result<Secret, AppError> {
    let tenant = op.tenant();
    let sealed = sql::secret(op.conn(), id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let key = platform::tenants::data_key(op.app(), tenant).await?;
    let plain = key.open(&place(tenant, id), &sealed).map_err(platform::internal)?;
    String::from_utf8(plain).map(Secret::new).map_err(platform::internal)
}
