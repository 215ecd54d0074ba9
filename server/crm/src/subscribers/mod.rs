//! Subscribers: the party that we have a contract with. The one rule: fields go out by class, and a class that the reader
//! may not see is not read into the answer.

mod create;
mod read;
mod sql;

pub(crate) use create::tenant_lang;
pub use create::{Made, NewSubscriber, billing_day, create_in_op};
pub use read::{FirstService, ListFilter, Sees, counts, first_service_in_op, get, head_in_op, list, of_account_in_op};
pub(crate) use read::{read_number, read_phone};

use crate::words;
use model::AppError;
use model::crm::perm;
use model::crm::subscribers::{SaveSubscriber, SubscriberForm};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// Changes name, kind and contact of a subscriber. Saving the same again changes nothing that one could see.
///
/// # Errors
/// `Invalid` names each refused field; `NotFound`.
pub async fn update(tx: &mut Tx<perm::SubscriberWrite>, form: SubscriberForm) -> Result<(), AppError> {
    let change = form.parse().map_err(AppError::Invalid)?;
    update_in_op(tx, change).await
}

async fn update_in_op(op: &mut Op, to: SaveSubscriber) -> Result<(), AppError> {
    let before = sql::lock(op.conn(), to.id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    sql::update(op.conn(), &to, &words::key(to.name.as_str())).await.map_err(from_sql)?;
    let tenant = op.tenant().uuid();
    sql::replace_tokens(op.conn(), tenant, to.id, &words::words(to.name.as_str())).await.map_err(from_sql)?;
    op.audit(
        Change::new("crm.subscriber.change", "subscriber", to.id)
            .before(serde_json::json!({
                "name": before.full_name, "kind": before.kind, "phone": before.msisdn, "phone_other": before.msisdn_other,
                "email": before.email, "address": before.address,
            }))
            .after(serde_json::json!({
                "name": to.name, "kind": to.kind, "phone": to.phone, "phone_other": to.phone_other, "email": to.email,
                "address": to.address,
            })),
    );
    op.wake("crm.subscriber", &to.id.to_string()).await
}
