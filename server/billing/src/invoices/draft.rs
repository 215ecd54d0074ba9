//! What an invoice will say, before it is one. The one rule: amounts come from the model's rules, by the rates of the
//! period's first day.

use crate::days;
use crate::policy::BillingPolicy;
use model::billing::BillingRunId;
use model::billing::invoices::LineKind;
use model::billing::ledger::{LedgerCode, Sale};
use model::billing::periods::{BillingDay, Period};
use model::billing::proration::rest_of_period;
use model::billing::tax::{self, TaxRate, TaxSplit};
use model::catalog::PlanVersionId;
use model::catalog::plans::{PlanVersionView, TaxTreatment};
use model::crm::{AccountId, ServiceId};
use model::time::Date;
use model::{AppError, Currency, Money};
use platform::Op;
use platform::error::from_sql;
use std::collections::HashMap;
use uuid::Uuid;

/// A service whose next period, or first one, is not invoiced yet.
#[derive(Debug, Clone)]
pub(crate) struct Billable {
    pub service_id: ServiceId,
    account_id: AccountId,
    version_id: PlanVersionId,
    billing_day: BillingDay,
    /// The first day that is not invoiced yet.
    from: Date,
    pub is_first: bool,
}

impl Billable {
    /// Bills from `day` on, whatever was invoiced before; the first invoice has the set-up fee.
    pub fn begin_again(&mut self, day: Date, is_first: bool) {
        (self.from, self.is_first) = (day, is_first);
    }
}

/// An invoice without a number.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub service_id: ServiceId,
    pub account_id: AccountId,
    pub currency: Currency,
    pub period: Period,
    pub due_on: Date,
    pub lines: Vec<DraftLine>,
    pub run_id: Option<BillingRunId>,
}

#[derive(Debug, Clone)]
pub(crate) struct DraftLine {
    pub kind: LineKind,
    /// The plan's name; the reader's language adds what the kind means.
    pub title: String,
    pub period: Option<Period>,
    pub split: TaxSplit,
}

impl Draft {
    pub fn split(&self) -> TaxSplit {
        self.lines.iter().fold(TaxSplit::default(), |sum, line| sum.plus(line.split))
    }

    pub fn sales(&self) -> Vec<Sale> {
        self.lines.iter().map(|line| Sale { revenue: revenue_of(line.kind), split: line.split }).collect()
    }
}

/// Where the net of a line is earned.
pub(super) const fn revenue_of(kind: LineKind) -> LedgerCode {
    match kind {
        LineKind::Setup | LineKind::Equipment => LedgerCode::RevenueSetup,
        LineKind::Deposit => LedgerCode::Deposits,
        LineKind::Service | LineKind::Discount | LineKind::Credit => LedgerCode::RevenueService,
    }
}

/// Which services are wanted.
pub(crate) enum Which {
    One(ServiceId),
    /// Active ones whose next period has begun on this day, at most so many.
    DueOn {
        day: Date,
        most: i64,
    },
}

/// Reads and locks what is to be invoiced. A single service is given whatever its state: the caller knows why.
pub(crate) async fn billable_in_op(op: &mut Op, which: Which) -> Result<Vec<Billable>, AppError> {
    let (one, day, most) = match which {
        Which::One(id) => (Some(id.uuid()), None, 1),
        Which::DueOn { day, most } => (None, Some(day), most),
    };
    // Not the key: a lock that is being set on the service only refers to it and need not wait.
    let ids = sqlx::query_scalar!(
        "SELECT s.id FROM service s
         WHERE ($1::uuid IS NULL OR s.id = $1)
           AND ($2::date IS NULL OR (s.state = 'active' AND (s.invoiced_until IS NULL OR s.invoiced_until < $2)))
         ORDER BY s.id LIMIT $3 FOR NO KEY UPDATE",
        one,
        day,
        most,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    read_billable_in_op(op, Some(&ids), None, most).await
}

/// What would be invoiced on this day, at most so many, without locking it: for a preview.
pub(crate) async fn billable_on_in_op(op: &mut Op, day: Date, most: i64) -> Result<Vec<Billable>, AppError> {
    read_billable_in_op(op, None, Some(day), most).await
}

async fn read_billable_in_op(
    op: &mut Op,
    ids: Option<&[Uuid]>,
    day: Option<Date>,
    most: i64,
) -> Result<Vec<Billable>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, s.account_id, s.plan_version_id, s.activated_at, s.invoiced_until, a.billing_day
         FROM service s JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
         WHERE ($1::uuid[] IS NULL OR s.id = ANY ($1))
           AND ($2::date IS NULL OR (s.state = 'active' AND (s.invoiced_until IS NULL OR s.invoiced_until < $2)))
         ORDER BY s.id LIMIT $3",
        ids,
        day,
        most,
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    rows.into_iter()
        .map(|row| {
            let billing_day = u8::try_from(row.billing_day).ok().and_then(|day| BillingDay::try_new(day).ok());
            let started = row.activated_at.map_or_else(|| op.today(), |at| days::day_of(op, at));
            Ok(Billable {
                service_id: ServiceId::from_uuid(row.id),
                account_id: AccountId::from_uuid(row.account_id),
                version_id: PlanVersionId::from_uuid(row.plan_version_id),
                billing_day: billing_day.ok_or_else(|| platform::internal("an account has no billing day"))?,
                from: row.invoiced_until.and_then(|last| last.succ_opt()).unwrap_or(started),
                is_first: row.invoiced_until.is_none(),
            })
        })
        .collect()
}

/// Prices what is to be invoiced. The catalogue is read once, however many services there are.
pub(crate) async fn drafts_in_op(
    op: &mut Op,
    billable: &[Billable],
    policy: &BillingPolicy,
    run_id: Option<BillingRunId>,
) -> Result<Vec<Draft>, AppError> {
    let mut ids: Vec<PlanVersionId> = billable.iter().map(|service| service.version_id).collect();
    ids.sort();
    ids.dedup();
    let versions = catalog::plans::versions_by_id_in_op(op, &ids).await?;
    let versions: HashMap<Uuid, PlanVersionView> = versions.into_iter().map(|v| (v.id.uuid(), v)).collect();
    let rates = catalog::taxes::list_in_op(op).await?;
    let today = op.today();
    billable
        .iter()
        .map(|service| {
            let version = versions
                .get(&service.version_id.uuid())
                .ok_or_else(|| platform::internal(format!("service {} has no plan", service.service_id)))?;
            draft(service, version, &rates, today, policy.due_days).map(|draft| Draft { run_id, ..draft })
        })
        .collect()
}

fn draft(
    service: &Billable,
    version: &PlanVersionView,
    rates: &[TaxRate],
    today: Date,
    due_days: u16,
) -> Result<Draft, AppError> {
    let whole = service.billing_day.period_of(service.from);
    let period = Period { from: service.from, until: whole.until };
    let split = |amount: Money, treatment: TaxTreatment| -> Result<TaxSplit, AppError> {
        let rates = tax::rates_on(rates, period.from, treatment);
        match version.price_includes_tax {
            true => Ok(tax::split_inclusive(amount.minor, rates)),
            false => tax::add_tax(amount.minor, rates).map_err(|refusal| AppError::Conflict(refusal.to_string())),
        }
    };
    let price = rest_of_period(version.price, period.from, whole);
    let mut lines = vec![DraftLine {
        kind: LineKind::Service,
        title: version.name.clone(),
        period: Some(period),
        split: split(price, version.tax)?,
    }];
    if service.is_first && !version.setup_fee.is_zero() {
        // Excise is on the service, not on the work of installing it.
        let treatment = if version.tax == TaxTreatment::Exempt { TaxTreatment::Exempt } else { TaxTreatment::VatOnly };
        let split = split(version.setup_fee, treatment)?;
        lines.push(DraftLine { kind: LineKind::Setup, title: version.name.clone(), period: None, split });
    }
    lines.retain(|line| line.split.total() != 0);
    Ok(Draft {
        service_id: service.service_id,
        account_id: service.account_id,
        currency: version.price.currency,
        period,
        // A late invoice leaves as much time to pay as one that was in time.
        due_on: period.from.max(today) + chrono::Days::new(u64::from(due_days)),
        lines,
        run_id: None,
    })
}
