//! The statements of the catalogue.

use model::catalog::plans::{BillingMode, PlanKind, PlanRow, PlanVersionView, SavePlan, TaxTreatment};
use model::catalog::speeds::Speeds;
use model::catalog::{PlanId, PlanVersionId};
use model::time::Date;
use model::{AppError, Currency, Money};
use platform::Conn;
use platform::error::from_sql;
use uuid::Uuid;

/// How a mode is stored: how it is paid, and the unit of its period.
const fn stored_mode(mode: BillingMode) -> (&'static str, &'static str) {
    match mode {
        BillingMode::PostpaidMonthly => ("postpaid", "month"),
        BillingMode::PrepaidHours => ("prepaid", "hour"),
        BillingMode::PrepaidDays => ("prepaid", "day"),
        BillingMode::PrepaidWeeks => ("prepaid", "week"),
        BillingMode::PrepaidMonths => ("prepaid", "month"),
    }
}

fn read_mode(billing_mode: &str, unit: &str) -> BillingMode {
    match (billing_mode, unit) {
        ("postpaid", _) => BillingMode::PostpaidMonthly,
        (_, "hour") => BillingMode::PrepaidHours,
        (_, "day") => BillingMode::PrepaidDays,
        (_, "week") => BillingMode::PrepaidWeeks,
        _ => BillingMode::PrepaidMonths,
    }
}

pub(super) async fn insert_plan(
    conn: &mut Conn,
    tenant: Uuid,
    id: PlanId,
    code: &str,
    plan: &SavePlan,
) -> Result<(), sqlx::Error> {
    let (mode, unit) = stored_mode(plan.mode);
    sqlx::query!(
        "INSERT INTO plan (tenant_id, id, code, name, kind, billing_mode, period_unit, period_count, description)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id.uuid(),
        code,
        plan.name.as_str(),
        plan.kind.code(),
        mode,
        unit,
        i32::from(plan.mode_count),
        plan.description.as_ref().map(|text| text.as_str()),
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Whether the plan was there.
pub(super) async fn update_plan(conn: &mut Conn, id: PlanId, plan: &SavePlan) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "UPDATE plan SET name = $2, description = $3 WHERE id = $1",
        id.uuid(),
        plan.name.as_str(),
        plan.description.as_ref().map(|text| text.as_str()),
    )
    .execute(conn)
    .await
    .map(|done| done.rows_affected() == 1)
}

pub(super) async fn set_sold(conn: &mut Conn, id: PlanId, is_sold: bool) -> Result<bool, sqlx::Error> {
    sqlx::query!("UPDATE plan SET is_sold = $2 WHERE id = $1", id.uuid(), is_sold)
        .execute(conn)
        .await
        .map(|done| done.rows_affected() == 1)
}

pub(super) async fn insert_version(
    conn: &mut Conn,
    tenant: Uuid,
    id: PlanVersionId,
    plan_id: PlanId,
    from: Date,
    plan: &SavePlan,
) -> Result<(), sqlx::Error> {
    let speeds = plan.speeds.unwrap_or(Speeds { down_kbps: 0, up_kbps: 0 });
    sqlx::query!(
        "INSERT INTO plan_version (tenant_id, id, plan_id, valid_from, price_minor, setup_fee_minor, currency, tax_class,
           price_includes_tax, speed_down_kbps, speed_up_kbps)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant,
        id.uuid(),
        plan_id.uuid(),
        from,
        plan.price.minor,
        plan.setup_fee.minor,
        plan.price.currency.code(),
        plan.tax.code(),
        plan.price_includes_tax,
        // Bounded by the form far below 2^31.
        speeds.down_kbps as i32,
        speeds.up_kbps as i32,
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// A version with its plan, as the database gives it.
struct VersionRow {
    id: Uuid,
    plan_id: Uuid,
    version: i64,
    name: String,
    kind: String,
    billing_mode: String,
    period_unit: String,
    period_count: i32,
    price_minor: i64,
    setup_fee_minor: i64,
    currency: String,
    tax_class: String,
    price_includes_tax: bool,
    speed_down_kbps: i32,
    speed_up_kbps: i32,
    valid_from: Date,
}

impl VersionRow {
    fn view(self) -> Result<PlanVersionView, AppError> {
        let odd = |what: &str| platform::internal(format!("plan version {}: {what} is not known", self.id));
        let currency = Currency::from_code(&self.currency).ok_or_else(|| odd("its currency"))?;
        Ok(PlanVersionView {
            id: PlanVersionId::from_uuid(self.id),
            plan_id: PlanId::from_uuid(self.plan_id),
            version: i32::try_from(self.version).unwrap_or(i32::MAX),
            kind: PlanKind::from_code(&self.kind).ok_or_else(|| odd("its kind"))?,
            speeds: Some(Speeds {
                // The table holds only positive speeds.
                down_kbps: self.speed_down_kbps.unsigned_abs(),
                up_kbps: self.speed_up_kbps.unsigned_abs(),
            }),
            price: Money::new(self.price_minor, currency),
            setup_fee: Money::new(self.setup_fee_minor, currency),
            price_includes_tax: self.price_includes_tax,
            tax: TaxTreatment::from_code(&self.tax_class).ok_or_else(|| odd("its tax"))?,
            mode: read_mode(&self.billing_mode, &self.period_unit),
            mode_count: u16::try_from(self.period_count).unwrap_or(1),
            valid_from: self.valid_from,
            name: self.name,
        })
    }
}

/// Which versions are wanted: those of a plan, or some by id.
pub struct WhichVersions {
    plan: Option<Uuid>,
    ids: Option<Vec<Uuid>>,
}

impl WhichVersions {
    pub(super) const fn of_plan(id: PlanId) -> Self {
        Self { plan: Some(id.uuid()), ids: None }
    }

    pub(super) fn one(id: PlanVersionId) -> Self {
        Self::these(&[id])
    }

    pub(super) fn these(ids: &[PlanVersionId]) -> Self {
        Self { plan: None, ids: Some(ids.iter().map(|id| id.uuid()).collect()) }
    }
}

pub(super) async fn versions(conn: &mut Conn, which: WhichVersions) -> Result<Vec<PlanVersionView>, AppError> {
    let rows = sqlx::query_as!(
        VersionRow,
        r#"SELECT v.id, v.plan_id,
             (SELECT count(*) FROM plan_version o WHERE o.plan_id = v.plan_id AND o.valid_from <= v.valid_from) AS "version!",
             p.name, p.kind, p.billing_mode, p.period_unit, p.period_count, v.price_minor, v.setup_fee_minor, v.currency,
             v.tax_class, v.price_includes_tax, v.speed_down_kbps, v.speed_up_kbps, v.valid_from
           FROM plan_version v JOIN plan p ON p.tenant_id = v.tenant_id AND p.id = v.plan_id
           WHERE ($1::uuid IS NULL OR v.plan_id = $1) AND ($2::uuid[] IS NULL OR v.id = ANY ($2))
           ORDER BY v.valid_from, v.id"#,
        which.plan,
        which.ids.as_deref(),
    )
    .fetch_all(conn)
    .await
    .map_err(from_sql)?;
    rows.into_iter().map(VersionRow::view).collect()
}

/// Each plan with the version of `day`, else its first one.
pub(super) async fn list(conn: &mut Conn, day: Date) -> Result<Vec<Result<PlanRow, AppError>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT v.id, v.plan_id, (SELECT count(*) FROM plan_version o WHERE o.plan_id = p.id AND o.valid_from <= v.valid_from) AS "version!",
             p.name, p.kind, p.billing_mode, p.period_unit, p.period_count, v.price_minor, v.setup_fee_minor, v.currency,
             v.tax_class, v.price_includes_tax, v.speed_down_kbps, v.speed_up_kbps, v.valid_from, p.description, p.is_sold,
             (SELECT count(*) FROM service s JOIN plan_version sv ON sv.tenant_id = s.tenant_id AND sv.id = s.plan_version_id
              WHERE sv.plan_id = p.id AND s.state <> 'disconnected') AS "services!"
           FROM plan p
           JOIN LATERAL (SELECT * FROM plan_version c WHERE c.tenant_id = p.tenant_id AND c.plan_id = p.id
                         ORDER BY c.valid_from <= $1 DESC, CASE WHEN c.valid_from <= $1 THEN c.valid_from END DESC, c.valid_from
                         LIMIT 1) v ON true
           ORDER BY p.name, p.id LIMIT 500"#,
        day,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let current = VersionRow {
                id: row.id,
                plan_id: row.plan_id,
                version: row.version,
                name: row.name,
                kind: row.kind,
                billing_mode: row.billing_mode,
                period_unit: row.period_unit,
                period_count: row.period_count,
                price_minor: row.price_minor,
                setup_fee_minor: row.setup_fee_minor,
                currency: row.currency,
                tax_class: row.tax_class,
                price_includes_tax: row.price_includes_tax,
                speed_down_kbps: row.speed_down_kbps,
                speed_up_kbps: row.speed_up_kbps,
                valid_from: row.valid_from,
            };
            let current = current.view()?;
            Ok(PlanRow { current, description: row.description, is_sold: row.is_sold, services: row.services })
        })
        .collect())
}
