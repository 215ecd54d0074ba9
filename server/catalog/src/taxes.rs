//! Tax rates by day. The one rule: law changes by a new row; a bill keeps the rates of its day.

use model::AppError;
use model::billing::tax::{TaxKind, TaxRate};
use model::time::Date;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};

/// Adds rates; one that is there for the same tax and day stays as it is. Idempotent, for seeds and for `/setup`.
pub async fn seed_in_op(op: &mut Op, rates: &[TaxRate]) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    for rate in rates {
        sqlx::query!(
            "INSERT INTO tax_rate (tenant_id, tax, valid_from, basis_points) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            tenant,
            rate.kind.code(),
            rate.valid_from,
            i32::from(rate.basis_points),
        )
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    }
    Ok(())
}

/// Kenya: excise 15 % on telephone and internet services (Finance Act 2023), VAT 16 %. Rates are data; these are where a
/// new ISP starts from.
pub fn kenyan_rates() -> Vec<TaxRate> {
    let from = |year, month| Date::from_ymd_opt(year, month, 1).unwrap_or_default();
    vec![
        TaxRate { kind: TaxKind::Excise, basis_points: 1_500, valid_from: from(2023, 7) },
        TaxRate { kind: TaxKind::Vat, basis_points: 1_600, valid_from: from(2021, 1) },
    ]
}

/// Gives an ISP that was just made the rates it starts from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeedTaxes {}

impl Job for SeedTaxes {
    const KIND: &'static str = "catalog.seed_taxes";
    const PRIORITY: i16 = 20;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        seed_in_op(&mut op, &kenyan_rates()).await?;
        op.commit().await?;
        Ok(())
    }
}

/// All rates, the oldest first: `model::billing::tax::rates_on` picks those of a day.
pub async fn list_in_op(op: &mut Op) -> Result<Vec<TaxRate>, AppError> {
    let rows = sqlx::query!("SELECT tax, basis_points, valid_from FROM tax_rate ORDER BY valid_from, tax")
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let kind = TaxKind::from_code(&row.tax).ok_or_else(|| platform::internal("an unknown tax"))?;
            let basis_points = u16::try_from(row.basis_points).map_err(platform::internal)?;
            Ok(TaxRate { kind, basis_points, valid_from: row.valid_from })
        })
        .collect()
}
