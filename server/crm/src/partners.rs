//! Referral partners: people without login who send us leads. The one rule: a partner is known by the phone that the
//! message comes from.

use crate::words::stored;
use model::AppError;
use model::billing::commissions::CommissionRule;
use model::crm::partners::{PartnerForm, PartnerRow, SavePartner};
use model::crm::{BuildingId, ReferralPartnerId, perm};
use model::msisdn::Msisdn;
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};
use uuid::Uuid;

/// Adds a partner.
///
/// # Errors
/// `Invalid` names each refused field; on `phone` also when another partner has it.
pub async fn create(tx: &mut Tx<perm::PartnerWrite>, form: PartnerForm) -> Result<ReferralPartnerId, AppError> {
    let partner = form.parse().map_err(AppError::Invalid)?;
    create_in_op(tx, partner).await
}

/// The same for seeds.
pub async fn create_in_op(op: &mut Op, partner: SavePartner) -> Result<ReferralPartnerId, AppError> {
    let (kind, minor, points) = match partner.rule {
        CommissionRule::Share { basis_points } => ("share", 0, i32::from(basis_points)),
        CommissionRule::Flat { amount_minor } => ("flat", amount_minor, 0),
        CommissionRule::Tiered { .. } => {
            return Err(AppError::invalid(
                "commission",
                "A partner gets a share or a flat amount. Tiers are for resellers.",
            ));
        }
    };
    let (tenant, id, now) = (op.tenant().uuid(), ReferralPartnerId::new(), op.now());
    sqlx::query!(
        "INSERT INTO referral_partner (tenant_id, id, name, msisdn, building_id, commission_kind, commission_minor,
           commission_bps, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id.uuid(),
        partner.name.as_str(),
        partner.phone.canonical(),
        partner.building_id.map(Uuid::from),
        kind,
        minor,
        points,
        now,
    )
    .execute(op.conn())
    .await
    .map_err(|error| match violated(&error) {
        Some("referral_partner_msisdn_taken") => AppError::invalid(
            "phone",
            "Another partner has this phone, and messages are attributed by it. Check the number.",
        ),
        Some(name) if name.contains("building_id") => {
            AppError::invalid("building_id", "Choose one of the entries in the list.")
        }
        _ => from_sql(error),
    })?;
    op.audit(Change::new("crm.partner.create", "referral_partner", id).after(serde_json::json!({
        "name": partner.name, "phone": partner.phone, "rule": partner.rule,
    })));
    op.wake("crm.partner", &id.to_string()).await?;
    Ok(id)
}

/// Ends or resumes the attribution of messages to a partner; what was attributed stays. Idempotent.
pub async fn set_active(
    tx: &mut Tx<perm::PartnerWrite>,
    id: ReferralPartnerId,
    is_active: bool,
) -> Result<(), AppError> {
    let changed = sqlx::query!("UPDATE referral_partner SET is_active = $2 WHERE id = $1", id.uuid(), is_active)
        .execute(tx.conn())
        .await
        .map_err(from_sql)?;
    if changed.rows_affected() == 0 {
        return Err(AppError::NotFound);
    }
    tx.audit(
        Change::new("crm.partner.set_active", "referral_partner", id)
            .after(serde_json::json!({ "is_active": is_active })),
    );
    tx.wake("crm.partner", &id.to_string()).await
}

/// Most partners that the page lists.
const PARTNERS_MAX: i64 = 500;

/// The partners by name, with what they brought.
pub async fn list(tx: &mut Tx<perm::PartnerRead>) -> Result<Vec<PartnerRow>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.name, r.msisdn, b.name AS "building?", r.commission_kind, r.commission_minor, r.commission_bps,
             r.is_active, r.created_at, l.leads AS "leads!", l.converted AS "converted!"
           FROM referral_partner r
           LEFT JOIN building b ON b.tenant_id = r.tenant_id AND b.id = r.building_id
           JOIN LATERAL (SELECT count(*) AS leads, count(*) FILTER (WHERE x.status = 'converted') AS converted
                         FROM lead x WHERE x.tenant_id = r.tenant_id AND x.partner_id = r.id) l ON true
           ORDER BY r.name, r.id LIMIT $1"#,
        PARTNERS_MAX,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let partners = rows.into_iter().map(|row| {
        let rule = match row.commission_kind.as_str() {
            "share" => {
                CommissionRule::Share { basis_points: u16::try_from(row.commission_bps).map_err(platform::internal)? }
            }
            _ => CommissionRule::Flat { amount_minor: row.commission_minor },
        };
        Ok(PartnerRow {
            id: row.id.into(),
            name: row.name,
            phone: stored(&row.msisdn, |text| Msisdn::parse(text).ok())?,
            building: row.building,
            rule,
            leads: row.leads,
            converted: row.converted,
            is_active: row.is_active,
            created_at: row.created_at,
        })
    });
    partners.collect()
}

/// The partners as entries in a list of choices: id and name.
pub async fn choices_in_op(op: &mut Op) -> Result<Vec<(ReferralPartnerId, String)>, AppError> {
    let rows = sqlx::query!("SELECT id, name FROM referral_partner ORDER BY name, id LIMIT $1", PARTNERS_MAX)
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
}

/// A partner as attribution knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerHead {
    pub id: ReferralPartnerId,
    pub name: String,
    /// Where the partner works: meant when a message names no building.
    pub building_id: Option<BuildingId>,
    pub is_active: bool,
}

/// The partner with this phone.
pub async fn by_phone_in_op(op: &mut Op, phone: Msisdn) -> Result<Option<PartnerHead>, AppError> {
    let row = sqlx::query!(
        "SELECT id, name, building_id, is_active FROM referral_partner WHERE msisdn = $1",
        phone.canonical(),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(row.map(|row| PartnerHead {
        id: row.id.into(),
        name: row.name,
        building_id: row.building_id.map(Into::into),
        is_active: row.is_active,
    }))
}
