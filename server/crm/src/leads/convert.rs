//! Conversion: a lead becomes a subscriber with account, service, access and portal login. The one rule: all of it or
//! nothing, and once: a second conversion gives what the first one made.

use super::{ActivityKind, history, join, sql};
use crate::events::LeadConverted;
use crate::subscribers::{self, NewSubscriber};
use crate::{buildings, timeline, words};
use model::AppError;
use model::account_number::AccountNumber;
use model::crm::leads::{ConvertLead, ConvertLeadForm, LeadStatus};
use model::crm::{AccountId, BuildingId, ServiceId, SubscriberId, UnitId, perm};
use model::permission::FieldClass;
use model::portal::timeline::TimelineKind;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// What a conversion made, now or before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted {
    pub subscriber_id: SubscriberId,
    pub account_id: AccountId,
    pub account_number: AccountNumber,
    pub service_id: ServiceId,
}

/// Turns a lead into a subscriber whose service waits for approval.
///
/// Idempotent by lead: converting a converted lead gives the same subscriber and changes nothing.
///
/// # Errors
/// `Invalid` names each refused field, `plan_id` also for a plan that is not sold today; `Conflict` for a lost lead;
/// `NotFound`.
pub async fn convert(tx: &mut Tx<perm::LeadConvert>, form: ConvertLeadForm) -> Result<Converted, AppError> {
    let wanted = form.parse().map_err(AppError::Invalid)?;
    convert_in_op(tx, wanted).await
}

/// The same for seeds.
pub async fn convert_in_op(op: &mut Op, wanted: ConvertLead) -> Result<Converted, AppError> {
    let lead = sql::lock(op.conn(), wanted.id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    if let Some(subscriber) = lead.subscriber_id {
        let first = subscribers::first_service_in_op(op, subscriber.into()).await?;
        return Ok(Converted {
            subscriber_id: subscriber.into(),
            account_id: first.account_id,
            account_number: first.account_number,
            service_id: first.service_id,
        });
    }
    if !words::stored(&lead.status, LeadStatus::from_code)?.can_convert() {
        return Err(AppError::Conflict(format!(
            "Lead {} was lost. Move it back to an open column first, then convert it.",
            lead.number
        )));
    }
    let (today, now, lang) = (op.today(), op.now(), subscribers::tenant_lang(op).await?);
    let plan = catalog::plans::version_on_in_op(op, wanted.plan_id, today)
        .await?
        .ok_or_else(|| AppError::invalid("plan_id", "This plan is not sold today. Choose another plan."))?;
    let building = match lead.building_id {
        Some(id) => Some(buildings::get_in_op(op, id.into()).await?),
        None => None,
    };
    let unit_id = match (lead.building_id, &wanted.unit) {
        (Some(building), Some(unit)) => buildings::unit_in_op(op, BuildingId::from(building), unit.as_str()).await?,
        (Some(_), None) => lead.unit_id.map(UnitId::from),
        (None, _) => None,
    };
    let says_unit = |unit: &str| words::words(wanted.place.as_str()).contains(&unit.to_lowercase());
    let unit = wanted.unit.as_ref().map(|unit| unit.as_str()).filter(|unit| !says_unit(unit));
    let address = join(&[Some(wanted.place.as_str()), unit]);
    let made = subscribers::create_in_op(
        op,
        NewSubscriber {
            name: wanted.name.clone(),
            kind: wanted.kind,
            phone: wanted.phone,
            email: wanted.email.clone(),
            lang,
            lead_id: Some(wanted.id),
            reseller_id: lead.reseller_id.map(Into::into),
            plan_version_id: plan.id,
            address: address.clone(),
            building_id: building.as_ref().map(|b| b.id),
            unit_id,
            county: building.as_ref().map(|b| b.county.clone()).unwrap_or_default(),
            area: building.as_ref().map(|b| b.area.clone()).unwrap_or_default(),
            position: building.as_ref().and_then(|b| b.position),
            at: now,
            username: None,
        },
    )
    .await?;
    sql::set_converted(op.conn(), wanted.id, made.subscriber_id, now).await.map_err(from_sql)?;
    history(op, wanted.id, ActivityKind::Converted, &made.account_number.to_string()).await?;
    // Whoever converts it did not bring it.
    let by = sql::partner_name(op.conn(), wanted.id).await.map_err(from_sql)?;
    let facts = serde_json::json!({ "lead_id": wanted.id, "number": lead.number, "by": by });
    let received = TimelineKind::LeadReceived.code();
    timeline::note_at_in_op(op, made.account_id, lead.created_at, received, facts, FieldClass::Basic).await?;
    let facts =
        serde_json::json!({ "number": lead.number, "account_number": made.account_number.stored(), "plan": plan.name });
    timeline::note_in_op(op, made.account_id, TimelineKind::Converted.code(), facts, FieldClass::Basic).await?;
    op.audit(Change::new("crm.lead.convert", "lead", wanted.id).after(serde_json::json!({
        "subscriber_id": made.subscriber_id, "account_number": made.account_number.stored(), "plan": plan.name,
    })));
    op.publish(LeadConverted {
        lead_id: wanted.id,
        subscriber_id: made.subscriber_id,
        account_id: made.account_id,
        service_id: made.service_id,
    })
    .await?;
    Ok(Converted {
        subscriber_id: made.subscriber_id,
        account_id: made.account_id,
        account_number: made.account_number,
        service_id: made.service_id,
    })
}
